"""What is painted: pixels of layers as they travel to the daemon, and where its answer goes.

GEGL converts, crops and reduces; no pixel is touched by Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from colours import Encoding, Gamut, babl_name, encoding_of, gamut_of, losses
from errors import FilterError
from gegl_buffers import bands, new_buffer, rectangle
from gi.repository import Gegl, Gimp
from rendering import Rendered, rendered
from selection import mask_of, selected
from styleswap_vendor.styleswap.client.pictures import Picture, PictureFormat
from styleswap_vendor.styleswap.editing.region import Rect, with_context
from styleswap_vendor.styleswap.editing.words import _


@dataclass(frozen=True)
class Source:
    """A layer, or the selected part of it, that is to be painted.

    All rectangles are in pixels from the layer's upper left corner.
    """

    drawable: Any
    """GIMP's layer or group."""
    name: str
    """Its name."""
    format: PictureFormat
    """The format of what is sent, of the size of `area`."""
    area: Rect
    """What is sent: `kept` with context."""
    kept: Rect
    """What the result covers: the bounds of the selection on the layer."""
    mask: Any | None
    """How much of each pixel of `kept` was selected, a Gegl.Buffer at `kept`; None is all."""
    notices: tuple[str, ...]
    """Sentences on what is lost because of the image's colours."""
    encoding: Encoding
    """The numbers of its pixels."""
    gamut: Gamut
    """What the image's profile means for them."""
    pixels: Rendered
    """Where they are read."""

    def read_rows(self, first: int, end: int) -> bytes:
        """Returns the rows `first` to `end` - 1 of what is sent, packed."""
        return _read(
            self.pixels,
            Rect(self.area.x, self.area.y + first, self.area.width, end - first),
            self.encoding.babl(self.pixels.alpha),
        )

    def reduced(self, longest: int) -> Picture:
        """Returns a copy of what is sent whose longer side has at most `longest` pixels."""
        return _reduced(self.pixels, self.area, self.encoding, longest)

    def whole(self) -> Picture:
        """Returns what is sent."""
        return _picture(self.pixels, self.area, self.encoding)

    def new_result(self) -> Result:
        """Returns room for the painting of this source."""
        return Result(self, new_buffer(self.encoding.babl(self.pixels.alpha), self.area))


@dataclass(frozen=True)
class Result:
    """The painting of a source."""

    source: Source
    """What it is a painting of."""
    buffer: Any
    """A Gegl.Buffer that lies at the source's area."""

    def write_rows(self, first: int, data: bytes | bytearray | memoryview) -> None:
        """Takes whole rows from `first` on, in the source's format.

        Raises:
            ValueError: these are not whole rows, or not the picture's.
        """
        sent = self.source.format
        rows, rest = divmod(len(data), sent.row_bytes)
        if rest or first < 0 or first + rows > sent.height:
            raise ValueError(f"{len(data)} bytes from row {first} on do not fit into {sent}.")
        area = self.source.area
        place = Rect(area.x, area.y + first, area.width, rows)
        babl = self.source.encoding.babl(self.source.pixels.alpha)
        self.buffer.set(rectangle(place), babl, bytes(data))


def open_sources(image: Any, drawables: Sequence[Any]) -> list[Source]:
    """Returns what is to be painted of each of an image's drawables.

    Nothing is changed. The selection is that of now, whatever it will be when the result comes.

    Raises:
        FilterError: a drawable is no layer, lies outside of the selection, or is transparent.
    """
    if image.get_floating_sel() is not None:
        raise FilterError(
            _("There is a floating selection; anchor it or make it a layer, then paint.")
        )
    for drawable in drawables:
        if not isinstance(drawable, Gimp.Layer):
            raise FilterError(
                _("{name} is a mask or a channel; select the layer itself to paint it.").format(
                    name=drawable.get_name()
                )
            )
    gamut = gamut_of(image)
    notices = losses(image, gamut)
    return [_open_source(drawable, gamut, notices) for drawable in drawables]


