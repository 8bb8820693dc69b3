"""The join of tiles is the whole: equal picks within 1/255, other picks only at near-ties."""

from typing import Any

import pytest
import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.transforms.patch_swap import PatchSwap
from styleswap.engine.transforms.patch_swap.picks import Picks
from styleswap.engine.transforms.patch_swap.swap import Swapped

from .conftest import Picture, both

ALLOWED = 1 / 255


def pixels(planes: Tensor) -> Raster:
    return Raster(planes.permute(1, 2, 0).contiguous())


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    return pixels(picture(96, 128, 77))


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Picks]:
    """The picks of every pass, in order."""
    found: list[Picks] = []
    fit = PatchSwap.fit

    def recording(transform: PatchSwap, *rest: Any) -> Swapped:
        swapped = fit(transform, *rest)
        found.extend(swapped.picks)
        return swapped

    monkeypatch.setattr(PatchSwap, "fit", recording)
    return found


@pytest.mark.parametrize(
    ("settings", "size", "channels"),
    both(
        [
            ({}, (150, 210), 3),
            ({"patch_size": 1}, (100, 131), 3),
            ({"patch_size": 5, "patch_stride": 3}, (121, 90), 3),
            ({"patch_size": 3, "patch_stride": 2, "overlap": "average"}, (130, 75), 3),
            ({"patch_size": 7, "patch_stride": 7}, (99, 140), 3),
            ({"matching": "plain", "overlap": "average"}, (150, 100), 3),
            ({"strength": 0.4}, (110, 100), 4),
            ({"colours": "content"}, (110, 100), 3),
            ({"colours": "luminance"}, (110, 100), 2),
            ({"colours": "matched"}, (110, 100), 4),
            ({"style_flips": True}, (80, 100), 3),
            ({"scales": 2}, (170, 230), 4),
            ({"scales": 3, "colours": "matched", "strength": 0.8}, (263, 140), 3),
            ({"scales": 2, "patch_size": 5, "patch_stride": 2}, (140, 150), 3),
        ]
    ),
)
def test_tiles_equal_the_whole(
    model: Model,
    picture: Picture,
    style: Raster,
    recorded: list[Picks],
    settings: dict[str, object],
    size: tuple[int, int],
    channels: int,
) -> None:
    planes = picture(*size, 4, channels)
    if channels == 4:
        planes[3, 30:60, 20:70] = 0
    content = pixels(planes)
    whole = stylize(content, style, Settings(**settings), model)
    passes = len(whole.passes)
    assert "1 tile" in whole.passes[-1]
    tiled = stylize(content, style, Settings(**settings, tile_limit=64), model)
    assert "tiles" in tiled.passes[-1]
    assert len(recorded) == 2 * passes
    equal = True
    for one, other in zip(recorded[:passes], recorded[passes:], strict=True):
        places = (one.copy, other.copy), (one.row, other.row), (one.column, other.column)
        differing = torch.stack([a != b for a, b in places]).any(0)
        gap = (one.score - other.score).abs() / one.score.abs().clamp(min=1e-6)
        assert float((gap * differing).max()) < 1e-5
        equal &= not bool(differing.any())
    change = (whole.values - tiled.values).abs().amax(2)
    if equal:
        assert float(change.max()) <= ALLOWED
    else:
        assert float((change > ALLOWED).float().mean()) <= 1e-3


def test_any_tile_limit_gives_the_same_picture(
    model: Model, picture: Picture, style: Raster
) -> None:
    content = pixels(picture(90, 61, 5))
    whole = stylize(content, style, Settings(), model).values
    for limit in (1, 16, 52, 92, 4096):
        tiled = stylize(content, style, Settings(tile_limit=limit), model).values
        change = (whole - tiled).abs().amax(2) > ALLOWED
        assert float(change.float().mean()) <= 1e-3, limit


def test_the_report_tells_the_tiles(model: Model, picture: Picture, style: Raster) -> None:
    settings = Settings(scales=2, tile_limit=64)
    report = stylize(pixels(picture(150, 130, 5)), style, settings, model)
    # Whole cells, cut evenly: 75 px are 19 cells, in two tiles of at most 16.
    assert report.passes == ("65x75: 4 tiles", "130x150: 9 tiles")
    assert set(report.seconds) == {"encoding", "matching", "painting"}
