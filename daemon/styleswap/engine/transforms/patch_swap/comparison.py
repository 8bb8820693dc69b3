"""What is compared of content and style: relu3_1 as it is, or centred and with the guides."""

from __future__ import annotations

from torch import Tensor

from styleswap.engine.features.guides import (
    aligned,
    comparable,
    compared_as_they_are,
    guides_of,
    standardised,
)
from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.levels.survey import Survey
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle


class Comparison:
    """Makes what is matched, of the features of content and style.

    Args:
        settings: matching and guide.
    """

    def __init__(self, settings: Settings) -> None:
        self.guides = guides_of(settings)
        self.centred = settings.matching == "centred"
        self.absolute = self.centred and any(guide.absolute for guide in self.guides)
        self.tolerance = 1 / settings.tone if settings.tone else 0.0

    def measured(self, features: Features) -> Features:
        """What centred matching compares, before it is centred."""
        return comparable(features, self.guides)

    def of_style(self, features: Features, style: EncodedStyle) -> Tensor:
        """Of a copy of a style: (C, h, w)."""
        if not self.centred:
            return features[RELU3_1]
        return standardised(features, self.guides, style.moments)

    def of_content(self, features: Features, content: Survey | None, style: EncodedStyle) -> Tensor:
        """Of a content's cells, for one style: (C, h, w); the same for all but for own tones."""
        if not self.centred:
            return features[RELU3_1]
        assert content is not None
        moments = content.moments
        if self.absolute:
            moments = aligned(moments, style.moments, self.guides)
        return standardised(features, self.guides, moments)

    def tones(self, features: Features) -> Tensor | None:
        """What has to be alike whatever the pictures' ranges: (k, h, w), or None."""
        return compared_as_they_are(features, self.guides) if self.absolute else None
