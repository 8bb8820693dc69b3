"""The client for asyncio: everything that can be asked of a daemon."""

import asyncio
import contextlib
import operator
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from grpclib.client import UnaryUnaryMethod
from grpclib.exceptions import GRPCError

from styleswap.client.answers import (
    Added,
    Model,
    Progress,
    Report,
    Result,
    ServerInfo,
    Style,
)
from styleswap.client.cancel import Stoppable, run_cancellable
from styleswap.client.dial import HEALTH_SECONDS, Connection, Endpoint
from styleswap.client.errors import (
    CallerFailed,
    Cancelled,
    DaemonLost,
    DaemonNotRunning,
    Forked,
    InvalidRequest,
    InvalidSettings,
    Unauthorized,
    UnknownStyle,
    from_call,
)
from styleswap.client.finding import find, reach
from styleswap.client.launch import POLL_SECONDS, START_SECONDS, Message, find_or_start
from styleswap.client.mixing import Planes, as_styled, style_plane
from styleswap.client.pictures import Picture, PictureFormat, require_picture
from styleswap.client.style_choice import (
    FileStyle,
    PixelStyle,
    choose_id,
    choose_style,
    unknown,
)
from styleswap.client.transfer import (
    Arrival,
    Expected,
    PictureSink,
    ReadRows,
    RowSink,
    Sink,
    WriteRows,
    ask,
    exchange,
    garbled,
    numbered,
    picture_parts,
    row_parts,
)
from styleswap.v1 import pictures_pb2, server_pb2, styles_pb2, stylize_pb2
from styleswap.v1.control import ControlError
from styleswap.v1.settings import to_message

T = TypeVar("T")

SMALL_CALL_SECONDS = 60.0
"""Deadline of calls that only ask."""
LOAD_SECONDS = 300.0
"""Deadline of loading a model: the daemon may still be importing its libraries."""
ADD_SECONDS = 300.0
"""Deadline of adding a style."""
_CONTENT, _STYLE = 0, 1
_RESULT, _PREVIEW = 0, 1

Dial = Callable[[bool], Awaitable[Connection]]
"""(may start a daemon) -> a connection that works."""
Size = tuple[int, int]
"""Width and height in pixels."""
Region = tuple[int, int, int, int]
"""x, y, width and height in pixels."""
OnProgress = Callable[[Progress], object]
OnPreview = Callable[[Any], object]


