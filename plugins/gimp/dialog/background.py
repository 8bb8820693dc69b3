"""Work that takes time, away from the thread of the dialog."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gi.repository import GLib

T = TypeVar("T")


def post(call: Callable[[], object]) -> None:
    """Has a function called once by the main loop. For any thread."""

    def once() -> bool:
        call()
        return False

    GLib.idle_add(once)


class Errand(Generic[T]):
    """One piece of work in a thread of its own, whose outcome comes back to the main loop."""

    def __init__(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Exception], object],
        unwanted: Callable[[T], object] = lambda _: None,
    ) -> None:
        """Starts the work.

        Args:
            work: called in the thread.
            done: called in the main loop with what `work` returned.
            failed: called in the main loop with what `work` raised.
            unwanted: called, in the thread or in the main loop, in place of `done` once the work
                is no longer wanted, to give back what it got.
        """
        self._work = work
        self._done = done
        self._failed = failed
        self._unwanted = unwanted
        self._wanted = True
        threading.Thread(target=self._run, name="styleswap-errand", daemon=True).start()

    def forget(self) -> None:
        """Neither `done` nor `failed` is called any more. For the main loop's thread."""
        self._wanted = False

    def _run(self) -> None:
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - handed on
            failure = error
            post(lambda: self._failed(failure) if self._wanted else None)
            return
        if self._wanted:
            post(lambda: (self._done if self._wanted else self._unwanted)(result))
        else:
            self._unwanted(result)  # the main loop may have ended
