"""GEGL's buffers in terms of rectangles and bands of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gi.repository import Gegl
from styleswap_vendor.styleswap.editing.region import Rect

Gegl.init(None)  # before the first buffer of this process

BAND_BYTES = 8 << 20
"""Bytes that are read or written at a time."""


def rectangle(rect: Rect) -> Any:
    """Returns a rectangle as GEGL has it."""
    return Gegl.Rectangle.new(rect.x, rect.y, rect.width, rect.height)


def new_buffer(babl: str, place: Rect) -> Any:
    """Returns an empty buffer that lies at `place`; GEGL moves large ones out of memory.

    Args:
        babl: GEGL's name of the pixels.
        place: in pixels.
    """
    return Gegl.Buffer.new(babl, place.x, place.y, place.width, place.height)


def bands(part: Rect, row_bytes: int) -> Iterator[Rect]:
    """Yields rectangles of some MiB that make up `part`, from the top.

    Args:
        part: in pixels.
        row_bytes: bytes of a row.
    """
    rows = max(1, BAND_BYTES // row_bytes)
    for y in range(part.y, part.bottom, rows):
        yield Rect(part.x, y, part.width, min(rows, part.bottom - y))
