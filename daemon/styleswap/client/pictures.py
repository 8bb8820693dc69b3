"""Pixels as callers have them, and as they travel.

`open_picture` takes a `Picture`, a Pillow image or a NumPy array; what it returns also makes
pictures of the caller's own kind. Pillow and NumPy are never imported: an object of theirs can
only come from a program that has done so.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from styleswap.client.errors import InvalidPicture
from styleswap.pixel_format import (
    BY_CHANNELS,
    VALUE_BYTES,
    Depth,
    FormatError,
    Layout,
    PixelFormat,
)
from styleswap.v1 import pictures_pb2
from styleswap.v1.pictures import DEPTHS, LAYOUTS, to_message


class PictureFormat(PixelFormat):
    """How the bytes of a picture are to be read: rows from the top, packed, little-endian."""

    def __post_init__(self) -> None:
        """Raises InvalidPicture where a field is out of its range."""
        try:
            super().__post_init__()
        except FormatError as error:
            raise InvalidPicture(str(error), field=error.field) from None

    def picture(self, data: bytes | bytearray | memoryview) -> "Picture":
        """Returns the picture of this format that has these bytes."""
        return Picture(self.width, self.height, self.layout, self.depth, self.linear, data)

    def message(self) -> pictures_pb2.PixelFormat:
        """Returns the format as it travels."""
        return to_message(self)

    @classmethod
    def from_message(cls, message: pictures_pb2.PixelFormat) -> "PictureFormat":
        """Returns the format that a message describes."""
        return cls(
            message.width,
            message.height,
            LAYOUTS.get(message.layout, cast(Layout, message.layout)),
            DEPTHS.get(message.depth, cast(Depth, message.depth)),
            message.transfer == pictures_pb2.TRANSFER_LINEAR,
        )


@dataclass(frozen=True)
class Picture:
    """An uncompressed picture: its format, field by field, and its bytes."""

    width: int
    """Columns, at least 1."""
    height: int
    """Rows, at least 1."""
    layout: Layout
    """"gray", "gray-alpha", "rgb" or "rgba"; alpha is straight."""
    depth: Depth
    """"uint8", "uint16" or "float32", little-endian; 255, 65535 or 1.0 is full."""
    linear: bool
    """Linear light instead of the sRGB curve; primaries are those of sRGB in either case."""
    data: bytes | bytearray | memoryview
    """Rows from the top, packed."""

    def __post_init__(self) -> None:
        """Raises InvalidPicture where the format is wrong or the bytes do not fit it."""
        expected = self.format.byte_count
        try:
            given = memoryview(self.data).nbytes
        except TypeError:
            raise InvalidPicture(
                f"data is a {type(self.data).__name__}; give bytes.", field="data"
            ) from None
        if given != expected:
            raise InvalidPicture(
                f"The data has {given} bytes, but {self.width}x{self.height} {self.layout} "
                f"{self.depth} needs {expected}.",
                field="data",
            )

    @property
    def format(self) -> PictureFormat:
        """The picture's format alone."""
        return PictureFormat(self.width, self.height, self.layout, self.depth, self.linear)


@dataclass(frozen=True)
class OpenPicture:
    """A caller's picture, ready to be sent."""

    picture: Picture
    """Its pixels; where possible a view of the caller's own memory."""
    alike: Callable[[Picture], Any]
    """Makes a picture of the caller's kind from pixels of the same layout and depth."""


def open_picture(source: object, field: str) -> OpenPicture | None:
    """Returns the pixels of a `Picture`, Pillow image or NumPy array; None for other objects.

    Pillow: L, LA, RGB, RGBA, I;16 and F (as float32, 1.0 is white) as they are; 1, P, PA, La,
    RGBa, RGBX and YCbCr are converted to the nearest of these. Pixels are taken as sRGB and in the
    order in which they lie: an ICC profile or an EXIF orientation is the caller's to apply
    (`PIL.ImageOps.exif_transpose`, `PIL.ImageCms`).

    NumPy: (H, W) or (H, W, 1 to 4), uint8, uint16 or float32 in [0, 1]; float64 and float16 are
    converted to float32.

    Args:
        source: what the caller gave.
        field: "content" or "style", named in errors.

    Raises:
        InvalidPicture: a mode, shape or dtype that cannot be painted; the sentence says which can.
    """
    if isinstance(source, Picture):
        return OpenPicture(source, lambda picture: picture)
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(source, pillow.Image):
        return _open_pillow(pillow, source, field)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(source, numpy.ndarray):
        return _open_numpy(numpy, source, field)
    return None


