"""Patterns planted in noise: found at their period, with their amplitude, and nowhere else."""

import pytest
import torch

from styleswap.training.spectrum import amplitude, power_spectrum, prominence

ALONG = {"down": (1, 1, -1, 1), "across": (1, 1, 1, -1)}


def noise(height: int = 128, width: int = 128) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return 0.5 + 0.05 * torch.randn(1, 3, height, width, generator=random)


def wave(period: int, length: int = 128) -> torch.Tensor:
    return torch.cos(2 * torch.pi * torch.arange(length) / period)


@pytest.mark.parametrize("along", ALONG)
@pytest.mark.parametrize("period", [2, 4])
def test_a_pattern_stands_out_at_its_period(period: int, along: str) -> None:
    plain = noise()
    woven = plain + 0.03 * wave(period).view(ALONG[along])
    other = 4 if period == 2 else 2
    assert prominence(power_spectrum([plain]), 1 / period) < 1.5
    assert prominence(power_spectrum([woven]), 1 / period) > 3
    assert prominence(power_spectrum([woven]), 1 / other) < 1.5


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_sine_has_its_amplitude(period: int) -> None:
    flat = torch.full((1, 3, 128, 128), 0.5)
    woven = flat + 0.03 * wave(period).view(1, 1, 1, -1)
    power = power_spectrum([woven])
    # Half of the lines, the columns, hold no pattern: the mean power is half a sine's.
    assert amplitude(power, 1 / period, 1.0) == pytest.approx(0.03 / 2**0.5, rel=0.01)
    assert amplitude(power_spectrum([flat]), 1 / period, 1.0) == pytest.approx(0, abs=1e-6)


def test_the_power_is_that_of_a_plain_fourier_sum() -> None:
    picture = noise(32, 32)
    luma = (picture[0] * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0).double()
    place = torch.arange(32).double()
    window = 0.5 - 0.5 * torch.cos(2 * torch.pi * place / 32)
    lines = torch.cat([luma, luma.T])
    lines = (lines - lines.mean(1, keepdim=True)) * window
    for bin_ in (1, 5, 16):
        sums = lines.to(torch.complex128) @ torch.exp(-2j * torch.pi * bin_ * place / 32)
        wanted = sums.abs().pow(2).mean() * (2 / 16) ** 2
        assert float(power_spectrum([picture])[bin_]) == pytest.approx(float(wanted), rel=1e-4)


def test_lines_are_cut_to_the_shortest_side() -> None:
    assert power_spectrum([noise(70, 128), noise(128, 90)]).shape == (33,)


def test_the_mean_over_pictures_is_less_rough() -> None:
    random = torch.Generator().manual_seed(0)
    pictures = [torch.randn(1, 3, 64, 64, generator=random) for _ in range(16)]
    rough = [prominence(power_spectrum([p]), 0.25) for p in pictures]
    spread = torch.tensor(rough).std()
    assert abs(prominence(power_spectrum(pictures), 0.25) - 1) < float(spread)
