"""An objective: what an optimised picture makes small, besides its total variation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile


@dataclass(frozen=True)
class Aim:
    """What objectives are made of.

    Attributes:
        level: the content at a size.
        styles: of the painting, encoded for it.
        wanted: H over some cells, blended with the content's features: (C, h, w).
    """

    level: Level
    styles: Sequence[EncodedStyle]
    wanted: Callable[[Tile], Features]


class Objective(Protocol):
    """What is read off the picture's activations, tile by tile."""

    @property
    def layers(self) -> Sequence[str]:
        """The convolutions, of `encoder.LAYERS`, whose activations it reads."""

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The term's gradient by the activations of some cells.

        Args:
            cells: whose part of the term is meant.
            found: the picture's activations there, by the layers' names: (C, h, w) each, with as
                many values a cell as the layer has.

        Returns:
            The same shapes, of layers that it reads.
        """
