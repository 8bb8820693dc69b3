"""Losses of the inverse network, in the teacher's space, the encoder's own, and in pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def relative_error(given: Tensor, wanted: Tensor) -> Tensor:
    """Channel-scaled squared error: the mean over channels of error / power, in [0, ...).

    Args:
        given: (B, C, H, W).
        wanted: (B, C, H, W); its power per channel, over the batch, is the scale.
    """
    power = wanted.pow(2).mean((0, 2, 3), dtype=torch.float32).clamp(min=1e-3)
    error = (given - wanted).pow(2).mean((0, 2, 3), dtype=torch.float32)
    return (error / power).mean()


def statistics_error(given: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Squared difference of each picture's channel means and standard deviations, relative.

    Args:
        given: (B, C, H, W) activations of the painted pictures.
        mean: (B, C) wanted means.
        deviation: (B, C) wanted standard deviations.
    """
    spread = (given.var((2, 3)) + 1e-6).sqrt()
    scale = (mean.pow(2) + deviation.pow(2)).mean(0).clamp(min=1e-3)
    means = (given.mean((2, 3)) - mean).pow(2).mean(0) / scale
    spreads = (spread - deviation).pow(2).mean(0) / scale
    return (means + spreads).mean()


def gradients(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and to the lower neighbour."""
    return picture[..., :, 1:] - picture[..., :, :-1], picture[..., 1:, :] - picture[..., :-1, :]


def gradient_difference(given: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of the gradients of two pictures."""
    pairs = zip(gradients(given), gradients(wanted), strict=True)
    return torch.stack([F.l1_loss(a, b) for a, b in pairs]).sum()


def relative_gradient_error(given: Tensor, wanted: Tensor) -> Tensor:
    """Squared error of the gradients over their power, over a batch: 0 is perfect, 1 is flat."""
    pairs = list(zip(gradients(given), gradients(wanted), strict=True))
    error = torch.stack([(a - b).pow(2).sum() for a, b in pairs]).sum()
    return error / torch.stack([b.pow(2).sum() for _, b in pairs]).sum().clamp(min=1e-6)


def pixel_error(given: Tensor, wanted: Tensor) -> Tensor:
    """How far a picture is from the wanted one, pixel by pixel: values and their gradients.

    Half of it absolute, which leaves edges sharp, half squared, as PSNR and gradient error are.
    """
    return (
        5 * F.l1_loss(given, wanted)
        + 100 * F.mse_loss(given, wanted)
        + 1.5 * gradient_difference(given, wanted)
        + 0.3 * relative_gradient_error(given, wanted)
    )


def raw_error(given: Tensor, wanted: Tensor) -> Tensor:
    """‖a - b‖² / ‖b‖² over a batch: the metric of the match, where strong channels count most."""
    error = (given.float() - wanted.float()).pow(2).sum()
    return error / wanted.float().pow(2).sum().clamp(min=1e-6)


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference between neighbours (Chen & Schmidt, equation 5), per value."""
    return torch.stack([g.pow(2).mean() for g in gradients(picture)]).sum()


def blurred_difference(given: Tensor, wanted: Tensor, window: int = 8) -> Tensor:
    """Mean absolute difference after a box blur: right colours, free texture."""
    blur = [F.avg_pool2d(x, window, window // 2) for x in (given, wanted)]
    return F.l1_loss(blur[0], blur[1])
