"""The painter of the default: the inverse network, tile by tile."""

from torch import Tensor

from styleswap.engine.painting.painter import Store
from styleswap.engine.painting.passes import Pass
from styleswap.engine.painting.target import Target, enlarged
from styleswap.engine.tiles import CELL, Tile


class Decoder:
    """Paints a pass with the inverse network.

    At a strength below 1 the features are blended with the content's, and what the networks lose of
    the content, C - f(Φ(C)), is given back in the same measure. The coverage of the masks
    multiplies the strength, cell by cell.

    Args:
        part: the pass.
        target: its features.
    """

    def __init__(self, part: Pass, target: Target) -> None:
        self.part, self.target = part, target

    def prepare(self, strength: float, *, full: bool = False) -> None:
        """Nothing: every tile is painted when it is asked for."""

    def paint(
        self,
        store: Store,
        strength: float = 1.0,
        *,
        full: bool = False,
        advance: bool = True,
        side: int = 0,
    ) -> None:
        """As of every painter.

        Args:
            side: cells of a tile's side at most; 0 is what the settings and the device say.
        """
        level, tracker = self.part.level, self.part.level.context.tracker
        tracker.enter("painting")
        for tile in self.part.goal.cut(side or level.limit):
            tracker.poll()
            painted = self._painted(tile, strength, full)
            shown = level.shown(tile)
            if len(shown.rows) and len(shown.columns):
                rows, columns = shown.within(tile.pixels(CELL))
                store(tile, painted[:, rows, columns].clamp(0, 1))
            if advance:
                tracker.advance(self.part.painting_work(tile))

    def _painted(self, tile: Tile, strength: float, full: bool) -> Tensor:
        """One tile: (3, h, w), not clamped, with what lies beyond the picture."""
        level, model = self.part.level, self.part.level.context.model
        outer = level.around(tile, self.part.halo)
        inner = (slice(None), *tile.pixels(CELL).within(outer.pixels(CELL)))
        original = level.pixels(tile.pixels(CELL))[0]
        amount = self.target.amount(outer, strength, full=full)
        if isinstance(amount, Tensor) and not amount.any():
            return original
        poll = level.context.tracker.poll
        features, content = self.target.blended(outer, amount)
        painted = model.paint(features.values[None], poll)[0][inner]
        if content is None:
            return painted
        rebuilt = model.paint(content.values[None], poll)[0][inner]
        kept = 1 - (enlarged(amount)[inner] if isinstance(amount, Tensor) else amount)
        return painted + kept * (original - rebuilt)
