"""One picture through encoder, swap and inverse network: passes, colours, strength.

``stylize`` is the engine's front door. Passes run from coarse to fine (see `passes`); each works in
tiles (see `one_pass`); the last one is written to the result with strength, colours and alpha.
Where only a region is wanted, each pass paints no more than the next one reads of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.colour import Palette, move_palette, with_colours_of
from styleswap.engine.encoder import CELL
from styleswap.engine.errors import InvalidPicture
from styleswap.engine.matched import Measure
from styleswap.engine.mixture import FAINT, Styled, mix
from styleswap.engine.model import Model
from styleswap.engine.one_pass import Job, Pass
from styleswap.engine.optimise import Painter, Seen, check_method
from styleswap.engine.passes import plan_passes, result_size
from styleswap.engine.plan import Plan, Region, make_plan
from styleswap.engine.previews import reduced, shown_after
from styleswap.engine.progress import Progress, Tracker
from styleswap.engine.raster import Raster, Source, bands, restore
from styleswap.engine.settings import Settings
from styleswap.engine.style import StyleCache, check_style, style_palette
from styleswap.engine.tiles import Span, Tile

Store = Callable[[Tile, Tensor], None]

FINER = "The preview was made from a small copy: the painting will have finer strokes than this."
"""Said where a reduced copy has less pixels than the pass that it stands for."""


@dataclass(frozen=True)
class Report:
    """What came out and how.

    Attributes:
        values: the result, of the content's type and channels; `out` where that was given.
        passes: one sentence per pass on its size and tiles.
        notices: sentences on altered input.
        seconds: by stage.
        distinct_patches: share of the style's patches that the last pass used, 0 to 1; of several
            styles the mean by weight.
        precision: floating-point type of the matching.
        whole_seconds: what the whole painting takes here: for a whole one what it took, else that
            in proportion to the work; 0 where the picture comes back as it is.
    """

    values: Tensor
    passes: tuple[str, ...]
    notices: tuple[str, ...]
    seconds: dict[str, float]
    distinct_patches: float
    precision: str = "float32"
    whole_seconds: float = 0.0


def stylize(
    content: Raster,
    style: Raster | Sequence[Styled],
    settings: Settings,
    model: Model,
    *,
    style_key: str = "",
    cache: StyleCache | None = None,
    out: Tensor | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable[[Tensor], None] | None = None,
    coarse_only: bool = False,
    reduced_from: tuple[int, int] | None = None,
    region: Region | None = None,
) -> Report:
    """Paint a picture in the style of another, or of several (see `mixture`).

    Args:
        content: the picture, any size.
        style: at least four patches a side; or several with weights and masks.
        settings: how.
        model: with what.
        style_key: names the single style's pixels in the cache; empty is not cached.
        cache: style activations of earlier pictures.
        out: (H, W, C) of the content's type to write the result to, its size that of
            `passes.result_size`; may be a mapped file.
        progress: told how far it is.
        cancelled: asked often whether to stop.
        preview: given the coarsest pass, (h, w, C) of the content's type, once it is there; in the
            course of an optimisation also its picture of then, reduced to the same size.
        coarse_only: end with the coarsest pass, which is then the result.
        reduced_from: width and height in pixels of the picture that `content` is a reduced copy of,
            of the same aspect. Its passes and the style's size are planned, and its coarsest pass
            is the result; a copy that is smaller is painted at its own size. Only with
            `coarse_only`.
        region: x, y, width and height in pixels: only this part of the same painting is the result.
            Up to `one_pass.MEASURED_SIDE` px on the longest side of the picture it equals the whole
            painting's but for near-ties. In larger levels the statistics of centred matching are
            not measured but estimated from the surroundings and a smaller copy (see
            `Pass._measure`), so that some of the patches are others, and matched colours are
            measured on a smaller pass. Neither with `coarse_only` nor with `preview`.

    Raises:
        InvalidPicture: NaN or infinite values, a mask of another size than the content, `out` does
            not fit, or the region is not inside.
        ValueError: arguments that exclude each other; no style has a weight above 0.
        StyleTooSmall: fewer than four patches a side.
        WeightsError: the model has no inverse network, and the settings need one.
        Cancelled: `cancelled` said so.
    """
    _refuse_mixture(content, coarse_only, reduced_from, region, preview is not None)
    with torch.inference_mode():
        tracker = Tracker(1.0, progress, cancelled)
        styles = [Styled(style, style_key)] if isinstance(style, Raster) else style
        source = Source(content, "content", tracker.poll)
        mixture = mix(styles, (content.height, content.width), tracker.poll)
        job = Job(source, mixture, settings, model, tracker, cache)
        check_method(job)
        for each in mixture.styles:
            check_style(each.source, settings.patch_size, each.name, each.position)
        own = content.height, content.width
        full = None if reduced_from in (None, own[::-1]) else reduced_from[::-1]
        size = result_size(
            *own, settings.scales, coarse_only=coarse_only, reduced_from=reduced_from, region=region
        )
        shape = (*size, content.values.shape[2])
        if out is None:
            out = torch.empty(shape, dtype=content.values.dtype)
        elif tuple(out.shape) != shape or out.dtype != content.values.dtype:
            raise InvalidPicture(f"the result needs room for {shape} {content.values.dtype}")
        result = Raster(out, content.linear)
        notices = _notices(job)
        if full is not None and size != own:
            job.content = Source(job.content.reduced(size), "content", tracker.poll)
            job.mixture = job.mixture.reduced(size)
        elif full is not None and size != plan_passes(*full, settings.scales)[0]:
            notices = (*notices, FINER)
        plan = make_plan(job, full, coarse_only, region)
        if not job.content.visible:
            notices = (*notices, "The picture is fully transparent, so it is unchanged.")
        elif job.mixture.empty:
            notices = (*notices, "The masks leave nothing to paint, so the picture is unchanged.")
        if not job.content.visible or job.mixture.empty or settings.strength == 0:
            _give_back(job, plan.passes[-1].level, plan.area, result)
            if preview is not None:
                preview(_unpainted(job, plan.passes[0], result))
            return Report(out, (), notices, tracker.seconds, 0.0)
        share = _paint(job, plan, result, preview)
        tracker.finish()
        seconds = sum(tracker.seconds.values())
        seconds *= (plan.whole_work - job.saved) / (plan.work - job.saved)
        passes = tuple(p.describe() for p in plan.passes)
        return Report(out, passes, notices, tracker.seconds, share, whole_seconds=seconds)


def _refuse_mixture(
    content: Raster,
    coarse_only: bool,
    reduced_from: tuple[int, int] | None,
    region: Region | None,
    preview: bool,
) -> None:
    """Refuse wishes that exclude each other, and a region that is not inside."""
    if reduced_from is not None and not coarse_only:
        raise ValueError("reduced_from is for coarse_only")
    if region is None:
        return
    if coarse_only or preview:
        raise ValueError("a region is of the last pass: it goes with no coarse_only and no preview")
    x, y, width, height = region
    inside = x + width <= content.width and y + height <= content.height
    if min(x, y) < 0 or min(width, height) < 1 or not inside:
        raise InvalidPicture(
            f"the region {region} is not inside a picture of {content.width}x{content.height} px"
        )


def _notices(job: Job) -> tuple[str, ...]:
    """What the user should know of the input."""
    return tuple(
        f"The {name} holds values outside [0, 1]; they were clamped for matching."
        for name, source in (
            ("content", job.content),
            *((style.name, style.source) for style in job.mixture.styles),
        )
        if source.beyond
    ) + (
        ("A mask holds values outside [0, 1]; they were clamped.",)
        if any(mask.beyond for mask in job.mixture.masks)
        else ()
    )


def _give_back(job: Job, level: int, area: Tile, result: Raster) -> None:
    """The content itself: at full size to the bit."""
    if level == 0:
        result.values.copy_(job.content.raster.values[area.place])
        return
    for band in bands(result.height, result.width):
        columns = Span(0, result.width)
        colours = job.content.read(level, band, columns)[0]
        result.write(band, columns, colours, job.content.alpha(level, band, columns))


def _unpainted(job: Job, first: Pass, result: Raster) -> Tensor:
    """The content at the size of the coarsest pass, in the result's format."""
    coarse = _room(first, result)
    whole = Tile(Span(0, first.height), Span(0, first.width))
    _give_back(job, first.level, whole, coarse)
    return coarse.values


