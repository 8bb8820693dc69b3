"""Sending answers: each message waits for the client to take it, but not for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import grpc
import grpc.aio

from styleswap.processes import SharedMemory
from styleswap.service import limits
from styleswap.v1 import pictures_pb2, stylize_pb2
from styleswap.v1.pictures import to_message
from styleswap.worker.orders import SharedPicture
from styleswap.worker.refusals import Refusal

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


async def send(context: Context, message: stylize_pb2.StylizeResponse) -> None:
    """Sends a message.

    Raises:
        Refusal: DEADLINE_EXCEEDED; the client takes nothing.
    """
    try:
        async with asyncio.timeout(limits.STALL_SECONDS):
            await context.write(message)
    except TimeoutError:
        raise Refusal(
            "DEADLINE_EXCEEDED",
            "DOWNLOAD_STALLED",
            f"Nothing was taken for {limits.STALL_SECONDS:.0f} seconds, so the request was given "
            "up.",
        ) from None


async def send_picture(context: Context, index: int, picture: SharedPicture) -> None:
    """Sends a picture in chunks.

    Args:
        context: of the call.
        index: 0 is the result, 1 a preview.
        picture: stays the caller's.

    Raises:
        Refusal: as `send`.
    """
    start = stylize_pb2.PictureStart(index=index, format=to_message(picture.format))
    await send(context, stylize_pb2.StylizeResponse(start=start))
    async for offset, data in _parts(picture.memory):
        chunk = pictures_pb2.Chunk(plane=index, offset=offset, data=data)
        await send(context, stylize_pb2.StylizeResponse(chunk=chunk))


async def _parts(memory: SharedMemory) -> AsyncIterator[tuple[int, bytes]]:
    offsets = range(0, memory.size, limits.CHUNK_BYTES)
    if memory.size > limits.SPOOL_BYTES:
        # On a disk, which may be slow: others are served meanwhile.
        for offset in offsets:
            yield offset, await asyncio.to_thread(memory.read, offset, limits.CHUNK_BYTES)
        return
    # A system call for each part would give up the interpreter's lock each time, and wait for it.
    with memory.map() as mapped:
        for offset in offsets:
            yield offset, mapped[offset : offset + limits.CHUNK_BYTES]
