"""The process in which files are decoded: `python -m styleswap.files.decoding_child DESCRIPTOR`.

It has one socket and nothing else of its parent's, little memory and time, and ends with it. What
a file does to the decoders in here ends with the process. See `decoding` for the other side.
"""

import base64
import contextlib
import functools
import os
import select
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from styleswap.pixel_format import PixelFormat
from styleswap.processes import Channel, ChannelClosed, Message, SharedMemory, channel_of

from . import reading, vips
from .errors import FileError
from .formats import HEAD_BYTES
from .limits import Limits
from .pixels import Pixels
from .plain import Decoded

_FILES: Final = 64
"""Descriptors that the process may have."""

_SLACK: Final = 1 << 30
"""Bytes of address space for the decoders themselves, beside the picture."""

_COPIES: Final = 6
"""How often a picture may lie in memory: turned, converted, and as the decoder keeps it."""

_SECONDS: Final = 20
"""CPU time for a file's header and a small picture."""

_SECONDS_PER_BYTE: Final = 0.4e-6
"""CPU time for every byte of its pixels: a hundred times what decoders take."""


def main() -> int:
    """Answers one request after the other until the parent closes the channel."""
    channel = channel_of(int(sys.argv[1]))
    _restrict()
    threading.Thread(target=_end_with_parent, args=(channel.fileno(),), daemon=True).start()
    answers: dict[str, Callable[[Channel, Message], dict[str, Any]]] = {
        "read": _read,
        "thumbnail": _thumbnail,
    }
    try:
        while True:
            message = channel.receive()
            _limit(message.values["size"])
            try:
                answer = answers[message.values["do"]](channel, message)
            except FileError as error:
                answer = {"error": {"reason": error.reason, "message": str(error)}}
            finally:
                message.close()
            channel.send(answer)
    except ChannelClosed:
        return 0


def _restrict() -> None:
    # What decoders print would land in the parent's terminal.
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    _set_limit("RLIMIT_CORE", 0)
    _set_limit("RLIMIT_NOFILE", _FILES)


def _limit(file_bytes: int, byte_count: int = 0) -> None:
    """Sets memory and time, from now on.

    Args:
        file_bytes: of the file.
        byte_count: of the picture's pixels; 0 until they are known.
    """
    import resource

    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = _SECONDS + int(_SECONDS_PER_BYTE * (file_bytes + byte_count))
    _set_limit("RLIMIT_CPU", int(spent.ru_utime + spent.ru_stime) + 1 + seconds)
    used = _address_space()
    if used:
        _set_limit("RLIMIT_AS", used + _SLACK + _COPIES * (file_bytes + byte_count))


def _set_limit(name: str, value: int) -> None:
    import resource

    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # macOS has some of these in name only; the parent's patience ends too.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, hard))


def _address_space() -> int:
    """Bytes of address space now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - no need for a path
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _end_with_parent(descriptor: int) -> None:
    """Ends the process when the other side closes, also in the midst of a picture."""
    poll = select.poll()
    poll.register(descriptor, 0)
    poll.poll()
    os._exit(0)


def _read(channel: Channel, message: Message) -> dict[str, Any]:
    told = message.values
    (descriptor,) = message.files
    limits = Limits(**told["limits"])
    opened = reading.identify(
        told["name"],
        os.pread(descriptor, HEAD_BYTES, 0),
        told["size"],
        limits,
        suffix=told["suffix"],
        descriptor=descriptor,
    )

    def finish(decoded: Decoded) -> dict[str, Any]:
        room = _room(channel, decoded.byte_count)
        try:
            decoded.image.rawsave_target(vips.Target.new_to_descriptor(room))
        finally:
            os.close(room)
        profile = decoded.profile
        return {
            "format": asdict(decoded.format),
            "profile": None if profile is None else base64.b64encode(profile).decode(),
            "resolution": decoded.resolution,
            "notices": decoded.notices,
        }

    return reading.compute(opened, limits, finish, functools.partial(_limit, told["size"]))


def _thumbnail(channel: Channel, message: Message) -> dict[str, Any]:
    from .thumbnails import thumbnail_png

    told = message.values
    with SharedMemory.adopt(os.dup(message.files[0]), told["size"]) as shared:
        mapped = shared.map()
    pixels = Pixels(PixelFormat.from_json(told["format"]), memoryview(mapped))
    png = thumbnail_png(pixels, told["side"], dimmed=told["dimmed"])
    room = _room(channel, len(png))
    try:
        with os.fdopen(os.dup(room), "wb") as file:
            file.write(png)
    finally:
        os.close(room)
    return {}


def _room(channel: Channel, byte_count: int) -> int:
    """Memory of the parent's for so many bytes, as a descriptor."""
    channel.send({"room": byte_count})
    answer = channel.receive()
    return answer.files[0]


if __name__ == "__main__":
    sys.exit(main())
