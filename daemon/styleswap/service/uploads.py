"""Receiving the bytes of a request's planes: in order, without gaps, exactly as many as announced.

An announcement costs nothing: memory and disk are taken as the bytes come, and all calls together
have one budget. The client is held back by the transport's flow control: the next chunk is read
when the last one is stored. One that sends too slowly is given up.
"""

import asyncio
import contextlib
import errno
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
import numpy as np

from styleswap import atomic
from styleswap.pixel_format import PixelFormat
from styleswap.processes import SharedMemory
from styleswap.service import limits
from styleswap.service.pixels import refuse_not_finite
from styleswap.service.strictness import GARBAGE, not_protobuf, refuse_unknown
from styleswap.v1 import pictures_pb2
from styleswap.worker.orders import SharedPicture
from styleswap.worker.refusals import Refusal, exhausted, invalid

_FLOAT_BYTES: Final = 4


class ByteBudget:
    """The bytes of pictures that all calls together may hold.

    Args:
        byte_limit: of all.
        memory_limit: of those in memory; what comes beyond lies in files.
    """

    def __init__(self, byte_limit: int, memory_limit: int) -> None:
        self._byte_limit = byte_limit
        self._memory_limit = memory_limit
        self.held = 0
        self.in_memory = 0

    def fits_memory(self, byte_count: int) -> bool:
        """Tells whether a picture of so many bytes may lie in memory."""
        return self.in_memory + byte_count <= self._memory_limit

    def take(self, byte_count: int, *, memory: bool) -> None:
        """Counts bytes that have come.

        Raises:
            Refusal: RESOURCE_EXHAUSTED; there are too many.
        """
        if self.held + byte_count > self._byte_limit:
            raise exhausted(
                "TOO_MANY_BYTES",
                f"The pictures of all requests have more than {self._byte_limit >> 20} MiB "
                "together, the most that this daemon holds; try again when one is done.",
                5,
                limit=self._byte_limit,
            )
        self.held += byte_count
        self.in_memory += byte_count * memory

    def give(self, byte_count: int, *, memory: bool) -> None:
        """Counts bytes that have gone."""
        self.held -= byte_count
        self.in_memory -= byte_count * memory


class Pace:
    """How slowly a client may send: `limits.UPLOAD_RATE`, up to `limits.UPLOAD_GRACE` behind it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._received = 0

    def count(self, byte_count: int) -> None:
        """Counts bytes that have come."""
        self._received += byte_count

    @property
    def seconds_left(self) -> float:
        """Seconds within which the next bytes must come."""
        due = self._began + limits.UPLOAD_GRACE + self._received / limits.UPLOAD_RATE
        return due - time.monotonic()


@dataclass
class Upload:
    """A plane on its way in."""

    index: int
    """The number by which chunks name it."""
    byte_count: int
    """Bytes that will come."""
    format: PixelFormat | None
    """The format of pixels; None for an image file."""
    name: str
    """What it is, for messages: "content", "style" or "mask"."""
    received: int = 0
    """Bytes that have come."""
    _memory: SharedMemory | None = None
    _spooled: bool = False
    _split: bytes = b""
    """The beginning of a value whose rest comes with the next chunk."""

    @property
    def memory(self) -> SharedMemory:
        """The bytes, when all have come."""
        assert self._memory is not None
        return self._memory

    @property
    def picture(self) -> SharedPicture:
        """The pixels, when all have come."""
        assert self.format is not None
        return SharedPicture(self.format, self.memory)

    def free(self, budget: ByteBudget) -> None:
        """Gives back what the bytes occupy; does nothing the second time."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None
            budget.give(self.received, memory=not self._spooled)

    async def store(self, chunk: pictures_pb2.Chunk, budget: ByteBudget, folder: Path) -> None:
        """Takes in the next chunk.

        Raises:
            Refusal: INVALID_ARGUMENT, it is not the next one, too large, or holds NaN;
                RESOURCE_EXHAUSTED, there is no room.
        """
        size = len(chunk.data)
        if not 0 < size <= limits.CHUNK_BYTES:
            raise invalid(
                "CHUNK_SIZE",
                "chunk.data",
                f"A chunk has {size} bytes; it must have 1 to {limits.CHUNK_BYTES}.",
                limit=limits.CHUNK_BYTES,
            )
        if chunk.offset != self.received:
            kind = "leaves a gap" if chunk.offset > self.received else "overlaps the last one"
            raise invalid(
                "CHUNK_OFFSET",
                "chunk.offset",
                f"A chunk of the {self.name} starts at byte {chunk.offset} and {kind}; the next "
                f"byte is {self.received}.",
                expected=self.received,
            )
        if self.received + size > self.byte_count:
            raise _miscounted(self, f"more than {self.byte_count}")
        if self.format is not None and self.format.depth == "float32":
            self._check_floats(chunk.data)
        with _room(self.byte_count, folder):
            if self._memory is None:
                fits = self.byte_count <= limits.SPOOL_BYTES and budget.fits_memory(self.byte_count)
                self._spooled = not fits
                room = folder if self._spooled else None
                self._memory = SharedMemory.create(self.byte_count, room)
            budget.take(size, memory=not self._spooled)
            self.received += size
            if self._spooled:
                # A disk may be slow: others are served meanwhile.
                await asyncio.to_thread(self._memory.write, self.received - size, chunk.data)
            else:
                self._memory.write(self.received - size, chunk.data)

    def _check_floats(self, data: bytes) -> None:
        data = self._split + data
        count = len(data) // _FLOAT_BYTES
        refuse_not_finite(np.frombuffer(data, "<f4", count), self.name)
        self._split = data[count * _FLOAT_BYTES :]


