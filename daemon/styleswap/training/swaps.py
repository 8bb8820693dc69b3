"""Style swaps of many small crops at once, as the inverse network's training needs them.

The engine's layer serves one large picture; here the score map of a crop is small enough to be
kept, and the paste is a matrix, so that activations of several networks and pixels are pasted with
the same picks in one product.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.transforms.patch_swap import NORM_EPSILON, overlap_weights


def standardised(activations: Tensor) -> Tensor:
    """Each sample's channels with mean 0 and standard deviation 1 over its cells."""
    mean = activations.mean((2, 3), keepdim=True)
    return (activations - mean) / activations.std((2, 3), keepdim=True).clamp(min=1e-5)


def _summed(terms: list[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@torch.no_grad()
def paste_matrix(content: Tensor, style: Tensor, patch_size: int, *, weighted: bool) -> Tensor:
    """The style swap of each sample as a matrix from style cells to content cells.

    Args:
        content: (B, C, H, W) matching features, H and W at least p.
        style: (B, C, h, w) matching features, likewise.
        patch_size: p, odd; the stride is 1.
        weighted: centre-weighted instead of plain average.

    Returns:
        (B, H W, h w): each row has sum 1. Times (B, h w, D) features of the style's cells it gives
        the swapped features.
    """
    batch, _, height, width = content.shape
    high, wide = style.shape[2:]
    product = content.flatten(2).transpose(1, 2) @ style.flatten(2)
    product = product.view(batch, height, width, high, wide)
    p = patch_size
    tall, broad = height - p + 1, width - p + 1  # content patches
    rows, columns = high - p + 1, wide - p + 1  # style patches
    along = _summed([product[:, :, i : i + broad, :, i : i + columns] for i in range(p)])
    scores = _summed([along[:, i : i + tall, :, i : i + rows] for i in range(p)])
    energy = style.pow(2).sum(1, keepdim=True)
    norms = F.avg_pool2d(energy, p, 1).mul(p * p).sqrt()
    scores = scores / (norms.view(batch, 1, 1, rows, columns) + NORM_EPSILON)
    picks = scores.reshape(batch, tall * broad, rows * columns).argmax(2)
    first = (picks // columns) * wide + picks % columns  # the patch's first cell
    place = torch.arange(tall * broad, device=content.device)
    place = (place // broad) * width + place % broad
    weights = overlap_weights(p, weighted, content).view(1, p * p, 1)
    steps = torch.arange(p, device=content.device)
    target = ((steps[:, None] * width + steps).view(-1, 1) + place) * (high * wide)
    source = (steps[:, None] * wide + steps).view(-1, 1) + first[:, None]
    index = (target + source).flatten(1)  # (B, p² patches)
    matrix = content.new_zeros(batch, height * width * high * wide)
    matrix.scatter_add_(1, index, weights.expand(batch, -1, len(place)).flatten(1))
    matrix = matrix.view(batch, height * width, high * wide)
    return matrix / matrix.sum(2, keepdim=True)


def paste(matrix: Tensor, features: Tensor, size: tuple[int, int]) -> Tensor:
    """Apply a paste matrix.

    Args:
        matrix: of `paste_matrix`, (B, H W, h w).
        features: of the style's cells, (B, D, h, w).
        size: (H, W).

    Returns:
        (B, D, H, W).
    """
    rows = features.flatten(2).transpose(1, 2)
    return (matrix @ rows).transpose(1, 2).unflatten(2, size)
