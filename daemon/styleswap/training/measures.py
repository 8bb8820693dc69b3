"""Measures of pictures and activations, each a number with a definition."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from styleswap.training.losses import gradients

LUMA = (0.299, 0.587, 0.114)


def psnr(given: Tensor, wanted: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of a picture in [0, 1], over all its values."""
    return float(-10 * (given - wanted).pow(2).mean().clamp(min=1e-12).log10())


def gradient_error(given: Tensor, wanted: Tensor) -> float:
    """‖∇x̂ - ∇x‖² / ‖∇x‖² with differences to the right and lower neighbour; 0 is perfect.

    Beside PSNR, since a blurred picture has a high PSNR and a gradient error near 1.
    """
    error = sum(
        float((a - b).pow(2).sum())
        for a, b in zip(gradients(given), gradients(wanted), strict=True)
    )
    return error / sum(float(b.pow(2).sum()) for b in gradients(wanted))


def relative_error(given: Tensor, wanted: Tensor) -> float:
    """‖a - b‖² / ‖b‖² of activations."""
    return float((given - wanted).pow(2).sum() / wanted.pow(2).sum())


def thumbnail(picture: Tensor) -> Tensor:
    """The picture known only by the means of its 4x4 cells, enlarged bicubically.

    Whatever an inverse network adds over this is detail that it read off the activations.

    Args:
        picture: (1, 3, 4H, 4W) in [0, 1].
    """
    small = F.avg_pool2d(picture, 4)
    return F.interpolate(small, scale_factor=4.0, mode="bicubic").clamp(0, 1)
