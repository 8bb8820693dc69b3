"""A main loop as an editor has one, and styles of a library."""

import queue
import time
from collections.abc import Callable

import pytest

PATIENCE = 20.0


class MainLoop:
    """Calls, in the test's thread, what other threads post to it."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def post(self, call: Callable[[], object]) -> int:
        """Like GLib.idle_add: may be called in any thread."""
        self._calls.put(call)
        return 1

    def wait_for_post(self) -> None:
        """Waits until something is posted, without calling it."""
        end = time.monotonic() + PATIENCE
        while self._calls.empty():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.001)

    def run_until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Runs until a condition holds; fails after too long."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "waited in vain"
            self._step(0.005)

    def run_for(self, seconds: float) -> None:
        """Runs for some time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._step(left)

    def _step(self, seconds: float) -> None:
        try:
            call = self._calls.get(timeout=seconds)
        except queue.Empty:
            return
        call()


@pytest.fixture
def main_loop() -> MainLoop:
    return MainLoop()
