"""After a transform: H gets the style's own mean and covariance.

Overlapping patches that are averaged take contrast and colour out of H, and what was picked is no
fair sample of the style. The map of `features.transport` brings both back.

A content of less contrast than the style, such as a night or a white page, keeps of its lightness
what is missing: of a third of the contrast two thirds.
"""

from __future__ import annotations

import torch

from styleswap.engine.features.covariance import Covariance, GatheredCovariance
from styleswap.engine.features.planes import RELU3_1, RGB, Features
from styleswap.engine.features.transport import Affine, retargeted, transport
from styleswap.engine.levels.level import Level
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.following import Following
from styleswap.engine.transforms.transform import Fitted, Transform

LUMA = 0.2126, 0.7152, 0.0722
"""Of red, green and blue with their curve (ITU-R BT.709)."""

LEAST_CONTRAST = 1e-6
"""Smallest variance of luma that is contrast."""


class StyleStatistics(Following[Affine | None]):
    """Gives H the style's statistics.

    Args:
        transform: that is followed.
        settings: how much, and how far lightness and colours stay the content's: where tone or hue
            go from 0.5 to 1.
    """

    def __init__(self, transform: Transform, settings: Settings) -> None:
        super().__init__(transform)
        self.amount = settings.style_statistics
        # Tone and hue are of centred matching.
        guided = settings.matching == "centred"
        own = settings.tone if settings.tones == "own" else max(0.0, 2 * settings.tone - 1)
        self.lightness = own if guided else 0.0
        self.chroma = max(0.0, 2 * settings.hue - 1) if guided else 0.0

    def learn(self, level: Level, fitted: Fitted, index: int, style: EncodedStyle) -> Affine | None:
        """The map of one style, from H where it has a part; None where it has none."""
        mixture, found, colours = level.context.mixture, GatheredCovariance(), GatheredCovariance()
        ingredient = mixture.styles[index]
        for tile in level.whole.cut(level.limit):
            level.context.tracker.poll()
            if mixture.part(ingredient, level.halvings, tile) is None:
                continue
            mask = ingredient.mask
            weights = None if mask is None else mask.cells(level.halvings, tile)
            features = fitted.features(index, tile)
            found.add(features.values, weights)
            if RGB in features:
                colours.add(level.colours(tile), weights)
        if found.weight == 0:
            return None
        level.context.tracker.poll()
        wanted = style.covariance
        if colours.weight:
            wanted = self._coloured(wanted, style.copies[0], colours.covariance())
        level.context.tracker.poll()
        return transport(found.covariance(), wanted, self.amount)

    def changed(self, found: Features, level: Level, cells: Tile, known: Affine | None) -> Features:
        """H, mapped; activations stay from 0 on."""
        if known is None:
            return found
        moved = found.with_values(known(found.values))
        moved[RELU3_1].clamp_(min=0)
        return moved

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
