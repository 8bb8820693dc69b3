"""What the encoder's and the inverse network's training share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import Inverse, exact_colour
from styleswap.training.crops import Pictures, recolour, smooth_some
from styleswap.training.losses import relative_gradient_error

ZOOM = (0.5, 3.0)
"""Training pictures are small and sharp, artists' layers large and smooth."""
NOISE = 0.03


def training_crops(
    sources: Sequence[Pictures], count: int, side: int, rng: np.random.Generator, recoloured: float
) -> Tensor:
    """A batch for training: as many crops of each source, augmented.

    Args:
        sources: photos and paintings.
        count: crops in all, a multiple of the number of sources.
        side: of a crop in pixels.
        rng: source of randomness.
        recoloured: share of crops with other colours.

    Returns:
        (count, 3, side, side) in [0, 1], channels last.
    """
    crops = torch.cat([s.batch(count // len(sources), side, rng, ZOOM) for s in sources])
    crops = smooth_some(recolour(crops, rng, recoloured), rng)
    return crops.contiguous(memory_format=torch.channels_last)


def channel_scale(teacher: Encoder, batch: Tensor) -> Tensor:
    """Root mean square of each relu3_1 channel over a batch: (C,), positive."""
    with torch.no_grad():
        return teacher(batch).pow(2).mean((0, 2, 3)).sqrt().clamp(min=1e-3)


def start(layers: nn.Module) -> None:
    """Random weights for convolutions that a ReLU follows."""
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def fresh_inverse(scale: Tensor, colours: int) -> Inverse:
    """An untrained inverse network, which paints the enlarged thumbnail.

    Args:
        scale: (C,) root mean square of the activations' channels.
        colours: of the exact colour: 3 or 0.
    """
    inverse = Inverse(len(scale), colours)
    start(inverse)
    nn.init.normal_(inverse.rgb.weight, std=0.01)
    if inverse.tint is not None:
        inverse.tint.weight.data = torch.eye(3).view(3, 3, 1, 1)
    inverse.scale.copy_(scale)
    return inverse


def activations_of(encoder: Encoder, pictures: Tensor, inverse: Inverse) -> Tensor:
    """Φ, with all that the inverse network takes along with it, as float32."""
    return carried(encoder(pictures), pictures, inverse).float()


def carried(activations: Tensor, pictures: Tensor, inverse: Inverse) -> Tensor:
    """What the inverse network takes of pictures.

    Args:
        activations: Φ of them, (B, C, H, W).
        pictures: (B, 3, 4H, 4W) in [0, 1].
        inverse: the network.
    """
    if not inverse.colours:
        return activations
    return torch.cat([activations, exact_colour(pictures)], 1)


def noisy(activations: Tensor, channels: int) -> Tensor:
    """Add noise of `NOISE` of each channel's root mean square, to half the samples."""
    power = activations.detach().pow(2).mean((0, 2, 3), keepdim=True).sqrt()
    amount = NOISE * (torch.rand(activations.shape[0], 1, 1, 1, device=activations.device) < 0.5)
    noise = torch.randn_like(activations) * power * amount
    noise[:, channels:] = 0
    return activations + noise


@torch.no_grad()
def read_back(encoder: Encoder, inverse: Inverse, pictures: Tensor) -> dict[str, float]:
    """Round trip f(Φ(x)) of crops: PSNR in dB (mean over crops) and gradient error.

    Args:
        encoder: Φ.
        inverse: f.
        pictures: x, (B, 3, H, W) in [0, 1].
    """
    painted = torch.cat(
        [inverse(activations_of(encoder, part, inverse)).clamp(0, 1) for part in pictures.split(8)]
    )
    psnr = -10 * (painted - pictures).pow(2).mean((1, 2, 3)).clamp(min=1e-10).log10()
    error = relative_gradient_error(painted, pictures)
    return {"psnr": float(psnr.mean()), "gradient_error": float(error)}
