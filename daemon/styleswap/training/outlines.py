"""Whether thin lines and faces stay: how the gradients of content and painting agree there."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.training.lightness import blurred, luma

SIGMA = 1.0
"""Pixels of the Gaussian under the gradients, which takes the noise of single pixels out."""

WIDTH = 3
"""Pixels: what is as wide is no thin line."""

CONTRAST = 20.0
"""Of 255, of a thin line and what is on both sides of it."""

EXTENT = 16
"""Pixels from end to end of a line; what is shorter is a speck."""

AROUND = 2
"""Pixels around a line that are compared with it."""

LEAST_AREA = 0.002
"""Share of the picture that the lines cover at least, or nothing is measured."""


def gradient_magnitude(picture: Tensor) -> Tensor:
    """Magnitude of the luma's gradient after a small blur: (H, W), of 255 per pixel.

    Args:
        picture: (1, 3, H, W) sRGB in [0, 1].
    """
    down, across = torch.gradient(blurred(luma(picture), SIGMA)[0, 0])
    return torch.hypot(down, across)


def thin_lines(content: Tensor) -> Tensor:
    """Where a content has thin lines, such as ropes, whiskers and letters: (H, W) of bool.

    Of the white and the black top-hat of its luma (Serra 1982; what a square of `WIDTH` px does not
    fit into), what has `CONTRAST` and extends over `EXTENT` px, with `AROUND` px around it.

    Args:
        content: (1, 3, H, W) sRGB in [0, 1].
    """
    from scipy import ndimage

    values = luma(content)
    found = torch.zeros(values.shape[2:], dtype=torch.bool)
    for signed in (values, -values):
        opened = _dilated(-_dilated(-signed, WIDTH), WIDTH)
        marked, count = ndimage.label(((signed - opened)[0, 0] > CONTRAST).numpy(), [[1] * 3] * 3)
        for i, place in enumerate(ndimage.find_objects(marked, count), 1):
            if max(run.stop - run.start for run in place) >= EXTENT:
                found[place] |= torch.from_numpy(marked[place] == i)
    return _dilated(found[None, None].float(), 2 * AROUND + 1)[0, 0] > 0


def _dilated(values: Tensor, side: int) -> Tensor:
    return F.max_pool2d(values, side, 1, side // 2)


def correlation(given: Tensor, wanted: Tensor, area: Tensor) -> float | None:
    """Pearson's correlation of two pictures' values in an area; None where one is constant.

    Args:
        given: (H, W).
        wanted: (H, W).
        area: (H, W) of bool.
    """
    ours, theirs = (x[area].double() for x in (given, wanted))
    if len(ours) < 2:
        return None
    ours, theirs = ours - ours.mean(), theirs - theirs.mean()
    size = float(ours.norm() * theirs.norm())
    return float(ours @ theirs) / size if size > 1e-9 else None
