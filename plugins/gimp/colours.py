"""In which numbers the pixels of an image travel, and what of its colours is lost on the way.

The daemon paints in the colours of sRGB. GEGL converts from and to an image's own space wherever a
format's name is given, without clipping in floating point; what it does not know is converted by
GIMP, from layer to layer of two images.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gegl_buffers import rectangle
from gi.repository import Gegl, Gimp
from styleswap_vendor.styleswap.client.pictures import PictureFormat
from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.words import _
from styleswap_vendor.styleswap.pixel_format import Depth, Layout

TOLERANCE = 1 / 255
"""Colours nearer than this, 1 being full, count as the same."""

_BABL: dict[Depth, str] = {"uint8": "u8", "uint16": "u16", "float32": "float"}
_LINEAR = (
    Gimp.Precision.U8_LINEAR,
    Gimp.Precision.U16_LINEAR,
    Gimp.Precision.U32_LINEAR,
    Gimp.Precision.HALF_LINEAR,
    Gimp.Precision.FLOAT_LINEAR,
    Gimp.Precision.DOUBLE_LINEAR,
)
_U8 = (Gimp.Precision.U8_LINEAR, Gimp.Precision.U8_NON_LINEAR, Gimp.Precision.U8_PERCEPTUAL)
_U16 = (Gimp.Precision.U16_LINEAR, Gimp.Precision.U16_NON_LINEAR, Gimp.Precision.U16_PERCEPTUAL)
_PATCHES = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.5)
"""What tells a profile from another one: the primaries, and a gray for the curve."""


_ROW = Rect(0, 0, 4, 1)


@dataclass(frozen=True)
class Encoding:
    """The numbers of a pixel: primaries are those of sRGB."""

    depth: Depth
    """8 and 16-bit integers of an image in sRGB stay what they are; floating point for the rest."""
    linear: bool
    """Linear light, as the image's own numbers are, so that integers keep each step."""
    gray: bool
    """One channel instead of three."""

    def layout(self, alpha: bool) -> Layout:
        """Returns the layout of pictures with or without alpha."""
        if self.gray:
            return "gray-alpha" if alpha else "gray"
        return "rgba" if alpha else "rgb"

    def format(self, width: int, height: int, alpha: bool) -> PictureFormat:
        """Returns the format of a picture of that size."""
        return PictureFormat(width, height, self.layout(alpha), self.depth, self.linear)

    def babl(self, alpha: bool) -> str:
        """Returns GEGL's name of the pixels."""
        return babl_name(self.gray, self.linear, alpha, _BABL[self.depth])

    @property
    def single(self) -> str:
        """GEGL's name of one plain number a pixel at this depth: alpha, masks."""
        return _BABL[self.depth]


def babl_name(gray: bool, linear: bool, alpha: bool, kind: str, premultiplied: bool = False) -> str:
    """Returns GEGL's name for pixels in sRGB.

    Args:
        gray, linear, alpha: as in `Encoding`.
        kind: "u8", "u16" or "float".
        premultiplied: colours are multiplied by alpha; only with alpha.
    """
    curve = "" if linear else "'"
    weight = "a" if premultiplied else ""
    colours = "".join(f"{letter}{curve}{weight}" for letter in ("Y" if gray else "RGB"))
    return f"{colours}{'A' if alpha else ''} {kind}"


@dataclass(frozen=True)
class Gamut:
    """What an image's colour profile means for colours of sRGB; by default, they are its own."""

    wide: bool = False
    """It holds colours that sRGB does not."""
    narrow: bool = False
    """Some colours of sRGB have no place in it."""
    by_gimp: bool = False
    """Only GIMP itself converts it: a profile of tables, whose numbers GEGL takes for sRGB's."""


def gamut_of(image: Any) -> Gamut:
    """Returns what the profile of an image means.

    Gray ones have no gamut, and in indexed ones GIMP shows the palette's numbers as sRGB, whatever
    the profile says.
    """
    profile = image.get_color_profile()
    if profile is None or image.get_base_type() != Gimp.ImageBaseType.RGB:
        return Gamut()
    return _gamut(profile.get_icc_profile())


