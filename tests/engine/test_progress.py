"""Progress, cancelling, and the cache of style activations."""

import itertools
import time
from typing import Any

import pytest
import torch
from torch import Tensor

from styleswap.engine import Cancelled, Model, Progress, Raster, Settings, StyleCache, stylize
from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import Features, Layout
from styleswap.engine.networks.inverse import Inverse
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.styles.style import StyleEncoder

from .conftest import WIDTHS, Picture, model_of, random_encoder, random_inverse


def pixels(planes: Tensor) -> Raster:
    return Raster(planes.permute(1, 2, 0).contiguous())


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    return pixels(picture(64, 80, 77))


SETTINGS = [
    Settings(),
    Settings(scales=2, tile_limit=64),
    Settings(colours="matched", strength=0.5),
    Settings(scales=2, colours="content", patch_size=5, patch_stride=3, tile_limit=64),
    Settings(scales=1, matching="plain", style_flips=True),
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("preview", [False, True])
def test_progress_never_falls_and_ends_at_one(
    model: Model, picture: Picture, style: Raster, settings: Settings, preview: bool
) -> None:
    told: list[Progress] = []
    content = pixels(picture(100, 130, 1))
    stylize(
        content,
        style,
        settings,
        model,
        progress=told.append,
        preview=(lambda _: None) if preview else None,
    )
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == pytest.approx(1, abs=1e-6)
    assert {p.stage for p in told} == {"encoding", "matching", "painting"}
    assert max(b - a for a, b in itertools.pairwise(fractions)) < 0.7


@pytest.mark.parametrize("settings", SETTINGS[:2])
def test_it_can_be_stopped_at_any_poll(
    model: Model, picture: Picture, style: Raster, settings: Settings
) -> None:
    """At the first poll, at the last, and in between: the poll that says so is the last one."""
    alpha = torch.ones(1, 90, 110)
    alpha[:, 40:60, 30:50] = 0
    content = pixels(torch.cat([picture(90, 110, 1), alpha]))

    def polls(stop: int) -> int:
        count = 0

        def cancelled() -> bool:
            nonlocal count
            count += 1
            return count > stop

        try:
            stylize(content, style, settings, model, cancelled=cancelled)
        except Cancelled:
            assert count == stop + 1
        return count

    total = polls(1 << 30)
    assert total > 30
    for stop in (0, 1, 5, total // 4, total // 2, 3 * total // 4, total - 2, total - 1):
        assert polls(stop) == stop + 1


def test_stopping_leaves_the_cache_usable(model: Model, picture: Picture, style: Raster) -> None:
    content, cache = pixels(picture(64, 64, 1)), StyleCache()
    polled: list[int] = []

    def late() -> bool:
        polled.append(1)
        return len(polled) > 20

    with pytest.raises(Cancelled):
        stylize(content, style, Settings(), model, style_key="a", cache=cache, cancelled=late)
    assert cache.bytes > 0
    again = stylize(content, style, Settings(), model, style_key="a", cache=cache)
    assert torch.equal(again.values, stylize(content, style, Settings(), model).values)


def test_it_asks_at_least_every_200_ms_of_work(picture: Picture) -> None:
    """With networks of VGG-19's size at the size of a tile, in the process's own time."""
    widths = (32, 32, 64, 96, 256)
    torch.manual_seed(0)
    inverse = Inverse(256).eval().requires_grad_(False)
    inverse.state_dict()["rgb.weight"].mul_(0.1)
    model = model_of(random_encoder(widths), inverse)
    moments: list[float] = []

    def cancelled() -> bool:
        moments.append(time.thread_time())
        return False

    content, style = pixels(picture(256, 256, 1)), pixels(picture(96, 128, 2))
    stylize(content, style, Settings(strength=0.5), model, cancelled=cancelled)
    between = [b - a for a, b in itertools.pairwise(moments)]
    assert len(between) > 50
    # A tile of 512 px is four times as much; 200 ms are what a user waits at most.
    assert max(between) < 0.2


# -- the cache -----------------------------------------------------------------------------------


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each encoding of a style."""
    calls: list[int] = []
    original = StyleEncoder._encode

    def counting(*args: Any) -> EncodedStyle:
        calls.append(1)
        return original(*args)

    monkeypatch.setattr(StyleEncoder, "_encode", counting)
    return calls


def test_a_second_picture_takes_the_styles_activations_from_the_cache(
    model: Model, picture: Picture, style: Raster, encoded: list[int]
) -> None:
    cache, content = StyleCache(), pixels(picture(70, 130, 1))
    settings = Settings(scales=2)
    first = stylize(content, style, settings, model, style_key="a", cache=cache)
    held, count = cache.bytes, len(encoded)
    assert count == 2  # one for each pass
    assert held > 0
    second = stylize(content, style, settings, model, style_key="a", cache=cache)
    assert len(encoded) == count
    assert cache.bytes == held
    assert torch.equal(first.values, second.values)
    plain = stylize(content, style, settings, model)
    assert torch.equal(first.values, plain.values)


@pytest.mark.parametrize(
    "other",
    [
        {"key": "b"},
        {"style_flips": True},
        {"style_rotations": True},
        {"colours": "content"},
        {"style_scale": 2.0},
        {"model": True},
    ],
)
def test_what_changes_the_activations_is_kept_apart(
    model: Model, picture: Picture, style: Raster, encoded: list[int], other: dict[str, object]
) -> None:
    cache, content = StyleCache(), pixels(picture(70, 64, 1))
    stylize(content, style, Settings(), model, style_key="a", cache=cache)
    key = str(other.pop("key", "a"))
    if other.pop("model", False):
        model = model_of(random_encoder(WIDTHS, 5), random_inverse(WIDTHS[-1]))
    given = stylize(content, style, Settings(**other), model, style_key=key, cache=cache)
    assert len(encoded) == 2
    wanted = stylize(content, style, Settings(**other), model)
    assert torch.equal(given.values, wanted.values)


@pytest.mark.parametrize(
    "other",
    [
        {"strength": 0.5},
        {"colours": "luminance"},
        {"colours": "matched"},
        {"matching": "plain"},
        {"overlap": "average"},
        {"patch_size": 5},
        {"tile_limit": 16},
    ],
)
def test_what_does_not_change_them_is_shared(
    model: Model, picture: Picture, style: Raster, encoded: list[int], other: dict[str, object]
) -> None:
    cache, content = StyleCache(), pixels(picture(70, 64, 1))
    stylize(content, style, Settings(), model, style_key="a", cache=cache)
    given = stylize(content, style, Settings(**other), model, style_key="a", cache=cache)
    assert len(encoded) == 1
    assert torch.equal(given.values, stylize(content, style, Settings(**other), model).values)


def test_recolouring_for_another_content_is_kept_apart(
    model: Model, picture: Picture, style: Raster, encoded: list[int]
) -> None:
    cache, settings = StyleCache(), Settings(colours="content")
    for seed in (1, 2, 1):
        content = pixels(picture(64, 64, seed))
        given = stylize(content, style, settings, model, style_key="a", cache=cache)
        assert torch.equal(given.values, stylize(content, style, settings, model).values)
    assert len(encoded) == 2 + 3  # two palettes, and three pictures without the cache


def test_without_a_key_nothing_is_kept(model: Model, picture: Picture, style: Raster) -> None:
    cache = StyleCache()
    stylize(pixels(picture(30, 30)), style, Settings(), model, cache=cache)
    assert cache.bytes == 0


def _kept(values: int) -> EncodedStyle:
    layout = Layout((("relu3_1", values),))
    zeros = torch.zeros(values)
    return EncodedStyle((Features(zeros.view(-1, 1, 1), layout),), Moments(zeros, zeros, layout))


def test_the_least_recently_used_leave_first() -> None:
    cache = StyleCache(limit=400)
    cache.put("a", _kept(40))
    cache.put("b", _kept(40))
    assert cache.bytes == 320
    assert cache.get("a") is not None
    cache.put("c", _kept(40))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    assert cache.get("c") is not None
    cache.put("too large", _kept(101))
    assert cache.get("too large") is None
    assert cache.bytes == 320
    cache.clear()
    assert cache.bytes == 0
