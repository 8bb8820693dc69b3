"""Paintings without patches, whose statistics are moved to the style's: what each way promises."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from styleswap import weights
from styleswap.engine import Model, Progress, Raster, Settings, Styled, stylize
from styleswap.engine.features.covariance import covariance
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.levels.level import Level
from styleswap.engine.transforms import Transform, transform_of
from styleswap.engine.transforms.untextured import Untextured

from .conftest import Picture
from .levels import encoded, level_of, pixels, planes

WAYS = ["mean", "covariance", "transport", "distribution"]
SIZE = (100, 140)


def fitted(level: Level, settings: Settings, size: tuple[int, int]) -> Any:
    """The transform, with the styles; of what stands in for styles without texture nothing."""
    made: Transform = transform_of(settings)
    assert isinstance(made, Untextured)
    styles = encoded(level, made.transform, size)
    with torch.inference_mode():
        return made.transform.fit(level, level.whole, styles, None, None), styles


@pytest.fixture(scope="module")
def content(picture: Picture) -> Raster:
    return pixels(picture(*SIZE, 4))


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    return pixels(picture(96, 128, 70) * 0.6)


@pytest.mark.parametrize("way", WAYS)
def test_h_has_the_style_s_statistics(
    model: Model, content: Raster, style: Raster, way: str
) -> None:
    """Whatever of them the way is about, but for shrinkage and for what is cut below 0."""
    settings = Settings(transform=way, scales=1)
    level = level_of(content, [Styled(style)], settings, model)
    made, styles = fitted(level, settings, (96, 128))
    with torch.inference_mode():
        found = covariance([made.features(0, level.whole).values])
        before = covariance([level.query(level.whole).values])
    wanted = styles[0].covariance
    unit = wanted.matrix.diagonal().sqrt().clamp(min=1e-3)

    def apart(c: Any, name: str) -> float:
        if name == "mean":
            return float(((c.mean - wanted.mean) / unit).abs().mean())
        matrix = (c.matrix - wanted.matrix) / torch.outer(unit, unit)
        return float((matrix.diagonal() if name == "deviation" else matrix).abs().mean())

    measures = ["mean", "deviation", *(["all"] if way in ("covariance", "transport") else [])]
    for name in measures:
        assert apart(found, name) < 0.3 * apart(before, name), name


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_in_its_own_style_is_a_fixed_point(
    model: Model, picture: Picture, way: str
) -> None:
    """H is the content's own features."""
    own = pixels(picture(96, 128, 4))
    settings = Settings(transform=way, scales=1)
    level = level_of(own, [Styled(own)], settings, model)
    made, _ = fitted(level, settings, (96, 128))
    with torch.inference_mode():
        given = made.features(0, level.whole).values
        expected = level.content(level.whole).values
    if way == "distribution":  # beyond the outermost of 1,024 nodes there is nothing
        assert float((given - expected).abs().mean()) < 0.01 * float(expected.std())
    else:
        torch.testing.assert_close(given, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("way", WAYS)
def test_a_mask_has_statistics_of_its_own(
    model: Model, picture: Picture, style: Raster, way: str
) -> None:
    """Half a picture is painted as if there were no other half, away from the border."""
    left = picture(*SIZE, 4)
    other = left.clone()
    other[:, :, 84:] = 1 - 0.3 * other[:, :, 84:]
    mask = torch.zeros(1, *SIZE)
    mask[:, :, :64] = 1
    settings = Settings(transform=way, scales=1)
    one, two = (
        stylize(pixels(p), [Styled(style, mask=pixels(mask))], settings, model).values
        for p in (left, other)
    )
    torch.testing.assert_close(one[:, :40], two[:, :40], rtol=0, atol=1e-3)
    # What is outside is not touched.
    assert torch.equal(two[:, 64:], pixels(other).values[:, 64:])
    assert float((one - pixels(left).values)[:, :40].abs().mean()) > 0.02


@pytest.mark.parametrize("way", WAYS)
def test_two_styles_are_mixed_by_weight(
    model: Model, content: Raster, style: Raster, picture: Picture, way: str
) -> None:
    """One of no weight has no part, and a half of each lies between both."""
    other = pixels(1 - 0.5 * picture(96, 128, 71))
    settings = Settings(transform=way, scales=1)

    def painted(*weight: float) -> Tensor:
        styles = [Styled(s, weight=w) for s, w in zip((style, other), weight, strict=True)]
        return stylize(content, styles, settings, model).values

    first, second, both = painted(1, 0), painted(0, 1), painted(1, 1)
    assert torch.equal(first, stylize(content, style, settings, model).values)
    ends = float((first - second).abs().mean())
    assert ends > 0.05
    assert all(float((both - end).abs().mean()) < 0.8 * ends for end in (first, second))


@pytest.mark.parametrize("way", WAYS)
def test_what_comes_with_every_transform_comes_with_it(
    model: Model, content: Raster, style: Raster, way: str
) -> None:
    """Strength 0 to the bit, half of it between, previews, progress, refining, all colours."""
    chosen: dict[str, Any] = {"transform": way, "scales": 2}
    given = stylize(content, style, Settings(**chosen), model)
    assert given.distinct_patches == 0
    assert torch.equal(
        stylize(content, style, Settings(**chosen, strength=0), model).values, content.values
    )
    half = stylize(content, style, Settings(**chosen, strength=0.5), model).values
    whole, way_there = ((v - content.values).abs().mean() for v in (given.values, half))
    assert 0.1 * float(whole) < float(way_there) < 0.9 * float(whole)
    shown: list[Tensor] = []
    told: list[Progress] = []
    seen = stylize(
        content, style, Settings(**chosen), model, preview=shown.append, progress=told.append
    )
    assert torch.equal(seen.values, given.values)
    alone = stylize(content, style, Settings(**chosen), model, coarse_only=True).values
    torch.testing.assert_close(shown[0], alone, rtol=0, atol=1e-5)
    fractions = [each.fraction for each in told]
    assert all(a <= b for a, b in pairwise(fractions))
    assert fractions[-1] == 1
    for changed in (
        {"refine": 2},
        {"method": "optimise", "iterations": 2},
        {"colours": "content"},
        {"colours": "luminance"},
        {"colours": "matched"},
    ):
        values = stylize(content, style, Settings(**chosen, **changed), model).values
        assert bool(values.isfinite().all())
        assert not torch.equal(values, given.values)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (40, 60)])
