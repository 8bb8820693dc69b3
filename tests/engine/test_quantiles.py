"""Distributions of planes and the map between them, beside NumPy."""

import numpy as np
import pytest
import torch
from torch import Tensor

from styleswap.engine.features.quantiles import NODES, GatheredQuantiles, Quantiles, rising
from styleswap.engine.tiles import rectangle


def planes(seed: int, channels: int = 4, height: int = 60, width: int = 70) -> Tensor:
    """Of several shapes: one is 0 in good part, as after a ReLU."""
    random = torch.Generator().manual_seed(seed)
    values = torch.randn(channels, height, width, generator=random) * (1 + seed)
    values[1] = values[1].clamp(min=0.3)
    values[2] = (values[2] / (1 + seed)).exp()
    return values


def quantiles(values: Tensor, weights: Tensor | None = None, limit: int = 1000) -> Quantiles:
    gathered = GatheredQuantiles()
    for tile in rectangle(*values.shape[1:]).cut(limit):
        gathered.add(
            values[(slice(None), *tile.place)], None if weights is None else weights[tile.place]
        )
    return gathered.quantiles()


def test_they_are_numpy_s_of_the_same_ranks() -> None:
    """A value is in the middle of its own share of all: Hazen's definition."""
    values = planes(1)
    wanted = (np.arange(NODES) + 0.5) / NODES
    expected = np.quantile(values.flatten(1).numpy(), wanted, axis=1, method="hazen").T
    np.testing.assert_allclose(quantiles(values).values.numpy(), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("limit", [16, 33])
def test_tiles_have_those_of_the_whole(limit: int) -> None:
    values = planes(1)
    assert torch.equal(quantiles(values, limit=limit).values, quantiles(values).values)


def test_a_cell_counts_by_its_weight() -> None:
    """As if it stood there so many times; and what has none is not there."""
    values = planes(1, height=20, width=30)
    weights = torch.arange(600).view(20, 30) % 3
    often = values.flatten(1).repeat_interleave(weights.flatten(), 1)[:, None]
    given, expected = (q.values for q in (quantiles(values, weights.float()), quantiles(often)))
    # Between the nodes of few cells lines are drawn otherwise.
    apart = (given - expected).abs().mean(1) / expected.std(1)
    assert float(apart.max()) < 0.01


@pytest.mark.parametrize("found", [1, 2])
def test_cells_get_the_values_of_the_same_rank(found: int) -> None:
    """Exact at the nodes; in between it never falls."""
    ours, theirs = quantiles(planes(found)), quantiles(planes(3))
    through = rising(ours, theirs)
    at_nodes = through(ours.values[:, None])[:, 0]
    for own, goal, given in zip(ours.values, theirs.values, at_nodes, strict=True):
        for value in own.unique():
            same = own == value
            assert float(given[same].std(correction=0)) < 1e-5
            expected = float(goal[same].double().mean())
            assert float(given[same][0]) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    line = torch.linspace(-9, 9, 5000).expand(4, 1, -1)
    assert float(through(line).diff(dim=2).min()) >= 0


def test_who_is_there_already_stays() -> None:
    values = planes(1)
    given = rising(quantiles(values), quantiles(values))(values)
    # But for the two ends, beyond the outermost nodes.
    inner = (values > quantiles(values).values[:, :1, None]) & (
        values < quantiles(values).values[:, -1:, None]
    )
    torch.testing.assert_close(given[inner], values[inner], rtol=1e-5, atol=1e-5)


def test_what_is_constant_becomes_the_mean() -> None:
    values, goal = torch.full((4, 9, 9), 0.25), planes(3)
    given = rising(quantiles(values), quantiles(goal))(values)
    expected = goal.mean((1, 2)).view(4, 1, 1).expand_as(given)
    torch.testing.assert_close(given, expected, rtol=0.02, atol=0.02)


def test_the_moments_are_the_other_s() -> None:
    values, goal = planes(1), planes(3)
    given = rising(quantiles(values), quantiles(goal))(values)
    for plane in (0, 2, 3):
        assert float(given[plane].mean()) == pytest.approx(float(goal[plane].mean()), abs=0.05)
        assert float(given[plane].std()) == pytest.approx(float(goal[plane].std()), rel=0.1)
