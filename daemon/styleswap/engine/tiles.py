"""Cutting a picture into tiles, in cells of 4x4 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CELL = 4
"""Pixels of a cell, along each axis: one activation of the encoder."""


@dataclass(frozen=True)
class Span:
    """Cells from `start` up to `stop` along one axis."""

    start: int
    stop: int

    def around(self, halo: int) -> Span:
        """The span with a halo, whatever lies there."""
        return Span(self.start - halo, self.stop + halo)

    def moved(self, by: int) -> Span:
        """The span further along."""
        return Span(self.start + by, self.stop + by)

    def shared(self, other: Span) -> Span:
        """What lies in both; empty at an end of this span where nothing does."""
        start = min(max(self.start, other.start), self.stop)
        return Span(start, max(start, min(self.stop, other.stop)))

    def joined(self, other: Span) -> Span:
        """The shortest span that holds both."""
        return Span(min(self.start, other.start), max(self.stop, other.stop))

    def within(self, outer: Span) -> slice:
        """Where the span lies in an array that covers `outer`."""
        return slice(self.start - outer.start, self.stop - outer.start)

    def pixels(self, cell: int) -> Span:
        """The span in pixels."""
        return Span(self.start * cell, self.stop * cell)

    def cells(self, cell: int) -> Span:
        """The cells that hold these pixels."""
        return Span(self.start // cell, -(-self.stop // cell))

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Tile:
    """A rectangle of cells, of pixels, or of patches."""

    rows: Span
    columns: Span

    @property
    def place(self) -> tuple[slice, slice]:
        """The tile in an array of the whole."""
        return slice(self.rows.start, self.rows.stop), slice(self.columns.start, self.columns.stop)

    def moved(self, down: int, right: int) -> Tile:
        """The rectangle further on."""
        return Tile(self.rows.moved(down), self.columns.moved(right))

    def around(self, halo: int) -> Tile:
        """The rectangle with a halo, whatever lies there."""
        return Tile(self.rows.around(halo), self.columns.around(halo))

    def shared(self, other: Tile) -> Tile:
        """What lies in both; empty at an edge of this rectangle where nothing does."""
        return Tile(self.rows.shared(other.rows), self.columns.shared(other.columns))

    def within(self, outer: Tile) -> tuple[slice, slice]:
        """Where the rectangle lies in an array that covers `outer`."""
        return self.rows.within(outer.rows), self.columns.within(outer.columns)

    def pixels(self, cell: int) -> Tile:
        """The rectangle in pixels."""
        return Tile(self.rows.pixels(cell), self.columns.pixels(cell))

    def cells(self, cell: int) -> Tile:
        """The cells that hold these pixels."""
        return Tile(self.rows.cells(cell), self.columns.cells(cell))

    def joined(self, other: Tile) -> Tile:
        """The smallest rectangle that holds both."""
        return Tile(self.rows.joined(other.rows), self.columns.joined(other.columns))

    def cut(self, limit: int) -> Iterator[Tile]:
        """Cut into tiles of at most `limit` cells a side, row by row."""
        for rows in spans(len(self.rows), limit, self.rows.start):
            for columns in spans(len(self.columns), limit, self.columns.start):
                yield Tile(rows, columns)


def spans(cells: int, limit: int, start: int = 0) -> list[Span]:
    """Cut cells from `start` on into as few equal spans as the limit allows, at least one each."""
    count = max(1, -(-cells // limit))
    side = -(-cells // count)
    return [Span(i, min(i + side, cells)).moved(start) for i in range(0, cells, side)]


def rectangle(height: int, width: int) -> Tile:
    """All of a picture, or of a map of cells, of a height and width."""
    return Tile(Span(0, height), Span(0, width))
