"""Styles without their borders: what is painted of is what lies inside a frame or a margin."""

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F

from styleswap.borders import Area, inside, small_inside, small_size
from styleswap.engine.pictures.raster import Raster, Source
from styleswap.engine.styles.cache import StyleCache
from styleswap.engine.styles.mixture import Ingredient, Mixture
from styleswap.engine.styles.style import least_side
from styleswap.engine.tiles import rectangle


def without_borders(
    mixture: Mixture, patch_size: int, cache: StyleCache | None
) -> tuple[Mixture, Sequence[str]]:
    """The styles of a painting without their borders, and sentences on what was left out.

    Args:
        mixture: the styles in whole.
        patch_size: p in cells: what has no room for its patches is no inside.
        cache: remembers what was found of the styles that have a key; None does not.
    """
    styles, notices = [], []
    for style in mixture.styles:
        area = _found(style, cache)
        raster = style.source.raster
        size = f"{raster.width}x{raster.height} px"
        if area is None:
            styles.append(style)
            continue
        if area.empty or min(area.height, area.width) < least_side(patch_size):
            styles.append(style)
            notices.append(f"The {style.name} is border for the most part, so all of it is used.")
            continue
        part = raster.values[area.top : area.bottom, area.left : area.right]
        source = Source(Raster(part, raster.linear), style.name)
        styles.append(
            replace(style, source=source, key=style.key and f"{style.key} inside its border")
        )
        notices.append(
            f"The border of the {style.name} was left out: {area.width}x{area.height} of its "
            f"{size} are used. The control style_border can keep it."
        )
    return Mixture(tuple(styles)), notices


def _found(style: Ingredient, cache: StyleCache | None) -> Area | None:
    """The inside of a style, from the cache where it is there."""
    if cache is None or not style.key:
        return style_inside(style.source)
    if style.key not in cache.insides:
        cache.remember_inside(style.key, style_inside(style.source))
    return cache.insides[style.key]


def style_inside(source: Source) -> Area | None:
    """What of a picture lies inside its border: as `borders.small_inside`, in its own pixels."""
    size = source.size(0)
    small = small_size(*size)
    level = source.level_above(small)
    size_read = source.size(level)
    picture = source.read(level, rectangle(*size_read))
    if size_read != small:
        picture = F.interpolate(picture, small, mode="bicubic", antialias=True)
    values = (picture[0].clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0)
    area = small_inside(bytes(values.flatten().tolist()), *small)
    return area if area is None or area.empty else inside(area, small, size)
