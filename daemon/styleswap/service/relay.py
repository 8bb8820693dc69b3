"""What the device's thread tells a request while it works, handed to the event loop.

Only the newest progress is kept: a client that reads slowly holds up nothing.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Final

from styleswap.service.pixels import Picture
from styleswap.v1 import stylize_pb2

INTERVAL: Final = 0.1
"""Seconds between two messages of progress in one stage."""

_ESTIMATE_FROM: Final = 0.03
"""Share of the work after which the remaining time is estimated."""


class Relay:
    """One request's progress and preview. Made on the event loop; told from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._progress: stylize_pb2.Progress | None = None
        self._preview: Picture | None = None
        self._closed = False
        self._stage = stylize_pb2.STAGE_UNSPECIFIED
        self._fraction = 0.0
        self._told = 0.0
        self._began: float | None = None

    def queued(self, position: int) -> None:
        """Tells how many requests are in front."""
        self._tell(stylize_pb2.Progress(stage=stylize_pb2.STAGE_QUEUED, queue_position=position))

    def stage(self, stage: stylize_pb2.Stage, fraction: float) -> None:
        """Tells the stage and the share of the whole work that is done; it never falls."""
        now = time.monotonic()
        if self._began is None and fraction > 0:
            self._began = now
        self._fraction = max(self._fraction, min(fraction, 1.0))
        if stage == self._stage and now - self._told < INTERVAL:
            return
        self._stage, self._told = stage, now
        message = stylize_pb2.Progress(stage=stage, fraction=self._fraction)
        if self._began is not None and self._fraction >= _ESTIMATE_FROM:
            spent = now - self._began
            message.seconds_left = spent * (1 - self._fraction) / self._fraction
        self._tell(message)

    def preview(self, picture: Picture) -> None:
        """Hands over a preview; one that still waits is left out for it."""
        with self._lock:
            self._preview = picture
        self._wake()

    def close(self) -> None:
        """Ends `parts` when all is handed out."""
        with self._lock:
            self._closed = True
        self._wake()

    async def parts(self) -> AsyncIterator[stylize_pb2.Progress | Picture]:
        """Yields progress and preview as they come, until `close`."""
        while True:
            await self._news.wait()
            self._news.clear()
            with self._lock:
                progress, self._progress = self._progress, None
                preview, self._preview = self._preview, None
                closed = self._closed
            if progress is not None:
                yield progress
            if preview is not None:
                yield preview
            if closed:
                return

    def _tell(self, message: stylize_pb2.Progress) -> None:
        with self._lock:
            self._progress = message
        self._wake()

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._news.set)
