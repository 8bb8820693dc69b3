"""Masks: where in a picture a style goes, and how much of it.

A mask has the content's size and one value per pixel in [0, 1]: a measure, not light, so no curve
applies to it. Like the content it is read region by region and at any level, antialiased.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.errors import InvalidPicture
from styleswap.engine.pictures.raster import SCALE, Raster, Source, bands, inside
from styleswap.engine.tiles import CELL, Span, Tile

BLOCK = 16
"""Side in pixels of the blocks of which it is known whether a mask is 0 all over them."""


class Mask:
    """A mask to read from.

    Args:
        raster: (H, W, 1), values as they are; those outside [0, 1] are clamped.
        poll: called between bands; raises to stop.

    Raises:
        InvalidPicture: several channels, or a value is NaN or infinite.

    Attributes:
        mean: of all values, 0 to 1.
        beyond: whether values outside [0, 1] were found.
    """

    def __init__(self, raster: Raster, poll: Callable[[], None] = lambda: None) -> None:
        channels = raster.values.shape[2]
        if channels != 1:
            raise InvalidPicture(f"a mask has one channel, but this one has {channels}")
        # Never in linear light: that would bend the values.
        self._source = Source(Raster(raster.values), "mask", poll)
        self._poll = poll
        self.beyond = self._source.beyond
        self._blocks, self.mean = _surveyed(raster.values, poll)

    def reduced(self, size: tuple[int, int]) -> Mask:
        """The mask, antialiased, at a smaller height and width."""
        return Mask(self._source.reduced(size), self._poll)

    def pixels(self, level: int, area: Tile) -> Tensor:
        """Values of a region of pixels at a level: (h, w) float32 in [0, 1], as `Source.read`."""
        return self._source.read(level, area)[0, 0]

    def cells(self, level: int, cells: Tile) -> Tensor:
        """Mean values of a region of cells at a level: (h, w) float32 in [0, 1]."""
        return F.avg_pool2d(self.pixels(level, cells.pixels(CELL))[None], CELL)[0]

    def part(self, level: int, cells: Tile) -> Tile | None:
        """A rectangle that holds all cells of a tile in which the mask is not 0.

        Up to a block larger than need be; None where there are none.
        """
        step, size = CELL << level, self._source.size(0)
        # What lies beyond the picture repeats its last row or column.
        area = inside(cells.pixels(step), size).cells(BLOCK)
        blocks = self._blocks[area.place]
        if not blocks.any():
            return None
        found = []
        for run, own, across, side in zip(
            (area.rows, area.columns), (cells.rows, cells.columns), (1, 0), size, strict=True
        ):
            occupied = torch.nonzero(blocks.any(across)).flatten()
            first, last = (run.start + int(occupied[i]) for i in (0, -1))
            start = first * BLOCK // step
            # The last block's cells go on beyond the picture.
            ends = (last + 1) * BLOCK >= side
            stop = own.stop if ends else -(-(last + 1) * BLOCK // step)
            found.append(Span(min(max(start, own.start), own.stop - 1), min(stop, own.stop)))
        return Tile(found[0], found[1])


def _surveyed(values: Tensor, poll: Callable[[], None]) -> tuple[Tensor, float]:
    """Which blocks of (H, W, 1) values hold any above 0, and the mean of all, clamped to [0, 1]."""
    height, width, _ = values.shape
    side = max(BLOCK, len(bands(height, width)[0].rows) // BLOCK * BLOCK)
    rows, total = [], 0.0
    for top in range(0, height, side):
        poll()
        band = values[top : top + side, :, 0].to(torch.float32).clamp(0, SCALE[values.dtype])
        total += float(band.sum(dtype=torch.float64))
        padded = F.pad(band[None, None], (0, -width % BLOCK, 0, -band.shape[0] % BLOCK))
        rows.append(F.max_pool2d(padded, BLOCK)[0, 0] > 0)
    return torch.cat(rows), total / (height * width) / SCALE[values.dtype]
