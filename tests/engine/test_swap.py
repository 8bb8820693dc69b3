"""The style-swap layer against the paper's form: convolution, one-hot, transposed convolution."""

import itertools
import subprocess
import sys
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from styleswap.engine.transforms.patch_swap.lattice import covering_size, pad_to_cover
from styleswap.engine.transforms.patch_swap.matching import match, patch_norms
from styleswap.engine.transforms.patch_swap.pasting import overlap_weights, paste
from styleswap.engine.transforms.patch_swap.picks import Picks, distinct_share

from . import reference

CHANNELS = 12


def activations(height: int, width: int, seed: int, channels: int = CHANNELS) -> Tensor:
    """Rectified and of unequal channel scale, as relu3_1 is."""
    random = torch.Generator().manual_seed(seed)
    scale = torch.linspace(0.2, 3, channels).view(-1, 1, 1)
    return (torch.randn(channels, height, width, generator=random) + 0.3).relu() * scale


def swapped(
    content: Tensor, styles: list[Tensor], size: int, stride: int, *, centred: bool = False
) -> tuple[Picks, Tensor]:
    covered = pad_to_cover(content, size, stride)
    picks = match(covered, styles, size, stride)
    shape = (content.shape[1], content.shape[2])
    return picks, paste(picks, styles, shape, size, stride, centred=centred)


def assert_equals_reference(content: Tensor, styles: list[Tensor], size: int, stride: int) -> None:
    """Equal by the score lost, and by the rebuilt cells wherever all their picks agree."""
    picks, rebuilt = swapped(content, styles, size, stride)
    covered = pad_to_cover(content, size, stride)
    doubles = [s.double() for s in styles]
    scores = reference.scores(covered.double(), doubles, size, stride)
    best, winners = scores.max(0)
    flat = reference.flat_index(picks, styles, size, stride)
    reached = scores.gather(0, flat[None])[0]
    lost = (best - reached) / best.abs().clamp(min=1e-6)
    assert float(lost.max()) < 1e-5
    torch.testing.assert_close(picks.score.double(), reached, rtol=1e-4, atol=1e-5)

    _, height, width = content.shape
    wanted = reference.paste(winners, styles, size, stride)[:, :height, :width]
    differing = (flat != winners).to(content)[None, None]
    ones = torch.ones(1, 1, size, size)
    touched = torch.nn.functional.conv_transpose2d(differing, ones, stride=stride)
    same = touched[0, 0, :height, :width] == 0
    assert float(same.float().mean()) > 0.9
    torch.testing.assert_close(rebuilt[:, same], wanted[:, same], rtol=1e-5, atol=1e-5)
    # The paste itself is the reference's, whatever was picked.
    own = reference.paste(flat, styles, size, stride)[:, :height, :width]
    torch.testing.assert_close(rebuilt, own, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "stride"),
    [(p, s) for p in (1, 3, 5, 7) for s in range(1, p + 1)],
)
@pytest.mark.parametrize(
    ("content", "style"),
    [((14, 19), (11, 9)), ((8, 8), (17, 23))],
    ids=["style smaller", "style larger"],
)
def test_equals_the_reference(
    size: int, stride: int, content: tuple[int, int], style: tuple[int, int]
) -> None:
    assert_equals_reference(activations(*content, 1), [activations(*style, 2)], size, stride)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3)])
def test_several_copies_of_different_shapes_equal_the_reference(size: int, stride: int) -> None:
    styles = [activations(9, 13, 2), activations(13, 9, 3), activations(10, 10, 4)]
    assert_equals_reference(activations(16, 12, 1), styles, size, stride)


@settings(max_examples=12, deadline=None)
@given(
    sides=st.tuples(*[st.integers(7, 20)] * 4),
    half=st.integers(0, 3),
    step=st.integers(1, 7),
    seed=st.integers(0, 1000),
)
def test_any_shape_equals_the_reference(
    sides: tuple[int, int, int, int], half: int, step: int, seed: int
) -> None:
    size = 2 * half + 1
    content, style = activations(*sides[:2], seed), activations(*sides[2:], seed + 1)
    assert_equals_reference(content, [style], size, min(step, size))


