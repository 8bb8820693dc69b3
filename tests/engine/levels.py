"""Levels of paintings, without painting: for tests of what is known of a content."""

from collections.abc import Sequence

import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, Styled
from styleswap.engine.levels.context import Context
from styleswap.engine.levels.level import Level
from styleswap.engine.pictures.raster import Source
from styleswap.engine.progress import Tracker
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.styles.mixture import mix
from styleswap.engine.styles.style import StyleEncoder
from styleswap.engine.transforms import Transform

PLAIN = {
    "variety": 0.0,
    "style_statistics": 0.0,
    "detail": 0.0,
    "tones": "stretched",
    "style_border": "keep",
}
"""Without any of the controls that look at the whole picture."""


def pixels(planes: Tensor) -> Raster:
    """(C, H, W) in [0, 1] as float32 pixels."""
    return Raster(planes.permute(1, 2, 0).contiguous())


def planes(values: Tensor) -> Tensor:
    """Float32 pixels as (C, H, W)."""
    return values.permute(2, 0, 1)


def level_of(
    content: Raster,
    styles: Sequence[Styled],
    settings: Settings,
    model: Model,
    *,
    least: int = 1,
    halvings: int = 0,
    first: bool = True,
) -> Level:
    """The content at a size."""
    size = content.height, content.width
    context = Context(
        Source(content, "content"), mix(styles, size), settings, model, Tracker(1.0, None)
    )
    height, width = context.content.size(halvings)
    return Level(context, halvings, height, width, least, first)


def encoded(level: Level, transform: Transform, size: tuple[int, int]) -> tuple[EncodedStyle, ...]:
    """All styles of a level at a height and width."""
    context = level.context
    encoder = StyleEncoder(
        context.model, context.settings, transform.measured, context.tracker, None
    )
    with torch.inference_mode():
        return encoder.encode_all(
            context.mixture.styles, [size] * len(context.mixture.styles), None
        )
