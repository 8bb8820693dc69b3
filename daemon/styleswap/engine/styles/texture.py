"""Whether a style has any texture to take: one colour or a pure gradient has none."""

import torch.nn.functional as F

from styleswap.engine.pictures.raster import Source
from styleswap.engine.tiles import rectangle

LOOKED_AT = 256
"""Longest side in pixels of the copy that is looked at, about."""

AROUND = 4
"""Pixels on each side that a pixel is compared with the mean of."""

LEAST = 0.75 / 255
"""Mean difference of the two that is texture, not rounding or the noise of a JPEG file."""


def textured(source: Source) -> bool:
    """Whether neighbouring pixels differ by more than a slope."""
    level = 0
    while max(source.size(level)) > LOOKED_AT:
        level += 1
    picture = source.read(level, rectangle(*source.size(level)))
    side = 2 * AROUND + 1
    if min(picture.shape[2:]) <= side:
        return True
    middle = picture[..., AROUND:-AROUND, AROUND:-AROUND]
    return float((middle - F.avg_pool2d(picture, side, 1)).abs().mean()) > LEAST
