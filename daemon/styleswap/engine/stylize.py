"""One picture through encoder, swap and inverse network: passes, colours, strength.

``stylize`` is the engine's front door. Passes run from coarse to fine (see `passes`); each works in
tiles (see `one_pass`); the last one is written to the result with strength, colours and alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.colour import Palette, move_palette, palette, with_colours_of
from styleswap.engine.encoder import CELL
from styleswap.engine.errors import InvalidPicture
from styleswap.engine.model import Model
from styleswap.engine.one_pass import Job, Pass
from styleswap.engine.passes import plan_levels, style_size
from styleswap.engine.progress import Progress, Tracker
from styleswap.engine.raster import Raster, Source, bands
from styleswap.engine.settings import Settings
from styleswap.engine.style import StyleCache, check_style, style_palette
from styleswap.engine.swap import distinct_share
from styleswap.engine.tiles import Span, Tile

Store = Callable[[Tile, Tensor], None]

PALETTE_LIMIT = 1024
"""Longest side in pixels of a pass whose colours are measured as a whole."""


@dataclass(frozen=True)
class Report:
    """What came out and how.

    Attributes:
        values: the result, of the content's type and channels; `out` where that was given.
        passes: one sentence per pass on its size and tiles.
        notices: sentences on altered input.
        seconds: by stage.
        distinct_patches: share of the style's patches that the last pass used, 0 to 1.
        precision: floating-point type of the matching.
    """

    values: Tensor
    passes: tuple[str, ...]
    notices: tuple[str, ...]
    seconds: dict[str, float]
    distinct_patches: float
    precision: str = "float32"


def stylize(
    content: Raster,
    style: Raster,
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
) -> Report:
    """Paint a picture in the style of another.

    Args:
        content: the picture, any size.
        style: at least four patches a side.
        settings: how.
        model: with what.
        style_key: names the style's pixels in the cache; empty is not cached.
        cache: style activations of earlier pictures.
        out: (H, W, C) of the content's type to write the result to; may be a mapped file.
        progress: told how far it is.
        cancelled: asked often whether to stop.
        preview: given the coarsest pass, (h, w, C) of the content's type, once it is there.
        coarse_only: end with the coarsest pass, which is then the result.

    Raises:
        InvalidPicture: NaN or infinite values, or `out` does not fit.
        StyleTooSmall: fewer than four patches a side.
        Cancelled: `cancelled` said so.
    """
    with torch.inference_mode():
        tracker = Tracker(1.0, progress, cancelled)
        job = Job(
            Source(content, "content", tracker.poll),
            Source(style, "style", tracker.poll),
            settings,
            model,
            tracker,
            cache,
            style_key,
        )
        check_style(job.style, settings.patch_size)
        levels = plan_levels(content.height, content.width, settings.scales)
        if coarse_only:
            levels = levels[:1]
        shape = (*job.content.size(levels[-1]), content.values.shape[2])
        if out is None:
            out = torch.empty(shape, dtype=content.values.dtype)
        elif tuple(out.shape) != shape or out.dtype != content.values.dtype:
            raise InvalidPicture(f"the result needs room for {shape} {content.values.dtype}")
        result = Raster(out, content.linear)
        notices = _notices(job)
        if not job.content.visible:
            notices = (*notices, "The picture is fully transparent, so it is unchanged.")
        if not job.content.visible or settings.strength == 0:
            _give_back(job, levels[-1], result)
            if preview is not None:
                shape = (*job.content.size(levels[0]), content.values.shape[2])
                coarse = Raster(torch.empty(shape, dtype=content.values.dtype), content.linear)
                _give_back(job, levels[0], coarse)
                preview(coarse.values)
            return Report(out, (), notices, tracker.seconds, 0.0)
        passes, share = _paint(job, levels, result, preview)
        tracker.finish()
        return Report(out, tuple(p.describe() for p in passes), notices, tracker.seconds, share)


def _notices(job: Job) -> tuple[str, ...]:
    """What the user should know of the input."""
    return tuple(
        f"The {name} holds values outside [0, 1]; they were clamped for matching."
        for name, source in (("content", job.content), ("style", job.style))
        if source.beyond
    )


def _give_back(job: Job, level: int, result: Raster) -> None:
    """The content itself: at full size to the bit."""
    if level == 0:
        result.values.copy_(job.content.raster.values)
        return
    for band in bands(result.height, result.width):
        columns = Span(0, result.width)
        colours = job.content.read(level, band, columns)[0]
        result.write(band, columns, colours, job.content.alpha(level, band, columns))


def _plan(job: Job, levels: tuple[int, ...]) -> list[Pass]:
    """The passes of a picture."""
    style = job.style.raster.height, job.style.raster.width
    coarsest = max(job.content.size(levels[0]))
    settings = job.settings
    sizes = [
        style_size(style, coarsest, step, settings.style_scale, settings.patch_size)
        for step in range(len(levels))
    ]
    return [
        Pass(job, level, size, step == 0)
        for step, (level, size) in enumerate(zip(levels, sizes, strict=True))
    ]


def _paint(
    job: Job, levels: tuple[int, ...], result: Raster, preview: Callable[[Tensor], None] | None
) -> tuple[list[Pass], float]:
    """Run all passes, the last one into `result`.

    Returns:
        The passes, and the share of distinct style patches in the last.
    """
    settings, content = job.settings, job.content
    passes = _plan(job, levels)
    job.tracker.total = sum(p.work() for p in passes)
    recolouring = None
    if settings.colours == "content":
        recolouring = style_palette(job.style), style_palette(content)
    moving = None
    if settings.colours == "matched" and max(content.size(levels[0])) > PALETTE_LIMIT:
        # The paper's single scale on a large picture: its colours are measured on a coarse pass.
        small = _plan(job, plan_levels(content.raster.height, content.raster.width))[0]
        job.tracker.total += small.work()
        small.style = job.activations(small.style_size, None)
        job.tracker.advance(small.style_work)
        canvas = torch.empty(3, small.height, small.width, dtype=torch.float16)
        small.paint(small.match(), _keep_in(canvas))
        moving = palette(canvas.float()), style_palette(job.style)
    before: Tensor | None = None
    for one in passes:
        job.tracker.enter("encoding")
        one.style = job.activations(one.style_size, recolouring)
        job.tracker.advance(one.style_work)
        one.before = before
        picks = one.match()
        last = one is passes[-1]
        measured = settings.colours == "matched" and moving is None
        if not last or measured:
            canvas = torch.empty(3, one.height, one.width, dtype=torch.float16)
            one.paint(picks, _keep_in(canvas), advance=not last)
            before = canvas
            if measured:
                moving = palette(canvas.float()), style_palette(job.style)
        if one.first and not last and preview is not None:
            shape = (one.height, one.width, result.values.shape[2])
            coarse = Raster(torch.empty(shape, dtype=result.values.dtype), result.linear)
            store = _emit(job, one.level, coarse, moving)
            one.paint(picks, store, settings.strength, advance=False)
            preview(coarse.values)
        if last:
            one.paint(picks, _emit(job, one.level, result, moving), settings.strength)
    if passes[-1].first and preview is not None:
        preview(result.values)
    share = distinct_share(picks, one.style.copies, settings.patch_size, settings.patch_stride)
    return passes, share


def _keep_in(canvas: Tensor) -> Store:
    """Store tiles in a (3, H, W) tensor."""

    def store(tile: Tile, painted: Tensor) -> None:
        top, left = tile.rows.start * CELL, tile.columns.start * CELL
        _, height, width = painted.shape
        canvas[:, top : top + height, left : left + width] = painted

    return store


def _emit(job: Job, level: int, target: Raster, moving: tuple[Palette, Palette] | None) -> Store:
    """Store tiles as pixels of the content's format, with its alpha and the wished colours."""
    source, settings = job.content, job.settings

    def store(tile: Tile, painted: Tensor) -> None:
        top, left = tile.rows.start * CELL, tile.columns.start * CELL
        rows = Span(top, top + painted.shape[1])
        columns = Span(left, left + painted.shape[2])
        if moving is not None:
            painted = torch.lerp(painted, move_palette(painted, *moving), settings.strength)
        if settings.colours == "luminance":
            painted = with_colours_of(painted, source.read(level, rows, columns)[0])
        if source.beyond and level == 0:
            # What the clamp took from the content comes back as the content itself does.
            colours, _ = source.raster.region(rows, columns)
            painted = painted + (1 - settings.strength) * (colours - colours.clamp(0, 1))
        target.write(rows, columns, painted, source.alpha(level, rows, columns))

    return store
