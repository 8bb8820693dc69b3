"""The optimisation against torch's own Adam on the untiled loss, and what comes of it."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import Cancelled, Model, Progress, Raster, Settings, WeightsError, stylize
from styleswap.engine.objectives import power
from styleswap.engine.painting import optimise as optimisation
from styleswap.engine.painting import slopes
from styleswap.engine.painting.passes import Pass
from styleswap.engine.painting.target import Target
from styleswap.engine.styles.mixture import Styled

from . import reference
from .conftest import WIDTHS, Picture

CHANNELS = WIDTHS[-1]
PAPER = Settings(
    method="optimise",
    scales=1,
    matching="plain",
    overlap="average",
    iterations=12,
    smoothness=0.1,
    variety=0,
    style_statistics=0,
    detail=0,
    descent="pixels",
)


def raster(planes: Tensor) -> Raster:
    return Raster(planes.permute(1, 2, 0).contiguous())


def planes(values: Tensor) -> Tensor:
    return values.float().permute(2, 0, 1)


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    """A style of 128 px, which no pass of a small content resizes."""
    return raster(picture(64, 128, 77))


@pytest.fixture(scope="module")
def encoder_only(model: Model) -> Model:
    """The model before its inverse network was trained."""
    return replace(model, inverse=None, inverse_sha256="")


def naive(
    content: Tensor,
    style: Tensor,
    start: Tensor,
    settings: Settings,
    model: Model,
    *,
    rate: float = 0.05,
) -> Tensor:
    """The whole picture at once: brute-force swap, autograd, torch's Adam."""
    weights = model.encoder.state_dict()
    phi, offered = (reference.encode(p[None], weights)[0] for p in (content, style))
    swapped = reference.swap(phi, [offered], settings.patch_size, settings.patch_stride)
    target = torch.lerp(phi, swapped, settings.strength)
    power = offered.pow(2).sum(0).mean()
    picture = start.clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=rate * settings.strength)
    for _ in range(settings.iterations):
        adam.zero_grad()
        error = (reference.encode(picture[None], weights)[0] - target).pow(2).sum() / power
        down, across = (picture.diff(dim=axis).pow(2).sum() for axis in (1, 2))
        (error + 100 * settings.smoothness**2 * (down + across) / 48).backward()
        adam.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
    return picture.detach()


def loss(
    picture: Tensor, content: Tensor, style: Tensor, settings: Settings, model: Model
) -> float:
    """‖Φ(I) - H‖² with H of the paper's plain swap."""
    weights = model.encoder.state_dict()
    phi, offered, now = (reference.encode(p[None], weights)[0] for p in (content, style, picture))
    swapped = reference.swap(phi, [offered], settings.patch_size, settings.patch_stride)
    return float((now - swapped).pow(2).sum())


def variation(picture: Tensor) -> float:
    return float(picture.diff(dim=1).pow(2).sum() + picture.diff(dim=2).pow(2).sum())


@pytest.mark.parametrize("strength", [1.0, 0.4])
@pytest.mark.parametrize("patch_size", [1, 3])
def test_equals_torchs_own_adam_on_the_untiled_loss(
    model: Model, picture: Picture, style: Raster, strength: float, patch_size: int
) -> None:
    """Few iterations: rounding grows with each until the grain of the picture is another one."""
    content = picture(48, 64, 2)
    settings = replace(PAPER, strength=strength, patch_size=patch_size, iterations=4)
    given = stylize(raster(content), style, settings, model)
    wanted = naive(content, planes(style.values), content, settings, model)
    assert float((planes(given.values) - content).abs().max()) > 0.1 * strength
    torch.testing.assert_close(planes(given.values), wanted, rtol=0, atol=1e-4)


