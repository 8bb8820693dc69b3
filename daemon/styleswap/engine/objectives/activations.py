"""The paper's term: activations that come close to those of H.

Chen & Schmidt (arXiv 1612.04337), equation 4: ‖Φ(I) - H‖², here divided by P, the mean of ‖Φ(S)‖²
over the style's cells, so that weights mean the same with every encoder and at every size. Only
relu3_1 counts, no colours that are carried beside it.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.tiles import Tile

KEPT_BYTES = 1 << 28
"""Bytes of H that are kept between the iterations; others are made again."""


class Activations:
    """‖Φ(I) - H‖² / P.

    Args:
        aim: with H.
    """

    layers = ("conv3_1",)

    def __init__(self, aim: Aim) -> None:
        self.aim, self.power = aim, _power(aim)
        self._kept: dict[Tile, Tensor] = {}
        self._room = KEPT_BYTES

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """2 (Φ(I) - H) / P."""
        (layer,) = self.layers
        return {layer: (found[layer] - self._wanted(cells)) * (2 / self.power)}

    def _wanted(self, cells: Tile) -> Tensor:
        kept = self._kept.get(cells)
        if kept is not None:
            return kept
        wanted = self.aim.wanted(cells)[RELU3_1]
        size = wanted.numel() * wanted.element_size()
        if size <= self._room:
            self._room -= size
            self._kept[cells] = wanted = wanted.clone()
        return wanted


def _power(aim: Aim) -> float:
    """The mean of ‖Φ(S)‖² over the styles' cells, by their weights."""
    ingredients = aim.level.context.mixture.styles
    total = weights = 0.0
    for ingredient, style in zip(ingredients, aim.styles, strict=True):
        squares = [copy[RELU3_1].pow(2).sum(0).mean() for copy in style.copies]
        total += ingredient.weight * float(torch.stack(squares).mean())
        weights += ingredient.weight
    return total / weights


objective = Activations
