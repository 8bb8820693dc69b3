"""Balanced matching: prices that let all of the style have a part in the painting.

Where a content is smooth, one style patch is the best of hundreds of its patches. So each style
patch j has a price b_j, and a content patch i picks the highest cos(i, j) - b_j; prices rise where
a patch is picked more often than its share. That is the dual ascent of an optimal transport between
the patches of both pictures (Peyré & Cuturi 2019, "Computational Optimal Transport", section 5).

Here it is done for a sample of the content's patches and for blocks of the style's, a block as good
as its best patch: the prices are smooth over the style, and no more than what decides them is
computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.transforms.patch_swap.sample import apart, taken

TOLERANCE = 5.0
"""Difference of lightness, in units of CIE L, that counts as alike at a tone of 1."""

LEAST_SHARE = 0.02
"""Of a block whose tones the content has not at all."""

BLOCKS_PER_SAMPLE = 4
"""Blocks of the style's patches at most, for each sampled patch of the content."""

CANDIDATES = 256
"""Blocks that a sampled patch chooses among: those with its highest scores."""

ROUNDS = 30
"""Of the ascent."""

STEP = 0.03
"""Of the ascent's first round, in units of how much the best patch is better than the mean."""

SOFTNESS = 2.0
"""How much less than the best a block is that still has a part in a pick, in units of the step:
picks that jump would make prices of the rounding that tiles bring, and cost more score for as many
patches of the style."""

DAMPING = 0.15
"""How fast the steps shrink, per round."""

CHANNELS = 64
"""Principal components of the style that are compared: what is lost changes no price to speak of
(of 259 channels, 64 lose 0.2 to 0.5 % of the score)."""

CHUNK_VALUES = 1 << 21
"""Scores that are computed at once."""


@dataclass(frozen=True)
class Tones:
    """What has to be alike in a patch of the content and in that of the style.

    Attributes:
        content: (n, k), of the sample's patches.
        style: (k, h, w), of each copy's cells.
        tolerance: in units of `TOLERANCE`.
    """

    content: Tensor
    style: Sequence[Tensor]
    tolerance: float