def test_many_blocks_equal_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maps that need several blocks per offset are joined without a seam."""
    monkeypatch.setattr("styleswap.engine.transforms.patch_swap.matching.BLOCK_VALUES", 1)
    for size, stride in ((1, 1), (3, 1), (3, 2), (5, 2), (7, 7)):
        content, style = activations(40, 11, 1), activations(31, 10, 2)
        assert_equals_reference(content, [style], size, stride)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_ties_go_to_the_lowest_copy_row_and_column(size: int) -> None:
    """Small integers give exact scores, so that equal patches tie exactly."""
    random = torch.Generator().manual_seed(3)
    tile = torch.randint(0, 4, (4, size, size), generator=random).float()
    tile[:, 0, 0] = 3
    style = tile.repeat(1, 3, 4)  # every patch comes back every `size` cells
    content = style[:, : 2 * size, : 3 * size].contiguous()
    picks = match(content, [style, style.clone()], size)
    scores = reference.scores(content.double(), [style.double()], size, 1)
    best = scores.amax(0)
    winners = torch.stack(
        [
            torch.stack(
                [
                    torch.nonzero(scores[:, y, x] > best[y, x] - 1e-9)[0, 0]
                    for x in range(scores.shape[2])
                ]
            )
            for y in range(scores.shape[1])
        ]
    )
    assert int(picks.copy.max()) == 0
    assert torch.equal(reference.flat_index(picks, [style, style], size, 1), winners)
    assert int(picks.row.max()) < size
    assert int(picks.column.max()) < size


def test_a_dark_style_without_activations_is_survived() -> None:
    content = activations(6, 6, 1)
    picks, rebuilt = swapped(content, [torch.zeros(CHANNELS, 5, 5)], 3, 1)
    assert int(picks.row.max()) == int(picks.column.max()) == 0
    assert torch.equal(rebuilt, torch.zeros_like(content))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_centre_weighted_overlap_equals_a_plain_loop(size: int, stride: int) -> None:
    stride = min(stride, size)
    content, style = activations(11, 10, 5), activations(9, 12, 6)
    picks, rebuilt = swapped(content, [style], size, stride, centred=True)
    half = size // 2
    weights = [
        [0.3 ** abs(dy) * 0.3 ** abs(dx) for dx in range(-half, half + 1)]
        for dy in range(-half, half + 1)
    ]
    flat = reference.flat_index(picks, [style], size, stride)
    wanted = reference.paste_weighted(flat, style, size, stride, weights)[:, :11, :10]
    torch.testing.assert_close(rebuilt, wanted, rtol=1e-5, atol=1e-6)
    like = torch.zeros(())
    torch.testing.assert_close(overlap_weights(size, True, like), torch.tensor(weights))
    assert torch.equal(overlap_weights(size, False, like), torch.ones(size, size))


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("centred", [False, True])
def test_swapped_with_itself_a_picture_is_itself(size: int, centred: bool) -> None:
    """Cauchy-Schwarz: no patch correlates better with a patch than itself."""
    content = activations(13, 17, 8) + 0.01
    picks, rebuilt = swapped(content, [content], size, 1, centred=centred)
    rows, columns = torch.meshgrid(
        torch.arange(13 - size + 1), torch.arange(17 - size + 1), indexing="ij"
    )
    assert torch.equal(picks.row, rows)
    assert torch.equal(picks.column, columns)
    torch.testing.assert_close(rebuilt, content, rtol=1e-6, atol=1e-6)
    assert distinct_share(picks, [content], size, 1) == 1.0


def test_pasted_is_what_is_given_not_what_was_matched() -> None:
    """Exact colours ride along: further channels have no weight in the match."""
    content, style = activations(9, 9, 1), activations(9, 9, 2)
    picks = match(content, [style], 3)
    extra = activations(9, 9, 3, 2)
    both = paste(picks, [torch.cat([style, extra])], (9, 9), 3)
    torch.testing.assert_close(both[:CHANNELS], paste(picks, [style], (9, 9), 3))
    flat = reference.flat_index(picks, [style], 3, 1)
    torch.testing.assert_close(both[CHANNELS:], reference.paste(flat, [extra], 3, 1))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_patch_norms(size: int) -> None:
    features = activations(9, 12, 4)
    wanted = reference.patches(features, size, 1).flatten(1).norm(dim=1)
    torch.testing.assert_close(patch_norms(features, size).flatten(), wanted)


@given(st.integers(1, 60), st.integers(0, 4), st.integers(1, 9))
def test_patches_at_a_stride_cover_every_cell(cells: int, half: int, step: int) -> None:
    size = 2 * half + 1
    stride = min(step, size)
    covered = covering_size(cells, size, stride)
    reached = {first + i for first in range(0, covered - size + 1, stride) for i in range(size)}
    assert covered >= cells
    assert reached == set(range(covered))
    assert covered - cells < stride or covered == size


def test_padding_repeats_the_border() -> None:
    features = activations(6, 7, 1)
    padded = pad_to_cover(features, 3, 3)
    assert padded.shape == (CHANNELS, 6, 9)
    assert torch.equal(padded[:, :, :7], features)
    assert torch.equal(padded[:, :, 7:], features[:, :, -1:].expand(-1, -1, 2))


def test_distinct_share_counts_patches_once() -> None:
    style = activations(6, 5, 1)
    copy = torch.tensor([[0, 0, 1]])
    picks = Picks(copy, torch.tensor([[0, 0, 0]]), torch.tensor([[1, 1, 1]]), copy.float())
    assert distinct_share(picks, [style, style], 3, 1) == pytest.approx(2 / 24)


def test_maps_smaller_than_a_patch_are_refused() -> None:
    with pytest.raises(ValueError, match="smaller than a patch of 5"):
        match(activations(9, 9, 1), [activations(9, 4, 2)], 5)


class Enough(Exception):
    """Raised by a poll."""


def test_a_poll_stops_the_walk_at_once() -> None:
    polled = []

    def poll(share: float) -> None:
        polled.append(share)
        if len(polled) == 5:
            raise Enough

    with pytest.raises(Enough):
        match(activations(30, 30, 1), [activations(30, 30, 2)], 3, 1, poll)
    assert len(polled) == 5


def test_the_walk_polls_often_and_its_share_rises_to_one() -> None:
    """At the size of a tile of 512 px: between two polls lie milliseconds, 200 ms are allowed."""
    content, styles = activations(24, 128, 1, 64), [activations(20, 128, 2, 64)] * 2
    moments, shares = [time.thread_time()], []

    def poll(share: float) -> None:
        moments.append(time.thread_time())
        shares.append(share)

    match(content, styles, 3, 1, poll)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert max(b - a for a, b in itertools.pairwise(moments)) < 0.1


MEMORY = """
import re, sys, torch
from pathlib import Path
from styleswap.engine.transforms.patch_swap import match
sys.path.insert(0, sys.argv[1])
import reference

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

torch.set_num_threads(2)
warm = torch.rand(8, 12, 12)
match(warm, [warm], 3)
reference.scores(warm, [warm], 3, 1)
content, style = torch.rand(2, 8, 100, 100)
before = peak()
match(content, [style], 3)
after = peak()
reference.scores(content, [style], 3, 1).argmax(0)
print(after - before, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_the_score_map_is_never_held(request: pytest.FixtureRequest) -> None:
    """Peak memory of a process of its own, over what it held before."""
    folder = str(request.path.parent)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, folder], capture_output=True, text=True, check=True
    )
    ours, theirs = (int(word) for word in done.stdout.split())
    score_map = 4 * 98**4
    assert theirs > score_map  # the measurement sees such a map
    assert ours < score_map / 10
