"""Objectives against plain sums over the whole picture, in float64, with autograd."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import InvalidPicture, Model, Settings, Styled, stylize
from styleswap.engine.features.moments import moments
from styleswap.engine.features.planes import RELU3_1, Features, Layout
from styleswap.engine.networks.encoder import LAYERS
from styleswap.engine.objectives import Aim, Term, gram, terms_of
from styleswap.engine.objectives.nearest import EVERY
from styleswap.engine.painting import slopes
from styleswap.engine.painting.similar import similar
from styleswap.engine.painting.slopes import Slopes
from styleswap.engine.pictures.octaves import add_back, halved
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile

from .conftest import Picture
from .levels import level_of, pixels, planes

STYLE_LAYERS = "conv1_1", "conv2_1", "conv3_1"


@pytest.fixture(scope="module")
def double(model: Model) -> Model:
    """The model in float64, without its inverse network."""
    encoder = type(model.encoder)(
        tuple(model.encoder.get_parameter(f"{name}.bias").numel() for name in LAYERS)
    ).double()
    encoder.load_state_dict(model.encoder.state_dict())
    encoder.requires_grad_(False)
    return replace(model, encoder=encoder, inverse=None, inverse_sha256="")


def aim_of(
    model: Model,
    content: Tensor,
    styles: Sequence[Tensor],
    settings: Settings,
    *,
    weights: Sequence[float] = (1.0,),
    masks: Sequence[Tensor | None] = (None,),
    copies: int = 1,
) -> Aim:
    """An aim over a whole picture, at full strength; float64 wherever the engine lets it be."""
    given = [
        Styled(pixels(style.float()), weight=weight, mask=None if mask is None else pixels(mask))
        for style, weight, mask in zip(styles, weights, masks, strict=True)
    ]
    level = level_of(pixels(content.float()), given, settings, model)
    level.pixels = lambda area: _read(content, area)  # type: ignore[method-assign]
    pictures = [[s[None].flip(3) if copy else s[None] for copy in range(copies)] for s in styles]
    encoded = []
    for offered in pictures:
        features = [
            Features(model.encoder(p)[0], Layout(((RELU3_1, model.encoder.channels),)))
            for p in offered
        ]
        encoded.append(EncodedStyle(tuple(features), moments(features)))

    def unasked(*_: object) -> Any:
        raise AssertionError

    return Aim(
        level,
        level.whole,
        encoded,
        unasked,
        lambda cells, activations: activations,
        lambda style: pictures[style],
        lambda features, offered, size: similar(features, offered, size, lambda: None),
    )


def _read(content: Tensor, area: Tile) -> Tensor:
    """As `Source.read`: beyond the picture its border goes on."""
    rows = torch.arange(area.rows.start, area.rows.stop).clamp(max=content.shape[1] - 1)
    columns = torch.arange(area.columns.start, area.columns.stop).clamp(max=content.shape[2] - 1)
    return content[:, rows][:, :, columns][None]


def gradient_of(aim: Aim, terms: Sequence[Term], picture: Tensor) -> Tensor:
    """The engine's."""
    with torch.inference_mode():
        taken = Slopes(
            aim.level.context.model.encoder, terms, aim.area, lambda tile: True, lambda: None
        )
        gradient = torch.zeros_like(picture)
        taken.add(picture.clone(), gradient, 1)
    return gradient


def whole_gradient(loss: Callable[[Tensor], Tensor], picture: Tensor) -> tuple[float, Tensor]:
    """Autograd's, over the whole picture."""
    given = picture.clone().requires_grad_()
    value = loss(given)
    (gradient,) = torch.autograd.grad(value, given)
    return float(value.detach()), gradient


def assert_alike(given: Tensor, wanted: Tensor) -> None:
    """To a millionth of the largest."""
    assert float(wanted.abs().max()) > 0
    assert float((given - wanted).abs().max()) < 1e-6 * float(wanted.abs().max())


