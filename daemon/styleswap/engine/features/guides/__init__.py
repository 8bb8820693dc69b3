"""Guides: more planes to compare than the encoder's, the same on the content and on the style.

Standardised relu3_1 activations tell structure well and tones badly: in a smooth area every patch
is as good as any other smooth one, and the sky breaks into light and dark blotches. A guide adds
planes that take part in the match, centred and weighted.

A new guide is a module here that makes one, or several that belong together, of the settings by the
name `guides`; it is the choice of the control `guide` that is called like the module.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from styleswap.engine.choices import chosen
from styleswap.engine.features.guides.guide import Guide
from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import RELU3_1, Features, joined
from styleswap.engine.settings import Settings

__all__ = [
    "Guide",
    "aligned",
    "comparable",
    "compared_as_they_are",
    "guides_of",
    "standardised",
]

FULL = 0.5
"""Weight of a guide of 1, in units of √C: its variance is then a quarter of all activations'."""


def guides_of(settings: Settings) -> Sequence[Guide]:
    """The guides that the settings choose."""
    made: Sequence[Guide] = chosen(__name__, "guides", settings.guide)(settings)
    return made


def comparable(features: Features, guides: Sequence[Guide]) -> Features:
    """What can be compared of cells: relu3_1, and the guides' planes."""
    parts = [(guide.name, guide.planes(features)) for guide in guides]
    found = [(name, planes) for name, planes in parts if planes is not None]
    if not found and len(features.layout.sizes) == 1:
        return features
    return joined([(RELU3_1, features[RELU3_1]), *found])


def aligned(content: Moments, style: Moments, guides: Sequence[Guide]) -> Moments:
    """A content's moments, with the style's of the planes that are compared as they are."""
    mean, deviation = content.mean.clone(), content.deviation.clone()
    for guide in guides:
        if guide.absolute and guide.name in content.layout:
            start = content.layout.place(guide.name).start
            for plane in guide.absolute:
                mean[start + plane] = style.mean[start + plane]
                deviation[start + plane] = style.deviation[start + plane]
    return Moments(mean, deviation, content.layout)


def compared_as_they_are(features: Features, guides: Sequence[Guide]) -> Tensor | None:
    """The guides' planes whose values mean the same in content and style: (k, h, w), or None."""
    found = []
    for guide in guides:
        planes = guide.planes(features) if guide.absolute else None
        if planes is not None:
            found.append(planes[list(guide.absolute)])
    return torch.cat(found) if found else None


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
