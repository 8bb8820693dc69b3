"""Image files to pixels."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from . import profiles, vips
from .errors import FileError
from .formats import HEAD_BYTES, FileKind, recognise
from .pixels import LAYOUTS, Depth, Pixels

SIDE_LIMIT = 16384
"""Largest width and height that `read` takes unless told otherwise."""
PIXEL_LIMIT = SIDE_LIMIT * SIDE_LIMIT
"""Largest number of pixels that `read` takes unless told otherwise."""
BYTE_LIMIT = 1 << 30
"""Largest file that `read` takes unless told otherwise."""

# Deflate packs at most 1032 bytes into one; fewer bytes than that cannot hold a PNG's rows.
_DEFLATE_LIMIT = 1032
# A JPEG spends at least a bit on every 64 pixels of luma; a GIF's 12-bit code stands for at most
# 4096 pixels.
_PIXELS_PER_BYTE = {"JPEG": 8 * 64, "GIF": 4096}
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
    source: vips.Source
    truncated: bool = False
    """Shorter than its head says, or than any file of its kind."""
    notices: list[str] = field(default_factory=list)


def read(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    pixel_limit: int = PIXEL_LIMIT,
    side_limit: int = SIDE_LIMIT,
    byte_limit: int = BYTE_LIMIT,
) -> Pixels:
    """Reads an image file, or the bytes of one.

    The limits are checked against the file's header, before anything is decoded. The picture comes
    upright (EXIF orientation), with sRGB's primaries (ICC profiles are converted), straight alpha,
    and in the file's depth; palettes, CMYK and 1-bit pictures as 8-bit. Of files with several
    pictures it is the first.

    Raises:
        FileError: with one of the reasons DAMAGED_IMAGE, EMPTY_FILE, FILE_NOT_FOUND,
            FILE_TOO_LARGE, FILE_UNREADABLE, NOT_AN_IMAGE, PICTURE_TOO_LARGE, TRUNCATED_IMAGE,
            UNSUPPORTED_FORMAT.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        opened = _identify("The picture", data[:HEAD_BYTES], len(data), byte_limit, "")
        opened.source = vips.Source.new_from_memory(data)
        return _decode(opened, pixel_limit, side_limit)

    path = Path(source)
    descriptor = _open(path)
    try:
        size = os.fstat(descriptor).st_size
        head = os.read(descriptor, HEAD_BYTES)
        os.lseek(descriptor, 0, os.SEEK_SET)
        opened = _identify(f"{str(path)!r}", head, size, byte_limit, path.suffix)
        opened.source = vips.Source.new_from_descriptor(descriptor)
        return _decode(opened, pixel_limit, side_limit)
    except OSError as error:
        raise FileError(
            "FILE_UNREADABLE", f"{str(path)!r} cannot be read: {error.strerror}."
        ) from error
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    """A descriptor of a regular file. Pipes and devices are refused: they may never end."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError("FILE_UNREADABLE", f"{str(path)!r} is a folder; name an image file.")
        if not stat.S_ISREG(mode):
            raise FileError("FILE_UNREADABLE", f"{str(path)!r} is not a regular file.")
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError as error:
        raise FileError(
            "FILE_NOT_FOUND", f"There is no file {str(path)!r}; check its name."
        ) from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError("FILE_UNREADABLE", f"{str(path)!r} cannot be read: {why}.") from error


def _identify(name: str, head: bytes, size: int, byte_limit: int, suffix: str) -> _Opened:
    if size == 0:
        raise FileError("EMPTY_FILE", f"{name} is empty (0 bytes); choose another file.")
    if size > byte_limit:
        raise FileError(
            "FILE_TOO_LARGE", f"{name} has {size} bytes, more than the limit of {byte_limit}."
        )
    kind = recognise(head, suffix)
    if kind is None:
        raise FileError(
            "NOT_AN_IMAGE", f"{name} is not an image; PNG, JPEG, WebP and TIFF files can be read."
        )
    if not kind.loader:
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{name} is a {kind.name} file, which cannot be read; save it as PNG, JPEG, WebP or "
            "TIFF.",
        )
    declared = HEAD_BYTES
    if kind.name == "WebP":
        declared = int.from_bytes(head[4:8], "little") + 8
    return _Opened(name, kind, size, None, truncated=size < declared)


def _decode(opened: _Opened, pixel_limit: int, side_limit: int) -> Pixels:
    try:
        image = getattr(vips.Image, f"{opened.kind.loader}_source")(
            opened.source,
            access="sequential",
            # libtiff's short strips count as errors only.
            fail_on="error" if opened.kind.name == "TIFF" else "truncated",
        )
        _check_size(opened, image, pixel_limit, side_limit)
        return _pixels(opened, image)
    except vips.Error as error:
        raise _damage(opened, error) from error
    except MemoryError as error:
        raise FileError(
            "PICTURE_TOO_LARGE", f"{opened.name} does not fit into memory; make it smaller."
        ) from error


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
    return FileError(
        "DAMAGED_IMAGE",
        f"{opened.name} is a damaged {opened.kind.name} file; open it in an editor and save it "
        "again.",
    )


def _check_size(opened: _Opened, image: vips.Image, pixel_limit: int, side_limit: int) -> None:
    width, height = image.width, image.height
    if max(width, height) > side_limit or width * height > pixel_limit:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"{opened.name} has {width} x {height} pixels; at most {side_limit} a side and "
            f"{pixel_limit} in all can be read. Make it smaller.",
        )
    if opened.kind.name == "PNG":
        fields = image.get_fields()
        bits = image.get("bits-per-sample") if "bits-per-sample" in fields else 1
        # Alpha may come from a single transparent colour, which takes no space.
        channels = 1 if "palette" in fields else image.bands - image.hasalpha()
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


def _pixels(opened: _Opened, image: vips.Image) -> Pixels:
    notices = opened.notices
    fields = frozenset(image.get_fields())
    pages = image.get("n-pages") if "n-pages" in fields else 1
    if pages > 1:
        notices.append(f"{opened.name} holds {pages} pictures; only the first was read.")
    resolution = _resolution(image, fields)
    profile: bytes | None = None
    if "icc-profile-data" in fields:
        profile = bytes(image.get("icc-profile-data"))

    image, resolution = _upright(image, fields, resolution)
    image = profiles.attach(image, None)
    image = _plain_bands(opened, image)
    linear = image.format == "float"
    if profile is not None:
        image, profile, linear = _without_profile(opened, image, profile)
    if image.interpretation == "cmyk":
        notices.append(f"{opened.name} is CMYK without a profile; a usual one was taken for RGB.")
        image = image.icc_transform("srgb", input_profile="cmyk", embedded=False, depth=8)
    return Pixels(
        width=image.width,
        height=image.height,
        layout=LAYOUTS[image.bands],
        depth=_DEPTHS[image.format],
        linear=linear,
        data=memoryview(image.write_to_memory()),
        profile=profile,
        resolution=resolution,
        notices=tuple(notices),
    )


def _resolution(image: vips.Image, fields: frozenset[str]) -> tuple[float, float] | None:
    # libvips reports 1 pixel per millimetre where a file says nothing.
    if "resolution-unit" not in fields and (image.xres, image.yres) == (1.0, 1.0):
        return None
    return (image.xres, image.yres) if image.xres > 0 and image.yres > 0 else None


def _upright(
    image: vips.Image, fields: frozenset[str], resolution: tuple[float, float] | None
) -> tuple[vips.Image, tuple[float, float] | None]:
    orientation = image.get("orientation") if "orientation" in fields else 1
    if orientation in (2, 3, 4, 5, 6, 7, 8):
        # Turning reads rows out of order, which a stream cannot give.
        image = image.copy_memory().autorot()
        if orientation >= 5 and resolution is not None:
            resolution = resolution[1], resolution[0]
    return image, resolution


def _plain_bands(opened: _Opened, image: vips.Image) -> vips.Image:
    """1 to 4 bands of gray, RGB or CMYK, 8-bit, 16-bit or float."""
    if image.interpretation in ("lab", "labs", "labq"):
        image = image.colourspace("rgb16")
    if image.format == "uint":
        opened.notices.append(f"{opened.name} has 32-bit integers; the upper 16 bits were read.")
        wide = image.interpretation in _GRAY or image.bands < 3
        image = (image >> 16).cast("ushort").copy(interpretation="grey16" if wide else "rgb16")
    if image.format not in _DEPTHS:
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{opened.name} has values of type {image.format!r}, which cannot be read; save it "
            "with 8 or 16 bits per channel.",
        )
    gray = image.interpretation in _GRAY or image.bands < 3
    colours = 1 if gray else 4 if image.interpretation == "cmyk" else 3
    alpha = 1 if image.hasalpha() and colours != 4 else 0
    if image.bands > colours + alpha or (colours == 4 and image.bands > 4):
        if colours != 4 or image.bands > 5:
            opened.notices.append(
                f"{opened.name} has {image.bands} channels; the first {colours + alpha} were read."
            )
        image = image.extract_band(0, n=colours + alpha)
    return image


def _without_profile(
    opened: _Opened, image: vips.Image, profile: bytes
) -> tuple[vips.Image, bytes | None, bool]:
    """The picture in sRGB; the profile if `write` can return to it; whether it is linear."""
    cmyk = image.interpretation == "cmyk"
    colours = 4 if cmyk else 1 if image.bands < 3 else 3
    is_float = image.format == "float"
    if not profiles.usable(profile, colours):
        opened.notices.append(
            f"{opened.name} has a colour profile that does not fit or is damaged; it was ignored."
        )
        return image, None, is_float
    if cmyk:
        opened.notices.append(f"{opened.name} is CMYK; it becomes RGB.")
        return profiles.to_srgb(image, profile, 8), None, False
    if profiles.is_srgb(profile):
        return image, profile, False
    if is_float:
        return *_float_from_profile(opened, image, profile, colours), True
    if profiles.colour_space(profile) == "RGB":
        image = image.copy_memory()
    converted = profiles.to_srgb(image, profile, 16 if image.format == "ushort" else 8)
    if profiles.colour_space(profile) == "RGB":
        converted = converted.copy_memory()
        if profiles.clips(image, converted, profile):
            opened.notices.append(
                f"{opened.name} has colours outside sRGB; they were moved to sRGB's edge."
            )
    return converted, profile, False


def _float_from_profile(
    opened: _Opened, image: vips.Image, profile: bytes, colours: int
) -> tuple[vips.Image, bytes | None]:
    """Float pixels in linear sRGB (or linear gray)."""
    shaper = profiles.shaper_of(profile)
    if shaper is None:
        opened.notices.append(
            f"{opened.name} has a table-based colour profile, which float pictures cannot use; it "
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
