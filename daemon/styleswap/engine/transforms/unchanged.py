"""What is followed where nothing is put together of patches: H is the query itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.transform import Fitted


class Unchanged:
    """A transform that changes nothing: the beginning of those that move statistics."""

    least = 1
    surveys = False
    pieces = False

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
        """Nothing: cells are encoded as they are asked for."""
        return 0.0

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Query:
        """As of every transform."""
        return Query(level)


@dataclass(frozen=True)
class Query:
    """The query of a level, whatever the style."""

    level: Level

    def features(self, style: int, cells: Tile) -> Features:
        """The query's; not to be changed in place."""
        return self.level.query(cells)

    def distinct(self, cells: Tile) -> float:
        """It has no patches."""
        return 0.0