def test_a_refinement_is_the_same_from_the_networks_picture_in_shorter_steps(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = picture(48, 64, 2)
    settings = replace(PAPER, method="feed-forward", refine=4)
    start = stylize(raster(content), style, replace(settings, refine=0), model)
    given = stylize(raster(content), style, settings, model)
    steps = replace(settings, iterations=settings.refine)
    wanted = naive(content, planes(style.values), planes(start.values), steps, model, rate=0.02)
    assert float((given.values - start.values).abs().max()) > 0.02
    torch.testing.assert_close(planes(given.values), wanted, rtol=0, atol=1e-4)


def test_comes_as_close_as_torchs_own_adam(model: Model, picture: Picture, style: Raster) -> None:
    content = picture(48, 64, 2)
    settings = replace(PAPER, iterations=30, smoothness=0.0)
    given = planes(stylize(raster(content), style, settings, model).values)
    wanted = naive(content, planes(style.values), content, settings, model)
    own, other = (loss(p, content, planes(style.values), settings, model) for p in (given, wanted))
    assert own == pytest.approx(other, rel=0.05)


@pytest.mark.parametrize(
    ("settings", "size", "channels"),
    [
        ({}, (70, 83), 3),
        ({"start": "noise", "strength": 0.6}, (64, 50), 4),
        ({"patch_size": 5, "patch_stride": 3, "strength": 0.6}, (70, 50), 3),
        ({"colours": "matched"}, (61, 64), 3),
    ],
)
def test_tiles_equal_the_whole(
    model: Model,
    picture: Picture,
    style: Raster,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, object],
    size: tuple[int, int],
    channels: int,
) -> None:
    """The gradient is the same; also where the activations are rebuilt at every iteration."""
    content = raster(picture(*size, 4, channels))
    wished = replace(PAPER, iterations=3, **settings)
    whole = stylize(content, style, wished, model)
    monkeypatch.setattr(power, "KEPT_BYTES", 20_000)  # of some tiles
    monkeypatch.setattr(slopes, "SIDE", 7)
    tiled = stylize(content, style, wished, model)
    torch.testing.assert_close(tiled.values, whole.values, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    "settings", [{}, {"start": "network", "strength": 0.6}, {"method": "feed-forward", "refine": 9}]
)
def test_any_tile_limit_gives_the_same_picture(
    model: Model, picture: Picture, style: Raster, settings: dict[str, object]
) -> None:
    """To the bit, after any number of iterations."""
    content = raster(picture(70, 83, 4))
    wished = replace(PAPER, **settings)
    whole = stylize(content, style, wished, model)
    assert "1 tile" in whole.passes[-1]
    tiled = stylize(content, style, replace(wished, tile_limit=16), model)
    assert "tiles" in tiled.passes[-1]
    assert torch.equal(whole.values, tiled.values)


# -- what it is for ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["feed-forward", "optimise"])
def test_more_iterations_come_closer_to_the_activations(
    model: Model, picture: Picture, style: Raster, method: str
) -> None:
    content = picture(48, 64, 2)
    losses = []
    for steps in (1, 5, 25):
        settings = replace(PAPER, method=method, refine=steps, iterations=steps, smoothness=0.0)
        given = stylize(raster(content), style, settings, model).values
        losses.append(loss(planes(given), content, planes(style.values), settings, model))
    assert losses[0] > 1.2 * losses[1] > 1.2 * losses[2]


