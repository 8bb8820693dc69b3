"""The engine's front door: one picture, in one or several styles.

Passes run from coarse to fine (see `levels.pyramid`); each works in tiles (see `painting.passes`);
the last one is written to the result with strength, colours and alpha. Where only a region is
wanted, each pass paints no more than the next one reads of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.errors import InvalidPicture, WeightsError
from styleswap.engine.levels.context import Context
from styleswap.engine.levels.pyramid import plan_passes, result_size
from styleswap.engine.networks.model import Model
from styleswap.engine.objectives import check
from styleswap.engine.painting.finish import give_back
from styleswap.engine.painting.paint import paint, unpainted
from styleswap.engine.painting.plan import Planner, Region
from styleswap.engine.pictures.raster import Raster, Source
from styleswap.engine.progress import Progress, Tracker
from styleswap.engine.settings import Settings
from styleswap.engine.styles.border import without_borders
from styleswap.engine.styles.cache import StyleCache
from styleswap.engine.styles.mixture import Styled, mix
from styleswap.engine.styles.style import StyleEncoder, check_style
from styleswap.engine.styles.texture import textured
from styleswap.engine.transforms import Transform, transform_of, untouched

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
    transform: Transform | None = None,
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
            Up to `survey.MEASURED_SIDE` px on the longest side of the picture it equals the whole
            painting's but for near-ties. In larger levels the statistics of centred matching are
            not measured but estimated from the surroundings and a smaller copy (see
            `levels.survey`), so that some of the patches are others, and matched colours are
            measured on a smaller pass. Neither with `coarse_only` nor with `preview`.
        transform: instead of the one that the settings choose.

    Raises:
        InvalidPicture: NaN or infinite values, a mask of another size than the content or too
            small for the objective, `out` does not fit, or the region is not inside.
        ValueError: arguments that exclude each other; no style has a weight above 0.
        StyleTooSmall: fewer than four patches a side.
        WeightsError: the model has no inverse network, and the settings need one.
        Cancelled: `cancelled` said so.
    """
    _refuse_wishes(content, coarse_only, reduced_from, region, preview is not None)
    with torch.inference_mode():
        tracker = Tracker(1.0, progress, cancelled)
        styles = [Styled(style, style_key)] if isinstance(style, Raster) else style
        source = Source(content, "content", tracker.poll)
        mixture = mix(styles, (content.height, content.width), tracker.poll)
        transform = transform or transform_of(settings)
        altered: Sequence[str] = ()
        if settings.style_border == "auto":
            mixture, altered = without_borders(mixture, transform.least, cache)
        context = Context(source, mixture, settings, model, tracker)
        _refuse_without_inverse(context)
        check(context)
        for ingredient in mixture.styles:
            check_style(ingredient.source, transform.least, ingredient.name, ingredient.position)
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
        notices = (*_notices(context), *altered)
        if full is not None and size != own:
            context.content = Source(context.content.reduced(size), "content", tracker.poll)
            context.mixture = context.mixture.reduced(size)
        elif full is not None and size != plan_passes(*full, settings.scales)[0]:
            notices = (*notices, FINER)
        encoder = StyleEncoder(model, settings, transform.measured, tracker, cache)
        plan = Planner(context, transform, encoder).plan(full, coarse_only, region)
        if not context.content.visible:
            notices = (*notices, "The picture is fully transparent, so it is unchanged.")
        elif context.mixture.empty:
            notices = (*notices, "The masks leave nothing to paint, so the picture is unchanged.")
        if not context.content.visible or context.mixture.empty or settings.strength == 0:
            give_back(context, plan.passes[-1].level.halvings, plan.area, result)
            if preview is not None:
                preview(unpainted(plan.passes[0].level, result))
            return Report(out, (), notices, tracker.seconds, 0.0)
        share = paint(plan, result, preview)
        tracker.finish()
        seconds = sum(tracker.seconds.values())
        seconds *= (plan.whole_work - encoder.saved) / (plan.work - encoder.saved)
        passes = tuple(part.describe() for part in plan.passes)
        return Report(out, passes, notices, tracker.seconds, share, whole_seconds=seconds)


def _refuse_without_inverse(context: Context) -> None:
    """Refuse what needs an inverse network where the model has none.

    Raises:
        WeightsError: with the command that trains one.
    """
    if context.model.inverse is None and context.settings.needs_inverse:
        raise WeightsError(
            f"the model {context.model.name!r} has no inverse network: train one with styleswap "
            "train inverse, or take the method optimise, which can start from the content or from "
            "noise"
        )


def _refuse_wishes(
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


def _notices(context: Context) -> tuple[str, ...]:
    """What the user should know of the input."""
    styles = context.mixture.styles
    found = [
        f"The {name} holds values outside [0, 1]; they were clamped for matching."
        for name, source in (
            ("content", context.content),
            *((style.name, style.source) for style in styles),
        )
        if source.beyond
    ]
    if any(mask.beyond for mask in context.mixture.masks):
        found.append("A mask holds values outside [0, 1]; they were clamped.")
    if not untouched(context.settings):
        found += [
            f"The {style.name} has no texture to take: it is of one colour, or a gradient. Only "
            "its colours are taken."
            for style in styles
            if not textured(style.source)
        ]
    return tuple(found)
