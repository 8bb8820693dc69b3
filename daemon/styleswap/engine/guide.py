"""The guide: lightness and hue of the content help to choose among patches of like structure.

Standardised relu3_1 activations tell structure well and tones badly: in a smooth area every patch
is as good as any other smooth one, and the sky breaks into light and dark blotches. So the exact
colours that the cells carry take part in the match, as further channels: L, and a and b of Lab,
centred and divided by their spread like the activations, in content and style each by its own. The
lightest parts of the content then look for the lightest of the style, whatever the two ranges are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from styleswap.engine.colour import to_lab
from styleswap.engine.inverse import COLOURS

FULL = 0.5
"""Weight of a guide of 1, in units of √C: its variance is then a quarter of all activations'."""

LEAST_SPREAD = 2.0
"""Smallest spread of L, and of a and b, that is brought to 1: less is noise, not tones."""


def features(activations: Tensor, channels: int) -> Tensor:
    """What can be compared of cells: relu3_1, and Lab of the exact colour where they carry it.

    Args:
        activations: (C', h, w) of `Inverse.carry`.
        channels: C, those of relu3_1, which come first.

    Returns:
        (C + 3, h, w), or (C, h, w) where there is nothing after relu3_1.
    """
    if activations.shape[0] == channels:
        return activations
    lab = to_lab(activations[channels : channels + COLOURS].clamp(0, 1))
    return torch.cat([activations[:channels], lab])


def factors(deviation: Tensor, channels: int, tone: float, hue: float) -> Tensor:
    """What centred features are multiplied by before the match.

    Args:
        deviation: (C + 3,) or (C,) of `features`, positive.
        channels: C.
        tone: weight of lightness, 0 to 1.
        hue: weight of hue and chroma, 0 to 1.

    Returns:
        (C + 3,), or (C,) where neither has a weight or the features have no colour.
    """
    own = 1 / deviation[:channels]
    if len(deviation) == channels or not (tone or hue):
        return own
    lightness, a, b = deviation[channels:].unbind()
    chroma = ((a.square() + b.square()) / 2).sqrt()  # one for both: hues keep their angles
    full = FULL * channels**0.5
    light = tone * full / lightness.clamp(min=LEAST_SPREAD)
    coloured = hue * full / chroma.clamp(min=LEAST_SPREAD)
    return torch.cat([own, torch.stack([light, coloured, coloured])])
