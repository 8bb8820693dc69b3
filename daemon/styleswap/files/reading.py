"""Image files to pixels."""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from . import tiff_kinds, vips
from .errors import FileError
from .formats import HEAD_BYTES, FileKind, recognise
from .jpeg import has_all_scans
from .limits import BYTE_LIMIT, PIXEL_LIMIT, SIDE_LIMIT, Limits
from .opening import open_regular
from .pixels import Pixels
from .plain import VALUE_BYTES, Decoded, plain
from .tiff import Data

T = TypeVar("T")

# Deflate packs at most 1032 bytes into one; fewer bytes than that cannot hold a PNG's rows.
_DEFLATE_LIMIT = 1032
# A JPEG spends at least a bit on every 64 pixels of luma; a GIF's 12-bit code stands for at most
# 4096 pixels.
_PIXELS_PER_BYTE = {"JPEG": 8 * 64, "GIF": 4096}
_SHORTEST = 64
_END_OF_JPEG = b"\xff\xd9"
_TRUNCATION = (
    "premature end",
    "end of stream",
    "end of file",
    "end-of-file",
    "unexpected end",
    "truncated",
    "not enough",
    "out of order read",
    "read error",
    "read gave",
    "bad seek",
    "seek error",
)


@dataclass
class Opened:
    """A file or a buffer, ready for libvips."""

    name: str
    kind: FileKind
    size: int
    data: Data | None
    """The bytes, where they are in memory."""
    descriptor: int = -1
    """The open file, where they are not."""
    truncated: bool = False
    """Shorter than its head says, or than any file of its kind."""
    notices: list[str] = field(default_factory=list)
    fail_on: str = "truncated"
    """What libvips refuses."""


def read(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    pixel_limit: int = PIXEL_LIMIT,
    side_limit: int = SIDE_LIMIT,
    byte_limit: int = BYTE_LIMIT,
) -> Pixels:
    """Reads an image file, or the bytes of one, in this process: see `decode` for files of others.

    The limits are checked against the file's header, before anything is decoded. The picture comes
    upright (EXIF orientation), with sRGB's primaries (ICC profiles are converted), straight alpha,
    and in the file's depth; palettes, CMYK and 1-bit pictures as 8-bit. Of files with several
    pictures it is the first.

    Raises:
        FileError: with one of the reasons DAMAGED_IMAGE, EMPTY_FILE, FILE_NOT_FOUND,
            FILE_TOO_LARGE, FILE_UNREADABLE, NOT_AN_IMAGE, PICTURE_TOO_LARGE, TRUNCATED_IMAGE,
            UNSUPPORTED_FORMAT.
    """
    limits = Limits(pixel_limit, side_limit, byte_limit)
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        opened = identify("The picture", data[:HEAD_BYTES], len(data), limits, data=data)
        return compute(opened, limits, _in_memory)

    path = Path(source)
    descriptor, size = open_regular(path)
    try:
        head = os.read(descriptor, HEAD_BYTES)
        opened = identify(
            repr(str(path)), head, size, limits, suffix=path.suffix, descriptor=descriptor
        )
        return compute(opened, limits, _in_memory)
    except OSError as error:
        raise FileError(
            "FILE_UNREADABLE", f"{str(path)!r} cannot be read: {error.strerror}."
        ) from error
    finally:
        os.close(descriptor)


def _in_memory(decoded: Decoded) -> Pixels:
    return decoded.pixels(memoryview(decoded.image.write_to_memory()))


def identify(
    name: str,
    head: bytes,
    size: int,
    limits: Limits,
    *,
    suffix: str = "",
    data: Data | None = None,
    descriptor: int = -1,
) -> Opened:
    """What a file is, by its first bytes; refuses what `read` does not take.

    Args:
        name: for messages.
        head: its first `HEAD_BYTES`.
        size: bytes of the whole file.
        limits: the largest file.
        suffix: of its name; tells camera raw files.
        data: all of it, where it is in memory.
        descriptor: of the open file, where it is not.

    Raises:
        FileError: EMPTY_FILE, FILE_TOO_LARGE, NOT_AN_IMAGE or UNSUPPORTED_FORMAT.
    """
    if size == 0:
        raise FileError("EMPTY_FILE", f"{name} is empty (0 bytes); choose another file.")
    if size > limits.file_bytes:
        raise FileError(
            "FILE_TOO_LARGE",
            f"{name} has {size} bytes, more than the limit of {limits.file_bytes}.",
        )
    kind = recognise(head, suffix)
    if kind is None:
        raise FileError(
            "NOT_AN_IMAGE", f"{name} is not an image; PNG, JPEG, WebP and TIFF files can be read."
        )
    if not kind.loader:
        article = "an" if kind.name[0] in "AEIOaeio" else "a"
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{name} is {article} {kind.name} file, which cannot be read; save it as PNG, JPEG, "
            "WebP or TIFF.",
        )
    declared = _SHORTEST
    if kind.name == "WebP":
        declared = int.from_bytes(head[4:8], "little") + 8
    return Opened(
        name,
        kind,
        size,
        data,
        descriptor,
        truncated=size < declared,
        # libtiff's short strips count as errors only.
        fail_on="error" if kind.name == "TIFF" else "truncated",
    )


