"""A sample of a picture's cells, by position alone, whatever the tiles that it is read in."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from styleswap.engine.features.planes import Features, Layout
from styleswap.engine.tiles import Tile


@dataclass(frozen=True)
class Grid:
    """Cells to be sampled: where some rows and some columns cross.

    Attributes:
        rows: (r,) int64, rows of cells; any order, and one may be named again.
        columns: (c,) likewise.
    """

    rows: Tensor
    columns: Tensor


class GatheredSample:
    """The features of a grid's cells, of a picture that comes in parts.

    Args:
        grid: the cells.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._values: Tensor | None = None
        self._layout = Layout(())

    def add(self, tile: Tile, features: Features) -> None:
        """Take what lies in a part.

        Args:
            tile: its cells.
            features: of them.
        """
        values = features.values
        if self._values is None:
            shape = values.shape[0], len(self._grid.rows), len(self._grid.columns)
            self._values, self._layout = values.new_zeros(shape), features.layout
        (own_rows, rows), (own_columns, columns) = (
            _inside(index, span.start, span.stop)
            for index, span in (
                (self._grid.rows, tile.rows),
                (self._grid.columns, tile.columns),
            )
        )
        place = values.device
        part = values.index_select(1, rows.to(place)).index_select(2, columns.to(place))
        if part.shape == self._values.shape:
            self._values = part
        else:
            self._values[:, own_rows.to(place)[:, None], own_columns.to(place)] = part

    def features(self) -> Features:
        """Of all cells of the grid: (C, r, c)."""
        assert self._values is not None
        return Features(self._values, self._layout)


def _inside(index: Tensor, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """Which of some rows lie in a span, and where in it."""
    own = ((index >= start) & (index < stop)).nonzero().flatten()
    return own, index[own] - start
