"""An objective: what an optimised picture makes small, besides its total variation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile

Match = Callable[[Tensor, Sequence[Tensor], int], Tensor]
"""Of all patches of a side in (C, H, W) the most like ones of (C, h, w) each, by normalised
cross-correlation: (3, H', W') int64, with copy, row and column of each one's first cell."""


@dataclass(frozen=True)
class Aim:
    """What objectives are made of.

    Attributes:
        level: the content at a size.
        area: the cells that are optimised.
        styles: of the painting, encoded for it.
        wanted: H over some cells, blended with the content's features: (C, h, w).
        blended: relu3_1 over some cells, blended with the content's as H is.
        pictures: a style's pixels, by its place: those of all its copies, (1, 3, h, w) each.
        match: finds patches.
    """

    level: Level
    area: Tile
    styles: Sequence[EncodedStyle]
    wanted: Callable[[Tile], Features]
    blended: Callable[[Tile, Tensor], Tensor]
    pictures: Callable[[int], Sequence[Tensor]]
    match: Match


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


@runtime_checkable
class Gathering(Objective, Protocol):
    """An objective that looks at the whole picture before it knows the slope of any part."""

    @property
    def around(self) -> int:
        """Cells around a tile that it looks at with it."""

    def begin(self, number: int) -> bool:
        """An iteration, counted from 1, begins: whether to look at the picture as it is now."""

    def gather(self, cells: Tile, outer: Tile, found: Mapping[str, Tensor]) -> None:
        """Look at some cells.

        Args:
            cells: that count; those of all calls together are the whole.
            outer: these and what there is of those around them.
            found: the picture's activations over `outer`, as of `slope`.
        """


@dataclass(frozen=True)
class Term:
    """A summand of what is made small.

    Attributes:
        objective: of the picture at a size.
        octave: how many times the picture is halved for it; its cells are that size's.
    """

    objective: Objective
    octave: int = 0
