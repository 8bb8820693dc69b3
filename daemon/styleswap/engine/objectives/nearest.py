"""Patches of the picture that come close to the most like ones of the style.

Unlike in the paper's term the style's patches are looked for again and again, in the picture as it
is by then: Σ patches ‖patch - nearest‖² / p² / P. `neighbours` and `markov` are this.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.objectives.power import power
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile

EVERY = 10
"""Iterations from one search to the next."""


class Nearest:
    """The picture's patches and the styles'.

    Args:
        aim: the painting.
        patch_size: p in cells.
        centred: compare activations less the mean of the style's.
    """

    layers = ("conv3_1",)

    def __init__(self, aim: Aim, patch_size: int, *, centred: bool) -> None:
        self.aim, self.size = aim, patch_size
        self.power = power(aim)
        self.around = patch_size - 1
        self.styles = [_Offered(style, centred=centred) for style in aim.styles]
        # For each patch of the picture the place of its nearest one's first cell, and in rows of
        # what width; where a mask keeps a style away, its first.
        shape = tuple(len(s) - self.around for s in (aim.area.rows, aim.area.columns))
        self.places = [torch.zeros(2, *shape, dtype=torch.int64) for _ in aim.styles]

    def begin(self, number: int) -> bool:
        """Before the first iteration and each tenth after it."""
        return (number - 1) % EVERY == 0

    def gather(self, cells: Tile, outer: Tile, found: Mapping[str, Tensor]) -> None:
        """Look for the nearest patches of those that begin in some cells."""
        (layer,) = self.layers
        features = found[layer][(slice(None), *_from(cells, outer))]
        if min(features.shape[1:]) < self.size:
            return  # no patch begins in the last cells
        mixture, level = self.aim.level.context.mixture, self.aim.level
        top, left = (span.start for span in (cells.rows, cells.columns))
        for i, style in enumerate(self.styles):
            if mixture.part(mixture.styles[i], level.halvings, outer) is None:
                continue
            place = self.aim.match(features - style.mean, style.compared, self.size).cpu()
            row, column = top - self.aim.area.rows.start, left - self.aim.area.columns.start
            height = min(place.shape[1], len(cells.rows))
            width = min(place.shape[2], len(cells.columns))
            held = self.places[i][:, row : row + height, column : column + width]
            held.copy_(style.flat(place[:, :height, :width]))

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """2 n (Φ(I) - mean of the nearest) / p² / P, where n patches cover a cell."""
        (layer,) = self.layers
        mixture, level = self.aim.level.context.mixture, self.aim.level
        features = found[layer]
        nearest = torch.zeros_like(features)
        count = features.new_zeros(features.shape[1:])
        for i, share in enumerate(mixture.shares(level.halvings, cells)):
            pasted, count = self._pasted(i, cells, features)
            nearest += pasted * (share.to(features) if isinstance(share, Tensor) else share)
        apart = features - self.aim.blended(cells, nearest)
        return {layer: apart * count * (2 / (self.size**2 * self.power))}

    def _pasted(self, style: int, cells: Tile, like: Tensor) -> tuple[Tensor, Tensor]:
        """The mean of the nearest patches' cells, (C, h, w), and of how many, (h, w)."""
        place = self.places[style].to(like.device)
        inside = cells.within(self.aim.area)
        total = torch.zeros_like(like)
        count = like.new_zeros(like.shape[1:])
        for down in range(self.size):
            for right in range(self.size):
                # The patches of which these cells are the ones so far down and right.
                rows, above = _shifted(inside[0], down, place.shape[1])
                columns, before = _shifted(inside[1], right, place.shape[2])
                first, width = place[:, rows, columns]
                height, wide = first.shape
                where = slice(above, above + height), slice(before, before + wide)
                taken = self.styles[style].cells[:, first + down * width + right]
                total[(slice(None), *where)] += taken.to(total.dtype)
                count[where] += 1
        return total / count, count


class _Offered:
    """A style's cells.

    Attributes:
        cells: of all copies, one after the other: (C, N).
        mean: what is taken off before they are compared, (C, 1, 1), or 0.
        compared: the copies without it.
    """

    def __init__(self, style: EncodedStyle, *, centred: bool) -> None:
        copies = [copy[RELU3_1] for copy in style.copies]
        self.cells = torch.cat([copy.flatten(1) for copy in copies], 1)
        self.mean: Tensor | float = self.cells.mean(1)[:, None, None] if centred else 0.0
        self.compared = [copy - self.mean for copy in copies] if centred else copies
        sizes = torch.tensor([copy.shape[1] * copy.shape[2] for copy in copies])
        self.starts = sizes.cumsum(0) - sizes
        self.widths = torch.tensor([copy.shape[2] for copy in copies])

    def flat(self, place: Tensor) -> Tensor:
        """Copy, row and column, (3, h, w), as a place in `cells`, and the copy's width."""
        width = self.widths[place[0]]
        return torch.stack([self.starts[place[0]] + place[1] * width + place[2], width])


def _from(cells: Tile, outer: Tile) -> tuple[slice, slice]:
    """Of what lies around some cells only what is to the right and below."""
    rows, columns = cells.within(outer)
    return slice(rows.start, None), slice(columns.start, None)


def _shifted(inside: slice, by: int, count: int) -> tuple[slice, int]:
    """Where patches of a run of cells begin, and how many cells at its start have none."""
    start, stop = max(inside.start - by, 0), max(min(inside.stop - by, count), 0)
    start = min(start, stop)
    return slice(start, stop), start + by - inside.start
