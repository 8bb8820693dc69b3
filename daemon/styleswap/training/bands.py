"""Bands: steps of luma that a painting has where its content is smooth, as in a sky.

Any texture steps, and painted strokes are no fault. A band is one by two properties: the step runs
on, and it follows the content's contours, where one patch of the style gives way to the next
(posterisation). So besides all steps those are counted that are left when luma is averaged along
the content's contour: strokes average out, whatever crosses the contour too. And what lies between
the steps of a posterised sky is flat, as no brushwork is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.training.lightness import REACH, SMOOTH, blurred, luma, smooth_area, steps

STEP = 12.0
"""Of 255: a larger one is seen."""

LEAST_AREA = 0.01
"""Share of a picture that is smooth at least, or nothing is measured in it."""

LENGTH = 33
"""Pixels along a contour over which luma is averaged."""

FLAT = 4.0
"""Of 255: where luma deviates by less, nothing is painted."""

AROUND = 17
"""Pixels of a square in which it does or does not."""

DIRECTIONS = 16
"""Of the contours, in half a turn."""

CONTOUR_SIGMA = 8.0
"""Pixels of the Gaussian that takes grain out of the content before its contours are found."""

LEAST_SLOPE = 0.02
"""Of 255 per pixel: what rises by less has no contours."""


@dataclass(frozen=True)
class Bands:
    """Steps in a painting's smooth area, as shares of it.

    Attributes:
        steps: where luma steps by more than `STEP` within `REACH` px: texture as well as bands.
            The content's grain counts, as in the other two it does not.
        contours: where it still does, averaged over `LENGTH` px along the content's contour, from
            one side of it to the other.
        chance: likewise along the content's slope, across its contours: what a texture that knows
            nothing of the content has of long steps. Bands are what `contours` has more.
        flat: where luma deviates by less than `FLAT` within `AROUND` px. Grain does not count.
    """

    steps: float
    contours: float
    chance: float
    flat: float


def bands(painted: Tensor, content: Tensor) -> Bands | None:
    """Measure bands; None where less than `LEAST_AREA` of the content is smooth.

    Args:
        painted: (1, 3, H, W) sRGB in [0, 1].
        content: the same size.
    """
    area, calm = (smooth_area(content, grain=grain) for grain in (True, False))
    if float(area.float().mean()) < LEAST_AREA:
        return None
    given, wanted = luma(painted), luma(content)
    found = steps(given)[0, 0] > STEP
    runs, sloped = _directions(wanted)
    ours, theirs = _long_steps(given), _long_steps(wanted)
    along = []
    for turn in (0, DIRECTIONS // 2):
        place = ((runs + turn) % DIRECTIONS)[None]
        here, there = (x.gather(0, place)[0] for x in (ours, theirs))
        # Strips reach farther than the smooth area: what the content has itself is no band.
        along.append(_share((here > STEP) & sloped, calm & (there < SMOOTH)))
    contours, chance = along
    flat = _share(_deviation(given) < FLAT, calm)
    return Bands(_share(found, area), contours, chance, flat)


def _deviation(values: Tensor) -> Tensor:
    """Of (1, 1, H, W) within `AROUND` px, as far as the picture goes: (H, W)."""
    mean, square = (
        F.avg_pool2d(v.double(), AROUND, 1, AROUND // 2, count_include_pad=False)
        for v in (values, values.square())
    )
    return (square - mean.square()).clamp(min=0).sqrt()[0, 0]


def _share(found: Tensor, area: Tensor) -> float:
    """Of an area, 0 where there is none."""
    return float(found[area].float().mean()) if area.any() else 0.0


def _directions(values: Tensor) -> tuple[Tensor, Tensor]:
    """In which of the `DIRECTIONS` a content's contours run: (H, W), and where it has any."""
    smoothed = blurred(values, CONTOUR_SIGMA)[0, 0]
    down, across = torch.gradient(smoothed)
    # The contour is at a right angle to the slope.
    angle = torch.atan2(across, -down) % math.pi
    index = (angle * DIRECTIONS / math.pi).round().long() % DIRECTIONS
    return index, torch.hypot(down, across) >= LEAST_SLOPE


def _long_steps(values: Tensor) -> Tensor:
    """Steps between the two sides of a line through each pixel: (`DIRECTIONS`, H, W).

    Each side is the mean over a strip of `LENGTH` x `REACH` px.
    """
    half = LENGTH // 2
    reach = int(math.hypot(half, REACH)) + 1
    axis = torch.arange(-reach, reach + 1).float()
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    kernels = []
    for i in range(DIRECTIONS):
        angle = torch.tensor(i * math.pi / DIRECTIONS)
        # Rows run downwards; at angle 0 the line runs along x.
        along = x * angle.cos() + y * angle.sin()
        aside = y * angle.cos() - x * angle.sin()
        inside = along.abs() <= half + 0.25
        one = (inside & (aside > 0.25) & (aside < REACH + 0.5)).float()
        other = (inside & (aside < -0.25) & (aside > -REACH - 0.5)).float()
        kernels.append(one / one.sum() - other / other.sum())
    padded = F.pad(values, (reach,) * 4, mode="replicate")
    return F.conv2d(padded, torch.stack(kernels)[:, None])[0].abs()
