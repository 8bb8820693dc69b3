"""Pixels that travel as images of Qt, 8 bits a value, for a person to look at."""

from __future__ import annotations

from array import array
from typing import Any

from styleswap_vendor.styleswap.client.pictures import Picture

from ..qt import QtGui

_FULL = {"B": 255, "H": 65535, "f": 1}
_CODES = {"uint8": "B", "uint16": "H", "float32": "f"}
_CURVE = 1 / 2.2
"""About that of sRGB, which these small pictures do not need exactly."""


def image_of(picture: Picture) -> Any:
    """Returns a picture with alpha as an image in RGBA8888 that owns its memory."""
    data = _eight_bits(picture)
    if picture.layout == "gray-alpha":
        gray = bytearray(2 * len(data))
        gray[0::4] = gray[1::4] = gray[2::4] = data[0::2]
        gray[3::4] = data[1::2]
        data = bytes(gray)
    form = QtGui.QImage.Format.Format_RGBA8888
    return QtGui.QImage(data, picture.width, picture.height, 4 * picture.width, form).copy()


def picture_of(image: Any, *, gray: bool) -> Picture:
    """Returns an image in RGBA8888 as a picture, without its colour where it has none."""
    data = image.constBits().asstring(image.sizeInBytes())
    if not gray:
        return Picture(image.width(), image.height(), "rgba", "uint8", False, data)
    values = bytearray(len(data) // 2)
    values[0::2], values[1::2] = data[0::4], data[3::4]
    return Picture(image.width(), image.height(), "gray-alpha", "uint8", False, bytes(values))


def _eight_bits(picture: Picture) -> bytes:
    code = _CODES[picture.depth]
    data = bytes(picture.data)
    if code == "B" and not picture.linear:
        return data
    channels, full = picture.format.channels, _FULL[code]
    shares = [min(1.0, max(0.0, value / full)) for value in array(code, data)]
    if picture.linear:
        for channel in range(channels - 1):
            shares[channel::channels] = [v**_CURVE for v in shares[channel::channels]]
    return bytes(round(255 * share) for share in shares)
