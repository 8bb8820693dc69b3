"""Whether a model weaves: patterns of a cell, or half of one, in what it paints of smooth content.

How far such a pattern stands out of its neighbours is compared with the style itself, and with
chance: the same quotient at periods that have nothing to do with cells. A single painting's
spectrum is so rough that half of those stand out by a quarter; hence the mean over some contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.tiles import CELL
from styleswap.training.judging.grid import Subject
from styleswap.training.spectrum import amplitude, power_spectrum, prominence

SIDE = 256
CONTENTS = 8
PERIODS = (CELL // 2, CELL)
"""In pixels: half an activation cell, and one."""
CERTAIN = 0.95
"""Share of the periods without cells whose quotients are below what is called chance."""
STEP = 1 / 255
"""Of a picture of 8 bits; half a step is the least that one can show."""


@dataclass(frozen=True)
class Pattern:
    """Power at one period over its neighbours' in paintings of smooth content.

    Attributes:
        period: in pixels.
        painted: prominence in the paintings.
        own: likewise in the style picture.
        amplitude: of what stands out by more than the style's own, in steps of 8 bits.
    """

    period: int
    painted: float
    own: float
    amplitude: float

    @property
    def excess(self) -> float:
        """Prominence over the style's own."""
        return self.painted / self.own


@dataclass(frozen=True)
class Weave:
    """The patterns of one style.

    Attributes:
        style: its name.
        patterns: one for each period.
        chance: quotient that patterns of other periods seldom reach.
    """

    style: str
    patterns: tuple[Pattern, ...]
    chance: float

    @property
    def excess(self) -> float:
        """The largest excess over chance: above 1 is a weave.

        Patterns of less than half a step of 8 bits are none that a picture can show: 0.
        """
        shown = [p.excess for p in self.patterns if p.amplitude >= 0.5]
        return max(shown, default=0.0) / max(1.0, self.chance)


def smooth_contents(count: int = CONTENTS, side: int = SIDE) -> Iterator[Tensor]:
    """Pictures without texture, always the same: smooth shades and a flat area each.

    Args:
        count: how many.
        side: in pixels.

    Yields:
        (side, side, 3) in [0, 1].
    """
    random = torch.Generator().manual_seed(0)
    x = torch.linspace(0, 1, side).view(1, side, 1)
    y = x.transpose(0, 1)
    for _ in range(count):
        corners = 0.1 + 0.8 * torch.rand(2, 2, 3, generator=random)
        left, right = (torch.lerp(corners[0, i], corners[1, i], y) for i in range(2))
        picture = torch.lerp(left, right, x)
        height, width = (torch.randint(side // 4, side // 2, (2,), generator=random)).tolist()
        picture[:height, :width] = 0.1 + 0.8 * torch.rand(3, generator=random)
        yield picture


def weave(model: Model, style: Subject) -> Weave:
    """Look for patterns in smooth contents painted with one style picture.

    By the swap alone: it is the networks that are looked at.
    """
    raster = Raster(style.pixels[0].permute(1, 2, 0).contiguous())
    settings = Settings(scales=1, variety=0, style_statistics=0, detail=0)
    paintings = [
        stylize(Raster(content), raster, settings, model).values.permute(2, 0, 1)[None]
        for content in smooth_contents()
    ]
    return found(style.name, paintings, style.pixels)


def found(style: str, paintings: list[Tensor], own: Tensor) -> Weave:
    """The patterns of some paintings.

    Args:
        style: its name.
        paintings: (1, 3, H, W) each, RGB in [0, 1].
        own: the style picture, likewise.
    """
    ours, theirs = power_spectrum(paintings), power_spectrum([own])
    patterns = []
    for period in PERIODS:
        usual = prominence(theirs, 1 / period)
        patterns.append(
            Pattern(
                period,
                prominence(ours, 1 / period),
                usual,
                amplitude(ours, 1 / period, max(1.0, usual)) / STEP,
            )
        )
    others = torch.tensor([prominence(ours, f) / prominence(theirs, f) for f in _without_cells()])
    return Weave(style, tuple(patterns), float(others.quantile(CERTAIN)))


def _without_cells() -> Iterator[float]:
    """Frequencies per pixel whose neighbourhoods hold none of the patterns'."""
    for i in range(12, 46):
        if all(abs(i / 100 - 1 / period) > 0.05 for period in PERIODS):
            yield i / 100
