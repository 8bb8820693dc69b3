"""Coherent picks against what a walk from patch to patch gives, and what they are for."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from styleswap.engine.transforms.patch_swap import match
from styleswap.engine.transforms.patch_swap.coherence import coherent
from styleswap.engine.transforms.patch_swap.picks import Picks

MARGIN = 0.05


def walked(
    picks: Picks,
    content: Tensor,
    styles: Sequence[Tensor],
    size: int,
    stride: int,
    prices: Sequence[Tensor],
    counted: Tensor,
) -> dict[tuple[int, int], tuple[int, int, int]]:
    """The same, patch by patch: which place each that counts takes."""
    tall, wide = picks.row.shape
    kept = {
        (i, j): tuple(int(own[i, j]) for own in (picks.copy, picks.row, picks.column))
        for i in range(tall)
        for j in range(wide)
        if counted[i, j]
    }
    found = {}
    for i, j in kept:
        asked = content[:, i * stride :, j * stride :][:, :size, :size].flatten().double()
        steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y or x)]
        offered = {
            (y, x): (k, row - y * stride, column - x * stride)
            for y, x in [(0, 0), *steps]
            for k, row, column in [kept.get((i + y, j + x), (-1, 0, 0))]
            if k >= 0
        }
        worth = {}
        for k, row, column in offered.values():
            style = styles[k]
            if not (0 <= row <= style.shape[1] - size and 0 <= column <= style.shape[2] - size):
                continue
            patch = style[:, row : row + size, column : column + size].flatten().double()
            cosine = float(asked @ patch / patch.norm() / asked.norm())
            votes = sum(offered.get(step) == (k, row, column) for step in steps)
            price = float(prices[k][row // stride, column // stride])
            worth[k, row, column] = cosine - price + MARGIN * votes
        found[i, j] = max(worth, key=lambda place: worth[place])
    return found


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_a_patch_takes_what_is_best_with_its_neighbours(
    size: int, stride: int, masked: bool
) -> None:
    grown = torch.Generator().manual_seed(size + stride)
    side = size + 9 * stride
    content = torch.rand(6, side, side + stride, generator=grown)
    styles = [torch.rand(6, size + n * stride, size + 8 * stride, generator=grown) for n in (7, 9)]
    shapes = [match(s, styles, size, stride).row.shape for s in styles]
    prices = [0.02 * torch.rand(shape, generator=grown) for shape in shapes]
    picks = match(content, styles, size, stride, prices=prices)
    counted = torch.rand(picks.row.shape, generator=grown) < (0.6 if masked else 2)
    found = coherent(
        picks, content, styles, size, stride, prices, MARGIN, counted if masked else None
    )
    places = {
        place: tuple(int(own[place]) for own in (found.copy, found.row, found.column))
        for place in zip(*(axis.tolist() for axis in counted.nonzero(as_tuple=True)), strict=True)
    }
    assert places == walked(picks, content, styles, size, stride, prices, counted)
    moved = sum(places[p] != (picks.copy[p], picks.row[p], picks.column[p]) for p in places)
    assert moved > len(places) / 10


def test_where_all_is_alike_a_piece_of_the_style_goes_on() -> None:
    """Neighbours continue each other much oftener than in picks that are made one by one."""
    grown = torch.Generator().manual_seed(1)
    content = 1 + 0.05 * torch.rand(8, 24, 24, generator=grown)
    styles = [1 + 0.3 * torch.rand(8, 20, 20, generator=grown)]
    picks = match(content, styles)
    free = [torch.zeros(18, 18)]

    def continued(picks: Picks) -> float:
        return float((picks.column.diff(dim=1) == 1).float().mean())

    one, two = (coherent(picks, content, styles, 3, 1, free, margin) for margin in (0.0, 0.02))
    assert torch.equal(one.row, picks.row)
    assert continued(two) > 2 * continued(picks)
