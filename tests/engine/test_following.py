"""Paintings with variety, style statistics, tones of their own and detail: their promises."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from styleswap import weights
from styleswap.engine import Model, Progress, Raster, Settings, Styled, stylize
from styleswap.engine.features.covariance import GatheredCovariance, covariance
from styleswap.engine.features.linear import LEAST_DEVIATION, SHRINKAGE, Affine, transport
from styleswap.engine.features.planes import RGB
from styleswap.engine.levels import survey as surveys
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import survey
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.transforms import Transform, transform_of
from styleswap.engine.transforms.detail import Detail
from styleswap.engine.transforms.following import Followed
from styleswap.engine.transforms.patch_swap import balance
from styleswap.engine.transforms.patch_swap.swap import PatchSwap
from styleswap.engine.transforms.style_statistics import StyleStatistics
from styleswap.engine.transforms.untextured import Untextured

from .conftest import Picture
from .levels import PLAIN, encoded, level_of, pixels, planes

ALL = {**PLAIN, "variety": 1.0, "style_statistics": 0.7, "detail": 0.8, "tones": "own"}
"""All of them together."""

SIZE = (100, 140)


@pytest.fixture(scope="module")
def styles(picture: Picture) -> tuple[Raster, Raster]:
    """Two of different shapes."""
    return pixels(picture(96, 128, 70)), pixels(picture(128, 100, 71))


@pytest.fixture(scope="module")
def content(picture: Picture) -> Raster:
    """With lines, a calm place and soft shades."""
    made = picture(*SIZE, 4)
    made[:, 50:, :70] = 0.6 + 0.05 * made[:, 50:, :70]
    made[:, 70:73, 8:60] = 0.1
    made[:, 8:90, 100:103] = 0.9
    return pixels(made)


def soft() -> Raster:
    """A mask that rises from left to right."""
    ramp = ((torch.arange(SIZE[1]) + 0.5) / SIZE[1] * 3 - 1).clamp(0, 1)
    return pixels(ramp.expand(1, *SIZE).contiguous())


def hard() -> Raster:
    """A mask with edges inside cells."""
    mask = torch.zeros(1, *SIZE)
    mask[:, 33:67, 36:70] = 1
    return pixels(mask)


def masked(styles: Sequence[Raster]) -> list[Styled]:
    """With masks and weights."""
    return [
        Styled(styles[0], weight=2, mask=soft()),
        Styled(styles[1], mask=hard()),
    ]


CASES: list[tuple[dict[str, Any], bool]] = [
    ({"scales": 1, **PLAIN, "variety": 1.0}, False),
    ({"scales": 1, **PLAIN, "style_statistics": 1.0}, False),
    ({"scales": 1, **PLAIN, "detail": 1.0}, False),
    ({"scales": 1, **PLAIN, "tones": "own", "tone": 1.0}, False),
    ({"scales": 1, **ALL}, False),
    ({"scales": 2, **ALL, "tone": 1.0, "hue": 1.0, "strength": 0.7}, False),
    ({"scales": 1, **ALL, "patch_size": 1}, False),
    ({"scales": 1, **ALL, "patch_size": 5, "patch_stride": 2}, False),
    ({"scales": 1, **ALL, "patch_size": 7, "patch_stride": 3}, False),
    ({"scales": 2, **ALL, "matching": "plain", "overlap": "average"}, False),
    ({"scales": 1, **ALL, "style_flips": True, "style_rotations": True}, False),
    ({"scales": 2, **ALL}, True),
    ({"scales": 1, **ALL, "colours": "matched", "patch_stride": 2}, True),
    ({"scales": 2, "transform": "mean"}, False),
    ({"scales": 2, "transform": "covariance", "strength": 0.7}, False),
    ({"scales": 1, "transform": "transport"}, False),
    ({"scales": 2, "transform": "transport", "colours": "matched"}, True),
    ({"scales": 2, "transform": "distribution"}, True),
]
"""Settings, and whether several styles with masks and weights."""


def part_that_differs(one: Tensor, other: Tensor) -> float:
    """Share of pixels."""
    return float((one - other).abs().amax(2).gt(1 / 255).float().mean())


# -- without them ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scales", "matching"), [(1, "plain"), (2, "centred")])
def test_without_them_a_painting_is_the_swap_s_alone(
    model: Model,
    content: Raster,
    styles: tuple[Raster, Raster],
    scales: int,
    matching: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To the bit; nothing is asked of what they know."""
    settings = Settings(**PLAIN, scales=scales, matching=matching)
    given = stylize(content, masked(styles), settings, model)
    bare = stylize(content, masked(styles), settings, model, transform=PatchSwap(settings))
    assert torch.equal(given.values, bare.values)
    assert given.distinct_patches == bare.distinct_patches

    def refused(*_: Any) -> Any:
        raise AssertionError

    for name in ("prices.prices", "balance.prices", "sample.sampled", "balance.sampled"):
        monkeypatch.setattr(f"styleswap.engine.transforms.patch_swap.{name}", refused)
    monkeypatch.setattr("styleswap.engine.transforms.following.Following.fit", refused)
    again = stylize(content, masked(styles), settings, model)
    assert torch.equal(again.values, given.values)


