"""A weave is what stands out by more than the style, and by more than chance, and can be seen."""

import pytest
import torch

from styleswap.training.judging.weave import CONTENTS, Pattern, Weave, found, smooth_contents

CHANCE = 1.2


def weave_of(excess: float, amplitude: float, chance: float = CHANCE) -> float:
    return Weave(
        "a", (Pattern(2, 1.0, 1.0, 0.0), Pattern(4, excess, 1.0, amplitude)), chance
    ).excess


def test_beyond_chance_and_half_a_step_is_a_weave() -> None:
    assert weave_of(1.5, 0.5) == pytest.approx(1.25)
    assert weave_of(1.1, 0.5) < 1
    assert weave_of(9.0, 0.49) == 0
    assert weave_of(1.1, 0.5, chance=0.7) == pytest.approx(1.1)  # chance forgives, never asks more


def test_smooth_contents_are_smooth_and_always_the_same() -> None:
    contents = list(smooth_contents(side=64))
    assert len(contents) == CONTENTS
    for first, second in zip(contents, smooth_contents(side=64), strict=True):
        assert torch.equal(first, second)
        assert first.shape == (64, 64, 3)
        assert 0 <= float(first.min()) < float(first.max()) <= 1
        steps = (first[1:] - first[:-1]).abs().flatten(1).amax(1)
        assert int((steps > 0.02).sum()) <= 1  # the edge of the flat area


@pytest.mark.parametrize("period", [2, 4])
@pytest.mark.parametrize("steps", [0.0, 4.0])
def test_a_planted_pattern_is_found(period: int, steps: float) -> None:
    random = torch.Generator().manual_seed(0)
    grain = 0.02 * torch.randn(9, 1, 3, 256, 256, generator=random)
    style, *paintings = (torch.nn.functional.avg_pool2d(g, 3, 1, 1) + 0.5 for g in grain)
    wave = torch.cos(2 * torch.pi * torch.arange(256) / period)
    woven = found("a", [p + steps / 255 * wave for p in paintings], style)
    if steps:
        assert woven.excess > 2
        (pattern,) = (p for p in woven.patterns if p.period == period)
        assert pattern.amplitude == pytest.approx(steps / 2**0.5, rel=0.05)
    else:
        assert woven.excess <= 1
