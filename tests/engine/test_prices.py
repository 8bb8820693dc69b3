"""What patches cost: matching with prices, and the ascent, beside brute force and assignments."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax
from torch import Tensor

from styleswap.engine.tiles import rectangle
from styleswap.engine.transforms.patch_swap.lattice import Lattice, pad_to_cover
from styleswap.engine.transforms.patch_swap.matching import match, patch_norms
from styleswap.engine.transforms.patch_swap.picks import Picks
from styleswap.engine.transforms.patch_swap.prices import (
    LEAST_SHARE,
    SOFTNESS,
    STEP,
    TOLERANCE,
    Tones,
    ascent,
    enlarged,
    fair,
    prices,
)
from styleswap.engine.transforms.patch_swap.sample import taken

from . import reference

CHANNELS = 12


def activations(height: int, width: int, seed: int, channels: int = CHANNELS) -> Tensor:
    """Rectified and of unequal channel scale, as relu3_1 is."""
    random = torch.Generator().manual_seed(seed)
    scale = torch.linspace(0.2, 3, channels).view(-1, 1, 1)
    return (torch.randn(channels, height, width, generator=random) + 0.3).relu() * scale


def costs(styles: Sequence[Tensor], size: int, stride: int, seed: int = 5) -> list[Tensor]:
    """Of the order of what cosines differ by."""
    random = torch.Generator().manual_seed(seed)
    shapes = [[(side - size) // stride + 1 for side in style.shape[1:]] for style in styles]
    return [0.3 * torch.rand(*shape, generator=random) for shape in shapes]


def priced(
    content: Tensor, styles: Sequence[Tensor], size: int, stride: int, cost: Sequence[Tensor]
) -> Tensor:
    """cos - price of every style patch everywhere, in float64: (N, H', W')."""
    doubles = [style.double() for style in styles]
    scores = reference.scores(content.double(), doubles, size, stride)
    norms = reference.patches(content.double(), size, stride).flatten(1).norm(dim=1)
    flat = torch.cat([own.flatten() for own in cost]).double()
    return scores / norms.view(scores.shape[1:]) - flat.view(-1, 1, 1)


def assert_best(
    picks: Picks,
    content: Tensor,
    styles: Sequence[Tensor],
    size: int,
    stride: int,
    cost: Sequence[Tensor],
) -> None:
    """No patch is better by its cosine less its price."""
    wanted = priced(content, styles, size, stride, cost)
    flat = reference.flat_index(picks, styles, size, stride)
    reached = wanted.gather(0, flat[None])[0]
    assert float((wanted.amax(0) - reached).max()) < 1e-5
    norms = reference.patches(content, size, stride).flatten(1).norm(dim=1).view(flat.shape)
    torch.testing.assert_close(picks.score / norms, reached.float(), rtol=1e-4, atol=1e-5)
    # The prices matter: without them others are picked.
    free = reference.scores(content, styles, size, stride).argmax(0)
    assert float((free != flat).float().mean()) > 0.2


# -- matching with prices --------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(
    ("content", "style"),
    [((14, 19), (11, 9)), ((8, 8), (17, 23))],
    ids=["style smaller", "style larger"],
)
def test_a_priced_match_equals_brute_force(
    size: int, stride: int, content: tuple[int, int], style: tuple[int, int]
) -> None:
    stride = min(stride, size)
    covered = pad_to_cover(activations(*content, 1), size, stride)
    styles = [activations(*style, 2)]
    cost = costs(styles, size, stride)
    picks = match(covered, styles, size, stride, prices=cost)
    assert_best(picks, covered, styles, size, stride, cost)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
def test_several_copies_have_prices_of_their_own(size: int, stride: int) -> None:
    styles = [activations(9, 13, 2), activations(13, 9, 3), activations(10, 10, 4)]
    covered = pad_to_cover(activations(16, 12, 1), size, stride)
    cost = costs(styles, size, stride)
    picks = match(covered, styles, size, stride, prices=cost)
    assert_best(picks, covered, styles, size, stride, cost)
    assert len(picks.copy.unique()) == 3
    barred = [cost[0], cost[1] + 10, cost[2]]
    assert 1 not in match(covered, styles, size, stride, prices=barred).copy


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2)])
def test_many_blocks_charge_the_same(
    size: int, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("styleswap.engine.transforms.patch_swap.matching.BLOCK_VALUES", 1)
    covered = pad_to_cover(activations(40, 11, 1), size, stride)
    styles = [activations(31, 10, 2)]
    cost = costs(styles, size, stride)
    picks = match(covered, styles, size, stride, prices=cost)
    assert_best(picks, covered, styles, size, stride, cost)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
def test_tiles_pick_what_the_whole_picks(size: int, stride: int) -> None:
    """A patch's price is in units of its cosine, whatever else is matched with it."""
    content, styles = activations(26, 31, 1), [activations(12, 15, 2)]
    covered, cost = pad_to_cover(content, size, stride), costs(styles, size, stride)
    whole = match(covered, styles, size, stride, prices=cost)
    lattice = Lattice(rectangle(26, 31), size, stride)
    same = 0
    for tile in lattice.patches.cut(5):
        place = lattice.cells(tile).place
        part = match(covered[(slice(None), *place)], styles, size, stride, prices=cost)
        torch.testing.assert_close(part.score, whole.score[tile.place], rtol=1e-4, atol=1e-5)
        own = whole.part(tile.place)
        same += int(((part.row == own.row) & (part.column == own.column)).sum())
    assert same > 0.99 * whole.score.numel()