def _room(one: Pass, result: Raster) -> Raster:
    """Room for the picture of a pass, in the result's format."""
    shape = (one.height, one.width, result.values.shape[2])
    return Raster(torch.empty(shape, dtype=result.values.dtype), result.linear)


def _paint(job: Job, plan: Plan, result: Raster, preview: Callable[[Tensor], None] | None) -> float:
    """Run all passes, the last one into `result`.

    Returns:
        The share of distinct style patches in the last.
    """
    settings, content, mixture = job.settings, job.content, job.mixture
    job.tracker.total = plan.work
    recolouring = None
    if settings.colours == "content":
        wanted = style_palette(content)
        recolouring = [(style_palette(style.source), wanted) for style in mixture.styles]
    moving = None
    if plan.small is not None:
        # A single pass on a large picture, or a region: colours are measured on a coarse pass.
        small = plan.small
        small.encode_styles(None)
        measure = Measure(small)
        Painter(small, small.match()).paint(measure, full=True)
        moving = measure.moving()
    before: Tensor | None = None
    for one in plan.passes:
        job.tracker.enter("encoding")
        one.encode_styles(recolouring)
        one.before = before
        picks = one.match()
        last = one is plan.passes[-1]
        seen = None if preview is None else _seen(job, plan, one, result, moving, preview)
        painter = Painter(one, picks, seen)
        shown, measure = moving, Measure(one)
        previewed = one.first and not last and not one.steps and preview is not None
        counted = settings.colours == "matched" and (one is plan.measured or previewed)
        if not last:
            before = torch.empty(3, one.height, one.width, dtype=torch.float16)
            keep = _keep_in(before)
            painter.paint(_both(keep, measure) if counted else keep, full=True)
        elif counted:
            # An optimised picture is not made twice: its own colours are measured, at any strength.
            strength = settings.strength if one.steps else 1.0
            painter.paint(measure, strength, full=not one.steps)
        if counted:
            shown = measure.moving()
        if one is plan.measured:
            moving = shown
        if previewed and preview is not None:
            coarse = _room(one, result)
            store = _emit(job, one.level, coarse, (0, 0), shown)
            one.paint(picks, store, settings.strength, advance=False)
            preview(coarse.values)
    painter.prepare(settings.strength)
    one.goal = plan.goal
    corner = plan.area.rows.start, plan.area.columns.start
    painter.paint(_emit(job, one.level, result, corner, moving), settings.strength)
    if one.first and preview is not None:
        preview(result.values)
    return one.distinct(picks)


