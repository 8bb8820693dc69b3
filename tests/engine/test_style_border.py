"""Styles are painted of without their borders, unless they are to be kept."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, StyleCache, Styled, stylize
from styleswap.engine.pictures.raster import Source
from styleswap.engine.styles.border import style_inside
from styleswap.engine.tiles import Span, Tile

from .conftest import Picture

AUTO, KEEP = Settings(scales=1), Settings(scales=1, style_border="keep")


def raster(planes: Tensor) -> Raster:
    """(3, H, W) as 8-bit pixels."""
    return Raster((planes.permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous())


@pytest.fixture(scope="module")
def content(picture: Picture) -> Raster:
    return raster(picture(60, 72, 1))


@pytest.fixture(scope="module")
def plain(picture: Picture) -> Raster:
    """A style without a border."""
    return raster(picture(120, 150, 77))


@pytest.fixture(scope="module")
def framed(plain: Raster) -> Raster:
    """The same in a white mat."""
    values = torch.full((120 + 24, 150 + 24, 3), 250, dtype=torch.uint8)
    values[12:132, 12:162] = plain.values
    return Raster(values)


def painted(content: Raster, style: Raster, settings: Settings, model: Model) -> Tensor:
    return stylize(content, style, settings, model).values


def part(style: Raster) -> Raster:
    """What is found inside the border."""
    area = style_inside(Source(style, "style"))
    assert area is not None
    return Raster(style.values[area.top : area.bottom, area.left : area.right].contiguous())


def test_a_style_without_a_border_is_painted_to_the_bit(
    model: Model, content: Raster, plain: Raster
) -> None:
    report = stylize(content, plain, AUTO, model)
    assert report.notices == ()
    assert torch.equal(report.values, painted(content, plain, KEEP, model))


@pytest.mark.parametrize("colours", ["style", "content", "matched"])
def test_a_border_has_no_part_in_anything(
    model: Model, content: Raster, framed: Raster, colours: str
) -> None:
    """As if the inside alone were given: patches, sizes, palettes."""
    settings = replace(AUTO, colours=colours)
    report = stylize(content, framed, settings, model)
    cut = part(framed)
    wanted = painted(content, cut, replace(settings, style_border="keep"), model)
    assert torch.equal(report.values, wanted)
    (notice,) = report.notices
    assert notice == (
        f"The border of the style was left out: {cut.width}x{cut.height} of its 174x144 px are "
        "used. The control style_border can keep it."
    )
    assert cut.width <= 150
    assert cut.height <= 120


def test_kept_is_all_of_the_style(model: Model, content: Raster, framed: Raster) -> None:
    report = stylize(content, framed, KEEP, model)
    assert report.notices == ()
    assert not torch.equal(report.values, painted(content, framed, AUTO, model))


def test_each_of_several_styles(
    model: Model, content: Raster, plain: Raster, framed: Raster
) -> None:
    report = stylize(content, [Styled(plain), Styled(framed)], AUTO, model)
    assert [notice[:33] for notice in report.notices] == ["The border of the style 2 was lef"]
    styles = [Styled(plain), Styled(part(framed))]
    assert torch.equal(report.values, stylize(content, styles, KEEP, model).values)


def test_the_cache_keeps_both_apart(model: Model, content: Raster, framed: Raster) -> None:
    cache = StyleCache()
    for settings in (AUTO, KEEP, AUTO, KEEP):
        report = stylize(content, framed, settings, model, style_key="framed", cache=cache)
        assert torch.equal(report.values, painted(content, framed, settings, model))
    assert cache.insides.keys() == {"framed"}
    cache.clear()
    assert not cache.insides


def test_all_border_is_used_as_it_is(model: Model, content: Raster) -> None:
    values = torch.full((120, 120, 3), 250, dtype=torch.uint8)
    values[10:110, 10:110] = torch.tensor([90, 60, 30], dtype=torch.uint8)
    report = stylize(content, Raster(values), AUTO, model)
    assert report.notices == ("The style is border for the most part, so all of it is used.",)
    assert torch.equal(report.values, painted(content, Raster(values), KEEP, model))


def test_an_inside_too_small_for_patches_is_not_taken(
    model: Model, content: Raster, framed: Raster
) -> None:
    settings = replace(AUTO, patch_size=33)
    report = stylize(content, framed, settings, model)
    assert report.notices == ("The style is border for the most part, so all of it is used.",)


@pytest.mark.parametrize("colour", [[255, 255, 255], [0, 0, 0], [90, 60, 30]])
def test_one_colour_is_no_border(model: Model, content: Raster, colour: list[int]) -> None:
    values = torch.tensor(colour, dtype=torch.uint8).expand(64, 80, 3).contiguous()
    notices = stylize(content, Raster(values), AUTO, model).notices
    assert not any("border" in notice for notice in notices)


def test_a_large_or_transparent_style_is_looked_at_in_small(picture: Picture) -> None:
    inner = picture(600, 900, 3)
    planes = torch.full((3, 700, 1000), 0.02)
    planes[:, 50:650, 50:950] = inner
    alpha = torch.ones(1, 700, 1000)
    alpha[:, 300:340, 400:500] = 0
    values = torch.cat([planes, alpha]).permute(1, 2, 0).contiguous()
    for given in (values, values[..., :3], (values[..., :3] * 65535).to(torch.uint16)):
        source = Source(Raster(given), "style")
        area = style_inside(source)
        assert area is not None
        assert 50 <= area.top <= 75
        assert 625 <= area.bottom <= 650
        assert 50 <= area.left <= 75
        assert 925 <= area.right <= 950
        assert source.read(0, Tile(Span(0, 2), Span(0, 2))).shape == (1, 3, 2, 2)