@pytest.mark.parametrize("size", [1, 3, 5])
def test_what_costs_nothing_changes_no_bit(size: int) -> None:
    content, styles = activations(16, 12, 1), [activations(9, 13, 2), activations(13, 9, 3)]
    plain = match(content, styles, size)
    nothing = [torch.zeros_like(own) for own in costs(styles, size, 1)]
    for given in (
        match(content, styles, size, prices=None),
        match(content, styles, size, prices=nothing),
    ):
        for name in ("copy", "row", "column", "score"):
            assert torch.equal(getattr(given, name), getattr(plain, name))


@pytest.mark.parametrize("factor", [0.01, 1.0, 300.0])
def test_contrast_of_the_content_changes_no_pick(factor: float) -> None:
    content, styles = activations(12, 14, 1), [activations(11, 9, 2)]
    cost = costs(styles, 3, 1)
    one = match(content, styles, 3, prices=cost)
    other = match(content * factor, styles, 3, prices=cost)
    assert torch.equal(one.row, other.row)
    assert torch.equal(one.column, other.column)


def test_a_content_without_activations_is_survived() -> None:
    styles = [activations(7, 7, 2)]
    picks = match(torch.zeros(CHANNELS, 6, 6), styles, 3, prices=costs(styles, 3, 1))
    assert torch.equal(picks.score, torch.zeros(4, 4))
    assert float(patch_norms(torch.zeros(CHANNELS, 6, 6), 3).max()) == 0


# -- the ascent ------------------------------------------------------------------------------------


def crowded(count: int, blocks: int, seed: int = 0) -> Tensor:
    """Scores of patches that all like the same few blocks: (n, m)."""
    random = torch.Generator().manual_seed(seed)
    liked = 0.15 * torch.rand(1, blocks, generator=random) ** 4
    return 0.5 + liked + 0.02 * torch.randn(count, blocks, generator=random)


def usage(scores: Tensor, price: Tensor | None = None) -> Tensor:
    """How often each block is picked: (m,)."""
    kept = scores if price is None else scores - price
    return torch.bincount(kept.argmax(1), minlength=scores.shape[1])


def total(scores: Tensor, price: Tensor) -> float:
    """Of the picks, without what they cost."""
    return float(scores.gather(1, (scores - price).argmax(1, keepdim=True)).sum())


@pytest.mark.parametrize(("count", "blocks"), [(200, 40), (160, 160), (1000, 100)])
def test_blocks_are_picked_more_evenly(count: int, blocks: int) -> None:
    scores = crowded(count, blocks)
    before, after = usage(scores), usage(scores, ascent(scores))
    even = count / blocks
    assert float(before.max()) > 6 * even  # they did crowd
    assert float(after.max()) < 0.75 * float(before.max())
    assert int((after > 0).sum()) > 1.5 * int((before > 0).sum())


