"""Image files to pixels."""

import mmap
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import profiles, tiff, vips
from .adobe_rgb import adobe_rgb_profile, is_adobe_rgb
from .errors import FileError
from .formats import HEAD_BYTES, FileKind, recognise
from .jpeg import has_all_scans
from .limits import BYTE_LIMIT, PIXEL_LIMIT, SIDE_LIMIT, Limits
from .opening import open_regular
from .pixels import LAYOUTS, Depth, Form, Pixels
from .tiff import Data
from .tiff_colours import from_encoding

if TYPE_CHECKING:
    from . import tiff_kinds

T = TypeVar("T")

# Deflate packs at most 1032 bytes into one; fewer bytes than that cannot hold a PNG's rows.
_DEFLATE_LIMIT = 1032
# A JPEG spends at least a bit on every 64 pixels of luma; a GIF's 12-bit code stands for at most
# 4096 pixels.
_PIXELS_PER_BYTE = {"JPEG": 8 * 64, "GIF": 4096}
_SHORTEST = 64
_END_OF_JPEG = b"\xff\xd9"
_BYTES = {
    "uchar": 1,
    "char": 1,
    "ushort": 2,
    "short": 2,
    "uint": 4,
    "int": 4,
    "float": 4,
    "double": 8,
}
_DEPTHS: dict[str, Depth] = {"uchar": "uint8", "ushort": "uint16", "float": "float32"}
_GRAY = ("b-w", "grey16")
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
class _Opened:
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


@dataclass(frozen=True)
class Decoded:
    """A picture that libvips computes when its pixels are asked for."""

    image: vips.Image
    linear: bool
    profile: bytes | None
    resolution: tuple[float, float] | None
    notices: tuple[str, ...]

    @property
    def byte_count(self) -> int:
        """Bytes of its pixels."""
        return self.image.width * self.image.height * self.image.bands * _BYTES[self.image.format]

    @property
    def form(self) -> Form:
        """What its pixels are."""
        return {
            "width": self.image.width,
            "height": self.image.height,
            "layout": LAYOUTS[self.image.bands],
            "depth": _DEPTHS[self.image.format],
            "linear": self.linear,
        }

    def pixels(self, data: bytes | bytearray | memoryview) -> Pixels:
        """The picture with its pixels."""
        return Pixels(
            **self.form,
            data=data,
            profile=self.profile,
            resolution=self.resolution,
            notices=self.notices,
        )


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
) -> _Opened:
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
    return _Opened(
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
    opened: _Opened,
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
    opened: _Opened,
    limits: Limits,
    finish: Callable[[Decoded], T],
    measured: Callable[[int], None],
) -> T:
    prepared = None
    if opened.kind.name == "TIFF":
        from . import tiff_kinds

        data = _writable(opened)
        prepared = tiff_kinds.prepare(opened.name, data, limits.decoded_bytes)
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
    measured(image.width * image.height * image.bands * _BYTES.get(image.format, 16))
    return finish(_decoded(opened, image, prepared))


def _writable(opened: _Opened) -> "bytearray | mmap.mmap":
    """The file in memory that is this process's own."""
    if opened.data is not None:
        return bytearray(opened.data)
    return mmap.mmap(opened.descriptor, 0, access=mmap.ACCESS_COPY)


def _with_end_marker(opened: _Opened) -> _Opened | None:
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


def _damage(opened: _Opened, error: vips.Error) -> FileError:
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


def _damaged(opened: _Opened) -> FileError:
    return FileError(
        "DAMAGED_IMAGE",
        f"{opened.name} is a damaged {opened.kind.name} file; open it in an editor and save it "
        "again.",
    )


def _check_size(opened: _Opened, image: vips.Image, limits: Limits) -> None:
    width, height = image.width, image.height
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"{opened.name} has {width} x {height} pixels; at most {limits.side} a side and "
            f"{limits.pixels} in all can be read. Make it smaller.",
        )
    if width * height * image.bands * _BYTES.get(image.format, 16) > limits.decoded_bytes:
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


def _decoded(opened: _Opened, image: vips.Image, prepared: "tiff_kinds.Prepared | None") -> Decoded:
    notices = list(opened.notices)
    pages = prepared.pages if prepared else vips.field(image, "n-pages", 1)
    if pages > 1:
        many = f"more than {pages - 1}" if pages > tiff.PAGES else str(pages)
        notices.append(f"{opened.name} holds {many} pictures; only the first was read.")
    resolution = _resolution(image)
    profile = vips.field(image, "icc-profile-data")
    if profile is None and is_adobe_rgb(image):
        profile = adobe_rgb_profile()

    image, resolution = _upright(image, resolution)
    image = profiles.attach(image, None)
    if prepared is not None and prepared.encoding:
        image, profile = from_encoding(image, prepared), None
    image = _plain_bands(opened.name, image, notices)
    linear = image.format == "float"
    if profile is not None:
        image, profile, linear = _without_profile(opened.name, image, bytes(profile), notices)
    if image.interpretation == "cmyk":
        notices.append(f"{opened.name} is CMYK without a profile; a usual one was taken for RGB.")
        image = _from_cmyk(image, None)
    return Decoded(image, linear, profile, resolution, tuple(notices))


