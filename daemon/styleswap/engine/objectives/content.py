"""The content's term: the picture at half its size keeps the content's activations.

Gatys, Ecker & Bethge (2016), equation 1, with their relu4_2 stood for by relu3_1 of the picture at
half its size, which sees as many pixels a cell: at full size relu3_1 would hold on to every edge.
In units of the paper's term (`activations`): each cell stands for four.
"""

from collections.abc import Mapping

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.networks.encoder import HALO
from styleswap.engine.objectives.objective import Aim, Term
from styleswap.engine.objectives.power import Kept, power
from styleswap.engine.tiles import CELL, Span, Tile

OCTAVE = 1


class Content:
    """w Σ cells 4 ‖Φ(I½) - Φ(C½)‖² / P.

    Args:
        aim: with the content.
        weight: w.
        octave: halvings of both pictures.
    """

    layers = ("conv3_1",)

    def __init__(self, aim: Aim, weight: float, octave: int) -> None:
        self.level, self.octave = aim.level, octave
        self.factor = 2 * 4**octave * weight / power(aim)
        self.kept = Kept(self._wanted)

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """2 w 4 (Φ(I½) - Φ(C½)) / P."""
        (layer,) = self.layers
        return {layer: (found[layer] - self.kept.over(cells)) * self.factor}

    def _wanted(self, cells: Tile) -> Tensor:
        """Φ(C½) over some of its cells: (C, h, w)."""
        side = 1 << self.octave
        outer = cells.around(HALO)
        # Beyond the picture there is no halo: the networks reflect it.
        rows, columns = (
            Span(max(0, span.start), min(span.stop, max(-(-len(whole) // side), own.stop)))
            for span, whole, own in (
                (outer.rows, self.level.whole.rows, cells.rows),
                (outer.columns, self.level.whole.columns, cells.columns),
            )
        )
        outer = Tile(rows, columns)
        pixels = F.avg_pool2d(self.level.pixels(outer.pixels(CELL * side)), side)
        model = self.level.context.model
        encoded = model.features(pixels, self.level.context.tracker.poll)[RELU3_1]
        return encoded[(slice(None), *cells.within(outer))]


def term(aim: Aim, weight: float) -> Term:
    """The content's term of an aim."""
    return Term(Content(aim, weight, OCTAVE), OCTAVE)
