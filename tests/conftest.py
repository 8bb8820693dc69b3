"""A real daemon for the tests, in a home folder of its own."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from styleswap import runtime
from styleswap.client import (
    Cancelled,
    CancelToken,
    Daemon,
    DeadlineExceeded,
    Picture,
    QueueFull,
    StyleSwapError,
    connect,
)

# A shell starts background jobs with SIGINT ignored, and so would every program that is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

STOP_SECONDS = 20.0
REPOSITORY = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds options of tests/editors, whose own conftest.py is read too late for that."""
    parser.addoption(
        "--editor-versions",
        default="",
        help="series of the editors to test with, such as 3.2,6.0, or all; of an editor none of "
        "which is named: what most users have",
    )


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """The folder of VGG-19's and WCT's weights, which are lent beside a checkout, never part of it.

    The test says so and is skipped without it.
    """
    for folder in (REPOSITORY / "shared", REPOSITORY.parent / "shared"):
        if (folder / "weights").is_dir():
            return folder / "weights"
    pytest.skip("shared/weights is lent beside a checkout, and is not here")


@pytest.fixture(scope="session")
def daemon_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home folder of the session's daemon."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def daemon(daemon_home: Path) -> Iterator[Daemon]:
    """A client of a daemon that runs for the whole session. Leave it as it was found."""
    with connect(home=daemon_home) as client:
        yield client
    stop_daemon(daemon_home)


@pytest.fixture
def fresh_home(tmp_path: Path) -> Iterator[Path]:
    """An empty home folder. A daemon that a test starts there is ended with the test."""
    home = tmp_path / "home"
    yield home
    stop_daemon(home)


def stop_daemon(home: Path) -> None:
    """Ends the daemon of a home folder, where one runs."""
    told = runtime.read_runtime(home)
    if told is None:
        return
    with contextlib.suppress(StyleSwapError), connect(home=home, start=False) as client:
        if client.shutdown(wait=STOP_SECONDS):
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(told.pid, signal.SIGKILL)


@contextlib.contextmanager
def crowd(daemon: Daemon) -> Iterator[CancelToken]:
    """While this is open, or until the token is set, others have every place in the queue."""
    leave = CancelToken()
    data = random.Random(0).randbytes(640 * 640 * 3)
    photo = Picture(640, 640, "rgb", "uint8", False, data)

    def guest() -> None:
        while not leave.is_set():
            with contextlib.suppress(Cancelled, QueueFull):
                daemon.paint(photo, photo, style_rotations=True, scales=1, cancel=leave)
            time.sleep(0.05)

    guests = [threading.Thread(target=guest) for _ in range(daemon.info().queue_limit + 1)]
    for thread in guests:
        thread.start()
    try:
        deadline = time.monotonic() + 120
        while not queue_is_full(daemon):
            assert time.monotonic() < deadline, "the queue has not become full"
            time.sleep(0.2)
        yield leave
    finally:
        leave.set()
        for thread in guests:
            thread.join()
        while daemon.info().queue_length:
            time.sleep(0.05)


def queue_is_full(daemon: Daemon) -> bool:
    """Whether a picture gets no place: so many are there, whole."""
    small = Picture(8, 8, "gray", "uint8", False, bytes(64))
    try:
        # Where it gets one, it waits behind all others.
        daemon.paint(small, "builtin/woodcut", strength=0, timeout=1.0)
    except QueueFull:
        return True
    except DeadlineExceeded:
        pass
    return False
