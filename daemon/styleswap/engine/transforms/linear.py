"""After a transform: one linear map of every cell, from H's statistics to the style's."""

from __future__ import annotations

from styleswap.engine.features.covariance import Covariance, GatheredCovariance
from styleswap.engine.features.linear import Affine, Between
from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.following import Following, parts
from styleswap.engine.transforms.transform import Fitted, Transform


class Linear(Following[Affine | None]):
    """Gives H a style's statistics, of all planes together, by one linear map.

    Args:
        transform: that is followed.
        between: makes the map.
    """

    def __init__(self, transform: Transform, between: Between) -> None:
        super().__init__(transform)
        self.between = between

    def learn(self, level: Level, fitted: Fitted, index: int, style: EncodedStyle) -> Affine | None:
        """The map of one style, from H where it has a part; None where it has none."""
        found = GatheredCovariance()
        for tile, weights in parts(level, index):
            found.add(fitted.features(index, tile).values, weights)
        if found.weight == 0:
            return None
        wanted = self.wanted(level, index, style)
        level.context.tracker.poll()
        return self.between(found.covariance(), wanted)

    def wanted(self, level: Level, index: int, style: EncodedStyle) -> Covariance:
        """The statistics that H is to have where a style has a part: the style's own."""
        return style.covariance

    def changed(self, found: Features, level: Level, cells: Tile, known: Affine | None) -> Features:
        """H, mapped; activations stay from 0 on."""
        if known is None:
            return found
        moved = found.with_values(known(found.values))
        moved[RELU3_1].clamp_(min=0)
        return moved