def require_picture(source: object, field: str) -> OpenPicture:
    """As `open_picture`, for a caller who can use nothing else.

    Raises:
        InvalidPicture: as `open_picture`, and for objects of any other kind.
    """
    opened = open_picture(source, field)
    if opened is None:
        hint = "; open the file first" if isinstance(source, str) else ""
        raise InvalidPicture(
            f"The {field} is a {type(source).__name__}: give a Pillow image, a NumPy array or a "
            f"styleswap.client.Picture{hint}.",
            field=field,
        )
    return opened


_PILLOW_MODES: dict[str, tuple[Layout, Depth]] = {
    "L": ("gray", "uint8"),
    "LA": ("gray-alpha", "uint8"),
    "RGB": ("rgb", "uint8"),
    "RGBA": ("rgba", "uint8"),
    "I;16": ("gray", "uint16"),
    "F": ("gray", "float32"),
}
_PILLOW_CONVERSIONS = {
    "1": "L",
    "PA": "RGBA",
    "La": "LA",
    "RGBa": "RGBA",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "I;16B": "I;16",
    "I;16L": "I;16",
    "I;16N": "I;16",
}
_PILLOW_REMEDIES = {
    "CMYK": "convert it to RGB with its ICC profile (PIL.ImageCms.profileToProfile)",
    "LAB": "convert it to RGB (PIL.ImageCms.profileToProfile)",
    "HSV": 'convert it to RGB (image.convert("RGB"))',
    "I": 'convert it to 16 bit (mode "I;16") or to "F" with 1.0 as white',
}


def _open_pillow(pillow: Any, image: Any, field: str) -> OpenPicture:
    mode = image.mode
    target = _PILLOW_CONVERSIONS.get(mode, mode)
    if mode == "P":
        target = "RGBA" if "transparency" in image.info else "RGB"
    if target not in _PILLOW_MODES:
        remedy = _PILLOW_REMEDIES.get(mode, f"convert it to one of {', '.join(_PILLOW_MODES)}")
        raise InvalidPicture(
            f"The {field} is a Pillow image of mode {mode}, which cannot be painted: {remedy}.",
            field=field,
        )
    if 0 in image.size:
        raise InvalidPicture(f"The {field} has no pixels.", field=field)
    layout, depth = _PILLOW_MODES[target]
    try:
        raw = image if target == mode else image.convert(target)
        data = raw.tobytes()
    except (OSError, ValueError, SyntaxError) as error:
        # Pillow decodes on first use: a broken file shows itself here.
        raise InvalidPicture(
            f"Pillow cannot read the {field}: {error}. The file is damaged; save it anew.",
            field=field,
        ) from error
    if depth != "uint8" and sys.byteorder == "big":
        data = _swapped(data, VALUE_BYTES[depth])

    def alike(picture: Picture) -> Any:
        result = bytes(picture.data)
        if depth != "uint8" and sys.byteorder == "big":
            result = _swapped(result, VALUE_BYTES[depth])
        return pillow.frombytes(target, (picture.width, picture.height), result)

    return OpenPicture(Picture(image.width, image.height, layout, depth, False, data), alike)


def _swapped(data: bytes, size: int) -> bytes:
    """Returns the bytes with the order inside of each value turned round."""
    result = bytearray(len(data))
    for place in range(size):
        result[place::size] = data[size - 1 - place :: size]
    return bytes(result)


def _open_numpy(numpy: Any, array: Any, field: str) -> OpenPicture:
    shape = array.shape
    if array.ndim not in (2, 3) or (array.ndim == 3 and not 1 <= shape[2] <= 4):
        raise InvalidPicture(
            f"The {field} is an array of shape {shape}: must be (height, width) or "
            "(height, width, channels) with 1 to 4 channels.",
            field=field,
        )
    if 0 in shape:
        raise InvalidPicture(
            f"The {field} is an array of shape {shape}: it has no pixels.", field=field
        )
    name = array.dtype.newbyteorder("=").name
    depth = {"float64": "float32", "float16": "float32"}.get(name, name)
    if depth not in VALUE_BYTES:
        raise InvalidPicture(
            f"The {field} is an array of {array.dtype}: must be uint8, uint16 (65535 is full) or "
            "float32 (1.0 is full).",
            field=field,
        )
    kind = numpy.dtype(depth).newbyteorder("<")
    packed = numpy.ascontiguousarray(array, dtype=kind)
    picture = Picture(
        shape[1],
        shape[0],
        BY_CHANNELS[shape[2] if array.ndim == 3 else 1],
        cast(Depth, depth),
        False,
        memoryview(packed.reshape(-1).view(numpy.uint8)),
    )
    channels = shape[2:]

    def alike(result: Picture) -> Any:
        # A bytearray's view can be written to, as a caller expects of an array.
        data = result.data if isinstance(result.data, bytearray) else bytearray(result.data)
        values = numpy.frombuffer(data, dtype=kind)
        return values.reshape((result.height, result.width, *channels)).astype(depth, copy=False)

    return OpenPicture(picture, alike)
