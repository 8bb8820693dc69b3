"""Formats of pixels as they travel."""

from collections.abc import Mapping
from typing import Any, TypeVar

from styleswap.pixel_format import Depth, Layout, PixelFormat
from styleswap.v1 import pictures_pb2

T = TypeVar("T")

LAYOUTS: dict[int, Layout] = {
    pictures_pb2.LAYOUT_GRAY: "gray",
    pictures_pb2.LAYOUT_GRAY_ALPHA: "gray-alpha",
    pictures_pb2.LAYOUT_RGB: "rgb",
    pictures_pb2.LAYOUT_RGBA: "rgba",
}
"""Layouts by their number in the contract."""
DEPTHS: dict[int, Depth] = {
    pictures_pb2.DEPTH_UINT8: "uint8",
    pictures_pb2.DEPTH_UINT16: "uint16",
    pictures_pb2.DEPTH_FLOAT32: "float32",
}
"""Depths by their number in the contract."""
TRANSFERS: dict[int, bool] = {pictures_pb2.TRANSFER_SRGB: False, pictures_pb2.TRANSFER_LINEAR: True}
"""Whether values are linear light, by the transfer's number in the contract."""


def to_message(format: PixelFormat) -> pictures_pb2.PixelFormat:
    """Returns a format as it travels."""
    return pictures_pb2.PixelFormat(
        width=format.width,
        height=format.height,
        layout=_number(LAYOUTS, format.layout),
        depth=_number(DEPTHS, format.depth),
        transfer=_number(TRANSFERS, format.linear),
        alpha_kind=(
            pictures_pb2.ALPHA_KIND_STRAIGHT
            if format.has_alpha
            else pictures_pb2.ALPHA_KIND_UNSPECIFIED
        ),
    )


def _number(names: Mapping[int, T], name: T) -> Any:
    return next(number for number, known in names.items() if known == name)
