"""Fine detail: which cells of a content are thin, and that its lines stay."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap import weights
from styleswap.engine import Model, Raster, Settings, Styled, stylize
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import survey
from styleswap.engine.tiles import Span, Tile
from styleswap.engine.transforms import transform_of
from styleswap.engine.transforms.detail import AROUND, FULL_RATIO, LEAST_RATIO, NOISE, thin
from styleswap.engine.transforms.following import Followed
from styleswap.engine.transforms.untextured import Untextured

from .conftest import Picture
from .levels import PLAIN, encoded, level_of, pixels, planes

SIZE = (160, 192)


def settings_of(detail: float, **others: object) -> Settings:
    """Detail alone."""
    return Settings(**{**PLAIN, "detail": detail, "scales": 1, **others})


def level(content: Tensor, model: Model, **others: object) -> Level:
    """A content at its own size."""
    style = Styled(pixels(torch.zeros(3, 64, 64)))
    return level_of(pixels(content), [style], settings_of(1.0, **others), model)


def plain(value: float = 0.8) -> Tensor:
    """One colour."""
    return torch.full((3, *SIZE), value)


def lined(width: int = 4, place: int = 94) -> Tensor:
    """A dark upright line on plain ground."""
    content = plain()
    content[:, :, place : place + width] = 0.1
    return content


def whole(content: Tensor, model: Model) -> Tensor:
    """How thin all cells are: (40, 48)."""
    here = level(content, model)
    return thin(here, here.whole)


# -- which cells are thin --------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_nothing_is_thin_on_a_plain_picture(model: Model, value: float) -> None:
    assert float(whole(plain(value), model).max()) == 0


def test_nothing_is_thin_in_soft_shades_and_faint_noise(model: Model) -> None:
    ramp = torch.linspace(0, 1, SIZE[1]).expand(3, *SIZE)
    assert float(whole(ramp, model)[:, 1:-1].max()) < 0.01
    random = torch.Generator().manual_seed(0)
    noise = 0.5 + torch.randn(3, *SIZE, generator=random) / 255
    assert float(whole(noise, model).max()) == 0


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("place", [92, 93, 94, 95])
def test_a_line_is_thin_and_its_ground_is_not(model: Model, width: int, place: int) -> None:
    """As much as it fills of the three cells beside each other that are taken together."""
    found = whole(lined(width, place), model)
    along = found[:, 92 // 4 - 1 : 96 // 4 + 2].amax(1)
    # Neighbouring pixels differ where it begins and where it ends.
    cells = len({(place - 1) // 4, (place + width - 1) // 4})
    torch.testing.assert_close(along, torch.full((40,), cells / 3), rtol=1e-4, atol=1e-4)
    far = torch.cat([found[:, : 92 // 4 - 2], found[:, 96 // 4 + 3 :]], 1)
    assert float(far.max()) == 0


def test_two_lines_side_by_side_are_thin_in_full(model: Model) -> None:
    content = lined(2, 92)
    content[:, :, 98:100] = 0.1
    assert float(whole(content, model).amax(1).min()) == 1


def test_an_even_texture_is_hardly_thin(model: Model) -> None:
    random = torch.Generator().manual_seed(0)
    noise = torch.rand(3, *SIZE, generator=random)
    stripes = plain()
    stripes[:, ::3] = 0.1
    for texture in (noise, stripes):
        assert float(whole(texture, model)[2:-2, 2:-2].mean()) < 0.08
    # A line as dark is lost in it, and stays on calm ground.
    calm = lined(4)
    assert float(whole(torch.where(calm < 0.5, 0.1, stripes), model)[:, 22:26].mean()) < float(
        whole(calm, model)[:, 22:26].mean()
    )


def test_thin_equals_a_plain_loop(model: Model, picture: Picture) -> None:
    """Cell by cell: how its neighbouring pixels differ, against the 13 x 13 cells around it."""
    content = picture(60, 72, 3)
    content[:, :, 50:53] = 0.1
    content[:, 31:33] = 0.9
    here = level(content, model)
    given = thin(here, here.whole)
    gray = F.pad(content.mean(0)[None, None], (0, 1, 0, 1), mode="replicate")[0, 0]
    differing = (gray[1:, :-1] - gray[:-1, :-1]).abs() + (gray[:-1, 1:] - gray[:-1, :-1]).abs()
    cells = differing.reshape(15, 4, 18, 4).mean((1, 3))
    share = torch.zeros(15, 18)
    for y in range(15):
        for x in range(18):
            rows = slice(max(0, y - AROUND), y + AROUND + 1)
            around = cells[rows, max(0, x - AROUND) : x + AROUND + 1].mean()
            ratio = (cells[y, x] / (around + NOISE) - LEAST_RATIO) / (FULL_RATIO - LEAST_RATIO)
            share[y, x] = ratio.clamp(0, 1)
    for y in range(15):
        for x in range(18):
            near = share[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean()
            assert float(given[y, x]) == pytest.approx(float(near), abs=1e-4)
    assert 0.01 < float(given.mean()) < 0.9


@pytest.mark.parametrize("limit", [3, 7, 16])
def test_tiles_are_as_thin_as_the_whole(model: Model, picture: Picture, limit: int) -> None:
    content = picture(*SIZE, 3)
    content[:, :, 94:98] = 0.1
    content[:, 61:64] = 0.9
    here = level(content, model)
    found = thin(here, here.whole)
    assert 0.01 < float(found.mean()) < 0.9
    for tile in here.whole.cut(limit):
        torch.testing.assert_close(thin(here, tile), found[tile.place], rtol=0, atol=1e-5)
    odd = Tile(Span(1, 38), Span(23, 24))
    torch.testing.assert_close(thin(here, odd), found[odd.place], rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (17, 31)])
def test_any_size_is_looked_at(model: Model, picture: Picture, shape: tuple[int, int]) -> None:
    here = level(picture(*shape, 3), model)
    found = thin(here, here.whole)
    assert found.shape == (len(here.whole.rows), len(here.whole.columns))
    assert bool(((found >= 0) & (found <= 1)).all())


# -- what becomes of H -----------------------------------------------------------------------------


def test_h_is_blended_with_the_content_where_that_is_thin(model: Model, picture: Picture) -> None:
    """Elsewhere not a bit is changed; and the content has the style's moments there."""
    content, style = picture(96, 128, 3), pixels(picture(96, 128, 77))
    content[:, :, 40:44] = 0.1
    found = {}
    for detail in (0.0, 0.5, 1.0):
        settings = settings_of(detail)
        here = level_of(pixels(content), [Styled(style)], settings, model)
        transform = transform_of(settings)
        if isinstance(transform, Untextured):
            transform = transform.transform
        with torch.inference_mode():
            styles = encoded(here, transform, (96, 128))
            about = survey(here, here.whole, transform.measured, transform.grids)
            fitted = transform.fit(here, here.whole, styles, about, None)
            found[detail] = fitted.features(0, here.whole).values
            amount, own = thin(here, here.whole), here.content(here.whole).values
    assert isinstance(fitted, Followed)
    still = amount == 0
    assert 0.1 < float(still.float().mean()) < 1
    assert torch.equal(found[1.0][:, still], found[0.0][:, still])
    half = found[0.0].lerp(found[1.0], 0.5)
    torch.testing.assert_close(found[0.5], half, rtol=1e-4, atol=1e-5)
    # What is blended in, where it is so in full: the content, mapped to the style's moments.
    full = amount > 0.6
    added = found[0.0] + (found[1.0] - found[0.0]) / amount.clamp(min=0.05)
    wanted = fitted.known[0](own).clamp(min=0)
    torch.testing.assert_close(added[:12, full], wanted[:12, full], rtol=1e-3, atol=1e-3)
    cells = fitted.known[0](own).flatten(1)
    theirs = styles[0].copies[0].values.flatten(1)
    torch.testing.assert_close(cells.mean(1), theirs.mean(1), rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def trained() -> Model:
    """The network that comes with the program."""
    return weights.load("embedded", torch.device("cpu"))


def gradient_correlation(one: Tensor, other: Tensor) -> float:
    """Of the brightness across a line, along it: both (3, H, W)."""
    first, second = (picture.mean(0).diff(dim=1).flatten() for picture in (one, other))
    return float(torch.corrcoef(torch.stack([first, second]))[0, 1])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thin_line_stays(trained: Model, picture: Picture, seed: int) -> None:
    """On calm ground, in a picture of many colours."""
    content, style = picture(96, 160, seed), pixels(picture(96, 128, 77))
    content[:, :, 60:] = 0.8 + 0.1 * (content[:, :, 60:] - 0.5)
    content[:, :, 130:134] = 0.1
    kept = []
    for detail in (0.0, 0.5, 1.0):
        settings = settings_of(detail)
        given = planes(stylize(pixels(content), style, settings, trained).values)
        kept.append(gradient_correlation(given[:, 8:-8, 110:150], content[:, 8:-8, 110:150]))
    assert kept[0] < kept[1] < kept[2]
    assert kept[2] > kept[0] + 0.05


def test_a_plain_content_is_painted_as_without_detail(model: Model, picture: Picture) -> None:
    style = pixels(picture(96, 128, 77))
    one, other = (
        stylize(pixels(plain()), style, settings_of(detail), model).values for detail in (0, 1)
    )
    assert torch.equal(one, other)


def test_what_is_masked_out_has_no_detail(model: Model, picture: Picture) -> None:
    mask = torch.zeros(1, *SIZE)
    mask[:, :, :96] = 1
    style = Styled(pixels(picture(96, 128, 77)), mask=pixels(mask))
    content: Raster = pixels(lined(4))
    values = stylize(content, [style], settings_of(1.0), model).values
    assert torch.equal(values[:, 128:], content.values[:, 128:])
    assert bool(values.isfinite().all())
