"""The patch swap's search, for objectives: they know nothing of transforms."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from styleswap.engine.transforms.patch_swap.matching import match


def similar(
    features: Tensor, styles: Sequence[Tensor], patch_size: int, poll: Callable[[], None]
) -> Tensor:
    """The patches of a style that are most like those of a picture, by `matching.match`.

    Args:
        features: (C, H, W), at least a patch in size.
        styles: copies, (C, h, w) each, likewise.
        patch_size: p, odd.
        poll: called every few milliseconds; raises to stop.

    Returns:
        (3, H - p + 1, W - p + 1) int64: copy, row and column of each one's first cell.
    """
    picks = match(features, styles, patch_size, poll=lambda share: poll())
    return torch.stack([picks.copy.long(), picks.row.long(), picks.column.long()])
