"""Several styles in one painting: against plain swaps that are mixed afterwards; its promises."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import (
    InvalidPicture,
    Model,
    Progress,
    Raster,
    Settings,
    StyleCache,
    Styled,
    StyleTooSmall,
    stylize,
)
from styleswap.engine.pictures.colour import Gathered, move_palette, palette
from styleswap.engine.styles.mixture import FAINT, mix
from styleswap.engine.tiles import Span, Tile, rectangle

from . import reference
from .conftest import ALONE, Picture, both

BLANK = Raster(torch.zeros(64, 64, 3))
PAPER = Settings(
    scales=1,
    matching="plain",
    overlap="average",
    tone=0,
    hue=0,
    variety=0,
    style_statistics=0,
    detail=0,
)


def pixels(planes: Tensor, dtype: torch.dtype = torch.float32, *, linear: bool = False) -> Raster:
    """(C, H, W) in [0, 1] as pixels."""
    scale = {torch.uint8: 255, torch.uint16: 65535, torch.float32: 1}[dtype]
    values = planes.permute(1, 2, 0) * scale
    rounded = values if dtype == torch.float32 else values.round()
    return Raster(rounded.to(dtype).contiguous(), linear)


def soft(height: int, width: int) -> Tensor:
    """A mask that rises from 0 at the left third to 1 at the right third: (1, H, W)."""
    ramp = ((torch.arange(width) + 0.5) / width * 3 - 1).clamp(0, 1)
    return ramp.expand(1, height, width).contiguous()


def hard(height: int, width: int) -> Tensor:
    """A mask with edges inside cells: (1, H, W)."""
    mask = torch.zeros(1, height, width)
    mask[:, height // 3 : height // 3 * 2 + 1, width // 4 + 1 : width // 2] = 1
    return mask


@pytest.fixture(scope="module")
def styles(picture: Picture) -> tuple[Raster, Raster, Raster]:
    """Three of different shapes, of 128 px on the longest side, which no small pass resizes."""
    sizes = ((96, 128), (128, 100), (80, 128))
    first, second, third = (pixels(picture(*size, 70 + i)) for i, size in enumerate(sizes))
    return first, second, third


def naive_swap(model: Model, content: Tensor, style: Tensor, settings: Settings) -> Tensor:
    """Φss of one style, with all that its cells carry: (C', H, W)."""
    weights = model.encoder.state_dict()
    query, phi = (reference.encode(p[None], weights)[0] for p in (content, style))
    offered = phi
    if settings.matching == "centred":
        query, offered = (
            (x - x.mean((1, 2), keepdim=True))
            / x.std((1, 2), correction=0, keepdim=True).clamp(min=1e-5)
            for x in (query, phi)
        )
    size, stride = settings.patch_size, settings.patch_stride
    winners = reference.scores(query, [offered], size, stride).argmax(0)
    pasted = reference.carried(style[None], weights)
    return reference.paste(winners, [pasted], size, stride)


def naive(
    model: Model,
    content: Tensor,
    styles: list[tuple[Tensor, float, Tensor | None]],
    settings: Settings,
) -> Tensor:
    """The whole of it on (3, H, W) in whole: swap each, mix, fade, paint, give back."""
    one = torch.ones(1, *content.shape[1:])
    masks = [one if m is None else m for _, _, m in styles]
    cells = [F.avg_pool2d(m[None], 4)[0] for m in masks]
    total = sum(w * m for (_, w, _), m in zip(styles, cells, strict=True))
    mixed = sum(
        w * m * naive_swap(model, content, style, settings)
        for (style, w, _), m in zip(styles, cells, strict=True)
    ) / total.clamp(min=1e-9)
    coverage, fine = (torch.stack(m).sum(0).clamp(max=1) for m in (cells, masks))
    weights = model.encoder.state_dict()
    inverse = model.inverse.state_dict()
    phi = reference.carried(content[None], weights)
    amount = settings.strength * coverage
    painted = reference.paint((phi + amount * (mixed - phi))[None], inverse)[0]
    kept = 1 - F.interpolate(amount[None], scale_factor=4, mode="bilinear")[0]
    painted = painted + kept * (content - reference.paint(phi[None], inverse)[0])
    faint = (fine / FAINT).clamp(max=1)
    return content + faint * (painted.clamp(0, 1) - content)


@pytest.mark.parametrize(
    ("matching", "strength", "masks"),
    [
        ("plain", 1.0, "none"),
        ("centred", 0.6, "none"),
        ("centred", 1.0, "over all"),
        ("plain", 0.6, "over all"),
        ("centred", 0.6, "on nothing"),
        ("plain", 1.0, "on nothing"),
    ],
)
def test_equals_swaps_that_are_mixed_afterwards(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, ...],
    matching: str,
    strength: float,
    masks: str,
) -> None:
    size = (64, 80)
    content = picture(*size, 2)
    chosen: tuple[Tensor | None, ...] = {
        "none": (None, None, None),
        "over all": (None, soft(*size), hard(*size)),
        "on nothing": (0.7 * soft(*size), hard(*size), hard(*size).flip(2)),
    }[masks]
    settings = replace(PAPER, matching=matching, strength=strength)
    weights = (1.0, 3.0, 0.5)
    given = [
        Styled(style, weight=weight, mask=None if mask is None else pixels(mask))
        for style, weight, mask in zip(styles, weights, chosen, strict=True)
    ]
    report = stylize(pixels(content), given, settings, model)
    wanted = naive(
        model,
        content,
        [
            (s.values.permute(2, 0, 1), w, m)
            for s, w, m in zip(styles, weights, chosen, strict=True)
        ],
        settings,
    )
    result = report.values.permute(2, 0, 1)
    assert float((result - wanted).abs().amax(0).gt(1e-4).float().mean()) < 0.02
    torch.testing.assert_close(result.mean(), wanted.mean(), rtol=0, atol=1e-4)
    assert 0 < report.distinct_patches <= 1


