"""The RPCs: one method each, thin."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from styleswap import __version__
from styleswap.files import Pixels
from styleswap.processes import SharedMemory
from styleswap.service import limits, requests, uploads
from styleswap.service.answering import answered
from styleswap.service.device_queue import DeviceQueue, Slot
from styleswap.service.downloads import Context, send, send_picture
from styleswap.service.engine import Engine, Lease
from styleswap.service.pixels import digest
from styleswap.service.progress_stream import ProgressStream
from styleswap.service.resident import memory_used
from styleswap.service.shared_styles import SharedStyles
from styleswap.service.style_pictures import as_style, decode
from styleswap.service.styles import PREFIX, Added, Library, Style
from styleswap.service.unload_when_idle import IdleUnload
from styleswap.v1 import (
    server_pb2,
    server_pb2_grpc,
    styles_pb2,
    styles_pb2_grpc,
    stylize_pb2,
    stylize_pb2_grpc,
)
from styleswap.v1.controls import by_name
from styleswap.worker.orders import Order, SharedPicture, StyleOrder

T = TypeVar("T")

RESULT, PREVIEW = 0, 1
"""Indices of the pictures that come back."""


@dataclass
class Parts:
    """What the RPCs work with."""

    queue: DeviceQueue
    engine: Engine
    library: Library
    idle: IdleUnload
    spool: Path
    """Folder for pictures that are too large for memory."""
    stop: asyncio.Event
    """Set to end the daemon."""
    budget: uploads.ByteBudget = field(
        default_factory=lambda: uploads.ByteBudget(limits.HELD_BYTES, limits.HELD_MEMORY_BYTES)
    )
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(limits.DECODES))
    began: float = field(default_factory=time.monotonic)


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
            device=parts.engine.device_name,
            memory_used=memory_used() + memory_used(parts.engine.pid),
            side_limit=limits.SIDE,
            pixel_limit=limits.PIXELS,
            file_limit=limits.FILE_BYTES,
            queue_limit=parts.queue.limit,
            queue_length=parts.queue.length,
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
        name = request.name or str(by_name("model").default)
        await parts.engine.load(name)
        if parts.idle.seconds > 0:
            parts.idle.restart()
        (model,) = [model for model in await self._models() if model.name == name]
        return server_pb2.LoadModelResponse(model=model)

    @answered
    async def UnloadModel(  # noqa: N802
        self, request: server_pb2.UnloadModelRequest, context: Context
    ) -> server_pb2.UnloadModelResponse:
        """Frees a model's memory."""
        engine, queue = self._parts.engine, self._parts.queue
        if request.name:
            await engine.check_name(request.name)
        names = await engine.unload(request.name)
        if not request.name and not queue.length:
            await engine.stop("a client gives its memory back")
        return server_pb2.UnloadModelResponse(names=names)

    @answered
    async def Shutdown(  # noqa: N802
        self, request: server_pb2.ShutdownRequest, context: Context
    ) -> server_pb2.ShutdownResponse:
        """Ends the daemon when the running requests are done."""
        self._parts.stop.set()
        return server_pb2.ShutdownResponse()

    async def _models(self) -> list[server_pb2.Model]:
        engine = self._parts.engine
        return [
            server_pb2.Model(
                name=entry.name,
                description=entry.description,
                available=not entry.remedy,
                loaded=entry.name in engine.loaded,
                remedy=entry.remedy,
                methods=entry.methods,
            )
            for entry in await engine.models()
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
        parts = self._parts
        async with uploads.received(context, (upload,), parts.spool, parts.budget), parts.decoding:
            added = await _in_thread(self._put, upload, name)
        return styles_pb2.PutStyleResponse(
            style=_style(added.style), existed=added.existed, notices=added.notices
        )

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

    def _put(self, upload: uploads.Upload, name: str, cancelled: Callable[[], bool]) -> Added:
        given = _received(upload, cancelled)
        added = self._library.put(given, name)
        return replace(added, notices=(*given.notices, *added.notices))


class StylizeServicer(stylize_pb2_grpc.StylizeServiceServicer):
    """Painting a picture."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._styles = SharedStyles(parts.library)

    @answered
    async def Stylize(self, request_iterator: object, context: Context) -> None:  # noqa: N802
        """Paints one picture."""
        parts = self._parts
        request = requests.read_stylize(await uploads.first_message(context))
        for id_ in dict.fromkeys(wish.id for wish in request.styles if wish.id):
            await asyncio.to_thread(parts.library.get, id_)
        async with parts.queue.slot() as slot:
            if not parts.engine.running:
                loading = stylize_pb2.Progress(stage=stylize_pb2.STAGE_LOADING)
                await send(context, stylize_pb2.StylizeResponse(progress=loading))
            await parts.engine.check(request.settings)
            async with (
                uploads.received(context, request.uploads, parts.spool, parts.budget),
                contextlib.AsyncExitStack() as stack,
            ):
                parts.queue.enter(slot)
                if all(wish.id and self._styles.has(wish.id) for wish in request.styles):
                    order, notices = self._order(request, stack, lambda: False)
                else:
                    async with parts.decoding:
                        order, notices = await _in_thread(self._order, request, stack)
                painted = await self._painted(order, slot, context)
                sent = False
                try:
                    painted.report.notices.extend(notices)
                    await send_picture(context, RESULT, painted.picture)
                    await send(context, stylize_pb2.StylizeResponse(report=painted.report))
                    sent = True
                finally:
                    painted.free(sent)

    def _order(
        self,
        request: requests.StylizeRequest,
        stack: contextlib.AsyncExitStack,
        cancelled: Callable[[], bool],
    ) -> tuple[Order, list[str]]:
        """Gathers what to paint, and notices; decodes the styles, which `stack` frees."""
        pictures: dict[int, SharedPicture] = {}
        keys: dict[int, str] = {}
        notices = list(request.notices)
        for upload in request.uploads:
            if upload.name == "style":
                given = _received(upload, cancelled)
                style = as_style(given)
                notices += (*given.notices, *style.notices)
                keys[upload.index] = PREFIX + digest(style)
                pictures[upload.index] = _shared(style, stack)
            else:
                pictures[upload.index] = upload.picture
        styles = []
        for wish in request.styles:
            if wish.upload is not None:
                picture, key = pictures[wish.upload.index], keys[wish.upload.index]
            else:
                picture, key = self._styles.get(wish.id), wish.id
            mask = None if wish.mask is None else pictures[wish.mask.index]
            styles.append(StyleOrder(picture, key, wish.weight, mask))
        order = Order(
            content=request.content.picture,
            styles=tuple(styles),
            settings=request.settings,
            preview=request.preview,
            coarse_only=request.coarse_only,
            reduced_from=request.reduced_from,
            region=request.region,
        )
        return order, notices

    async def _painted(self, order: Order, slot: Slot, context: Context) -> Lease:
        """Has the order carried out, sending progress and previews meanwhile."""
        parts = self._parts
        stream = ProgressStream()
        submitted = time.monotonic()
        waited = 0.0

        async def work() -> Lease:
            nonlocal waited
            # Before its turn: it may take minutes, in which others can be painted.
            await parts.engine.download(str(order.settings["model"]), stream)
            async with parts.queue.turn(slot, stream.queued, brief=order.brief):
                waited = time.monotonic() - submitted
                return await parts.engine.paint(order, stream)

        job = asyncio.ensure_future(work())
        job.add_done_callback(lambda _: stream.close())
        try:
            async with contextlib.aclosing(stream.parts()) as news:
                async for part in news:
                    if isinstance(part, SharedPicture):
                        with part.memory:
                            await send_picture(context, PREVIEW, part)
                    else:
                        await send(context, stylize_pb2.StylizeResponse(progress=part))
            painted = await job
        except BaseException:
            # It stops by itself; who waits behind it waits for that, this call does not.
            job.add_done_callback(_thrown_away)
            job.cancel()
            raise
        painted.report.times.insert(
            0, stylize_pb2.StageTime(stage=stylize_pb2.STAGE_QUEUED, seconds=waited)
        )
        return painted


def _thrown_away(job: "asyncio.Task[Lease]") -> None:
    """Frees the painting of a call that has ended meanwhile."""
    if not job.cancelled() and job.exception() is None:
        job.result().free(False)


def _shared(picture: Pixels, stack: contextlib.AsyncExitStack) -> SharedPicture:
    """Returns a picture in memory that processes share, freed with `stack`."""
    memory = SharedMemory.holding(picture.data)
    stack.callback(memory.close)
    return SharedPicture(picture.format, memory)


async def _in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Runs a function in a thread; its last argument tells it that the call has ended."""
    ended = threading.Event()
    try:
        return await asyncio.to_thread(function, *arguments, ended.is_set)
    finally:
        ended.set()


def _received(upload: uploads.Upload, cancelled: Callable[[], bool]) -> Pixels:
    """Returns an upload as a picture, decoding a file. Not for the event loop."""
    if upload.format is None:
        return decode(upload.memory, cancelled)
    return Pixels(upload.format, memoryview(upload.memory.map()))


KINDS: Final = {"picture": styles_pb2.STYLE_KIND_PICTURE}
"""The kinds of styles."""


def _style(style: Style) -> styles_pb2.Style:
    return styles_pb2.Style(
        id=style.id,
        name=style.name,
        width=style.width,
        height=style.height,
        builtin=style.builtin,
        kind=KINDS[style.kind],
    )
