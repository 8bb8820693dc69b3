"""Giving memory back when nobody has asked for a picture for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Step = tuple[float, Callable[[], Awaitable[object]]]
"""Seconds without a request, and what frees some memory then."""


class IdleUnload:
    """Frees memory in steps, after times without requests. On the event loop.

    Args:
        seconds: of the first step, as it is told to clients; negative is never.
        busy: tells whether there is a request now.
        steps: what is done when; none where it is never.
    """

    def __init__(self, seconds: float, busy: Callable[[], bool], steps: Sequence[Step]) -> None:
        self.seconds = seconds
        self._busy = busy
        self._steps = steps if seconds >= 0 else ()
        self._timers: list[asyncio.TimerHandle] = []
        self._tasks: set[asyncio.Task[object]] = set()

    def restart(self) -> None:
        """Begins the time anew; to be called when a request has ended."""
        self.stop()
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(seconds, self._fire, action) for seconds, action in self._steps
        ]

    def stop(self) -> None:
        """Frees nothing until `restart`."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    def _fire(self, action: Callable[[], Awaitable[object]]) -> None:
        if not self._busy():
            task: asyncio.Task[object] = asyncio.ensure_future(_run(action))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _run(action: Callable[[], Awaitable[object]]) -> object:
    return await action()
