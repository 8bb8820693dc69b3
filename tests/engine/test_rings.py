"""Where a picture is plain up to its edge, the painting is as plain there: no lines along it."""

import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.tiles import Span, Tile, rectangle
from styleswap.engine.transforms.patch_swap.lattice import Lattice
from styleswap.engine.transforms.patch_swap.pasting import paste
from styleswap.engine.transforms.patch_swap.picks import Picks

from .conftest import ALONE, Picture


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    """A style of structure."""
    return raster(picture(96, 128, 77))


def raster(planes: Tensor) -> Raster:
    """(3, H, W) as pixels."""
    return Raster(planes.permute(1, 2, 0).contiguous())


def plain(height: int, width: int) -> Tensor:
    """One colour."""
    return torch.tensor([0.6, 0.5, 0.3]).view(3, 1, 1).expand(3, height, width)


def spread(values: Tensor) -> float:
    """The largest difference of two pixels in a channel."""
    return float((values.amax((0, 1)) - values.amin((0, 1))).max())


@pytest.mark.parametrize("size", [(96, 128), (101, 67), (30, 41)])
@pytest.mark.parametrize("patch_size", [1, 3, 5])
@pytest.mark.parametrize("scales", [1, 2])
def test_one_colour_has_no_frame(
    model: Model, style: Raster, size: tuple[int, int], patch_size: int, scales: int
) -> None:
    settings = Settings(patch_size=patch_size, scales=scales)
    values = stylize(raster(plain(*size)), style, settings, model).values
    assert spread(values) < 1e-4


@pytest.mark.parametrize("side", ["above", "below", "left", "right"])
def test_a_plain_edge_has_no_lines(
    model: Model, picture: Picture, style: Raster, side: str
) -> None:
    """Half of the picture is plain: there the painting is so to the picture's end."""
    content = picture(192, 192, 3)
    content[:, :96] = plain(96, 192)
    turned = {"above": 0, "left": 1, "below": 2, "right": 3}[side]
    content = torch.rot90(content, turned, (1, 2))
    values = stylize(raster(content), style, Settings(scales=1), model).values
    part = torch.rot90(values, -turned, (0, 1))[:32, 32:160]
    assert spread(part) < 1e-4


def test_the_papers_average_has_the_papers_edge(model: Model, style: Raster) -> None:
    """Fewer patches at an edge: its lines are the paper's."""
    settings = Settings(
        overlap="average", matching="plain", scales=1, variety=0, style_statistics=0, detail=0
    )
    values = stylize(raster(plain(96, 128)), style, settings, model).values
    assert spread(values) > 0.01


@pytest.mark.parametrize("settings", [Settings(**ALONE), Settings()])
def test_tiles_and_regions_join_at_a_plain_edge(
    model: Model, picture: Picture, style: Raster, settings: Settings
) -> None:
    content = picture(160, 224, 5)
    content[:, :64] = plain(64, 224)
    content[:, :, 160:] = plain(160, 64)
    whole = stylize(raster(content), style, settings, model).values
    tiled = stylize(raster(content), style, replace(settings, tile_limit=64), model).values
    assert float((tiled - whole).abs().amax(2).gt(1e-4).float().mean()) < 0.01
    x, y, width, height = 130, 0, 94, 50
    part = stylize(raster(content), style, settings, model, region=(x, y, width, height)).values
    same = whole[y : y + height, x : x + width]
    assert float((part - same).abs().amax(2).gt(1e-4).float().mean()) < 0.01


# -- which patches go on --------------------------------------------------------------------------


