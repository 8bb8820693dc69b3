"""Pixels up and down: chunks of a request, pictures of an answer, and the call that holds both.

Sending and receiving go on at the same time, each as fast as the other side's flow control lets
it, so that neither ever holds more than a few chunks.
"""

import asyncio
import inspect
import stat
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from grpclib.client import Stream, StreamStreamMethod, StreamUnaryMethod
from grpclib.exceptions import StreamTerminatedError

from styleswap.client.errors import (
    CallerFailed,
    InvalidPicture,
    StyleSwapError,
    is_transport,
)
from styleswap.client.pictures import Picture, PictureFormat
from styleswap.v1 import stylize_pb2
from styleswap.v1.pictures_pb2 import Chunk, PixelFormat

CHUNK_BYTES = 1 << 20
"""Bytes of a chunk: the contract's limit."""
LAST_WORD_SECONDS = 5.0
"""How long the status of a call is waited for after sending to it has failed."""

ReadRows = Callable[[int, int], Any]
"""(y0, y1) -> bytes of rows y0 to y1 - 1; may be a coroutine function."""
WriteRows = Callable[[int, bytes], object]
"""(y0, bytes of whole rows from y0 on); may be a coroutine function."""


async def ask(callback: Callable[..., Any], *arguments: object) -> Any:
    """Calls a caller's function, or coroutine function, and returns what it returns.

    Raises:
        CallerFailed: it raised.
    """
    try:
        result = callback(*arguments)
        return await result if inspect.isawaitable(result) else result
    except CallerFailed:
        raise
    except Exception as error:
        raise CallerFailed(error) from error


async def picture_parts(picture: Picture) -> AsyncGenerator[bytes, None]:
    """Yields a picture's bytes in parts of a chunk's size."""
    view = memoryview(picture.data).cast("B")
    for offset in range(0, len(view), CHUNK_BYTES):
        yield bytes(view[offset : offset + CHUNK_BYTES])


async def file_parts(path: str | PathLike[str]) -> AsyncGenerator[bytes, None]:
    """Yields a file's bytes in parts of a chunk's size.

    Raises:
        InvalidPicture: it cannot be read; the sentence says why.
    """
    try:
        # Blocks the loop for a MiB of a local file at a time.
        with Path(path).open("rb") as file:  # noqa: ASYNC230
            while part := file.read(CHUNK_BYTES):
                yield part
    except OSError as error:
        raise unreadable(path, error) from error