@functools.lru_cache(maxsize=16)
def _gamut(icc: bytes) -> Gamut:
    profile = Gimp.ColorProfile.new_from_icc_profile(icc)
    real, integer = Gimp.Precision.FLOAT_NON_LINEAR, Gimp.Precision.U16_NON_LINEAR
    with canvas(4, 1, real) as patches, canvas(4, 1, real) as srgb, canvas(4, 1, integer) as own:
        layer = empty_layer(patches, "", 4, 1)
        patches.insert_layer(layer, None, 0)
        _write_patches(layer)
        # Integers clip where the profile ends.
        own.set_color_profile(profile)
        there = Gimp.Layer.new_from_drawable(layer, own)
        back = _colours(Gimp.Layer.new_from_drawable(there, srgb))
        # The same numbers, read as if they were the profile's.
        patches.set_color_profile(profile)
        by_gegl = _colours(layer)
        by_gimp = _colours(Gimp.Layer.new_from_drawable(layer, srgb))
    return Gamut(
        wide=any(not -TOLERANCE <= value <= 1 + TOLERANCE for value in by_gimp),
        narrow=_differ(back, _PATCHES),
        by_gimp=_differ(by_gegl, by_gimp),
    )


def encoding_of(drawable: Any, gamut: Gamut) -> Encoding:
    """Returns the numbers in which a drawable's pixels travel."""
    precision = drawable.get_image().get_precision()
    depth: Depth = "float32"
    # Integers of sRGB are not those of another gamut: some would be clipped, others become one.
    if gamut == Gamut():
        depth = "uint8" if precision in _U8 else "uint16" if precision in _U16 else depth
    return Encoding(depth, precision in _LINEAR, drawable.is_gray())


def losses(image: Any, gamut: Gamut) -> tuple[str, ...]:
    """Returns sentences on what a painting in this image lacks because of the image's colours."""
    notices = []
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        notices.append(
            _(
                "The image is indexed: in it the painting has only the colours of its palette; "
                "a new image keeps them all."
            )
        )
    if gamut.wide:
        notices.append(
            _(
                "The image's colour profile holds colours beyond sRGB; the painting was converted "
                "and has none of them."
            )
        )
    if gamut.narrow:
        notices.append(
            _(
                "The image's colour profile does not hold all colours of sRGB; the painting was "
                "converted and its most vivid colours are duller."
            )
        )
    return tuple(notices)


@contextmanager
def canvas(width: int, height: int, precision: Any, base: Any = None) -> Iterator[Any]:
    """Yields an image that nobody sees, in sRGB; it and its layers end with the block.

    Args:
        width, height: in pixels.
        precision: GIMP's.
        base: GIMP's base type, RGB by default.
    """
    kind = Gimp.ImageBaseType.RGB if base is None else base
    image = Gimp.Image.new_with_precision(width, height, kind, precision)
    try:
        image.undo_disable()
        yield image
    finally:
        image.delete()


@contextmanager
def canvas_like(image: Any, width: int, height: int) -> Iterator[Any]:
    """Yields an image as `canvas` does, with precision, colours and palette of another one."""
    base = image.get_base_type()
    with canvas(width, height, image.get_precision(), base) as alike:
        if base == Gimp.ImageBaseType.INDEXED:
            alike.set_palette(image.get_palette())
        profile = image.get_color_profile()
        if profile is not None:
            alike.set_color_profile(profile)
        yield alike


def empty_layer(image: Any, name: str, width: int, height: int) -> Any:
    """Returns a transparent layer for an image, in no image yet: mode Normal, 100 %."""
    kind = {
        Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
        Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
        Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
    }[image.get_base_type()]
    return Gimp.Layer.new(image, name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)


def _write_patches(layer: Any) -> None:
    values = [
        number for at in range(0, len(_PATCHES), 3) for number in (*_PATCHES[at : at + 3], 1.0)
    ]
    buffer = layer.get_buffer()
    buffer.set(rectangle(_ROW), "R'G'B'A float", struct.pack("=16f", *values))
    buffer.flush()


def _colours(layer: Any) -> tuple[float, ...]:
    """Returns the numbers of the patches in sRGB."""
    data = layer.get_buffer().get(rectangle(_ROW), 1.0, "R'G'B' float", Gegl.AbyssPolicy.NONE)
    return struct.unpack("=12f", data)


def _differ(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return any(abs(a - b) > TOLERANCE for a, b in zip(first, second, strict=True))
