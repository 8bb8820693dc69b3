"""A daemon whose queue is full is asked again, for as long as the user does not cancel."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from styleswap.client.cancel import POLL_SECONDS, CancelToken, Stoppable
from styleswap.client.errors import Cancelled, QueueFull
from styleswap.editing.words import _

T = TypeVar("T")

LEAST_SECONDS = 0.2
"""Between two attempts, whatever the daemon says: it has others to serve."""
MOST_SECONDS = 60.0
"""The same: a daemon that was started again has room at once."""


def until_there_is_room(
    work: Callable[[], T], waiting: Callable[[str], object], cancel: Stoppable | None = None
) -> T:
    """Returns what `work` returns, which is called again while the daemon has no place for it.

    The daemon says how long to wait in between. Any thread that may wait can call this.

    Args:
        work: a call of the daemon; nothing of it is done where it raises `QueueFull`.
        waiting: told a sentence for the user before each wait, in this thread.
        cancel: ends a wait at once.

    Raises:
        Cancelled: while it waited.
        StyleSwapError: anything else that `work` raises.
    """
    while True:
        try:
            return work()
        except QueueFull as full:
            seconds = pause_after(full)
        waiting(_("The daemon is busy with other pictures; waiting for a place…"))
        if _cancelled_within(seconds, cancel):
            raise Cancelled("Cancelled.", reason="CANCELLED")


def pause_after(refusal: QueueFull) -> float:
    """Returns the seconds until the next attempt: what the daemon says, within reason."""
    return min(max(refusal.retry_after, LEAST_SECONDS), MOST_SECONDS)


def _cancelled_within(seconds: float, cancel: Stoppable | None) -> bool:
    """Waits; returns whether it was cancelled, then at once."""
    if cancel is None:
        time.sleep(seconds)
        return False
    if isinstance(cancel, CancelToken):
        woken = threading.Event()
        cancel.listen(woken.set)
        try:
            return woken.wait(seconds)
        finally:
            cancel.forget(woken.set)
    end = time.monotonic() + seconds
    while not cancel.is_set() and (left := end - time.monotonic()) > 0:
        time.sleep(min(POLL_SECONDS, left))
    return cancel.is_set()
