"""How the values of each plane are distributed over a picture: quantiles, whatever the tiles.

Exact feature distribution matching (Zhang et al. 2022, "Exact feature distribution matching for
arbitrary style transfer and domain generalization") gives a cell the style's value of the same
rank. Ranks of a whole picture would bind all tiles together; a table of quantiles does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NODES = 1024
"""Quantiles of a plane: at (i + ½) / 1,024."""


@dataclass(frozen=True)
class Quantiles:
    """The distribution of a picture's planes.

    Attributes:
        values: (C, NODES) float32, rising.
    """

    values: Tensor


@dataclass(frozen=True)
class Rising:
    """A map of each plane by itself that never falls, straight between its nodes.

    Beyond its ends it keeps their values.

    Attributes:
        given: (C, NODES) float32, rising: where the nodes are.
        becomes: (C, NODES), rising: what they become.
    """

    given: Tensor
    becomes: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Of (C, h, w), new."""
        given, becomes = self.given.to(values.device), self.becomes.to(values.device)
        cells = values.flatten(1).contiguous()
        upper = torch.searchsorted(given, cells, right=True).clamp_(1, given.shape[1] - 1)
        low, high = given.gather(1, upper - 1), given.gather(1, upper)
        step = (high - low).clamp_(min=torch.finfo(given.dtype).tiny)
        share = ((cells - low) / step).clamp_(0, 1)
        return torch.lerp(becomes.gather(1, upper - 1), becomes.gather(1, upper), share).view(
            values.shape
        )


class GatheredQuantiles:
    """The quantiles of a picture that comes in parts, each cell counted by its weight.

    All parts are held: of a level of 1,024 px with 259 planes they are 68 MB.
    """

    def __init__(self) -> None:
        self._parts: list[Tensor] = []
        self._weights: list[Tensor] = []

    def add(self, values: Tensor, weights: Tensor | None = None) -> None:
        """Count a part.

        Args:
            values: (C, h, w).
            weights: (h, w), at least 0; None is all alike.
        """
        cells = values.flatten(1)
        shares = cells.new_ones(cells.shape[1]) if weights is None else weights.flatten()
        counted = shares.to(cells.device) > 0
        self._parts.append(cells[:, counted])
        self._weights.append(shares.to(cells.device)[counted])

    @property
    def weight(self) -> float:
        """Of all parts together."""
        return sum(float(weights.sum()) for weights in self._weights)

    def quantiles(self) -> Quantiles:
        """Of all parts; their weight is above 0.

        A value stands at the middle of its weight in the order of all, and between two it goes
        straight from one to the other.
        """
        values, order = torch.cat(self._parts, 1).sort(1)
        weights = torch.cat(self._weights)[order]
        middle = (weights.cumsum(1) - weights / 2) / weights.sum(1, keepdim=True)
        wanted = (torch.arange(NODES, device=values.device) + 0.5) / NODES
        upper = torch.searchsorted(middle, wanted.expand(len(values), -1).contiguous())
        below, above = (upper - 1).clamp_(min=0), upper.clamp_(max=values.shape[1] - 1)
        low, high = middle.gather(1, below), middle.gather(1, above)
        share = (wanted - low) / (high - low).clamp_(min=torch.finfo(low.dtype).tiny)
        rising = torch.lerp(values.gather(1, below), values.gather(1, above), share.clamp_(0, 1))
        return Quantiles(rising)


def rising(found: Quantiles, wanted: Quantiles) -> Rising:
    """The map that gives cells of one distribution another one.

    Where many cells have one value, such as 0 after a ReLU, they are of all ranks at once, and
    become the mean of what these are in the other.

    Args:
        found: of what is mapped.
        wanted: of what it becomes.
    """
    given = found.values.contiguous()
    first = torch.searchsorted(given, given)
    stop = torch.searchsorted(given, given, right=True)
    sums = torch.nn.functional.pad(wanted.values.double().cumsum(1), (1, 0))
    mean = (sums.gather(1, stop) - sums.gather(1, first)) / (stop - first)
    return Rising(given, mean.float())
