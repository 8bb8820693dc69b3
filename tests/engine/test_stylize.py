"""One picture through everything: a plain pipeline, formats, strength, colours, bad input."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage import color
from torch import Tensor

from styleswap.engine import (
    InvalidPicture,
    Model,
    Raster,
    Report,
    Settings,
    StyleTooSmall,
    plan_passes,
    stylize,
)

from . import reference
from .conftest import WIDTHS, Picture

CHANNELS = WIDTHS[-1]
SCALE = {torch.uint8: 255, torch.uint16: 65535, torch.float32: 1}
PAPER = Settings(
    scales=1, matching="plain", overlap="average", variety=0, style_statistics=0, detail=0
)


def raster(planes: Tensor, dtype: torch.dtype = torch.float32, *, linear: bool = False) -> Raster:
    """(C, H, W) in [0, 1] as pixels."""
    values = planes.permute(1, 2, 0) * SCALE[dtype]
    rounded = values if dtype == torch.float32 else values.round()
    return Raster(rounded.to(dtype).contiguous(), linear)


def planes(values: Tensor) -> Tensor:
    """Pixels as (C, H, W) in [0, 1]."""
    return values.float().permute(2, 0, 1) / SCALE[values.dtype]


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    """A style of 128 px, which no pass of a small content resizes."""
    return raster(picture(96, 128, 77))


def painted(report: Report) -> Tensor:
    return planes(report.values)


# -- the paper -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(48, 64), (128, 100), (16, 16)])
def test_the_papers_path_on_itself_is_the_round_trip(
    model: Model, picture: Picture, size: tuple[int, int]
) -> None:
    """Φss(C, C) = Φ(C), so what is painted is f(Φ(C)). 128 px is a size that nothing resizes."""
    content = picture(*size, 1)
    content = torch.nn.functional.interpolate(content[None], size=(size[0], size[1]))[0]
    if max(size) < 128:  # the style would be enlarged to 128 px
        content = picture(size[0] * 128 // max(size), size[1] * 128 // max(size), 1)
    report = stylize(raster(content), raster(content), PAPER, model)
    with torch.inference_mode():
        wanted = model.paint(model.encode(content[None]))[0].clamp(0, 1)
    torch.testing.assert_close(painted(report), wanted, rtol=0, atol=1e-5)
    assert report.distinct_patches == 1.0


def guide(pixels: Tensor, tone: float, hue: float, channels: int) -> Tensor:
    """Lab of the cells' colours by scikit-image, centred and brought to its share of the match."""
    cells = F.avg_pool2d(pixels, 4).double().permute(1, 2, 0).numpy()
    lab = torch.from_numpy(color.rgb2lab(cells)).permute(2, 0, 1)
    spread = lab.std((1, 2), correction=0)
    chroma = spread[1:].square().mean().sqrt()
    lab = (lab - lab.mean((1, 2), keepdim=True)) * 0.5 * channels**0.5
    weights = torch.stack([tone / spread[0], hue / chroma, hue / chroma])
    return (lab * weights.view(3, 1, 1)).float()


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (3, 2), (5, 3), (7, 1)])
@pytest.mark.parametrize(
    ("matching", "tone", "hue"),
    [("plain", 1, 1), ("centred", 0, 0), ("centred", 0.7, 0), ("centred", 0.2, 1)],
)
def test_equals_a_plain_pipeline(
    model: Model,
    picture: Picture,
    style: Raster,
    size: int,
    stride: int,
    matching: str,
    tone: float,
    hue: float,
) -> None:
    """Encoder, swap and inverse network as functional calls, on a content and a style in whole."""
    content = picture(104, 128, 2)
    settings = replace(PAPER, patch_size=size, patch_stride=stride, matching=matching)
    settings = replace(settings, tone=tone, hue=hue)
    report = stylize(raster(content), style, settings, model)

    weights = model.encoder.state_dict()
    phi = [reference.encode(p[None], weights)[0] for p in (content, planes(style.values))]
    carried = reference.carried(planes(style.values)[None], weights)
    query, offered = phi
    if matching == "centred":
        query, offered = (
            (x - x.mean((1, 2), keepdim=True))
            / x.std((1, 2), correction=0, keepdim=True).clamp(min=1e-5)
            for x in phi
        )
        query, offered = (
            torch.cat([x, guide(p, tone, hue, len(x))])
            for x, p in zip((query, offered), (content, planes(style.values)), strict=True)
        )
    below, right = ((-(n - size)) % stride for n in query.shape[1:])
    padded = torch.nn.functional.pad(query[None], (0, right, 0, below), mode="replicate")[0]
    winners = reference.scores(padded, [offered], size, stride).argmax(0)
    pasted = reference.paste(winners, [carried], size, stride)
    pasted = pasted[:, : query.shape[1], : query.shape[2]]
    wanted = reference.paint(pasted[None], model.inverse.state_dict())[0].clamp(0, 1)
    assert float((painted(report) - wanted).abs().amax(0).gt(1e-4).float().mean()) < 0.01
    torch.testing.assert_close(painted(report).mean(), wanted.mean(), rtol=0, atol=1e-4)