@pytest.mark.parametrize(("count", "blocks"), [(200, 40), (160, 160), (1000, 100)])
def test_soft_picks_are_nearly_even_as_of_sinkhorn(count: int, blocks: int) -> None:
    """Sinkhorn's dual at the same softness makes them exactly even; a part is reached."""
    scores = crowded(count, blocks).double()
    softness = STEP * SOFTNESS * float((scores.amax(1) - scores.mean(1)).mean())

    def unevenness(price: np.ndarray) -> float:
        used = softmax((scores.numpy() - price) / softness, axis=1).mean(0) * blocks
        return float(np.abs(used - 1).mean())

    exact = np.zeros(blocks)
    for _ in range(2000):
        used = softmax((scores.numpy() - exact) / softness, axis=1).mean(0) * blocks
        exact += softness * np.log(used)
    assert unevenness(exact) < 1e-6
    found = ascent(scores.float()).double().numpy()
    assert unevenness(found) < 0.7 * unevenness(np.zeros(blocks))
    assert np.corrcoef(found, exact)[0, 1] > 0.95


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_picks_are_the_best_assignment_of_their_usage(seed: int) -> None:
    """Duality, by SciPy: no other way to pick the blocks as often reaches more."""
    scores = crowded(150, 30, seed)
    price = ascent(scores)
    places = torch.repeat_interleave(torch.arange(30), usage(scores, price))
    rows, columns = linear_sum_assignment(scores[:, places].numpy(), maximize=True)
    best = float(scores[:, places].numpy()[rows, columns].sum())
    assert total(scores, price) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_less_is_lost_than_to_the_best_even_assignment(seed: int) -> None:
    """Every block exactly five times, by SciPy: softness reaches more, and less than the free."""
    scores = crowded(150, 30, seed)
    places = torch.arange(30).repeat_interleave(5)
    rows, columns = linear_sum_assignment(scores[:, places].numpy(), maximize=True)
    even = float(scores[:, places].numpy()[rows, columns].sum())
    free = float(scores.amax(1).sum())
    assert even < total(scores, ascent(scores)) < free


def test_the_cheapest_costs_nothing() -> None:
    scores = crowded(200, 40)
    price = ascent(scores)
    assert price.shape == (40,)
    assert float(price.min()) == 0
    assert float(price.max()) > 0.02
    # The blocks that all like are the dear ones.
    assert float(price[scores.mean(0).topk(4).indices].min()) > float(price.median())


def test_shares_decide_how_often_a_block_is_picked() -> None:
    scores = 0.5 + 0.1 * torch.rand(3000, 30, generator=torch.Generator().manual_seed(1))
    shares = torch.linspace(0.2, 1.8, 30)
    found = usage(scores, ascent(scores, shares)).float() * 30 / 3000
    even = usage(scores, ascent(scores)).float() * 30 / 3000
    assert float(torch.corrcoef(torch.stack([found, shares]))[0, 1]) > 0.9
    assert float((found - shares).abs().mean()) < 0.5 * float((even - shares).abs().mean())
    ones = torch.ones(30)
    assert torch.equal(ascent(scores, ones), ascent(scores))


def test_blocks_that_are_alike_cost_alike() -> None:
    """A shift of all scores, or of one patch's, changes nothing."""
    scores = crowded(200, 40)
    moved = scores + torch.linspace(-0.2, 0.2, 200)[:, None]
    torch.testing.assert_close(ascent(moved), ascent(scores), rtol=1e-3, atol=1e-4)


def test_one_block_and_equal_scores_are_survived() -> None:
    assert torch.equal(ascent(torch.rand(20, 1)), torch.zeros(1))
    price = ascent(torch.full((20, 7), 0.5))
    assert bool(price.isfinite().all())
    assert float(price.max()) < 1e-3


