"""The inverse network: against functional calls, no weave, its reach, its files."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from styleswap.engine import Model
from styleswap.engine.networks.inverse import Inverse, exact_colour
from styleswap.engine.tiles import CELL
from styleswap.weights.architectures import inverse_from_tensors

from . import reference
from .conftest import WIDTHS, Picture, random_inverse

CHANNELS = WIDTHS[-1]


@pytest.fixture(scope="module")
def inverse() -> Inverse:
    return random_inverse(CHANNELS)


def activations(height: int, width: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(1, CHANNELS + 3, height, width, generator=random)


def test_equals_functional_calls(inverse: Inverse) -> None:
    tensors = dict(inverse.state_dict())
    tensors["scale"] = torch.linspace(0.5, 3, CHANNELS)
    scaled = inverse_from_tensors(tensors)
    given = activations(7, 9)
    painted = scaled(given)
    assert painted.shape == (1, 3, 28, 36)
    torch.testing.assert_close(painted, reference.paint(given, tensors), rtol=1e-4, atol=1e-5)


def test_constant_activations_are_painted_in_one_colour(inverse: Inverse) -> None:
    """No weave: the period of a cell is nowhere in what is painted."""
    flat = activations(1, 1, 3).expand(-1, -1, 12, 14)
    painted = inverse(flat)
    torch.testing.assert_close(painted, painted[..., :1, :1].expand_as(painted), rtol=0, atol=1e-5)


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_a_cell_changes_pixels_within_the_reach_and_no_others(blocks: int) -> None:
    torch.manual_seed(4)
    network = Inverse(CHANNELS, 3, (12, 8, 6), blocks).eval()
    given = activations(25, 25, 1)
    other = given.clone()
    other[:, :, 12, 12] += 5
    with torch.no_grad():
        change = (network(given) - network(other)).abs().amax(1)[0]
    furthest = 0
    for axis in (0, 1):
        touched = torch.nonzero(change.amax(axis))[:, 0]
        furthest = max(furthest, 12 * CELL - int(touched.min()))
        furthest = max(furthest, int(touched.max()) - (12 * CELL + CELL - 1))
    assert furthest <= network.reach
    assert furthest > network.reach - 2 * CELL  # not much looser


def test_the_reach_makes_tiles_equal_the_whole(model: Model) -> None:
    given = activations(30, 30, 2)
    whole = model.paint(given)
    halo = -(-model.inverse.reach // CELL)
    part = model.paint(given[..., 10 - halo : 16 + halo, 5 : 20 + halo])
    inner = part[..., halo * CELL : (halo + 6) * CELL, halo * CELL : -halo * CELL]
    wanted = whole[..., 40:64, (5 + halo) * CELL : 80]
    torch.testing.assert_close(inner, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("colours", [0, 3])
@pytest.mark.parametrize("blocks", [0, 2])
def test_a_file_gives_the_same_network(tmp_path: Path, colours: int, blocks: int) -> None:
    torch.manual_seed(1)
    network = Inverse(5, colours, (7, 6, 4), blocks).eval()
    network.scale.copy_(torch.rand(5) + 0.5)
    path = tmp_path / "inverse.safetensors"
    save_file(network.state_dict(), path)
    loaded = inverse_from_tensors(load_file(path))
    given = torch.rand(1, 5 + colours, 4, 6)
    with torch.no_grad():
        assert torch.equal(loaded(given), network(given))
    assert (loaded.channels, loaded.colours) == (5, colours)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("scale", None, "tensor scale is missing"),
        ("head.weight", None, "tensor head.weight is missing"),
        ("refine.bias", None, "refine.bias is missing"),
        ("rgb.weight", torch.zeros(3, 5, 3, 3), r"rgb.weight has shape \(3, 5, 3, 3\)"),
        ("head.weight", torch.zeros(12, 99, 3, 3), "head.weight has shape"),
        ("blocks.0.2.weight", torch.zeros(12, 12, 1, 1), "blocks.0.2.weight has shape"),
        ("head.weight", torch.tensor(1.0), "no inverse network"),
        ("project.weight", torch.zeros(2, 8, 1, 1), "no project.weight"),
    ],
)
def test_another_architecture_is_refused(
    inverse: Inverse, name: str, tensor: Tensor | None, message: str
) -> None:
    tensors = dict(inverse.state_dict())
    if tensor is None:
        del tensors[name]
    else:
        tensors[name] = tensor
    with pytest.raises(ValueError, match=message):
        inverse_from_tensors(tensors)


def test_polls_often(inverse: Inverse) -> None:
    polled: list[int] = []
    inverse(activations(4, 4), lambda: polled.append(1))
    assert len(polled) >= 5


def test_exact_colour_is_the_mean_of_a_cell(picture: Picture) -> None:
    batch = picture(12, 8, 1)[None]
    wanted = batch.reshape(1, 3, 3, 4, 2, 4).mean((3, 5))
    torch.testing.assert_close(exact_colour(batch), wanted)
