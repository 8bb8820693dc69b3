"""Ctrl-C and its like: they end the command, but never in the middle of a file."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Interruption:
    """Turns SIGINT, SIGTERM and SIGHUP into `Interrupted`, raised in the main thread."""

    def __init__(self) -> None:
        self._shields = 0
        self._pending: int | None = None

    @contextmanager
    def caught(self) -> Iterator[None]:
        """While inside, the signals raise `Interrupted`."""
        names = ("SIGINT", "SIGTERM", "SIGHUP")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        if threading.current_thread() is not threading.main_thread():
            numbers = []  # Python gives handlers to the main thread alone
        # nohup and shells have signals ignored on purpose: that stays.
        numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """While inside, a signal waits; it is raised at the end.

        An encoder's callbacks cannot raise through the library that calls them.
        """
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
            if self._pending is not None and not self._shields:
                number, self._pending = self._pending, None
                raise Interrupted(number)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._shields:
            self._pending = number
        else:
            raise Interrupted(number)


interruption = Interruption()
"""The process has one set of signal handlers."""
