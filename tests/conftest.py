"""A real daemon for the tests, in a home folder of its own."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from styleswap import runtime
from styleswap.client import Daemon, StyleSwapError, connect

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
