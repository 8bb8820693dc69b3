"""What is to be done for a picture: its passes, the cells that each paints, and the work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from styleswap.engine.levels.context import Context
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.pyramid import plan_passes, style_size
from styleswap.engine.objectives import of_whole
from styleswap.engine.painting.optimise import ALIGNED, MARGIN, work
from styleswap.engine.painting.passes import Pass
from styleswap.engine.styles.style import StyleEncoder
from styleswap.engine.tiles import CELL, Span, Tile, rectangle
from styleswap.engine.transforms import Transform

PALETTE_LIMIT = 1024
"""Longest side in pixels of a pass that is painted in whole for its colours alone."""

Region = tuple[int, int, int, int]
"""x, y, width and height in pixels."""


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        passes: coarsest first; the last one gives the result.
        measured: the pass whose colours are measured for matched colours: the last one, or for a
            region of a large picture the last that is small enough to be painted in whole; None
            where it is `small`, or none is.
        small: one more pass, before all others, for that.
        area: pixels of the last pass that are the result.
        goal: cells that hold them.
        whole_work: multiply-adds of the whole painting.
    """

    passes: tuple[Pass, ...]
    measured: Pass | None
    small: Pass | None
    area: Tile
    goal: Tile
    whole_work: float

    @property
    def work(self) -> float:
        """Multiply-adds of what is to be done."""
        return _work(self.passes, self.small) + _second_sweep(self.passes, self.measured, self.goal)


@dataclass(frozen=True)
class Planner:
    """Plans the passes of a painting.

    Attributes:
        context: the painting.
        transform: what all passes transform with.
        encoder: of the styles, for all passes.
    """

    context: Context
    transform: Transform
    encoder: StyleEncoder

    def plan(self, full: tuple[int, int] | None, coarse_only: bool, region: Region | None) -> Plan:
        """Plan a picture.

        Args:
            full: height and width in pixels of what the content is a reduced copy of; the plan is
                the coarsest pass of that picture, over the content as it is. None where it is no
                copy.
            coarse_only: plan the coarsest pass only.
            region: plan what this part of the content needs; None for all of it.
        """
        own = self.context.content.size(0)
        passes = self._passes(full or own, self.context.settings.scales)
        measured, small = self._palette_passes(full or own, passes)
        whole_work = _work(passes, small) + _second_sweep(passes, measured, passes[-1].level.whole)
        if full is not None or coarse_only:
            passes = passes[:1]
            passes[0] = replace(passes[0], steps=self._steps(last=True))
            if full is not None:
                height, width = own
                level = replace(passes[0].level, halvings=0, height=height, width=width)
                passes[0] = replace(passes[0], level=level)
            measured, small = self._palette_passes(own, passes)
        last = passes[-1]
        area, goal = rectangle(last.level.height, last.level.width), last.level.whole
        if region is not None:
            x, y, width, height = region
            area = Tile(Span(y, y + height), Span(x, x + width))
            goal = area.cells(CELL)
            _narrow(passes, goal)
            measured, small = self._palette_passes(own, passes, limit=PALETTE_LIMIT)
            for part in passes if measured is not None else ():
                part.goal = part.level.whole
                if part is measured:
                    break
        return Plan(tuple(passes), measured, small, area, goal, whole_work)

    def _passes(self, size: tuple[int, int], scales: int) -> list[Pass]:
        """The passes of a picture of a height and width."""
        sizes = plan_passes(*size, scales)
        settings = self.context.settings
        return [
            Pass(
                Level(
                    self.context,
                    len(sizes) - 1 - step,
                    height,
                    width,
                    self.transform.least,
                    step == 0,
                ),
                self.transform,
                self.encoder,
                tuple(
                    style_size(
                        style.source.size(0),
                        max(sizes[0]),
                        step,
                        settings.style_scale,
                        self.transform.least,
                    )
                    for style in self.context.mixture.styles
                ),
                self._steps(last=step == len(sizes) - 1),
            )
            for step, (height, width) in enumerate(sizes)
        ]

    def _palette_passes(
        self, size: tuple[int, int], passes: list[Pass], limit: int = 0
    ) -> tuple[Pass | None, Pass | None]:
        """The pass whose colours are measured: one of these, or an additional small one.

        Args:
            size: height and width in pixels that the additional one is planned for.
            passes: all that are made.
            limit: longest side in pixels of a pass that can be measured; 0 is any, since it is
                painted in whole all the same. A single large pass has its colours measured on a
                small one.
        """
        if self.context.settings.colours != "matched":
            return None, None
        limit = limit or (PALETTE_LIMIT if len(passes) == 1 else max(size))
        fitting = [p for p in passes if max(p.level.height, p.level.width) <= limit]
        return (fitting[-1], None) if fitting else (None, self._passes(size, 0)[0])

    def _steps(self, *, last: bool) -> int:
        """Iterations of the optimisation in the last pass, or in one before."""
        settings = self.context.settings
        if settings.method == "feed-forward":
            return settings.refine if last else 0
        return settings.iterations if last or self.context.model.inverse is None else 0


def _narrow(passes: list[Pass], goal: Tile) -> None:
    """Have each pass paint what the next one reads, and the last one the goal."""
    passes[-1].goal = _optimised(passes[-1], goal)
    for before, part in zip(passes[-2::-1], passes[::-1], strict=False):
        before.goal = _optimised(before, part.read_of(before))


def _optimised(part: Pass, goal: Tile) -> Tile:
    """The cells to paint for a goal: with those around it, which move it, in an optimisation."""
    settings = part.level.context.settings
    if not part.steps:
        return goal
    if of_whole(settings):
        return part.level.whole
    outer = goal.around(MARGIN)
    if settings.objective != "activations" or settings.descent != "pixels":
        # Where coarser levels of the whole picture begin and end, those of the part do.
        outer = outer.cells(ALIGNED).pixels(ALIGNED)
    return outer.shared(part.level.whole)


def _second_sweep(passes: Sequence[Pass], measured: Pass | None, goal: Tile) -> float:
    """Multiply-adds of painting a last pass again, after its colours were measured."""
    last = passes[-1]
    if measured is not last or last.steps:  # what was optimised is kept
        return 0.0
    return last.painting_work(goal)


def _work(passes: Iterable[Pass], small: Pass | None) -> float:
    return sum(part.work + work(part) for part in (*passes, *filter(None, (small,))))
