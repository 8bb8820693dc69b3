"""A transform after a transform: H gets the style's own mean and covariance.

Averaging overlapping patches takes contrast and colour out of H. The linear map that moves H least
and gives it the style's mean m and covariance B is that of optimal transport between two normal
distributions (Peyré & Cuturi 2019, remark 2.31; Lu et al. 2019, "A closed-form solution to
universal style transfer"), with A the covariance of H over the whole picture and μ its mean:

    T(x) = m + A^-½ (A^½ B A^½)^½ A^-½ (x - μ)

in units of the style's deviations, so that no plane counts more for its scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.features.covariance import Covariance, GatheredCovariance, covariance
from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey, overview
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.transform import Fitted, Transform

import os
SHRINKAGE = float(os.environ.get('SHR','0.02'))
PASSES = os.environ.get('PASSES','all')
CLAMP = os.environ.get('CLAMP','1')=='1'


@dataclass(frozen=True)
class Affine:
    """x -> matrix x + offset."""

    matrix: Tensor
    offset: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        moved = torch.einsum("dc,chw->dhw", self.matrix, values)
        return moved.add_(self.offset.view(-1, 1, 1))


def transport(found: Covariance, wanted: Covariance, amount: float) -> Affine:
    unit = wanted.matrix.diagonal().clamp(min=1e-8).sqrt()
    a = found.matrix / torch.outer(unit, unit)
    b = wanted.matrix / torch.outer(unit, unit)
    eye = torch.eye(len(unit), dtype=torch.float64)
    a = a + SHRINKAGE * eye
    b = b + SHRINKAGE * eye
    half, inverse = _root(a, 0.5), _root(a, -0.5)
    matrix = inverse @ _root(half @ b @ half, 0.5) @ inverse
    matrix = unit[:, None] * matrix / unit
    matrix = torch.lerp(eye, matrix, amount)
    offset = torch.lerp(found.mean, wanted.mean, amount) - matrix @ found.mean
    return Affine(matrix.float(), offset.float())


def _root(matrix: Tensor, power: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=1e-6) ** power @ vectors.T


class StyleStatistics:
    def __init__(self, transform: Transform, settings: Settings) -> None:
        self.transform, self.amount = transform, settings.style_statistics
        self.surveys, self.least = transform.surveys, transform.least

    def measured(self, features: Features) -> Features:
        return self.transform.measured(features)

    def grids(self, level: Level) -> Sequence[Grid]:
        return self.transform.grids(level)

    def reads(self, level: Level, cells: Tile) -> Tile:
        return self.transform.reads(level, cells)

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        return self.transform.work(level, cells, style_sizes)

    def fit(self, level, cells, styles, content, before):
        inner = before.fitted if isinstance(before, Moved) else before
        fitted = self.transform.fit(level, cells, styles, content, inner)
        if PASSES == 'first' and not level.first:
            return Moved(fitted, (None,)*len(styles))
        maps = []
        for i, style in enumerate(styles):
            gathered = GatheredCovariance()
            for tile in level.whole.cut(level.limit):
                gathered.add(fitted.features(i, tile).values)
            wanted = covariance(copy.values for copy in style.copies)
            maps.append(transport(gathered.covariance(), wanted, self.amount))
        return Moved(fitted, tuple(maps))


@dataclass(frozen=True)
class Moved:
    fitted: Fitted
    maps: tuple

    def features(self, style: int, cells: Tile) -> Features:
        found = self.fitted.features(style, cells)
        if self.maps[style] is None: return found
        moved = found.with_values(self.maps[style](found.values))
        if CLAMP: moved[RELU3_1].clamp_(min=0)
        return moved

    def distinct(self, cells: Tile) -> float:
        return self.fitted.distinct(cells)
