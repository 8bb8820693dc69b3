"""Transforms that follow a transform: they change H by what is known of it over the whole picture.

What they need to know is found on levels that are small enough to be transformed in whole, whatever
part is wanted; a larger level takes it over from the pass before, or where there is none, from a
smaller copy of the content. So tiles and regions equal the whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey, overview, survey, survey_work
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms.transform import Fitted, Transform

Known = TypeVar("Known")


class _Recorded:
    """A fitted transform that remembers what a whole level, of one tile, became last."""

    def __init__(self, fitted: Fitted, whole: Tile) -> None:
        self.fitted, self.whole = fitted, whole
        self.found: dict[int, Features] = {}

    def features(self, style: int, cells: Tile) -> Features:
        """As of the transform."""
        found = self.fitted.features(style, cells)
        if cells == self.whole:
            self.found = {style: found}
        return found

    def distinct(self, cells: Tile) -> float:
        """As of the transform."""
        return self.fitted.distinct(cells)


@dataclass(frozen=True)
class Followed(Generic[Known]):
    """A fitted transform, and what follows it.

    Attributes:
        level: the content at a size.
        fitted: the transform.
        known: of each style, over the whole picture.
        following: what changes H by it.
        found: H over the whole level, by style: what the painting begins with is not made twice.
    """

    level: Level
    fitted: Fitted
    known: tuple[Known, ...]
    following: Following[Known]
    found: dict[int, Features] = field(default_factory=dict)

    def features(self, style: int, cells: Tile) -> Features:
        """H of one style over some cells, changed."""
        found = self.found.pop(style, None) if cells == self.level.whole else None
        if found is None:
            found = self.fitted.features(style, cells)
        return self.following.changed(found, self.level, cells, self.known[style])

    def distinct(self, cells: Tile) -> float:
        """As of the transform."""
        return self.fitted.distinct(cells)


class Following(ABC, Generic[Known]):
    """A transform that follows another one.

    Args:
        transform: that is followed.
    """

    of_result = True
    """Whether H itself has to be known over the whole picture, not the content and style alone."""

    def __init__(self, transform: Transform) -> None:
        self.transform = transform
        self.least = transform.least
        self.surveys = transform.surveys
        self.pieces = transform.pieces

    @abstractmethod
    def learn(self, level: Level, fitted: Fitted, index: int, style: EncodedStyle) -> Known:
        """What is to be known of a style.

        Args:
            level: that was fitted in whole.
            fitted: the transform; to this level only where `of_result`.
            index: of the style among those of the painting.
            style: its features.

        What it is given of `fitted` is painted with: it is not to be changed in place.
        """

    @abstractmethod
    def changed(self, found: Features, level: Level, cells: Tile, known: Known) -> Features:
        """H over some cells, changed by what is known of one style; `found` may be changed."""

    def measured(self, features: Features) -> Features:
        """As of the transform."""
        return self.transform.measured(features)

    def grids(self, level: Level) -> Sequence[Grid]:
        """As of the transform."""
        return self.transform.grids(level)

    def reads(self, level: Level, cells: Tile) -> Tile:
        """All of a level that is transformed in whole."""
        return self.transform.reads(level, self._wanted(level, cells))

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        """As of the transform, also where it is fitted to a smaller copy."""
        work = self.transform.work(level, self._wanted(level, cells), style_sizes)
        small = overview(level) if level.first else None
        if small is None or not self.of_result:
            return work
        if self.surveys:
            work += survey_work(small, small.whole, self.grids)
        return work + self.transform.work(small, small.whole, style_sizes)

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Followed[Known]:
        """As of every transform."""
        earlier = before if isinstance(before, Followed) else None
        inner = earlier.fitted if earlier is not None else None
        fitted = self.transform.fit(level, self._wanted(level, cells), styles, content, inner)
        small, recorded = overview(level), _Recorded(fitted, level.whole)
        if small is None:
            known = self._known(level, recorded, styles)
        elif earlier is not None:
            known = earlier.known
        elif not self.of_result:
            known = self._known(small, fitted, styles)
        else:
            about = survey(small, small.whole, self.measured, self.grids) if self.surveys else None
            whole = self.transform.fit(small, small.whole, styles, about, None)
            known = self._known(small, whole, styles)
        return Followed(level, fitted, known, self, recorded.found)

    def _known(
        self, level: Level, fitted: Fitted, styles: Sequence[EncodedStyle]
    ) -> tuple[Known, ...]:
        return tuple(self.learn(level, fitted, i, style) for i, style in enumerate(styles))

    def _wanted(self, level: Level, cells: Tile) -> Tile:
        """The cells that the followed transform is fitted for."""
        return level.whole if self.of_result and overview(level) is None else cells


def parts(level: Level, index: int) -> Iterator[tuple[Tile, Tensor | None]]:
    """The tiles of a level in which a style has a part.

    Returns:
        Each tile's cells with their weights, (h, w) in [0, 1]; None is 1 everywhere.
    """
    context = level.context
    ingredient = context.mixture.styles[index]
    for tile in level.whole.cut(level.limit):
        context.tracker.poll()
        if context.mixture.part(ingredient, level.halvings, tile) is not None:
            mask = ingredient.mask
            yield tile, None if mask is None else mask.cells(level.halvings, tile)
