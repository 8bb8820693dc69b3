"""Stopping a request from outside: a token that any thread may set."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from styleswap.client.errors import LATE, Cancelled, DeadlineExceeded

T = TypeVar("T")

POLL_SECONDS = 0.05
"""How often a foreign event, such as a threading.Event, is looked at."""


class Stoppable(Protocol):
    """What a request can be cancelled by: a `CancelToken`, a threading.Event and its like."""

    def is_set(self) -> bool:
        """Returns whether the request is to stop."""
        ...


class CancelToken:
    """Cancels the requests that it was given to, at once and from any thread."""

    def __init__(self) -> None:
        """A token that is not set."""
        self._lock = threading.Lock()
        self._set = False
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Cancels; further calls do nothing."""
        with self._lock:
            self._set = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    cancel = set

    def is_set(self) -> bool:
        """Returns whether `set` was called."""
        return self._set

    def listen(self, listener: Callable[[], None]) -> None:
        """Has `listener` called in the thread that sets the token, now if it is set already."""
        with self._lock:
            if not self._set:
                self._listeners.append(listener)
                return
        listener()

    def forget(self, listener: Callable[[], None]) -> None:
        """Takes a listener away again."""
        with self._lock, contextlib.suppress(ValueError):
            self._listeners.remove(listener)


async def run_cancellable(
    work: Coroutine[Any, Any, T], cancel: Stoppable | None = None, timeout: float | None = None
) -> T:
    """Runs `work` as a task of its own until it ends, `cancel` is set or its seconds are over.

    The task is unwound before this returns, whatever ended it.

    Raises:
        Cancelled: the token was set.
        DeadlineExceeded: it took longer than `timeout`.
    """
    task = _begun(work)
    watch = _begun(_until_set(cancel)) if cancel is not None else None
    try:
        await asyncio.wait(
            {task} if watch is None else {task, watch},
            timeout=timeout,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not task.done():
            await _unwind(task)
            if watch is None or not watch.done():
                raise DeadlineExceeded(LATE, reason="DEADLINE_EXCEEDED")
            raise Cancelled("Cancelled.", reason="CANCELLED")
        return task.result()
    finally:
        if watch is not None:
            await _unwind(watch)
        if not task.done():
            await _unwind(task)


async def _until_set(cancel: Stoppable) -> None:
    if isinstance(cancel, CancelToken):
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            # The loop may have ended between a request's end and the token's setting.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(woken.set)

        cancel.listen(wake)
        try:
            await woken.wait()
        finally:
            cancel.forget(wake)
        return
    while not cancel.is_set():
        await asyncio.sleep(POLL_SECONDS)


def _begun(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Begins a task of which nothing is reported, though nobody asks for what it raises.

    A call that has run out of time by itself may end in the moment in which its caller gives it up.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    return task


async def _unwind(task: asyncio.Future[Any]) -> None:
    """Cancels a task and waits for its end, dropping what it raises."""
    task.cancel()
    await asyncio.wait({task})
