"""What the encoder's and the inverse network's training share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleswap.engine.encoder import Encoder
from styleswap.engine.inverse import STEP, Inverse, exact_colour
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


def with_skip(inverse: Inverse, encoder: Encoder, sample: Tensor, carried: int) -> Inverse:
    """An inverse network that also carries relu2_1, and paints as before until it is trained on.

    Args:
        inverse: without a skip.
        encoder: Φ.
        sample: (B, 3, H, W), pictures whose principal components of relu2_1 are carried at first.
        carried: channels.
    """
    with torch.no_grad():
        second = encoder.levels(sample, kept=["conv2_1"])["conv2_1"].float().transpose(0, 1)
    channels = second.shape[0]
    values, vectors = torch.linalg.eigh(torch.cov(second.flatten(1)).double().cpu())
    strongest = vectors[:, -carried:] / values[-carried:].clamp(min=1e-6).sqrt()
    widths = (inverse.head, inverse.enlarge_half, inverse.enlarge_full)
    quarter, half, full = (layer.out_channels for layer in widths)
    grown = Inverse(
        inverse.channels,
        inverse.colours,
        (quarter, half, full),
        len(inverse.blocks),
        (channels, carried),
    )
    assert grown.project is not None
    assert grown.merge is not None
    grown.load_state_dict(inverse.state_dict(), strict=False)
    grown.project.weight.data = strongest.T.float().view(carried, channels, 1, 1).contiguous()
    nn.init.zeros_(grown.merge.weight)
    return grown


def activations_of(encoder: Encoder, pictures: Tensor, inverse: Inverse) -> Tensor:
    """Φ, with all that the inverse network takes along with it, as float32."""
    return inverse.carry(encoder.levels(pictures, kept=inverse.reads), pictures).float()


def unmixed_activations(levels: Mapping[str, Tensor], pictures: Tensor, inverse: Inverse) -> Tensor:
    """The same with all channels of relu2_1, which the network in training mixes after the swap.

    The mixing is linear and of single cells, so that it may come before or after the paste.

    Args:
        levels: of Φ.
        pictures: (B, 3, H, W), what was encoded.
        inverse: the network in training.
    """
    parts = [levels["conv3_1"].float()]
    if inverse.colours:
        parts.append(exact_colour(pictures))
    if inverse.project is not None:
        parts.append(F.pixel_unshuffle(levels["conv2_1"].float(), STEP))
    return torch.cat(parts, 1)


def mixed(inverse: Inverse, activations: Tensor) -> Tensor:
    """What f takes, from `unmixed_activations`."""
    if inverse.project is None:
        return activations
    known = inverse.channels + inverse.colours
    second = F.pixel_shuffle(activations[:, known:], STEP)
    carried = F.pixel_unshuffle(inverse.project(second), STEP)
    return torch.cat([activations[:, :known].to(carried.dtype), carried], 1)


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
