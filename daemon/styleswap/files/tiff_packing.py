"""TIFFs packed as libvips's libtiff cannot unpack them: LZMA and Zstandard.

Their strips are packed anew with Deflate, and all else of the first picture stays as it is: every
kind of TIFF that can be read is read in these packings too.
"""

import io
import lzma
import struct
import zlib
from typing import Final

from . import tiff
from .tiff_writing import STRIP_BYTES, TooLarge, Values, written

_LZMA: Final = 34925
_ZSTD: Final = 50000
_DEFLATE: Final = 8

PACKED: Final = {_LZMA: "LZMA", _ZSTD: "Zstandard"}
"""The packings that `repacked` takes, by the number of a TIFF's compression."""

_MEMORY: Final = 256 << 20
"""Most that unpacking LZMA may take beside its result."""


class PackingError(Exception):
    """The strips are damaged, or this machine cannot unpack them."""


def repacked(directory: tiff.Directory) -> bytearray:
    """The first picture as a TIFF of its own, packed with Deflate.

    Raises:
        PackingError: its text is "damaged", "too large", or what is missing to unpack it.
    """
    packing = directory.number(tiff.COMPRESSION, 1)
    tiled = tiff.TILE_OFFSETS in directory.entries
    sizes = _sizes(directory, tiled=tiled)
    most = len(sizes) + 1
    offsets = directory.numbers(tiff.TILE_OFFSETS if tiled else tiff.STRIP_OFFSETS, most)
    counts = directory.numbers(tiff.TILE_BYTES if tiled else tiff.STRIP_BYTES, most)
    if not sizes or len(offsets) != len(sizes) or len(counts) != len(sizes):
        raise PackingError("damaged")
    strips: list[bytes] = []
    unpack = _unzstd if packing == _ZSTD else _unlzma
    height = directory.number(tiff.HEIGHT, 0)
    rows = min(directory.number(tiff.ROWS_PER_STRIP, height), height)
    part = max(sizes)
    if not tiled and part > STRIP_BYTES:
        # Rows are packed by themselves, so that a strip can be cut between any two; each one into
        # parts of as many, where others follow.
        line = part // rows
        most = max(1, STRIP_BYTES // line)
        rows = most if rows == height else max(n for n in range(1, most + 1) if rows % n == 0)
        part = rows * line
    for offset, count, size in zip(offsets, counts, sizes, strict=True):
        start, stop = int(offset), int(offset) + int(count)
        if not 0 < start < stop <= len(directory.data):
            raise PackingError("damaged")
        data = unpack(bytes(directory.data[start:stop]), size)
        strips += (zlib.compress(data[at : at + part], 0) for at in range(0, size, part))
    changes: dict[int, Values] = {tiff.COMPRESSION: (3, [_DEFLATE])}
    if not tiled:
        changes[tiff.ROWS_PER_STRIP] = (4, [rows])
    try:
        return written(directory, strips, changes, tiled=tiled)
    except TooLarge as error:
        raise PackingError("too large") from error


def _sizes(directory: tiff.Directory, *, tiled: bool) -> list[int]:
    """Bytes of every strip or tile when it is unpacked."""
    width, height = directory.number(tiff.WIDTH, 0), directory.number(tiff.HEIGHT, 0)
    samples, bits = directory.number(tiff.SAMPLES, 1), directory.number(tiff.BITS, 1)
    planes = samples if directory.number(tiff.PLANAR, 1) == 2 else 1
    values = samples // planes
    if min(width, height, samples, bits) < 1:
        return []
    if tiled:
        wide = directory.number(tiff.TILE_WIDTH, 0)
        high = directory.number(tiff.TILE_HEIGHT, 0)
        if min(wide, high) < 1:
            return []
        count = -(-width // wide) * -(-height // high) * planes
        if count > len(directory.data):
            return []
        return [-(-wide * values * bits // 8) * high] * count
    rows = min(directory.number(tiff.ROWS_PER_STRIP, height), height)
    if rows < 1 or -(-height // rows) * planes > len(directory.data):
        return []
    line = -(-width * values * bits // 8)
    return [line * min(rows, height - top) for top in range(0, height, rows)] * planes


def _unlzma(packed: bytes, size: int) -> bytes:
    try:
        data = lzma.LZMADecompressor(memlimit=_MEMORY).decompress(packed, size)
    except lzma.LZMAError as error:
        raise PackingError("damaged") from error
    if len(data) != size:
        raise PackingError("damaged")
    return data


def _unzstd(packed: bytes, size: int) -> bytes:
    # Pillow's libtiff knows this packing, and a strip of bytes is a gray picture of one row.
    from PIL import Image, features

    if not features.check("libtiff"):
        raise PackingError("Pillow with libtiff")
    entries = (
        (tiff.WIDTH, size), (tiff.HEIGHT, 1), (tiff.BITS, 8), (tiff.COMPRESSION, _ZSTD),
        (tiff.PHOTOMETRIC, 1), (tiff.STRIP_OFFSETS, 8), (tiff.SAMPLES, 1),
        (tiff.ROWS_PER_STRIP, 1), (tiff.STRIP_BYTES, len(packed)),
    )  # fmt: skip
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    at = 8 + len(packed) + len(packed) % 2
    parts = (
        struct.pack("<2sHI", b"II", 42, at),
        packed.ljust(at - 8, b"\0"),
        struct.pack("<H", len(entries)) + table + bytes(4),
    )
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(io.BytesIO(b"".join(parts)), formats=("TIFF",)) as image:
            return image.tobytes()
    except (OSError, SyntaxError, ValueError) as error:
        raise PackingError("damaged") from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit
