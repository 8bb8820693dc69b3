"""What the engine tells of a request while it works, kept until the client takes it.

Only the newest progress is kept: a client that reads slowly holds up nothing.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final

from styleswap.v1 import stylize_pb2
from styleswap.worker.orders import SharedPicture

INTERVAL: Final = 0.1
"""Seconds between two messages of progress in one stage."""

_ESTIMATE_FROM: Final = 0.03
"""Share of the work after which the remaining time is estimated."""


class ProgressStream:
    """One request's progress and previews, on the event loop."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._progress: stylize_pb2.Progress | None = None
        self._preview: SharedPicture | None = None
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

    def preview(self, picture: SharedPicture) -> None:
        """Hands over a preview, to be closed by who takes it; one that waits is left out for it."""
        self._drop_preview()
        self._preview = picture
        self._news.set()

    def close(self) -> None:
        """Ends `parts` when all is handed out."""
        self._closed = True
        self._news.set()

    async def parts(self) -> AsyncGenerator[stylize_pb2.Progress | SharedPicture, None]:
        """Yields progress and previews as they come, until `close`."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                progress, self._progress = self._progress, None
                preview, self._preview = self._preview, None
                closed = self._closed
                if progress is not None:
                    yield progress
                if preview is not None:
                    yield preview
                if closed:
                    return
        finally:
            self._drop_preview()

    def _drop_preview(self) -> None:
        preview, self._preview = self._preview, None
        if preview is not None:
            preview.memory.close()

    def _tell(self, message: stylize_pb2.Progress) -> None:
        self._progress = message
        self._news.set()
