"""A TIFF's first picture as a file of its own: its strips in another form, all else as it is."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from . import tiff

Values = tuple[int, list[int]]
"""Of an entry: the kind, 3 (of 2 bytes) or 4 (of 4 bytes), and the numbers."""

STRIP_BYTES: Final = 16 << 20
"""Largest strip that is written, but for one of a single row: libvips refuses larger ones."""

_LEFT_OUT: Final = (
    tiff.STRIP_OFFSETS, tiff.STRIP_BYTES, tiff.TILE_OFFSETS, tiff.TILE_BYTES,
    # These are places in the file, which change.
    tiff.SUB_DIRECTORIES, tiff.EXIF, tiff.GPS,
)  # fmt: skip


class TooLarge(Exception):
    """The file would be larger than a TIFF's numbers reach."""


def written(
    directory: tiff.Directory,
    strips: Sequence[bytes | memoryview],
    changes: Mapping[int, Values],
    *,
    tiled: bool,
) -> bytearray:
    """A TIFF of these strips, or tiles.

    Args:
        directory: of the picture; what it says stays so.
        strips: as they are to stand in the file.
        changes: entries that say something else, or are new.
        tiled: the strips are tiles.

    Raises:
        TooLarge: it cannot be put together.
    """
    order = directory.order
    lengths = [len(strip) for strip in strips]
    if 8 + sum(lengths) + 16 * len(strips) >= 1 << 32:
        raise TooLarge
    data = bytearray(8)
    offsets = []
    for strip in strips:
        offsets.append(len(data))
        data += strip

    places = (
        (tiff.TILE_OFFSETS, tiff.TILE_BYTES) if tiled else (tiff.STRIP_OFFSETS, tiff.STRIP_BYTES)
    )
    entries = {
        tag: (entry.kind, entry.count, directory.raw(entry))
        for tag, entry in directory.entries.items()
        # Kinds from 16 on are BigTIFF's.
        if tag not in _LEFT_OUT and entry.kind < 16
    }
    if not tiled:
        for tag in (tiff.TILE_WIDTH, tiff.TILE_HEIGHT):
            entries.pop(tag, None)
    for tag, (kind, numbers) in (
        *changes.items(), (places[0], (4, offsets)), (places[1], (4, lengths)),
    ):  # fmt: skip
        form = {3: "H", 4: "I"}[kind]
        entries[tag] = (kind, len(numbers), struct.pack(f"{order}{len(numbers)}{form}", *numbers))
    table = struct.pack(f"{order}H", len(entries))
    for tag, (kind, count, values) in sorted(entries.items()):
        if len(values) > 4:
            data += bytes(len(data) % 2)
            value = struct.pack(f"{order}I", len(data))
            data += values
        else:
            value = values.ljust(4, b"\0")
        table += struct.pack(f"{order}HHI", tag, kind, count) + value
    data += bytes(len(data) % 2)
    sign = b"II" if order == "<" else b"MM"
    data[:8] = sign + struct.pack(f"{order}HI", 42, len(data))
    data += table + bytes(4)
    return data
