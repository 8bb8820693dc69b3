"""Pixels of the client as pictures that Gtk shows.

Python's own loops are slow and an editor's Python has no NumPy: bytes are moved in slices, and
values are looked up in tables.
"""

from __future__ import annotations

import functools
import struct
import sys
from array import array

from gi.repository import GdkPixbuf, GLib, Gtk
from styleswap_vendor.styleswap.client.pictures import Picture
from styleswap_vendor.styleswap.editing.region import Rect

CHECK = 8
"""Side of the squares behind transparent pixels, in pixels of the screen."""
CHECK_COLOURS = (0x666666, 0x999999)

_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}


def pixbuf_of(picture: Picture, part: Rect | None = None) -> GdkPixbuf.Pixbuf:
    """Returns a picture as sRGB of 8 bits, with alpha where it has one.

    Any thread may call this. Values are cut down to 8 bits, floats by way of their upper 16 bits:
    at most one level beside the truth, which is for eyes only.

    Args:
        picture: of any layout and depth.
        part: what to show of it, all by default; must lie inside.
    """
    part = part or Rect(0, 0, picture.width, picture.height)
    channels = picture.format.channels
    pixel = channels * _BYTES[picture.depth]
    row = picture.format.row_bytes
    data = memoryview(picture.data).cast("B")
    if part.width == picture.width:
        packed = bytes(data[part.y * row : part.bottom * row])
    else:
        left, right = part.x * pixel, part.right * pixel
        packed = b"".join(
            data[y * row + left : y * row + right] for y in range(part.y, part.bottom)
        )
    alpha = channels in (2, 4)
    planes = _planes(packed, picture.depth, channels, picture.linear)
    if channels < 3:  # gray
        planes = [planes[0]] * 3 + planes[1:]
    width = 4 if alpha else 3
    pixels = bytearray(part.width * part.height * width)
    for place, plane in enumerate(planes):
        pixels[place::width] = plane
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(bytes(pixels)),
        GdkPixbuf.Colorspace.RGB,
        alpha,
        8,
        part.width,
        part.height,
        part.width * width,
    )


def fitted(pixbuf: GdkPixbuf.Pixbuf, width: int, height: int) -> GdkPixbuf.Pixbuf:
    """Returns the picture as large as it fits into an area, on checks where it is transparent."""
    factor = min(width / pixbuf.get_width(), height / pixbuf.get_height())
    size = [max(1, round(side * factor)) for side in (pixbuf.get_width(), pixbuf.get_height())]
    return _on_checks(pixbuf, size[0], size[1])


def as_it_is(pixbuf: GdkPixbuf.Pixbuf) -> GdkPixbuf.Pixbuf:
    """Returns the picture in its own size, on checks where it is transparent."""
    return _on_checks(pixbuf, pixbuf.get_width(), pixbuf.get_height())


def square(pixbuf: GdkPixbuf.Pixbuf, side: int) -> GdkPixbuf.Pixbuf:
    """Returns the middle of a picture as a square of `side` pixels."""
    width, height = pixbuf.get_width(), pixbuf.get_height()
    shorter = min(width, height)
    middle = pixbuf.new_subpixbuf((width - shorter) // 2, (height - shorter) // 2, shorter, shorter)
    return _on_checks(middle, side, side)


def show_sharply(image: Gtk.Image, pixbuf: GdkPixbuf.Pixbuf) -> None:
    """Shows a picture with all pixels of a fine screen: one of its pixels is one of the screen's.

    Of all that Gtk shows without Cairo's bindings, which an editor's Python need not have, only
    icons are drawn so; and they are square.
    """
    width, height = pixbuf.get_width(), pixbuf.get_height()
    side = max(width, height)
    if width != height:
        canvas = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, side, side)
        canvas.fill(0)
        pixbuf.copy_area(0, 0, width, height, canvas, (side - width) // 2, (side - height) // 2)
        pixbuf = canvas
    image.set_from_gicon(pixbuf, Gtk.IconSize.DIALOG)
    image.set_pixel_size(max(1, side // image.get_scale_factor()))


def _on_checks(pixbuf: GdkPixbuf.Pixbuf, width: int, height: int) -> GdkPixbuf.Pixbuf:
    smooth = GdkPixbuf.InterpType.BILINEAR
    if pixbuf.get_has_alpha():
        return pixbuf.composite_color_simple(width, height, smooth, 255, CHECK, *CHECK_COLOURS)
    if (width, height) == (pixbuf.get_width(), pixbuf.get_height()):
        return pixbuf
    return pixbuf.scale_simple(width, height, smooth)


def _planes(packed: bytes, depth: str, channels: int, linear: bool) -> list[bytes]:
    """Returns the channels, each as bytes of sRGB values; alpha has no curve."""
    alpha = channels - 1 if channels in (2, 4) else None
    if depth == "uint8":
        planes = [packed[place::channels] for place in range(channels)]
        if linear:
            table = _of_uint8()
            planes = [
                plane if place == alpha else plane.translate(table)
                for place, plane in enumerate(planes)
            ]
        return planes
    if depth == "uint16" and not linear:
        high = packed[1::2]
        return [high[place::channels] for place in range(channels)]
    values = array("H", packed)
    if sys.byteorder == "big":
        values.byteswap()
    if depth == "float32":
        values = values[1::2]
    tables = [
        (_of_float if depth == "float32" else _of_uint16)(linear and place != alpha)
        for place in range(channels)
    ]
    return [
        bytes(map(table.__getitem__, values[place::channels])) for place, table in enumerate(tables)
    ]


def _level(value: float, linear: bool) -> int:
    """Returns 0 to 255 for a value of 0 to 1, or beside it."""
    if not value > 0:  # NaN too
        return 0
    if value >= 1:
        return 255
    if linear:
        value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * value)


@functools.cache
def _of_uint8() -> bytes:
    """Levels of linear values of 8 bits."""
    return bytes(_level(value / 255, True) for value in range(256))


@functools.cache
def _of_uint16(linear: bool) -> bytes:
    """Levels of values of 16 bits."""
    return bytes(_level(value / 65535, linear) for value in range(65536))


@functools.cache
def _of_float(linear: bool) -> bytes:
    """Levels of floats by their upper 16 bits, taken in the middle of what these stand for."""
    floats = struct.unpack(
        "<65536f", b"".join(b"\0\x80%b" % n.to_bytes(2, "little") for n in range(65536))
    )
    return bytes(_level(value, linear) for value in floats)