def test_pictures_of_next_to_nothing_are_painted(
    model: Model, picture: Picture, way: str, size: tuple[int, int]
) -> None:
    """Fewer cells than planes, one colour, black and white; the least style has four cells."""
    random = picture(*size, 5)
    flat = torch.full_like(random, 0.4)
    for made in (random, flat, flat * 0, flat * 0 + 1):
        for given in (picture(96, 128, 77), picture(16, 16, 7), torch.full((3, 32, 32), 0.7)):
            values = stylize(pixels(made), pixels(given), Settings(transform=way), model).values
            assert bool(values.isfinite().all())
            assert 0 <= float(values.min()) <= float(values.max()) <= 1


def test_a_style_of_one_colour_leaves_the_content_readable(picture: Picture) -> None:
    trained = weights.load("embedded", torch.device("cpu"))
    made = picture(48, 64, 5)
    colour = torch.tensor([0.9, 0.1, 0.3]).view(3, 1, 1)
    for way in WAYS:
        given = stylize(
            pixels(made),
            pixels(colour.expand(3, 48, 64).contiguous()),
            Settings(transform=way),
            trained,
        )
        assert any("no texture" in notice for notice in given.notices)
        ours, theirs = planes(given.values).mean(0), made.mean(0)
        alike = torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1]
        assert float(alike) > 0.4


def test_a_name_that_is_none_is_refused(model: Model, content: Raster, style: Raster) -> None:
    with pytest.raises(ValueError, match="there is no transform 'whiten'"):
        stylize(content, style, Settings(transform="whiten"), model)


def test_what_is_mixed_in_keeps_its_activations_from_0_on(
    model: Model, content: Raster, style: Raster
) -> None:
    for way in WAYS:
        settings = Settings(transform=way, scales=1)
        level = level_of(content, [Styled(style)], settings, model)
        made, _ = fitted(level, settings, (96, 128))
        with torch.inference_mode():
            assert float(made.features(0, level.whole)[RELU3_1].min()) >= 0