def halves(picture: Tensor, count: int) -> list[Tensor]:
    """A picture, (3, H, W), and its halves: to multiples of 4 px, of at least 16."""
    found = [picture]
    while len(found) < count:
        last = found[-1]
        below, right = (2 * max(16, 4 * -(-side // 8)) - side for side in last.shape[1:])
        last = F.pad(last[None], (0, right, 0, below), mode="replicate")[0]
        found.append(F.avg_pool2d(last, 2))
    return found


def grams(encoder: Any, picture: Tensor, weight: Tensor | None = None) -> dict[str, Tensor]:
    """G = F Fᵀ over the places, by layer; each place counted by its cell's weight."""
    found = {}
    for layer, values in encoder.levels(picture[None], kept=STYLE_LAYERS).items():
        flat = values[0].flatten(1)
        side = values.shape[2] // (picture.shape[1] // 4)
        if weight is None:
            counted = torch.ones(flat.shape[1], dtype=flat.dtype)
        else:
            counted = F.interpolate(weight[None, None], scale_factor=float(side))[0, 0].flatten()
        found[layer] = (flat * counted) @ flat.T / counted.sum()
    return found


def gram_loss(model: Model, picture: Tensor, style: Tensor, octaves: int) -> Tensor:
    """Σ ‖G - A‖² / ‖A‖², over the number of octaves and layers, times the cells."""
    total = picture.new_zeros(())
    pairs = zip(halves(picture, octaves), halves(style, octaves), strict=True)
    for own, wanted in pairs:
        g, a = (grams(model.encoder, each) for each in (own, wanted))
        total = total + sum((g[k] - a[k]).pow(2).sum() / a[k].pow(2).sum() for k in STYLE_LAYERS)
    return total / (3 * octaves) * (picture.shape[1] // 4) * (picture.shape[2] // 4)


# -- octaves -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(16, 24), (20, 28), (64, 4), (36, 100)])
def test_the_way_back_from_a_half_is_its_adjoint(size: tuple[int, int]) -> None:
    picture = torch.rand(3, *size, dtype=torch.float64)
    half = halved(picture)
    torch.testing.assert_close(half, halves(picture, 2)[1])
    other = torch.rand_like(half)
    back = torch.ones_like(picture)
    add_back(other, back)
    assert float((half * other).sum()) == pytest.approx(float((picture * (back - 1)).sum()))


# -- gram ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "size"), [(64, (52, 44)), (5, (48, 64)), (3, (52, 44))])
def test_grams_gradient_is_autograds(
    double: Model,
    picture: Picture,
    monkeypatch: pytest.MonkeyPatch,
    side: int,
    size: tuple[int, int],
) -> None:
    """And the loss that of the matrices written out; in one tile and in many."""
    monkeypatch.setattr(slopes, "SIDE", side)
    monkeypatch.setattr(gram, "STYLE_SIDE", side)
    content, style = picture(*size, 2).double(), picture(48, 64, 3).double()
    aim = aim_of(double, content, [style], Settings(objective="gram", content_weight=0))
    terms = terms_of(aim)
    given = gradient_of(aim, terms, content)
    loss, wanted = whole_gradient(lambda p: gram_loss(double, p, style, 3), content)
    assert_alike(given, wanted)
    assert sum(term.objective.loss for term in terms) == pytest.approx(loss, rel=1e-9)


def test_each_style_has_the_grams_of_what_is_under_its_mask(
    double: Model, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slopes, "SIDE", 7)
    content = picture(64, 64, 2).double()
    styles = [picture(48, 48, seed).double() for seed in (3, 4)]
    covered = torch.zeros(1, 64, 64)
    covered[:, :32, :48] = 1
    settings = Settings(objective="gram", content_weight=0, octaves=2)
    aim = aim_of(
        double, content, styles, settings, weights=(1.0, 0.5), masks=(covered, 1 - covered)
    )
    given = gradient_of(aim, terms_of(aim), content)

    def loss(image: Tensor) -> Tensor:
        total = image.new_zeros(())
        for octave, own in enumerate(halves(image, 2)):
            cell = F.avg_pool2d(covered.double(), 4 << octave)[0]
            for mask, style in zip((cell, 1 - cell), styles, strict=True):
                g = grams(double.encoder, own, mask)
                a = grams(double.encoder, halves(style, 2)[octave])
                part = mask.sum() / mask.numel()
                for layer in STYLE_LAYERS:
                    apart = (g[layer] - a[layer]).pow(2).sum() / a[layer].pow(2).sum()
                    total = total + part * apart
        return total / 6 * 256

    assert_alike(given, whole_gradient(loss, content)[1])


def test_styles_without_masks_count_by_their_weights(double: Model, picture: Picture) -> None:
    content = picture(32, 48, 2).double()
    styles = [picture(48, 48, seed).double() for seed in (3, 4)]
    settings = Settings(objective="gram", content_weight=0, octaves=1)
    aim = aim_of(double, content, styles, settings, weights=(1.0, 3.0), masks=(None, None))
    given = gradient_of(aim, terms_of(aim), content)

    def loss(image: Tensor) -> Tensor:
        parts = [gram_loss(double, image, style, 1) for style in styles]
        return 0.25 * parts[0] + 0.75 * parts[1]

    assert_alike(given, whole_gradient(loss, content)[1])


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
def test_from_noise_the_grams_come_close(model: Model, picture: Picture, objective: str) -> None:
    """Without content; the others do not look at them, and come less close."""
    content, style = picture(64, 64, 2), picture(128, 128, 77)
    settings = Settings(
        method="optimise",
        start="noise",
        objective=objective,
        content_weight=0,
        iterations=40,
        scales=1,
        variety=0,
        descent="pixels",
    )
    given = planes(stylize(pixels(content), pixels(style), settings, model).values)
    noise = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    before, after = (float(gram_loss(model, p, style, 3)) / 256 for p in (noise, given))
    assert before > 0.2
    assert after < (0.1 if objective == "gram" else 0.7 * before)


# -- content -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "size"), [(64, (52, 44)), (3, (48, 64)), (3, (52, 44))])
def test_the_contents_gradient_is_autograds(
    double: Model,
    picture: Picture,
    monkeypatch: pytest.MonkeyPatch,
    side: int,
    size: tuple[int, int],
) -> None:
    """With the weight; and of the content itself it is 0."""
    monkeypatch.setattr(slopes, "SIDE", side)
    content, start, style = (picture(*size, seed).double() for seed in (2, 5, 6))
    power = double.encoder(style[None])[0].pow(2).sum(0).mean()
    aim = aim_of(double, content, [style], Settings(objective="gram", content_weight=0.3))
    own = [term for term in terms_of(aim) if term.octave == 1 and len(term.objective.layers) == 1]
    assert len(own) == 1

    def loss(image: Tensor) -> Tensor:
        now, wanted = (double.encoder(halves(p, 2)[1][None]) for p in (image, content))
        return 0.3 * 4 * (now - wanted).pow(2).sum() / power

    assert_alike(gradient_of(aim, own, start), whole_gradient(loss, start)[1])
    assert float(gradient_of(aim, own, content).abs().max()) < 1e-12


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
def test_content_weight_keeps_the_content(model: Model, picture: Picture, objective: str) -> None:
    content, style = picture(64, 64, 2), picture(128, 128, 77)
    settings = Settings(method="optimise", objective=objective, iterations=20, scales=1)
    changes = []
    for weight in (0.0, 1.0):
        wished = replace(settings, content_weight=weight)
        given = planes(stylize(pixels(content), pixels(style), wished, model).values)
        now, before = (model.encoder(halves(p, 2)[1][None]) for p in (given, content))
        changes.append(float((now - before).pow(2).mean()))
    assert changes[0] > 1.3 * changes[1] > 0


# -- neighbours, markov --------------------------------------------------------------------------


def nearest_loss(
    model: Model, picture: Tensor, offered: Sequence[Tensor], size: int, *, centred: bool
) -> Tensor:
    """Σ patches ‖patch - nearest‖² / p² / P, by a table of all pairs."""
    x = model.encoder(picture[None])[0]
    style = [model.encoder(s[None])[0] for s in offered]
    mean = torch.cat([s.flatten(1) for s in style], 1).mean(1)[:, None, None] if centred else 0
    own = F.unfold(x[None], size)[0].T
    patches = torch.cat([F.unfold(s[None], size)[0].T for s in style])
    sought = F.unfold((x.detach() - mean)[None], size)[0].T
    known = torch.cat([F.unfold((s - mean)[None], size)[0].T for s in style])
    best = (sought @ (known / known.norm(dim=1, keepdim=True)).T).argmax(1)
    power = torch.cat([s.pow(2).sum(0).flatten() for s in style]).mean()
    return (own - patches[best]).pow(2).sum() / (size**2 * power)


@pytest.mark.parametrize(("side", "copies"), [(64, 1), (64, 2), (5, 2), (1, 1)])
@pytest.mark.parametrize("objective", ["neighbours", "markov"])
def test_the_nearest_are_those_of_brute_force(
    double: Model,
    picture: Picture,
    monkeypatch: pytest.MonkeyPatch,
    objective: str,
    copies: int,
    side: int,
) -> None:
    """Their gradient is autograd's; in one tile, in many, cell by cell."""
    monkeypatch.setattr(slopes, "SIDE", side)
    content, style = picture(28, 36, 2).double(), picture(36, 32, 3).double()
    settings = Settings(objective=objective, content_weight=0)
    aim = aim_of(double, content, [style], settings, copies=copies)
    given = gradient_of(aim, terms_of(aim), content)
    offered = [style, style.flip(2)][:copies]
    size = 3 if objective == "markov" else 1

    def loss(image: Tensor) -> Tensor:
        return nearest_loss(double, image, offered, size, centred=objective == "neighbours")

    assert_alike(given, whole_gradient(loss, content)[1])


@pytest.mark.parametrize("objective", ["neighbours", "markov"])
def test_a_style_is_its_own_nearest(double: Model, picture: Picture, objective: str) -> None:
    style = picture(40, 48, 3).double()
    settings = Settings(objective=objective, content_weight=0)
    aim = aim_of(double, style, [style], settings)
    assert float(gradient_of(aim, terms_of(aim), style).abs().max()) < 1e-12


def test_the_nearest_are_searched_anew(double: Model, picture: Picture) -> None:
    aim = aim_of(
        double,
        picture(32, 32, 2).double(),
        [picture(40, 32, 3).double()],
        Settings(objective="markov", content_weight=0),
    )
    (term,) = terms_of(aim)
    assert [n for n in range(1, 3 * EVERY) if term.objective.begin(n)] == [
        1,
        EVERY + 1,
        2 * EVERY + 1,
    ]


# -- all of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
@pytest.mark.parametrize("descent", ["pixels", "pyramid"])
def test_any_tile_limit_gives_the_same_picture(
    model: Model, picture: Picture, objective: str, descent: str
) -> None:
    """To the bit; with two styles, one of them under a mask, and some strength."""
    content, other = pixels(picture(40, 52, 4)), pixels(picture(64, 64, 9))
    mask = torch.zeros(40, 52, 1)
    mask[:, 12:] = 1.0
    styles = [Styled(pixels(picture(64, 64, 77))), Styled(other, mask=type(content)(mask))]
    settings = Settings(
        method="optimise",
        scales=1,
        iterations=3,
        objective=objective,
        descent=descent,
        strength=0.7,
    )
    whole = stylize(content, styles, settings, model)
    tiled = stylize(content, styles, replace(settings, tile_limit=16), model)
    assert "tiles" in tiled.passes[-1]
    assert torch.equal(whole.values, tiled.values)


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
def test_a_region_is_that_part_of_the_picture(
    model: Model, picture: Picture, objective: str
) -> None:
    content, style = pixels(picture(160, 176, 2)), pixels(picture(64, 64, 77))
    x, y, width, height = region = (101, 77, 30, 25)
    settings = Settings(scales=1, refine=2, objective=objective, variety=0)
    whole = stylize(content, style, settings, model).values[y : y + height, x : x + width]
    part = stylize(content, style, settings, model, region=region).values
    if objective == "gram":
        assert torch.equal(part, whole)
    assert float((part - whole).abs().mean()) < 1 / 255


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
@pytest.mark.parametrize("size", [(1, 1), (5, 9), (1, 100)])
def test_any_size_is_optimised(
    model: Model, picture: Picture, objective: str, size: tuple[int, int]
) -> None:
    settings = Settings(method="optimise", iterations=2, objective=objective, octaves=4)
    given = stylize(pixels(picture(*size, 3)), pixels(picture(64, 64, 7)), settings, model).values
    assert given.shape == (*size, 3)
    assert bool(given.isfinite().all())


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
def test_masks_limit_where_it_moves(model: Model, picture: Picture, objective: str) -> None:
    content = pixels(picture(64, 80, 2))
    mask = torch.zeros(64, 80, 1)
    mask[:, 40:] = 1.0
    styles = [Styled(pixels(picture(128, 128, 77)), mask=type(content)(mask))]
    settings = Settings(method="optimise", iterations=3, objective=objective, descent="pyramid")
    change = (stylize(content, styles, settings, model).values - content.values).abs().amax(2)
    assert float(change[:, :36].max()) == 0
    assert float(change[:, 44:].mean()) > 0.02


@pytest.mark.parametrize("objective", ["gram", "neighbours", "markov"])
def test_a_style_of_one_colour_paints_numbers(
    model: Model, picture: Picture, objective: str
) -> None:
    settings = Settings(method="optimise", iterations=3, objective=objective)
    flat = torch.zeros(3, 64, 64)
    report = stylize(pixels(picture(40, 52, 2)), pixels(flat), settings, model)
    assert bool(report.values.isfinite().all())
    assert "has no texture to take" in " ".join(report.notices)


# -- bad input -----------------------------------------------------------------------------------


def test_a_mask_of_ten_cells_is_refused_before_anything_is_painted(
    model: Model, picture: Picture
) -> None:
    content, style = pixels(picture(64, 80, 2)), pixels(picture(64, 64, 7))
    mask = torch.zeros(64, 80, 1)
    mask[8:16, 8:28] = 1.0
    second = Styled(style, mask=type(content)(mask))
    told: list[object] = []
    wanted = "the mask of the style 2 covers 160 px: the objective gram needs 1024"
    settings = Settings(method="optimise", iterations=1, objective="gram")
    with pytest.raises(InvalidPicture, match=wanted):
        stylize(content, [Styled(style), second], settings, model, progress=told.append)
    assert told == []
    # It is of the statistics alone, where they are made.
    for others in ({"objective": "markov"}, {"method": "feed-forward"}):
        stylize(content, [Styled(style), second], replace(settings, **others), model)


def test_weights_of_0_are_refused(model: Model, picture: Picture) -> None:
    content, style = pixels(picture(32, 32, 2)), pixels(picture(64, 64, 7))
    settings = Settings(method="optimise", objective="gram")
    with pytest.raises(ValueError, match="no style has a weight above 0"):
        stylize(content, [Styled(style, weight=0.0)] * 2, settings, model)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"content_weight": -1}, "content_weight is -1: it must be 0 or more"),
        ({"content_weight": float("nan")}, "content_weight is nan"),
        ({"octaves": 0}, "octaves is 0: it must be 1 to 4"),
        ({"objective": "moon"}, "there is no objective 'moon'"),
        ({"descent": "moon"}, "there is no descent 'moon'"),
    ],
)
def test_numbers_and_names_out_of_range_are_refused(
    model: Model, picture: Picture, settings: dict[str, Any], said: str
) -> None:
    content, style = pixels(picture(32, 32, 2)), pixels(picture(64, 64, 7))
    with pytest.raises(ValueError, match=said):
        stylize(content, style, Settings(method="optimise", iterations=1, **settings), model)
