"""Transforms that map every cell by itself, given what is known of both whole pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.transform import Fitted

Map = Callable[[Features, Moments, Moments], Tensor]
"""Of a query's cells, (C, h, w), the moments of the whole content and those of the style: H."""


@dataclass(frozen=True)
class Pointwise:
    """A transform that maps cells one by one.

    Attributes:
        map: the cells of a query to those of H.
    """

    map: Map
    least = 1
    surveys = True

    def measured(self, features: Features) -> Features:
        """All planes."""
        return features

    def grids(self, level: Level) -> Sequence[Grid]:
        """None."""
        return ()

    def reads(self, level: Level, cells: Tile) -> Tile:
        """The cells themselves."""
        return cells

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        """Nothing to speak of: cells are mapped as they are painted."""
        return 0.0

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Mapped:
        """As of every transform."""
        assert content is not None
        return Mapped(self.map, level, styles, content.moments)


@dataclass(frozen=True)
class Mapped:
    """A map that knows the content and the styles."""

    map: Map
    level: Level
    styles: Sequence[EncodedStyle]
    content: Moments

    def features(self, style: int, cells: Tile) -> Features:
        """H of one style over some cells."""
        query = self.level.query(cells)
        return query.with_values(self.map(query, self.content, self.styles[style].moments))

    def distinct(self, cells: Tile) -> float:
        """It has no patches."""
        return 0.0
