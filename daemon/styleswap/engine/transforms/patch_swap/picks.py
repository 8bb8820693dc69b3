"""Which style patch was picked for every patch of the content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.tiles import Tile

PLAIN = 3
"""Patches in a row that have picked the same one where a picture is plain."""


@dataclass(frozen=True)
class Picks:
    """The chosen style patch of every content patch.

    Attributes:
        copy: (Hp, Wp) integers, which of the style's copies.
        row: (Hp, Wp) integers, the patch's first row of cells in that copy.
        column: (Hp, Wp) integers, its first column.
        score: (Hp, Wp) float32, <content patch, style patch> / (norm of the style patch + 1e-8).
    """

    copy: Tensor
    row: Tensor
    column: Tensor
    score: Tensor

    def part(self, place: tuple[slice, slice]) -> Picks:
        """The picks of some rows and columns of patches."""
        return Picks(self.copy[place], self.row[place], self.column[place], self.score[place])

    def continued(self, patches: Tile) -> tuple[Picks, Tensor | None]:
        """The picks of a rectangle that may reach beyond these: at an edge the last ones go on.

        Returns:
            The picks, and (h, w) true for those that count: beyond an edge where the `PLAIN`
            patches next to it have picked the same one, so that what they paint has no end there.
            None where all count.
        """
        tall, wide = self.row.shape
        rows = torch.arange(patches.rows.start, patches.rows.stop)[:, None]
        columns = torch.arange(patches.columns.start, patches.columns.stop)[None]
        y, x = rows.clamp(0, tall - 1), columns.clamp(0, wide - 1)
        if torch.equal(y, rows) and torch.equal(x, columns):
            return self.part(patches.place), None
        # Inwards from beyond an edge; beyond a corner both ways must be the same.
        down, right = (y - rows).sign(), (x - columns).sign()
        counted = ((down == 0) | (tall >= PLAIN)) & ((right == 0) | (wide >= PLAIN))
        for step in range(1, PLAIN):
            inward_y, inward_x = y + step * down, x + step * right
            inside = (inward_y.clamp(0, tall - 1), x), (y, inward_x.clamp(0, wide - 1))
            for inward in inside:
                counted = counted & self._same((y, x), inward)
        counted |= (down == 0) & (right == 0)
        found = (own[y, x] for own in (self.copy, self.row, self.column, self.score))
        return Picks(*found), counted

    def _same(self, one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
        """Whether patches have picked the same one; those that were not matched have not."""
        same = self.score[other] > -torch.inf
        for own in (self.copy, self.row, self.column):
            same = same & (own[one] == own[other])
        return same

    def copy_(self, other: Picks) -> None:
        """Take over the picks of as many patches, in place."""
        self.copy.copy_(other.copy)
        self.row.copy_(other.row)
        self.column.copy_(other.column)
        self.score.copy_(other.score)

    def to(self, device: torch.device) -> Picks:
        """The same on a device, as int64."""
        copy, row, column = (t.to(device).long() for t in (self.copy, self.row, self.column))
        return Picks(copy, row, column, self.score)

    def found(self) -> Picks:
        """Those of patches that were matched, one after the other, as int64."""
        matched = self.score > -torch.inf
        copy, row, column = (t[matched].long() for t in (self.copy, self.row, self.column))
        return Picks(copy, row, column, self.score[matched])


def no_picks(patches: Tile) -> Picks:
    """Room for the picks of all patches, on the CPU: int16, and scores of -inf."""
    shape = len(patches.rows), len(patches.columns)
    copy, row, column = (torch.zeros(shape, dtype=torch.int16) for _ in range(3))
    return Picks(copy, row, column, torch.full(shape, -torch.inf))


def distinct_share(picks: Picks, styles: Sequence[Tensor], patch_size: int, stride: int) -> float:
    """Share of the style's patches that were picked at least once: low where matches collapse."""
    counts = [
        ((s.shape[1] - patch_size) // stride + 1) * ((s.shape[2] - patch_size) // stride + 1)
        for s in styles
    ]
    widest = max(s.shape[2] for s in styles)
    tallest = max(s.shape[1] for s in styles)
    flat = (picks.copy * tallest + picks.row) * widest + picks.column
    return flat.unique().numel() / sum(counts)