@pytest.mark.parametrize(
    "settings",
    [{"strength": 0.6, "colours": "content"}, {"scales": 2, "colours": "matched"}],
)
def test_one_style_is_what_it_is_alone_to_the_bit(
    model: Model, picture: Picture, styles: tuple[Raster, ...], settings: dict[str, Any]
) -> None:
    content, chosen = pixels(picture(64, 80, 3)), Settings(**settings)
    alone = stylize(content, styles[0], chosen, model)
    everywhere = pixels(torch.ones(1, 64, 80), torch.uint8)
    for given in (
        [Styled(styles[0], weight=0.3)],
        [Styled(styles[0], mask=everywhere)],
        [Styled(styles[0]), Styled(styles[1], weight=0)],
        [Styled(styles[1], weight=0, mask=everywhere), Styled(styles[0], weight=7)],
    ):
        report = stylize(content, given, chosen, model)
        assert torch.equal(report.values, alone.values)
        assert report.distinct_patches == alone.distinct_patches


def test_a_weight_of_0_costs_nothing(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    """It is not even read: its pixels are no numbers, and far too few."""
    cache = StyleCache()
    broken = Raster(torch.full((2, 2, 3), torch.nan))
    given = [Styled(styles[0], "a"), Styled(broken, "b", 0.0)]
    stylize(pixels(picture(40, 40, 3)), given, Settings(), model, cache=cache)
    one = cache.bytes
    cache.clear()
    stylize(pixels(picture(40, 40, 3)), given[:1], Settings(), model, cache=cache)
    assert cache.bytes == one > 0


@pytest.mark.parametrize("masked", [False, True])
def test_only_ratios_of_weights_count(
    model: Model, picture: Picture, styles: tuple[Raster, ...], masked: bool
) -> None:
    content, settings = pixels(picture(60, 80, 3)), Settings(scales=2, colours="matched")
    mask = pixels(soft(60, 80)) if masked else None

    def at(*weights: float) -> Tensor:
        given = [Styled(styles[0], "", weights[0]), Styled(styles[1], "", weights[1], mask)]
        return stylize(content, given, settings, model).values

    result = at(1, 2)
    assert torch.equal(at(2, 4), result)
    assert torch.equal(at(1e-30, 2e-30), result)
    assert torch.equal(at(3e37, 6e37), result)
    assert not torch.equal(at(2, 1), result)


def test_the_order_of_styles_does_not_matter(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    content = pixels(picture(60, 80, 3))
    given = [Styled(styles[0], weight=2), Styled(styles[1]), Styled(styles[2], weight=0.5)]
    first = stylize(content, given, Settings(), model)
    second = stylize(content, given[::-1], Settings(), model)
    torch.testing.assert_close(first.values, second.values, rtol=0, atol=1e-4)
    assert first.distinct_patches == pytest.approx(second.distinct_patches)


def test_a_mixture_lies_between_its_styles(model: Model, picture: Picture) -> None:
    """A black and a white style, mixed 3 to 1: a quarter of the way."""
    black, white = (
        Raster((value + 0.02 * picture(96, 128, 5)).permute(1, 2, 0)) for value in (0.1, 0.8)
    )
    content = pixels(picture(64, 64, 3))
    dark, light, both = (
        float(stylize(content, given, PAPER, model).values.mean())
        for given in (
            [Styled(black)],
            [Styled(white)],
            [Styled(black, weight=3), Styled(white, weight=1)],
        )
    )
    assert dark < both < light
    assert both == pytest.approx(0.75 * dark + 0.25 * light, abs=0.05)


# -- masks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_where_all_masks_are_0_every_bit_is_the_contents(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, ...],
    dtype: torch.dtype,
    linear: bool,
    channels: int,
) -> None:
    content = pixels(picture(50, 70, 4, channels), dtype, linear=linear)
    if dtype == torch.float32:
        content.values[2:4, 5:9] = torch.tensor([-0.7, 12.5])[:, None, None]
    if channels in (2, 4):
        content.values[40:44, :, -1] = 0  # hidden colours come back as well
    mask = hard(50, 70)
    for colours in ("style", "luminance", "matched"):
        settings = Settings(colours=colours, scales=2)
        report = stylize(content, [Styled(styles[0], mask=pixels(mask))], settings, model)
        outside = mask[0] == 0
        assert torch.equal(report.values[outside], content.values[outside])
        assert not torch.equal(report.values[~outside], content.values[~outside])


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_masks_of_0_give_the_content_back(
    model: Model, picture: Picture, styles: tuple[Raster, ...], dtype: torch.dtype
) -> None:
    content = pixels(picture(50, 70, 4, 4), dtype)
    nothing = pixels(torch.zeros(1, 50, 70), torch.uint16)
    previews: list[Tensor] = []
    given = [Styled(styles[0], mask=nothing), Styled(styles[1], mask=nothing)]
    settings = Settings(scales=2)
    report = stylize(content, given, settings, model, preview=previews.append)
    assert torch.equal(report.values, content.values)
    assert report.distinct_patches == 0
    assert len(previews) == 1
    assert any("nothing to paint" in notice for notice in report.notices)


@pytest.mark.parametrize("colours", ["style", "matched", "luminance"])
@pytest.mark.parametrize("scales", [1, 2])
def test_an_even_mask_is_a_strength(
    model: Model, picture: Picture, styles: tuple[Raster, ...], colours: str, scales: int
) -> None:
    content = pixels(0.2 + 0.6 * picture(60, 80, 3))
    settings = Settings(scales=scales, colours=colours)
    mask = pixels(torch.full((1, 60, 80), 0.25))
    given = stylize(content, [Styled(styles[0], mask=mask)], settings, model)
    wanted = stylize(content, styles[0], replace(settings, strength=0.25), model)
    torch.testing.assert_close(given.values, wanted.values, rtol=0, atol=1e-4)


def test_a_mask_that_styles_share_counts_once(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    content = pixels(0.2 + 0.6 * picture(60, 80, 3))
    half, other = (pixels(torch.full((1, 60, 80), 0.5)) for _ in range(2))
    shared = [Styled(styles[0], mask=half), Styled(styles[1], mask=half)]
    apart = [Styled(styles[0], mask=half), Styled(styles[1], mask=other)]
    plain = [Styled(styles[0]), Styled(styles[1])]
    settings = Settings()
    torch.testing.assert_close(
        stylize(content, shared, settings, model).values,
        stylize(content, plain, replace(settings, strength=0.5), model).values,
        rtol=0,
        atol=1e-5,
    )
    torch.testing.assert_close(
        stylize(content, apart, settings, model).values,
        stylize(content, plain, settings, model).values,
        rtol=0,
        atol=1e-5,
    )


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
def test_masks_that_add_up_to_1_cover_all(
    model: Model, picture: Picture, styles: tuple[Raster, ...], dtype: torch.dtype
) -> None:
    content = pixels(picture(60, 80, 3))
    mask = pixels(soft(60, 80), dtype)
    top = 255 if dtype == torch.uint8 else 65535
    rest = Raster((top - mask.values.to(torch.int32)).to(dtype))
    mixture = mix([Styled(styles[0], mask=mask), Styled(styles[1], mask=rest)], (60, 80))
    assert mixture.cells(0, rectangle(15, 20)) is None
    given = [Styled(styles[0], mask=mask), Styled(styles[1], mask=rest)]
    result = stylize(content, given, PAPER, model).values
    # Where one mask is 1, far from the other's part, that style is alone.
    alone = stylize(content, styles[1], PAPER, model).values
    torch.testing.assert_close(result[:, :2], alone[:, :2], rtol=0, atol=2e-4)


@pytest.mark.parametrize(
    ("settings", "scales"),
    both(
        [
            ({"strength": 0.7}, 2),
            ({"patch_size": 5, "patch_stride": 3, "matching": "plain"}, 1),
            ({"colours": "matched"}, 2),
        ]
    ),
)
def test_tiles_equal_the_whole(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, ...],
    settings: dict[str, Any],
    scales: int,
) -> None:
    size = (100, 140)
    content = pixels(picture(*size, 4))
    given = [
        Styled(styles[0], weight=2, mask=pixels(soft(*size))),
        Styled(styles[1], mask=pixels(hard(*size), torch.uint8)),
    ]
    whole, tiled = (
        stylize(content, given, Settings(tile_limit=limit, scales=scales, **settings), model)
        for limit in (512, 64)
    )
    assert tiled.passes[-1].endswith("6 tiles")
    difference = (whole.values - tiled.values).abs().amax(2)
    assert float((difference > 1 / 255).float().mean()) <= 0.001
    assert whole.distinct_patches == pytest.approx(tiled.distinct_patches, rel=0.02)


@pytest.mark.parametrize(
    "settings",
    [
        {"scales": 2, "strength": 0.6, "matching": "plain"},
        {"scales": 2, "colours": "matched", "patch_size": 5, "patch_stride": 3},
    ],
)
@pytest.mark.parametrize("region", [(37, 30, 45, 38), (0, 0, 20, 20), (120, 0, 20, 100)])
def test_a_region_is_that_part_of_the_whole_painting(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, ...],
    settings: dict[str, Any],
    region: tuple[int, int, int, int],
) -> None:
    size = (100, 140)
    content = pixels(picture(*size, 4))
    given = [
        Styled(styles[0], mask=pixels(soft(*size))),
        Styled(styles[1], weight=0.5, mask=pixels(hard(*size))),
    ]
    chosen = Settings(**settings)
    whole = stylize(content, given, chosen, model).values
    part = stylize(content, given, chosen, model, region=region).values
    x, y, width, height = region
    wanted = whole[y : y + height, x : x + width]
    torch.testing.assert_close(part, wanted, rtol=0, atol=1 / 255)


