"""A fixed sample of the patches of a level that a style has a part in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.mixture import Ingredient
from styleswap.engine.tiles import Span
from styleswap.engine.transforms.patch_swap.lattice import Lattice

SAMPLES = 1024
"""Patches of the content, about."""

RUSTLE = 1e-3
"""Difference of patches that is none."""

SIDE = 7
"""Cells of a patch along each side up to which all are taken: of a larger one every second."""


def taken(patch_size: int) -> tuple[int, ...]:
    """Rows, or columns, of a patch that are taken."""
    return tuple(range(0, patch_size, apart(patch_size)))


def apart(patch_size: int) -> int:
    """Distance of the rows that are taken."""
    return 1 if patch_size <= SIDE else 2


@dataclass(frozen=True)
class PatchSample:
    """Patches where some rows and columns of them cross.

    Attributes:
        grid: the cells that are taken of them, patch by patch along each axis.
        side: how many of a patch along each axis, k.
        counted: (r, c) bool, the patches that the style has a part in.
    """

    grid: Grid
    side: int
    counted: Tensor

    def patches(self, cells: Tensor) -> Tensor:
        """The patches that the style has a part in, of the grid's cells.

        Args:
            cells: (C, r * k, c * k).

        Returns:
            (n, C, k, k).
        """
        rows, columns = self.counted.shape
        shape = cells.shape[0], rows, self.side, columns, self.side
        patches = cells.view(shape).permute(1, 3, 0, 2, 4)
        return patches[self.counted.to(cells.device)]


def varied(patches: Tensor) -> bool:
    """Whether patches, (n, C, k, k), differ: those of one colour pick one patch, whatever it costs.

    What is less than `RUSTLE` of their size is rounding, by which prices would tell them apart.
    """
    apart = (patches - patches[:1]).flatten(1).norm(dim=1).amax()
    return bool(apart > RUSTLE * patches[:1].norm().clamp(min=1.0))


def sampled(lattice: Lattice, level: Level, style: Ingredient) -> PatchSample:
    """The sample of a style: evenly spread over the rectangle that holds all that it has a part in.

    Args:
        lattice: the patches of the level.
        level: the content at a size.
        style: of the painting.
    """
    area = level.context.mixture.part(style, level.halvings, level.whole)
    patches = lattice.over(area or level.whole)
    density = (SAMPLES / (len(patches.rows) * len(patches.columns))) ** 0.5
    rows, columns = (_spread(span, density) for span in (patches.rows, patches.columns))
    offsets = torch.tensor(taken(lattice.size))
    grid = Grid(
        *(
            # A stride may let patches reach beyond the level, where its border goes on.
            (start[:, None] * lattice.stride + offsets).flatten().clamp(max=limit.stop - 1)
            for start, limit in ((rows, level.whole.rows), (columns, level.whole.columns))
        )
    )
    counted = torch.full((len(rows), len(columns)), area is not None)
    if style.mask is not None and area is not None:
        coverage = style.mask.cells(level.halvings, level.whole)
        middle = lattice.size // 2
        y, x = (
            (start * lattice.stride + middle).clamp(max=limit.stop - 1)
            for start, limit in ((rows, level.whole.rows), (columns, level.whole.columns))
        )
        counted = coverage[y[:, None], x] > 0
    return PatchSample(grid, len(offsets), counted)


def _spread(span: Span, density: float) -> Tensor:
    """Rows, or columns, of patches, evenly spread."""
    count = max(1, min(len(span), round(len(span) * density)))
    return ((torch.arange(count) + 0.5) * (len(span) / count)).long() + span.start