def test_more_blocks_than_are_looked_at_are_survived() -> None:
    """Of thousands each patch chooses among its best alone; the picks of all are still evener."""
    scores = crowded(300, 900)
    before, after = usage(scores), usage(scores, ascent(scores))
    assert int((after > 0).sum()) > 1.5 * int((before > 0).sum())
    assert int(after.max()) < int(before.max()) / 4


def test_the_ascent_can_be_stopped() -> None:
    asked: list[int] = []

    def poll() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ascent(crowded(50, 20), None, poll)


# -- shares by tones -------------------------------------------------------------------------------


def test_shares_equal_a_softmax_by_scipy() -> None:
    random = torch.Generator().manual_seed(0)
    content, style = (100 * torch.rand(n, 2, generator=random) for n in (60, 25))
    given = fair(content, style, 1.5)
    apart = np.linalg.norm(content.numpy()[:, None] - style.numpy()[None], axis=2)
    soft = softmax(-((apart / (TOLERANCE * 1.5)) ** 2) / 2, axis=1).mean(0) * 25
    np.testing.assert_allclose(given.numpy(), soft.clip(LEAST_SHARE), rtol=1e-3, atol=1e-4)
    assert float(soft.sum()) == pytest.approx(25, rel=1e-4)
    assert 24.99 < float(given.sum()) < 25 * (1 + LEAST_SHARE)
    assert float(given.min()) >= LEAST_SHARE


def test_tones_near_the_content_s_have_more() -> None:
    """A dark content, a style of all tones."""
    random = torch.Generator().manual_seed(0)
    content = 10 + 5 * torch.rand(100, 1, generator=random)
    style = torch.linspace(0, 100, 51)[:, None]
    shares = fair(content, style, 1.0)
    assert float(shares[5:8].min()) > 2
    assert torch.equal(shares[20:], torch.full((31,), LEAST_SHARE))
    wide = fair(content, style, 20.0)
    assert float(wide.max() / wide.min()) < 2  # tones hardly have to be alike


# -- prices of a style -----------------------------------------------------------------------------


def sample(content: Tensor, size: int, stride: int) -> Tensor:
    """What is taken of all patches: (n, C, k, k)."""
    kept = list(taken(size))
    return reference.patches(content, size, stride)[:, :, kept][:, :, :, kept]


def cosines(patches: Tensor, style: Tensor, size: int, stride: int) -> Tensor:
    """Of patches with all patches of a style: (n, hp, wp)."""
    own = sample(style, size, stride).flatten(1)
    scores = F.normalize(patches.flatten(1), dim=1) @ F.normalize(own, dim=1).T
    shape = [(side - size) // stride + 1 for side in style.shape[1:]]
    return scores.view(-1, *shape)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 1), (5, 3), (7, 1)])