def beneath(settings: Settings) -> Transform:
    """The transform of some settings, beneath what stands in for styles without texture."""
    made = transform_of(settings)
    return made.transform if isinstance(made, Untextured) else made


def test_only_what_is_asked_for_follows() -> None:
    plain = Settings(**PLAIN)
    assert isinstance(transform_of(plain), PatchSwap)
    priced = beneath(replace(plain, variety=1.0))
    assert isinstance(priced, PatchSwap)
    coloured = beneath(replace(plain, style_statistics=0.1))
    assert isinstance(coloured, StyleStatistics)
    assert isinstance(coloured.transform, PatchSwap)
    both = beneath(replace(plain, style_statistics=0.1, detail=0.1))
    assert isinstance(both, Detail)
    assert isinstance(both.transform, StyleStatistics)


@pytest.mark.parametrize("tone", [0.0, 0.5])
def test_own_tones_are_of_no_matter_without_a_tone(
    model: Model, content: Raster, styles: tuple[Raster, Raster], tone: float
) -> None:
    one, other = (
        stylize(content, styles[0], Settings(**{**ALL, "tones": tones}, tone=tone), model).values
        for tones in ("stretched", "own")
    )
    assert torch.equal(one, other) == (tone == 0)


@pytest.mark.parametrize("name", ["variety", "style_statistics", "detail"])
def test_a_little_of_each_changes_little(
    model: Model, content: Raster, styles: tuple[Raster, Raster], name: str
) -> None:
    far = [
        float(
            (
                stylize(content, styles[0], Settings(**{**PLAIN, name: amount}), model).values
                - stylize(content, styles[0], Settings(**PLAIN), model).values
            )
            .abs()
            .mean()
        )
        for amount in (0.01, 0.3, 1.0)
    ]
    assert 0 <= far[0] < far[1] < far[2]
    assert far[0] < 0.35 * far[2]


# -- variety ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("matching", ["plain", "centred"])
@pytest.mark.parametrize("size", [3, 5, 7])
def test_variety_uses_more_of_a_style_on_a_smooth_content(
    model: Model, picture: Picture, styles: tuple[Raster, Raster], matching: Any, size: int
) -> None:
    smooth = torch.nn.functional.avg_pool2d(picture(*(n + 32 for n in SIZE), 3), 33, 1)
    found = [
        stylize(
            pixels(smooth),
            styles[0],
            Settings(**{**PLAIN, "variety": variety}, scales=1, patch_size=size, matching=matching),
            model,
        ).distinct_patches
        for variety in (0.0, 0.5, 1.0)
    ]
    assert found[0] < found[1] < found[2]
    assert found[2] > 1.5 * found[0]


