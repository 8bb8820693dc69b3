"""Mean and covariance of all planes of a picture, whatever the tiles that it is read in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Covariance:
    """The first two moments of a picture's planes, float64 on the CPU.

    Attributes:
        mean: (C,).
        matrix: (C, C), symmetric.
    """

    mean: Tensor
    matrix: Tensor


class GatheredCovariance:
    """The covariance of a picture that comes in parts, each cell counted by its weight."""

    def __init__(self) -> None:
        self._weight = 0.0
        self._shift: Tensor | None = None
        self._sum: Tensor | None = None
        self._square: Tensor | None = None

    def add(self, values: Tensor, weights: Tensor | None = None) -> None:
        """Count a part.

        Args:
            values: (C, h, w).
            weights: (h, w), at least 0; None is all alike.
        """
        cells = values.flatten(1)
        # About the first part's mean: of what is all but constant nothing but rounding would stay.
        if self._shift is None:
            self._shift = cells.mean(1, keepdim=True)
        cells = cells - self._shift
        counted = (
            cells if weights is None else cells * weights.to(cells.dtype).to(cells.device).flatten()
        )
        # float64 on the CPU alone: MPS has none. A part's products are summed as they are.
        total, square = counted.sum(1).cpu().double(), (counted @ cells.T).cpu().double()
        self._weight += cells.shape[1] if weights is None else float(weights.sum())
        self._sum = total if self._sum is None else self._sum + total
        self._square = square if self._square is None else self._square + square

    @property
    def weight(self) -> float:
        """Of all parts together."""
        return self._weight

    def covariance(self) -> Covariance:
        """Of all parts; their weight is above 0."""
        assert self._sum is not None
        assert self._shift is not None
        assert self._square is not None
        mean = self._sum / self._weight
        matrix = self._square / self._weight - torch.outer(mean, mean)
        shift = self._shift[:, 0].cpu().double()
        return Covariance(shift + mean, (matrix + matrix.T) / 2)


def covariance(pictures: Iterable[Tensor]) -> Covariance:
    """Of pictures that are in memory, (C, h, w) each, all together."""
    gathered = GatheredCovariance()
    for picture in pictures:
        gathered.add(picture)
    return gathered.covariance()
