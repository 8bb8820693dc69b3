"""Thin lines are found, and whether they stay is a correlation."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from styleswap.training.outlines import correlation, gradient_magnitude, thin_lines


def gray(values: Tensor) -> Tensor:
    return values[None, None].repeat(1, 3, 1, 1)


def test_gradients_are_those_of_scipy() -> None:
    random = torch.Generator().manual_seed(0)
    values = torch.rand(30, 26, generator=random)
    smoothed = ndimage.gaussian_filter(255 * values.double().numpy(), 1, mode="mirror", truncate=3)
    wanted = np.hypot(*np.gradient(smoothed))
    assert gradient_magnitude(gray(values)).numpy() == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("lighter", [1, -1])
def test_thin_lines_are_found_and_nothing_else(lighter: int) -> None:
    values = torch.full((80, 120), 0.5)
    values[10, 10:60] += lighter * 0.3  # a rope
    values[torch.arange(30, 60), torch.arange(30, 60)] += lighter * 0.3  # one that runs aslant
    values[40, 80:84] += lighter * 0.3  # a speck
    values[60:70, 70:110] += lighter * 0.3  # a bar
    values[75, 10:60] += lighter * 0.05  # hardly to be seen
    found = thin_lines(gray(values))
    wanted = torch.zeros(80, 120, dtype=torch.bool)
    wanted[8:13, 8:62] = True
    for i in range(30, 60):
        wanted[i - 2 : i + 3, i - 2 : i + 3] = True
    assert torch.equal(found, wanted)


def test_correlation_is_that_of_numpy() -> None:
    random = torch.Generator().manual_seed(0)
    one, other = torch.rand(2, 20, 30, generator=random)
    other = other + 0.5 * one
    area = torch.rand(20, 30, generator=random) > 0.4
    wanted = np.corrcoef(one[area].numpy(), other[area].numpy())[0, 1]
    assert correlation(one, other, area) == pytest.approx(wanted, rel=1e-4)
    assert correlation(3 * one + 1, one, area) == pytest.approx(1)
    assert correlation(torch.ones(20, 30), one, area) is None
    assert correlation(one, other, area & False) is None


def test_a_line_that_is_painted_over_is_missed() -> None:
    values = torch.full((64, 64), 0.5)
    values[20, 5:60] = 0.9
    values[5:60, 40] = 0.9
    content = gray(values)
    area, wanted = thin_lines(content), gradient_magnitude(content)

    def kept(painting: Tensor) -> float:
        found = correlation(gradient_magnitude(painting), wanted, area)
        assert found is not None
        return found

    noise = 0.1 * torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    assert kept(1 - content) == pytest.approx(1)  # a dark line is one too
    assert kept(content + noise) > 0.4
    without = content.clone()
    without[..., 20, :] = 0.5
    without[..., 40] = 0.5
    assert abs(kept((without + noise).clamp(0, 1))) < 0.2
