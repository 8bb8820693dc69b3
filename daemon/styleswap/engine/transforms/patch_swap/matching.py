"""The first half of the swap: for every patch of the content the best matching one of the style.

Chen & Schmidt (arXiv 1612.04337), section 3.1: for each p x p patch of the content's activations,
the style patch with the highest normalised cross-correlation. Here the same is computed without the
score map: the inner product of two patches is the sum of the inner products of their pixels along a
diagonal, so one matrix product over C channels (not p²C) serves all patches. The walk goes over the
style's rows and keeps the diagonal sums of the last p of them, and a running best.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.transforms.patch_swap.picks import Picks

NORM_EPSILON = 1e-8
"""Added to a style patch's norm, as in the paper's code."""

BLOCK_VALUES = 1 << 18
"""Products in one block of the walk on the CPU: 1 MiB, so that a few blocks stay in its caches."""

GROUP_COLUMNS = 128
"""Style cells in one product: shorter style rows are taken together."""


def patch_norms(features: Tensor, patch_size: int) -> Tensor:
    """Euclidean norms of all valid patches.

    Args:
        features: (C, H, W).
        patch_size: side of a patch in cells.

    Returns:
        (H - p + 1, W - p + 1).
    """
    energy = features.pow(2).sum(0, keepdim=True)[None]
    kernel = energy.new_ones(1, 1, 1, patch_size)
    sums = F.conv2d(F.conv2d(energy, kernel), kernel.transpose(2, 3))
    return sums[0, 0].clamp(min=0).sqrt()


def match(
    content: Tensor,
    styles: Sequence[Tensor],
    patch_size: int = 3,
    stride: int = 1,
    poll: Callable[[float], None] | None = None,
    prices: Sequence[Tensor] | None = None,
) -> Picks:
    """Find the style patch with the highest normalised cross-correlation for each content patch.

    Args:
        content: (C, H, W) float32, at least a patch in size, covered by the stride
            (`pad_to_cover`).
        styles: copies of the style, (C, h, w) each, at least a patch in size.
        patch_size: p, odd.
        stride: distance between patches, in the content and in the style alike.
        poll: called with the finished share, 0 to 1, every few milliseconds; raises to stop.
        prices: of the patches of each copy, (hp, wp) in units of the cosine: what a patch's score
            is less, times the norm of the content's patch. None is 0.

    Returns:
        Picks with Hp = (H - p) // stride + 1 and Wp likewise. Of equal scores the lowest copy, row
        and column wins.

    Raises:
        ValueError: a map is smaller than a patch.
    """
    if any(side < patch_size for m in (content, *styles) for side in m.shape[1:]):
        raise ValueError(f"activations are smaller than a patch of {patch_size} cells a side")
    _, height, width = content.shape
    tall, wide = (height - patch_size) // stride + 1, (width - patch_size) // stride + 1
    best = content.new_full((tall, wide), -torch.inf)
    place = torch.zeros((3, tall, wide), dtype=torch.int64, device=content.device)
    rows = content.permute(1, 2, 0).contiguous()  # (H, W, C)
    work = [s.shape[1] * s.shape[2] for s in styles]
    total, done = sum(work), 0.0
    norms = patch_norms(content, patch_size)[::stride, ::stride].contiguous()
    for copy, style in enumerate(styles):
        walk = _Walk(rows, style, patch_size, stride)
        if prices is not None:
            walk.charge(prices[copy], norms)
        for share in walk.run(best, place, copy):
            if poll is not None:
                poll((done + share * work[copy]) / total)
        done += work[copy]
    return Picks(place[0], place[1], place[2], best)


class _Walk:
    """The walk of one copy's rows past the content, block of content rows by block."""

    def __init__(self, rows: Tensor, style: Tensor, patch_size: int, stride: int) -> None:
        self.rows = rows  # (H, W, C)
        self.style = style.permute(1, 2, 0).contiguous()  # (h, w, C)
        self.size, self.stride = patch_size, stride
        inverse = 1 / (patch_norms(style, patch_size) + NORM_EPSILON)
        self.inverse = inverse[::stride, ::stride].contiguous()  # (hp, wp)
        self.high, self.across = self.inverse.shape
        self.prices: Tensor | None = None
        self.norms = self.inverse
        self.tall = (rows.shape[0] - patch_size) // stride + 1
        self.wide = (rows.shape[1] - patch_size) // stride + 1
        # Several short style rows share a product. At a stride each row meets its own content rows.
        self.group = max(1, GROUP_COLUMNS // style.shape[2]) if stride == 1 else 1
        block = rows.shape[1] * style.shape[2] * self.group
        fitting = BLOCK_VALUES // block if rows.device.type == "cpu" else rows.shape[0]
        # Neighbouring blocks share p - stride content rows, computed twice.
        self.patch_rows = max(1, min(self.tall, max(fitting, 3 * patch_size) // stride))

    def charge(self, prices: Tensor, norms: Tensor) -> None:
        """Let patches cost something: (hp, wp) of the style, times (Hp, Wp) of the content."""
        self.prices, self.norms = prices, norms

    def run(self, best: Tensor, place: Tensor, copy: int) -> Iterator[float]:
        """Walk, improving `best` and `place` in place; yields the finished share."""
        last = (self.high - 1) * self.stride + self.size  # style rows that belong to a patch
        for start in range(0, self.tall, self.patch_rows):
            stop = min(start + self.patch_rows, self.tall)
            content = [self._content(start, stop, r) for r in range(self.stride)]
            along: list[Tensor | None] = [None] * self.size  # of the last p style rows
            scores: Tensor | None = None
            for row in range(0, last, self.group):
                products = _products(content[row % self.stride], self.style[row : row + self.group])
                for i in range(min(self.group, last - row)):
                    v = row + i
                    along[v % self.size] = self._along(products[:, :, i], along[v % self.size])
                    top = v - self.size + 1  # the patch row that is complete now
                    if top >= 0 and top % self.stride == 0:
                        scores = self._down(along, top, stop - start, scores)
                        self._charged(scores, top // self.stride, start, stop)
                        self._keep(scores, best, place, (copy, start, top))
                yield (start + (stop - start) * min(1.0, (row + self.group) / last)) / self.tall

    def _content(self, start: int, stop: int, residue: int) -> Tensor:
        """Content rows of some patch rows, those at a residue of the stride: (rows, W, C)."""
        count = stop - start + (self.size - 1 - residue) // self.stride
        top = start * self.stride + residue
        return self.rows[top : top + (count - 1) * self.stride + 1 : self.stride].contiguous()

    def _along(self, products: Tensor, out: Tensor | None) -> Tensor:
        """Diagonal sums over p cells along x of (rows, W, w) products: (rows, Wp, wp)."""
        step = self.stride
        ends = (self.wide - 1) * step + 1, (self.across - 1) * step + 1
        terms = [
            products[:, i : i + ends[0] : step, i : i + ends[1] : step] for i in range(self.size)
        ]
        return _summed(terms, out)

    def _down(
        self, along: Sequence[Tensor | None], top: int, count: int, out: Tensor | None
    ) -> Tensor:
        """Scores of a block's patches against the patches of one style row: (count, Wp, wp).

        The p rows of a patch in the content meet the same rows of the style's patch.
        """
        terms = []
        for i in range(self.size):
            row = along[(top + i) % self.size]
            assert row is not None
            terms.append(row[i // self.stride : i // self.stride + count])
        return _summed(terms, out).mul_(self.inverse[top // self.stride])

    def _charged(self, scores: Tensor, row: int, start: int, stop: int) -> None:
        """Subtract, in place, what the patches of one style row cost."""
        if self.prices is not None:
            norms = self.norms[start:stop].reshape(-1)
            scores.view(len(norms), -1).addr_(norms, self.prices[row], alpha=-1)

    def _keep(
        self, scores: Tensor, best: Tensor, place: Tensor, where: tuple[int, int, int]
    ) -> None:
        copy, start, top = where
        highest = scores.amax(2)
        held = best[start : start + scores.shape[0]]
        # The position is looked up only where the best improves: seldom, after the first rows.
        y, x = torch.nonzero(highest > held, as_tuple=True)
        if y.numel() == 0:
            return
        held[y, x] = highest[y, x]
        target = place[:, start : start + scores.shape[0]]
        target[0, y, x] = copy
        target[1, y, x] = top
        target[2, y, x] = scores[y, x].argmax(1) * self.stride


def _products(content: Tensor, style: Tensor) -> Tensor:
    """Inner products of all cells of some content rows with all cells of some style rows.

    On the CPU as a 1x1 convolution: the library behind it (oneDNN) was measured twice as fast as
    the one behind matrix products, on a processor that is not of the latter's maker.

    Args:
        content: (rows, W, C).
        style: (n, w, C).

    Returns:
        (rows, W, n, w).
    """
    count, width, channels = content.shape
    if content.device.type == "cpu":
        image = content[None].permute(0, 3, 1, 2)  # (1, C, rows, W), channels last
        out = F.conv2d(image, style.reshape(-1, channels, 1, 1)).permute(0, 2, 3, 1)
    else:
        out = content.view(-1, channels) @ style.reshape(-1, channels).T
    return out.reshape(count, width, style.shape[0], style.shape[1])


def _summed(terms: Sequence[Tensor], out: Tensor | None) -> Tensor:
    """Sum of equally shaped tensors, in `out` where it is given, which overlaps none of them."""
    if out is None or out.shape != terms[0].shape:
        out = torch.empty_like(terms[0], memory_format=torch.contiguous_format)
    if len(terms) == 1:
        return out.copy_(terms[0])
    torch.add(terms[0], terms[1], out=out)
    for term in terms[2:]:
        out.add_(term)
    return out
