"""The client for asyncio: everything that can be asked of a daemon."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from styleswap.client.answers import Model, Report, Result, ServerInfo
from styleswap.client.calls import SMALL_CALL_SECONDS, Caller, Dial, translated
from styleswap.client.cancel import Stoppable
from styleswap.client.dial import Connection
from styleswap.client.errors import Cancelled, DaemonLost, DaemonNotRunning, Unauthorized
from styleswap.client.launch import POLL_SECONDS
from styleswap.client.options import OnPreview, OnProgress, PaintOptions, Region, Size
from styleswap.client.painting import paint
from styleswap.client.pictures import PictureFormat, require_picture
from styleswap.client.styles import AsyncStyles
from styleswap.client.transfer import (
    PictureSink,
    ReadRows,
    RowSink,
    WriteRows,
    picture_parts,
    row_parts,
)
from styleswap.v1 import server_pb2

T = TypeVar("T")

LOAD_SECONDS = 300.0
"""Deadline of loading a model: the daemon may still be importing its libraries."""


class AsyncDaemon:
    """A connection to a daemon. Made by `connect_async`; belongs to one event loop.

    A daemon that went away between two calls is found, or started, anew.
    """

    def __init__(self, connection: Connection, dial: Dial) -> None:
        """Args: connection: one that works; dial: makes another when it is lost."""
        self._caller = Caller(connection, dial)
        self.styles = AsyncStyles(self._caller)

    async def __aenter__(self) -> "AsyncDaemon":
        """Returns itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection."""
        await self.close()

    async def close(self) -> None:
        """Closes the connection; the daemon goes on."""
        self._caller.close()

    @property
    def address(self) -> str:
        """Host and port of the daemon."""
        return self._caller.address

    async def stylize(
        self,
        /,
        content: T,
        style: object,
        *,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> T:
        """Paints `content` in `style`; returns a picture of the content's kind.

        Args:
            content: a Pillow image, a NumPy array or a `Picture` (see `open_picture` for the
                modes and dtypes).
            style: an id ("builtin/woodcut", "sha256:..."), the name of one style of the library,
                the path of an image file, or a picture as `content`; or a list of several of these
                or of `Styled`, with weights and masks, 8 at most, which are mixed.
            progress: called with each `Progress`; what it raises cancels the request.
            preview: called with the coarsest pass, a picture of the content's kind, and in the
                course of an optimisation some times more, with pictures of the same size.
            timeout: seconds for all of it, waiting in the queue included; None for no limit.
            cancel: a `CancelToken` or threading.Event; setting it ends the request.
            coarse_only: end with the coarsest pass; the result then has that pass's size.
            reduced_from: (width, height) in pixels of the picture that `content` is a reduced copy
                of: the coarsest pass is that of the whole picture's painting. With `scales` as it
                is by default, a copy whose longest side has 724 px suffices; a smaller one is
                painted at its own size, and a notice says so. Only with `coarse_only`.
            region: (x, y, width, height) in pixels: paint only this part of the picture; the result
                has its size. Of pictures of more than 1024 px it is nearly the part that the whole
                painting has, of others exactly. Neither with `coarse_only` nor with `preview`.
            settings: the controls by name, such as strength=0.8; `styleswap.v1.controls` lists
                them. Others have their defaults.

        Returns:
            A picture of the content's kind, layout and depth.

        Raises:
            StyleSwapError: one of its subclasses; the message says what to do.
        """
        options = PaintOptions(
            progress, preview, timeout, cancel, coarse_only, reduced_from, region, settings
        )
        return (await self._paint(content, style, options)).picture

    async def paint(
        self,
        /,
        content: object,
        style: object,
        *,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> Result:
        """As `stylize`, and also returns the report on what was used."""
        options = PaintOptions(
            progress, preview, timeout, cancel, coarse_only, reduced_from, region, settings
        )
        return await self._paint(content, style, options)

    async def paint_rows(
        self,
        /,
        format: PictureFormat,
        read_rows: ReadRows,
        write_rows: WriteRows,
        style: object,
        *,
        begin: Callable[[PictureFormat], object] | None = None,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> Report:
        """Paints a picture that its owner keeps: rows are read and written in bands.

        Never more than a few MiB of content and result are held here. The result's rows come
        after the whole content was read, so they may go into the same buffer.

        Args:
            format: the content's format.
            read_rows: (y0, y1) -> bytes of the content's rows y0 to y1 - 1, packed.
            write_rows: (y0, bytes) takes whole rows of the result from y0 on.
            style: as in `stylize`.
            begin: called with the result's format before the first row; it differs from the
                content's only in size, and only with coarse_only or region.
            preview: called with a `Picture`.
            progress, timeout, cancel, coarse_only, reduced_from, region, settings: as in `stylize`.

        Returns:
            What was used.
        """
        options = PaintOptions(
            progress, preview, timeout, cancel, coarse_only, reduced_from, region, settings
        )
        content = row_parts(format, read_rows)
        sink = RowSink(write_rows, begin)
        return await paint(self._caller, self.styles.list, format, content, style, sink, options)

    async def info(self) -> ServerInfo:
        """Returns what the daemon is and can do."""
        request = server_pb2.GetServerInfoRequest()
        response = await self._caller.unary(lambda stubs: stubs.server.GetServerInfo, request)
        return ServerInfo.from_message(response)

    async def health(self) -> bool:
        """Returns whether the daemon takes requests; False too where none answers."""
        try:
            connection = await self._caller.connection(start=False)
            return await connection.serving()
        except DaemonNotRunning:
            return False

    async def load(self, model: str = "") -> Model:
        """Loads a model (by default the embedded one), so that no picture waits for it."""
        request = server_pb2.LoadModelRequest(name=model)
        response = await self._caller.unary(
            lambda stubs: stubs.server.LoadModel, request, LOAD_SECONDS
        )
        return Model.from_message(response.model)

    async def unload(self, model: str = "") -> tuple[str, ...]:
        """Frees a model's memory, that of all where none is named; returns the names."""
        request = server_pb2.UnloadModelRequest(name=model)
        response = await self._caller.unary(
            lambda stubs: stubs.server.UnloadModel, request, LOAD_SECONDS
        )
        return tuple(response.names)

    async def shutdown(self, wait: float = 0.0) -> bool:
        """Ends the daemon when the running requests are done.

        Args:
            wait: seconds to wait for its end.

        Returns:
            Whether it has ended.
        """
        try:
            connection = await self._caller.connection(start=False)
        except DaemonNotRunning:
            return True
        request = server_pb2.ShutdownRequest()
        with contextlib.suppress(DaemonLost, Cancelled):  # it was faster than its answer
            await translated(connection.server.Shutdown(request, timeout=SMALL_CALL_SECONDS))
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            try:
                # A fresh connection each time: the old one outlives the closed door.
                probe = Connection(connection.endpoint)
                try:
                    await probe.dial()
                finally:
                    probe.close()
            except (DaemonNotRunning, Unauthorized):  # gone, or replaced by another one
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _paint(self, content: object, style: object, options: PaintOptions) -> Result:
        opened = require_picture(content, "content")
        picture, sink = opened.picture, PictureSink()
        report = await paint(
            self._caller,
            self.styles.list,
            picture.format,
            picture_parts(picture),
            style,
            sink,
            options,
            opened.alike,
        )
        assert sink.picture is not None
        return Result(opened.alike(sink.picture), report)
