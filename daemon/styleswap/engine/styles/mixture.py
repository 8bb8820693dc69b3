"""Several styles in one painting: mixed by weight, each where its mask lets it.

Every style k is swapped on its own, and what the swaps give is mixed cell by cell:

    Φss = Σ w_k m_k Φss_k / Σ w_k m_k

with weights w_k and masks m_k. Where the masks leave a cell partly uncovered, the painting fades
into the content by the coverage min(1, Σ m_k), which multiplies the strength. A mask that several
styles share counts once in the coverage: mixing two styles in one place makes no edge harder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from styleswap.engine.errors import InvalidPicture
from styleswap.engine.pictures.colour import Palette
from styleswap.engine.pictures.mask import Mask
from styleswap.engine.pictures.raster import Raster, Source
from styleswap.engine.tiles import Tile

FAINT = 1 / 16
"""Coverage up to which pixels fade into the content's own in addition, so that where nothing is
covered not a trace is left of what the inverse network spreads around a painted cell. Above it the
passes before the last, which have no strength either, are painted in full."""

FULL = 1 - 1e-4
"""Coverage that counts as 1: masks that add up to 1 do so but for rounding."""

LEAST_WEIGHT = 1e-100
"""Smallest weight beside a largest of 1, so that products with masks do not vanish."""


@dataclass(frozen=True)
class Styled:
    """A style with its share in a painting.

    Attributes:
        raster: the style's pixels.
        key: names them in the cache; empty is not cached.
        weight: at least 0; only the ratios of weights count. A style of weight 0 has no part.
        mask: (H, W, 1) of the content's size, where 1.0 is all of the style; None is 1 everywhere.

    Raises:
        ValueError: the weight is negative or no number.
    """

    raster: Raster
    key: str = ""
    weight: float = 1.0
    mask: Raster | None = None

    def __post_init__(self) -> None:
        if not (self.weight >= 0 and math.isfinite(self.weight)):
            raise ValueError(f"a style's weight is {self.weight}: it must be a number from 0 on")


@dataclass(frozen=True)
class Ingredient:
    """A style that has a part in the painting.

    Attributes:
        source: the style's pixels.
        key: names them in the cache; empty is not cached.
        weight: above 0; the largest of all is 1.
        mask: None is 1 everywhere.
        name: what to call it in messages.
        position: its place among all that were given.
    """

    source: Source
    key: str
    weight: float
    mask: Mask | None
    name: str
    position: int


@dataclass(frozen=True)
class Mixture:
    """The styles of one painting that have a weight above 0."""

    styles: tuple[Ingredient, ...]

    @property
    def covering(self) -> tuple[Mask, ...]:
        """The masks that limit where anything is painted; none where one style goes everywhere."""
        return () if any(style.mask is None for style in self.styles) else self.masks

    @property
    def masks(self) -> tuple[Mask, ...]:
        """All masks, each once."""
        masks = [style.mask for style in self.styles]
        return tuple({id(m): m for m in masks if m is not None}.values())

    @property
    def empty(self) -> bool:
        """Whether the masks are 0 everywhere."""
        return bool(self.covering) and not any(mask.mean for mask in self.covering)

    def reduced(self, size: tuple[int, int]) -> Mixture:
        """The same with masks at a smaller height and width."""
        masks = {id(mask): mask.reduced(size) for mask in self.masks}
        return Mixture(tuple(replace(s, mask=s.mask and masks[id(s.mask)]) for s in self.styles))

    def part(self, style: Ingredient, level: int, cells: Tile) -> Tile | None:
        """The part of a tile of cells that a style has a share in, as `Mask.part`."""
        return cells if style.mask is None else style.mask.part(level, cells)

    def shares(self, level: int, cells: Tile) -> list[float | Tensor]:
        """Each style's share in a region of cells at a level, together 1.

        Returns:
            Numbers where there are no masks, else (h, w) float32 each; 0 where nothing is covered.
        """
        if not self.masks:
            total = sum(style.weight for style in self.styles)
            return [style.weight / total for style in self.styles]
        held = {id(mask): mask.cells(level, cells).double() for mask in self.masks}
        one = torch.ones(len(cells.rows), len(cells.columns), dtype=torch.float64)
        parts = [s.weight * (one if s.mask is None else held[id(s.mask)]) for s in self.styles]
        whole = torch.stack(parts).sum(0)
        whole = torch.where(whole > 0, whole, 1.0)
        return [(part / whole).float() for part in parts]

    def cells(self, level: int, cells: Tile) -> Tensor | None:
        """The coverage of a region of cells at a level.

        Returns:
            (h, w) float32 in [0, 1]; None where it is 1 everywhere.
        """
        return _covered([mask.cells(level, cells) for mask in self.covering])

    def pixels(self, level: int, area: Tile) -> Tensor | None:
        """The coverage of a region of pixels at a level, as `cells`."""
        return _covered([mask.pixels(level, area) for mask in self.covering])

    def palette(self, palettes: Sequence[Palette]) -> Palette:
        """The palette of the mixture: that of the styles' colours, by weight and mask."""
        if len(palettes) == 1:
            return palettes[0]
        shares = [s.weight * (1.0 if s.mask is None else s.mask.mean) for s in self.styles]
        total = sum(shares)
        parts = [(share / total, palette) for share, palette in zip(shares, palettes, strict=True)]
        mean = torch.stack([share * palette.mean for share, palette in parts]).sum(0)
        covariance = torch.zeros_like(palettes[0].covariance)
        for share, palette in parts:
            apart = palette.mean - mean
            covariance += share * (palette.covariance + torch.outer(apart, apart))
        return Palette(mean, covariance)


def mix(
    styles: Sequence[Styled], size: tuple[int, int], poll: Callable[[], None] = lambda: None
) -> Mixture:
    """Open the styles of a painting.

    Args:
        styles: at least one of a weight above 0.
        size: the content's height and width in pixels.
        poll: called between bands of pixels; raises to stop.

    Raises:
        ValueError: no style has a weight above 0.
        InvalidPicture: a picture or mask holds NaN or infinite values, or a mask has another size
            than the content or several channels.
    """
    largest = max((style.weight for style in styles), default=0.0)
    if largest == 0:
        raise ValueError("no style has a weight above 0")
    masks: dict[int, Mask] = {}
    ingredients = []
    for position, style in enumerate(styles):
        if style.weight == 0:
            continue
        name = "style" if len(styles) == 1 else f"style {position + 1}"
        mask = None
        if style.mask is not None:
            given = style.mask
            if (given.height, given.width) != size:
                raise InvalidPicture(
                    f"the mask of the {name} has {given.width}x{given.height} px, but the content "
                    f"has {size[1]}x{size[0]} px: both must have the same size"
                )
            mask = masks.get(id(given)) or Mask(given, poll)
            masks[id(given)] = mask
        weight = max(style.weight / largest, LEAST_WEIGHT)
        source = Source(style.raster, name, poll)
        ingredients.append(Ingredient(source, style.key, weight, mask, name, position))
    return Mixture(tuple(ingredients))


def _covered(masks: Sequence[Tensor]) -> Tensor | None:
    if not masks:
        return None
    coverage = torch.stack(list(masks)).sum(0)
    coverage = torch.where(coverage > FULL, 1.0, coverage)
    return None if bool((coverage == 1).all()) else coverage