async def row_parts(format: PictureFormat, read_rows: ReadRows) -> AsyncGenerator[bytes, None]:
    """Yields the bytes that `read_rows` gives, in bands of about a chunk's size.

    Raises:
        InvalidPicture: a band has another size than its rows.
    """
    band = max(1, CHUNK_BYTES // format.row_bytes)
    for y0 in range(0, format.height, band):
        y1 = min(y0 + band, format.height)
        rows = memoryview(await ask(read_rows, y0, y1)).cast("B")
        expected = (y1 - y0) * format.row_bytes
        if len(rows) != expected:
            raise InvalidPicture(
                f"read_rows({y0}, {y1}) gave {len(rows)} bytes; these rows have {expected}.",
                field="content",
            )
        for offset in range(0, len(rows), CHUNK_BYTES):
            yield bytes(rows[offset : offset + CHUNK_BYTES])


def file_size(path: str | PathLike[str]) -> int:
    """Returns the size of an image file that is to be sent, in bytes.

    Raises:
        InvalidPicture: there is no such file; the sentence says so.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise InvalidPicture(
            f"{path} is a folder; give an image file.", reason="FILE_UNREADABLE", field="style"
        )
    return status.st_size


def unreadable(path: str | PathLike[str], error: Exception) -> InvalidPicture:
    """Returns the error for an image file that the system does not give."""
    if isinstance(error, FileNotFoundError):
        message = f"There is no file {path}."
    else:
        message = f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
    return InvalidPicture(message, reason="FILE_UNREADABLE", field="style")


async def numbered(plane: int, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[Chunk, None]:
    """Yields a plane's chunks."""
    offset = 0
    async with aclosing(parts):
        async for part in parts:
            yield Chunk(plane=plane, offset=offset, data=part)
            offset += len(part)


class Sink(Protocol):
    """Takes a picture that arrives."""

    async def begin(self, format: PictureFormat) -> None:
        """Learns the format, once, before any bytes."""
        ...

    async def write(self, data: bytes) -> None:
        """Takes the next bytes."""
        ...


class Expected:
    """What pictures a request may be answered with; looked at before room is made for one."""

    def __init__(
        self, content: PictureFormat, coarse_only: bool, region: stylize_pb2.Region | None
    ) -> None:
        """Args: the content's format, and which part of its painting was asked for."""
        self._content = content
        self._coarse_only = coarse_only
        self._region = region

    def result(self, message: PixelFormat, again: bool) -> PictureFormat:
        """Returns the announced format; raises StyleSwapError where it is not what was asked for.

        Args:
            message: the announcement.
            again: whether a result was announced before.
        """
        form = self._alike(message, "result")
        whole = self._region if self._region is not None else self._content
        same = (form.width, form.height) == (whole.width, whole.height)
        if again or not (same or self._coarse_only):
            raise garbled(f"a result of {form.width} x {form.height} px that was not asked for")
        return form

    def preview(self, message: PixelFormat, wanted: bool) -> PictureFormat:
        """As `result`, for a preview."""
        if not wanted:
            raise garbled("a picture that was not asked for")
        return self._alike(message, "preview")

    def _alike(self, message: PixelFormat, name: str) -> PictureFormat:
        """A coarser pass is never larger than the picture, and of its kind."""
        content = self._content
        try:
            form = PictureFormat.from_message(message)
        except InvalidPicture as error:
            raise garbled(f"a {name} of no known format") from error
        kind = (form.layout, form.depth, form.linear)
        if (
            kind != (content.layout, content.depth, content.linear)
            or form.width > content.width
            or form.height > content.height
        ):
            raise garbled(f"a {name} of another format than the picture's")
        return form


class Arrival:
    """Checks a picture that arrives against its announcement, and hands its bytes to a sink."""

    def __init__(self, format: PictureFormat, sink: Sink) -> None:
        """Args: the announced format, and the sink, which was not begun yet."""
        self._format = format
        self._sink = sink
        self._offset = 0

    async def begin(self) -> None:
        """Begins the sink."""
        await self._sink.begin(self._format)

    async def write(self, chunk: Chunk) -> None:
        """Takes a chunk; raises StyleSwapError where it is not the next one."""
        end = self._offset + len(chunk.data)
        if chunk.offset != self._offset or end > self._format.byte_count:
            raise garbled("a chunk out of order")
        self._offset = end
        await self._sink.write(chunk.data)

    @property
    def complete(self) -> bool:
        """Whether every byte is there."""
        return self._offset == self._format.byte_count


class PictureSink:
    """Collects a picture in memory."""

    def __init__(self, done: Callable[[Picture], Awaitable[None]] | None = None) -> None:
        """Args: done: called with the picture as soon as it is whole."""
        self.picture: Picture | None = None
        self._done = done
        self._format: PictureFormat | None = None
        self._data = bytearray()

    async def begin(self, format: PictureFormat) -> None:
        """See `Sink`."""
        self._format = format
        self._data = bytearray(format.byte_count)
        self._filled = 0

    async def write(self, data: bytes) -> None:
        """See `Sink`."""
        assert self._format is not None
        self._data[self._filled : self._filled + len(data)] = data
        self._filled += len(data)
        if self._filled == len(self._data):
            self.picture = self._format.picture(self._data)
            if self._done is not None:
                await self._done(self.picture)


class RowSink:
    """Hands a picture on in whole rows, holding less than a chunk and a row."""

    def __init__(
        self, write_rows: WriteRows, begin: Callable[[PictureFormat], Any] | None = None
    ) -> None:
        """Args: write_rows and begin: the caller's; begin learns the result's format."""
        self._write_rows = write_rows
        self._begin = begin
        self._rest = b""
        self._row = 0

    async def begin(self, format: PictureFormat) -> None:
        """See `Sink`."""
        self._row_bytes = format.row_bytes
        if self._begin is not None:
            await ask(self._begin, format)

    async def write(self, data: bytes) -> None:
        """See `Sink`."""
        data = self._rest + data if self._rest else data
        rows = len(data) // self._row_bytes
        whole = rows * self._row_bytes
        self._rest = data[whole:]
        if rows:
            await ask(self._write_rows, self._row, data[:whole] if self._rest else data)
            self._row += rows


def garbled(what: str) -> StyleSwapError:
    """Returns the error for an answer that breaks the contract."""
    return StyleSwapError(
        f"The daemon sent {what}. Client and daemon do not fit together: update both.",
        reason="GARBLED_ANSWER",
    )


async def exchange(
    method: StreamStreamMethod[Any, Any] | StreamUnaryMethod[Any, Any],
    messages: AsyncGenerator[Any, None],
    receive: Callable[[Any], Awaitable[None]],
    *,
    timeout: float | None,
) -> None:
    """Runs one streaming call: sends all messages and receives all answers at the same time.

    Must run in a task of its own: grpclib ends a call by cancelling the tasks that wait for it.

    Args:
        method: the stub's method.
        messages: what to send.
        receive: called with each answer, in order.
        timeout: seconds for all of it, None for no limit.
    """
    async with method.open(timeout=timeout) as stream:
        await stream.send_request()
        sending = asyncio.ensure_future(_send(stream, messages))
        receiving = asyncio.ensure_future(_receive(stream, receive))
        try:
            await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            if not receiving.done() and (failure := sending.exception()) is not None:
                if not is_transport(failure):
                    raise failure
                # The daemon ended the call while it was being sent to: its status says why.
                await asyncio.wait({receiving}, timeout=LAST_WORD_SECONDS)
                if not receiving.done():
                    raise failure
            await receiving
            await _finish(stream, sending)
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)


async def _send(stream: Stream[Any, Any], messages: AsyncGenerator[Any, None]) -> None:
    async with aclosing(messages):
        async for message in messages:
            await stream.send_message(message)
    await stream.end()


async def _receive(stream: Stream[Any, Any], receive: Callable[[Any], Awaitable[None]]) -> None:
    async for message in stream:
        await receive(message)


async def _finish(stream: Stream[Any, Any], sending: asyncio.Future[None]) -> None:
    """Raises the call's status where it is not OK, even if not everything was sent."""
    if not sending.done():
        sending.cancel()
        await asyncio.wait({sending})
    if sending.cancelled() or sending.exception() is not None:
        try:
            # grpclib reads the status only of calls whose own side has ended.
            await stream.end()
        except Exception as error:
            if not is_transport(error):
                raise
            # On its way out grpclib looks for a status where this class of error passes.
            raise StreamTerminatedError(str(error)) from error
    await stream.recv_trailing_metadata()