def test_prices_are_the_ascent_over_all_copies(size: int, stride: int) -> None:
    """Few patches: every one is a block of its own."""
    styles = [activations(11, 14, 2), activations(14, 11, 3)]
    patches = sample(activations(18, 20, 1), size, stride)
    given = prices(patches, styles, size, stride)
    found = [cosines(patches, style, size, stride) for style in styles]
    wanted = ascent(torch.cat([own.flatten(1) for own in found], 1))
    torch.testing.assert_close(
        torch.cat([own.flatten() for own in given]), wanted, rtol=0.05, atol=5e-4
    )
    assert [own.shape for own in given] == [own.shape[1:] for own in found]
    assert float(torch.cat([own.flatten() for own in given]).min()) == 0


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2)])
@pytest.mark.parametrize("chunk", [1 << 22, 1])
def test_a_block_is_as_good_as_its_best_patch(
    size: int, stride: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few samples of the content: blocks of several patches a side, in whatever chunks."""
    monkeypatch.setattr("styleswap.engine.transforms.patch_swap.prices.CHUNK_VALUES", chunk)
    styles = [activations(27, 22, 2), activations(22, 27, 3)]
    patches = sample(activations(10, 10, 1), size, stride)[:12]
    given = prices(patches, styles, size, stride)
    count = sum(own.numel() for own in given)
    block = next(b for b in range(1, 99) if count <= 4 * 12 * b**2)
    assert block > 1
    best = []
    for style in styles:
        scores = cosines(patches, style, size, stride)
        cut = [rows.split(block, 2) for rows in scores.split(block, 1)]
        best += [part.amax((1, 2)) for rows in cut for part in rows]
    wanted = ascent(torch.stack(best, 1))
    start = 0
    for own in given:
        rows, columns = (-(-side // block) for side in own.shape)
        coarse = wanted[start : start + rows * columns].view(rows, columns)
        start += rows * columns
        fine = F.interpolate(coarse[None, None], scale_factor=block, mode="bilinear")[0, 0]
        fine = fine[: own.shape[0], : own.shape[1]]
        torch.testing.assert_close(own, fine, rtol=0.05, atol=5e-4)
        assert float(own.min()) >= 0


def test_picks_at_these_prices_use_more_of_a_style() -> None:
    """A smooth content: one patch is the best nearly everywhere."""
    base = activations(1, 1, 1)
    content = base + 0.3 * activations(30, 30, 4)
    style = activations(16, 16, 2)
    patches = sample(content, 3, 1)
    cost = prices(patches, [style], 3, 1)
    used = []
    for given in (None, cost):
        picks = match(content, [style], 3, prices=given)
        flat = reference.flat_index(picks, [style], 3, 1).flatten()
        used.append(torch.bincount(flat, minlength=14 * 14))
    assert int((used[1] > 0).sum()) > 1.5 * int((used[0] > 0).sum())
    assert int(used[1].max()) < int(used[0].max()) / 2


def test_what_is_lost_of_many_channels_changes_few_prices() -> None:
    """Of 100 channels that hold 20 dimensions, 64 components say all."""
    random = torch.Generator().manual_seed(0)
    mixing = torch.randn(100, 20, generator=random)
    style, content = (
        torch.einsum("dc,chw->dhw", mixing, torch.randn(20, 12, 12, generator=random))
        for _ in range(2)
    )
    patches = sample(content, 3, 1)
    given = prices(patches, [style], 3, 1)[0]
    wanted = ascent(cosines(patches, style, 3, 1).flatten(1))
    torch.testing.assert_close(given.flatten(), wanted, rtol=0.05, atol=1e-3)


def test_tones_give_a_style_s_patches_their_shares() -> None:
    """The style's light half is of no use for a dark content: it gets no more than it must."""
    style, content = activations(14, 28, 2), activations(20, 20, 1)
    patches = sample(content, 3, 1)
    lightness = torch.linspace(0, 100, 28).expand(1, 14, 28).contiguous()
    tones = Tones(torch.full((len(patches), 1), 10.0), [lightness], 1.0)
    with_tones, without = (prices(patches, [style], 3, 1, t)[0] for t in (tones, None))
    flat = reference.patches(lightness, 3, 1).flatten(1).mean(1, keepdim=True)
    scores = cosines(patches, style, 3, 1).flatten(1)
    wanted = ascent(scores, fair(tones.content, flat, 1.0))
    torch.testing.assert_close(with_tones.flatten(), wanted, rtol=0.05, atol=5e-4)
    # Cheap where it is dark, against what is asked without tones.
    ratio = with_tones[:, :6].mean() / with_tones[:, 14:].mean()
    assert float(ratio) < 0.6 * float(without[:, :6].mean() / without[:, 14:].mean())


@pytest.mark.parametrize("stride", [1, 2])
def test_prices_of_a_larger_copy_are_those_of_the_same_places(stride: int) -> None:
    style, large = activations(16, 20, 2), activations(32, 40, 3)
    cost = torch.linspace(0, 1, (20 - 3) // stride + 1).expand((16 - 3) // stride + 1, -1)
    given = enlarged(cost, large, 3, stride)
    assert given.shape == ((32 - 3) // stride + 1, (40 - 3) // stride + 1)
    assert float(given.min()) >= 0
    across = torch.linspace(0, 1, given.shape[1]).expand_as(given)
    torch.testing.assert_close(given, across, rtol=0, atol=0.06)
    assert enlarged(cost, style, 3, stride) is cost
