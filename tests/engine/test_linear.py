"""Moments of weighted parts, and the maps between distributions, beside NumPy and SciPy."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from styleswap.engine.features.covariance import Covariance, GatheredCovariance, covariance
from styleswap.engine.features.linear import (
    LEAST_DEVIATION,
    SHRINKAGE,
    Affine,
    retargeted,
    scaling,
    transport,
    whitening,
)
from styleswap.engine.tiles import rectangle


def planes(seed: int, channels: int = 5, cells: int = 400) -> Tensor:
    """Planes that depend on each other, of unequal scale: (C, 1, cells)."""
    random = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=random)
    scale = torch.logspace(-1, 1, channels)[:, None]
    values = scale * (mixing @ torch.randn(channels, cells, generator=random))
    return (values + 3 * torch.randn(channels, 1, generator=random))[:, None]


def moments(seed: int, channels: int = 5) -> Covariance:
    """Exactly in float64."""
    return exact(planes(seed, channels))


def exact(values: Tensor) -> Covariance:
    """By NumPy."""
    cells = values.flatten(1).double().numpy()
    matrix = np.atleast_2d(np.cov(cells, bias=True))
    return Covariance(torch.from_numpy(cells.mean(1)), torch.from_numpy(matrix))


def shrunk(one: Covariance, unit: np.ndarray) -> np.ndarray:
    """A covariance in units of deviations, with what is added to it."""
    return one.matrix.numpy() / np.outer(unit, unit) + SHRINKAGE * np.eye(len(unit))


# -- moments of parts ------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [3, 7, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_parts_have_the_moments_of_the_whole(limit: int, weighted: bool) -> None:
    values = planes(1, cells=17 * 23).view(5, 17, 23)
    random = torch.Generator().manual_seed(9)
    weights = torch.rand(17, 23, generator=random) if weighted else torch.ones(17, 23)
    weights[2:5, 4:9] = 0 if weighted else 1
    gathered = GatheredCovariance()
    for tile in rectangle(17, 23).cut(limit):
        place = tile.place
        gathered.add(values[(slice(None), *place)], weights[place] if weighted else None)
    given = gathered.covariance()
    cells, counted = values.flatten(1).double().numpy(), weights.double().numpy().ravel()
    assert gathered.weight == pytest.approx(counted.sum(), rel=1e-5)
    mean = np.average(cells, 1, counted)
    np.testing.assert_allclose(given.mean.numpy(), mean, rtol=1e-4, atol=1e-4)
    wanted = np.cov(cells, bias=True, aweights=counted)
    np.testing.assert_allclose(given.matrix.numpy(), wanted, rtol=1e-3, atol=1e-3)
    assert torch.equal(given.matrix, given.matrix.T)


def test_a_weight_of_0_hides_what_is_there() -> None:
    values, other = planes(1), planes(2)
    gathered, weights = GatheredCovariance(), torch.ones(1, 400)
    gathered.add(values, weights)
    gathered.add(1000 * other, torch.zeros(1, 400))
    torch.testing.assert_close(gathered.covariance().matrix, covariance([values]).matrix)
    assert gathered.weight == 400


def test_pictures_in_memory_are_counted_by_their_cells() -> None:
    one, other = planes(1), planes(2, cells=100)
    wanted = exact(torch.cat([one, other], 2))
    given = covariance([one, other])
    torch.testing.assert_close(given.mean, wanted.mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(given.matrix, wanted.matrix, rtol=1e-3, atol=1e-3)


# -- the map ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 8])
def test_what_is_mapped_has_the_wanted_moments(channels: int) -> None:
    values, wanted = planes(1, channels), moments(2, channels)
    through = transport(exact(values), wanted)
    given, unit = exact(through(values)), wanted.matrix.diagonal().sqrt()
    scale = torch.outer(unit, unit)
    torch.testing.assert_close(given.mean, wanted.mean, rtol=1e-4, atol=1e-4)
    # But for what is added to both.
    matrix = through.matrix.double() / unit[:, None] * unit
    added = SHRINKAGE * (torch.eye(channels) - matrix @ matrix.T)
    apart = (given.matrix - wanted.matrix) / scale
    torch.testing.assert_close(apart, added, rtol=1e-2, atol=1e-5)
    before = (exact(values).matrix - wanted.matrix) / scale
    assert float(apart.abs().max()) < float(before.abs().max()) / 10


@pytest.mark.parametrize("channels", [1, 3, 8])
def test_the_map_is_that_of_optimal_transport(channels: int) -> None:
    """A^-½ (A^½ B A^½)^½ A^-½ by SciPy, in units of the wanted deviations."""
    found, wanted = moments(1, channels), moments(2, channels)
    unit = wanted.matrix.diagonal().sqrt().numpy()
    start, goal = shrunk(found, unit), shrunk(wanted, unit)
    half = sqrtm(start).real
    inverse = np.linalg.inv(half)
    middle = inverse @ sqrtm(half @ goal @ half).real @ inverse
    given = transport(found, wanted)
    in_units = given.matrix.double().numpy() / unit[:, None] * unit
    np.testing.assert_allclose(in_units, middle, rtol=1e-4, atol=1e-5)
    offset = wanted.mean.numpy() - (unit[:, None] * middle / unit) @ found.mean.numpy()
    np.testing.assert_allclose(given.offset.numpy(), offset, rtol=1e-4, atol=1e-3)
    # Symmetric and positive: it turns nothing round.
    np.testing.assert_allclose(in_units, in_units.T, atol=1e-4)
    assert np.linalg.eigvalsh((in_units + in_units.T) / 2).min() > 0
    # Exactly the wanted covariance of what it knows.
    np.testing.assert_allclose(middle @ start @ middle.T, goal, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("between", [whitening, transport])
def test_without_shrinkage_the_moments_are_the_wanted_ones(between: Any) -> None:
    """Of all planes together; with more cells than planes."""
    values, wanted = planes(1, 8, 1600), moments(2, 8)
    given = exact(between(exact(values), wanted, shrinkage=0.0)(values))
    np.testing.assert_allclose(given.mean.numpy(), wanted.mean.numpy(), rtol=1e-4, atol=1e-4)
    size = np.abs(wanted.matrix.numpy()).max()
    np.testing.assert_allclose(given.matrix.numpy(), wanted.matrix.numpy(), atol=1e-4 * size)


def test_whitening_is_the_product_of_two_roots() -> None:
    """B^½ A^-½ by SciPy; and transport moves the cells less than it does."""
    found, wanted = moments(1, 8), moments(2, 8)
    unit = wanted.matrix.diagonal().sqrt().numpy()
    start, goal = shrunk(found, unit), shrunk(wanted, unit)
    expected = sqrtm(goal).real @ np.linalg.inv(sqrtm(start).real)
    white, least = (
        between(found, wanted).matrix.double().numpy() / unit[:, None] * unit
        for between in (whitening, transport)
    )
    np.testing.assert_allclose(white, expected, rtol=1e-4, atol=1e-5)
    far, near = (
        np.trace((matrix - np.eye(8)) @ start @ (matrix - np.eye(8)).T) for matrix in (white, least)
    )
    assert near < 0.999 * far


def test_scaling_gives_every_plane_its_deviation_and_forgets_its_own() -> None:
    """AdaIN(a C + b) = AdaIN(C), of planes that are not moved otherwise."""
    values, goal = planes(1), planes(2)
    wanted = exact(goal)
    given = scaling(exact(values), wanted, shrinkage=0.0)(values)
    mean, deviation = (goal.flatten(1).mean(1), goal.flatten(1).std(1))
    standard = (values - values.mean((1, 2), keepdim=True)) / values.flatten(1).std(1).view(5, 1, 1)
    expected = standard * deviation.view(5, 1, 1) + mean.view(5, 1, 1)
    torch.testing.assert_close(given, expected.float(), rtol=1e-4, atol=1e-4)
    other = values * torch.tensor([3.0, 0.2, 7, 1, 0.5]).view(5, 1, 1) + 4
    again = scaling(exact(other), wanted, shrinkage=0.0)(other)
    torch.testing.assert_close(again, given, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("between", [scaling, whitening, transport])
def test_fewer_cells_than_planes_are_mapped_all_the_same(between: Any) -> None:
    values, goal = planes(1, 40, 9), planes(2, 40, 9)
    given = between(covariance([values]), covariance([goal]))(values)
    assert bool(given.isfinite().all())
    torch.testing.assert_close(given.mean((1, 2)), goal.mean((1, 2)), rtol=1e-3, atol=1e-3)
    assert float(given.std()) < 1.5 * float(goal.std())


def test_scaled_planes_are_mapped_alike() -> None:
    """No plane counts more for its scale."""
    values, wanted = planes(1), planes(2)
    scale = torch.tensor([0.01, 1, 30, 5, 0.3]).view(5, 1, 1)
    plain = transport(exact(values), exact(wanted))(values)
    scaled = transport(exact(values * scale), exact(wanted * scale))(values * scale)
    torch.testing.assert_close(scaled / scale, plain, rtol=1e-3, atol=1e-3)


def test_an_amount_of_0_changes_nothing() -> None:
    values = planes(1)
    given = transport(exact(values), moments(2), 0.0)
    assert torch.equal(given.matrix, torch.eye(5))
    torch.testing.assert_close(given(values), values, rtol=1e-6, atol=1e-6)


def test_part_of_the_way_is_the_mean_of_both_ends() -> None:
    values, wanted = planes(1), moments(2)
    whole = transport(exact(values), wanted)(values)
    given = transport(exact(values), wanted, 0.3)(values)
    torch.testing.assert_close(given, values.lerp(whole, 0.3), rtol=1e-4, atol=1e-4)


def test_who_is_there_already_stays() -> None:
    values = planes(1)
    torch.testing.assert_close(transport(exact(values), exact(values))(values), values)


def test_a_map_keeps_the_shape_and_its_cells_apart() -> None:
    values = planes(1, cells=12).view(5, 3, 4)
    before = values.clone()
    given = Affine(torch.eye(5) * 2, torch.arange(5.0))(values)
    assert torch.equal(values, before)
    torch.testing.assert_close(given, 2 * values + torch.arange(5.0).view(5, 1, 1))


def test_what_is_constant_has_no_covariance() -> None:
    """Nor has it the rounding of its squares."""
    values = planes(1)[..., :1].expand(5, 30, 40) + 100
    gathered = GatheredCovariance()
    for tile in rectangle(30, 40).cut(16):
        gathered.add(values[(slice(None), *tile.place)])
    given = gathered.covariance()
    torch.testing.assert_close(given.mean.float(), values[:, 0, 0])
    assert float(given.matrix.abs().max()) < LEAST_DEVIATION**2


@pytest.mark.parametrize("which", ["found", "wanted", "both"])
@pytest.mark.parametrize("how", ["constant", "one direction", "a plane of 0"])
def test_singular_distributions_stay_finite(which: str, how: str) -> None:
    """Pictures of one colour, gray ones, activations that never fire."""

    def flattened(values: Tensor) -> Tensor:
        if how == "constant":
            return values[..., :1].expand_as(values).contiguous()
        if how == "one direction":
            return values[:1].expand_as(values).contiguous()
        return values * torch.tensor([1.0, 0, 1, 1, 0]).view(5, 1, 1)

    values, goal = planes(1), planes(2)
    if which != "wanted":
        values = flattened(values)
    if which != "found":
        goal = flattened(goal)
    given = transport(covariance([values]), covariance([goal]))(values)
    assert bool(given.isfinite().all())
    wanted = goal.mean((1, 2))
    torch.testing.assert_close(given.mean((1, 2)), wanted, rtol=0.01, atol=0.02)
    # Nothing is blown up.
    assert float(given.std()) < 2 * float(goal.std()) + 0.02


def test_next_to_no_deviation_is_not_blown_up_into_noise() -> None:
    """A direction that is all but constant in what is mapped is not stretched to the wanted one."""
    found = Covariance(torch.zeros(2).double(), torch.tensor([[1.0, 0], [0, 1e-8]]).double())
    wanted = Covariance(torch.zeros(2).double(), torch.eye(2).double())
    stretched = transport(found, wanted).matrix.diagonal()
    assert float(stretched[0]) == pytest.approx(1, rel=1e-3)
    assert float(stretched[1]) <= 1.01 * ((1 + SHRINKAGE) / SHRINKAGE) ** 0.5
    tiny = Covariance(torch.zeros(2).double(), (LEAST_DEVIATION**2 / 100 * torch.eye(2)).double())
    assert bool(transport(tiny, tiny).matrix.isfinite().all())


# -- other moments of some measures ----------------------------------------------------------------

AXES = torch.tensor([[1.0, 0, 2, 0, 0], [0, 0.5, 0, -1, 0]], dtype=torch.float64)


def test_measures_get_their_moments_and_what_is_known_of_the_rest_stays() -> None:
    whole, goal = moments(1), exact(planes(7, 2))
    given = retargeted(whole, AXES, goal, 1.0)
    own = Covariance(AXES @ given.mean, AXES @ given.matrix @ AXES.T)
    torch.testing.assert_close(own.mean, goal.mean, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(own.matrix, goal.matrix, rtol=1e-5, atol=1e-6)

    def given_measures(one: Covariance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The regression on the measures: slope, constant, what is left."""
        matrix, axes, mean = one.matrix.numpy(), AXES.numpy(), one.mean.numpy()
        slope = matrix @ axes.T @ np.linalg.inv(axes @ matrix @ axes.T)
        return slope, mean - slope @ axes @ mean, matrix - slope @ axes @ matrix

    for before, after in zip(given_measures(whole), given_measures(given), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)
    assert float(torch.linalg.eigvalsh(given.matrix).min()) > -1e-6


