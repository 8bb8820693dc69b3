"""Parts of a painting: a region at full size, the coarsest pass of a reduced copy, estimates."""

import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import (
    Cancelled,
    InvalidPicture,
    Model,
    Progress,
    Raster,
    Settings,
    StyleCache,
    plan_passes,
    stylize,
)
from styleswap.engine.features.moments import Moments
from styleswap.engine.levels import survey
from styleswap.engine.painting import passes
from styleswap.engine.progress import Tracker

from .conftest import ALONE, Picture, both

Region = tuple[int, int, int, int]


def pixels(planes: Tensor, dtype: torch.dtype = torch.float32) -> Raster:
    """(C, H, W) in [0, 1] as pixels."""
    values = planes.permute(1, 2, 0).contiguous()
    return Raster((values * 255).round().to(dtype) if dtype == torch.uint8 else values)


def crop(values: Tensor, region: Region) -> Tensor:
    x, y, width, height = region
    return values[y : y + height, x : x + width]


def psnr(one: Tensor, other: Tensor) -> float:
    return float(-10 * (one - other).pow(2).mean().log10())


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    return pixels(picture(96, 128, 77))


# -- a region ------------------------------------------------------------------------------------

INSIDE = (37, 50, 45, 38)


@pytest.mark.parametrize(
    ("settings", "region", "channels"),
    [
        ({"scales": 1}, INSIDE, 3),
        ({"scales": 1, "matching": "plain", "overlap": "average"}, INSIDE, 3),
        ({"scales": 2}, INSIDE, 4),
        ({"scales": 2, "matching": "plain"}, INSIDE, 3),
        ({"scales": 3, "strength": 0.4}, INSIDE, 4),
        ({"scales": 3, "matching": "plain", "tile_limit": 64}, INSIDE, 3),
        ({"scales": 2, "patch_size": 5, "patch_stride": 3}, INSIDE, 3),
        ({"scales": 2, "patch_size": 7, "patch_stride": 7, "matching": "plain"}, INSIDE, 3),
        ({"scales": 1, "patch_size": 1}, INSIDE, 3),
        ({"scales": 2, "style_flips": True}, INSIDE, 3),
        ({"scales": 2, "colours": "content"}, INSIDE, 3),
        ({"scales": 2, "colours": "luminance", "strength": 0.7}, INSIDE, 2),
        ({"scales": 2, "colours": "matched"}, INSIDE, 4),
        ({"scales": 1, "colours": "matched", "strength": 0.7}, INSIDE, 3),
        ({"scales": 2}, (0, 0, 1, 1), 3),
        ({"scales": 2}, (209, 149, 1, 1), 3),
        ({"scales": 2}, (150, 100, 60, 50), 3),
        ({"scales": 2, "matching": "plain"}, (0, 90, 210, 3), 3),
        ({"scales": 2}, (0, 0, 210, 150), 4),
    ],
)
def test_a_region_is_that_part_of_the_whole_painting(
    model: Model,
    picture: Picture,
    style: Raster,
    settings: dict[str, Any],
    region: Region,
    channels: int,
) -> None:
    planes = picture(150, 210, 4, channels)
    dtype = torch.float32
    if channels in (2, 4):
        planes[-1, 30:70, 20:60] = 0
        dtype = torch.uint8
    content = pixels(planes, dtype)
    whole = stylize(content, style, Settings(**settings), model)
    part = stylize(content, style, Settings(**settings), model, region=region)
    assert part.values.shape == (region[3], region[2], channels)
    assert part.values.dtype == dtype
    difference = (part.values.float() - crop(whole.values, region).float()).abs().max()
    assert float(difference) <= (1 if dtype == torch.uint8 else 1 / 255)
    assert len(part.passes) == len(whole.passes)
    assert 0 < part.distinct_patches <= 1


def test_values_beyond_the_range_come_back_in_a_region_too(
    model: Model, picture: Picture, style: Raster
) -> None:
    planes = 0.2 + 0.6 * picture(60, 80, 4)
    planes[:, 20:40, 30:50] = 3
    settings = Settings(strength=0.5)
    whole = stylize(pixels(planes), style, settings, model)
    part = stylize(pixels(planes), style, settings, model, region=(25, 15, 30, 30))
    wanted = crop(whole.values, (25, 15, 30, 30))
    torch.testing.assert_close(part.values, wanted, rtol=0, atol=1 / 255)
    assert float(part.values.max()) > 1.5
    assert part.notices == whole.notices != ()


