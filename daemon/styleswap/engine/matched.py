"""Matched colours: what the painting's are, and what they are to become."""

from __future__ import annotations

from torch import Tensor

from styleswap.engine.colour import Gathered, Palette
from styleswap.engine.encoder import CELL
from styleswap.engine.one_pass import Pass
from styleswap.engine.style import style_palette
from styleswap.engine.tiles import Span, Tile


class Measure:
    """Measures a pass's tiles, of any size together, as they are stored.

    Args:
        one: the pass, all of which is painted.
    """

    def __init__(self, one: Pass) -> None:
        self._one, self._gathered = one, Gathered()

    def __call__(self, tile: Tile, painted: Tensor) -> None:
        """Count a tile."""
        rows = Span(0, painted.shape[1]).moved(tile.rows.start * CELL)
        columns = Span(0, painted.shape[2]).moved(tile.columns.start * CELL)
        coverage = self._one.job.mixture.pixels(self._one.level, rows, columns)
        self._gathered.add(painted, coverage)

    def moving(self) -> tuple[Palette, Palette]:
        """The palette of what was painted, and that of the styles, to which it is moved."""
        mixture = self._one.job.mixture
        wanted = mixture.palette([style_palette(style.source) for style in mixture.styles])
        return self._gathered.palette(), wanted
