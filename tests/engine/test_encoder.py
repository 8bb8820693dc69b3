"""The encoder against functional calls on the same tensors; how far it sees; tiles."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from styleswap.engine import Model
from styleswap.engine.networks import model as model_module
from styleswap.engine.networks.encoder import (
    LAYERS,
    REACH,
    VGG_MEAN,
    VGG_STD,
    Encoder,
)
from styleswap.engine.tiles import CELL
from styleswap.weights.architectures import encoder_from_tensors

from . import reference
from .conftest import WIDTHS, Picture, random_encoder


def test_equals_functional_calls(encoder_tensors: dict[str, Tensor], picture: Picture) -> None:
    batch = torch.stack([picture(24, 40, 1), picture(24, 40, 2)])
    given = encoder_from_tensors(encoder_tensors)(batch)
    assert given.shape == (2, WIDTHS[-1], 6, 10)
    torch.testing.assert_close(given, reference.encode(batch, encoder_tensors))


def test_equals_functional_calls_on_the_real_vgg19(picture: Picture, shared_weights: Path) -> None:
    tensors = load_file(shared_weights / "vgg19_relu3_4.safetensors")
    encoder = encoder_from_tensors(tensors)
    batch = picture(48, 64, 1)[None]
    given = encoder(batch)
    assert given.shape == (1, 256, 12, 16)
    assert 20 < float(given.mean()) < 300  # relu3_1 is large in this network
    torch.testing.assert_close(given, reference.encode(batch, tensors), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("widths", [(4, 5, 6, 7, 8), (64, 64, 128, 128, 256)])
def test_widths_are_read_off_the_tensors(widths: tuple[int, ...]) -> None:
    encoder = encoder_from_tensors(random_encoder(widths))
    assert encoder.channels == widths[-1]
    shapes = [tuple(encoder.get_submodule(name).weight.shape) for name in LAYERS]
    assert shapes == [(b, a, 3, 3) for a, b in zip((3, *widths), widths, strict=False)]
    assert not any(p.requires_grad for p in encoder.parameters())
    assert not encoder.training


def test_tensors_of_higher_layers_are_left_aside(encoder_tensors: dict[str, Tensor]) -> None:
    more = encoder_tensors | {"conv3_2.weight": torch.zeros(5, 12, 3, 3), "fc": torch.zeros(3)}
    state = encoder_from_tensors(more).state_dict()
    assert set(state) == {*encoder_tensors, "mean", "std"}


def test_half_precision_and_own_normalisation_are_taken(
    encoder_tensors: dict[str, Tensor], picture: Picture
) -> None:
    halves = {k: v.half() for k, v in encoder_tensors.items()}
    halves["mean"] = torch.tensor([0.5, 0.5, 0.5])
    halves["std"] = torch.tensor([1.0, 2.0, 4.0])
    encoder = encoder_from_tensors(halves)
    assert all(p.dtype == torch.float32 for p in encoder.parameters())
    batch = picture(16, 16)[None]
    # The picture that VGG-19's normalisation takes to the same values.
    std, vgg_std = (torch.tensor(s).view(1, 3, 1, 1) for s in ((1.0, 2.0, 4.0), VGG_STD))
    same = (batch - 0.5) / std * vgg_std + torch.tensor(VGG_MEAN).view(1, 3, 1, 1)
    wanted = reference.encode(same, {k: v.float() for k, v in halves.items()})
    torch.testing.assert_close(encoder(batch), wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("conv2_1.weight", None, "conv2_1.weight is missing"),
        ("conv3_1.bias", None, "conv3_1.bias is missing"),
        ("conv2_1.weight", torch.zeros(8, 9, 3, 3), r"shape \(8, 9, 3, 3\)"),
        ("conv1_1.weight", torch.zeros(6, 3, 7, 7), r"shape \(6, 3, 7, 7\)"),
        ("conv1_1.weight", torch.zeros(6), r"shape \(6,\)"),
        ("conv3_1.bias", torch.zeros(13), r"conv3_1.bias has shape \(13,\)"),
    ],
)
def test_another_architecture_is_refused(
    encoder_tensors: dict[str, Tensor], name: str, tensor: Tensor | None, message: str
) -> None:
    tensors = dict(encoder_tensors)
    if tensor is None:
        del tensors[name]
    else:
        tensors[name] = tensor
    with pytest.raises(ValueError, match=message):
        encoder_from_tensors(tensors)


def _changed_rows(encoder: Encoder, batch: Tensor, y: int, x: int) -> tuple[Tensor, Tensor]:
    other = batch.clone()
    other[:, :, y, x] = 1 - other[:, :, y, x]
    change = (encoder(batch) - encoder(other)).abs().amax(1)[0]
    return torch.nonzero(change.amax(1))[:, 0], torch.nonzero(change.amax(0))[:, 0]


def test_an_activation_sees_its_reach_and_no_further(picture: Picture) -> None:
    """Of every place within a cell: a pixel changes only cells within REACH."""
    encoder = encoder_from_tensors(random_encoder((24, 24, 24, 24, 24)))
    batch = picture(80, 80, 3)[None]
    furthest = 0
    for place in range(40, 44):
        for cells in _changed_rows(encoder, batch, place, place):
            for cell in (int(cells.min()), int(cells.max())):
                first, last = cell * CELL, cell * CELL + CELL - 1
                furthest = max(furthest, first - place, place - last)
    assert furthest == 10  # 24 px in all: 10 + a cell of 4 + 10
    assert furthest <= REACH


@pytest.mark.parametrize(("height", "width"), [(8, 8), (60, 44), (100, 20)])
def test_tiles_equal_the_whole(
    model: Model, picture: Picture, monkeypatch: pytest.MonkeyPatch, height: int, width: int
) -> None:
    batch = picture(height, width, 5)[None]
    whole = model.encode(batch)
    monkeypatch.setattr(model_module, "ENCODE_SIDE", 5)
    tiled = model.activations(batch)
    torch.testing.assert_close(tiled, whole, rtol=1e-5, atol=1e-5)


def test_the_exact_colour_follows_relu3_1(model: Model, picture: Picture) -> None:
    batch = picture(16, 24, 1)[None]
    activations = model.encode(batch)[0]
    assert activations.shape == (WIDTHS[-1] + 3, 4, 6)
    wanted = batch[0].reshape(3, 4, 4, 6, 4).mean((2, 4))
    torch.testing.assert_close(activations[WIDTHS[-1] :], wanted)
    named = model.features(batch)
    assert torch.equal(named["rgb"], activations[WIDTHS[-1] :])
    assert torch.equal(named["relu3_1"], activations[: WIDTHS[-1]])


def test_polls_between_the_convolutions(model: Model, picture: Picture) -> None:
    polled: list[int] = []
    model.encode(picture(16, 16)[None], lambda: polled.append(1))
    assert len(polled) == len(LAYERS)


def test_levels_end_where_they_are_told(model: Model, picture: Picture) -> None:
    polled: list[int] = []
    levels = model.encoder.levels(
        picture(16, 16)[None], lambda: polled.append(1), ["conv1_1", "conv2_1"]
    )
    assert list(levels) == ["conv1_1", "conv2_1"]
    assert levels["conv2_1"].shape[2:] == (8, 8)
    assert len(polled) == 3