def test_colours_of_a_large_single_pass_are_those_of_the_whole(
    model: Model, picture: Picture, style: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("styleswap.engine.painting.plan.PALETTE_LIMIT", 96)
    settings = Settings(scales=1, colours="matched")
    content = pixels(picture(128, 160, 3))
    whole = stylize(content, style, settings, model)
    part = stylize(content, style, settings, model, region=INSIDE)
    torch.testing.assert_close(part.values, crop(whole.values, INSIDE), rtol=0, atol=1 / 255)


@pytest.mark.parametrize("others", [ALONE, {}])
def test_matched_colours_of_a_large_region_are_those_of_the_last_pass_that_is_small_enough(
    model: Model,
    picture: Picture,
    style: Raster,
    matched: list[int],
    monkeypatch: pytest.MonkeyPatch,
    others: dict[str, Any],
) -> None:
    content = pixels(picture(150, 210, 3))
    settings = Settings(scales=2, colours="matched", **others)
    whole = crop(stylize(content, style, settings, model).values, INSIDE)
    matched.clear()
    exact = stylize(content, style, settings, model, region=INSIDE)
    assert len(matched) == 2
    monkeypatch.setattr("styleswap.engine.painting.plan.PALETTE_LIMIT", 110)
    stylize(content, style, settings, model, region=INSIDE)
    # All of the first pass, 75 x 105 px, and a part of the last.
    assert len(matched) == 4
    assert matched[2] == 19 * 27 == matched[0]
    if others:
        assert matched[3] < matched[1] / 2
    else:  # what follows the swap asks for all of a level of this size
        assert matched[3] == matched[1] == 38 * 53
    torch.testing.assert_close(exact.values, whole, rtol=0, atol=1 / 255)


@pytest.mark.parametrize("matching", ["plain", "centred"])
@pytest.mark.parametrize(("large", "others"), [(False, ALONE), (True, ALONE), (True, {})])
def test_no_more_is_matched_than_the_region_needs(
    model: Model,
    picture: Picture,
    style: Raster,
    matched: list[int],
    monkeypatch: pytest.MonkeyPatch,
    matching: str,
    large: bool,
    others: dict[str, Any],
) -> None:
    if large:
        monkeypatch.setattr(survey, "MEASURED_SIDE", 64)
    content = pixels(picture(500, 640, 4))
    settings = Settings(scales=2, matching=matching, **others)
    stylize(content, style, settings, model, region=(320, 200, 16, 16))
    first, *overviews, last = matched
    whole = 63 * 80
    # For what follows, an overview of 40 x 32 px is matched in whole besides.
    assert set(overviews) == (set() if others else {10 * 8})
    # 4 cells and, to each side, the reach of the inverse network, of a patch and of its neighbours.
    reach = 6 + 2 + (0 if others else 1)
    assert last == (4 + 2 * reach) ** 2
    # Half of these with the encoder's reach, an edge for the enlargement, and the same again. For
    # statistics more is read: all, or 16 cells around.
    measured = matching == "centred" or not others
    around = 16 if measured else 0
    part = ((4 + 2 * (reach + around + 4)) // 2 + 2 + 2 * reach) ** 2
    assert part < 0.6 * whole
    assert first == whole if measured and not large else first <= part


def test_of_large_levels_the_whole_s_statistics_are_estimated(
    model: Model, picture: Picture, style: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture whose left is calm and dark: what is measured there is far from the whole's."""
    planes = picture(192, 256, 4)
    planes[:, :, :128] = 0.1 + 0.1 * planes[:, :, :128]
    content, settings, region = pixels(planes), Settings(scales=2, **ALONE), (20, 60, 40, 40)
    measured: list[survey.Survey] = []
    parts: list[Moments] = []
    estimate, measure = passes.survey, survey._moments

    def recording(*arguments: Any) -> survey.Survey:
        measured.append(estimate(*arguments))
        return measured[-1]

    def recording_parts(*arguments: Any) -> Moments:
        parts.append(measure(*arguments))
        return parts[-1]

    monkeypatch.setattr(passes, "survey", recording)
    monkeypatch.setattr(survey, "_moments", recording_parts)
    whole = stylize(content, style, settings, model)
    wanted = measured[-1].moments
    monkeypatch.setattr(survey, "MEASURED_SIDE", 128)
    parts.clear()
    part = stylize(content, style, settings, model, region=region)
    _, here, _, _ = parts  # the first pass's; the last pass's here; the overview's here and whole
    for estimated, local, true in (
        (measured[-1].moments.mean, here.mean, wanted.mean),
        (measured[-1].moments.deviation, here.deviation, wanted.deviation),
    ):
        assert float((estimated - true).abs().mean()) < 0.6 * float((local - true).abs().mean())
    assert psnr(part.values, crop(whole.values, region)) > 25


def test_of_large_levels_a_region_is_close_to_the_whole_with_all_that_follows_too(
    model: Model, picture: Picture, style: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MEASURED_SIDE", 128)
    planes = picture(192, 256, 4)
    planes[:, :, :128] = 0.1 + 0.1 * planes[:, :, :128]
    content, settings, region = pixels(planes), Settings(scales=2), (20, 60, 40, 40)
    whole = crop(stylize(content, style, settings, model).values, region)
    part = stylize(content, style, settings, model, region=region)
    # Not to the bit: by far nearer than what is cut out first and painted then.
    cut = Raster(crop(content.values, region).contiguous())
    alone = stylize(cut, style, settings, model).values
    assert psnr(part.values, whole) > psnr(alone, whole) + 6


@pytest.mark.parametrize("visible", [True, False])
def test_the_region_of_an_unpainted_picture_is_the_contents(
    model: Model, picture: Picture, style: Raster, visible: bool
) -> None:
    planes = picture(90, 110, 4, 4)
    planes[3] = 1.0 if visible else 0.0
    content = pixels(planes)
    settings = Settings(scales=2, strength=0.0 if visible else 1.0)
    part = stylize(content, style, settings, model, region=INSIDE)
    assert torch.equal(part.values, crop(content.values, INSIDE))
    assert part.whole_seconds == 0
    assert bool(part.notices) != visible


@pytest.mark.parametrize(
    "region",
    [(-1, 0, 5, 5), (0, 0, 0, 5), (0, 0, 5, 0), (60, 0, 21, 5), (0, 50, 5, 11), (80, 60, 1, 1)],
)
def test_a_region_must_be_inside(
    model: Model, picture: Picture, style: Raster, region: Region
) -> None:
    with pytest.raises(InvalidPicture, match="not inside a picture of 80x60 px"):
        stylize(pixels(picture(60, 80)), style, Settings(), model, region=region)


def test_wishes_that_exclude_each_other_are_refused(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = pixels(picture(60, 80))
    for wishes in (
        {"region": INSIDE, "coarse_only": True},
        {"region": INSIDE, "preview": print},
        {"reduced_from": (800, 600)},
    ):
        with pytest.raises(ValueError, match="coarse_only"):
            stylize(content, style, Settings(), model, **wishes)  # type: ignore[arg-type]


# -- a reduced copy ------------------------------------------------------------------------------


def reduced(planes: Tensor, longest: int) -> Tensor:
    """By area averaging, to a longest side."""
    height, width = planes.shape[1:]
    factor = longest / max(height, width)
    size = round(height * factor), round(width * factor)
    return F.interpolate(planes[None], size, mode="area")[0]


@pytest.mark.parametrize(
    ("settings", "channels"),
    both(
        [
            ({}, 3),
            ({"strength": 0.6}, 4),
            ({"colours": "content"}, 3),
            ({"matching": "plain"}, 1),
        ]
    ),
)
def test_a_copy_previews_the_picture_that_it_was_reduced_from(
    model: Model, picture: Picture, settings: dict[str, Any], channels: int
) -> None:
    planes = picture(1000, 1500, 4, channels)
    style = pixels(picture(90, 360, 77))
    size = plan_passes(1000, 1500)[0]
    assert size == (250, 375)
    chosen = Settings(**settings)
    wanted = stylize(pixels(planes), style, chosen, model, coarse_only=True)
    copy = pixels(reduced(planes, 724), torch.uint8)
    told: list[Progress] = []
    given = stylize(
        copy,
        style,
        chosen,
        model,
        coarse_only=True,
        reduced_from=(1500, 1000),
        progress=told.append,
    )
    assert given.values.shape == (*size, channels)
    assert given.passes == wanted.passes
    assert given.notices == ()
    values = given.values.float() / 255
    assert psnr(values, wanted.values) > 25
    torch.testing.assert_close(values.mean((0, 1)), wanted.values.mean((0, 1)), rtol=0, atol=0.01)
    assert told[-1].fraction == pytest.approx(1, abs=1e-6)


def test_a_copy_of_the_first_pass_s_own_size_is_that_pass(
    model: Model, picture: Picture, style: Raster
) -> None:
    planes, full = picture(256, 320, 4), (320, 256)
    for settings in (Settings(scales=2), Settings(scales=3, colours="matched", strength=0.6)):
        step = 2 ** (settings.scales - 1)
        copy = F.avg_pool2d(planes, step)
        wanted = stylize(pixels(planes), style, settings, model, coarse_only=True)
        given = stylize(pixels(copy), style, settings, model, coarse_only=True, reduced_from=full)
        torch.testing.assert_close(given.values, wanted.values, rtol=0, atol=1 / 255)
        # A "copy" of the full size is the picture itself.
        same = stylize(pixels(planes), style, settings, model, coarse_only=True, reduced_from=full)
        assert torch.equal(same.values, wanted.values)


def test_a_copy_smaller_than_the_first_pass_is_painted_as_it_is_and_that_is_told(
    model: Model, picture: Picture, style: Raster
) -> None:
    copy, settings = pixels(picture(96, 150, 4, 4)), Settings(scales=1)
    given = stylize(copy, style, settings, model, coarse_only=True, reduced_from=(1500, 960))
    assert given.values.shape == (96, 150, 4)
    assert given.passes == ("150x96: 1 tile",)
    (notice,) = given.notices
    assert "finer strokes" in notice
    assert given.whole_seconds > 10 * sum(given.seconds.values())


@pytest.mark.parametrize("visible", [True, False])
def test_an_unpainted_copy_is_reduced_to_the_first_pass(
    model: Model, picture: Picture, style: Raster, visible: bool
) -> None:
    planes = picture(240, 300, 4, 4)
    planes[3] = 1.0 if visible else 0.0
    settings = Settings(scales=2, strength=0.0 if visible else 1.0)
    report = stylize(
        pixels(planes), style, settings, model, coarse_only=True, reduced_from=(400, 320)
    )
    assert report.values.shape == (160, 200, 4)
    wanted = planes.mean((1, 2))
    if visible:
        torch.testing.assert_close(report.values.mean((0, 1)), wanted, rtol=0, atol=0.01)
    assert bool(report.notices) != visible


# -- estimates, progress, cancel -----------------------------------------------------------------

PARTS: list[dict[str, Any]] = [
    {"region": INSIDE},
    {"coarse_only": True},
    {"coarse_only": True, "reduced_from": (330, 300)},
]


class CpuTimeTracker(Tracker):
    """Times the work in this thread's own time: the machine may be busy with other things."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._since = time.thread_time()


@pytest.fixture
def _cpu_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The package's own name is the function.
    monkeypatch.setattr(sys.modules["styleswap.engine.stylize"], "Tracker", CpuTimeTracker)
    clock = SimpleNamespace(perf_counter=time.thread_time)
    monkeypatch.setattr("styleswap.engine.progress.time", clock)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("_cpu_time")
def test_the_whole_painting_s_seconds_are_estimated(
    model: Model, picture: Picture, style: Raster
) -> None:
    content, settings = pixels(picture(448, 512, 4)), Settings(scales=2)

    def seconds(cache: StyleCache | None = None, **part: Any) -> float:
        report = stylize(content, style, settings, model, style_key="a", cache=cache, **part)
        if not part:
            assert report.whole_seconds == pytest.approx(sum(report.seconds.values()))
        return report.whole_seconds

    whole = seconds()
    for part in (
        {"coarse_only": True},
        {"coarse_only": True, "reduced_from": (512, 448)},
        {"coarse_only": True, "reduced_from": (514, 450)},
        {"region": (200, 200, 128, 128)},
    ):
        assert whole / 3 < seconds(**part) < 3 * whole, part
    # Style activations that need not be computed are no measure of the rest.
    cache = StyleCache()
    for _ in range(2):
        assert whole / 3 < seconds(cache, coarse_only=True) < 3 * whole


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "settings", [{}, {"colours": "matched"}, {"scales": 2, "colours": "matched"}]
)
def test_progress_of_a_part_never_falls_and_ends_at_one(
    model: Model, picture: Picture, style: Raster, part: dict[str, Any], settings: dict[str, Any]
) -> None:
    told: list[Progress] = []
    content = pixels(picture(100, 110, 1))
    stylize(content, style, Settings(**settings), model, progress=told.append, **part)
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {p.stage for p in told} == {"encoding", "matching", "painting"}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_can_be_stopped_at_any_poll(
    model: Model, picture: Picture, style: Raster, part: dict[str, Any]
) -> None:
    content = pixels(picture(100, 110, 1, 4))

    def polls(stop: int) -> int:
        count = 0

        def cancelled() -> bool:
            nonlocal count
            count += 1
            return count > stop

        run: Callable[[], object] = lambda: stylize(  # noqa: E731
            content, style, Settings(scales=2), model, cancelled=cancelled, **part
        )
        if stop > 1 << 20:
            run()
        else:
            with pytest.raises(Cancelled):
                run()
        return count

    total = polls(1 << 30)
    assert total > 15
    for stop in (0, 1, total // 2, total - 1):
        assert polls(stop) == stop + 1
