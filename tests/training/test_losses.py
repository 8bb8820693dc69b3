"""Losses and measures against their formulas in numpy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from styleswap.training import losses, measures


def pair(*shape: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(5)
    return torch.rand(shape, generator=random), torch.rand(shape, generator=random)


def test_relative_error_weighs_every_channel_alike() -> None:
    given, wanted = pair(2, 3, 5, 7)
    a, b = given.numpy(), wanted.numpy()
    formula = np.mean(((a - b) ** 2).mean((0, 2, 3)) / (b**2).mean((0, 2, 3)))
    assert float(losses.relative_error(given, wanted)) == pytest.approx(formula, rel=1e-5)
    scale = torch.tensor([1.0, 10, 100]).view(1, 3, 1, 1)
    scaled = losses.relative_error(given * scale, wanted * scale)
    assert float(scaled) == pytest.approx(formula, rel=1e-5)
    assert float(losses.relative_error(wanted, wanted)) == 0
    dark = torch.zeros_like(wanted)
    assert float(losses.relative_error(dark, dark)) == 0


def test_statistics_error_compares_means_and_deviations_of_each_picture() -> None:
    given, _ = pair(2, 3, 6, 6)
    mean, deviation = pair(2, 3)
    a, m, s = given.numpy(), mean.numpy(), deviation.numpy()
    scale = (m**2 + s**2).mean(0)
    means = ((a.mean((2, 3)) - m) ** 2).mean(0) / scale
    spreads = ((a.std((2, 3), ddof=1) - s) ** 2).mean(0) / scale
    formula = (means + spreads).mean()
    error = float(losses.statistics_error(given, mean, deviation))
    assert error == pytest.approx(formula, rel=1e-4)
    own = losses.statistics_error(given, given.mean((2, 3)), given.std((2, 3)))
    assert float(own) < 1e-6


def test_differences_of_gradients_and_total_variation() -> None:
    given, wanted = pair(2, 3, 6, 8)
    a, b = given.numpy(), wanted.numpy()
    formula = sum(np.abs(np.diff(a - b, axis=axis)).mean() for axis in (2, 3))
    difference = float(losses.gradient_difference(given, wanted))
    assert difference == pytest.approx(formula, rel=1e-5)
    variation = sum((np.diff(a, axis=axis) ** 2).mean() for axis in (2, 3))
    assert float(losses.total_variation(given)) == pytest.approx(variation, rel=1e-5)
    assert float(losses.total_variation(torch.ones(1, 3, 4, 4))) == 0


def test_a_blurred_difference_sees_colours_and_no_texture() -> None:
    board = (torch.arange(32)[:, None] + torch.arange(32)) % 2
    board = board.float().expand(1, 3, -1, -1)
    gray = torch.full((1, 3, 32, 32), 0.5)
    assert float(losses.blurred_difference(board, gray)) == pytest.approx(0, abs=1e-6)
    assert float(losses.blurred_difference(gray + 0.1, gray)) == pytest.approx(0.1, rel=1e-5)


def test_psnr_and_gradient_error_equal_their_formulas() -> None:
    given, wanted = pair(1, 3, 16, 12)
    a, b = given.double().numpy(), wanted.double().numpy()
    assert measures.psnr(given, wanted) == pytest.approx(
        -10 * np.log10(((a - b) ** 2).mean()), rel=1e-5
    )
    error = sum((np.diff(a - b, axis=axis) ** 2).sum() for axis in (2, 3))
    power = sum((np.diff(b, axis=axis) ** 2).sum() for axis in (2, 3))
    assert measures.gradient_error(given, wanted) == pytest.approx(error / power, rel=1e-5)
    assert measures.gradient_error(torch.full_like(wanted, 0.5), wanted) == pytest.approx(1)
    formula = ((a - b) ** 2).sum() / (b**2).sum()
    assert measures.relative_error(given, wanted) == pytest.approx(formula, rel=1e-5)


def test_a_thumbnail_keeps_the_means_of_cells_and_no_more() -> None:
    picture, _ = pair(1, 3, 32, 32)
    small = measures.thumbnail(picture)
    assert small.shape == picture.shape
    assert float(small.std()) < 0.5 * float(picture.std())
    flat = torch.full_like(picture, 0.3)
    torch.testing.assert_close(measures.thumbnail(flat), flat)


def test_the_relative_gradient_error_is_that_of_the_measures() -> None:
    given, wanted = pair(1, 3, 9, 8)
    value = float(losses.relative_gradient_error(given, wanted))
    assert value == pytest.approx(measures.gradient_error(given, wanted), rel=1e-5)
    flat = torch.full_like(wanted, 0.5)
    assert float(losses.relative_gradient_error(flat, wanted)) == pytest.approx(1)
    assert float(losses.relative_gradient_error(flat, flat)) == 0


def test_the_raw_error_is_that_of_the_measures() -> None:
    given, wanted = pair(2, 3, 5, 4)
    value = float(losses.raw_error(given.bfloat16(), wanted.bfloat16()))
    assert value == pytest.approx(measures.relative_error(given, wanted), rel=0.02)


def test_the_pixel_error_falls_towards_the_picture() -> None:
    given, wanted = pair(1, 3, 8, 8)
    values = [float(losses.pixel_error(torch.lerp(given, wanted, s), wanted)) for s in (0, 0.5, 1)]
    assert values[0] > values[1] > values[2] == 0
