"""The linear map that gives cells another mean and covariance, and moves them least.

Between two normal distributions with means μ, m and covariances A, B it is that of optimal
transport (Peyré & Cuturi 2019, remark 2.31; Lu et al. 2019, "A closed-form solution to universal
style transfer"):

    T(x) = m + A^-½ (A^½ B A^½)^½ A^-½ (x - μ)

here in units of the wanted deviations, so that no plane counts more for its scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.features.covariance import Covariance

SHRINKAGE = 0.005
"""Added to both covariances, of planes with a deviation of 1: directions in which there is next to
nothing are not blown up into noise."""

LEAST_DEVIATION = 1e-4


@dataclass(frozen=True)
class Affine:
    """x -> M x + t for the planes of every cell.

    Attributes:
        matrix: M, (C, C) float32.
        offset: t, (C,) float32.
    """

    matrix: Tensor
    offset: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Of (C, h, w), new."""
        matrix, offset = self.matrix.to(values.device), self.offset.to(values.device)
        return (matrix @ values.flatten(1)).add_(offset[:, None]).view(values.shape)


def transport(found: Covariance, wanted: Covariance, amount: float = 1.0) -> Affine:
    """The map from one distribution to another, or part of the way.

    Args:
        found: of what is mapped.
        wanted: of what it becomes.
        amount: 0 leaves everything, 1 is the whole map.
    """
    unit = wanted.matrix.diagonal().clamp(min=LEAST_DEVIATION**2).sqrt()
    scale = torch.outer(unit, unit)
    shrunk = SHRINKAGE * torch.eye(len(unit), dtype=unit.dtype)
    start, goal = found.matrix / scale + shrunk, wanted.matrix / scale + shrunk
    # Less than what was added is rounding: its inverse would blow it up.
    half, inverse = _root(start, SHRINKAGE)
    matrix = inverse @ _root(half @ goal @ half)[0] @ inverse
    matrix = torch.lerp(
        torch.eye(len(unit), dtype=unit.dtype), unit[:, None] * matrix / unit, amount
    )
    offset = torch.lerp(found.mean, wanted.mean, amount) - matrix @ found.mean
    return Affine(matrix.float(), offset.float())


def retargeted(whole: Covariance, axes: Tensor, wanted: Covariance, amount: float) -> Covariance:
    """A distribution of which some linear measures are given other moments.

    What is known of the rest given these measures stays: x' = x + K (y' - y) with y = W x and
    K = B Wᵀ (W B Wᵀ)^-1.

    Args:
        whole: mean m and covariance B of C planes.
        axes: W, (k, C) float64.
        wanted: moments of the k measures.
        amount: 0 changes nothing, 1 gives them these moments.
    """
    own_mean, own = axes @ whole.mean, axes @ whole.matrix @ axes.T
    floor = LEAST_DEVIATION**2 * torch.eye(len(axes), dtype=axes.dtype)
    gain = whole.matrix @ axes.T @ torch.linalg.inv(own + floor)
    mean = whole.mean + amount * gain @ (wanted.mean - own_mean)
    matrix = whole.matrix + amount * gain @ (wanted.matrix - own) @ gain.T
    return Covariance(mean, (matrix + matrix.T) / 2)


def _root(matrix: Tensor, least: float = 1e-9) -> tuple[Tensor, Tensor]:
    """The symmetric root of a positive matrix, and its inverse."""
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp(min=least).sqrt()
    return vectors * values @ vectors.T, vectors / values @ vectors.T
