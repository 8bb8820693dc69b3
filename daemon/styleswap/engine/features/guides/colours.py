"""The guide of colours: L, and a and b of Lab, each divided by its spread in content and style.

The lightest parts of the content then look for the lightest of the style, whatever the two ranges
are; or, with the content's own tones, for what is as light as they are.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from styleswap.engine.features.guides.guide import Guide
from styleswap.engine.features.planes import LAB, RGB, Features
from styleswap.engine.pictures.colour import to_lab
from styleswap.engine.settings import Settings

LEAST_SPREAD = 2.0
"""Smallest spread of L, and of a and b, that is brought to 1: less is noise, not tones."""


class Colours:
    """Lightness, and hue with chroma, of the exact colour.

    Args:
        tone: weight of lightness, 0 to 1.
        hue: weight of hue and chroma, 0 to 1.
        own: lightness is compared as it is.
    """

    name = LAB

    def __init__(self, tone: float, hue: float, *, own: bool = False) -> None:
        self.tone, self.hue = tone, hue
        self.absolute = (0,) if own and tone else ()

    def planes(self, features: Features) -> Tensor | None:
        """L, a, b: (3, h, w)."""
        return to_lab(features[RGB].clamp(0, 1)) if RGB in features else None

    def weights(self, deviation: Tensor, full: float) -> Tensor | None:
        """As of every guide."""
        if not (self.tone or self.hue):
            return None
        lightness, a, b = deviation.unbind()
        chroma = ((a.square() + b.square()) / 2).sqrt()  # one for both: hues keep their angles
        light = self.tone * full / lightness.clamp(min=LEAST_SPREAD)
        coloured = self.hue * full / chroma.clamp(min=LEAST_SPREAD)
        return torch.stack([light, coloured, coloured])


def guides(settings: Settings) -> Sequence[Guide]:
    """Tone and hue are one guide: they are planes of one colour."""
    return (Colours(settings.tone, settings.hue, own=settings.tones == "own"),)
