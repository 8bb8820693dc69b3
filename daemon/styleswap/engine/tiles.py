"""Cutting a picture into tiles, in cells of 4x4 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Cells from `start` up to `stop` along one axis."""

    start: int
    stop: int

    def grown(self, before: int, after: int, limit: int) -> Span:
        """The span with a halo, within 0..limit."""
        return Span(max(0, self.start - before), min(limit, self.stop + after))

    def within(self, outer: Span) -> slice:
        """Where the span lies in an array that covers `outer`."""
        return slice(self.start - outer.start, self.stop - outer.start)

    def pixels(self, cell: int) -> Span:
        """The span in pixels."""
        return Span(self.start * cell, self.stop * cell)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Tile:
    """A rectangle of cells."""

    rows: Span
    columns: Span


def spans(cells: int, limit: int) -> list[Span]:
    """Cut an axis into as few equal spans as the limit allows, at least one cell each."""
    count = max(1, -(-cells // limit))
    side = -(-cells // count)
    return [Span(i, min(i + side, cells)) for i in range(0, cells, side)]


def tiles(height: int, width: int, limit: int) -> Iterator[Tile]:
    """Cut height x width cells into tiles of at most `limit` cells a side, row by row."""
    for rows in spans(height, limit):
        for columns in spans(width, limit):
            yield Tile(rows, columns)