@contextlib.contextmanager
def _room(byte_count: int, folder: Path) -> Iterator[None]:
    """Turns a want of memory or disk into a refusal."""
    try:
        yield
    except OSError as error:
        if not atomic.is_full(error) and error.errno != errno.ENOMEM:
            raise
        raise exhausted(
            "DISK_FULL",
            f"The picture needs {byte_count / (1 << 20):.1f} MiB for a while, and memory, or the "
            f"disk with {folder}, is full; free some space there.",
            30,
        ) from error


async def next_message(context: grpc.aio.ServicerContext[Any, Any], pace: Pace) -> Any:
    """Returns the client's next message, None at the end of its stream.

    Raises:
        Refusal: DEADLINE_EXCEEDED; it did not come in time.
    """
    try:
        async with asyncio.timeout(max(pace.seconds_left, 0.0)):
            message = await context.read()
    except TimeoutError:
        raise Refusal(
            "DEADLINE_EXCEEDED",
            "UPLOAD_STALLED",
            "The pictures came too slowly, so the request was given up; a client may be "
            f"{limits.UPLOAD_GRACE:.0f} seconds behind a rate of {limits.UPLOAD_RATE >> 10} KiB a "
            "second, not more.",
        ) from None
    if message is grpc.aio.EOF:
        return None
    if message is GARBAGE:
        raise not_protobuf()
    refuse_unknown(message, "")
    return message


async def first_message(context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    """Returns the header of a stream of headers and chunks.

    Raises:
        Refusal: INVALID_ARGUMENT; the first message is no header.
    """
    message = await next_message(context, Pace())
    if message is None or message.WhichOneof("part") != "header":
        raise invalid("NO_HEADER", "header", "The first message of a request must be its header.")
    return message.header


@contextlib.asynccontextmanager
async def received(
    context: grpc.aio.ServicerContext[Any, Any],
    uploads: Sequence[Upload],
    folder: Path,
    budget: ByteBudget,
) -> AsyncIterator[None]:
    """Fills the uploads, in their order, from the client's chunks; frees them at the end.

    Args:
        context: of the call, after its header.
        uploads: what will come, checked against the limits.
        folder: for pictures that are too large for memory.
        budget: for the bytes of all calls.

    Raises:
        Refusal: INVALID_ARGUMENT, the chunks are not what was announced; RESOURCE_EXHAUSTED,
            there is no room; DEADLINE_EXCEEDED, they come too slowly.
    """
    try:
        await _receive(context, uploads, folder, budget)
        yield
    finally:
        for upload in uploads:
            upload.free(budget)


async def _receive(
    context: grpc.aio.ServicerContext[Any, Any],
    uploads: Sequence[Upload],
    folder: Path,
    budget: ByteBudget,
) -> None:
    pace = Pace()
    known = {upload.index for upload in uploads}
    for upload in uploads:
        while upload.received < upload.byte_count:
            message = await next_message(context, pace)
            if message is None:
                raise _miscounted(upload, str(upload.received))
            chunk = _chunk_of(message, upload, known)
            await upload.store(chunk, budget, folder)
            pace.count(len(chunk.data))
    message = await next_message(context, pace)
    if message is not None:
        # Nothing is due any more: this can only be a chunk too many.
        last = next((u for u in uploads if u.index == message.chunk.plane), uploads[-1])
        _chunk_of(message, last, known)
        raise _miscounted(last, f"more than {last.byte_count}")


def _chunk_of(message: Any, upload: Upload, known: set[int]) -> pictures_pb2.Chunk:
    if message.WhichOneof("part") != "chunk":
        raise invalid("NOT_A_CHUNK", "chunk", "After the header only chunks may follow.")
    chunk: pictures_pb2.Chunk = message.chunk
    if chunk.plane not in known:
        raise invalid(
            "UNKNOWN_PLANE",
            "chunk.plane",
            f"A chunk is for plane {chunk.plane}, which the header does not announce.",
        )
    if chunk.plane != upload.index:
        raise invalid(
            "CHUNK_ORDER",
            "chunk.plane",
            f"A chunk is for plane {chunk.plane} while plane {upload.index} is due; planes come "
            "one after the other, as the header lists them.",
        )
    return chunk


def _miscounted(upload: Upload, came: str) -> Refusal:
    form = upload.format
    why = "" if form is None else f" ({form.width} x {form.height} {form.layout} {form.depth})"
    return invalid(
        "BYTE_COUNT",
        "chunk.data",
        f"The {upload.name} must have {upload.byte_count} bytes{why}, but {came} came.",
        expected=upload.byte_count,
    )
