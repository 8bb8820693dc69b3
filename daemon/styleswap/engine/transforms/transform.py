"""A transform: how features of a content become those of its painting, H.

A transform is fitted to a level and a style of the painting, and then gives H over any cells. What
it keeps in between, such as the picks of the patch swap, is its own. Mixing of several styles,
strength, masks, passes, regions and the painters are the same for all transforms.
"""

from collections.abc import Sequence
from typing import Protocol

from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile


class Fitted(Protocol):
    """A transform that is fitted to a level and the styles of a painting."""

    def features(self, style: int, cells: Tile) -> Features:
        """H of one style over some cells: (C, h, w), on the model's device.

        Args:
            style: its place among the styles.
            cells: of those that the transform was fitted for.
        """

    def distinct(self, cells: Tile) -> float:
        """Share of the styles' patches that have a part in some cells, 0 to 1; mean by weight.

        0 of a transform that has no patches.
        """


class Transform(Protocol):
    """How a content's features become those of its painting."""

    @property
    def least(self) -> int:
        """Cells a side that a content has at least; a smaller one is continued by its border."""

    @property
    def surveys(self) -> bool:
        """Whether the query is surveyed over the whole picture before the transform is fitted."""

    @property
    def pieces(self) -> bool:
        """Whether H is put together of pieces of the style.

        What that spoils, the style's statistics and thin lines, is then mended by transforms that
        follow.
        """

    def measured(self, features: Features) -> Features:
        """The planes whose moments are taken over whole pictures, of content and styles alike."""

    def grids(self, level: Level) -> Sequence[Grid]:
        """The cells of a level whose features are sampled in the survey."""

    def reads(self, level: Level, cells: Tile) -> Tile:
        """The cells of the query that H over some cells needs; may reach beyond the level."""

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        """Multiply-adds of `fit`.

        Args:
            level: the content at a size.
            cells: to be fitted for.
            style_sizes: height and width of each style in pixels.
        """

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Fitted:
        """Fit the transform to a level; tells the level's tracker of the work.

        Args:
            level: the content at a size.
            cells: where H will be asked for.
            styles: of the painting.
            content: of the query over the whole picture, where the transform `surveys`.
            before: the same transform, fitted to the pass before; None in the first.

        Raises:
            Cancelled: the tracker says so.
        """
