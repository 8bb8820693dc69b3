"""The registry of models, on real files: what fits, what is missing, what is broken."""

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.engine.conftest import WIDTHS, random_inverse
from torch import Tensor

from styleswap import weights
from styleswap.engine import WeightsError
from styleswap.training.judging.grid import sample
from styleswap.weights.architectures import encoder_from_tensors

CPU = torch.device("cpu")
OXFORD = "fca6debf890263eed473cee8e08554d81f8f1d41d426ac21f582377dfc16f4c3"
"""Fingerprint of VGG-19 to relu3_1 as Oxford trained it."""


@pytest.fixture
def folder(tmp_path: Path, encoder_tensors: dict[str, Tensor]) -> Path:
    """The user's folder with an encoder as VGG-19, and its inverse network."""
    save_file(encoder_tensors, tmp_path / "vgg19.safetensors")
    sha256 = weights.encoder_fingerprint(encoder_from_tensors(encoder_tensors))
    save_inverse(tmp_path / "vgg19-inverse.safetensors", sha256)
    return tmp_path


def save_inverse(path: Path, sha256: str, channels: int = WIDTHS[-1]) -> None:
    state = random_inverse(channels).state_dict()
    save_file(state, path, metadata={"encoder_sha256": sha256} if sha256 else None)


def test_there_are_three_models_and_the_embedded_one_is_the_default() -> None:
    assert weights.names() == ("embedded", "vgg19", "vgg19-torchvision")
    for name in weights.names():
        entry = weights.describe(name)
        assert entry.name == name
        assert entry.description
        assert entry.licence
    with pytest.raises(WeightsError, match="there is no model 'resnet': use one of embedded"):
        weights.describe("resnet")


def test_the_fingerprint_is_that_of_names_shapes_and_float32_values() -> None:
    values = torch.tensor([[1.5, -2.0, 0.25]])
    wanted = hashlib.sha256(b"a(1, 3)" + b"\0\0\xc0\x3f\0\0\0\xc0\0\0\x80\x3e").hexdigest()
    assert weights.fingerprint({"a": values}) == wanted
    assert weights.fingerprint({"a": values.half()}) == wanted
    assert weights.fingerprint({"a": values.T}) != wanted
    assert weights.fingerprint({"b": values}) != wanted
    assert weights.fingerprint({"a": values + 1e-6}) != wanted
    both = {"a": values, "b": values}
    assert weights.fingerprint(both) == weights.fingerprint(dict(reversed(both.items())))


