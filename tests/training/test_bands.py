"""Bands: planted ones are found, texture is none, and what the content has itself is none."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from styleswap.training.bands import LEAST_AREA, STEP, bands
from styleswap.training.lightness import luma, smooth_area, steps

SIDE = 192


def slope(degrees: float, rise: float = 0.25) -> Tensor:
    """A gray sky that grows lighter in a direction: (1, 3, SIDE, SIDE)."""
    axis = torch.arange(float(SIDE))
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    values = x * math.cos(math.radians(degrees)) + y * math.sin(math.radians(degrees))
    values = (values - values.min()) / (values.max() - values.min())
    return (0.4 + rise * values)[None, None].repeat(1, 3, 1, 1)


def noise(deviation: float) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return deviation * torch.randn(1, 1, SIDE, SIDE, generator=random)


def test_steps_by_hand() -> None:
    random = np.random.default_rng(0)
    values = random.uniform(0, 255, (14, 11)).astype(np.float32)
    found = steps(torch.from_numpy(values)[None, None], 2)[0, 0].numpy()
    for y, x in np.ndindex(14, 11):
        around = values[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
        assert found[y, x] == pytest.approx(np.abs(around - values[y, x]).max(), abs=1e-4)


def test_luma_is_that_of_scikit_images_yuv() -> None:
    from skimage.color import rgb2yuv

    picture = torch.rand(1, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    wanted = 255 * rgb2yuv(picture[0].permute(1, 2, 0).numpy())[..., 0]
    assert luma(picture)[0, 0].numpy() == pytest.approx(wanted, abs=0.01)


def test_grain_is_smooth_where_it_does_not_count() -> None:
    picture = slope(0, 0.1) + noise(1 / 255)
    assert float(smooth_area(picture, grain=True).float().mean()) < 0.4
    assert float(smooth_area(picture, grain=False).float().mean()) > 0.8
    ragged = slope(0) + noise(10 / 255)
    assert float(smooth_area(ragged, grain=False).float().mean()) < 0.01


@pytest.mark.parametrize("degrees", [0, 30, 90, 135, 200])
def test_planted_bands_are_found_and_their_area_is_known(degrees: float) -> None:
    """A slope in steps of 16: seen within 4 px of an edge, and as a contour about 2 px wide."""
    sky = slope(degrees)
    posterised = (sky * 255 / 16).round() * 16 / 255
    found = bands(posterised, sky)
    assert found is not None
    levels = luma(posterised)[0, 0].round()
    down = float((levels[1:, :-1] != levels[:-1, :-1]).float().mean())
    across = float((levels[:-1, 1:] != levels[:-1, :-1]).float().mean())
    # A square of 9 px meets an edge along both axes; an edge's length is by Pythagoras.
    assert found.steps == pytest.approx(8 * (down + across), rel=0.1)
    assert 1.5 < found.contours / math.hypot(down, across) < 3
    assert found.chance < 0.002
    same = bands(sky, sky)
    assert same is not None
    assert (same.steps, same.contours, same.chance) == (0, 0, 0)


def test_strokes_step_everywhere_and_are_no_bands() -> None:
    sky = slope(20)
    found = bands((sky + noise(0.06)).clamp(0, 1), sky)
    assert found is not None
    assert found.steps > 0.9
    assert found.contours < 0.01


@pytest.mark.parametrize("degrees", [0, 90])
def test_lines_of_the_style_count_as_bands_only_along_the_contours(degrees: float) -> None:
    """Upright stripes: along the contours of a sky that grows lighter to the right."""
    stripes = 0.1 * torch.sin(torch.arange(SIDE) / 3)
    sky = slope(degrees)
    found = bands(sky + stripes, sky)
    assert found is not None
    assert found.steps > 0.9
    more, less = (found.contours, found.chance)[:: 1 if degrees == 0 else -1]
    assert more > 0.5
    assert less < 0.01


def test_what_lies_between_bands_is_flat_and_brushwork_is_not() -> None:
    """The deviation of NumPy, square by square, without the border."""
    sky = slope(20)
    posterised = (sky * 255 / 16).round() * 16 / 255
    half = posterised.clone()
    half[..., SIDE // 2 :] += noise(20 / 255)[..., SIDE // 2 :]
    found = bands(half, sky)
    assert found is not None
    values = luma(half)[0, 0].double().numpy()
    windows = np.lib.stride_tricks.sliding_window_view(values, (17, 17))
    inner = windows.std((2, 3)) < 4
    assert found.flat == pytest.approx(inner.mean(), abs=0.05)
    whole, painted = bands(posterised, sky), bands(sky + noise(20 / 255), sky)
    assert whole is not None
    assert painted is not None
    assert whole.flat > 1.8 * found.flat > 0.3
    assert painted.flat == 0


def test_what_the_content_has_itself_is_no_band() -> None:
    sky = slope(0)
    sky[..., 80:84] += 0.2
    found = bands(sky, sky)
    assert found is not None
    assert (found.steps, found.contours, found.chance) == (0, 0, 0)


def test_nothing_is_measured_where_nothing_is_smooth() -> None:
    sky = (slope(0) + noise(0.1)).clamp(0, 1)
    assert bands(sky, sky) is None
    corner = sky.clone()
    side = math.ceil((2 * LEAST_AREA) ** 0.5 * SIDE) + 8
    corner[..., :side, :side] = 0.5
    found = bands(corner + STEP / 255, corner)
    assert found is not None
    assert found.steps == 0
