"""Kinds of pixels: Krita's own, and those that travel.

Krita keeps 8 and 16-bit RGB as blue, green, red, alpha, and everything else in the order of its
name; alpha is straight and comes last. What the daemon paints is sRGB: a layer in a colour space of
sRGB's primaries travels with its own numbers, everything else is converted by Krita, band by band
on a layer that nobody sees, and comes back the same way.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import Any

from styleswap_vendor.styleswap.client.pictures import PictureFormat
from styleswap_vendor.styleswap.editing.words import _
from styleswap_vendor.styleswap.pixel_format import Depth

from ..errors import Refused

CHANNELS = {"GRAYA": 2, "RGBA": 4, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4}
"""Values of a pixel, alpha among them, by Krita's name of the colour model."""
CODES = {"U8": "B", "U16": "H", "F16": "e", "F32": "f"}
"""What `struct` calls a value, by Krita's name of the depth; all little-endian."""
_SIZES = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}

SRGB = "sRGB-elle-V2-srgbtrc.icc"
LINEAR = "sRGB-elle-V2-g10.icc"
GRAY = "Gray-D50-elle-V2-srgbtrc.icc"
_SRGB_CURVE = {SRGB, "sRGB built-in", GRAY}
_LINEAR = {
    *(LINEAR, "scRGB (linear)"),
    *("krita-2.5, lcms sRGB built-in with linear gamma TRC",),
    *("Gray-D50-elle-V2-g10.icc", "Gray-D50-elle-V4-g10.icc"),
}
_DEPTHS: dict[str, Depth] = {"U8": "uint8", "U16": "uint16", "F32": "float32"}

CONVERTED_PIXELS = 1 << 17
"""Pixels that Krita converts in one go; it takes about 20 ms for so many."""


@dataclass(frozen=True)
class Kind:
    """A colour space of Krita."""

    model: str
    """Such as "RGBA"."""
    depth: str
    """"U8", "U16", "F16" or "F32"."""
    profile: str
    """The name of its ICC profile."""

    @property
    def channels(self) -> int:
        """Values of a pixel, alpha among them."""
        return CHANNELS[self.model]

    @property
    def code(self) -> str:
        """What `struct` calls one value."""
        return CODES[self.depth]

    @property
    def pixel_bytes(self) -> int:
        """Bytes of a pixel."""
        return self.channels * _SIZES[self.depth]


@dataclass(frozen=True)
class Encoding:
    """How pixels of a kind travel."""

    kind: Kind
    """Krita's own."""
    sent: Kind
    """The kind that they are converted to before; the same where nothing is converted."""
    notice: str = ""
    """A sentence on what is lost, empty where nothing is."""

    @property
    def gray(self) -> bool:
        """Whether they travel without colour."""
        return self.sent.model == "GRAYA"

    @property
    def converted(self) -> bool:
        """Whether Krita converts them."""
        return self.sent != self.kind

    def format(self, width: int, height: int) -> PictureFormat:
        """Returns the format of a picture of that size as it travels."""
        return PictureFormat(
            width,
            height,
            "gray-alpha" if self.gray else "rgba",
            _DEPTHS[self.sent.depth],
            self.sent.profile in _LINEAR,
        )


def kind_of(node: Any) -> Kind:
    """Returns the colour space of a node.

    Raises:
        Refused: it is one that has no colours.
    """
    kind = Kind(node.colorModel(), node.colorDepth(), node.colorProfile())
    if kind.model not in CHANNELS or kind.depth not in CODES:
        raise Refused(
            _(
                "{name} has a colour space that cannot be painted ({model}, {depth}); convert the "
                "image to RGB under Image > Convert Image Color Space."
            ).format(name=node.name(), model=kind.model, depth=kind.depth)
        )
    return kind


def encoding_of(kind: Kind) -> Encoding:
    """Returns how pixels of a kind travel so that nothing is lost that need not be."""
    if kind.model in ("RGBA", "GRAYA") and kind.profile in _SRGB_CURVE | _LINEAR:
        depth = "F32" if kind.depth == "F16" else kind.depth
        return Encoding(kind, replace(kind, depth=depth))
    if kind.model == "GRAYA":
        return Encoding(kind, Kind("GRAYA", "F32", GRAY))
    sent = Kind("RGBA", "F32", LINEAR)
    if kind.model == "RGBA":
        notice = _(
            "The colour profile {profile} is not sRGB's: the painting is made in sRGB and "
            "converted, and has no colours beyond sRGB."
        ).format(profile=kind.profile)
    else:
        notice = _(
            "A copy of the {model} pixels was converted to sRGB to be painted, and the painting "
            "back to {model}."
        ).format(model=kind.model.removesuffix("A"))
    return Encoding(kind, sent, notice)


def as_seen(kind: Kind) -> Encoding:
    """Returns how pixels travel where 8 bits are enough: for thumbnails and previews."""
    if kind.model == "GRAYA":
        return Encoding(kind, Kind("GRAYA", "U8", GRAY))
    return Encoding(kind, Kind("RGBA", "U8", SRGB))


def turned(data: bytes | bytearray, kind: Kind) -> bytes:
    """Exchanges red and blue where Krita has them the other way round than the daemon."""
    if kind.model != "RGBA" or kind.depth not in ("U8", "U16"):
        return bytes(data)
    values = array(kind.code, bytes(data))
    out = values[:]
    out[0::4], out[2::4] = values[2::4], values[0::4]
    return out.tobytes()


class Converter:
    """Converts pixels from one kind to another as Krita does."""

    def __init__(self, document: Any, source: Kind, target: Kind) -> None:
        """Args: document: any open one; it is not changed."""
        self._document = document
        self._source = source
        self._target = target

    def convert(self, data: bytes, width: int, height: int) -> bytes:
        """Returns the same pixels in the other kind, packed rows.

        Raises:
            Refused: Krita cannot.
        """
        if self._source == self._target:
            return data
        scratch = empty_layer(self._document, "", self._source)
        scratch.setPixelData(data, 0, 0, width, height)
        recolour(scratch, self._target)
        return bytes(scratch.pixelData(0, 0, width, height))


def empty_layer(document: Any, name: str, kind: Kind) -> Any:
    """Returns a new, transparent paint layer of a kind that is in no document yet."""
    layer = document.createNode(name, "paintlayer")
    if Kind(layer.colorModel(), layer.colorDepth(), layer.colorProfile()) != kind:
        recolour(layer, kind)
    return layer


def recolour(layer: Any, kind: Kind) -> None:
    """Converts a layer that is in no document.

    Raises:
        Refused: Krita has no such colour space.
    """
    if not layer.setColorSpace(kind.model, kind.depth, kind.profile):
        raise Refused(
            _(
                "Krita cannot convert to {model} {depth} with the profile {profile}; look whether "
                "the profile is installed."
            ).format(model=kind.model, depth=kind.depth, profile=kind.profile)
        )
