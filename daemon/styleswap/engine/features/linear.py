"""Linear maps of a cell's planes from one picture's statistics to another's.

With means μ, m and covariances A, B of the two, all are x -> m + M (x - μ):

- `scaling`: M = diag(B)^½ diag(A)^-½ gives every plane its mean and deviation (Huang & Belongie
  2017, "Arbitrary style transfer in real-time with adaptive instance normalization", equation 8);
- `whitening`: M = B^½ A^-½ gives all planes together their covariance (Li et al. 2017, "Universal
  style transfer via feature transforms", equations 5 and 6);
- `transport`: M = A^-½ (A^½ B A^½)^½ A^-½ does so too, and moves the cells least: optimal transport
  between two normal distributions (Peyré & Cuturi 2019, remark 2.31; Lu et al. 2019, "A closed-form
  solution to universal style transfer").

Covariances are taken in units of the wanted deviations, so that no plane counts more for its scale.
"""

from __future__ import annotations

from collections.abc import Callable
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


Between = Callable[[Covariance, Covariance], Affine]
"""Of what is mapped and of what it becomes: the map."""


def scaling(found: Covariance, wanted: Covariance, shrinkage: float = SHRINKAGE) -> Affine:
    """The map that gives every plane its wanted mean and deviation.

    Args:
        found: of what is mapped.
        wanted: of what it becomes.
        shrinkage: as `SHRINKAGE`.
    """
    _, start, goal = _in_units(found, wanted, shrinkage)
    return _about(found, wanted, torch.diag((goal.diagonal() / start.diagonal()).sqrt()))


def whitening(found: Covariance, wanted: Covariance, shrinkage: float = SHRINKAGE) -> Affine:
    """The map by way of cells without covariance.

    Args:
        found: of what is mapped.
        wanted: of what it becomes.
        shrinkage: as `SHRINKAGE`.
    """
    unit, start, goal = _in_units(found, wanted, shrinkage)
    matrix = _root(goal)[0] @ _root(start, shrinkage)[1]
    return _about(found, wanted, unit[:, None] * matrix / unit)


def transport(
    found: Covariance, wanted: Covariance, amount: float = 1.0, shrinkage: float = SHRINKAGE
) -> Affine:
    """The map that moves least, or part of the way.

    Args:
        found: of what is mapped.
        wanted: of what it becomes.
        amount: 0 leaves everything, 1 is the whole map.
        shrinkage: as `SHRINKAGE`.
    """
    unit, start, goal = _in_units(found, wanted, shrinkage)
    half, inverse = _root(start, shrinkage)
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


def _in_units(
    found: Covariance, wanted: Covariance, shrinkage: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The wanted deviations, and both covariances in units of them, shrunk."""
    unit = wanted.matrix.diagonal().clamp(min=LEAST_DEVIATION**2).sqrt()
    scale = torch.outer(unit, unit)
    shrunk = shrinkage * torch.eye(len(unit), dtype=unit.dtype)
    return unit, found.matrix / scale + shrunk, wanted.matrix / scale + shrunk


def _about(found: Covariance, wanted: Covariance, matrix: Tensor) -> Affine:
    """A matrix as a map of one mean to the other."""
    return Affine(matrix.float(), (wanted.mean - matrix @ found.mean).float())


def _root(matrix: Tensor, shrinkage: float = 0.0) -> tuple[Tensor, Tensor]:
    """The symmetric root of a positive matrix, and its inverse.

    Args:
        matrix: (C, C) float64.
        shrinkage: what was added to it: less than that is rounding, which an inverse would blow up.
    """
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp(min=max(shrinkage, 1e-9)).sqrt()
    return vectors * values @ vectors.T, vectors / values @ vectors.T
