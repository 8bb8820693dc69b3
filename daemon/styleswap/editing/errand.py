"""Work that takes time, away from the thread of a dialog."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Errand(Generic[T]):
    """One piece of work in a thread of its own, whose outcome comes back to the caller's."""

    def __init__(
        self,
        work: Callable[[], T],
        post: Callable[[Callable[[], None]], object],
        done: Callable[[T], object],
        failed: Callable[[Exception], object],
        unwanted: Callable[[T], object] = lambda _: None,
    ) -> None:
        """Starts the work.

        Args:
            work: called in the thread.
            post: has a function called in the caller's thread, such as GLib.idle_add.
            done: called through `post` with what `work` returned.
            failed: called through `post` with what `work` raised.
            unwanted: called, in the thread or through `post`, in place of `done` once the work
                is no longer wanted, to give back what it got.
        """
        self._work = work
        self._post = post
        self._done = done
        self._failed = failed
        self._unwanted = unwanted
        self._wanted = True
        threading.Thread(target=self._run, name="styleswap-errand", daemon=True).start()

    def forget(self) -> None:
        """Neither `done` nor `failed` is called any more. For the caller's thread."""
        self._wanted = False

    def _run(self) -> None:
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - handed on
            failure = error
            self._post(lambda: self._fail(failure))
            return
        if self._wanted:
            self._post(lambda: self._deliver(result))
        else:
            self._unwanted(result)  # the main loop may have ended

    def _fail(self, error: Exception) -> None:
        if self._wanted:
            self._failed(error)

    def _deliver(self, result: T) -> None:
        (self._done if self._wanted else self._unwanted)(result)
