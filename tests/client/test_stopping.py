"""Ends of a request before its result: cancel, deadline, a failing callback, a lost daemon."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from styleswap import runtime
from styleswap.client import (
    Cancelled,
    CancelToken,
    Daemon,
    DaemonLost,
    DeadlineExceeded,
    PictureFormat,
    connect,
)

PATIENCE = 10.0


def wait_until(true: Any) -> float:
    """Returns the seconds until a condition held; fails after too many."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < PATIENCE, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(daemon: Daemon) -> Any:
    """Whatever ended the request, the daemon's queue is empty soon after."""
    yield
    wait_until(lambda: daemon.info().queue_length == 0)


@pytest.mark.parametrize("kind", [CancelToken, threading.Event])
def test_cancel_from_another_thread(daemon: Daemon, slow_request: Any, kind: Any) -> None:
    token = kind()
    matching = threading.Event()

    def cancel_soon() -> None:
        matching.wait(60)
        token.set()

    def watch(progress: Any) -> None:
        if progress.stage == "matching":
            matching.set()

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    with pytest.raises(Cancelled) as caught:
        daemon.stylize(**slow_request, cancel=token, progress=watch)
    thread.join()
    assert caught.value.reason == "CANCELLED"
    assert matching.is_set()


def test_token_that_is_set_already(daemon: Daemon, slow_request: Any) -> None:
    token = CancelToken()
    token.set()
    token.set()
    seen: list[Any] = []
    with pytest.raises(Cancelled):
        daemon.stylize(**slow_request, cancel=token, progress=seen.append)
    assert not [each for each in seen if each.stage not in ("queued", "loading", "encoding")]


def test_token_that_is_never_set(daemon: Daemon, photo: Any, style: Any) -> None:
    result = daemon.stylize(photo, style, strength=0, cancel=CancelToken())
    np.testing.assert_array_equal(result, photo)


def test_token_serves_several_requests_and_may_be_set_after_all(
    daemon: Daemon, photo: Any, style: Any
) -> None:
    token = CancelToken()
    for _ in range(2):
        daemon.stylize(photo, style, strength=0, cancel=token)
    token.set()
    with pytest.raises(Cancelled):
        daemon.stylize(photo, style, strength=0, cancel=token)


def test_cancel_while_the_picture_is_on_its_way(daemon: Daemon, big_picture: Any) -> None:
    token = CancelToken()
    rows: list[int] = []

    def read_rows(y0: int, y1: int) -> bytes:
        rows.append(y1)
        if y1 > big_picture.height // 2:
            token.set()
            time.sleep(0.1)
        return bytes((y1 - y0) * big_picture.format.row_bytes)

    with pytest.raises(Cancelled):
        daemon.paint_rows(big_picture.format, read_rows, print, "builtin/woodcut", cancel=token)
    assert rows[-1] < big_picture.height


def test_what_the_progress_callback_raises_cancels(daemon: Daemon, slow_request: Any) -> None:
    class Enough(Exception):
        pass

    def progress(told: Any) -> None:
        if told.stage == "matching":
            raise Enough

    with pytest.raises(Enough):
        daemon.stylize(**slow_request, progress=progress)
    # 200 ms of work on idle cores; a busy machine may take longer.
    assert wait_until(lambda: daemon.info().queue_length == 0) < 2


def test_stop_iteration_of_a_callback_is_no_deadlock(daemon: Daemon, style: Any) -> None:
    bands: Iterator[bytes] = iter(())
    with pytest.raises(RuntimeError, match="StopIteration"):
        daemon.paint_rows(
            PictureFormat(1, 5, "gray", "uint8"), lambda *_: next(bands), print, style
        )


def test_deadline(daemon: Daemon, slow_request: Any) -> None:
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="longer timeout") as caught:
        daemon.stylize(**slow_request, timeout=0.5)
    assert caught.value.reason == "DEADLINE_EXCEEDED"
    assert 0.45 < time.monotonic() - began < 2.5


def test_deadline_counts_from_the_call_on(fresh_home: Path, photo: Any) -> None:
    """A daemon that is halted answers nothing, not even the question for a style's name."""
    with connect(home=fresh_home) as client:
        told = runtime.read_runtime(fresh_home)
        assert told is not None
        os.kill(told.pid, signal.SIGSTOP)
        try:
            with pytest.raises(DeadlineExceeded):
                client.stylize(photo, "Woodcut", timeout=1)
        finally:
            os.kill(told.pid, signal.SIGCONT)
        assert client.info().version