def test_it_is_what_resampled_cells_have() -> None:
    """Cells of which the measures are moved by hand, and the rest along the regression."""
    values = planes(1, cells=2000).flatten(1).double()
    whole, goal = exact(values), exact(planes(7, 2))
    measures = AXES @ values
    root = [np.linalg.cholesky(m.numpy()) for m in (AXES @ whole.matrix @ AXES.T, goal.matrix)]
    centred = measures.numpy() - (AXES @ whole.mean).numpy()[:, None]
    moved = goal.mean.numpy()[:, None] + root[1] @ np.linalg.solve(root[0], centred)
    slope = np.linalg.lstsq(centred.T, (values - whole.mean[:, None]).numpy().T, rcond=None)[0].T
    cells = values.numpy() + slope @ (moved - measures.numpy())
    given = retargeted(whole, AXES, goal, 1.0)
    np.testing.assert_allclose(given.mean.numpy(), cells.mean(1), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(given.matrix.numpy(), np.cov(cells, bias=True), rtol=1e-4, atol=1e-4)


def test_no_amount_changes_nothing_and_half_lies_between() -> None:
    whole, goal = moments(1), exact(planes(7, 2))
    none, half, full = (retargeted(whole, AXES, goal, amount) for amount in (0.0, 0.5, 1.0))
    torch.testing.assert_close(none.mean, whole.mean)
    torch.testing.assert_close(none.matrix, whole.matrix)
    torch.testing.assert_close(half.mean, (whole.mean + full.mean) / 2)
    torch.testing.assert_close(half.matrix, (whole.matrix + full.matrix) / 2)
    assert not torch.allclose(full.matrix, whole.matrix)


def test_measures_without_a_deviation_stay_finite() -> None:
    flat = planes(1) * torch.tensor([0.0, 0, 0, 0, 1]).view(5, 1, 1)
    given = retargeted(exact(flat), AXES, exact(planes(7, 2)), 1.0)
    assert bool(given.matrix.isfinite().all())
    assert bool(given.mean.isfinite().all())
