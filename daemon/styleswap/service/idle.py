"""Giving models' memory back when nobody has asked for a picture for a while."""

import asyncio
from collections.abc import Awaitable, Callable


class IdleUnload:
    """Unloads after a time without requests. On the event loop.

    Args:
        seconds: 0 is at once, negative is never.
        busy: tells whether there is a request now.
        unload: frees the memory.
    """

    def __init__(
        self, seconds: float, busy: Callable[[], bool], unload: Callable[[], Awaitable[object]]
    ) -> None:
        self.seconds = seconds
        self._busy = busy
        self._unload = unload
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def restart(self) -> None:
        """Begins the time anew; to be called when a request has ended."""
        self.stop()
        if self.seconds >= 0:
            self._timer = asyncio.get_running_loop().call_later(self.seconds, self._fire)

    def stop(self) -> None:
        """Never unloads until `restart`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        if not self._busy():
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        await self._unload()
