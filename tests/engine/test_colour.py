"""Colours against scikit-image and against the formulas themselves."""

import numpy as np
import pytest
import torch
from skimage import color

from styleswap.engine.pictures.colour import (
    Gathered,
    Palette,
    from_lab,
    move_palette,
    palette,
    to_lab,
    to_linear,
    to_srgb,
    with_colours_of,
)

from .conftest import Picture


def _all_colours() -> torch.Tensor:
    """17 steps of each channel, corners included: (3, 17, 289)."""
    axis = torch.linspace(0, 1, 17)
    grid = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
    return grid.reshape(3, 17, 289)


def test_lab_equals_scikit_image() -> None:
    colours = _all_colours()
    wanted = color.rgb2lab(colours.double().numpy(), channel_axis=0)
    np.testing.assert_allclose(to_lab(colours).numpy(), wanted, atol=0.02)


def test_from_lab_equals_scikit_image() -> None:
    colours = _all_colours().double()
    lab = color.rgb2lab(colours.numpy(), channel_axis=0)
    back = from_lab(torch.from_numpy(lab))
    np.testing.assert_allclose(back.numpy(), colours.numpy(), atol=2e-4)


def test_lab_there_and_back_in_a_batch() -> None:
    colours = torch.stack([_all_colours(), _all_colours().flip(1)])
    torch.testing.assert_close(from_lab(to_lab(colours)), colours, rtol=0, atol=2e-5)


def test_the_curve_is_that_of_the_norm() -> None:
    values = np.linspace(0, 1, 4001)
    wanted = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    given = to_linear(torch.from_numpy(values))
    np.testing.assert_allclose(given.numpy(), wanted, rtol=1e-12)
    np.testing.assert_allclose(to_srgb(given).numpy(), values, atol=1e-7)


def test_the_curve_mirrors_negative_values_and_goes_beyond_one() -> None:
    values = torch.tensor([-1.5, -0.3, -0.01, 0.0, 0.01, 0.3, 1.5])
    torch.testing.assert_close(to_linear(-values), -to_linear(values))
    torch.testing.assert_close(to_srgb(to_linear(values)), values, rtol=1e-5, atol=1e-6)
    assert float(to_linear(torch.tensor(1.5))) > 1.5


def test_palette_is_mean_and_covariance_in_lab(picture: Picture) -> None:
    colours = picture(20, 31)
    lab = color.rgb2lab(colours.double().numpy(), channel_axis=0).reshape(3, -1)
    given = palette(colours)
    np.testing.assert_allclose(given.mean.numpy(), lab.mean(1), atol=0.01)
    np.testing.assert_allclose(given.covariance.numpy(), np.cov(lab, bias=True), atol=0.05)


def test_a_moved_palette_reaches_its_target(picture: Picture) -> None:
    """Within the gamut, mean and covariance are the target's."""
    source, target = picture(40, 40, 1), 0.35 + 0.3 * picture(40, 40, 2)
    moved = move_palette(source, palette(source), palette(target))
    assert float(moved.min()) > 0.01
    assert float(moved.max()) < 0.99
    reached, wanted = palette(moved), palette(target)
    torch.testing.assert_close(reached.mean, wanted.mean, rtol=0, atol=0.02)
    torch.testing.assert_close(reached.covariance, wanted.covariance, rtol=2e-3, atol=0.02)


def test_a_part_moves_as_the_whole_does(picture: Picture) -> None:
    source, target = picture(24, 24, 1), palette(picture(24, 24, 2))
    own = palette(source)
    whole = move_palette(source, own, target)
    part = move_palette(source[:, 5:9, 3:20], own, target)
    torch.testing.assert_close(part, whole[:, 5:9, 3:20], rtol=0, atol=1e-6)


def test_its_own_palette_leaves_a_picture_alone(picture: Picture) -> None:
    source = picture(24, 24, 1)
    moved = move_palette(source, palette(source), palette(source))
    torch.testing.assert_close(moved, source, rtol=0, atol=1e-3)


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_picture_of_one_colour_has_a_palette_to_leave(picture: Picture, shade: float) -> None:
    flat = torch.full((3, 8, 8), shade)
    moved = move_palette(flat, palette(flat), palette(picture(16, 16)))
    assert bool(moved.isfinite().all())
    target = palette(picture(16, 16)).mean
    torch.testing.assert_close(palette(moved).mean, target, rtol=0, atol=1.0)
    back = move_palette(picture(16, 16), palette(picture(16, 16)), palette(flat))
    assert float((back - shade).abs().mean()) < 0.02


def test_a_palette_never_leaves_the_range(picture: Picture) -> None:
    wild = Palette(torch.tensor([50.0, 90.0, -90.0]).double(), 3000 * torch.eye(3).double())
    source = picture(16, 16)
    moved = move_palette(source, palette(source), wild)
    assert float(moved.min()) >= 0
    assert float(moved.max()) <= 1


def test_with_colours_of_keeps_lightness_and_takes_colours(picture: Picture) -> None:
    one, other = 0.4 + 0.2 * picture(16, 16, 1), 0.4 + 0.2 * picture(16, 16, 2)
    lab = color.rgb2lab(with_colours_of(one, other).double().numpy(), channel_axis=0)
    first = color.rgb2lab(one.double().numpy(), channel_axis=0)
    second = color.rgb2lab(other.double().numpy(), channel_axis=0)
    np.testing.assert_allclose(lab[0], first[0], atol=0.05)
    np.testing.assert_allclose(lab[1:], second[1:], atol=0.05)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_palette_is_gathered_from_parts(picture: Picture, weighted: bool) -> None:
    planes = picture(40, 50, 3)
    weights = picture(40, 50, 4, 1)[0] if weighted else None
    if weights is not None:
        weights[:16] = 0  # a part that does not count at all
    gathered = Gathered()
    for rows in (slice(0, 16), slice(16, 23), slice(23, 40)):
        gathered.add(planes[:, rows], None if weights is None else weights[rows])
    given, values = gathered.palette(), to_lab(planes).flatten(1).double().numpy()
    counts = None if weights is None else weights.flatten().numpy()
    np.testing.assert_allclose(given.mean, np.average(values, 1, counts), rtol=1e-6)
    covariance = np.cov(values, ddof=0, aweights=counts)
    np.testing.assert_allclose(given.covariance, covariance, rtol=1e-6, atol=1e-6)
