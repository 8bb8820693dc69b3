"""Luma of pictures in steps of 8 bits: where it is smooth, and how far it steps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.training.measures import LUMA

REACH = 4
"""Pixels to each side within which luma is compared."""

SMOOTH = 3.0
"""Of 255: where luma steps by less, a content is smooth."""

GRAIN = 1.0
"""Pixels of the Gaussian that takes a photo's grain out."""


def luma(picture: Tensor) -> Tensor:
    """Rec. 601 luma.

    Args:
        picture: (1, 3, H, W) sRGB in [0, 1].

    Returns:
        (1, 1, H, W) in [0, 255].
    """
    weights = torch.tensor(LUMA).view(1, 3, 1, 1)
    return 255 * (picture.float().cpu() * weights).sum(1, keepdim=True)


def steps(values: Tensor, reach: int = REACH) -> Tensor:
    """The largest difference between each pixel and one at most some pixels away.

    Args:
        values: (1, 1, H, W).
        reach: pixels along both axes: a square of 2 reach + 1 px a side.

    Returns:
        (1, 1, H, W), at least 0.
    """
    side = 2 * reach + 1
    highest = F.max_pool2d(values, side, 1, reach)
    lowest = -F.max_pool2d(-values, side, 1, reach)
    return torch.maximum(highest - values, values - lowest)


def smooth_area(content: Tensor, *, grain: bool) -> Tensor:
    """Where a content is smooth: its luma steps by less than `SMOOTH` within `REACH` px.

    Args:
        content: (1, 3, H, W) sRGB in [0, 1].
        grain: whether its grain counts. A sky with grain is left in specks, without it in whole.

    Returns:
        (H, W) of bool.
    """
    values = luma(content)
    return steps(values if grain else blurred(values, GRAIN))[0, 0] < SMOOTH


def blurred(values: Tensor, sigma: float) -> Tensor:
    """Gaussian blur; the border is reflected (or repeated, in pictures that are too small).

    Args:
        values: (1, 1, H, W).
        sigma: of the Gaussian in pixels.
    """
    reach = round(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma).pow(2))
    kernel = (kernel / kernel.sum()).to(values)
    mode = "reflect" if min(values.shape[2:]) > reach else "replicate"
    padded = F.pad(values, (reach,) * 4, mode=mode)
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
