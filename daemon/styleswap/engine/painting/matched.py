"""Matched colours: what the painting's are, and what they are to become."""

from torch import Tensor

from styleswap.engine.levels.level import Level
from styleswap.engine.pictures.colour import Gathered
from styleswap.engine.styles.style import Recolouring, style_palette
from styleswap.engine.tiles import Tile


class Measure:
    """Measures a level's tiles, of any size together, as they are stored.

    Args:
        level: whose picture is painted in whole.
    """

    def __init__(self, level: Level) -> None:
        self._level, self._gathered = level, Gathered()

    def __call__(self, tile: Tile, painted: Tensor) -> None:
        """Count a tile."""
        shown = self._level.shown(tile)
        mixture = self._level.context.mixture
        coverage = mixture.pixels(self._level.halvings, shown)
        self._gathered.add(painted, coverage)

    def moving(self) -> Recolouring:
        """The palette of what was painted, and that of the styles, to which it is moved."""
        mixture = self._level.context.mixture
        wanted = mixture.palette([style_palette(style.source) for style in mixture.styles])
        return self._gathered.palette(), wanted
