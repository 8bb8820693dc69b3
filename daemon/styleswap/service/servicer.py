"""The RPCs: one method each, thin."""

import asyncio
import functools
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import grpc.aio

from styleswap import __version__
from styleswap.service import limits, requests, uploads
from styleswap.service.errors import ServiceError, answered
from styleswap.service.idle import IdleUnload
from styleswap.service.jobs import Device, Slot
from styleswap.service.models import Models
from styleswap.service.painting import Order, Painted, StyleOrder, needs_inverse, paint
from styleswap.service.pixels import Picture, canonical, digest, write_format
from styleswap.service.relay import Relay
from styleswap.service.styles import PREFIX, Library, Style, decode
from styleswap.v1 import (
    pictures_pb2,
    server_pb2,
    server_pb2_grpc,
    styles_pb2,
    styles_pb2_grpc,
    stylize_pb2,
    stylize_pb2_grpc,
)
from styleswap.v1.controls import by_name

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

RESULT, PREVIEW = 0, 1
"""Indices of the pictures that come back."""


@dataclass
class Parts:
    """What the RPCs work with."""

    device: Device
    models: Models
    library: Library
    engine_ready: "asyncio.Future[None]"
    """Done when the engine is imported; carries the error where that failed."""
    idle: IdleUnload
    spool: Path
    """Folder for pictures that are too large for memory."""
    stop: asyncio.Event
    """Set to end the daemon."""
    receiving: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.UPLOADS))
    began: float = field(default_factory=time.monotonic)

    async def engine(self) -> None:
        """Waits until the engine is there.

        Raises:
            ServiceError: FAILED_PRECONDITION; it cannot be had.
        """
        await asyncio.shield(self.engine_ready)


class ServerServicer(server_pb2_grpc.ServerServiceServicer):
    """The server itself."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @answered
    async def GetServerInfo(  # noqa: N802 - the contract's name
        self, request: server_pb2.GetServerInfoRequest, context: Context
    ) -> server_pb2.GetServerInfoResponse:
        """Tells what the server is and can do."""
        parts = self._parts
        return server_pb2.GetServerInfoResponse(
            version=__version__,
            api_oldest=limits.API,
            api_newest=limits.API,
            device=parts.models.device_name,
            memory_used=memory_used(),
            side_limit=limits.SIDE,
            pixel_limit=limits.PIXELS,
            file_limit=limits.FILE_BYTES,
            queue_limit=parts.device.limit,
            queue_length=parts.device.length,
            methods=[choice.nick for choice in by_name("method").choices],
            models=await self._models(),
            uptime=time.monotonic() - parts.began,
            idle_unload=parts.idle.seconds,
        )

    @answered
    async def LoadModel(  # noqa: N802
        self, request: server_pb2.LoadModelRequest, context: Context
    ) -> server_pb2.LoadModelResponse:
        """Loads a model."""
        parts = self._parts
        await parts.engine()
        name = request.name or str(by_name("model").default)
        await parts.device.call(lambda: parts.models.get(name))
        if parts.idle.seconds > 0:
            parts.idle.restart()
        (model,) = [model for model in await self._models() if model.name == name]
        return server_pb2.LoadModelResponse(model=model)

    @answered
    async def UnloadModel(  # noqa: N802
        self, request: server_pb2.UnloadModelRequest, context: Context
    ) -> server_pb2.UnloadModelResponse:
        """Frees a model's memory."""
        parts = self._parts
        await parts.engine()
        if request.name:
            await asyncio.to_thread(parts.models.known, request.name)
        names = await parts.device.call(lambda: parts.models.unload(request.name))
        return server_pb2.UnloadModelResponse(names=names)

    @answered
    async def Shutdown(  # noqa: N802
        self, request: server_pb2.ShutdownRequest, context: Context
    ) -> server_pb2.ShutdownResponse:
        """Ends the daemon when the running requests are done."""
        self._parts.stop.set()
        return server_pb2.ShutdownResponse()

    async def _models(self) -> list[server_pb2.Model]:
        models = self._parts.models
        if not models.device_name:
            return []
        return [
            server_pb2.Model(
                name=entry.name,
                description=entry.description,
                available=not entry.remedy,
                loaded=entry.name in models.loaded,
                remedy=entry.remedy,
                methods=entry.methods,
            )
            for entry in await asyncio.to_thread(models.entries)
        ]


