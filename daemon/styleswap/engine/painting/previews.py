"""What is shown of an optimisation in its course."""

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.levels.level import Level

SHARES = 0.05, 0.15, 0.3, 0.6
"""Shares of the iterations after which the picture is shown: it changes less and less."""


def shown_after(steps: int, *, last: bool) -> frozenset[int]:
    """The iterations after which the picture is shown.

    Args:
        steps: how many there are.
        last: whether the end is shown by other means, as that of the last pass is: by the result.
    """
    early = {round(share * steps) for share in SHARES} - {0, steps}
    return frozenset(early if last else early | {steps})


def reduced(picture: Tensor, level: Level, coarsest: Level) -> Tensor:
    """A level's whole picture at the size of the coarsest one, which costs little to show.

    Args:
        picture: (3, 4h, 4w), whole cells.
        level: its level.
        coarsest: the coarsest one.

    Returns:
        (3, H, W) on the CPU.
    """
    side = 1 << (coarsest.halvings - level.halvings)
    inside = picture[None, :, : level.height, : level.width]
    # At the right and below what there is of a square counts.
    return (F.avg_pool2d(inside, side, ceil_mode=True) if side > 1 else inside)[0].cpu()
