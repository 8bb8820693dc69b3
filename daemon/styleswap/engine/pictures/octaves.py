"""A picture at half its size, again and again, and back: what octaves are made of."""

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.tiles import CELL

LEAST_CELLS = 4
"""Cells of a side that an octave has at least: beyond the picture its border goes on."""


def octaves(picture: Tensor, count: int) -> list[Tensor]:
    """A picture, (C, H, W) in whole cells, and its halves, as many as asked for together."""
    made = [picture]
    while len(made) < count:
        made.append(halved(made[-1]))
    return made


def halved(picture: Tensor) -> Tensor:
    """Means of 2x2 pixels: (C, H, W) to whole cells, (C, 4h, 4w); its border goes on beyond."""
    height, width = (half_side(side) for side in picture.shape[1:])
    below, right = 2 * height - picture.shape[1], 2 * width - picture.shape[2]
    if below or right:
        picture = F.pad(picture[None], (0, right, 0, below), mode="replicate")[0]
    return F.avg_pool2d(picture, 2)


def half_side(side: int) -> int:
    """Pixels of a side of half the size, in whole cells."""
    return CELL * max(LEAST_CELLS, -(-side // (2 * CELL)))


def add_back(half: Tensor, gradient: Tensor) -> None:
    """The adjoint of `halved`, added in place.

    Args:
        half: gradient by the half, (C, h, w).
        gradient: by the picture, (C, H, W).
    """
    height, width = gradient.shape[1:]
    # What lies beyond the picture is its border's.
    spread = (half / 4).repeat_interleave(2, 1)
    rows = spread[:, :height]
    if spread.shape[1] > height:
        rows[:, -1] += spread[:, height:].sum(1)
    spread = rows.repeat_interleave(2, 2)
    columns = spread[:, :, :width]
    if spread.shape[2] > width:
        columns[:, :, -1] += spread[:, :, width:].sum(2)
    gradient += columns
