"""Checkpoints, averages of weights, rounding for the program."""

import argparse
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from styleswap import weights
from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import LAYERS, Encoder
from styleswap.engine.networks.inverse import Inverse
from styleswap.training import checkpoint, embed
from styleswap.training.encoder import refuse_other_teacher, refuse_other_widths
from styleswap.training.inverse import refuse_other_owner
from styleswap.weights.architectures import encoder_from_tensors, inverse_from_tensors

WIDTHS = (4, 5, 6, 7, 8)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    tensors = {"a": torch.rand(3, 4), "b": torch.rand(4, 3).half().T}
    recipe = {"kind": "inverse", "steps": 12, "history": [{"minutes": 0.5}], "curve": []}
    path = tmp_path / "new" / "x.safetensors"
    checkpoint.save(path, tensors, recipe, encoder_sha256="ab" * 32)
    given, told = checkpoint.load(path)
    assert told == recipe
    assert all(torch.equal(given[k], v) for k, v in tensors.items())
    assert [p.name for p in path.parent.iterdir()] == ["x.safetensors"]
    with safe_open(path, "pt") as file:
        assert file.metadata()["encoder_sha256"] == "ab" * 32


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoint.save(path, {"a": torch.ones(2)}, {"steps": 1})
    with pytest.raises(TypeError):
        checkpoint.save(path, {"a": torch.zeros(2)}, {"steps": object()})
    tensors, recipe = checkpoint.load(path)
    assert recipe == {"steps": 1}
    assert torch.equal(tensors["a"], torch.ones(2))


def test_only_a_whole_checkpoint_of_its_kind_is_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    checkpoint.save(path, {"a": torch.ones(99)}, {"kind": "encoder", "steps": 2})
    assert checkpoint.resume(path, "encoder")[1]["steps"] == 2
    with pytest.raises(WeightsError, match=r"mine.* of the encoder: --resume needs one of the inv"):
        checkpoint.resume(path, "inverse")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(WeightsError, match=r"mine\.safetensors is no readable safetensors file"):
        checkpoint.resume(path, "encoder")
    checkpoint.save(path, {"conv1_1.weight": torch.ones(2)}, {})
    with pytest.raises(WeightsError, match=r"mine.*no checkpoint of styleswap train"):
        checkpoint.resume(path, "encoder")
    with pytest.raises(WeightsError, match=r"no weights at .*gone\.safetensors"):
        checkpoint.resume(tmp_path / "gone.safetensors", "encoder")


def test_an_encoder_of_other_widths_is_not_gone_on_from(tmp_path: Path) -> None:
    tensors = Encoder(WIDTHS).state_dict()
    with pytest.raises(
        WeightsError, match=r"mine holds .*\[4, 5, 6, 7, 8\].*\[32, 32, 64, 96, 256"
    ):
        refuse_other_widths(Path("mine"), tensors)
    refuse_other_widths(Path("mine"), Encoder((32, 32, 64, 96, 256)).state_dict())


@pytest.mark.parametrize(
    ("widths", "said"),
    [
        ((32, 32, 64, 96, 256), "conv1_2 has 32 channels, and VGG-19's has 64"),
        ((8, 64, 8, 96, 256), "conv2_2 has 96 channels, and VGG-19's has 128"),
        ((8, 64, 8, 128, 128), "conv3_1 has 128 channels, and VGG-19's has 256"),
    ],
)
def test_a_teacher_of_other_widths_is_refused(widths: tuple[int, ...], said: str) -> None:
    with pytest.raises(WeightsError, match=f"mine cannot teach: its {said}; give VGG-19"):
        refuse_other_teacher(Path("mine"), Encoder(widths))
    refuse_other_teacher(Path("mine"), Encoder((8, 64, 8, 128, 256)))


def test_an_inverse_network_goes_on_with_its_encoder_alone(tmp_path: Path) -> None:
    """Also where that was rounded in between; else both are named."""
    encoder, other = Encoder(WIDTHS), Encoder(WIDTHS)
    source, inverse = tmp_path / "encoder.safetensors", tmp_path / "inverse.safetensors"
    checkpoint.save(source, encoder.state_dict(), {"kind": "encoder"})
    owner = weights.encoder_fingerprint(encoder)
    checkpoint.save(inverse, {"a": torch.ones(1)}, {"kind": "inverse"}, encoder_sha256=owner)
    refuse_other_owner(inverse, source, owner)
    rounded = tmp_path / "rounded.safetensors"
    embed.embed(source, rounded)
    sha256 = weights.encoder_fingerprint(checkpoint.load_encoder(rounded))
    assert sha256 != owner
    refuse_other_owner(inverse, rounded, sha256)
    checkpoint.save(source, other.state_dict(), {"kind": "encoder"})
    stranger = weights.encoder_fingerprint(other)
    with pytest.raises(WeightsError) as refused:
        refuse_other_owner(inverse, source, stranger)
    for part in (str(inverse), owner[:12], str(source), stranger[:12], "--adapt"):
        assert part in str(refused.value)


def test_the_average_follows_the_weights() -> None:
    """Against the recursion in plain numbers."""
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(5.0)
    average = checkpoint.Average(network, 0.9)
    wanted = 5.0
    for step in range(1, 60):
        network.weight.data.fill_(float(step % 7))
        average.update(network)
        decay = min(0.9, (1 + step) / (20 + step))
        wanted = decay * wanted + (1 - decay) * (step % 7)
        assert float(average.state["weight"]) == pytest.approx(wanted, rel=1e-5)
    assert average.steps == 59


def test_embedding_rounds_and_keeps_encoder_and_inverse_together(tmp_path: Path) -> None:
    encoder, inverse = Encoder(WIDTHS), Inverse(8, 3, (6, 5, 4))
    source, out = tmp_path / "source.safetensors", tmp_path / "embedded"
    extra = {"scale": torch.ones(8)}
    checkpoint.save(source, encoder.state_dict() | extra, {"kind": "encoder", "steps": 3})
    parser = argparse.ArgumentParser()
    embed.add_arguments(parser)
    assert embed.run(parser.parse_args([str(source), "--out", str(out)])) == 0
    rounded, recipe = checkpoint.load(out / "encoder.safetensors")
    assert recipe["steps"] == 3
    layers = {f"{n}.{part}" for n in LAYERS for part in ("weight", "bias")}
    assert set(rounded) == layers | {"mean", "std"}  # what shifts every pixel is not rounded
    assert {n for n, t in rounded.items() if t.dtype == torch.float16} == layers
    for name, tensor in rounded.items():
        torch.testing.assert_close(tensor.float(), encoder.state_dict()[name], rtol=1e-3, atol=1e-6)

    sha256 = weights.encoder_fingerprint(encoder_from_tensors(rounded))
    checkpoint.save(source, inverse.state_dict(), {"kind": "inverse"}, encoder_sha256=sha256)
    assert embed.run(parser.parse_args([str(source), "--out", str(out)])) == 0
    loaded = weights.load_inverse(out / "inverse.safetensors", sha256)
    given = torch.rand(1, 11, 5, 6)
    wanted = inverse_from_tensors(inverse.state_dict())(given)
    torch.testing.assert_close(loaded(given), wanted, rtol=1e-2, atol=5e-3)
    named = tmp_path / "another.safetensors"
    assert embed.run(parser.parse_args([str(source), "--out", str(named)])) == 0
    tensors, metadata = weights.read_tensors(out / "inverse.safetensors")
    again, its_metadata = weights.read_tensors(named)
    assert its_metadata == metadata  # the bytes are not the same: its entries come in any order
    torch.testing.assert_close(again, tensors, rtol=0, atol=0)
