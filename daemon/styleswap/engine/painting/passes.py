"""One pass: what is read, transformed and painted of the content at one size.

A pass goes through its tiles up to three times, for the moments of the query, for the transform and
for the painting, so that the join of the tiles is the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import survey, survey_work, surveyed
from styleswap.engine.painting.target import Target
from styleswap.engine.styles.style import Recolouring, StyleEncoder
from styleswap.engine.tiles import CELL, Tile
from styleswap.engine.transforms import Fitted, Transform

DECODER_WORK = 1.2
"""Multiply-adds of the inverse network for a cell, in units of the encoder's."""


@dataclass
class Pass:
    """One pass over the content.

    Attributes:
        level: the content at its size.
        transform: of the painting.
        encoder: of the styles.
        style_sizes: height and width of each style in pixels.
        steps: iterations of the optimisation (see `optimise`); 0 is the inverse network's picture.
        goal: the cells to paint: all of them, unless it is set to a part. No more than these needs
            is read and transformed.
    """

    level: Level
    transform: Transform
    encoder: StyleEncoder
    style_sizes: tuple[tuple[int, int], ...]
    steps: int = 0
    goal: Tile = field(init=False)

    def __post_init__(self) -> None:
        self.goal = self.level.whole

    @property
    def halo(self) -> int:
        """Cells around some that the inverse network paints them with."""
        return -(-self.level.context.model.reach // CELL)

    @property
    def painted(self) -> bool:
        """Whether the inverse network paints the pass, be it as a start alone."""
        return not self.steps or self.level.context.settings.needs_inverse

    def target(
        self, recolouring: Sequence[Recolouring] | None, before: Fitted | None = None
    ) -> Target:
        """Encode the styles and transform the query, as far as the goal needs it.

        Args:
            recolouring: for each style the palettes to move its colours from and to, or None.
            before: the transform as it was fitted to the pass before.
        """
        level, transform = self.level, self.transform
        level.context.tracker.enter("encoding")
        ingredients = level.context.mixture.styles
        styles = self.encoder.encode_all(ingredients, self.style_sizes, recolouring)
        known = None
        if transform.surveys:
            known = survey(level, self.surveyed, transform.measured, transform.grids)

        def pictures(style: int) -> Sequence[Tensor]:
            moved = recolouring[style] if recolouring else None
            return self.encoder.pictures(ingredients[style].source, self.style_sizes[style], moved)

        fitted = transform.fit(level, self.needed, styles, known, before)
        return Target(level, fitted, styles, pictures)

    # -- what the goal needs ---------------------------------------------------------------------

    @property
    def needed(self) -> Tile:
        """The cells whose features the goal is painted of."""
        return self.level.around(self.goal, self.halo)

    @property
    def surveyed(self) -> Tile:
        """The cells that are measured where the transform wants it."""
        return surveyed(self.level, self.goal, self.transform.reads(self.level, self.needed))

    def read_of(self, before: Pass) -> Tile:
        """The cells of the pass before that this pass reads."""
        query = self.transform.reads(self.level, self.needed)
        if self.transform.surveys:
            query = query.joined(self.surveyed)
        return self.level.read_of(query, before.level)

    # -- bookkeeping -----------------------------------------------------------------------------

    def painting_work(self, goal: Tile) -> float:
        """Multiply-adds of painting some cells with the inverse network."""
        cells = len(goal.rows) * len(goal.columns)
        return cells * DECODER_WORK * self.level.context.model.encoder.work * 1.3

    @property
    def work(self) -> float:
        """Multiply-adds of the pass without an optimisation, for the progress."""
        work = self.transform.work(self.level, self.needed, self.style_sizes)
        if self.transform.surveys:
            work += survey_work(self.level, self.surveyed, self.transform.grids)
        if self.painted:
            work += self.painting_work(self.goal)
        return work + sum(self.encoder.work(size) for size in self.style_sizes)

    def describe(self) -> str:
        """Size and tiles, for the report."""
        count = len(list(self.goal.cut(self.level.limit)))
        plural = "s" if count > 1 else ""
        return f"{self.level.width}x{self.level.height}: {count} tile{plural}"
