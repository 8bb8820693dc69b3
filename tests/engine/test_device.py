"""The whole engine on a stand-in for a device that is no CPU."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from styleswap import weights
from styleswap.devices.memory import is_out_of_memory
from styleswap.engine import (
    Model,
    Raster,
    Settings,
    Styled,
    stylize,
)

from .conftest import ALONE, WIDTHS, Picture, model_of, random_encoder, random_inverse
from .stand_in import MPS, StandIn

ALLOWED = 1 / 255

pytestmark = pytest.mark.device


def pixels(planes: Tensor) -> Raster:
    return Raster(planes.permute(1, 2, 0).contiguous())


@pytest.fixture
def device() -> Iterator[StandIn]:
    with StandIn() as device:
        yield device


@pytest.fixture(scope="module")
def style(picture: Picture) -> Raster:
    return pixels(picture(64, 80, 77))


def on_device(widths: tuple[int, ...] = WIDTHS) -> Model:
    """The model of the tests, moved; the stand-in is on."""
    model = model_of(random_encoder(widths), random_inverse(widths[-1]))
    assert model.inverse is not None
    return replace(model, encoder=model.encoder.to(MPS), inverse=model.inverse.to(MPS), device=MPS)


# -- the stand-in itself -------------------------------------------------------------------------


def test_the_stand_in_refuses_what_a_device_refuses(device: StandIn) -> None:
    values = torch.arange(6.0).view(2, 3).to(MPS)
    assert torch.equal((values @ values.T)[1].cpu(), torch.tensor([14.0, 50.0]))
    with pytest.raises(TypeError, match="doesn't support float64"):
        values.double()
    with pytest.raises(TypeError, match="doesn't support float64"):
        torch.zeros(2, dtype=torch.float64, device=MPS)
    with pytest.raises(RuntimeError, match="on the same device"):
        values + torch.ones(2, 3)
    with pytest.raises(RuntimeError, match="on the same device"):
        values.copy_(values) @ torch.ones(3, 2)
    assert device.allocated == 6 * 4
    device.budget = 40
    with pytest.raises(RuntimeError, match="MPS backend out of memory") as caught:
        values * 2
    assert is_out_of_memory(caught.value)
    del values, caught
    gc.collect()
    assert device.allocated == 0


# -- the engine on it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "mixed"),
    [
        ({"scales": 2, "colours": "matched", "strength": 0.6}, True),
        ({"scales": 1, "matching": "plain", "overlap": "average", "colours": "content"}, False),
        ({"patch_size": 5, "patch_stride": 3, "colours": "luminance"}, True),
        ({"scales": 1, "style_flips": True}, False),
        ({"method": "optimise", "iterations": 3, "start": "noise", "strength": 0.7}, True),
        ({"refine": 2, "scales": 2, "colours": "matched", "patch_stride": 2}, False),
    ],
)
def test_a_picture_is_the_same_on_a_device(
    device: StandIn,
    model: Model,
    picture: Picture,
    style: Raster,
    settings: dict[str, object],
    mixed: bool,
) -> None:
    """All of it: neither float64 nor operations across devices, but for near-ties equal values."""
    content = pixels(picture(65, 130, 4, 4))
    mask = torch.linspace(0, 1.2, 130).clamp(0, 1).expand(65, 130)[..., None].contiguous()
    other = Styled(pixels(picture(72, 64, 9)), weight=0.5, mask=Raster(mask))
    styles = [Styled(style), other] if mixed else style
    wished = Settings(**settings)
    wanted = stylize(content, styles, wished, model, preview=lambda _: None).values
    assert not device.launched
    given = stylize(content, styles, wished, on_device(), preview=lambda _: None).values
    assert device.launched["aten::convolution"] > 10
    change = (given - wanted).abs().amax(2)
    assert float((change > ALLOWED).float().mean()) <= 1e-3


def test_a_region_is_the_same_on_a_device(
    device: StandIn,
    model: Model,
    picture: Picture,
    style: Raster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where its statistics are estimated, too."""
    monkeypatch.setattr("styleswap.engine.levels.survey.MEASURED_SIDE", 64)
    content, region, wished = pixels(picture(65, 260, 4)), (100, 5, 50, 20), Settings(scales=1)
    wanted = stylize(content, style, wished, model, region=region).values
    given = stylize(content, style, wished, on_device(), region=region).values
    assert device.launched
    torch.testing.assert_close(given, wanted, rtol=0, atol=ALLOWED)


def test_where_memory_runs_out_a_smaller_tile_paints_the_same(
    device: StandIn, picture: Picture, style: Raster
) -> None:
    content, model = pixels(picture(128, 128, 4)), on_device()
    gc.collect()
    held, most, pictures = device.allocated, [], []
    for limit in (0, 64):
        device.peak = 0
        settings = Settings(scales=1, tile_limit=limit, **ALONE)
        pictures.append(stylize(content, style, settings, model).values)
        most.append(device.peak)
    assert most[1] - held < 0.8 * (most[0] - held)
    device.budget = sum(most) // 2
    with pytest.raises(RuntimeError) as caught:
        stylize(content, style, Settings(scales=1, **ALONE), model)
    assert is_out_of_memory(caught.value)
    del caught
    gc.collect()
    assert device.allocated == held
    again = stylize(content, style, Settings(scales=1, tile_limit=64, **ALONE), model).values
    assert torch.equal(again, pictures[1])
    change = (again - pictures[0]).abs().amax(2)
    assert float((change > ALLOWED).float().mean()) <= 1e-3


def test_the_encoder_holds_no_more_than_the_next_layer_needs(
    device: StandIn, picture: Picture
) -> None:
    """With the widths of the embedded network: 480 bytes a pixel if all maps were kept."""
    widths, side = (32, 32, 64, 96, 256), 256
    model = on_device(widths)
    model = replace(model, inverse=None)
    gc.collect()
    start, device.peak = device.allocated, 0
    with torch.inference_mode():
        given = model.encode(picture(side, side)[None])
    gc.collect()
    # The picture, and conv1_2 from conv1_1's map and its padded copy.
    least = 3 * side**2 + 32 * (2 * side**2 + (side + 2) ** 2)
    assert device.peak - start <= 4 * 1.02 * (least + 3 * side**2)
    assert device.allocated - start == given.numel() * 4


@pytest.mark.slow
def test_the_benchmark_of_devices_tells_right_from_wrong(
    device: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    from benchmarks import device as benchmark

    few = {"two passes": Settings(scales=2), "optimised": Settings(method="optimise", iterations=2)}
    monkeypatch.setattr(benchmark, "SETTINGS", few)
    text, figures = benchmark.run("cpu")
    assert figures["right"]
    assert "WRONG" not in text
    models = (weights.load("embedded", at) for at in (torch.device("cpu"), MPS))
    cpu, model = models
    found = [holds for _, holds, _ in benchmark.checks(model, cpu, (64,), 64)]
    assert len(found) == 1 + 3 + len(few) + 1
    assert all(found)
    device.wrong = lambda values: values * 1.02
    found = [holds for _, holds, _ in benchmark.checks(model, cpu, (64,), 64)]
    assert not any(found[:1] + found[2:6])