def _seen(
    job: Job,
    plan: Plan,
    one: Pass,
    result: Raster,
    moving: tuple[Palette, Palette] | None,
    preview: Callable[[Tensor], None],
) -> Seen:
    """Previews in the course of a pass's optimisation, all at the coarsest pass's size."""
    first, settings = plan.passes[0], job.settings
    last = one is plan.passes[-1]
    shown = shown_after(one.steps, last=last)

    def seen(picture: Tensor, step: int) -> None:
        if step not in shown:
            return
        small = reduced(picture, one, first)
        if not last:
            # A pass before the last one is painted at full strength, for the next one to read.
            rows, columns = Span(0, first.height), Span(0, first.width)
            coverage = job.mixture.pixels(first.level, rows, columns)
            amount = torch.tensor(settings.strength) * (1 if coverage is None else coverage)
            small = torch.lerp(job.content.read(first.level, rows, columns)[0], small, amount)
        moved = moving
        if moved is None and settings.colours == "matched":
            measure = Measure(first)
            measure(first.whole, small)
            moved = measure.moving()
        coarse = _room(first, result)
        _emit(job, first.level, coarse, (0, 0), moved)(first.whole, small)
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


def _emit(
    job: Job,
    level: int,
    target: Raster,
    corner: tuple[int, int],
    moving: tuple[Palette, Palette] | None,
) -> Store:
    """Store tiles as pixels of the content's format, with its alpha and the wished colours.

    `corner` is the row and column of the target's first pixel; what lies outside it is left out.
    """
    source, settings, mixture = job.content, job.settings, job.mixture
    room = Span(0, target.height).moved(corner[0]), Span(0, target.width).moved(corner[1])

    def store(tile: Tile, painted: Tensor) -> None:
        high = Span(0, painted.shape[1]).moved(tile.rows.start * CELL)
        across = Span(0, painted.shape[2]).moved(tile.columns.start * CELL)
        rows, columns = high.shared(room[0]), across.shared(room[1])
        painted = painted[:, rows.within(high), columns.within(across)]
        coverage = mixture.pixels(level, rows, columns)
        strength = settings.strength * (1 if coverage is None else coverage)
        if moving is not None:
            painted = torch.lerp(painted, move_palette(painted, *moving), strength)
        if settings.colours == "luminance":
            painted = with_colours_of(painted, source.read(level, rows, columns)[0])
        if coverage is not None:
            own = source.read(level, rows, columns)[0]
            painted = torch.lerp(own, painted, (coverage / FAINT).clamp(max=1))
        if source.beyond and level == 0:
            # What the clamp took from the content comes back as the content itself does.
            colours, _ = source.raster.region(rows, columns)
            painted = painted + (1 - strength) * (colours - colours.clamp(0, 1))
        alpha = source.alpha(level, rows, columns)
        high, across = rows.moved(-corner[0]), columns.moved(-corner[1])
        target.write(high, across, painted, alpha)
        if coverage is not None and level == 0:
            # To the bit, in any format, hidden colours as well.
            given = source.raster.part(rows, columns)
            restore(target.part(high, across), given, coverage == 0)

    return store