# -- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 7), (3, 2), (4, 4), (5, 9), (13, 1), (17, 31), (50, 33), (1, 300)]
)
@pytest.mark.parametrize("patch_size", [1, 3, 7])
def test_any_size_is_painted(
    model: Model, picture: Picture, style: Raster, size: tuple[int, int], patch_size: int
) -> None:
    settings = Settings(patch_size=patch_size)
    report = stylize(raster(picture(*size, 3), torch.uint8), style, settings, model)
    assert report.values.shape == (*size, 3)
    assert report.values.dtype == torch.uint8
    assert len(report.passes) == 1
    assert 0 < report.distinct_patches <= 1
    assert report.precision == "float32"


@pytest.mark.parametrize("size", [(5, 9), (30, 17), (1, 1)])
def test_odd_sizes_are_painted_as_if_their_border_went_on(
    model: Model, picture: Picture, style: Raster, size: tuple[int, int]
) -> None:
    """Edge-padded to whole cells and at least what the networks need, then cropped back."""
    content = picture(*size, 3)
    height, width = (max(16, -(-n // 4) * 4) for n in size)
    grown = torch.nn.functional.pad(
        content[None], (0, width - size[1], 0, height - size[0]), mode="replicate"
    )[0]
    given = stylize(raster(content), style, PAPER, model)
    wanted = stylize(raster(grown), style, PAPER, model)
    torch.testing.assert_close(given.values, wanted.values[: size[0], : size[1]])


def test_a_painting_is_neither_content_nor_style(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = picture(64, 64, 3)
    result = painted(stylize(raster(content), style, Settings(), model))
    assert float((result - content).abs().mean()) > 0.02
    assert float(result.std()) > 0.02


# -- strength ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", list(SCALE))
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("linear", [False, True])
def test_strength_zero_gives_the_very_pixels_back(
    model: Model, picture: Picture, style: Raster, dtype: torch.dtype, channels: int, linear: bool
) -> None:
    content = raster(picture(21, 30, 4, channels), dtype, linear=linear)
    if dtype == torch.float32:
        content.values[2:4, 5:9] = torch.tensor([-0.7, 12.5])[:, None, None]
    if channels in (2, 4):
        content.values[10:12, :, -1] = 0  # hidden colours come back as well
    before = content.values.clone()
    report = stylize(content, style, Settings(strength=0), model)
    assert torch.equal(report.values, before)
    assert torch.equal(content.values, before)
    assert report.values.data_ptr() != content.values.data_ptr()


@pytest.mark.parametrize("colours", ["style", "content", "luminance", "matched"])
@pytest.mark.parametrize("linear", [False, True])
def test_strength_grows_smoothly_from_the_content(
    model: Model, picture: Picture, style: Raster, colours: str, linear: bool
) -> None:
    content = raster(0.2 + 0.6 * picture(40, 52, 5), linear=linear)

    def at(strength: float) -> Tensor:
        return stylize(content, style, Settings(strength=strength, colours=colours), model).values

    results = [at(strength) for strength in (0, 0.001, 0.02, 0.25, 0.5, 0.75, 1)]
    far = [float((r - content.values).abs().mean()) for r in results]
    assert far[0] == 0
    assert float((results[1] - content.values).abs().max()) < 0.004
    assert float((results[2] - content.values).abs().max()) < 0.08
    assert far == sorted(far)
    assert far[-1] > 10 * far[2]
    # A small step is a small change, at the full style as well.
    for strength, result in zip((0.25, 0.5, 0.75, 1), results[3:], strict=True):
        assert float((result - at(strength - 0.02)).abs().mean()) < 0.15 * far[-1]


def test_a_weak_strength_keeps_values_beyond_the_range(
    model: Model, picture: Picture, style: Raster
) -> None:
    """What the clamp took is given back in the measure of 1 - strength."""
    content = 0.2 + 0.6 * picture(24, 24, 5)
    content[:, 4:12, 4:12] = 3.0
    content[:, 14:20, 14:20] = -1.0
    for strength in (0.001, 0.5):
        report = stylize(raster(content), style, Settings(strength=strength), model)
        inside = painted(
            stylize(raster(content.clamp(0, 1)), style, Settings(strength=strength), model)
        )
        wanted = inside + (1 - strength) * (content - content.clamp(0, 1))
        torch.testing.assert_close(painted(report), wanted, rtol=0, atol=1e-5)
        assert any("content holds values outside" in notice for notice in report.notices)


def test_a_style_beyond_the_range_is_clamped_and_told(
    model: Model, picture: Picture, style: Raster
) -> None:
    wild = Raster(style.values * 2 - 0.5)
    content = raster(picture(24, 24, 5))
    report = stylize(content, wild, Settings(), model)
    tame = stylize(content, Raster(wild.values.clamp(0, 1)), Settings(), model)
    assert torch.equal(report.values, tame.values)
    assert tame.notices == ()
    assert [n for n in report.notices if "style holds values outside" in n]


# -- formats -------------------------------------------------------------------------------------


def test_sixteen_bits_are_not_squeezed_through_eight(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = raster(picture(64, 64, 6), torch.uint16)
    result = stylize(content, style, Settings(), model).values
    assert result.dtype == torch.uint16
    wide = result.to(torch.int32)
    assert int(wide[..., 0].unique().numel()) > 1000
    assert int((wide % 257 != 0).sum()) > wide.numel() * 0.9
    # Nor is what goes in: differences far below 1/255 reach the result.
    other = Raster((content.values.to(torch.int32) + 40).clamp(max=65535).to(torch.uint16))
    assert not torch.equal(
        stylize(other, style, Settings(strength=0.5), model).values,
        stylize(content, style, Settings(strength=0.5), model).values,
    )


@pytest.mark.parametrize("dtype", [torch.uint8, torch.uint16])
@pytest.mark.parametrize("strength", [1, 0.6])
def test_every_depth_gives_the_same_painting(
    model: Model, picture: Picture, style: Raster, dtype: torch.dtype, strength: float
) -> None:
    content = raster(picture(40, 44, 6), dtype)
    settings = Settings(strength=strength)
    result = planes(stylize(content, style, settings, model).values)
    as_float = Raster(content.values.float() / SCALE[dtype])
    wanted = planes(stylize(as_float, style, settings, model).values)
    torch.testing.assert_close(result, wanted, rtol=0, atol=0.51 / SCALE[dtype])


def test_linear_light_is_painted_as_its_curve(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = picture(40, 44, 6).double().numpy()
    curve = np.where(content <= 0.0031308, content * 12.92, 1.055 * content ** (1 / 2.4) - 0.055)
    linear = raster(torch.from_numpy(content).float(), linear=True)
    plain = raster(torch.from_numpy(curve).float())
    for settings in (Settings(), Settings(strength=0.4), Settings(colours="luminance")):
        first = painted(stylize(linear, style, settings, model)).double().numpy()
        second = painted(stylize(plain, style, settings, model)).double().numpy()
        wanted = np.where(second <= 0.04045, second / 12.92, ((second + 0.055) / 1.055) ** 2.4)
        np.testing.assert_allclose(first, wanted, atol=1e-3)


@pytest.mark.parametrize("dtype", list(SCALE))
@pytest.mark.parametrize("alpha", [False, True])
def test_gray_is_the_luma_of_the_same_picture_in_colour(
    model: Model, picture: Picture, style: Raster, dtype: torch.dtype, alpha: bool
) -> None:
    shade = picture(30, 41, 7, 1)
    rest = picture(30, 41, 8, 1) if alpha else shade[:0]
    gray = stylize(raster(torch.cat([shade, rest]), dtype), style, Settings(), model)
    three = stylize(raster(torch.cat([shade, shade, shade, rest]), dtype), style, Settings(), model)
    assert gray.values.shape == (30, 41, 2 if alpha else 1)
    colour = painted(three)
    luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    allowed = 1.01 / SCALE[dtype] if dtype != torch.float32 else 1e-5
    torch.testing.assert_close(painted(gray)[0], luma, rtol=0, atol=allowed)


def test_the_result_goes_where_it_is_told(model: Model, picture: Picture, style: Raster) -> None:
    content = raster(picture(20, 24, 1), torch.uint8)
    room = torch.zeros(24, 40, 3, dtype=torch.uint8)
    view = room[2:22, 8:32]
    report = stylize(content, style, Settings(), model, out=view)
    assert report.values is view
    assert torch.equal(view, stylize(content, style, Settings(), model).values)
    outside = room.clone()
    outside[2:22, 8:32] = 0
    assert int(outside.sum()) == 0


@pytest.mark.parametrize(
    "out",
    [
        torch.zeros(20, 23, 3, dtype=torch.uint8),
        torch.zeros(20, 24, 4, dtype=torch.uint8),
        torch.zeros(20, 24, 3),
    ],
)
def test_a_result_that_does_not_fit_is_refused(
    model: Model, picture: Picture, style: Raster, out: Tensor
) -> None:
    with pytest.raises(InvalidPicture, match="the result needs room for"):
        stylize(raster(picture(20, 24, 1), torch.uint8), style, Settings(), model, out=out)


# -- alpha ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", list(SCALE))
@pytest.mark.parametrize("settings", [Settings(), Settings(strength=0.5, colours="matched")])
def test_alpha_comes_back_and_hidden_colours_do_not_show(
    model: Model, picture: Picture, style: Raster, dtype: torch.dtype, settings: Settings
) -> None:
    alpha = (picture(60, 70, 9, 1) * 2 - 0.5).clamp(0, 1)
    alpha[:, 20:30, 20:40] = 0
    colours = picture(60, 70, 10)
    hidden = torch.where(alpha > 0, colours, 1 - colours)
    first, second = (
        stylize(raster(torch.cat([c, alpha]), dtype), style, settings, model).values
        for c in (colours, hidden)
    )
    assert torch.equal(first[..., 3], raster(alpha, dtype).values[..., 0])
    assert torch.equal(second[..., 3], first[..., 3])
    visible = first[..., 3].float() > 0
    # uint16 has no boolean indexing in torch.
    assert torch.equal(first.float()[visible], second.float()[visible])


def test_hidden_colours_of_a_style_do_not_show(model: Model, picture: Picture) -> None:
    alpha = (picture(96, 128, 9, 1) * 4 - 1.5).clamp(0, 1)
    colours = picture(96, 128, 77)
    hidden = torch.where(alpha > 0, colours, 1 - colours)
    content = raster(picture(40, 50, 1))
    for colour in ("style", "matched"):
        settings = Settings(colours=colour)
        first, second = (
            stylize(content, raster(torch.cat([c, alpha])), settings, model).values
            for c in (colours, hidden)
        )
        assert torch.equal(first, second)


@pytest.mark.parametrize("dtype", list(SCALE))
def test_a_fully_transparent_picture_comes_back(
    model: Model, picture: Picture, style: Raster, dtype: torch.dtype
) -> None:
    content = raster(torch.cat([picture(30, 30), torch.zeros(1, 30, 30)]), dtype)
    report = stylize(content, style, Settings(), model)
    assert torch.equal(report.values, content.values)
    assert "fully transparent" in " ".join(report.notices)


# -- colours -------------------------------------------------------------------------------------


def lab(picture: Tensor) -> np.ndarray:
    return color.rgb2lab(picture.double().numpy(), channel_axis=0)


def test_luminance_keeps_the_contents_colours(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = 0.45 + 0.1 * picture(64, 72, 3)
    settings = Settings(colours="luminance")
    given = lab(painted(stylize(raster(content), style, settings, model)))
    plain = lab(painted(stylize(raster(content), style, Settings(), model)))
    wanted = lab(content)
    inside = (plain[0] > 15) & (plain[0] < 90)  # elsewhere the gamut has no room
    assert inside.mean() > 0.8
    np.testing.assert_allclose(given[1:][:, inside], wanted[1:][:, inside], atol=0.1)
    np.testing.assert_allclose(given[0][inside], plain[0][inside], atol=0.1)


def test_contents_colours_are_those_of_a_recoloured_style(
    model: Model, picture: Picture, style: Raster
) -> None:
    """The style gets the content's Lab mean and covariance before the swap."""
    content = 0.35 + 0.3 * picture(64, 128, 3)
    source, target = lab(planes(style.values)).reshape(3, -1), lab(content).reshape(3, -1)

    def root(matrix: np.ndarray, power: float) -> np.ndarray:
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(values**power) @ vectors.T

    before, after = np.cov(source, bias=True), np.cov(target, bias=True)
    half, inverse = root(before, 0.5), root(before, -0.5)
    move = inverse @ root(half @ after @ half, 0.5) @ inverse
    moved = move @ (source - source.mean(1, keepdims=True)) + target.mean(1, keepdims=True)
    recoloured = color.lab2rgb(moved.reshape(3, 96, 128), channel_axis=0)
    own = Raster(torch.from_numpy(recoloured).float().permute(1, 2, 0).contiguous())
    given = stylize(raster(content), style, Settings(colours="content"), model)
    wanted = stylize(raster(content), own, Settings(), model)
    close = (painted(given) - painted(wanted)).abs().amax(0) < 0.01
    assert float(close.float().mean()) > 0.97
    plain = stylize(raster(content), style, Settings(), model)
    mean = lab(content).mean((1, 2))
    distances = [np.linalg.norm(lab(painted(r)).mean((1, 2)) - mean) for r in (given, plain)]
    assert distances[0] < distances[1]


@pytest.mark.parametrize(
    ("scales", "size"), [(1, (96, 112)), (2, (96, 150)), (3, (260, 200))], ids=str
)
def test_matched_colours_are_the_styles(
    model: Model,
    picture: Picture,
    scales: int,
    size: tuple[int, int],
) -> None:
    """After any number of passes, each of which goes further; in tiles, and in its preview."""
    style = 0.3 + 0.3 * picture(96, 128, 77)
    style[0] += 0.2
    shown: list[Tensor] = []
    settings = Settings(colours="matched", scales=scales, tile_limit=64)
    report = stylize(
        raster(picture(*size, 3)), raster(style), settings, model, preview=shown.append
    )
    assert len(report.passes) == scales
    wanted = lab(style)
    for given in (lab(painted(report)), lab(planes(shown[0]))):
        np.testing.assert_allclose(given.mean((1, 2)), wanted.mean((1, 2)), atol=0.5)
        spread = np.cov(given.reshape(3, -1)), np.cov(wanted.reshape(3, -1))
        np.testing.assert_allclose(spread[0], spread[1], atol=0.06 * np.trace(spread[1]))


def test_matched_colours_of_a_large_single_pass_are_measured_on_a_small_one(
    model: Model, picture: Picture, style: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its progress counts that pass as well."""
    monkeypatch.setattr("styleswap.engine.painting.plan.PALETTE_LIMIT", 96)
    told = []
    content, settings = picture(128, 160, 3), replace(PAPER, colours="matched")
    report = stylize(raster(content), style, settings, model, progress=told.append)
    given, wanted = lab(painted(report)), lab(planes(style.values))
    np.testing.assert_allclose(given.mean((1, 2)), wanted.mean((1, 2)), atol=2)
    assert told[-1].fraction == pytest.approx(1, abs=1e-6)


# -- copies of the style -------------------------------------------------------------------------


def test_flipped_and_turned_copies_are_offered(model: Model, picture: Picture) -> None:
    """A content that is the mirrored (turned) style finds itself, and is painted as it is."""
    style = picture(128, 128, 21)
    for content, wish in (
        (style.flip(2), {"style_flips": True}),
        (style.rot90(1, (1, 2)), {"style_rotations": True}),
        (style.rot90(2, (1, 2)), {"style_rotations": True}),
        (style.rot90(3, (1, 2)).flip(2), {"style_flips": True, "style_rotations": True}),
    ):
        with torch.inference_mode():
            wanted = model.paint(model.encode(content[None]))[0].clamp(0, 1)
        offered = stylize(raster(content), raster(style), replace(PAPER, **wish), model)
        torch.testing.assert_close(painted(offered), wanted, rtol=0, atol=1e-4)
        plain = stylize(raster(content), raster(style), PAPER, model)
        assert float((painted(plain) - wanted).abs().mean()) > 1e-3


# -- the coarse pass -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        Settings(scales=2),
        Settings(scales=3, strength=0.5),
        Settings(scales=2, colours="matched"),
        Settings(scales=2, colours="luminance"),
        Settings(scales=1),
    ],
)
@pytest.mark.parametrize("channels", [1, 4])
def test_the_preview_is_the_coarse_stage_of_the_same_painting(
    model: Model, picture: Picture, style: Raster, settings: Settings, channels: int
) -> None:
    content = raster(picture(131, 260, 12, channels), torch.uint8)
    previews: list[Tensor] = []
    report = stylize(content, style, settings, model, preview=lambda p: previews.append(p.clone()))
    coarse = stylize(content, style, settings, model, coarse_only=True)
    assert len(previews) == 1
    size = plan_passes(131, 260, settings.scales)[0]
    assert coarse.values.shape == (*size, channels)
    assert torch.equal(previews[0], coarse.values)
    assert report.values.shape == content.values.shape
    assert len(report.passes) == settings.scales
    assert len(coarse.passes) == 1


def test_a_coarse_pass_at_strength_zero_is_the_reduced_content(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = raster(picture(128, 160, 12))
    settings = Settings(scales=2, strength=0)
    coarse = stylize(content, style, settings, model, coarse_only=True)
    wanted = planes(content.values).reshape(3, 64, 2, 80, 2).mean((2, 4))
    torch.testing.assert_close(painted(coarse), wanted)


def test_the_second_pass_looks_for_half_of_the_first(
    model: Model, picture: Picture, style: Raster
) -> None:
    """Against functional calls: the query is 0.5 Φ(first pass, enlarged) + 0.5 Φ(content)."""
    content = picture(128, 192, 12)
    settings = replace(PAPER, scales=2)
    first = painted(stylize(raster(content), style, settings, model, coarse_only=True))
    weights = model.encoder.state_dict()
    kept = first.half().float()[None]  # between passes in half precision
    enlarged = torch.nn.functional.interpolate(kept, scale_factor=2, mode="bilinear")
    query = sum(0.5 * reference.encode(p, weights)[0] for p in (enlarged, content[None]))
    large = torch.nn.functional.interpolate(
        planes(style.values)[None], (192, 256), mode="bicubic", antialias=True
    ).clamp(0, 1)
    offered = reference.encode(large, weights)[0]
    carried = reference.carried(large, weights)
    winners = reference.scores(query, [offered], 3, 1).argmax(0)
    pasted = reference.paste(winners, [carried], 3, 1)
    wanted = reference.paint(pasted[None], model.inverse.state_dict())[0].clamp(0, 1)
    given = painted(stylize(raster(content), style, settings, model))
    differing = (given - wanted).abs().amax(0) > 1e-4  # near-ties
    assert float(differing.float().mean()) < 0.01
    single = painted(stylize(raster(content), style, PAPER, model))
    assert float(((single - wanted).abs().amax(0) > 1e-4).float().mean()) > 0.3


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("which", ["content", "style"])
@pytest.mark.parametrize("strength", [0, 1])
def test_values_that_are_no_numbers_are_refused(
    model: Model, picture: Picture, style: Raster, value: float, which: str, strength: float
) -> None:
    pictures = {"content": raster(picture(24, 24)), "style": Raster(style.values.clone())}
    pictures[which].values[5, 6, 1] = value
    settings = Settings(strength=strength)
    with pytest.raises(InvalidPicture, match=f"the {which} holds values that are no numbers"):
        stylize(pictures["content"], pictures["style"], settings, model)


@pytest.mark.parametrize(("patch_size", "least"), [(1, 16), (3, 24), (7, 40)])
def test_a_style_under_four_patches_a_side_is_refused(
    model: Model, picture: Picture, patch_size: int, least: int
) -> None:
    content, settings = raster(picture(24, 24)), Settings(patch_size=patch_size)
    for size in ((least - 1, 100), (100, least - 1)):
        with pytest.raises(StyleTooSmall, match=f"at least {least} px a side"):
            stylize(content, raster(picture(*size)), settings, model)
    stylize(content, raster(picture(least, least)), settings, model)


@pytest.mark.parametrize("visible", [True, False])
def test_an_unpainted_picture_has_a_preview_too(model: Model, style: Raster, visible: bool) -> None:
    values = torch.rand(90, 130, 4)
    values[..., 3] = 1.0 if visible else 0.0
    content = Raster(values)
    settings = Settings(strength=0.0 if visible else 1.0, scales=2)
    previews: list[Tensor] = []
    stylize(content, style, settings, model, preview=lambda p: previews.append(p.clone()))
    coarse = stylize(content, style, settings, model, coarse_only=True)
    assert len(previews) == 1
    assert torch.equal(previews[0], coarse.values)
