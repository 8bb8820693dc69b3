"""The inverse network alone: how well it reads pictures off natural and off swapped activations.

* Round trip, f(Φ(x)) against x: PSNR and gradient error, beside the x4 thumbnail and, where its
  files are there, a published inverse network on true VGG-19 activations.
* Noise: dB that 5 % of channel noise on Φ(x) costs.
* Swapped, f(H) for H of a plain 3x3 swap: the relative error of Φ(f(H)), beside the one that Adam
  reaches in 100 steps for the same H (learning rate 0.05, from the content, clamped); and after 20
  steps from the network's picture at the engine's rate for a refinement, without its smoothness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from styleswap.engine import Model
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.painting.optimise import REFINING_RATE
from styleswap.engine.transforms.patch_swap import match, paste
from styleswap.training import measures
from styleswap.training.crops import recolour
from styleswap.training.judging.grid import sample
from styleswap.training.judging.references import PublishedInverse, descend

PICTURES = ("astronaut", "chelsea", "coffee", "rocket")
SIDE = 512
SWAPS = (("astronaut", "coffee"), ("chelsea", "rocket"))
SWAP_SIDE = 96
STEPS = 100
REFINED = 20
NOISE = 0.05


@dataclass(frozen=True)
class RoundTrip:
    """One picture through encoder and inverse network; PSNR in dB.

    Attributes:
        picture: its name.
        psnr: of f(Φ(x)).
        gradient_error: likewise.
        thumbnail_psnr: of the x4 thumbnail, enlarged.
        thumbnail_gradient_error: likewise.
        noise_loss: dB that noise on the activations costs.
        published_psnr: of the published network on VGG-19's activations, None without.
        published_gradient_error: likewise.
    """

    picture: str
    psnr: float
    gradient_error: float
    thumbnail_psnr: float
    thumbnail_gradient_error: float
    noise_loss: float
    published_psnr: float | None = None
    published_gradient_error: float | None = None


@dataclass(frozen=True)
class Swapped:
    """One swap of two pictures: relative errors in the encoder's own space.

    Attributes:
        content: name of a sample photo.
        style: likewise.
        error: of the network's picture.
        optimised_error: after `STEPS` of Adam from the content, without the network.
        refined_error: after `REFINED` steps from the network's picture.
    """

    content: str
    style: str
    error: float
    optimised_error: float
    refined_error: float

    @property
    def ratio(self) -> float:
        """The network's error over the optimiser's."""
        return self.error / self.optimised_error


@torch.no_grad()
def round_trip(
    model: Model,
    name: str,
    side: int = SIDE,
    teacher: Encoder | None = None,
    published: PublishedInverse | None = None,
) -> RoundTrip:
    """Measure f(Φ(x)) of one sample photo.

    Args:
        model: Φ and f.
        name: of the photo.
        side: its long side in pixels.
        teacher: VGG-19, for the published network.
        published: the network to measure beside.
    """
    picture = sample(name, side)
    activations = model.encode(picture)
    painted = model.paint(activations).clamp(0, 1)
    place = model.layout.place(RELU3_1)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(activations.shape, generator=generator).to(activations)
    power = activations.pow(2).mean((0, 2, 3), keepdim=True).sqrt()
    noisy = activations.clone()
    noisy[:, place] += (NOISE * power * noise)[:, place]
    disturbed = model.paint(noisy).clamp(0, 1)
    plain = measures.thumbnail(picture)
    clean = measures.psnr(painted, picture)
    reference: tuple[float, float] | tuple[None, None] = (None, None)
    if teacher is not None and published is not None:
        read = published(teacher(picture.to(model.device))).clamp(0, 1).cpu()
        reference = measures.psnr(read, picture), measures.gradient_error(read, picture)
    return RoundTrip(
        name,
        clean,
        measures.gradient_error(painted, picture),
        measures.psnr(plain, picture),
        measures.gradient_error(plain, picture),
        clean - measures.psnr(disturbed, picture),
        *reference,
    )


def swapped(model: Model, content: str, style: str, side: int = SWAP_SIDE) -> Swapped:
    """Measure f on a plain 3x3 swap of two sample photos."""
    picture = sample(content, side)
    with torch.no_grad():
        ours, theirs = model.features(picture), model.features(sample(style, side))
        picks = match(ours[RELU3_1], [theirs[RELU3_1]])
        _, height, width = ours.values.shape
        target = ours.with_values(paste(picks, [theirs.values], (height, width)))
        painted = model.paint(target.values[None]).clamp(0, 1)
        wanted = target[RELU3_1][None]
        error = measures.relative_error(model.encoder(painted.to(model.device)), wanted)
    best = descend(model.encoder, wanted, picture.to(model.device), STEPS)
    start = painted.to(model.device)
    refined = descend(model.encoder, wanted, start, REFINED, rate=REFINING_RATE)
    with torch.no_grad():
        others = (measures.relative_error(model.encoder(x), wanted) for x in (best, refined))
        return Swapped(content, style, error, *others)


def encoder_crops(side: int = SIDE // 2) -> Tensor:
    """The middles of the sample photos, and the same with two other sets of colours each.

    Natural photos hold few purples and greens; the recoloured ones hold every hue.

    Returns:
        (12, 3, side, side) in [0, 1].
    """
    photos = []
    for name in PICTURES:
        picture = sample(name, 2 * side)
        top, left = ((length - side) // 8 * 4 for length in picture.shape[2:])
        photos.append(picture[..., top : top + side, left : left + side])
    crops = torch.cat(photos)
    rng = np.random.default_rng(0)
    return torch.cat([crops, *(recolour(crops, rng, share=1) for _ in range(2))])
