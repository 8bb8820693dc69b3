"""After a transform: what takes the place of H for a style that has no texture to take.

Of one colour, or of a gradient, patches tell nothing, and its statistics would leave nothing of the
content. So the content keeps its shapes, and its colours move to the style's.
"""

from __future__ import annotations

from functools import partial

from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.pictures.colour import Palette, move_palette
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.styles.style import Recolouring, style_palette
from styleswap.engine.styles.texture import textured
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.following import Following
from styleswap.engine.transforms.transform import Fitted

KEPT = 0.25
"""Share of the covariance of the content's colours that stays, so that it can be read."""


def untouched(settings: Settings) -> bool:
    """Whether the plain swap is wished, whatever the style."""
    mended = settings.variety or settings.style_statistics or settings.detail
    return settings.transform == "patch-swap" and not mended


class Untextured(Following[Recolouring | None]):
    """Gives the recoloured content for styles without texture."""

    of_result = False

    def learn(
        self, level: Level, fitted: Fitted, index: int, style: EncodedStyle
    ) -> Recolouring | None:
        """The palettes to move the content's colours from and to; None for any other style."""
        source = level.context.mixture.styles[index].source
        if textured(source):
            return None
        own, wanted = style_palette(level.context.content), style_palette(source)
        return own, Palette(wanted.mean, wanted.covariance + KEPT * own.covariance)

    def changed(
        self, found: Features, level: Level, cells: Tile, known: Recolouring | None
    ) -> Features:
        """H, or the recoloured content's features."""
        if known is None:
            return found
        return level.recoloured(cells, partial(move_palette, source=known[0], target=known[1]))
