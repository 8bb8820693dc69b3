"""The end of a painting: its pixels get the wished colours, the content's alpha and its format.

A finish takes painted pixels to painted pixels, wherever they lie. A new one is a class here, in
its place among those of `finishes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from styleswap.engine.levels.context import Context
from styleswap.engine.painting.painter import Store
from styleswap.engine.pictures.colour import move_palette, with_colours_of
from styleswap.engine.pictures.raster import Raster, bands, restore
from styleswap.engine.styles.mixture import FAINT
from styleswap.engine.styles.style import Recolouring
from styleswap.engine.tiles import CELL, Tile, rectangle


@dataclass(frozen=True)
class Place:
    """Where painted pixels lie.

    Attributes:
        context: the painting.
        halvings: of the content at this level.
        pixels: the rectangle, within the level.
        coverage: of the masks, (h, w); None is 1 everywhere.
    """

    context: Context
    halvings: int
    pixels: Tile
    coverage: Tensor | None

    @property
    def strength(self) -> float | Tensor:
        """How much of the style there is: a number, or (h, w)."""
        return self.context.settings.strength * (1 if self.coverage is None else self.coverage)

    @property
    def content(self) -> Tensor:
        """The content's pixels: (3, h, w) in [0, 1]."""
        return self.context.content.read(self.halvings, self.pixels)[0]


class Finish(Protocol):
    """Pixels to pixels."""

    def __call__(self, painted: Tensor, place: Place) -> Tensor:
        """The pixels, changed.

        Args:
            painted: (3, h, w) sRGB in [0, 1].
            place: where they lie.
        """


@dataclass(frozen=True)
class Recoloured:
    """Colours are moved from one palette to another, in the measure of the strength."""

    moving: Recolouring

    def __call__(self, painted: Tensor, place: Place) -> Tensor:
        """As of every finish."""
        return torch.lerp(painted, move_palette(painted, *self.moving), place.strength)


def luminance_only(painted: Tensor, place: Place) -> Tensor:
    """The painting's lightness with the content's hue and chroma."""
    return with_colours_of(painted, place.content)


def faded(painted: Tensor, place: Place) -> Tensor:
    """Where next to nothing is covered the content comes back, so that no trace is left."""
    if place.coverage is None:
        return painted
    return torch.lerp(place.content, painted, (place.coverage / FAINT).clamp(max=1))


def unclamped(painted: Tensor, place: Place) -> Tensor:
    """What the clamp took from the content comes back as the content itself does."""
    source = place.context.content
    if not source.beyond or place.halvings:
        return painted
    colours, _ = source.raster.region(place.pixels)
    return painted + (1 - place.strength) * (colours - colours.clamp(0, 1))


def finishes(context: Context, moving: Recolouring | None) -> Sequence[Finish]:
    """The finishes of a painting, in their order.

    Args:
        context: the painting.
        moving: the palettes to move its colours from and to, or None.
    """
    return (
        *((Recoloured(moving),) if moving is not None else ()),
        *((luminance_only,) if context.settings.colours == "luminance" else ()),
        faded,
        unclamped,
    )


def finished_in(
    context: Context,
    halvings: int,
    target: Raster,
    corner: tuple[int, int],
    moving: Recolouring | None,
) -> Store:
    """Store tiles as pixels of the content's format, with its alpha and the wished colours.

    Args:
        context: the painting.
        halvings: of the content at the level that is painted.
        target: where they are stored.
        corner: row and column of the target's first pixel; what lies outside it is left out.
        moving: as in `finishes`.
    """
    source = context.content
    steps = finishes(context, moving)
    room = target.whole.moved(*corner)

    def store(tile: Tile, painted: Tensor) -> None:
        given = rectangle(painted.shape[1], painted.shape[2])
        given = given.moved(tile.rows.start * CELL, tile.columns.start * CELL)
        area = given.shared(room)
        rows, columns = area.within(given)
        painted = painted[:, rows, columns]
        coverage = context.mixture.pixels(halvings, area)
        place = Place(context, halvings, area, coverage)
        for finish in steps:
            painted = finish(painted, place)
        alpha = source.alpha(halvings, area)
        own = area.moved(-corner[0], -corner[1])
        target.write(own, painted, alpha)
        if coverage is not None and halvings == 0:
            # To the bit, in any format, hidden colours as well.
            restore(target.part(own), source.raster.part(area), coverage == 0)

    return store


def give_back(context: Context, halvings: int, area: Tile, target: Raster) -> None:
    """Store the content itself: at full size to the bit.

    Args:
        context: the painting.
        halvings: of the content; 0 is the full size.
        area: the pixels of it that are the target.
        target: where they are stored.
    """
    source = context.content
    if halvings == 0:
        target.values.copy_(source.raster.values[area.place])
        return
    for band in bands(target.height, target.width):
        target.write(band, source.read(halvings, band)[0], source.alpha(halvings, band))