@pytest.mark.parametrize(
    "settings",
    [Settings(scales=2, **ALONE), Settings(scales=2)],
)
def test_a_copy_previews_the_picture_that_it_was_reduced_from(
    model: Model, picture: Picture, styles: tuple[Raster, ...], settings: Settings
) -> None:
    planes, mask = picture(320, 480, 4), soft(320, 480)

    def given(measure: Tensor) -> list[Styled]:
        return [
            Styled(styles[0], mask=pixels(measure)),
            Styled(styles[1], mask=pixels(1 - measure)),
        ]

    wanted = stylize(pixels(planes), given(mask), settings, model, coarse_only=True).values
    small, less = (F.interpolate(p[None], (240, 360), mode="area")[0] for p in (planes, mask))
    result = stylize(
        pixels(small), given(less), settings, model, coarse_only=True, reduced_from=(480, 320)
    ).values
    assert result.shape == wanted.shape == (160, 240, 3)
    assert float((result - wanted).pow(2).mean()) < 10**-2.5


def test_no_more_is_matched_than_a_mask_lets_in(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, ...],
    matched: list[int],
) -> None:
    corner = torch.zeros(1, 256, 256)
    corner[:, :32, :32] = 1
    given = [Styled(styles[0]), Styled(styles[1], mask=pixels(corner))]
    content = pixels(picture(256, 256, 4))
    stylize(content, given, replace(PAPER, tile_limit=128), model)
    # Four tiles of the one; of the other 8 x 8 cells and the patches that reach into them.
    assert len(matched) == 5
    assert min(matched) == 10 * 10
    assert sum(matched) < 1.2 * 64 * 64


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16, torch.float32])
def test_a_mask_is_read_as_its_mean_at_any_level(dtype: torch.dtype) -> None:
    values = torch.rand(1, 83, 117, generator=torch.Generator().manual_seed(3))
    values[:, 20:60, 30:90] = 0
    raster = pixels(values, dtype, linear=True)
    exact = raster.values[..., 0].float() / {torch.uint8: 255, torch.uint16: 65535}.get(dtype, 1)
    (ingredient,) = mix([Styled(BLANK, mask=raster)], (83, 117)).styles
    mask = ingredient.mask
    assert mask is not None
    assert mask.mean == pytest.approx(float(exact.mean()), abs=1e-5)
    for level in range(4):
        step = 4 << level
        high, across = 83 // step, 117 // step
        cells = mask.cells(level, rectangle(high, across))
        wanted = F.avg_pool2d(exact[None, None, : high * step, : across * step], step)[0, 0]
        torch.testing.assert_close(cells, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("level", range(4))
def test_the_part_of_a_mask_holds_all_of_it_and_little_else(level: int) -> None:
    random = torch.Generator().manual_seed(level)
    for _ in range(60):
        height, width = (int(n) for n in torch.randint(1, 200, (2,), generator=random))
        values = torch.zeros(1, height, width)
        y, x = (
            int(torch.randint(height, (), generator=random)),
            int(torch.randint(width, (), generator=random)),
        )
        values[:, y : y + 20, x : x + 30] = 0.01
        (ingredient,) = mix([Styled(BLANK, mask=pixels(values))], (height, width)).styles
        mask = ingredient.mask
        assert mask is not None
        step = 4 << level
        whole = Tile(*(Span(0, max(4, -(-n // step))) for n in (height, width)))
        for tile in whole.cut(7):
            cells = mask.cells(level, tile)
            part = mask.part(level, tile)
            if part is None:
                assert not cells.any()
                continue
            assert part == part.joined(part)
            inside = torch.zeros_like(cells, dtype=torch.bool)
            inside[part.rows.within(tile.rows), part.columns.within(tile.columns)] = True
            assert not cells[~inside].any()
            near = -(-16 // step)
            assert part.rows.stop - part.rows.start <= -(-20 // step) + 2 * near + 1 or (
                part.rows.stop * step >= height
            )


# -- colours -------------------------------------------------------------------------------------


def test_the_mixture_s_palette_is_that_of_all_colours(picture: Picture) -> None:
    """As of one picture that holds the styles' pixels in proportion to weight and mask."""
    planes = [picture(64, 64, seed) * scale for seed, scale in ((1, 1.0), (2, 0.5))]
    mask = torch.zeros(1, 40, 40)
    mask[:, :, :20] = 1
    given = [
        Styled(pixels(planes[0]), weight=1.5),
        Styled(pixels(planes[1]), "", 1.0, pixels(mask)),
    ]
    mixture = mix(given, (40, 40))
    palettes = [palette(p) for p in planes]
    mixed = mixture.palette(palettes)
    # 1.5 to 0.5
    wanted = palette(torch.cat([planes[0]] * 3 + [planes[1]], 2))
    torch.testing.assert_close(mixed.mean, wanted.mean)
    torch.testing.assert_close(mixed.covariance, wanted.covariance)
    gathered = Gathered()
    gathered.add(torch.cat(planes, 2), torch.cat([torch.full((64, 64), w) for w in (3.0, 1.0)], 1))
    weighted = gathered.palette()
    torch.testing.assert_close(weighted.mean, wanted.mean)
    torch.testing.assert_close(weighted.covariance, wanted.covariance)


def test_matched_colours_are_those_of_the_mixture(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    content = pixels(picture(96, 96, 3))
    given = [Styled(styles[0], weight=1), Styled(styles[1], weight=3)]
    settings = Settings(scales=1, colours="matched")
    result = palette(stylize(content, given, settings, model).values.permute(2, 0, 1))
    palettes = [palette(s.values.permute(2, 0, 1)) for s in styles[:2]]
    wanted = 0.25 * palettes[0].mean + 0.75 * palettes[1].mean
    torch.testing.assert_close(result.mean, wanted, rtol=0, atol=1.5)


def test_contents_colours_recolour_every_style(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    """As if each had been given with the content's palette."""
    planes = picture(48, 64, 3) * torch.tensor([0.9, 0.4, 0.2]).view(3, 1, 1)
    weights = (1.0, 2.0)
    moved = []
    for style in styles[:2]:
        own = style.values.permute(2, 0, 1)
        moved.append(pixels(move_palette(own, palette(own), palette(planes))))
    wanted, result = (
        stylize(
            pixels(planes),
            [Styled(style, "", weight) for style, weight in zip(given, weights, strict=True)],
            replace(PAPER, colours=colours),
            model,
        ).values
        for given, colours in ((moved, "style"), (styles[:2], "content"))
    )
    torch.testing.assert_close(result, wanted, rtol=0, atol=1e-3)


# -- progress, refusals --------------------------------------------------------------------------


def test_progress_never_falls_and_ends_at_one(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    told: list[Progress] = []
    given = [Styled(styles[0], mask=pixels(soft(100, 140))), Styled(styles[1], weight=2)]
    settings = Settings(scales=2, tile_limit=64)
    stylize(pixels(picture(100, 140, 4)), given, settings, model, progress=told.append)
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)
    assert fractions[-2:] == pytest.approx([1, 1], abs=1e-6)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_from_0_on(styles: tuple[Raster, ...], weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        Styled(styles[0], weight=weight)


def test_what_cannot_be_mixed_is_refused(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    content = pixels(picture(60, 80, 3))

    def refused(*given: Styled) -> str:
        with pytest.raises((InvalidPicture, ValueError, StyleTooSmall)) as caught:
            stylize(content, given, Settings(), model)
        if isinstance(caught.value, StyleTooSmall):
            assert caught.value.position == 1
        return str(caught.value)

    assert "no style" in refused()
    assert "no style" in refused(Styled(styles[0], weight=0))
    other = pixels(soft(80, 60))
    message = refused(Styled(styles[0]), Styled(styles[1], mask=other))
    assert "style 2" in message
    assert "60x80" in message
    assert "80x60" in message
    assert "one channel" in refused(Styled(styles[0], mask=Raster(torch.ones(60, 80, 3))))
    broken = torch.full((1, 60, 80), torch.nan)
    assert "mask" in refused(Styled(styles[0], mask=pixels(broken)))
    assert "style 2" in refused(Styled(styles[0]), Styled(Raster(torch.zeros(9, 9, 3))))


def test_masks_beyond_the_range_are_clamped_and_told(
    model: Model, picture: Picture, styles: tuple[Raster, ...]
) -> None:
    content, mask = pixels(picture(60, 80, 3)), soft(60, 80)
    wild = stylize(content, [Styled(styles[0], mask=pixels(mask * 3 - 1))], Settings(), model)
    tame = stylize(
        content, [Styled(styles[0], mask=pixels((mask * 3 - 1).clamp(0, 1)))], Settings(), model
    )
    assert torch.equal(wild.values, tame.values)
    assert any("mask" in notice for notice in wild.notices)
    assert tame.notices == ()