class StyleServicer(styles_pb2_grpc.StyleServiceServicer):
    """The style library."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._library = parts.library

    @answered
    async def PutStyle(  # noqa: N802
        self, request_iterator: object, context: Context
    ) -> styles_pb2.PutStyleResponse:
        """Adds a picture to the library."""
        header = await uploads.first_message(context)
        name, upload = requests.read_put_style(header)
        async with self._parts.receiving:
            await uploads.receive(context, (upload,), self._parts.spool)
            style, existed = await asyncio.to_thread(self._put, upload, name)
        return styles_pb2.PutStyleResponse(style=_style(style), existed=existed)

    @answered
    async def ListStyles(  # noqa: N802
        self, request: styles_pb2.ListStylesRequest, context: Context
    ) -> styles_pb2.ListStylesResponse:
        """Lists the library."""
        styles = await asyncio.to_thread(self._library.list)
        return styles_pb2.ListStylesResponse(styles=[_style(style) for style in styles])

    @answered
    async def GetThumbnail(  # noqa: N802
        self, request: styles_pb2.GetThumbnailRequest, context: Context
    ) -> styles_pb2.GetThumbnailResponse:
        """Gives a small picture of a style."""
        size = requests.read_thumbnail_size(request.size)
        png = await asyncio.to_thread(self._library.thumbnail, request.id, size)
        return styles_pb2.GetThumbnailResponse(png=png)

    @answered
    async def RenameStyle(  # noqa: N802
        self, request: styles_pb2.RenameStyleRequest, context: Context
    ) -> styles_pb2.RenameStyleResponse:
        """Gives one of the user's styles another name."""
        name = requests.read_name(request.name, "name")
        style = await asyncio.to_thread(self._library.rename, request.id, name)
        return styles_pb2.RenameStyleResponse(style=_style(style))

    @answered
    async def DeleteStyle(  # noqa: N802
        self, request: styles_pb2.DeleteStyleRequest, context: Context
    ) -> styles_pb2.DeleteStyleResponse:
        """Removes one of the user's styles."""
        await asyncio.to_thread(self._library.delete, request.id)
        return styles_pb2.DeleteStyleResponse()

    def _put(self, upload: uploads.Upload, name: str) -> tuple[Style, bool]:
        return self._library.put(_received(upload), name)