class AsyncDaemon:
    """A connection to a daemon. Made by `connect_async`; belongs to one event loop.

    A daemon that went away between two calls is found, or started, anew.
    """

    def __init__(self, connection: Connection, dial: Dial) -> None:
        """Args: connection: one that works; dial: makes another when it is lost."""
        self._closed = False
        self._process = os.getpid()
        self._connection = connection
        self._dial = dial
        self._redialling = asyncio.Lock()
        self.styles = AsyncStyles(self)

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
        self._check_process()
        self._closed = True
        self._connection.close()

    @property
    def address(self) -> str:
        """Host and port of the daemon."""
        return self._connection.endpoint.address

    async def stylize(
        self,
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
        result = await self.paint(
            content,
            style,
            progress=progress,
            preview=preview,
            timeout=timeout,
            cancel=cancel,
            coarse_only=coarse_only,
            reduced_from=reduced_from,
            region=region,
            **settings,
        )
        return result.picture

    async def paint(
        self,
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
        opened = require_picture(content, "content")
        sink = PictureSink()
        report = await self._paint(
            opened.picture.format,
            lambda: picture_parts(opened.picture),
            style,
            sink,
            alike=opened.alike,
            progress=progress,
            preview=preview,
            timeout=timeout,
            cancel=cancel,
            coarse_only=coarse_only,
            reduced_from=reduced_from,
            region=region,
            settings=settings,
        )
        assert sink.picture is not None
        return Result(opened.alike(sink.picture), report)

    async def paint_rows(
        self,
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
        return await self._paint(
            format,
            lambda: row_parts(format, read_rows),
            style,
            RowSink(write_rows, begin),
            alike=lambda picture: picture,
            progress=progress,
            preview=preview,
            timeout=timeout,
            cancel=cancel,
            coarse_only=coarse_only,
            reduced_from=reduced_from,
            region=region,
            settings=settings,
        )

    async def info(self) -> ServerInfo:
        """Returns what the daemon is and can do."""
        request = server_pb2.GetServerInfoRequest()
        response = await self._small(lambda line: line.server.GetServerInfo, request)
        return ServerInfo.from_message(response)

    async def health(self) -> bool:
        """Returns whether the daemon takes requests; False too where none answers."""
        try:
            line = await self._line(start=False)
            return await line.serving()
        except DaemonNotRunning:
            return False

    async def load(self, model: str = "") -> Model:
        """Loads a model (by default the embedded one), so that no picture waits for it."""
        request = server_pb2.LoadModelRequest(name=model)
        response = await self._small(lambda line: line.server.LoadModel, request, LOAD_SECONDS)
        return Model.from_message(response.model)

    async def unload(self, model: str = "") -> tuple[str, ...]:
        """Frees a model's memory, that of all where none is named; returns the names."""
        request = server_pb2.UnloadModelRequest(name=model)
        response = await self._small(lambda line: line.server.UnloadModel, request, LOAD_SECONDS)
        return tuple(response.names)

    async def shutdown(self, wait: float = 0.0) -> bool:
        """Ends the daemon when the running requests are done.

        Args:
            wait: seconds to wait for its end.

        Returns:
            Whether it has ended.
        """
        try:
            line = await self._line(start=False)
        except DaemonNotRunning:
            return True
        request = server_pb2.ShutdownRequest()
        with contextlib.suppress(DaemonLost, Cancelled):  # it was faster than its answer
            await _translated(line.server.Shutdown(request, timeout=SMALL_CALL_SECONDS))
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            try:
                # A fresh connection each time: the old one outlives the closed door.
                probe = Connection(line.endpoint)
                try:
                    await probe.dial()
                finally:
                    probe.close()
            except (DaemonNotRunning, Unauthorized):  # gone, or replaced by another one
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _paint(
        self,
        format: PictureFormat,
        content: Callable[[], AsyncGenerator[bytes, None]],
        style: object,
        sink: Sink,
        *,
        alike: Callable[[Picture], Any],
        progress: OnProgress | None,
        preview: OnPreview | None,
        timeout: float | None,
        cancel: Stoppable | None,
        coarse_only: bool,
        reduced_from: Size | None,
        region: Region | None,
        settings: dict[str, object],
    ) -> Report:
        try:
            settings_message = to_message(settings)
        except ControlError as error:
            raise InvalidSettings(str(error), reason="INVALID_SETTING", field=error.name) from None
        styles = as_styled(style)
        header = stylize_pb2.StylizeHeader(
            planes=[
                pictures_pb2.Plane(
                    role=pictures_pb2.PLANE_ROLE_CONTENT, index=_CONTENT, pixels=format.message()
                )
            ],
            settings=settings_message,
            preview=preview is not None,
            coarse_only=coarse_only,
        )
        if reduced_from is not None:
            fields = _numbers(reduced_from, ("width", "height"), "reduced_from")
            header.reduced_from.CopyFrom(stylize_pb2.Size(**fields))
        if region is not None:
            fields = _numbers(region, ("x", "y", "width", "height"), "region")
            header.region.CopyFrom(stylize_pb2.Region(**fields))

        expected = Expected(format, coarse_only, None if region is None else header.region)

        async def work() -> Report:
            ends = None if timeout is None else time.monotonic() + timeout
            choices = [await choose_style(one.style, self.styles.list) for one in styles]
            planes = Planes(header)
            for one, choice in zip(styles, choices, strict=True):
                planes.add(one, choice)
            uploads = [(_CONTENT, content()), *planes.uploads]
            answer = _Answer(expected, sink, progress, preview, alike)
            try:
                await self._exchange(
                    lambda line: line.stylize.Stylize,
                    _stylize_messages(header, uploads),
                    answer.take,
                    None if ends is None else max(0.001, ends - time.monotonic()),
                )
            except UnknownStyle as error:
                library = await self.styles.list()
                known = {each.id for each in library}
                named = [one.style for one in styles if isinstance(one.style, str)]
                missing = next((name for name in named if name not in known), None)
                if missing is not None and not error.suggestions:
                    similar = unknown(missing, library)
                    raise UnknownStyle(
                        similar.message, reason=error.reason, suggestions=similar.suggestions
                    ) from error
                raise
            return answer.result()

        # Finding the daemon again, and asking for the library, are within the time too.
        return await run_cancellable(work(), cancel, timeout)

    async def _exchange(
        self,
        method: Callable[[Connection], Any],
        messages: AsyncGenerator[Any, None],
        receive: Callable[[Any], Awaitable[None]],
        timeout: float | None,
    ) -> None:
        """Runs a streaming call in a task of its own; see `exchange`."""
        line = await self._line()
        call = exchange(method(line), messages, receive, timeout=timeout)
        await _translated(call)

    async def _small(
        self,
        method: Callable[[Connection], UnaryUnaryMethod[Any, Any]],
        request: Any,
        timeout: float = SMALL_CALL_SECONDS,
    ) -> Any:
        """Makes a unary call."""
        line = await self._line()
        return await _translated(method(line)(request, timeout=timeout))

    async def _line(self, start: bool = True) -> Connection:
        """Returns a connection that is up, dialling anew where it was lost.

        Args:
            start: a daemon may be started for it.
        """
        self._check_process()
        if self._closed:
            raise RuntimeError("This connection to the daemon is closed; connect again.")
        line = self._connection
        try:
            await line.dial()
            return line
        except (DaemonNotRunning, Unauthorized):
            # Gone; or another one has its place, whose token the runtime file knows.
            async with self._redialling:
                if self._connection is line:
                    self._connection = await self._dial(start)
                    line.close()
            return self._connection

    def _check_process(self) -> None:
        # What is sent from a fork would fall into the midst of what its parent sends.
        if os.getpid() != self._process:
            raise Forked


class AsyncStyles:
    """The style library of a daemon."""

    def __init__(self, daemon: AsyncDaemon) -> None:
        """Belongs to a daemon, as its attribute `styles`."""
        self._daemon = daemon

    async def list(self) -> list[Style]:
        """Returns the library: the built-in styles in their order, then the user's by name."""
        request = styles_pb2.ListStylesRequest()
        response = await self._daemon._small(lambda line: line.styles.ListStyles, request)
        return [Style.from_message(style) for style in response.styles]

    async def add(
        self,
        picture: object,
        name: str = "",
        *,
        timeout: float | None = ADD_SECONDS,
        cancel: Stoppable | None = None,
    ) -> Added:
        """Adds a picture to the library.

        Args:
            picture: the path of an image file, or a picture as in `AsyncDaemon.stylize`.
            name: the name to show; by default the file's name without its suffix.
            timeout, cancel: as in `AsyncDaemon.stylize`.

        Returns:
            The style; the one that was there already where its pixels are the same.
        """
        choice: FileStyle | PixelStyle
        if isinstance(picture, (str, PathLike)):
            choice = FileStyle(picture)
            name = name or Path(picture).stem
        else:
            choice = PixelStyle(require_picture(picture, "style"))
        plane, parts = style_plane(choice, _STYLE)
        responses: list[styles_pb2.PutStyleResponse] = []

        async def messages() -> AsyncGenerator[styles_pb2.PutStyleRequest, None]:
            header = styles_pb2.PutStyleHeader(name=name, plane=plane)
            yield styles_pb2.PutStyleRequest(header=header)
            chunks = numbered(_STYLE, parts)
            async with contextlib.aclosing(chunks):
                async for chunk in chunks:
                    yield styles_pb2.PutStyleRequest(chunk=chunk)

        async def receive(response: styles_pb2.PutStyleResponse) -> None:
            responses.append(response)

        await run_cancellable(
            self._daemon._exchange(lambda line: line.styles.PutStyle, messages(), receive, timeout),
            cancel,
        )
        if not responses:
            raise garbled("no answer")
        added = responses[0]
        return Added(Style.from_message(added.style), added.existed, tuple(added.notices))

    async def remove(self, style: object) -> None:
        """Removes one of the user's styles, given by id, unique name or as a `Style`."""
        request = styles_pb2.DeleteStyleRequest(id=await choose_id(style, self.list, whole=True))
        await self._daemon._small(lambda line: line.styles.DeleteStyle, request)

    async def rename(self, style: object, name: str) -> Style:
        """Gives one of the user's styles another name, of 1 to 200 characters."""
        request = styles_pb2.RenameStyleRequest(id=await choose_id(style, self.list), name=name)
        response = await self._daemon._small(lambda line: line.styles.RenameStyle, request)
        return Style.from_message(response.style)

    async def thumbnail(self, style: object, size: int = 128) -> bytes:
        """Returns a PNG file of a style, its longest side `size` pixels (16 to 512)."""
        request = styles_pb2.GetThumbnailRequest(id=await choose_id(style, self.list), size=size)
        response = await self._daemon._small(lambda line: line.styles.GetThumbnail, request)
        return bytes(response.png)


class Connecting:
    """A connection to come: `await` it, or use it in `async with`."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, AsyncDaemon]]) -> None:
        """Args: connect: makes the connection."""
        self._connect = connect
        self._daemon: AsyncDaemon | None = None

    def __await__(self) -> Generator[Any, None, AsyncDaemon]:
        """Returns the daemon; the caller closes it."""
        return self._connect().__await__()

    async def __aenter__(self) -> AsyncDaemon:
        """Returns the daemon."""
        self._daemon = await self._connect()
        return self._daemon

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection."""
        if self._daemon is not None:
            await self._daemon.close()


def connect_async(
    *,
    start: bool = True,
    address: str = "",
    token: str = "",
    home: str | PathLike[str] | None = None,
    message: Message | None = None,
    timeout: float = START_SECONDS,
) -> Connecting:
    """Connects to the user's daemon: await what this returns, or use it in `async with`.

    Args:
        start: start a daemon where none runs.
        address: "HOST:PORT" of a certain daemon, in place of the user's own.
        token: the token of the daemon at `address`.
        home: folder of the daemon's files, by default `styleswap.runtime.home()`.
        message: called with sentences for a person while a daemon starts.
        timeout: seconds that a daemon may take to answer.

    Raises:
        DaemonNotRunning: none answers, or none can be started.
        VersionMismatch: it speaks other revisions of the API, or cannot prove itself.
        Unauthorized: it does not take the token, or does not know it.
    """
    folder = None if home is None else Path(home)

    async def dial(may_start: bool) -> Connection:
        if address:
            return await reach(Endpoint(address, token), min(HEALTH_SECONDS, timeout))
        if may_start:
            return await find_or_start(folder, message=message, timeout=timeout)
        connection = await find(folder, patience=min(HEALTH_SECONDS, timeout))
        if connection is None:
            raise DaemonNotRunning(
                "No Style Swap daemon is running. Start one with: styleswap serve",
                reason="NOT_RUNNING",
            )
        return connection

    async def connect() -> AsyncDaemon:
        return AsyncDaemon(await dial(start), lambda may_start: dial(start and may_start))

    return Connecting(connect)


def _numbers(values: Sequence[int], names: tuple[str, ...], field: str) -> dict[str, int]:
    """Returns numbers of pixels by name.

    Raises:
        InvalidRequest: there are not as many, or one is no number of pixels.
    """
    try:
        numbers = [operator.index(value) for value in values]
    except TypeError:
        numbers = []
    if len(numbers) != len(names) or not all(0 <= number < 1 << 31 for number in numbers):
        raise InvalidRequest(
            f"{field} = {values!r}: give {', '.join(names)} as whole numbers of pixels.",
            reason="INVALID_ARGUMENT",
            field=field,
        )
    return dict(zip(names, numbers, strict=True))


async def _stylize_messages(
    header: stylize_pb2.StylizeHeader, uploads: list[tuple[int, AsyncGenerator[bytes, None]]]
) -> AsyncGenerator[stylize_pb2.StylizeRequest, None]:
    yield stylize_pb2.StylizeRequest(header=header)
    for plane, parts in uploads:
        chunks = numbered(plane, parts)
        async with contextlib.aclosing(chunks):
            async for chunk in chunks:
                yield stylize_pb2.StylizeRequest(chunk=chunk)


class _Answer:
    """Sorts the parts of an answer: progress, preview, result, report."""

    def __init__(
        self,
        expected: Expected,
        sink: Sink,
        progress: OnProgress | None,
        preview: OnPreview | None,
        alike: Callable[[Picture], Any],
    ) -> None:
        self._expected = expected
        self._sink = sink
        self._progress = progress
        self._preview = preview
        self._alike = alike
        self._arrivals: dict[int, Arrival] = {}
        self._report: Report | None = None

    async def take(self, response: stylize_pb2.StylizeResponse) -> None:
        """Takes one part."""
        part = response.WhichOneof("part")
        if part == "progress":
            if self._progress is not None:
                await ask(self._progress, Progress.from_message(response.progress))
        elif part == "start":
            index = response.start.index
            if index == _RESULT:
                form = self._expected.result(response.start.format, index in self._arrivals)
                sink = self._sink
            else:
                wanted = index == _PREVIEW and self._preview is not None
                form = self._expected.preview(response.start.format, wanted)
                sink = PictureSink(self._show)
            arrival = Arrival(form, sink)
            self._arrivals[index] = arrival
            await arrival.begin()
        elif part == "chunk":
            if response.chunk.plane not in self._arrivals:
                raise garbled("a chunk of no picture")
            await self._arrivals[response.chunk.plane].write(response.chunk)
        elif part == "report":
            self._report = Report.from_message(response.report)

    def result(self) -> Report:
        """Returns the report; raises StyleSwapError where anything is missing."""
        arrival = self._arrivals.get(_RESULT)
        if self._report is None or arrival is None or not arrival.complete:
            raise garbled("half a result")
        return self._report

    async def _show(self, picture: Picture) -> None:
        if self._preview is not None:
            await ask(self._preview, self._alike(picture))


async def _translated(call: Coroutine[Any, Any, T]) -> T:
    """Runs a call in a task of its own and turns what it raises into our errors."""
    try:
        return await run_cancellable(call)
    except Exception as error:
        translated = from_call(error)
        if translated is error:
            raise
        # A status says all there is to say; of a broken connection the cause may help.
        raise translated from (None if isinstance(error, GRPCError | CallerFailed) else error)
