"""The second half of the swap: picked patches are pasted, un-normalised, and overlaps averaged.

p² gathers of style cells divided by a constant count, instead of two transposed convolutions over a
one-hot map (Chen & Schmidt, arXiv 1612.04337, section 3.1). A departure that is an option:
centre-weighted overlap.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from styleswap.engine.transforms.patch_swap.picks import Picks

CENTRE_FALLOFF = 0.3
"""Centre-weighted overlap: the factor by which a patch's weight falls per cell from its centre."""


def overlap_weights(patch_size: int, centred: bool, like: Tensor) -> Tensor:
    """Weights of a patch's cells where patches overlap.

    Args:
        patch_size: p.
        centred: falling by `CENTRE_FALLOFF` per cell from the centre along each axis, instead of 1.
        like: a tensor of the wanted dtype and device.

    Returns:
        (p, p).
    """
    distance = torch.arange(patch_size, dtype=like.dtype, device=like.device) - patch_size // 2
    along = CENTRE_FALLOFF ** distance.abs() if centred else torch.ones_like(distance)
    return along[:, None] * along[None, :]


def paste(
    picks: Picks,
    styles: Sequence[Tensor],
    size: tuple[int, int],
    patch_size: int = 3,
    stride: int = 1,
    *,
    centred: bool = False,
    counted: Tensor | None = None,
) -> Tensor:
    """Paste the picked style patches and average where they overlap.

    Args:
        picks: of `match`, with the same patch size and stride.
        styles: the copies' activations to paste, (C, h, w) each; not the matching features.
        size: (H, W) of the result in cells.
        patch_size: p.
        stride: distance between content patches.
        centred: centre-weighted instead of plain average.
        counted: (Hp, Wp), true for the picks that are pasted; None pastes all.

    Returns:
        (C, H, W): Φss.
    """
    channels = styles[0].shape[0]
    tall, wide = picks.row.shape
    full = (tall - 1) * stride + patch_size, (wide - 1) * stride + patch_size
    # All copies' cells one below the other, (cells, C); a patch starts at `first`.
    cells = torch.cat([s.permute(1, 2, 0).reshape(-1, channels) for s in styles])
    widths = torch.tensor([s.shape[2] for s in styles]).to(cells.device)
    starts = torch.tensor([s.shape[1] * s.shape[2] for s in styles]).to(cells.device)
    starts = starts.cumsum(0) - starts
    step = widths[picks.copy]
    first = starts[picks.copy] + picks.row * step + picks.column
    weights = overlap_weights(patch_size, centred, cells)
    out = cells.new_zeros(*full, channels)
    count = cells.new_zeros(*full, 1)
    kept = None if counted is None else counted.float().to(cells.device)[..., None]
    for dy in range(patch_size):
        for dx in range(patch_size):
            y = slice(dy, dy + (tall - 1) * stride + 1, stride)
            x = slice(dx, dx + (wide - 1) * stride + 1, stride)
            weight = float(weights[dy, dx])
            index = (first + dy * step + dx).flatten()
            pasted = cells.index_select(0, index).view(tall, wide, channels)
            if kept is not None:
                pasted.mul_(kept)
            out[y, x].add_(pasted, alpha=weight)
            count[y, x] += weight if kept is None else weight * kept
    out /= count
    return out.permute(2, 0, 1)[:, : size[0], : size[1]]
