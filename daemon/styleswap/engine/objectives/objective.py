"""An objective: one term of the sum that an optimised picture makes small."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Span, Tile


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
    """A term that is read off the picture's activations, tile by tile."""

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


class PixelObjective(Protocol):
    """A term that is read off the pixels."""

    def add(self, picture: Tensor, gradient: Tensor, band: Span) -> None:
        """Add a term's gradient by the pixels, in place.

        Args:
            picture: (3, H, W).
            gradient: the same shape.
            band: rows whose part of the term is meant; the gradient may reach beyond.
        """
