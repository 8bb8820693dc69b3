"""All passes of a painting, one after the other, the last one into the result."""

from collections.abc import Callable

import torch
from torch import Tensor

from styleswap.engine.levels.carry import Carry
from styleswap.engine.levels.level import Level
from styleswap.engine.painting.decode import Decoder
from styleswap.engine.painting.finish import finished_in, give_back
from styleswap.engine.painting.matched import Measure
from styleswap.engine.painting.optimise import Optimiser, Seen
from styleswap.engine.painting.painter import Painter, Store
from styleswap.engine.painting.passes import Pass
from styleswap.engine.painting.plan import Plan
from styleswap.engine.painting.previews import reduced, shown_after
from styleswap.engine.painting.target import Target
from styleswap.engine.pictures.raster import Raster
from styleswap.engine.styles.style import Recolouring, style_palette
from styleswap.engine.tiles import CELL, Tile, rectangle
from styleswap.engine.transforms import Fitted

Preview = Callable[[Tensor], None]
"""Takes the coarsest pass: (h, w, C) of the content's type."""


def paint(plan: Plan, result: Raster, preview: Preview | None) -> float:
    """Run all passes.

    Args:
        plan: of the painting.
        result: where the last pass is stored.
        preview: takes the coarsest one.

    Returns:
        The share of distinct style patches in the last.
    """
    context = plan.passes[0].level.context
    settings, mixture = context.settings, context.mixture
    context.tracker.total = plan.work
    recolouring = None
    if settings.colours == "content":
        wanted = style_palette(context.content)
        recolouring = [(style_palette(style.source), wanted) for style in mixture.styles]
    moving = None
    if plan.small is not None:
        # A single pass on a large picture, or a region: colours are measured on a coarse pass.
        measure = Measure(plan.small.level)
        _painter(plan.small, plan.small.target(None)).paint(measure, full=True)
        moving = measure.moving()
    carry: Carry | None = None
    fitted: Fitted | None = None
    for part in plan.passes:
        level, last = part.level, part is plan.passes[-1]
        level.carry = carry
        target = part.target(recolouring, fitted)
        fitted = target.fitted
        seen = None if preview is None else _seen(plan, part, result, moving, preview)
        painter = _painter(part, target, seen)
        shown, measure = moving, Measure(level)
        previewed = level.first and not last and not part.steps and preview is not None
        counted = settings.colours == "matched" and (part is plan.measured or previewed)
        if not last:
            before = torch.empty(3, level.height, level.width, dtype=torch.float16)
            keep = _keep_in(before)
            painter.paint(_both(keep, measure) if counted else keep, full=True)
            carry = Carry(before)
        elif counted:
            # An optimised picture is not made twice: its own colours are measured, at any strength.
            strength = settings.strength if part.steps else 1.0
            painter.paint(measure, strength, full=not part.steps)
        if counted:
            shown = measure.moving()
        if part is plan.measured:
            moving = shown
        if previewed and preview is not None:
            coarse = room_for(level, result)
            store = finished_in(context, level.halvings, coarse, (0, 0), shown)
            painter.paint(store, settings.strength, advance=False)
            preview(coarse.values)
    painter.prepare(settings.strength)
    part.goal = plan.goal
    corner = plan.area.rows.start, plan.area.columns.start
    store = finished_in(context, level.halvings, result, corner, moving)
    painter.paint(store, settings.strength)
    if level.first and preview is not None:
        preview(result.values)
    return target.fitted.distinct(part.needed)


def unpainted(level: Level, result: Raster) -> Tensor:
    """The content at a level's size, in the result's format: (h, w, C)."""
    coarse = room_for(level, result)
    give_back(level.context, level.halvings, rectangle(level.height, level.width), coarse)
    return coarse.values


def room_for(level: Level, result: Raster) -> Raster:
    """Room for the picture of a level, in the result's format."""
    shape = (level.height, level.width, result.values.shape[2])
    return Raster(torch.empty(shape, dtype=result.values.dtype), result.linear)


def _painter(part: Pass, target: Target, seen: Seen | None = None) -> Painter:
    """What paints a pass: an optimisation where it has steps, else the inverse network."""
    return Optimiser(part, target, seen) if part.steps else Decoder(part, target)


def _seen(
    plan: Plan, part: Pass, result: Raster, moving: Recolouring | None, preview: Preview
) -> Seen:
    """Previews in the course of a pass's optimisation, all at the coarsest pass's size."""
    first, last = plan.passes[0].level, part is plan.passes[-1]
    context = first.context
    settings, whole = context.settings, rectangle(first.height, first.width)
    shown = shown_after(part.steps, last=last)

    def seen(picture: Tensor, step: int) -> None:
        if step not in shown:
            return
        small = reduced(picture, part.level, first)
        if not last:
            # A pass before the last one is painted at full strength, for the next one to read.
            coverage = context.mixture.pixels(first.halvings, whole)
            amount = torch.tensor(settings.strength) * (1 if coverage is None else coverage)
            small = torch.lerp(first.pixels(whole)[0], small, amount)
        moved = moving
        if moved is None and settings.colours == "matched":
            measure = Measure(first)
            measure(first.whole, small)
            moved = measure.moving()
        coarse = room_for(first, result)
        finished_in(context, first.halvings, coarse, (0, 0), moved)(first.whole, small)
        preview(coarse.values)

    return seen


def _both(one: Store, other: Store) -> Store:
    """Store tiles twice."""

    def store(tile: Tile, painted: Tensor) -> None:
        one(tile, painted)
        other(tile, painted)

    return store


def _keep_in(canvas: Tensor) -> Store:
    """Store tiles in a (3, H, W) tensor."""

    def store(tile: Tile, painted: Tensor) -> None:
        top, left = tile.rows.start * CELL, tile.columns.start * CELL
        _, height, width = painted.shape
        canvas[:, top : top + height, left : left + width] = painted

    return store
