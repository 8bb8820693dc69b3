"""Receiving the bytes of a request's planes: in order, without gaps, exactly as many as announced.

The client is held back by the transport's flow control: the next chunk is read when the last one is
stored.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
import numpy as np

from styleswap.service import limits
from styleswap.service.errors import ServiceError, invalid
from styleswap.service.pixels import Buffer, Format, allocate, refuse_not_finite
from styleswap.v1 import pictures_pb2

_FLOAT_BYTES: Final = 4


@dataclass
class Upload:
    """A plane on its way in."""

    index: int
    """The number by which chunks name it."""
    byte_count: int
    """Bytes that will come."""
    format: Format | None
    """The format of pixels; None for an image file."""
    name: str
    """What it is, for messages: "content", "style" or "mask"."""
    received: int = 0
    """Bytes that have come."""
    data: Buffer = field(default_factory=bytearray)
    """The bytes; allocated when the first chunk is due."""
    _checked: int = 0

    def store(self, chunk: pictures_pb2.Chunk) -> None:
        """Takes in the next chunk.

        Raises:
            ServiceError: INVALID_ARGUMENT; it is not the next one, too large, or holds NaN.
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
        self.data[self.received : self.received + size] = chunk.data
        self.received += size
        if self.format is not None and self.format.depth == "float32":
            self._check_floats()

    def _check_floats(self) -> None:
        # A chunk may end inside a value, whose rest comes with the next.
        count = (self.received - self._checked) // _FLOAT_BYTES
        fresh = np.frombuffer(self.data, "<f4", count, self._checked)
        refuse_not_finite(fresh, self.name)
        self._checked += count * _FLOAT_BYTES


async def next_message(context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    """Returns the client's next message, None at the end of its stream.

    Raises:
        ServiceError: DEADLINE_EXCEEDED; nothing came for a long time.
    """
    try:
        async with asyncio.timeout(limits.STALL_SECONDS):
            message = await context.read()
    except TimeoutError:
        raise ServiceError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "UPLOAD_STALLED",
            f"Nothing came for {limits.STALL_SECONDS:.0f} seconds, so the request was given up.",
        ) from None
    return None if message is grpc.aio.EOF else message


async def first_message(context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    """Returns the header of a stream of headers and chunks.

    Raises:
        ServiceError: INVALID_ARGUMENT; the first message is no header.
    """
    message = await next_message(context)
    if message is None or message.WhichOneof("part") != "header":
        raise invalid("NO_HEADER", "header", "The first message of a request must be its header.")
    return message.header


async def receive(
    context: grpc.aio.ServicerContext[Any, Any], uploads: Sequence[Upload], folder: Path
) -> None:
    """Fills the uploads, in their order, from the client's chunks, until its stream ends.

    Args:
        context: of the call, after its header.
        uploads: what will come, checked against the limits.
        folder: for pictures that are too large for memory.

    Raises:
        ServiceError: INVALID_ARGUMENT, the chunks are not what was announced; RESOURCE_EXHAUSTED,
            there is no room.
    """
    known = {upload.index for upload in uploads}
    for upload in uploads:
        upload.data = await asyncio.to_thread(allocate, upload.byte_count, folder)
        while upload.received < upload.byte_count:
            message = await next_message(context)
            if message is None:
                raise _miscounted(upload, str(upload.received))
            upload.store(_chunk_of(message, upload, known))
    message = await next_message(context)
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


def _miscounted(upload: Upload, came: str) -> ServiceError:
    form = upload.format
    why = "" if form is None else f" ({form.width} x {form.height} {form.layout} {form.depth})"
    return invalid(
        "BYTE_COUNT",
        "chunk.data",
        f"The {upload.name} must have {upload.byte_count} bytes{why}, but {came} came.",
        expected=upload.byte_count,
    )
