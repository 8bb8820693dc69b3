"""TIFFs in YCbCr with fewer colours than pixels, which libvips cannot read unless they are JPEG.

TIFF 6.0, section 21: a strip is a row of units of h x v pixels, each of so many values of luma and
one Cb and Cr for all of them; at the right and at the bottom units are filled up. Here every pixel
gets its own three values, those of its unit: so does libtiff, wherever in the unit the colours
were measured.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from . import tiff
from .tiff_writing import STRIP_BYTES, TooLarge, written

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_YCBCR: Final = 6
_PLAIN: Final = 1
_JPEG: Final = (6, 7)
_FACTORS: Final = (1, 2, 4)
_TILE_UNIT: Final = 16
"""Sides of tiles are multiples of it."""
_BLOCKS: Final = 1 << 20
"""Most strips or tiles: as many tiles has the largest picture that is read."""
_BAND_PIXELS: Final = 1 << 18
"""Pixels of a strip that are taken at a time: what a processor has at hand."""

_Block = tuple[int, int, int, int, int]
"""Where values begin in the file, and of their pixels the left, top, width and height."""


class Unreadable(Exception):
    """It is damaged."""


def is_subsampled(directory: tiff.Directory) -> bool:
    """Whether a picture has fewer colours than pixels, and its packing does not see to that."""
    return (
        directory.number(tiff.PHOTOMETRIC, -1) == _YCBCR
        and directory.number(tiff.COMPRESSION, _PLAIN) not in _JPEG
        and _factors(directory) != (1, 1)
    )


def is_known(directory: tiff.Directory) -> bool:
    """Whether `expanded` can read such a picture."""
    return (
        directory.number(tiff.COMPRESSION, _PLAIN) == _PLAIN
        and directory.number(tiff.PLANAR, 1) == 1
        and directory.number(tiff.SAMPLES, 1) == 3
        and directory.number(tiff.BITS, 1) == 8
        and 0 not in _factors(directory)
    )


def expanded(directory: tiff.Directory) -> bytearray:
    """The first picture as a TIFF of its own, with three values for every pixel.

    Raises:
        Unreadable: not all of its values are in the file.
    """
    import numpy as np  # needed for nothing else here, and it takes a while

    width, height = directory.number(tiff.WIDTH, 0), directory.number(tiff.HEIGHT, 0)
    blocks = _blocks(directory, width, height)
    # Nothing is made that the file is too short for.
    picture = np.empty((height, width, 3), np.uint8)
    for block in blocks:
        for start, left, top, wide, high in _bands(directory, block):
            part = picture[top : top + high, left : left + wide]
            part[:] = _values(directory, start, wide, high)[: part.shape[0], : part.shape[1]]
    rows = max(1, STRIP_BYTES // (width * 3))
    strips = [picture[at : at + rows].data.cast("B") for at in range(0, height, rows)]
    changes = {tiff.ROWS_PER_STRIP: (4, [rows]), tiff.YCBCR_SUBSAMPLING: (3, [1, 1])}
    try:
        return written(directory, strips, changes, tiled=False)
    except TooLarge as error:
        raise Unreadable from error


def _factors(directory: tiff.Directory) -> tuple[int, int]:
    """How many pixels of a row, and of a column, have one colour; 0 where that cannot be read."""
    found = directory.numbers(tiff.YCBCR_SUBSAMPLING, 2) or (2, 2)
    if len(found) != 2 or any(factor not in _FACTORS for factor in found):
        return 0, 0
    return int(found[0]), int(found[1])


def _blocks(directory: tiff.Directory, width: int, height: int) -> list[_Block]:
    """Every strip or tile."""
    tiled = tiff.TILE_OFFSETS in directory.entries
    if tiled:
        wide, high = directory.number(tiff.TILE_WIDTH, 0), directory.number(tiff.TILE_HEIGHT, 0)
    else:
        wide, high = width, min(directory.number(tiff.ROWS_PER_STRIP, height), height)
    if min(width, height, wide, high) < 1 or (tiled and (wide % _TILE_UNIT or high % _TILE_UNIT)):
        raise Unreadable
    count = -(-width // wide) * -(-height // high)
    if count > _BLOCKS:
        raise Unreadable
    offsets = directory.numbers(tiff.TILE_OFFSETS if tiled else tiff.STRIP_OFFSETS, count + 1)
    sizes = directory.numbers(tiff.TILE_BYTES if tiled else tiff.STRIP_BYTES, count + 1)
    if len(offsets) != count or len(sizes) != count:
        raise Unreadable
    places = [(left, top) for top in range(0, height, high) for left in range(0, width, wide)]
    blocks = []
    needed = 0
    for (left, top), offset, size in zip(places, offsets, sizes, strict=True):
        rows = high if tiled else min(high, height - top)
        length = _length(directory, wide, rows)
        needed += length
        if size < length or not 0 < offset <= len(directory.data) - length:
            raise Unreadable
        blocks.append((int(offset), left, top, wide, rows))
    # Blocks that lie on each other would make a picture of any size out of a few bytes.
    if needed > len(directory.data):
        raise Unreadable
    return blocks


def _length(directory: tiff.Directory, wide: int, high: int) -> int:
    across, down = _factors(directory)
    return -(-wide // across) * -(-high // down) * (across * down + 2)


def _bands(directory: tiff.Directory, block: _Block) -> Iterator[_Block]:
    """A strip or tile in parts of whole units."""
    start, left, top, wide, high = block
    _, down = _factors(directory)
    step = down * max(1, _BAND_PIXELS // (wide * down))
    for at in range(0, high, step):
        place = start + _length(directory, wide, at)
        yield place, left, top + at, wide, min(step, high - at)


def _values(directory: tiff.Directory, start: int, wide: int, high: int) -> "npt.NDArray[np.uint8]":
    """Of every pixel, and of what the last units are filled up with."""
    import numpy as np

    across, down = _factors(directory)
    length = _length(directory, wide, high)
    units = np.frombuffer(directory.data, np.uint8, length, start).reshape(
        -(-high // down), -(-wide // across), across * down + 2
    )
    rows, columns, _ = units.shape
    luma = units[..., :-2].reshape(rows, columns, down, across).swapaxes(1, 2)
    result = np.empty((rows, down, columns, across, 3), np.uint8)
    result[..., 0] = luma
    result[..., 1:] = units[:, None, :, None, -2:]
    return result.reshape(rows * down, columns * across, 3)
