"""After a transform: what is thin in the content stays: eyes, ropes, antennae, letters.

A patch is 32 px wide, and thin things go under in it. Where the content has an edge that stands out
from what is around it, H is blended with the content's own features, which were given the style's
mean and covariance (`features.linear`): its lines in the style's colours.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.covariance import GatheredCovariance
from styleswap.engine.features.linear import Affine, transport
from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.levels.level import Level
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import CELL, Tile
from styleswap.engine.transforms.following import Following, parts
from styleswap.engine.transforms.transform import Fitted, Transform

AROUND = 6
"""Cells on each side that an edge is compared with: 24 px."""

NOISE = 3 / 255
"""Mean difference of neighbouring pixels that is no edge yet, in luma."""

LEAST_RATIO, FULL_RATIO = 1.0, 1.8
"""How many times the mean difference around it a cell's is at least, to stay at all and in full."""


class Detail(Following[Affine | None]):
    """Blends the content's thin lines into H.

    Args:
        transform: that is followed.
        settings: how much.
    """

    of_result = False

    def __init__(self, transform: Transform, settings: Settings) -> None:
        super().__init__(transform)
        self.amount = settings.detail

    def learn(self, level: Level, fitted: Fitted, index: int, style: EncodedStyle) -> Affine | None:
        """The map from the content's features to one style's; None where the style has no part."""
        found = GatheredCovariance()
        for tile, weights in parts(level, index):
            found.add(level.content(tile).values, weights)
        if found.weight == 0:
            return None
        level.context.tracker.poll()
        wanted = style.covariance
        level.context.tracker.poll()
        return transport(found.covariance(), wanted)

    def changed(self, found: Features, level: Level, cells: Tile, known: Affine | None) -> Features:
        """H, blended with the content where that is thin."""
        if known is None:
            return found
        amount = (self.amount * thin(level, cells)).to(found.values.device)
        own = found.with_values(known(level.content(cells).values))
        own[RELU3_1].clamp_(min=0)
        return found.with_values(torch.lerp(found.values, own.values, amount))


def thin(level: Level, cells: Tile) -> Tensor:
    """How much a content's cells stand out as lines and edges from what is around them.

    Returns:
        (h, w) in [0, 1], on the CPU.
    """
    outer = level.around(cells, AROUND + 2)  # the last pixel of a part has no neighbour
    luma = level.pixels(outer.pixels(CELL))[0].mean(0)
    down, right = (luma.diff(dim=axis, append=luma.narrow(axis, -1, 1)).abs() for axis in (0, 1))
    edges = F.avg_pool2d((down + right)[None, None], CELL)
    around = F.avg_pool2d(edges, 2 * AROUND + 1, 1, AROUND, count_include_pad=False)
    ratio = edges / (around + NOISE)
    share = ((ratio - LEAST_RATIO) / (FULL_RATIO - LEAST_RATIO)).clamp(0, 1)
    soft = F.avg_pool2d(share, 3, 1, 1, count_include_pad=False)[0, 0]
    return soft[cells.within(outer)]
