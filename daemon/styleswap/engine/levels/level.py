"""The content at one size: its cells, and what is read of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.levels.carry import Carry, read_of
from styleswap.engine.levels.context import Context
from styleswap.engine.networks.encoder import HALO, LEAST_CELLS
from styleswap.engine.tiles import CELL, Tile, rectangle


@dataclass
class Level:
    """The content halved some times.

    Attributes:
        context: the painting.
        halvings: of the content.
        height: of the picture at this level, in pixels.
        width: likewise.
        least: cells of a side at least: what lies beyond the picture repeats its border.
        first: whether nothing is painted before.
        carry: what was painted before; set when it is there.
        whole: all cells that cover it.
    """

    context: Context
    halvings: int
    height: int
    width: int
    least: int
    first: bool
    carry: Carry | None = field(init=False, default=None)
    whole: Tile = field(init=False)
    _content: tuple[Tile, Features] | None = field(init=False, default=None)
    _query: tuple[Tile, Features] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        least = max(LEAST_CELLS, self.least)
        self.whole = rectangle(
            max(least, -(-self.height // CELL)), max(least, -(-self.width // CELL))
        )

    @property
    def limit(self) -> int:
        """Cells of a tile's side at most."""
        return max(LEAST_CELLS, self.context.tile_side // CELL)

    def around(self, cells: Tile, halo: int) -> Tile:
        """Cells with a halo, within the level."""
        return cells.around(halo).shared(self.whole)

    def shown(self, cells: Tile) -> Tile:
        """The pixels of some cells that lie within the picture; empty where none do."""
        return cells.pixels(CELL).shared(rectangle(self.height, self.width))

    def pixels(self, area: Tile) -> Tensor:
        """A rectangle of the content's pixels: (1, 3, h, w) in [0, 1], as `Source.read`."""
        return self.context.content.read(self.halvings, area)

    def colours(self, cells: Tile) -> Tensor:
        """The content's mean red, green, blue over some cells: (3, h, w) in [0, 1], on the CPU."""
        return F.avg_pool2d(self.pixels(cells.pixels(CELL)), CELL)[0]

    def content(self, cells: Tile) -> Features:
        """The content's features over some cells; not to be changed in place, as of a query."""
        if self._content is None or self._content[0] != cells:
            self._content = cells, self._encoded(cells, self.pixels)
        return self._content[1]

    def recoloured(self, cells: Tile, move: Callable[[Tensor], Tensor]) -> Features:
        """The features of the content's pixels, moved: (1, 3, h, w) to the same."""
        return self._encoded(cells, lambda area: move(self.pixels(area)))

    def query(self, cells: Tile) -> Features:
        """What is transformed: the content's features, in part those of what was painted before.

        Its colours are the content's alone: they guide by the original's tones. It is not to be
        changed in place: of a picture of one tile it is asked for often, and encoded once.
        """
        if self.carry is None:
            return self.content(cells)
        if self._query is None or self._query[0] != cells:
            content = self._encoded(cells, self.pixels)
            painted = self._encoded(cells, self.carry.pixels)
            content[RELU3_1].lerp_(painted[RELU3_1], self.carry.share)
            self._query = cells, content
        return self._query[1]

    def _encoded(self, cells: Tile, pixels: Callable[[Tile], Tensor]) -> Features:
        outer = self.around(cells, HALO)
        picture = pixels(outer.pixels(CELL))
        return self.context.model.features(picture, self.context.tracker.poll).part(
            cells.within(outer)
        )

    def read_of(self, query: Tile, before: Level) -> Tile:
        """The cells of the pass before, of half the size, that a query of this one reads."""
        area = read_of(self.around(query, HALO).pixels(CELL))
        return area.shared(rectangle(before.height, before.width)).cells(CELL)

    def query_work(self, cells: Tile) -> float:
        """Multiply-adds of a query."""
        area = (len(cells.rows) + 2 * HALO) * (len(cells.columns) + 2 * HALO)
        return area * (1 if self.first else 2) * self.context.model.encoder.work
