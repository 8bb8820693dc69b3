"""The directories of a TIFF: what a file says of itself, read before any decoder sees it.

TIFF 6.0, sections 2 and 8; BigTIFF as libtiff has it. Whatever is not as it should be reads as
absent: the decoder that comes after says what is wrong with the file.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

Data = bytes | bytearray | mmap.mmap

WIDTH: Final = 256
HEIGHT: Final = 257
BITS: Final = 258
COMPRESSION: Final = 259
PHOTOMETRIC: Final = 262
MAKE: Final = 271
STRIP_OFFSETS: Final = 273
SAMPLES: Final = 277
ROWS_PER_STRIP: Final = 278
STRIP_BYTES: Final = 279
PLANAR: Final = 284
TILE_WIDTH: Final = 322
TILE_HEIGHT: Final = 323
TILE_OFFSETS: Final = 324
TILE_BYTES: Final = 325
SUB_DIRECTORIES: Final = 330
EXTRA_SAMPLES: Final = 338
YCBCR_COEFFICIENTS: Final = 529
YCBCR_SUBSAMPLING: Final = 530
REFERENCE_BLACK_WHITE: Final = 532
EXIF: Final = 34665
GPS: Final = 34853
DNG_VERSION: Final = 50706

PAGES: Final = 10_000
"""Directories that are followed to count pages: reading one takes microseconds, a file may claim
hundreds of thousands."""

_ENTRIES: Final = 4096
"""Entries of a directory that are read."""

# Bytes of a value by its type, and how `struct` reads it.
_TYPES: Final = {
    1: (1, "B"), 2: (1, "B"), 3: (2, "H"), 4: (4, "I"), 5: (8, "II"), 6: (1, "b"), 7: (1, "B"),
    8: (2, "h"), 9: (4, "i"), 10: (8, "ii"), 11: (4, "f"), 12: (8, "d"), 13: (4, "I"),
    16: (8, "Q"), 17: (8, "q"), 18: (8, "Q"),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One entry of a directory."""

    kind: int
    count: int
    at: int
    """Where its values lie in the file."""

    @property
    def size(self) -> int:
        """Bytes of its values."""
        return self.count * _TYPES[self.kind][0]


@dataclass(frozen=True)
class Directory:
    """What the file says of one of its pictures."""

    data: Data
    order: str
    """Of bytes: "<" or ">"."""
    entries: dict[int, Field] = field(default_factory=dict)
    next_at: int = 0
    """Where the place of the next directory stands."""
    next: int = 0
    """Where the next directory lies; 0 is nowhere."""

    def numbers(self, tag: int, most: int = 16) -> tuple[float, ...]:
        """The first values of an entry; fractions as quotients."""
        entry = self.entries.get(tag)
        if entry is None:
            return ()
        form = _TYPES[entry.kind][1]
        count = min(entry.count, most) * len(form)
        values = struct.unpack_from(f"{self.order}{count}{form[0]}", self.data, entry.at)
        if len(form) == 2:
            pairs = zip(values[::2], values[1::2], strict=True)
            return tuple(above / below if below else 0.0 for above, below in pairs)
        return values

    def number(self, tag: int, default: int) -> int:
        """The first value of an entry as an integer."""
        values = self.numbers(tag, 1)
        # A float may be none, or infinite.
        return int(values[0]) if values and abs(values[0]) < 1 << 64 else default

    def text(self, tag: int) -> str:
        """The text of an entry."""
        entry = self.entries.get(tag)
        if entry is None:
            return ""
        return (
            bytes(self.data[entry.at : entry.at + min(entry.size, 64)])
            .decode("latin-1")
            .strip("\0 ")
        )

    def raw(self, entry: Field) -> bytes:
        """The bytes of an entry's values as they stand in the file."""
        return bytes(self.data[entry.at : entry.at + entry.size])


def first_directory(data: Data) -> Directory | None:
    """The directory of the first picture; None where there is none that can be read."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 16:
        return None
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    if version == 43:
        (at,) = struct.unpack_from(f"{order}Q", data, 8)
    else:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
    return _directory(data, order, at, big=version == 43)


def sub_directories(directory: Directory) -> Iterator[Directory]:
    """The directories that one holds: reduced copies, a camera's raw values."""
    big = bytes(directory.data[2:4]) in (b"+\0", b"\0+")
    for at in directory.numbers(SUB_DIRECTORIES)[:16]:
        found = _directory(directory.data, directory.order, int(at), big=big)
        if found is not None:
            yield found


def next_directory(directory: Directory) -> Directory | None:
    """The directory of the next picture."""
    big = bytes(directory.data[2:4]) in (b"+\0", b"\0+")
    return _directory(directory.data, directory.order, directory.next, big=big)


def count_pages(directory: Directory) -> int:
    """How many pictures the file holds; `PAGES` + 1 where there are more than that."""
    data, order = directory.data, directory.order
    big = bytes(data[2:4]) in (b"+\0", b"\0+")
    seen: set[int] = set()
    at = directory.next
    while at and at not in seen and len(seen) < PAGES:
        place = _next_at(data, order, at, big=big)
        if place is None:
            break
        seen.add(at)
        (at,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, place)
    return 1 + len(seen)


def _next_at(data: Data, order: str, at: int, *, big: bool) -> int | None:
    head, entry, link = (8, 20, 8) if big else (2, 12, 4)
    if not 8 <= at <= len(data) - head:
        return None
    (count,) = struct.unpack_from(f"{order}{'Q' if big else 'H'}", data, at)
    place: int = at + head + entry * count
    return place if place <= len(data) - link else None


def _directory(data: Data, order: str, at: int, *, big: bool) -> Directory | None:
    head, step = (8, 20) if big else (2, 12)
    if not 8 <= at <= len(data) - head:
        return None
    (count,) = struct.unpack_from(f"{order}{'Q' if big else 'H'}", data, at)
    entries: dict[int, Field] = {}
    for place in range(at + head, at + head + step * min(count, _ENTRIES), step):
        if place + step > len(data):
            break
        tag, kind, number = struct.unpack_from(f"{order}HH{'Q' if big else 'I'}", data, place)
        if kind not in _TYPES or not number:
            continue
        size, value = number * _TYPES[kind][0], place + (12 if big else 8)
        if size > (8 if big else 4):
            (value,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, value)
        if value + size <= len(data):
            # Of two of a kind, libtiff takes the first too.
            entries.setdefault(tag, Field(kind, number, value))
    place_of_next = _next_at(data, order, at, big=big)
    if place_of_next is None:
        return Directory(data, order, entries)
    (following,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, place_of_next)
    return Directory(data, order, entries, place_of_next, following)
