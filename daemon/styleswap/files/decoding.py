"""Decoding in a process of its own: whatever a file does to its decoder, this process goes on.

Pixels come back in shared memory. Where processes cannot be handed files (Windows), files are
decoded in this one. `decoders` has the processes, `decoding_child` is what runs in them.
"""

import base64
import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from styleswap.pixel_format import PixelFormat
from styleswap.processes import AVAILABLE, SharedMemory

from . import decoders
from .limits import Limits
from .opening import open_regular
from .pixels import Pixels

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | SharedMemory

_NOTICES: Final = 20
_NOTICE_LENGTH: Final = 1000
_THUMBNAIL_BYTES: Final = 16 << 20


def decode(
    source: Source,
    *,
    limits: Limits | None = None,
    cancelled: Callable[[], bool] | None = None,
    own: bool = False,
) -> Pixels:
    """Reads an image file as `read` does, in a process of its own. Blocks; any thread may call it.

    Args:
        source: a path, the bytes of a file, or shared memory that holds them.
        limits: the largest file and picture.
        cancelled: asked often; true ends the work.
        own: the file is one of ours, and need not wait for those of others.

    Raises:
        FileError: as `read`, or DECODING_TIMEOUT.
        Cancelled: `cancelled` said so.
    """
    limits = limits or Limits()
    if not AVAILABLE:
        return _here(source, limits)
    name, suffix = "The picture", ""
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        name, suffix = repr(str(path)), path.suffix
        descriptor, size = open_regular(path)
    elif isinstance(source, SharedMemory):
        descriptor, size = os.dup(source.descriptor), source.size
    else:
        size = memoryview(source).nbytes
        if not size:
            # Memory of no bytes cannot be shared.
            return _here(b"", limits)
        with _shared(name, source) as shared:
            descriptor = os.dup(shared.descriptor)
    request = {
        "do": "read",
        "name": name,
        "suffix": suffix,
        "size": size,
        "limits": {"pixels": limits.pixels, "side": limits.side, "file_bytes": limits.file_bytes},
    }
    try:
        values, data = decoders.ask(
            name, request, descriptor, limits.decoded_bytes, cancelled, own=own
        )
    finally:
        os.close(descriptor)
    try:
        return _pixels(values, data)
    except (KeyError, TypeError, ValueError):
        raise decoders.given_up(name) from None


def thumbnail(pixels: Pixels, size: int, *, dimmed: bool = False) -> bytes:
    """The bytes of a PNG as `thumbnail_png` makes it, in a process of its own.

    Raises:
        ValueError: for a size below 1.
        FileError: the picture is too much for this machine.
    """
    if size < 1:
        raise ValueError(f"a thumbnail needs at least one pixel, not {size}")
    if not AVAILABLE:
        return _thumbnail_here(pixels, size, dimmed)
    try:
        shared = SharedMemory.holding(pixels.data)
    except OSError:
        return _thumbnail_here(pixels, size, dimmed)
    with shared:
        form = asdict(pixels.format)
        request = {"do": "thumbnail", "side": size, "format": form, "size": shared.size}
        request["dimmed"] = dimmed
        try:
            _, data = decoders.ask(
                "The picture", request, shared.descriptor, _THUMBNAIL_BYTES, None, own=True
            )
        except decoders.NoProcess:
            return _thumbnail_here(pixels, size, dimmed)
    return bytes(data)


def _thumbnail_here(pixels: Pixels, size: int, dimmed: bool) -> bytes:
    # Pixels, other than files, can do no harm.
    from .thumbnails import thumbnail_png

    return thumbnail_png(pixels, size, dimmed=dimmed)


def get_ready() -> None:
    """Starts a process for a file that will come soon; it gets ready meanwhile."""
    if AVAILABLE:
        with contextlib.suppress(OSError):  # who decodes says so
            decoders.start_one()


def _shared(name: str, data: bytes | bytearray | memoryview) -> SharedMemory:
    try:
        return SharedMemory.holding(data)
    except OSError as error:
        raise decoders.too_large(name, error) from None


def _here(source: Source, limits: Limits) -> Pixels:
    from .reading import read

    if isinstance(source, SharedMemory):
        source = source.read(0, source.size)
    return read(
        source, pixel_limit=limits.pixels, side_limit=limits.side, byte_limit=limits.file_bytes
    )


def _pixels(values: Mapping[str, Any], data: memoryview) -> Pixels:
    """The picture that a child tells; raises where that is none."""
    profile, resolution = values["profile"], values["resolution"]
    if resolution is not None:
        across, down = resolution
        resolution = float(across), float(down)
    notices = tuple(str(notice)[:_NOTICE_LENGTH] for notice in values["notices"][:_NOTICES])
    return Pixels(
        PixelFormat.from_json(values["format"]),
        data,
        None if profile is None else base64.b64decode(profile),
        resolution,
        notices,
    )
