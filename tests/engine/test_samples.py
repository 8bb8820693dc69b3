"""What is sampled of a content, and surveyed: by position alone, whatever the tiles."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, Styled
from styleswap.engine.features.planes import Features, Layout
from styleswap.engine.features.sample import GatheredSample, Grid
from styleswap.engine.levels import survey as surveys
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import overview, survey
from styleswap.engine.tiles import rectangle
from styleswap.engine.transforms.patch_swap.lattice import Lattice, pad_to_cover
from styleswap.engine.transforms.patch_swap.sample import SAMPLES, PatchSample, sampled, taken

from .conftest import Picture
from .levels import PLAIN, level_of, pixels

LAYOUT = Layout((("a", 2), ("b", 1)))


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    """A style of structure."""
    return pixels(picture(96, 128, 77))


def values(height: int, width: int) -> Tensor:
    """Cells that tell where they are: (3, H, W)."""
    return torch.arange(3 * height * width, dtype=torch.float32).view(3, height, width)


# -- samples of parts ------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_a_sample_is_the_grid_s_cells_whatever_the_parts(limit: int) -> None:
    """In any order, and named several times."""
    whole = values(11, 17)
    rows, columns = torch.tensor([10, 0, 4, 4, 9]), torch.tensor([16, 3, 3, 0])
    gathered = GatheredSample(Grid(rows, columns))
    for tile in rectangle(11, 17).cut(limit):
        gathered.add(tile, Features(whole[(slice(None), *tile.place)], LAYOUT))
    given = gathered.features()
    assert given.layout == LAYOUT
    assert torch.equal(given.values, whole[:, rows][:, :, columns])


def test_parts_are_not_kept() -> None:
    whole = values(4, 4)
    gathered = GatheredSample(Grid(torch.tensor([1, 2]), torch.tensor([0, 3])))
    gathered.add(rectangle(4, 4), Features(whole, LAYOUT))
    before = gathered.features().values.clone()
    whole.zero_()
    assert torch.equal(gathered.features().values, before)


# -- which patches are sampled ---------------------------------------------------------------------


def sample_of(level: Level, size: int, stride: int, index: int = 0) -> tuple[Lattice, PatchSample]:
    lattice = Lattice(level.whole, size, stride)
    return lattice, sampled(lattice, level, level.context.mixture.styles[index])


def bare(model: Model, style: Raster, height: int, width: int, mask: Tensor | None = None) -> Level:
    """A level of a content that is not read."""
    styled = Styled(style, mask=None if mask is None else pixels(mask[None]))
    content = pixels(torch.zeros(3, height, width))
    return level_of(content, [styled], Settings(**PLAIN), model)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (30, 500), (401, 300), (800, 1024)])
def test_grids_lie_inside_and_are_spread_evenly(
    model: Model, style: Raster, size: int, stride: int, shape: tuple[int, int]
) -> None:
    stride = min(stride, size)
    level = bare(model, style, *shape)
    lattice, sample = sample_of(level, size, stride)
    kept = len(taken(size))
    for index, limit, patches in (
        (sample.grid.rows, level.whole.rows, lattice.patches.rows),
        (sample.grid.columns, level.whole.columns, lattice.patches.columns),
    ):
        assert int(index.min()) >= 0
        assert int(index.max()) < limit.stop
        starts = index.view(-1, kept)[:, 0].double() / stride
        assert len(starts.unique()) == len(starts)
        assert int(starts.max()) < len(patches)
        # As far from the first patch to the first edge as from the last one to the last edge.
        step = len(patches) / len(starts)
        assert float((starts + 0.5 - step * (torch.arange(len(starts)) + 0.5)).abs().max()) <= 1
    assert sample.counted.shape == (
        len(sample.grid.rows) // kept,
        len(sample.grid.columns) // kept,
    )
    assert bool(sample.counted.all())
    every = len(lattice.patches.rows) * len(lattice.patches.columns)
    assert sample.counted.numel() <= 1.3 * SAMPLES
    assert sample.counted.numel() >= min(every, 0.7 * SAMPLES)


@pytest.mark.parametrize(("size", "wanted"), [(1, (0,)), (3, (0, 1, 2)), (7, tuple(range(7)))])
def test_of_large_patches_edges_and_middle_are_taken(size: int, wanted: tuple[int, ...]) -> None:
    assert taken(size) == wanted
    assert taken(9) == (0, 2, 4, 6, 8)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (3, 3), (5, 3), (7, 6)])
@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (49, 74), (66, 101)])
def test_sampled_patches_are_those_of_the_level_whose_border_goes_on(
    model: Model, style: Raster, size: int, stride: int, shape: tuple[int, int]
) -> None:
    """Also where a content is smaller than a patch, and where strides reach beyond its end."""
    content = pixels(torch.zeros(3, *shape))
    settings = Settings(**PLAIN, patch_size=size)
    level = level_of(content, [Styled(style)], settings, model, least=size)
    lattice, sample = sample_of(level, size, stride)
    whole = values(len(level.whole.rows), len(level.whole.columns))
    gathered = GatheredSample(sample.grid)
    for tile in level.whole.cut(5):
        gathered.add(tile, Features(whole[(slice(None), *tile.place)], LAYOUT))
    given = sample.patches(gathered.features().values)
    covered = pad_to_cover(whole, size, stride)
    patches = covered.unfold(1, size, stride).unfold(2, size, stride)
    assert patches.shape[1:3] == (len(lattice.patches.rows), len(lattice.patches.columns))
    kept = list(taken(size))
    rows = sample.grid.rows.view(-1, len(kept))[:, 0] // stride
    columns = sample.grid.columns.view(-1, len(kept))[:, 0] // stride
    wanted = patches[:, rows][:, :, columns][..., kept, :][..., kept]
    assert torch.equal(given, wanted.permute(1, 2, 0, 3, 4).flatten(0, 1))


# -- masks -----------------------------------------------------------------------------------------


def test_a_mask_of_ten_cells_leaves_their_patches(model: Model, style: Raster) -> None:
    mask = torch.zeros(400, 600)
    mask[200:208, 300:320] = 1  # 2 x 5 cells
    level = bare(model, style, 400, 600, mask)
    lattice, sample = sample_of(level, 3, 1)
    places = torch.arange(3 * 150 * 100, dtype=torch.float32).view(3, 100, 150)
    gathered = GatheredSample(sample.grid)
    gathered.add(level.whole, Features(places, LAYOUT))
    given = sample.patches(gathered.features().values)
    assert len(given) == 10
    middles = places[:, 50:52, 75:80].flatten(1).T
    assert torch.equal(given[:, :, 1, 1].sort(0).values, middles.sort(0).values)
    assert len(lattice.patches.rows) == 98


def test_a_mask_that_leaves_nothing_leaves_no_patch(model: Model, style: Raster) -> None:
    level = bare(model, style, 120, 160, torch.zeros(120, 160))
    _, sample = sample_of(level, 3, 1)
    cells = torch.zeros(2, len(sample.grid.rows), len(sample.grid.columns))
    assert not bool(sample.counted.any())
    assert sample.patches(cells).shape == (0, 2, 3, 3)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_counted_is_what_the_mask_covers_in_its_middle(
    model: Model, style: Raster, stride: int
) -> None:
    mask = torch.zeros(121, 163)
    mask[30:90, 40:] = torch.linspace(0, 1, 123)
    mask[50:60, 60:80] = 0
    level = bare(model, style, 121, 163, mask)
    lattice, sample = sample_of(level, 3, stride)
    coverage = level.context.mixture.styles[0].mask
    assert coverage is not None
    whole = coverage.cells(0, level.whole)
    rows = (sample.grid.rows.view(-1, 3)[:, 0] + 1).clamp(max=len(whole) - 1)
    columns = (sample.grid.columns.view(-1, 3)[:, 0] + 1).clamp(max=whole.shape[1] - 1)
    assert torch.equal(sample.counted, whole[rows][:, columns] > 0)
    assert bool(sample.counted.any())
    assert not bool(sample.counted.all())
    # Nothing is spent on what lies far outside.
    assert int(rows.min()) >= 30 // 4 - 3 - 4
    assert int(rows.max()) <= 90 // 4 + 3 + 4
    assert len(lattice.patches.rows) > len(rows)


# -- surveys ---------------------------------------------------------------------------------------


def grids(level: Level) -> Sequence[Grid]:
    """Of every style of a level."""
    lattice = Lattice(level.whole, 3, 1)
    return [sampled(lattice, level, style).grid for style in level.context.mixture.styles]


def test_a_survey_samples_the_same_whatever_the_tiles(
    model: Model, picture: Picture, style: Raster
) -> None:
    content, mask = pixels(picture(150, 214, 3)), torch.zeros(150, 214)
    mask[40:80, 100:] = 1
    found = []
    for limit in (64, 100, 512):
        settings = Settings(**PLAIN, tile_limit=limit)
        styles = [Styled(style), Styled(style, mask=pixels(mask[None]))]
        level = level_of(content, styles, settings, model)
        with torch.inference_mode():
            found.append(survey(level, level.whole, lambda features: features, grids))
            query = level.query(level.whole)
    for one in found:
        assert len(one.samples) == 2
        for sample, grid in zip(one.samples, grids(level), strict=True):
            wanted = query.values[:, grid.rows][:, :, grid.columns]
            torch.testing.assert_close(sample.values, wanted, rtol=1e-4, atol=1e-5)
            assert sample.layout == query.layout
        torch.testing.assert_close(one.moments.mean, found[0].moments.mean, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("part", [False, True])
def test_of_a_large_level_the_samples_are_those_of_a_smaller_copy(
    model: Model, picture: Picture, style: Raster, part: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = pixels(picture(150, 214, 3))
    level = level_of(content, [Styled(style)], Settings(**PLAIN), model)
    assert overview(level) is None
    monkeypatch.setattr(surveys, "MEASURED_SIDE", 110)
    small = overview(level)
    assert small is not None
    assert (small.height, small.width, small.halvings, small.first) == (75, 107, 1, True)
    area = rectangle(10, 12) if part else level.whole
    with torch.inference_mode():
        given = survey(level, area, lambda features: features, grids)
        query = small.query(small.whole)
    (grid,) = grids(small)
    wanted = query.values[:, grid.rows][:, :, grid.columns]
    torch.testing.assert_close(given.samples[0].values, wanted, rtol=1e-4, atol=1e-5)


def test_without_grids_nothing_is_sampled(model: Model, picture: Picture, style: Raster) -> None:
    level = level_of(pixels(picture(64, 64, 3)), [Styled(style)], Settings(**PLAIN), model)
    with torch.inference_mode():
        given = survey(level, level.whole, lambda features: features, lambda _: ())
    assert given.samples == ()