def picture_of(drawable: Any, longest: int | None = None) -> Picture:
    """Returns a layer or a channel as it looks by itself, for a style or a thumbnail.

    Args:
        drawable: GIMP's, of any open image.
        longest: most pixels of the longer side of a thumbnail, which is made quickly; None is the
            size that it has.
    """
    gamut = gamut_of(drawable.get_image())
    pixels = rendered(drawable, gamut.by_gimp)
    encoding = encoding_of(drawable, gamut)
    bounds = pixels.bounds
    scale = 1.0 if longest is None else longest / max(bounds.width, bounds.height)
    if scale >= 1:
        return _picture(pixels, bounds, encoding)
    size = _scaled(bounds, scale)
    babl = encoding.babl(pixels.alpha)
    data = pixels.buffer.get(rectangle(size), scale, babl, Gegl.AbyssPolicy.CLAMP)
    return encoding.format(size.width, size.height, pixels.alpha).picture(data)


def _open_source(drawable: Any, gamut: Gamut, notices: tuple[str, ...]) -> Source:
    pixels = rendered(drawable, gamut.by_gimp)
    encoding = encoding_of(drawable, gamut)
    chosen = selected(drawable)
    kept = pixels.bounds if chosen is None else chosen.intersect(pixels.bounds)
    name = drawable.get_name()
    if not kept:
        raise FilterError(
            _("The selection lies outside of the layer {name}; move it or select nothing.").format(
                name=name
            )
        )
    if _is_transparent(pixels, kept):
        raise FilterError(
            _(
                "{name} is fully transparent here, there is nothing to paint; choose another "
                "layer or selection."
            ).format(name=name)
        )
    area = with_context(kept, pixels.bounds)
    return Source(
        drawable=drawable,
        name=name,
        format=encoding.format(area.width, area.height, pixels.alpha),
        area=area,
        kept=kept,
        mask=None if chosen is None else mask_of(drawable, kept, encoding.single),
        notices=notices,
        encoding=encoding,
        gamut=gamut,
        pixels=pixels,
    )


def _is_transparent(pixels: Rendered, part: Rect) -> bool:
    """Returns whether all is transparent; looks no further than the first pixel that is not."""
    if not pixels.alpha:
        return False
    looked = (_read(pixels, band, "A u16") for band in bands(part, 2 * part.width))
    return not any(data.strip(b"\0") for data in looked)


def _read(pixels: Rendered, part: Rect, babl: str) -> bytes:
    there = rectangle(part.relative_to(pixels.bounds))
    return pixels.buffer.get(there, 1.0, babl, Gegl.AbyssPolicy.NONE)


def _picture(pixels: Rendered, part: Rect, encoding: Encoding) -> Picture:
    kind = encoding.format(part.width, part.height, pixels.alpha)
    return kind.picture(_read(pixels, part, encoding.babl(pixels.alpha)))


def _reduced(pixels: Rendered, part: Rect, encoding: Encoding, longest: int) -> Picture:
    """Returns a copy of a part with at most `longest` pixels on the longer side.

    The numbers themselves are averaged, weighted by alpha, as the daemon does it for its coarse
    passes. GEGL would average light instead: so it is told that these numbers are linear ones.
    """
    scale = longest / max(part.width, part.height)
    if scale >= 1:
        return _picture(pixels, part, encoding)
    alpha, kind = pixels.alpha, "float" if encoding.depth == "float32" else "u16"
    real = babl_name(encoding.gray, encoding.linear, alpha, kind, premultiplied=alpha)
    told = babl_name(encoding.gray, True, alpha, kind, premultiplied=alpha)
    copy = new_buffer(told, Rect(0, 0, part.width, part.height))
    for band in bands(part, 16 * part.width):
        copy.set(rectangle(band.relative_to(part)), told, _read(pixels, band, real))
    size = _scaled(part, scale)
    small = new_buffer(told, size)
    small.set(rectangle(size), told, copy.get(rectangle(size), scale, told, Gegl.AbyssPolicy.CLAMP))
    straight = babl_name(encoding.gray, True, alpha, encoding.single)
    data = small.get(rectangle(size), 1.0, straight, Gegl.AbyssPolicy.NONE)
    return encoding.format(size.width, size.height, alpha).picture(data)


def _scaled(part: Rect, scale: float) -> Rect:
    return Rect(0, 0, max(1, round(part.width * scale)), max(1, round(part.height * scale)))