def test_refining_improves_the_networks_picture(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = picture(48, 64, 2)
    given = [
        stylize(raster(content), style, replace(PAPER, method="feed-forward", refine=n), model)
        for n in (0, 20)
    ]
    before, after = (
        loss(planes(g.values), content, planes(style.values), PAPER, model) for g in given
    )
    assert after < 0.6 * before


def test_smoothness_smooths(model: Model, picture: Picture, style: Raster) -> None:
    content = raster(picture(48, 64, 2))
    rough, usual, soft = (
        variation(planes(stylize(content, style, replace(PAPER, smoothness=s), model).values))
        for s in (0.0, 0.1, 1.0)
    )
    assert rough > usual > 2 * soft


def test_starts_differ(model: Model, picture: Picture, style: Raster) -> None:
    """After one step, which moves no value further than 0.05; noise is always the same."""
    content = picture(48, 64, 2)
    pictures = {}
    for start in ("content", "noise", "network"):
        settings = replace(PAPER, start=start, iterations=1)
        pictures[start] = stylize(raster(content), style, settings, model).values
    for one, other in itertools.combinations(pictures.values(), 2):
        assert float((one - other).abs().mean()) > 0.02
    again = stylize(raster(content), style, replace(PAPER, start="noise", iterations=1), model)
    assert torch.equal(again.values, pictures["noise"])
    assert float((planes(pictures["content"]) - content).abs().max()) <= 0.0501


@pytest.mark.parametrize("start", ["content", "noise", "network"])
def test_it_leaves_the_original_smoothly(
    model: Model, picture: Picture, style: Raster, start: str
) -> None:
    content = raster(picture(40, 52, 2))
    changes = []
    for strength in (0.0, 1e-4, 1e-2, 1.0):
        settings = replace(PAPER, start=start, strength=strength)
        given = stylize(content, style, settings, model).values
        changes.append(float((given - content.values).abs().max()))
    assert changes[0] == 0
    assert 0 < changes[1] < 1e-3
    assert changes[1] < changes[2] < 0.02 + 12 * 0.05 * 1e-2 < changes[3]


@pytest.mark.parametrize("start", ["content", "noise", "network"])
def test_masks_limit_where_it_moves(
    model: Model, picture: Picture, style: Raster, start: str
) -> None:
    content = raster(picture(64, 80, 2))
    values = torch.zeros(64, 80, 1)
    values[:, 40:48] = 0.5
    values[:, 48:] = 1.0
    styles = [Styled(style, mask=Raster(values)), Styled(raster(picture(96, 96, 9)), weight=0.0)]
    settings = replace(PAPER, start=start, iterations=3)
    given = stylize(content, styles, settings, model).values
    change = (given - content.values).abs().amax(2)
    assert float(change[:, :40].max()) == 0
    assert float(change[:, 52:].mean()) > 1.3 * float(change[:, 40:46].mean()) > 0.01


# -- passes, regions, models ---------------------------------------------------------------------


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Height and width in pixels, and steps, of everything that was optimised."""
    found: list[tuple[int, int, int]] = []
    run = optimisation.optimise

    def recording(part: Pass, target: Target, *rest: Any) -> Tensor:
        picture = run(part, target, *rest)
        found.append((picture.shape[1], picture.shape[2], part.steps))
        return picture

    monkeypatch.setattr(optimisation, "optimise", recording)
    return found


def test_the_last_pass_alone_is_optimised(
    model: Model, picture: Picture, style: Raster, recorded: list[tuple[int, int, int]]
) -> None:
    content = raster(picture(96, 128, 2))
    wished = replace(PAPER, scales=2, iterations=3)
    stylize(content, style, wished, model)
    coarse = stylize(content, style, wished, model, coarse_only=True)
    refined = Settings(scales=2, refine=2)
    stylize(content, style, refined, model)
    assert recorded == [(96, 128, 3), (48, 64, 3), (96, 128, 2)]
    network = stylize(content, style, Settings(scales=2), model, coarse_only=True)
    assert not torch.equal(coarse.values, network.values)


def test_without_refinement_nothing_is_optimised(
    model: Model, picture: Picture, style: Raster, recorded: list[tuple[int, int, int]]
) -> None:
    """The other controls are for the other method; refine is for this one alone."""
    content = raster(picture(40, 52, 2))
    plain = stylize(content, style, Settings(), model).values
    others = Settings(iterations=7, start="noise", smoothness=1.0)
    assert torch.equal(plain, stylize(content, style, others, model).values)
    assert recorded == []
    wished = replace(PAPER, iterations=2)
    both = stylize(content, style, replace(wished, refine=9), model).values
    assert torch.equal(both, stylize(content, style, wished, model).values)
    assert [steps for *_, steps in recorded] == [2, 2]


@pytest.mark.parametrize("start", ["content", "noise"])
def test_no_inverse_network_is_needed(
    encoder_only: Model,
    picture: Picture,
    style: Raster,
    recorded: list[tuple[int, int, int]],
    start: str,
) -> None:
    content = raster(picture(96, 128, 2))
    settings = replace(PAPER, scales=2, start=start, iterations=2, colours="matched")
    stylize(content, style, settings, encoder_only)
    assert recorded == [(48, 64, 2), (96, 128, 2)]


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(refine=3), replace(PAPER, start="network")]
)
def test_without_one_the_network_cannot_paint(
    encoder_only: Model, picture: Picture, style: Raster, settings: Settings
) -> None:
    content = raster(picture(32, 32, 2))
    with pytest.raises(WeightsError, match="styleswap train inverse"):
        stylize(content, style, settings, encoder_only)


@pytest.mark.parametrize(
    "settings",
    [
        replace(PAPER, start="noise", iterations=8),
        replace(PAPER, scales=2, matching="centred", iterations=8),
        Settings(refine=8),
    ],
)
def test_a_region_is_that_part_of_the_picture(
    model: Model, picture: Picture, style: Raster, settings: Settings
) -> None:
    """But for grain: pixels beyond the cells around it move those inside but little."""
    content = raster(picture(160, 232, 2))
    x, y, width, height = region = (101, 77, 30, 25)
    whole = stylize(content, style, settings, model).values[y : y + height, x : x + width]
    part = stylize(content, style, settings, model, region=region).values
    assert part.shape == (height, width, 3)
    assert float((part - whole).abs().mean()) < 2 / 255
    assert float(F.avg_pool2d((part - whole).permute(2, 0, 1)[None], 8).abs().max()) < 2 / 255


def test_a_region_of_the_whole_is_the_whole(model: Model, picture: Picture, style: Raster) -> None:
    content = raster(picture(50, 62, 2))
    whole = stylize(content, style, PAPER, model).values
    assert torch.equal(whole, stylize(content, style, PAPER, model, region=(0, 0, 62, 50)).values)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (1, 100)])
@pytest.mark.parametrize("start", ["content", "network"])
def test_any_size_is_optimised(
    model: Model, picture: Picture, style: Raster, size: tuple[int, int], start: str
) -> None:
    settings = replace(PAPER, patch_size=7, start=start, iterations=2, tile_limit=16)
    given = stylize(raster(picture(*size, 3)), style, settings, model).values
    assert given.shape == (*size, 3)
    assert bool(given.isfinite().all())


# -- progress, previews, cancelling --------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        replace(PAPER, iterations=6),
        replace(PAPER, start="network", scales=2, iterations=4),
        Settings(refine=4, colours="matched", strength=0.5),
    ],
)
def test_progress_counts_the_iterations(
    model: Model, picture: Picture, style: Raster, settings: Settings
) -> None:
    told: list[Progress] = []
    content = raster(picture(70, 130, 1))
    report = stylize(content, style, settings, model, progress=told.append, preview=lambda _: None)
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)
    # What is announced is what is counted: the last work ends at 1, neither before nor after.
    assert fractions[-2:] == pytest.approx([1, 1], abs=1e-6)
    assert fractions[-3] < 1 - 1e-6
    refining = [p.fraction for p in told if p.stage == "refining"]
    steps = settings.iterations if settings.method == "optimise" else settings.refine
    assert len(set(refining)) > steps
    assert report.seconds["refining"] > 0
    assert max(b - a for a, b in itertools.pairwise(fractions)) < 0.5


@pytest.mark.parametrize(("colours", "strength"), [("matched", 1.0), ("luminance", 0.5)])
def test_previews_come_in_its_course(
    model: Model, picture: Picture, style: Raster, strength: float, colours: str
) -> None:
    """After the coarse pass some more, at its size, ever closer to the result."""
    content = raster(picture(65, 130, 2, 4))
    shown: list[Tensor] = []
    settings = replace(PAPER, scales=2, iterations=20, strength=strength, colours=colours)
    given = stylize(content, style, settings, model, preview=shown.append).values
    assert [tuple(s.shape) for s in shown] == [(33, 65, 4)] * 5
    small = F.avg_pool2d(given.permute(2, 0, 1)[None], 2, ceil_mode=True)[0].permute(1, 2, 0)
    distances = [float((s - small)[..., :3].abs().mean()) for s in shown]
    assert distances[1:] == sorted(distances[1:], reverse=True)
    assert distances[-1] < 0.06 * strength


def test_previews_of_passes_that_are_all_optimised(
    encoder_only: Model, picture: Picture, style: Raster
) -> None:
    content = raster(picture(96, 128, 2))
    shown: list[Tensor] = []
    settings = replace(PAPER, scales=2, iterations=7, strength=0.5)
    stylize(content, style, settings, encoder_only, preview=shown.append)
    assert [tuple(s.shape) for s in shown] == [(48, 64, 3)] * 7


def test_a_single_pass_ends_with_the_result(model: Model, picture: Picture, style: Raster) -> None:
    shown: list[Tensor] = []
    content = raster(picture(40, 52, 2))
    given = stylize(content, style, PAPER, model, preview=shown.append)
    assert len(shown) == 5
    assert torch.equal(shown[-1], given.values)
    assert not torch.equal(shown[-2], given.values)


def test_it_stops_at_any_poll(
    model: Model, picture: Picture, style: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between the layers on the way back."""
    monkeypatch.setattr(slopes, "SIDE", 8)
    content, settings = raster(picture(48, 64, 1)), replace(PAPER, iterations=2)

    def polls(stop: int) -> int:
        count = 0

        def cancelled() -> bool:
            nonlocal count
            count += 1
            return count == stop

        try:
            stylize(content, style, settings, model, cancelled=cancelled)
        except Cancelled:
            assert count == stop
        return count

    total = polls(-1)
    tiles, iterations = 2 * 2, 2
    assert total > iterations * tiles * (5 + 5)
    for stop in {total, *range(total // 2, total // 2 + 12, 3)}:
        assert polls(stop) == stop


def test_a_preview_may_pass_in_the_midst(model: Model, picture: Picture, style: Raster) -> None:
    """A daemon paints previews where a picture polls, optimised ones as well.

    Never inside of autograd, which on a device runs in threads of its own.
    """
    content, settings = raster(picture(48, 64, 1)), replace(PAPER, iterations=2)
    wanted = stylize(content, style, settings, model).values
    count = 0
    inner: list[Tensor] = []

    def interrupted() -> bool:
        nonlocal count
        count += 1
        assert torch._C._current_graph_task_id() == -1
        assert torch.is_inference_mode_enabled()
        if count % 9 == 0:
            inner.append(stylize(content, style, settings, model).values)
        return False

    given = stylize(content, style, settings, model, cancelled=interrupted).values
    assert len(inner) > 3
    for picture_ in (given, *inner):
        assert torch.equal(picture_, wanted)
