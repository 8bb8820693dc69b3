"""Guides: more planes to compare than the encoder's, the same on the content and on the style.

Standardised relu3_1 activations tell structure well and tones badly: in a smooth area every patch
is as good as any other smooth one, and the sky breaks into light and dark blotches. A guide adds
planes that take part in the match, centred and weighted: those of the colour guide are L, and a and
b of Lab, each divided by its spread in content and style on its own. The lightest parts of the
content then look for the lightest of the style, whatever the two ranges are.

A new guide is a class like `Colours` in a file of its own, in `GUIDES` by the nick of its choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import LAB, RELU3_1, RGB, Features, joined
from styleswap.engine.pictures.colour import to_lab
from styleswap.engine.settings import Settings

FULL = 0.5
"""Weight of a guide of 1, in units of √C: its variance is then a quarter of all activations'."""

LEAST_SPREAD = 2.0
"""Smallest spread of L, and of a and b, that is brought to 1: less is noise, not tones."""


class Guide(Protocol):
    """More planes to compare."""

    @property
    def name(self) -> str:
        """Of its planes."""

    def planes(self, features: Features) -> Tensor | None:
        """The planes of a part of a picture: (c, h, w), one number c for content and style.

        None where the features lack what they are made of.
        """

    def weights(self, deviation: Tensor, full: float) -> Tensor | None:
        """What the centred planes are multiplied by before the match.

        Args:
            deviation: (c,) of the planes over the picture, positive.
            full: what a deviation of a guide of full weight becomes.

        Returns:
            (c,); None where the guide has no weight.
        """


class Colours:
    """Lightness, and hue with chroma, of the exact colour.

    Args:
        tone: weight of lightness, 0 to 1.
        hue: weight of hue and chroma, 0 to 1.
    """

    name = LAB

    def __init__(self, tone: float, hue: float) -> None:
        self.tone, self.hue = tone, hue

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


GUIDES: dict[str, Callable[[Settings], Sequence[Guide]]] = {
    "colours": lambda settings: (Colours(settings.tone, settings.hue),)
}
"""The guides of a choice of the control `guide`, made of the settings."""


def comparable(features: Features, guides: Sequence[Guide]) -> Features:
    """What can be compared of cells: relu3_1, and the guides' planes."""
    parts = [(guide.name, guide.planes(features)) for guide in guides]
    found = [(name, planes) for name, planes in parts if planes is not None]
    if not found and len(features.layout.sizes) == 1:
        return features
    return joined([(RELU3_1, features[RELU3_1]), *found])


def standardised(features: Features, guides: Sequence[Guide], moments: Moments) -> Tensor:
    """What is compared of cells: relu3_1 and the guides' planes, centred and weighted.

    Args:
        features: of some cells.
        guides: those of weight 0 add no planes.
        moments: of `comparable` features, over the whole picture.

    Returns:
        (C + planes, h, w).
    """
    mean, deviation = moments.of(RELU3_1)
    means, weights, weighted = [mean], [1 / deviation], []
    full = FULL * len(mean) ** 0.5
    for guide in guides:
        if guide.name not in moments.layout:
            continue
        mean, deviation = moments.of(guide.name)
        weight = guide.weights(deviation, full)
        if weight is not None:
            means.append(mean)
            weights.append(weight)
            weighted.append(guide)
    compared = comparable(features, weighted).values if weighted else features[RELU3_1]
    centred = compared - torch.cat(means).view(-1, 1, 1)
    return centred.mul_(torch.cat(weights).view(-1, 1, 1))
