"""Coherence: neighbours in the content get neighbours in the style, where that is nearly as good.

Where a content is smooth, patches that are picked one by one come from all over the style, and what
they paint is a mottle. So every patch looks at what its neighbours have picked, moved along by the
distance between the two (Ashikhmin 2001, "Synthesizing natural textures"): of these and its own
pick it takes the one of the highest score, to which each neighbour adds that would continue it.

All patches look at once, at picks that were made one by one: so a patch depends on its eight
neighbours alone, and tiles that are matched with those around them join to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from styleswap.engine.transforms.patch_swap.matching import NORM_EPSILON, patch_norms
from styleswap.engine.transforms.patch_swap.picks import Picks

MARGIN = 0.015
"""What a neighbour adds at a variety of 1, in units of the cosine."""

AROUND = 1
"""Patches on each side that a patch looks at."""

CHUNK_VALUES = 1 << 22
"""Values that are gathered at once."""

STEPS = [(0, 0), *((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)]
"""To a patch itself, and to its neighbours."""


def coherent(
    picks: Picks,
    content: Tensor,
    styles: Sequence[Tensor],
    patch_size: int,
    stride: int,
    prices: Sequence[Tensor],
    margin: float,
    counted: Tensor | None = None,
    poll: Callable[[], None] = lambda: None,
) -> Picks:
    """Let patches continue their neighbours' picks.

    Args:
        picks: of `match`, (Hp, Wp).
        content: (C, H, W), what was matched.
        styles: copies of the style, (C, h, w) each.
        patch_size: p, odd.
        stride: distance between patches, in the content and in the style alike.
        prices: of the patches of each copy, (hp, wp).
        margin: what a neighbour adds, in units of the cosine.
        counted: (Hp, Wp), true where the style has a part; other patches are nobody's neighbours.
        poll: called every few milliseconds; raises to stop.

    Returns:
        Picks as of `match`.
    """
    norms = patch_norms(content, patch_size)[::stride, ::stride]
    tall, wide = picks.row.shape
    y, x = (torch.arange(count, device=content.device) * stride for count in (tall, wide))
    down, right = picks.row - y[:, None], picks.column - x
    # Patches that would continue each other have the same key.
    reach = 1 << 20
    keys = (picks.copy * 2 * reach + down + reach) * 2 * reach + right + reach
    if counted is not None:
        keys = torch.where(counted, keys, -1)
    scores, costs = _scores(picks, content, styles, patch_size, stride, prices, poll)
    best = torch.full_like(norms, -torch.inf)
    found = Picks(picks.copy.clone(), picks.row.clone(), picks.column.clone(), best)
    around = [_moved(keys, step, -1) for step in STEPS[1:]]
    for number, step in enumerate(STEPS):
        poll()
        key = _moved(keys, step, -1) if number else keys
        votes = sum((key == other for other in around), torch.zeros_like(norms))
        worth = margin * votes - _moved(costs[number], step, 0)
        with_votes = _moved(scores[number], step, -torch.inf) + worth * norms
        better = (with_votes > best) & (key >= 0)
        best[better] = with_votes[better]
        found.copy[better] = _moved(picks.copy, step, 0)[better]
        found.row[better] = (_moved(down, step, 0) + y[:, None])[better]
        found.column[better] = (_moved(right, step, 0) + x)[better]
    # Of patches that do not count nothing is asked.
    matched = best > -torch.inf
    best[~matched] = picks.score[~matched]
    return found


def _scores(
    picks: Picks,
    content: Tensor,
    styles: Sequence[Tensor],
    size: int,
    stride: int,
    prices: Sequence[Tensor],
    poll: Callable[[], None],
) -> tuple[Tensor, Tensor]:
    """The scores that a patch's pick has with its neighbours, moved along, and its prices there.

    (9, Hp, Wp) each, in the order of `STEPS`, of the patch that lies a step back. All scores are
    sums of the products of cells along one diagonal, as far as the patch and those around it reach.
    """
    channels, height, width = content.shape
    scores = content.new_full((len(STEPS), *picks.row.shape), -torch.inf)
    costs = torch.zeros_like(scores)
    rows = content.flatten(1).T.contiguous()  # (cells, C)
    span = range(-AROUND * stride, size + AROUND * stride)
    chunk = max(1, CHUNK_VALUES // channels)
    for copy, style in enumerate(styles):
        places = (picks.copy == copy).nonzero()
        if len(places) == 0:
            continue
        cells = style.flatten(1).T.contiguous()
        high, across = style.shape[1:]
        inverse = 1 / (patch_norms(style, size) + NORM_EPSILON)[::stride, ::stride]
        for part in places.split(chunk):
            i, j = part.unbind(1)
            top, left = picks.row[i, j], picks.column[i, j]
            products = content.new_zeros(len(span), len(span), len(part))
            for v, dy in enumerate(span):
                poll()
                for h, dx in enumerate(span):
                    here = (i * stride + dy).clamp(0, height - 1) * width
                    here += (j * stride + dx).clamp(0, width - 1)
                    there = (top + dy).clamp(0, high - 1) * across
                    there += (left + dx).clamp(0, across - 1)
                    products[v, h] = torch.linalg.vecdot(
                        rows.index_select(0, here), cells.index_select(0, there)
                    )
            for number, (y, x) in enumerate(STEPS):
                # The patch that lies a step back, and what it would take of the style.
                v, h = (AROUND - y) * stride, (AROUND - x) * stride
                row, column = top - y * stride, left - x * stride
                inside = (row >= 0) & (row <= high - size)
                inside &= (column >= 0) & (column <= across - size)
                at = (
                    (row // stride).clamp(0, inverse.shape[0] - 1),
                    (column // stride).clamp(0, inverse.shape[1] - 1),
                )
                score = products[v : v + size, h : h + size].sum((0, 1)) * inverse[at]
                scores[number, i, j] = torch.where(inside, score, -torch.inf)
                costs[number, i, j] = prices[copy][at]
    return scores, costs


def _moved(values: Tensor, step: tuple[int, int], beyond: float) -> Tensor:
    """Each patch's value of the neighbour that lies a step away: (Hp, Wp)."""
    if step == (0, 0):
        return values
    moved = torch.full_like(values, beyond)
    tall, wide = values.shape
    y, x = step
    rows, columns = slice(max(0, y), tall + min(0, y)), slice(max(0, x), wide + min(0, x))
    moved[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x] = values[
        rows, columns
    ]
    return moved