def _resolution(image: vips.Image) -> tuple[float, float] | None:
    # libvips reports 1 pixel per millimetre where a file says nothing.
    if vips.field(image, "resolution-unit") is None and (image.xres, image.yres) == (1.0, 1.0):
        return None
    return (image.xres, image.yres) if image.xres > 0 and image.yres > 0 else None


def _upright(
    image: vips.Image, resolution: tuple[float, float] | None
) -> tuple[vips.Image, tuple[float, float] | None]:
    orientation = vips.field(image, "orientation", 1)
    if orientation in (2, 3, 4, 5, 6, 7, 8):
        # Turning reads rows out of order, which a stream cannot give.
        image = image.copy_memory().autorot()
        if orientation >= 5 and resolution is not None:
            resolution = resolution[1], resolution[0]
    return image, resolution


def _plain_bands(name: str, image: vips.Image, notices: list[str]) -> vips.Image:
    """1 to 4 bands of gray, RGB or CMYK, 8-bit, 16-bit or float."""
    if image.interpretation in ("lab", "labs", "labq"):
        image = image.colourspace("rgb16")
    if image.format == "uint":
        notices.append(f"{name} has 32-bit integers; the upper 16 bits were read.")
        wide = image.interpretation in _GRAY or image.bands < 3
        image = (image >> 16).cast("ushort").copy(interpretation="grey16" if wide else "rgb16")
    if image.format not in _DEPTHS:
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{name} has values of type {image.format!r}, which cannot be read; save it "
            "with 8 or 16 bits per channel.",
        )
    gray = image.interpretation in _GRAY or image.bands < 3
    colours = 1 if gray else 4 if image.interpretation == "cmyk" else 3
    alpha = 1 if image.hasalpha() else 0
    if image.bands > colours + alpha:
        notices.append(f"{name} has {image.bands} channels; the first {colours + alpha} were read.")
        image = image.extract_band(0, n=colours + alpha)
    return image


def _without_profile(
    name: str, image: vips.Image, profile: bytes, notices: list[str]
) -> tuple[vips.Image, bytes | None, bool]:
    """The picture in sRGB; the profile if `write` can return to it; whether it is linear."""
    cmyk = image.interpretation == "cmyk"
    colours = 4 if cmyk else 1 if image.bands < 3 else 3
    is_float = image.format == "float"
    if not profiles.usable(profile, colours):
        notices.append(
            f"{name} has a colour profile that does not fit or is damaged; it was ignored."
        )
        return image, None, is_float
    if cmyk:
        notices.append(f"{name} is CMYK; it becomes RGB.")
        return _from_cmyk(image, profile), None, False
    if profiles.is_srgb(profile):
        return image, profile, False
    if is_float:
        return *_float_from_profile(name, image, profile, colours, notices), True
    if profiles.colour_space(profile) == "RGB":
        image = image.copy_memory()
    converted = profiles.to_srgb(image, profile, 16 if image.format == "ushort" else 8)
    if profiles.colour_space(profile) == "RGB":
        converted = converted.copy_memory()
        if profiles.clips(image, converted, profile):
            notices.append(f"{name} has colours outside sRGB; they were moved to sRGB's edge.")
    return converted, profile, False


def _from_cmyk(image: vips.Image, profile: bytes | None) -> vips.Image:
    """Four inks, and alpha where there is a fifth band, as 8-bit RGB; without a profile by a usual
    one.
    """
    inks = image.extract_band(0, n=4) if image.bands > 4 else image
    if profile is None:
        colours = inks.icc_transform("srgb", input_profile="cmyk", embedded=False, depth=8)
    else:
        colours = profiles.to_srgb(inks, profile, 8)
    if image.bands == 4:
        return colours
    alpha = image.extract_band(4)
    if alpha.format == "ushort":
        alpha = (alpha / 257).rint().cast("uchar")
    return colours.bandjoin(alpha)


def _float_from_profile(
    name: str, image: vips.Image, profile: bytes, colours: int, notices: list[str]
) -> tuple[vips.Image, bytes | None]:
    """Float pixels in linear sRGB (or linear gray)."""
    shaper = profiles.shaper_of(profile)
    if shaper is None:
        notices.append(
            f"{name} has a table-based colour profile, which float pictures cannot use; it "
            "was taken as linear sRGB."
        )
        return image, None
    import numpy as np  # needed for nothing else here

    values = np.ndarray(
        (image.height, image.width, image.bands), np.float32, image.write_to_memory()
    )
    values[..., :colours] = shaper.to_linear(values[..., :colours])
    return (
        vips.Image.new_from_memory(values.data, image.width, image.height, image.bands, "float"),
        profile,
    )
