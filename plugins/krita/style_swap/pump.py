"""Work on the main thread in slices, between which Krita has its turn.

Krita's own objects may be touched on the main thread only, and a painting of many megabytes takes
longer to read or place than a user would wait without noticing. So such work is a generator: it
yields after every step of a few milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

from .qt import QtCore

SLICE_SECONDS = 0.012
"""How long steps are taken before Krita has its turn."""
PAUSE_MILLISECONDS = 15
"""How long Krita has it where a step says that it has to wait."""

Steps = Generator[bool, None, None]
"""Yields False where the next step can follow at once, True where it has to wait a little."""


class Pump:
    """Runs one generator to its end; belongs to the main thread."""

    def __init__(
        self,
        steps: Steps,
        done: Callable[[], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """Starts at the next turn of the main loop.

        Args:
            steps: the work.
            done: called after the last step.
            failed: called with what a step raised.
        """
        self._steps = steps
        self._done = done
        self._failed = failed
        self._running = False
        self._stopped = False
        self._next(0)

    @property
    def ended(self) -> bool:
        """Whether it takes no further step."""
        return self._stopped

    def stop(self) -> None:
        """Takes no further step; neither `done` nor `failed` is called."""
        self._stopped = True
        if not self._running:  # a generator cannot be closed from within
            self._steps.close()

    def _next(self, milliseconds: int) -> None:
        QtCore.QTimer.singleShot(milliseconds, self._turn)

    def _turn(self) -> None:
        # Krita's calls may run the event loop, which may come back here.
        if self._stopped or self._running:
            return
        self._running = True
        try:
            wait = self._slice()
        except StopIteration:
            self._end(self._done)
        except Exception as error:  # noqa: BLE001 - handed on
            failure = error
            self._end(lambda: self._failed(failure))
        else:
            self._running = False
            if self._stopped:
                self._steps.close()
            else:
                self._next(PAUSE_MILLISECONDS if wait else 0)

    def _slice(self) -> bool:
        end = time.monotonic() + SLICE_SECONDS
        while not self._stopped:
            if next(self._steps):
                return True
            if time.monotonic() >= end:
                break
        return False

    def _end(self, call: Callable[[], object]) -> None:
        self._running = False
        if not self._stopped:
            self._stopped = True
            call()
