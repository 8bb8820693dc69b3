"""A painter: from the features of a level to its pixels."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from styleswap.engine.tiles import Tile

Store = Callable[[Tile, Tensor], None]
"""Takes a tile of cells and its pixels, (3, h, w) in [0, 1], those within the picture."""


class Painter(Protocol):
    """Paints the goal of a pass."""

    def prepare(self, strength: float, *, full: bool = False) -> None:
        """Do once for the goal as it is now what serves for smaller ones too."""

    def paint(
        self, store: Store, strength: float = 1.0, *, full: bool = False, advance: bool = True
    ) -> None:
        """Paint the goal's tiles and hand them on.

        Args:
            store: takes what is painted.
            strength: 0 is the content, 1 the style.
            full: in full whatever is covered more than faintly, as in `Target.amount`.
            advance: tell of the progress.
        """