def prices(
    sample: Tensor,
    styles: Sequence[Tensor],
    patch_size: int,
    stride: int,
    tones: Tones | None = None,
    poll: Callable[[], None] = lambda: None,
) -> list[Tensor]:
    """Prices of a style's patches for a sample of the content's.

    Args:
        sample: (n, C, k, k), the cells of n patches that are compared, of `sample.taken`.
        styles: copies of the style, (C, h, w) each.
        patch_size: p, odd.
        stride: distance between patches of the style.
        tones: what has to be alike; None gives all patches the same share.
        poll: called between chunks; raises to stop.

    Returns:
        Of each copy (hp, wp) float32, in units of the cosine, at least 0; the cheapest of all costs
        nothing.
    """
    shapes = [
        tuple((side - patch_size) // stride + 1 for side in style.shape[1:]) for style in styles
    ]
    patches = sum(high * across for high, across in shapes)
    block = 1
    while patches > BLOCKS_PER_SAMPLE * len(sample) * block**2:
        block += 1
    basis = _components(styles)
    found = _Blocks(sample, basis, patch_size, stride, block)
    scores = torch.cat([found.scores(style, poll) for style in styles], 1)
    shares = None
    if tones is not None:
        theirs = [
            found.means(plane, shape) for plane, shape in zip(tones.style, shapes, strict=True)
        ]
        shares = fair(tones.content, torch.cat(theirs, 1).T, tones.tolerance)
    bought = ascent(scores, shares, poll)
    result, start = [], 0
    for high, across in shapes:
        rows, columns = -(-high // block), -(-across // block)
        coarse = bought[start : start + rows * columns].view(1, 1, rows, columns)
        start += rows * columns
        fine = coarse
        if block > 1:
            fine = F.interpolate(coarse, scale_factor=float(block), mode="bilinear")
        result.append(fine[0, 0, :high, :across].contiguous())
    return result


def enlarged(price: Tensor, style: Tensor, patch_size: int, stride: int) -> Tensor:
    """The prices of a style's patches for a larger copy of it, (C, h, w): (hp, wp)."""
    size = tuple((side - patch_size) // stride + 1 for side in style.shape[1:])
    if price.shape == size:
        return price
    return F.interpolate(price[None, None], size=size, mode="bilinear")[0, 0]


def fair(content: Tensor, style: Tensor, tolerance: float) -> Tensor:
    """The share that blocks of a style have in a content where tones have to be alike.

    Every patch of the content is spread over the blocks whose tones are near its own: so blocks
    compete with those of their tone alone.

    Args:
        content: (n, k) tones of patches.
        style: (m, k) of blocks.
        tolerance: in units of `TOLERANCE`.

    Returns:
        (m,), positive, sum about m: 1 is as much as any other.
    """
    far = torch.cdist(content, style) / (TOLERANCE * tolerance)
    shares = torch.softmax(-far.square() / 2, 1).mean(0) * len(style)
    return shares.clamp(min=LEAST_SHARE)


def ascent(
    scores: Tensor, shares: Tensor | None = None, poll: Callable[[], None] = lambda: None
) -> Tensor:
    """The prices at which n patches pick all of m blocks as often as is their share.

    Args:
        scores: (n, m).
        shares: (m,) as of `fair`; None is the same for all.
        poll: called between rounds; raises to stop.

    Returns:
        (m,), the lowest 0.
    """
    count, blocks = scores.shape
    step = STEP * (scores.amax(1) - scores.mean(1)).mean().clamp(min=1e-6)
    poll()
    best, among = scores.topk(min(CANDIDATES, blocks), 1, sorted=False)
    found = scores.new_zeros(blocks)
    softness = SOFTNESS * step
    flat = among.flatten()
    for turn in range(ROUNDS):
        poll()
        picked = torch.softmax((best - found[among]) / softness, 1).flatten()
        used = torch.zeros_like(found).index_add_(0, flat, picked) * (blocks / count)
        if shares is not None:
            used /= shares
        found += step / (1 + DAMPING * turn) * used.log1p()
    return found - found.min()


def _components(styles: Sequence[Tensor]) -> Tensor:
    """The directions in which a style's cells differ most: (CHANNELS at most, C)."""
    cells = torch.cat([style.flatten(1) for style in styles], 1)
    product = (cells @ cells.T).cpu().double()
    _, vectors = torch.linalg.eigh(product)
    return vectors[:, -CHANNELS:].T.to(cells.dtype).to(cells.device)


class _Blocks:
    """Scores of the sample with blocks of a style's patches."""

    def __init__(
        self, sample: Tensor, basis: Tensor, patch_size: int, stride: int, block: int
    ) -> None:
        self.basis, self.stride, self.block = basis, stride, block
        self.kept = len(taken(patch_size))
        self.apart = apart(patch_size)
        self.size = patch_size
        projected = torch.einsum("dc,nckl->ndkl", basis, sample).flatten(1)
        self.sample = F.normalize(projected, dim=1)

    def scores(self, style: Tensor, poll: Callable[[], None]) -> Tensor:
        """Of one copy: (n, blocks), a block's score that of its best patch."""
        cells = torch.einsum("dc,chw->dhw", self.basis, style)
        high = (style.shape[1] - self.size) // self.stride + 1
        across = (style.shape[2] - self.size) // self.stride + 1
        count = max(1, CHUNK_VALUES // (len(self.sample) * across) // self.block) * self.block
        parts = []
        for start in range(0, high, count):
            poll()
            stop = min(start + count, high)
            rows = slice(start * self.stride, (stop - 1) * self.stride + self.size)
            found = self.sample @ F.normalize(self._patches(cells[:, rows]), dim=0)
            best = F.max_pool2d(found.view(-1, 1, stop - start, across), self.block, ceil_mode=True)
            parts.append(best.flatten(1))
        return torch.cat(parts, 1)

    def means(self, planes: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Mean values of blocks of patches: (k, h, w) to (k, blocks)."""
        patches = F.avg_pool2d(planes[None], self.size, self.stride)[..., : shape[0], : shape[1]]
        return F.avg_pool2d(patches, self.block, ceil_mode=True, count_include_pad=False)[
            0
        ].flatten(1)

    def _patches(self, cells: Tensor) -> Tensor:
        """Patches as columns: (c * k * k, patches)."""
        return F.unfold(cells[None], self.kept, dilation=self.apart, stride=self.stride)[0]