def test_an_encoder_has_one_fingerprint_whatever_its_file(
    tmp_path: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    rounded = {k: v.half() for k, v in encoder_tensors.items()}
    more = rounded | {"scale": torch.ones(3), "conv3_2.weight": torch.zeros(2)}
    prints = set()
    for index, tensors in enumerate((rounded, {k: v.float() for k, v in rounded.items()}, more)):
        path = tmp_path / f"{index}.safetensors"
        save_file(tensors, path)
        prints.add(weights.encoder_fingerprint(encoder_from_tensors(load_file(path))))
    assert len(prints) == 1
    assert prints != {weights.encoder_fingerprint(encoder_from_tensors(encoder_tensors))}


def test_a_model_is_loaded_from_the_users_files(
    folder: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    assert weights.availability("vgg19", folder) == ""
    model = weights.load("vgg19", CPU, folder)
    assert model.name == "vgg19"
    assert model.device == CPU
    assert model.encoder.channels == WIDTHS[-1]
    assert model.encoder_sha256 == weights.fingerprint(encoder_tensors)
    assert model.inverse_sha256 == weights.fingerprint(random_inverse(WIDTHS[-1]).state_dict())
    for name, tensor in encoder_tensors.items():
        assert torch.equal(model.encoder.state_dict()[name], tensor)
    painted = model.paint(model.encode(torch.rand(1, 3, 16, 20)))
    assert painted.shape == (1, 3, 16, 20)


def test_the_inverse_network_that_comes_along_is_that_of_the_paper() -> None:
    path = weights.EMBEDDED / "vgg19-inverse.safetensors"
    assert weights.read_tensors(path)[1]["encoder_sha256"] == OXFORD
    network = weights.load_inverse(path, OXFORD)
    assert (network.channels, network.colours) == (256, 3)
    with pytest.raises(WeightsError, match="was trained for another encoder"):
        weights.load_inverse(path, "0" * 64)


def test_the_inverse_network_that_comes_along_serves_the_real_vgg19(
    tmp_path: Path, shared_weights: Path
) -> None:
    """Without a file of the user's but the encoder's; the picture comes back."""
    encoder = tmp_path / "vgg19.safetensors"
    encoder.symlink_to(shared_weights / "vgg19_relu3_4.safetensors")
    assert weights.availability("vgg19", tmp_path) == ""
    model = weights.load("vgg19", CPU, tmp_path)
    picture = sample("astronaut", 256)
    error = (model.paint(model.encode(picture)).clamp(0, 1) - picture).pow(2).mean()
    assert float(error) < 10 ** (-26 / 10)  # 26 dB
    # Another file of the same name: it no longer fits, and is told so at once.
    tensors = load_file(encoder)
    encoder.unlink()
    save_file({**tensors, "conv1_1.bias": tensors["conv1_1.bias"] + 1}, encoder)
    assert "styleswap train inverse" in weights.availability("vgg19", tmp_path)
    assert weights.availability("vgg19", tmp_path, inverse=False) == ""
    assert weights.load("vgg19", CPU, tmp_path, inverse=False).inverse is None


def test_missing_files_are_told_with_a_remedy(folder: Path) -> None:
    (folder / "vgg19-inverse.safetensors").unlink()
    remedy = weights.availability("vgg19", folder)
    assert "styleswap train inverse --teacher" in remedy
    assert "the one that comes along is for other weights than yours" in remedy
    with pytest.raises(WeightsError, match="the model 'vgg19' is not available: train its inverse"):
        weights.load("vgg19", CPU, folder)
    (folder / "vgg19.safetensors").unlink()
    assert str(folder / "vgg19.safetensors") in weights.availability("vgg19", folder)
    with pytest.raises(WeightsError, match="put VGG-19's weights at"):
        weights.load("vgg19", CPU, folder)
    with pytest.raises(WeightsError, match="there is no model 'nothing'"):
        weights.load("nothing", CPU, folder)


@pytest.mark.parametrize("owner", ["", "0" * 64])
def test_networks_that_do_not_belong_together_are_refused(folder: Path, owner: str) -> None:
    save_inverse(folder / "vgg19-inverse.safetensors", owner)
    with pytest.raises(WeightsError, match="was trained for another encoder"):
        weights.load("vgg19", CPU, folder)


def test_a_changed_encoder_is_no_longer_its_inverses(
    folder: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    changed = {k: v.clone() for k, v in encoder_tensors.items()}
    changed["conv1_2.bias"][0] += 1e-3
    save_file(changed, folder / "vgg19.safetensors")
    with pytest.raises(WeightsError, match="was trained for another encoder"):
        weights.load("vgg19", CPU, folder)


def test_another_number_of_channels_is_refused(
    folder: Path, encoder_tensors: dict[str, Tensor]
) -> None:
    sha256 = weights.fingerprint(encoder_tensors)
    save_inverse(folder / "vgg19-inverse.safetensors", sha256, WIDTHS[-1] + 1)
    assert "another number of channels" in weights.availability("vgg19", folder)
    with pytest.raises(WeightsError, match="another number of channels"):
        weights.load("vgg19", CPU, folder)


@pytest.mark.parametrize("name", ["vgg19.safetensors", "vgg19-inverse.safetensors"])
@pytest.mark.parametrize("damage", ["text", "empty", "cut", "pickle"])
def test_broken_files_are_told(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    if damage == "pickle":
        torch.save({"weights": torch.zeros(3)}, path)
    else:
        path.write_bytes({"text": b"no weights\n", "empty": b"", "cut": whole[:-100]}[damage])
    assert f"{name} is no readable safetensors file" in weights.availability("vgg19", folder)
    # The optimisation needs the encoder alone.
    assert bool(weights.availability("vgg19", folder, inverse=False)) == ("inverse" not in name)
    with pytest.raises(WeightsError, match=f"{name} is no readable safetensors file"):
        weights.load("vgg19", CPU, folder)
    path.write_bytes(whole)
    assert weights.availability("vgg19", folder) == ""


def test_a_file_in_another_one_s_place_is_told_by_what_it_holds(folder: Path) -> None:
    encoder, inverse = folder / "vgg19.safetensors", folder / "vgg19-inverse.safetensors"
    wholes = encoder.read_bytes(), inverse.read_bytes()
    encoder.write_bytes(wholes[1])
    told = weights.availability("vgg19", folder)
    assert str(encoder) in told
    assert "it holds an inverse network" in told
    assert told.endswith("not an encoder")
    encoder.write_bytes(wholes[0])
    inverse.write_bytes(wholes[0])
    assert "it holds an encoder (VGG to relu3_1)" in weights.availability("vgg19", folder)


def test_other_architectures_are_told(folder: Path, encoder_tensors: dict[str, Tensor]) -> None:
    sha256 = weights.fingerprint(encoder_tensors)
    inverse = dict(random_inverse(WIDTHS[-1]).state_dict())
    inverse["refine.weight"] = torch.zeros(8, 8, 5, 5)
    path = folder / "vgg19-inverse.safetensors"
    save_file(inverse, path, metadata={"encoder_sha256": sha256})
    assert "refine.weight has shape (8, 8, 5, 5)" in weights.availability("vgg19", folder)
    with pytest.raises(WeightsError, match=r"refine.weight has shape \(8, 8, 5, 5\)"):
        weights.load("vgg19", CPU, folder)
    save_file({"fc.weight": torch.zeros(3, 4)}, folder / "vgg19.safetensors")
    with pytest.raises(WeightsError, match=r"the tensor conv1_1\.weight is missing"):
        weights.load("vgg19", CPU, folder)


# -- embedded ------------------------------------------------------------------------------------


def test_the_embedded_model_belongs_together_and_paints(tmp_path: Path) -> None:
    assert weights.availability("embedded", tmp_path) == ""
    model = weights.load("embedded", CPU, tmp_path)
    assert model.encoder.channels == 256
    assert model.inverse.colours == 3
    flat = torch.tensor([0.8, 0.2, 0.5]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    with torch.inference_mode():
        painted = model.paint(model.encode(flat.contiguous()))
    torch.testing.assert_close(painted.mean((2, 3)), flat.mean((2, 3)), rtol=0, atol=0.08)