def test_every_style_has_prices_of_its_own(
    model: Model, content: Raster, styles: tuple[Raster, Raster]
) -> None:
    """Two styles in two halves are what each is alone, away from the border between them."""
    left = torch.zeros(1, *SIZE)
    left[:, :, :64] = 1
    settings = Settings(**{**PLAIN, "variety": 1.0}, scales=1)
    masks = pixels(left), pixels(1 - left)
    alone = [
        stylize(content, [Styled(s, mask=mask)], settings, model).values
        for s, mask in zip(styles, masks, strict=True)
    ]
    given = stylize(
        content, [Styled(s, mask=m) for s, m in zip(styles, masks, strict=True)], settings, model
    ).values
    torch.testing.assert_close(given[:, :32], alone[0][:, :32])
    torch.testing.assert_close(given[:, 96:], alone[1][:, 96:])


# -- tiles and regions -----------------------------------------------------------------------------


@pytest.fixture
def kept_prices(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """With True, the next painting has the prices of the one before; with False, its own again.

    The ascent counts picks: where rounding decides one of them, prices are others.
    """
    known: list[list[Tensor]] = []
    known_from: list[int] = []
    original = balance.prices

    def found(sample: Tensor, *rest: Any) -> list[Tensor]:
        if known_from:
            known_from[0] += 1
            return known[(known_from[0] - 1) % len(known)]
        known.append(original(sample, *rest))
        return known[-1]

    monkeypatch.setattr(balance, "prices", found)

    def keep(kept: bool) -> None:
        known_from[:] = [0] if kept else []
        if not kept:
            known.clear()

    return keep


@pytest.mark.parametrize(("settings", "several"), CASES)
def test_tiles_equal_the_whole(
    model: Model,
    content: Raster,
    styles: tuple[Raster, Raster],
    kept_prices: Callable[[bool], None],
    settings: dict[str, Any],
    several: bool,
) -> None:
    """At the same prices; that these are made of the same cells, `test_samples` shows."""
    given: Any = masked(styles) if several else styles[0]
    whole = stylize(content, given, Settings(**settings, tile_limit=512), model)
    kept_prices(True)
    tiled = stylize(content, given, Settings(**settings, tile_limit=64), model)
    assert tiled.passes[-1].endswith("6 tiles")
    assert bool(whole.values.isfinite().all())
    assert part_that_differs(whole.values, tiled.values) <= 0.001
    assert whole.distinct_patches == pytest.approx(tiled.distinct_patches, rel=0.02)


def test_prices_in_tiles_use_a_style_as_evenly(
    model: Model, content: Raster, styles: tuple[Raster, Raster]
) -> None:
    """They are the whole's, but for counts that rounding decides."""
    settings = Settings(**{**PLAIN, "variety": 1.0}, scales=1)
    whole, tiled, without = (
        stylize(content, styles[0], chosen, model)
        for chosen in (
            settings,
            replace(settings, tile_limit=64),
            replace(settings, variety=0.0),
        )
    )
    assert whole.distinct_patches == pytest.approx(tiled.distinct_patches, rel=0.1)
    assert whole.distinct_patches > 1.5 * without.distinct_patches
    apart, moved = ((other.values - whole.values).abs().mean() for other in (tiled, without))
    assert float(apart) < 0.5 * float(moved)


@pytest.mark.parametrize(
    ("settings", "several"), [CASES[i] for i in (0, 2, 5, 7, 9, 11, 13, 14, 16, 17)]
)
@pytest.mark.parametrize("region", [(37, 30, 45, 38)])
def test_a_region_is_that_part_of_the_whole_painting(
    model: Model,
    content: Raster,
    styles: tuple[Raster, Raster],
    settings: dict[str, Any],
    several: bool,
    region: tuple[int, int, int, int],
) -> None:
    given: Any = masked(styles) if several else styles[0]
    chosen = Settings(**settings)
    whole = stylize(content, given, chosen, model).values
    part = stylize(content, given, chosen, model, region=region).values
    x, y, width, height = region
    torch.testing.assert_close(part, whole[y : y + height, x : x + width], rtol=0, atol=1 / 255)


@pytest.mark.parametrize("scales", [1, 2])
def test_large_levels_know_what_a_smaller_copy_knows(
    model: Model,
    content: Raster,
    styles: tuple[Raster, Raster],
    scales: int,
    kept_prices: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tiles equal the whole there as well, and a region is close to it."""
    monkeypatch.setattr(surveys, "MEASURED_SIDE", 80)
    settings = Settings(**ALL, scales=scales)
    given = masked(styles)
    whole = stylize(content, given, settings, model).values
    kept_prices(True)
    tiled = stylize(content, given, replace(settings, tile_limit=64), model).values
    assert part_that_differs(whole, tiled) <= 0.001
    kept_prices(False)
    x, y, width, height = region = (37, 30, 45, 38)
    part = stylize(content, given, settings, model, region=region).values
    apart = (part - whole[y : y + height, x : x + width]).square().mean()
    assert float(apart) < 0.1 * float(whole.var())
    if scales > 1:
        return
    # What is known is of the whole, at a smaller size: not far from what is known of all.
    monkeypatch.setattr(surveys, "MEASURED_SIDE", 1024)
    known = stylize(content, given, settings, model).values
    torch.testing.assert_close(whole.mean((0, 1)), known.mean((0, 1)), rtol=0, atol=0.1)


@pytest.mark.parametrize(
    ("large", "region"),
    [(False, None), (True, None), (True, (37, 30, 45, 38))],
)
def test_progress_never_falls_and_counts_all_work(
    model: Model,
    content: Raster,
    styles: tuple[Raster, Raster],
    large: bool,
    region: tuple[int, int, int, int] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if large:
        monkeypatch.setattr(surveys, "MEASURED_SIDE", 80)
    told: list[Progress] = []
    settings = Settings(**ALL, scales=2, tile_limit=64)
    stylize(content, masked(styles), settings, model, progress=told.append, region=region)
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    # It does not stand still at 1 while there is something to do.
    assert sum(fraction < 0.999 for fraction in fractions) > 0.9 * len(fractions)


# -- the style's statistics ------------------------------------------------------------------------


def fitted_to(
    content: Raster, styles: Sequence[Styled], model: Model, settings: Settings
) -> tuple[Level, Followed[Affine | None], tuple[EncodedStyle, ...]]:
    """Style statistics, fitted to a content at its own size."""
    level = level_of(content, styles, settings, model, least=settings.patch_size)
    transform = beneath(settings)
    made = encoded(level, transform, (96, 128))
    with torch.inference_mode():
        about = survey(level, level.whole, transform.measured, transform.grids)
        fitted = transform.fit(level, level.whole, made, about, None)
    assert isinstance(fitted, Followed)
    return level, fitted, made


def settings_of(**changed: Any) -> Settings:
    """The style's statistics in full."""
    return Settings(**{**PLAIN, "style_statistics": 1.0, "scales": 1, **changed})


@pytest.mark.parametrize("limit", [0, 64])
@pytest.mark.parametrize("variety", [0.0, 1.0])
def test_h_has_the_style_s_statistics(
    model: Model, content: Raster, styles: tuple[Raster, Raster], limit: int, variety: float
) -> None:
    """Over the whole picture: within what is added to both covariances."""
    settings = settings_of(tone=0.5, hue=0.5, tile_limit=limit, variety=variety)
    level, fitted, made = fitted_to(content, [Styled(styles[0])], model, settings)
    own = fitted.fitted.features(0, level.whole).values
    through = fitted.known[0]
    assert through is not None
    wanted = covariance([made[0].copies[0].values])
    given, before = covariance([through(own)]), covariance([own])
    unit = wanted.matrix.diagonal().clamp(min=LEAST_DEVIATION**2).sqrt()
    mapped, were = ((c.matrix - wanted.matrix) / torch.outer(unit, unit) for c in (given, before))
    moved, stood = ((c.mean - wanted.mean) / unit for c in (given, before))
    assert float(moved.abs().max()) < 1e-3 < 0.1 < float(stood.abs().max())
    matrix = through.matrix.double() / unit[:, None] * unit
    added = SHRINKAGE * (torch.eye(len(unit)) - matrix @ matrix.T)
    torch.testing.assert_close(mapped, added, rtol=0.02, atol=1e-3)
    assert float(mapped.abs().max()) < 0.3 * float(were.abs().max())
    # H itself is that, but for activations below 0.
    h = fitted.features(0, level.whole)
    assert float(h["relu3_1"].min()) >= 0
    torch.testing.assert_close(h[RGB], through(own)[h.layout.place(RGB)])
    torch.testing.assert_close(h["relu3_1"], through(own)[:12].clamp(min=0))


@pytest.mark.parametrize("amount", [0.25, 0.5])
def test_an_amount_is_a_part_of_the_way(
    model: Model, content: Raster, styles: tuple[Raster, Raster], amount: float
) -> None:
    level, fitted, _ = fitted_to(
        content, [Styled(styles[0])], model, settings_of(style_statistics=amount)
    )
    whole = fitted_to(content, [Styled(styles[0])], model, settings_of())[1]
    own = fitted.fitted.features(0, level.whole)[RGB]
    given, full = (f.features(0, level.whole)[RGB] for f in (fitted, whole))
    torch.testing.assert_close(given, own.lerp(full, amount), rtol=1e-3, atol=1e-4)


def test_what_is_known_is_of_the_cells_under_a_mask(
    model: Model, content: Raster, styles: tuple[Raster, Raster]
) -> None:
    """Weighted by it; where it is 0 everywhere nothing is known."""
    nothing = Styled(styles[1], mask=pixels(torch.zeros(1, *SIZE)))
    given = [Styled(styles[0], mask=soft()), nothing]
    for settings in (settings_of(), settings_of(style_statistics=0.0, detail=1.0)):
        level, fitted, made = fitted_to(content, given, model, settings)
        assert fitted.known[1] is None
        if settings.detail:
            own = level.content(level.whole).values
        else:
            own = fitted.fitted.features(0, level.whole).values
        mask = soft().values[..., 0].reshape(25, 4, 35, 4).mean((1, 3))
        gathered = GatheredCovariance()
        gathered.add(own, mask)
        wanted = transport(gathered.covariance(), covariance([made[0].copies[0].values]))
        known = fitted.known[0]
        assert known is not None
        torch.testing.assert_close(known(own), wanted(own), rtol=1e-3, atol=1e-3)
        without = transport(covariance([own]), covariance([made[0].copies[0].values]))
        assert float((known(own) - without(own)).abs().max()) > 0.02


@pytest.mark.parametrize("tones", ["stretched", "own"])
@pytest.mark.parametrize("mask", [False, True])
def test_at_full_tone_and_hue_colours_are_the_content_s(
    model: Model, content: Raster, styles: tuple[Raster, Raster], tones: str, mask: bool
) -> None:
    """The mean, and how they vary, of what the style has a part in."""
    given = [Styled(styles[0], mask=hard() if mask else None)]
    weights_of = torch.ones(25, 35)
    if mask:
        weights_of = hard().values[..., 0].reshape(25, 4, 35, 4).mean((1, 3))
    level, fitted, _ = fitted_to(content, given, model, settings_of(tone=1.0, hue=1.0, tones=tones))
    known = fitted.known[0]
    assert known is not None
    own = fitted.fitted.features(0, level.whole)
    moved = known(own.values)[own.layout.place(RGB)]
    colours = planes(content.values).reshape(3, 25, 4, 35, 4).mean((2, 4))
    found, wanted = GatheredCovariance(), GatheredCovariance()
    found.add(moved, weights_of)
    wanted.add(colours, weights_of)
    one, other = found.covariance(), wanted.covariance()
    torch.testing.assert_close(one.mean, other.mean, rtol=0, atol=2e-3)
    scale = other.matrix.diagonal().mean()
    torch.testing.assert_close(one.matrix / scale, other.matrix / scale, rtol=0, atol=0.1)
    theirs = planes(styles[0].values).mean((1, 2)).double()
    assert float((theirs - other.mean).abs().max()) > 0.02


@pytest.mark.parametrize(("tones", "tone", "kept"), [("stretched", 0.5, False), ("own", 0.9, True)])
def test_lightness_alone_may_be_the_content_s(
    model: Model,
    picture: Picture,
    styles: tuple[Raster, Raster],
    tones: str,
    tone: float,
    kept: bool,
) -> None:
    """Its luma as far as tone says, or as its contrast is less than the style's; of chroma not."""
    dark = pixels(0.3 * picture(*SIZE, 4))
    settings = settings_of(tone=tone, hue=0.5, tones=tones)
    level, fitted, made = fitted_to(dark, [Styled(styles[0])], model, settings)
    luma = torch.tensor([0.2126, 0.7152, 0.0722])
    given = fitted.features(0, level.whole)[RGB].mean((1, 2)) @ luma
    theirs = made[0].copies[0][RGB].mean((1, 2)) @ luma
    own = planes(dark.values).mean((1, 2)) @ luma
    cells = planes(dark.values).reshape(3, 25, 4, 35, 4).mean((2, 4))
    spread, wide = (
        torch.einsum("chw,c->hw", x, luma).std(correction=0)
        for x in (cells, made[0].copies[0][RGB])
    )
    wanted = theirs.lerp(own, max(tone if kept else 0.0, 1 - float(spread / wide)))
    assert float((theirs - own).abs()) > 0.2
    torch.testing.assert_close(given, wanted, rtol=0, atol=3e-3)


# -- tones as they are -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained() -> Model:
    """The network that comes with the program."""
    return weights.load("embedded", torch.device("cpu"))


def lightness(values: Tensor) -> float:
    """The mean luma, in units of 1/255."""
    return 255 * float((values @ torch.tensor([0.299, 0.587, 0.114])).mean())


@pytest.fixture(scope="module")
def full_range() -> Raster:
    """A style from black to white, tinted, of some texture everywhere."""
    random = torch.Generator().manual_seed(0)
    ramp = torch.linspace(-0.2, 1.2, 128).expand(128, 128)
    noise = torch.randn(1, 1, 32, 32, generator=random)
    texture = torch.nn.functional.interpolate(noise, (128, 128), mode="bilinear")[0, 0]
    tint = torch.tensor([0.12, 0, -0.12]) * (torch.arange(128) / 12.0).sin()[:, None, None]
    values = ramp[..., None] + 0.15 * texture[..., None] + tint
    return Raster(values.clamp(0, 1).contiguous())


@pytest.mark.parametrize("kind", ["dark", "page"])
@pytest.mark.parametrize(
    ("variety", "statistics"), [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 1.0)]
)
def test_own_tones_stay_what_they_are(
    trained: Model,
    picture: Picture,
    full_range: Raster,
    kind: str,
    variety: float,
    statistics: float,
) -> None:
    """A night stays dark and a page white, where stretched tones fill the style's range."""
    values = 0.25 * picture(112, 128, 3)
    if kind == "page":
        values = torch.full((3, 112, 128), 0.98)
        values[:, 40:44, 20:100] = values[:, 60:64, 20:90] = 0.1
    content, far = pixels(values), {}
    for tones in ("own", "stretched"):
        changed = {"variety": variety, "style_statistics": statistics, "tones": tones}
        settings = Settings(**{**PLAIN, **changed}, tone=1.0, scales=1)
        given = stylize(content, full_range, settings, trained).values
        far[tones] = abs(lightness(given) - lightness(content.values))
    assert far["own"] < 18
    if statistics < 1:  # in full they give the content's lightness back, whatever was matched
        assert far["stretched"] > 1.3 * far["own"]
        assert far["stretched"] > 10
