"""Texture of smooth tiles: whether a painting has its style's texture where its content has none.

The texture of a tile is the Gram matrix of VGG-19's relu2_1 over it (Gatys et al. 2015, "Texture
synthesis using convolutional neural networks"), per cell. A mere deviation of luma takes noise and
blotches for texture; the Gram matrix does not.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.training.lightness import smooth_area

LAYER = "conv2_1"
"""relu2_1, cells of 2 px."""

CELL = 2
SHARE = 6
"""Tiles in a picture's long side: 64 px of 384. As a style's strokes grow with the content, so do
they; tiles are a quarter of a tile apart."""

SMOOTH_SHARE = 0.5
"""Of a tile's pixels that are smooth at least in a smooth tile."""

NEAREST = 0.25
"""Share of the style's tiles that a painted one is compared with: those that it is most like.

All of them would ask a dark sky for the texture of the style's brightest corner; a single one would
let the one empty corner of a style excuse an empty sky.
"""


def tile_side(height: int, width: int) -> int:
    """Side of the tiles of a content in pixels: about a sixth of its long side, a multiple of 8."""
    return max(8, round(max(height, width) / SHARE / 8) * 8)


def tile_grams(levels: Mapping[str, Tensor], side: int) -> Tensor:
    """Gram matrices of all tiles of a picture.

    Args:
        levels: activations by layer, (1, C, H, W) each, at least `LAYER`.
        side: of the tiles in pixels, a multiple of 8.

    Returns:
        (rows, columns, C, C), divided by the cells of a tile. A picture smaller than a tile is one.
    """
    cells = levels[LAYER][0]
    tall, wide = (min(side // CELL, length) for length in cells.shape[1:])
    step = side // CELL // 4
    tiles = cells.unfold(1, tall, step).unfold(2, wide, step)  # (C, rows, columns, tall, wide)
    flat = tiles.permute(1, 2, 0, 3, 4).flatten(3).float()
    return flat @ flat.transpose(2, 3) / (tall * wide)


def smooth_tiles(content: Tensor, side: int) -> Tensor:
    """Which tiles of a content are smooth: (rows, columns) of bool, as in `tile_grams`.

    Args:
        content: (1, 3, H, W) sRGB in [0, 1].
        side: of the tiles in pixels, a multiple of 8.
    """
    smooth = smooth_area(content, grain=False).float()[None, None]
    size = tuple(min(side, length) for length in smooth.shape[2:])
    return F.avg_pool2d(smooth, size, side // 4)[0, 0] >= SMOOTH_SHARE


def texture_distance(painted: Tensor, smooth: Tensor, style: Tensor) -> float | None:
    """How far the smooth tiles' texture is from the style's, 0 is equal; None without such tiles.

    The mean over smooth tiles and over the `NEAREST` of the style's tiles of ‖G - G'‖ / ‖G'‖
    (Frobenius norms, ' the style's).

    Args:
        painted: `tile_grams` of the painting.
        smooth: (rows, columns) of bool.
        style: `tile_grams` of the style.
    """
    if not smooth.any():
        return None
    ours = painted[smooth.to(painted.device)].flatten(1)
    theirs = style.flatten(0, 1).flatten(1)
    distances = torch.cdist(ours, theirs) / theirs.norm(dim=1).clamp(min=1e-8)
    count = max(1, round(NEAREST * len(theirs)))
    return float(distances.topk(count, largest=False).values.mean())