class StylizeServicer(stylize_pb2_grpc.StylizeServiceServicer):
    """Painting a picture."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @answered
    async def Stylize(self, request_iterator: object, context: Context) -> None:  # noqa: N802
        """Paints one picture."""
        parts = self._parts
        request = requests.read_stylize(await uploads.first_message(context))
        for id_ in dict.fromkeys(wish.id for wish in request.styles if wish.id):
            await asyncio.to_thread(parts.library.get, id_)
        slot = parts.device.reserve()
        try:
            if not parts.engine_ready.done():
                loading = stylize_pb2.Progress(stage=stylize_pb2.STAGE_LOADING)
                await _send(context, stylize_pb2.StylizeResponse(progress=loading))
            await parts.engine()
            name = str(request.settings["model"])
            inverse = needs_inverse(request.settings)
            await asyncio.to_thread(
                parts.models.check, name, "header.settings.model", inverse=inverse
            )
            await uploads.receive(context, request.uploads, parts.spool)
            order = await asyncio.to_thread(self._order, request)
            painted = await self._painted(order, slot, context)
            await _send_picture(context, RESULT, painted.picture)
            await _send(context, stylize_pb2.StylizeResponse(report=painted.report))
        finally:
            # Reached by every end: done, failed, cancelled, past the deadline, client gone.
            parts.device.release(slot)

    def _order(self, request: requests.StylizeRequest) -> Order:
        """Gathers what to paint; reads and decodes the styles."""
        pictures: dict[int, Picture] = {}
        for upload in request.uploads:
            if upload.name == "style":
                pictures[upload.index] = canonical(_received(upload))
                # The bytes of the file or of the layer are not needed any more.
                upload.data = bytearray()
            elif upload.name == "mask":
                pictures[upload.index] = _received(upload)
        styles = []
        for wish in request.styles:
            if wish.upload is not None:
                style = pictures[wish.upload.index]
                key = PREFIX + digest(style)
            else:
                style, key = self._parts.library.picture(wish.id), wish.id
            mask = None if wish.mask is None else pictures[wish.mask.index]
            styles.append(StyleOrder(style, key, wish.weight, mask))
        return Order(
            content=Picture(request.format, request.content.data),
            styles=tuple(styles),
            settings=request.settings,
            preview=request.preview,
            coarse_only=request.coarse_only,
            reduced_from=request.reduced_from,
            region=request.region,
        )

    async def _painted(self, order: Order, slot: Slot, context: Context) -> Painted:
        """Runs the order on the device, sending progress and preview meanwhile."""
        parts = self._parts
        relay = Relay()
        submitted = time.monotonic()
        waited = 0.0

        # Previews pass full pictures, which let them in wherever they look whether to go on.
        preview = order.coarse_only or order.region is not None
        stopped = slot.cancelled if preview else functools.partial(parts.device.poll, slot)

        def work() -> Painted:
            nonlocal waited
            waited = time.monotonic() - submitted
            return paint(order, parts.models, relay, stopped, parts.spool)

        job = asyncio.ensure_future(parts.device.work(slot, work, relay.queued, urgent=preview))
        job.add_done_callback(lambda _: relay.close())
        try:
            async for part in relay.parts():
                if isinstance(part, Picture):
                    await _send_picture(context, PREVIEW, part)
                else:
                    await _send(context, stylize_pb2.StylizeResponse(progress=part))
            painted = await job
        finally:
            slot.cancel()
            job.cancel()
        painted.report.times.insert(
            0, stylize_pb2.StageTime(stage=stylize_pb2.STAGE_QUEUED, seconds=waited)
        )
        return painted


def memory_used() -> int:
    """Returns the bytes of physical memory that the process occupies; 0 where unknown."""
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
        return int(resident) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    # The largest so far, where the system does not tell the present one; KiB but on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


async def _send(context: Context, message: stylize_pb2.StylizeResponse) -> None:
    try:
        async with asyncio.timeout(limits.STALL_SECONDS):
            await context.write(message)
    except TimeoutError:
        raise ServiceError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "DOWNLOAD_STALLED",
            f"Nothing was taken for {limits.STALL_SECONDS:.0f} seconds, so the request was given "
            "up.",
        ) from None


async def _send_picture(context: Context, index: int, picture: Picture) -> None:
    start = stylize_pb2.PictureStart(index=index, format=write_format(picture.format))
    await _send(context, stylize_pb2.StylizeResponse(start=start))
    view = memoryview(picture.data)
    for offset in range(0, len(view), limits.CHUNK_BYTES):
        data = bytes(view[offset : offset + limits.CHUNK_BYTES])
        chunk = pictures_pb2.Chunk(plane=index, offset=offset, data=data)
        await _send(context, stylize_pb2.StylizeResponse(chunk=chunk))


def _received(upload: uploads.Upload) -> Picture:
    """Returns an upload as a picture, decoding a file. Not for the event loop."""
    return (
        decode(bytes(upload.data)) if upload.format is None else Picture(upload.format, upload.data)
    )


def _style(style: Style) -> styles_pb2.Style:
    return styles_pb2.Style(
        id=style.id,
        name=style.name,
        width=style.width,
        height=style.height,
        builtin=style.builtin,
    )