def compute(
    opened: Opened,
    limits: Limits,
    finish: Callable[[Decoded], T],
    measured: Callable[[int], None] = lambda byte_count: None,
) -> T:
    """Decodes a file.

    Args:
        opened: the file.
        limits: the largest picture.
        finish: computes the pixels; its result is that of the call.
        measured: is told the bytes of the pixels before any is decoded.

    Raises:
        FileError: as `read`.
    """
    # What earlier files left there would be taken for this one's.
    vips.forget_errors()
    try:
        return _attempt(opened, limits, finish, measured)
    except vips.Error as error:
        failure = _damage(opened, error)
    except MemoryError:
        failure = FileError(
            "PICTURE_TOO_LARGE", f"{opened.name} does not fit into memory; make it smaller."
        )
    if opened.kind.name == "JPEG" and failure.reason == "TRUNCATED_IMAGE":
        whole = _with_end_marker(opened)
        if whole is not None:
            vips.forget_errors()
            try:
                return _attempt(whole, limits, finish, measured)
            except (vips.Error, MemoryError):
                pass  # it is truncated indeed
    raise failure


def _attempt(
    opened: Opened,
    limits: Limits,
    finish: Callable[[Decoded], T],
    measured: Callable[[int], None],
) -> T:
    prepared = None
    if opened.kind.name == "TIFF":
        data = _writable(opened)
        prepared = tiff_kinds.prepare(opened.name, data, limits.decoded_bytes, measured)
        source = vips.Source.new_from_memory(prepared.data)
    elif opened.data is not None:
        source = vips.Source.new_from_memory(opened.data)
    else:
        os.lseek(opened.descriptor, 0, os.SEEK_SET)
        source = vips.Source.new_from_descriptor(opened.descriptor)
    image = getattr(vips.Image, f"{opened.kind.loader}_source")(
        source,
        access="sequential",
        fail_on=opened.fail_on,
    )
    if opened.kind.name == "AVIF" and not vips.has_readable_names(image):
        # The table of the file's parts: what else is wrong in there nobody knows.
        raise _damaged(opened)
    _check_size(opened, image, limits)
    measured(image.width * image.height * image.bands * VALUE_BYTES.get(image.format, 16))
    return finish(plain(opened.name, image, prepared, opened.notices))


def _writable(opened: Opened) -> "bytearray | mmap.mmap":
    """The file in memory that is this process's own."""
    if opened.data is not None:
        return bytearray(opened.data)
    return mmap.mmap(opened.descriptor, 0, access=mmap.ACCESS_COPY)


def _with_end_marker(opened: Opened) -> Opened | None:
    """A JPEG that misses its end marker, with one: all of its pixels may be there.

    None for one whose scans do not tell all of its pixels.
    """
    if opened.data is not None:
        data = bytes(opened.data)
    else:
        os.lseek(opened.descriptor, 0, os.SEEK_SET)
        with os.fdopen(os.dup(opened.descriptor), "rb") as file:
            data = file.read()
    if data.endswith(_END_OF_JPEG) or not has_all_scans(data):
        return None
    notice = f"{opened.name} lacks its end marker; all of its pixels are there."
    # Pixels that are missing before a marker are no more than a warning.
    return replace(opened, data=data + _END_OF_JPEG, notices=[notice], fail_on="warning")


def _damage(opened: Opened, error: vips.Error) -> FileError:
    detail = error.detail if isinstance(error.detail, str) else str(error)
    if opened.truncated or any(sign in detail.lower() for sign in _TRUNCATION):
        return FileError(
            "TRUNCATED_IMAGE",
            f"{opened.name} ends too early: it is an incomplete {opened.kind.name} file; copy or "
            "download it again.",
        )
    if "samples out of range" in detail or "unsupported" in detail.lower():
        return FileError(
            "UNSUPPORTED_FORMAT",
            f"{opened.name} is a kind of {opened.kind.name} that cannot be read; save it with 8 or "
            "16 bits per channel.",
        )
    return _damaged(opened)


def _damaged(opened: Opened) -> FileError:
    return FileError(
        "DAMAGED_IMAGE",
        f"{opened.name} is a damaged {opened.kind.name} file; open it in an editor and save it "
        "again.",
    )


def _check_size(opened: Opened, image: vips.Image, limits: Limits) -> None:
    width, height = image.width, image.height
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"{opened.name} has {width} x {height} pixels; at most {limits.side} a side and "
            f"{limits.pixels} in all can be read. Make it smaller.",
        )
    if width * height * image.bands * VALUE_BYTES.get(image.format, 16) > limits.decoded_bytes:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"{opened.name} has {width} x {height} pixels of {image.bands} channels, more than "
            "can be read; make it smaller, or leave channels away.",
        )
    if opened.kind.name == "PNG":
        bits = vips.field(image, "bits-per-sample", 1)
        # Alpha may come from a single transparent colour, which takes no space.
        palette = vips.field(image, "palette") is not None
        channels = 1 if palette else image.bands - image.hasalpha()
        possible = (width * channels * bits + 7) // 8 * height <= opened.size * _DEFLATE_LIMIT
    else:
        limit = _PIXELS_PER_BYTE.get(opened.kind.name)
        possible = limit is None or width * height <= opened.size * limit
    if not possible:
        raise FileError(
            "TRUNCATED_IMAGE",
            f"{opened.name} says that it has {width} x {height} pixels but has only "
            f"{opened.size} bytes: it is an incomplete {opened.kind.name} file; copy or download "
            "it again.",
        )
