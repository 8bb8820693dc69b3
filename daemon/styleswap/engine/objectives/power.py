"""What terms of relu3_1 share: the style's size that they are divided by, and what is kept."""

from collections.abc import Callable

import torch
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.tiles import Tile

KEPT_BYTES = 1 << 28
"""Bytes of activations that are kept between the iterations; others are made again."""


def power(aim: Aim) -> float:
    """P, the mean of ‖Φ(S)‖² over the styles' cells, by their weights."""
    ingredients = aim.level.context.mixture.styles
    total = weights = 0.0
    for ingredient, style in zip(ingredients, aim.styles, strict=True):
        squares = [copy[RELU3_1].pow(2).sum(0).mean() for copy in style.copies]
        total += ingredient.weight * float(torch.stack(squares).mean())
        weights += ingredient.weight
    return total / weights


class Kept:
    """Activations by tile, the first `KEPT_BYTES` of them kept.

    Args:
        make: (C, h, w) over some cells.
    """

    def __init__(self, make: Callable[[Tile], Tensor]) -> None:
        self._make = make
        self._held: dict[Tile, Tensor] = {}
        self._room = KEPT_BYTES

    def over(self, cells: Tile) -> Tensor:
        """Those over some cells; not to be changed in place."""
        held = self._held.get(cells)
        if held is not None:
            return held
        made = self._make(cells)
        size = made.numel() * made.element_size()
        if size <= self._room:
            self._room -= size
            self._held[cells] = made = made.clone()
        return made
