"""After a transform: H gets the style's own mean and covariance.

Overlapping patches that are averaged take contrast and colour out of H, and what was picked is no
fair sample of the style. Optimal transport (`features.linear`) brings both back.

A content of less contrast than the style, such as a night or a white page, keeps of its lightness
what is missing: of a third of the contrast two thirds.
"""

from __future__ import annotations

from functools import partial

import torch

from styleswap.engine.features.covariance import Covariance, GatheredCovariance
from styleswap.engine.features.linear import retargeted, transport
from styleswap.engine.features.planes import RGB, Features
from styleswap.engine.levels.level import Level
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.transforms.following import parts
from styleswap.engine.transforms.linear import Linear
from styleswap.engine.transforms.transform import Transform

LUMA = 0.2126, 0.7152, 0.0722
"""Of red, green and blue with their curve (ITU-R BT.709)."""

LEAST_CONTRAST = 1e-6
"""Smallest variance of luma that is contrast."""


class StyleStatistics(Linear):
    """Gives H the style's statistics.

    Args:
        transform: that is followed.
        settings: how much, and how far lightness and colours stay the content's: where tone or hue
            go from 0.5 to 1.
    """

    def __init__(self, transform: Transform, settings: Settings) -> None:
        super().__init__(transform, partial(transport, amount=settings.style_statistics))
        # Tone and hue are of centred matching.
        guided = settings.matching == "centred"
        own = settings.tone if settings.tones == "own" else max(0.0, 2 * settings.tone - 1)
        self.lightness = own if guided else 0.0
        self.chroma = max(0.0, 2 * settings.hue - 1) if guided else 0.0

    def wanted(self, level: Level, index: int, style: EncodedStyle) -> Covariance:
        """The style's, with as much of the content's lightness and colours as is wished."""
        like = style.copies[0]
        if RGB not in like:
            return style.covariance
        colours = GatheredCovariance()
        for tile, weights in parts(level, index):
            colours.add(level.colours(tile), weights)
        return self._coloured(style.covariance, like, colours.covariance())

    def _coloured(self, style: Covariance, like: Features, content: Covariance) -> Covariance:
        """The style's statistics with the content's lightness and colours, as far as is wished."""
        place = like.layout.place(RGB)
        luma = torch.zeros(len(style.mean), dtype=torch.float64)
        luma[place] = torch.tensor(LUMA, dtype=torch.float64)
        ours = float(luma[place] @ content.matrix @ luma[place])
        contrast = (ours / max(float(luma @ style.matrix @ luma), LEAST_CONTRAST)) ** 0.5
        light = max(self.lightness, 1 - contrast)
        measures = [(light, LUMA), (self.chroma, (1, -1, 0)), (self.chroma, (0, -1, 1))]
        # All at once: one after the other, the later would move what the former has set.
        chosen = [(amount, axis) for amount, axis in measures if amount > 0]
        if not chosen:
            return style
        share = torch.tensor([amount for amount, _ in chosen], dtype=torch.float64)
        axes = torch.tensor([axis for _, axis in chosen], dtype=torch.float64)
        whole = style.matrix.new_zeros(len(axes), len(style.mean))
        whole[:, place] = axes
        own, theirs = (
            (w @ c.mean, w @ c.matrix @ w.T) for w, c in ((whole, style), (axes, content))
        )
        rest, part = (1 - share).sqrt(), share.sqrt()
        wanted = Covariance(
            torch.lerp(own[0], theirs[0], share),
            torch.outer(rest, rest) * own[1] + torch.outer(part, part) * theirs[1],
        )
        return retargeted(style, whole, wanted, 1.0)
