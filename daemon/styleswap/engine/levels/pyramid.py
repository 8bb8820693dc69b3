"""The passes from coarse to fine.

A pass paints the content halved some times. Its query is half the picture of the pass before,
enlarged, and half the content, so that strokes keep their size relative to the picture and the
coarsest pass is a true preview (Kolkin et al. 2022, "Neural Neighbor Style Transfer"). One pass at
full size is the paper's.
"""

import math

from styleswap.engine.styles.style import STYLE_PATCHES

COARSEST = 512
"""Longest side that the coarsest pass comes closest to, in pixels."""

STYLE_LIMIT = 1024
"""Longest side up to which the style is enlarged with the passes, in pixels."""

STYLE_LIMIT_SCALED = 2048
"""The same for the coarsest pass where the style scale asks for it."""

STYLE_LEAST = 128
"""Longest side of the style at least, so that small contents find patches."""


def plan_levels(height: int, width: int, scales: int = 0) -> tuple[int, ...]:
    """Halvings of each pass, coarsest first; the last is 0.

    Args:
        height: of the content in pixels.
        width: likewise.
        scales: number of passes; 0 as many as bring the first closest to `COARSEST`. Passes below
            64 px are left out.
    """
    longest = max(height, width)
    if scales == 0:
        count = 1 + max(0, round(math.log2(longest / COARSEST)))
    else:
        count = min(scales, 1 + max(0, int(math.log2(max(1, longest) / 64))))
    return tuple(range(count - 1, -1, -1))


def plan_passes(height: int, width: int, scales: int = 0) -> tuple[tuple[int, int], ...]:
    """Height and width in pixels of each pass, coarsest first; the last is the content's size."""
    levels = plan_levels(height, width, scales)
    return tuple((-(-height // 2**n), -(-width // 2**n)) for n in levels)


def result_size(
    height: int,
    width: int,
    scales: int = 0,
    *,
    coarse_only: bool = False,
    reduced_from: tuple[int, int] | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> tuple[int, int]:
    """Height and width in pixels of what `stylize` gives for a content of a size.

    Args:
        height: of the content in pixels.
        width: likewise.
        scales: number of passes, as in `plan_levels`.
        coarse_only: as in `stylize`; `reduced_from` and `region` likewise.
    """
    if region is not None:
        return region[3], region[2]
    if reduced_from is not None:
        coarsest = plan_passes(reduced_from[1], reduced_from[0], scales)[0]
        # A smaller copy is not enlarged.
        return coarsest if max(coarsest) <= max(height, width) else (height, width)
    return plan_passes(height, width, scales)[0] if coarse_only else (height, width)


def style_size(
    style: tuple[int, int], coarsest: int, step: int, scale: float, patch_size: int
) -> tuple[int, int]:
    """The style's size in a pass.

    Args:
        style: its own height and width in pixels.
        coarsest: longest side of the coarsest pass in pixels.
        step: number of the pass, 0 the coarsest.
        scale: style scale; 1 makes the style as long as the content.
        patch_size: p in cells.

    Returns:
        Height and width in pixels, multiples of 4, at least `STYLE_PATCHES` patches a side.
    """
    # Up to sqrt(2) x 512 the style follows the content, so that the plan's rounding of the number
    # of passes leaves no jump in the strokes' size. A larger single pass has the paper's style.
    first = min(coarsest, round(COARSEST * math.sqrt(2))) * scale
    first = min(max(first, STYLE_LEAST), STYLE_LIMIT_SCALED)
    longest = min(first * 2**step, max(first, STYLE_LIMIT))
    factor = longest / max(style)
    least = 4 * (patch_size + STYLE_PATCHES - 1)
    factor = max(factor, least / min(style))
    return tuple(max(least, 4 * round(side * factor / 4)) for side in style)