def picks_of(rows: Tensor, columns: Tensor) -> Picks:
    copies = torch.zeros_like(rows)
    return Picks(copies, rows, columns, torch.ones(rows.shape))


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 2)])
def test_without_a_repeated_pick_at_an_edge_nothing_is_else(size: int, stride: int) -> None:
    """To the bit: it is pasted as if nothing went on."""
    lattice = Lattice(rectangle(9, 11), size, stride)
    seed = torch.Generator().manual_seed(0)
    style = torch.rand(4, 20, 30, generator=seed)
    tall, wide = len(lattice.patches.rows), len(lattice.patches.columns)
    # No two neighbours are the same.
    picks = picks_of(
        (torch.arange(tall)[:, None] * 3 + torch.zeros(1, wide, dtype=torch.int64)) % 14,
        (torch.arange(wide)[None] * 5 + torch.zeros(tall, 1, dtype=torch.int64)) % 24,
    )
    around = lattice.around(lattice.whole)
    continued, counted = picks.continued(around)
    covered = lattice.cells(around)
    end = (9 - covered.rows.start, 11 - covered.columns.start)
    given = paste(continued, [style], end, size, stride, centred=True, counted=counted)
    given = given[:, -covered.rows.start :, -covered.columns.start :]
    assert torch.equal(given, paste(picks, [style], (9, 11), size, stride, centred=True))


def test_a_repeated_pick_goes_on_beyond_its_own_edge_alone() -> None:
    rows = torch.tensor([[5, 1, 2, 9], [5, 3, 4, 9], [5, 5, 5, 8]])
    picks = picks_of(rows, torch.full((3, 4), 8))
    continued, counted = picks.continued(Tile(Span(-2, 4), Span(-1, 5)))
    assert counted is not None
    above = [False, True, False, False, False, False]
    assert counted[:2].tolist() == [above, above]
    inside = [True, True, True, True]
    assert counted[2:4].tolist() == [[False, *inside, False]] * 2
    assert counted[4].tolist() == [True, *inside, False]
    # Beyond the corner both ways are plain.
    assert counted[5].tolist() == [True, True, False, False, False, False]
    assert continued.row[:2, 1].tolist() == [5, 5]
    assert continued.row[2:5, 1:5].tolist() == rows.tolist()


def test_what_lies_inside_is_a_part_as_it_is() -> None:
    picks = picks_of(torch.arange(12).view(3, 4), torch.arange(12).view(3, 4))
    part, counted = picks.continued(Tile(Span(1, 3), Span(0, 2)))
    assert counted is None
    assert torch.equal(part.row, picks.row[1:3, :2])


def test_what_was_not_matched_does_not_go_on() -> None:
    """Styles are matched where their masks let them; the rest has no picks."""
    picks = picks_of(torch.zeros(3, 3, dtype=torch.int64), torch.zeros(3, 3, dtype=torch.int64))
    picks.score[1:] = -torch.inf
    _, counted = picks.continued(Tile(Span(-1, 3), Span(0, 3)))
    assert counted is not None
    assert not counted[0].any()


def test_a_single_patch_does_not_go_on() -> None:
    single = picks_of(torch.zeros(1, 1, dtype=torch.int64), torch.zeros(1, 1, dtype=torch.int64))
    _, counted = single.continued(Tile(Span(-1, 2), Span(-1, 2)))
    assert counted is not None
    assert int(counted.sum()) == 1


def test_any_rectangle_of_patches_has_the_picks_of_the_whole() -> None:
    """Whatever tile asks."""
    chance = random.Random(0)
    generator = torch.Generator().manual_seed(1)
    rows = torch.randint(0, 2, (5, 6), generator=generator).mul_(torch.arange(5)[:, None] > 2)
    picks = picks_of(rows, torch.zeros_like(rows))
    whole, all_counted = picks.continued(Tile(Span(-3, 8), Span(-3, 9)))
    assert all_counted is not None
    for _ in range(200):
        top, left = chance.randint(-3, 6), chance.randint(-3, 7)
        tile = Tile(Span(top, chance.randint(top + 1, 8)), Span(left, chance.randint(left + 1, 9)))
        part, counted = picks.continued(tile)
        place = tile.moved(3, 3).place
        assert torch.equal(part.row, whole.row[place])
        if counted is None:
            assert bool(all_counted[place].all())
        else:
            assert torch.equal(counted, all_counted[place])
