"""Periodic patterns in pictures: power spectra along rows and columns.

A network that enlarges activations may weave, that is, lay a faint pattern over all it paints whose
period is a cell of the activations or a part of one (Odena et al. 2016, "Deconvolution and
checkerboard artifacts").
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from styleswap.training.measures import LUMA

CLEAR = 2
"""Bins on either side of a pattern's own that a Hann window lets it reach."""


def power_spectrum(pictures: Sequence[Tensor]) -> Tensor:
    """Mean power of the luma along all rows and columns, after a Hann window.

    Lines are cut to the shortest side, rounded down to a multiple of 16, so that periods of 2, 4,
    8 and 16 px have a bin each. A sine of amplitude A puts A² in its bin.

    Args:
        pictures: (1, 3, H, W) each, sides of 16 px at least.

    Returns:
        (n / 2 + 1,): the power at frequencies of 0 to 1/2 per pixel.
    """
    length = min(min(p.shape[2:]) for p in pictures) // 16 * 16
    window = torch.hann_window(length)
    power = []
    for picture in pictures:
        luma = (picture[0].float().cpu() * torch.tensor(LUMA).view(3, 1, 1)).sum(0)
        for lines in (luma[:, :length], luma[:length].T):
            flat = lines - lines.mean(1, keepdim=True)
            power.append(torch.fft.rfft(flat * window).abs().pow(2).mean(0))
    return torch.stack(power).mean(0) * (2 / window.sum()) ** 2


def prominence(power: Tensor, frequency: float) -> float:
    """How far a pattern stands out: the mean power around a frequency over its neighbours' median.

    1 is no pattern, but for chance.

    Args:
        power: of `power_spectrum`.
        frequency: per pixel; 1/4 is a pattern of 4 px.
    """
    place, around = _neighbours(power, frequency)
    return float(power[place - 1 : place + 2].mean() / around.clamp(min=1e-20))


def amplitude(power: Tensor, frequency: float, usual: float) -> float:
    """Amplitude of a pattern, root mean square over lines, in the units of the pictures.

    Args:
        power: of `power_spectrum`.
        frequency: per pixel.
        usual: prominence that is no pattern; only power above it counts.
    """
    place, around = _neighbours(power, frequency)
    beyond = float((power[place] - usual * around).clamp(min=0)) ** 0.5
    return beyond / 2 if place == len(power) - 1 else beyond  # the last bin has no mirrored twin


def _neighbours(power: Tensor, frequency: float) -> tuple[int, Tensor]:
    """The bin of a frequency and the median power of the bins around it."""
    length = 2 * (len(power) - 1)
    place = round(length * frequency)
    reach = max(2 * CLEAR, length // 24)
    below = power[max(1, place - reach) : place - CLEAR]
    above = power[place + CLEAR + 1 : place + reach + 1]
    return place, torch.cat([below, above]).median()
