"""How many passes, and at which sizes."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styleswap.engine import plan_passes, result_size
from styleswap.engine.levels.pyramid import STYLE_PATCHES, plan_levels, style_size

SIDES = st.integers(1, 16384)


@pytest.mark.parametrize(
    ("size", "scales", "wanted"),
    [
        ((1, 1), 0, [(1, 1)]),
        ((512, 512), 0, [(512, 512)]),
        ((480, 640), 0, [(480, 640)]),
        ((768, 1024), 0, [(384, 512), (768, 1024)]),
        ((4000, 6000), 0, [(250, 375), (500, 750), (1000, 1500), (2000, 3000), (4000, 6000)]),
        ((4000, 6000), 1, [(4000, 6000)]),
        ((4000, 6000), 2, [(2000, 3000), (4000, 6000)]),
        ((101, 201), 2, [(51, 101), (101, 201)]),
        ((101, 201), 8, [(51, 101), (101, 201)]),
        ((100, 120), 3, [(100, 120)]),
    ],
)
def test_sizes_of_the_passes(
    size: tuple[int, int], scales: int, wanted: list[tuple[int, int]]
) -> None:
    assert list(plan_passes(*size, scales)) == wanted


@pytest.mark.parametrize(
    ("scales", "part", "wanted"),
    [
        (0, {}, (600, 800)),
        (0, {"coarse_only": True}, (300, 400)),
        (0, {"region": (5, 6, 70, 80)}, (80, 70)),
        (0, {"coarse_only": True, "reduced_from": (3200, 2400)}, (300, 400)),
        (2, {"coarse_only": True, "reduced_from": (1000, 750)}, (375, 500)),
        (1, {"coarse_only": True, "reduced_from": (1600, 1200)}, (600, 800)),
        (0, {"coarse_only": True, "reduced_from": (800, 600)}, (300, 400)),
    ],
)
def test_sizes_of_results(scales: int, part: dict[str, Any], wanted: tuple[int, int]) -> None:
    assert result_size(600, 800, scales, **part) == wanted


@given(SIDES, SIDES, st.integers(0, 2))
def test_a_copy_of_724_pixels_suffices(height: int, width: int, scale: int) -> None:
    longest = max(height, width)
    side = min(longest, 724 * 2**scale)
    copy = (max(1, round(n * side / longest)) for n in (height, width))
    size = result_size(*copy, coarse_only=True, reduced_from=(width, height))
    assert size == plan_passes(height, width)[0]


@given(SIDES, SIDES, st.integers(0, 8))
def test_passes_double_up_to_the_picture_itself(height: int, width: int, scales: int) -> None:
    passes = plan_passes(height, width, scales)
    assert passes[-1] == (height, width)
    for small, large in itertools.pairwise(passes):
        assert small == ((large[0] + 1) // 2, (large[1] + 1) // 2)
    if scales:
        assert len(passes) <= scales
        assert len(passes) == 1 or max(passes[0]) >= 64
    elif max(height, width) >= 512:
        assert 512 / 2**0.5 - 1 <= max(passes[0]) <= 512 * 2**0.5 + 1
    else:
        assert len(passes) == 1


@given(
    st.tuples(st.integers(12, 4000), st.integers(12, 4000)),
    SIDES,
    st.floats(0.25, 4),
    st.sampled_from([1, 3, 5, 7]),
)
def test_the_style_grows_with_the_passes_and_keeps_enough_patches(
    style: tuple[int, int], side: int, scale: float, patch_size: int
) -> None:
    levels = plan_levels(side, side)
    coarsest = -(-side // 2 ** levels[0])
    sizes = [style_size(style, coarsest, n, scale, patch_size) for n in range(len(levels))]
    for size in sizes:
        assert all(a % 4 == 0 and a // 4 - patch_size + 1 >= STYLE_PATCHES for a in size)
    for small, large in itertools.pairwise(sizes):
        assert all(a <= b <= 2 * a + 4 for a, b in zip(small, large, strict=True))


def test_at_scale_one_the_style_is_as_long_as_the_content() -> None:
    assert style_size((300, 900), 600, 0, 1.0, 3) == (200, 600)
    assert style_size((900, 900), 600, 0, 0.5, 3) == (300, 300)
    assert style_size((900, 900), 600, 1, 1.0, 3) == (1024, 1024)
    assert style_size((900, 900), 512, 1, 0.5, 3) == (512, 512)
    assert style_size((900, 900), 20, 0, 1.0, 3) == (128, 128)


def test_a_flat_style_keeps_four_patches() -> None:
    height, width = style_size((24, 2400), 512, 0, 1.0, 3)
    assert height == 24
    assert width == 2400
