"""What is to be done for a picture: its passes, the cells that each paints, and the work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from styleswap.engine.encoder import CELL
from styleswap.engine.one_pass import Job, Pass
from styleswap.engine.optimise import MARGIN, work
from styleswap.engine.passes import plan_passes, style_size
from styleswap.engine.tiles import Span, Tile

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


def make_plan(
    job: Job, full: tuple[int, int] | None, coarse_only: bool, region: Region | None
) -> Plan:
    """Plan a picture.

    Args:
        job: the picture.
        full: height and width in pixels of what the content is a reduced copy of; the plan is the
            coarsest pass of that picture, over the content as it is. None where it is no copy.
        coarse_only: plan the coarsest pass only.
        region: plan what this part of the content needs; None for all of it.
    """
    own = job.content.size(0)
    passes = _passes(job, full or own, job.settings.scales)
    measured, small = _palette_passes(job, full or own, passes)
    whole_work = _work(passes, small) + _second_sweep(passes, measured, passes[-1].whole)
    if full is not None:
        passes = [replace(passes[0], level=0, height=own[0], width=own[1])]
        passes[0].steps = _steps(job, last=True)
        measured, small = _palette_passes(job, own, passes)
    elif coarse_only:
        passes = passes[:1]
        passes[0].steps = _steps(job, last=True)
        measured, small = _palette_passes(job, own, passes)
    last = passes[-1]
    area, goal = Tile(Span(0, last.height), Span(0, last.width)), last.whole
    if region is not None:
        x, y, width, height = region
        area = Tile(Span(y, y + height), Span(x, x + width))
        goal = Tile(area.rows.cells(CELL), area.columns.cells(CELL))
        _narrow(passes, goal)
        measured, small = _palette_passes(job, own, passes, limit=PALETTE_LIMIT)
        for one in passes if measured is not None else ():
            one.goal = one.whole
            if one is measured:
                break
    return Plan(tuple(passes), measured, small, area, goal, whole_work)


def _passes(job: Job, size: tuple[int, int], scales: int) -> list[Pass]:
    """The passes of a picture of a height and width."""
    sizes = plan_passes(*size, scales)
    scale, patch_size = job.settings.style_scale, job.settings.patch_size
    return [
        Pass(
            job,
            len(sizes) - 1 - step,
            height,
            width,
            tuple(
                style_size(style.source.size(0), max(sizes[0]), step, scale, patch_size)
                for style in job.mixture.styles
            ),
            step == 0,
            _steps(job, last=step == len(sizes) - 1),
        )
        for step, (height, width) in enumerate(sizes)
    ]


def _palette_passes(
    job: Job, size: tuple[int, int], passes: list[Pass], limit: int = 0
) -> tuple[Pass | None, Pass | None]:
    """The pass whose colours are measured: one of these, or an additional small one.

    Args:
        job: the picture.
        size: height and width in pixels that the additional one is planned for.
        passes: all that are made.
        limit: longest side in pixels of a pass that can be measured; 0 is any, since it is painted
            in whole all the same. A single large pass has its colours measured on a small one.
    """
    if job.settings.colours != "matched":
        return None, None
    limit = limit or (PALETTE_LIMIT if len(passes) == 1 else max(size))
    fitting = [one for one in passes if max(one.height, one.width) <= limit]
    return (fitting[-1], None) if fitting else (None, _passes(job, size, 0)[0])


def _steps(job: Job, *, last: bool) -> int:
    """Iterations of the optimisation in the last pass, or in one before."""
    settings = job.settings
    if settings.method == "feed-forward":
        return settings.refine if last else 0
    return settings.iterations if last or job.model.inverse is None else 0


def _narrow(passes: list[Pass], goal: Tile) -> None:
    """Have each pass paint what the next one reads, and the last one the goal."""
    passes[-1].goal = _optimised(passes[-1], goal)
    for before, one in zip(passes[-2::-1], passes[::-1], strict=False):
        before.goal = _optimised(before, one.read_of(before))


def _optimised(one: Pass, goal: Tile) -> Tile:
    """The cells to paint for a goal: with those around it, which move it, in an optimisation."""
    if not one.steps:
        return goal
    rows, columns = one.whole.rows, one.whole.columns
    return Tile(
        goal.rows.around(MARGIN).shared(rows),
        goal.columns.around(MARGIN).shared(columns),
    )


def _second_sweep(passes: Sequence[Pass], measured: Pass | None, goal: Tile) -> float:
    """Multiply-adds of painting a last pass again, after its colours were measured."""
    last = passes[-1]
    if measured is not last or last.steps:  # what was optimised is kept
        return 0.0
    return last.painting_work(goal)


def _work(passes: Iterable[Pass], small: Pass | None) -> float:
    return sum(p.work() + work(p) for p in (*passes, *filter(None, (small,))))