def test_timeout_error_of_a_callback_is_not_ours(daemon: Daemon, photo: Any, style: Any) -> None:
    def progress(_: Any) -> None:
        raise TimeoutError("the editor is busy")

    with pytest.raises(TimeoutError, match="the editor is busy"):
        daemon.stylize(photo, style, progress=progress, timeout=60)


def test_keyboard_interrupt_ends_the_request(daemon: Daemon, daemon_home: Path) -> None:
    """Ctrl+C in a script: nothing goes on behind its back."""
    script = textwrap.dedent(f"""
        import sys, styleswap
        from styleswap.client import Picture
        picture = Picture(640, 640, "rgb", "uint8", False, bytes(range(256)) * 4800)
        with styleswap.connect(home={str(daemon_home)!r}, start=False) as daemon:
            def progress(told):
                print(told.stage, flush=True)
            try:
                daemon.stylize(picture, picture, progress=progress, style_rotations=True)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
                daemon.info()
                sys.exit(7)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() in ("matching", "painting"):
                break
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(PATIENCE) == 7
    assert "interrupted" in rest


def test_client_that_is_killed(daemon: Daemon, daemon_home: Path) -> None:
    """GIMP's Cancel kills the plug-in: the broken connection is all that the daemon sees."""
    script = textwrap.dedent(f"""
        import styleswap
        from styleswap.client import Picture
        picture = Picture(640, 640, "rgb", "uint8", False, bytes(range(256)) * 4800)
        with styleswap.connect(home={str(daemon_home)!r}, start=False) as daemon:
            daemon.stylize(picture, picture, style_rotations=True,
                           progress=lambda told: print(told.stage, flush=True))
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() in ("matching", "painting"):
                break
        assert daemon.info().queue_length == 1
        process.kill()


def test_daemon_that_is_killed_and_comes_back(fresh_home: Path, photo: Any, style: Any) -> None:
    with connect(home=fresh_home) as client:
        first = runtime.read_runtime(fresh_home)
        assert first is not None

        def progress(told: Any) -> None:
            os.kill(first.pid, signal.SIGKILL)

        with pytest.raises(DaemonLost, match="broke in the middle") as caught:
            client.stylize(photo, style, progress=progress)
        assert caught.value.reason == "CONNECTION_LOST"
        # The runtime file is stale now; the same client starts another daemon and goes on.
        assert client.health() is False
        result = client.stylize(photo, style, strength=0)
        np.testing.assert_array_equal(result, photo)
        second = runtime.read_runtime(fresh_home)
        assert second is not None
        assert second.pid != first.pid
        assert client.health() is True


def test_request_outlives_a_drain(fresh_home: Path, noise: Any) -> None:
    """A daemon that is asked to end answers the request that runs."""
    photo = noise((64, 64, 3))
    with connect(home=fresh_home) as client, connect(home=fresh_home) as other:
        asked = []

        def progress(told: Any) -> None:
            if told.stage == "encoding" and not asked:
                asked.append(told)
                other.shutdown()

        result = client.stylize(photo, noise((200, 200, 3), seed=1), progress=progress)
        assert asked
        assert result.shape == photo.shape
        assert other.shutdown(wait=PATIENCE) is True


def test_closed_connection(daemon_home: Path, daemon: Daemon) -> None:
    client = connect(home=daemon_home, start=False)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="connect again"):
        client.info()


def test_closing_ends_what_another_thread_waits_for(
    daemon: Daemon, daemon_home: Path, slow_request: Any
) -> None:
    client = connect(home=daemon_home, start=False)
    matching = threading.Event()
    errors: list[BaseException] = []

    def progress(told: Any) -> None:
        if told.stage == "matching":
            matching.set()

    def paint() -> None:
        try:
            client.stylize(**slow_request, progress=progress)
        except BaseException as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    thread = threading.Thread(target=paint)
    thread.start()
    assert matching.wait(60)
    client.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert isinstance(errors[0], Cancelled | DaemonLost)
