"""EFDM: every plane of the query gets the distribution of the style's (Zhang et al. 2022)."""

from __future__ import annotations

from styleswap.engine.features.planes import Features
from styleswap.engine.features.quantiles import GatheredQuantiles, Rising, rising
from styleswap.engine.levels.level import Level
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.following import Following, parts
from styleswap.engine.transforms.transform import Fitted, Transform
from styleswap.engine.transforms.unchanged import Unchanged


class Distribution(Following[Rising | None]):
    """Gives every plane of H the style's values in the order of its own."""

    def learn(self, level: Level, fitted: Fitted, index: int, style: EncodedStyle) -> Rising | None:
        """The map of one style, from H where it has a part; None where it has none."""
        found, wanted = GatheredQuantiles(), GatheredQuantiles()
        for tile, weights in parts(level, index):
            found.add(fitted.features(index, tile).values, weights)
        if found.weight == 0:
            return None
        for copy in style.copies:
            wanted.add(copy.values)
        level.context.tracker.poll()
        return rising(found.quantiles(), wanted.quantiles())

    def changed(self, found: Features, level: Level, cells: Tile, known: Rising | None) -> Features:
        """H, mapped."""
        return found if known is None else found.with_values(known(found.values))


def transform(settings: Settings) -> Transform:
    """It has no settings."""
    return Distribution(Unchanged())
