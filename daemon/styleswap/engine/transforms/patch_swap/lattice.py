"""Where patches lie: at a stride, so that they cover every cell of a level."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.tiles import Span, Tile, rectangle


def covering_size(cells: int, patch_size: int, stride: int) -> int:
    """Cells along one axis so that patches at a stride cover every cell: at least `cells`."""
    steps = max(0, -(-(cells - patch_size) // stride))
    return patch_size + steps * stride


def pad_to_cover(activations: Tensor, patch_size: int, stride: int) -> Tensor:
    """Repeat the last row and column until patches at the stride cover every cell.

    Args:
        activations: (C, H, W).
        patch_size: side of a patch in cells.
        stride: distance between patches.

    Returns:
        (C, H', W') with H' >= H and W' >= W.
    """
    _, height, width = activations.shape
    below = covering_size(height, patch_size, stride) - height
    right = covering_size(width, patch_size, stride) - width
    if not (below or right):
        return activations
    return F.pad(activations[None], (0, right, 0, below), mode="replicate")[0]


@dataclass(frozen=True)
class Lattice:
    """The patches of a level. A rectangle of patches is no rectangle of cells.

    Attributes:
        whole: all cells of the level.
        size: of a patch, in cells a side.
        stride: distance of patches in cells.
    """

    whole: Tile
    size: int
    stride: int

    @property
    def patches(self) -> Tile:
        """All patches."""
        return rectangle(
            *(
                (covering_size(len(cells), self.size, self.stride) - self.size) // self.stride + 1
                for cells in (self.whole.rows, self.whole.columns)
            )
        )

    def over(self, cells: Tile) -> Tile:
        """The patches that cover any of some cells."""
        patches = self.patches
        return Tile(
            *(
                Span(
                    max(0, -(-(run.start - self.size + 1) // self.stride)),
                    min(count.stop, (run.stop - 1) // self.stride + 1),
                )
                for run, count in ((cells.rows, patches.rows), (cells.columns, patches.columns))
            )
        )

    def around(self, cells: Tile) -> Tile:
        """The same, and those that would begin before the first patch or after the last one."""
        return Tile(
            *(
                Span(
                    -(-(run.start - self.size + 1) // self.stride),
                    (run.stop - 1) // self.stride + 1,
                )
                for run in (cells.rows, cells.columns)
            )
        )

    def cells(self, patches: Tile) -> Tile:
        """The cells that a rectangle of patches covers; a stride may let them reach beyond."""
        return Tile(
            *(
                Span(run.start * self.stride, (run.stop - 1) * self.stride + self.size)
                for run in (patches.rows, patches.columns)
            )
        )

    def inside(self, cells: Tile) -> Tile:
        """The cells inside the level; its last ones of those that lie beyond it."""
        return Tile(
            *(
                Span(min(run.start, limit.stop - 1), min(run.stop, limit.stop))
                for run, limit in (
                    (cells.rows, self.whole.rows),
                    (cells.columns, self.whole.columns),
                )
            )
        )
