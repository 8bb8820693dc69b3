"""Real trainings of seconds: encoder, rounding, inverse network, going on from a checkpoint."""

import argparse
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from styleswap import weights
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import Inverse
from styleswap.training import checkpoint, embed, encoder, inverse
from styleswap.training.encoder import Distillation, patch_cosines, reader_path
from styleswap.training.inverse import swap_batch, swap_in_groups
from styleswap.training.networks import NOISE, channel_scale, noisy, read_back
from styleswap.weights.architectures import encoder_from_tensors

MINUTES = "0.03"


def train(module: ModuleType, *words: object) -> None:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    assert module.run(parser.parse_args([str(word) for word in words])) == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_a_teacher_to_a_model_that_paints(
    tmp_path: Path, photos: Path, paintings: Path, teacher: Path
) -> None:
    data = ("--teacher", teacher, "--photos", photos, "--paintings", paintings)
    small = ("--minutes", MINUTES, "--batch", 4, "--side", 32)
    first, embedded = tmp_path / "encoder.safetensors", tmp_path / "embedded"

    train(encoder, *data, *small, "--out", first)
    tensors, recipe = checkpoint.load(first)
    assert recipe["kind"] == "encoder"
    assert recipe["steps"] > 0
    assert recipe["history"] == [{"minutes": float(MINUTES), "device": "cpu"}]
    assert 2 * recipe["steps"] <= recipe["crops"] <= 4 * recipe["steps"]  # fewer at the end
    student = encoder_from_tensors(tensors)
    assert student.channels == 256
    figures = recipe["validation"]
    assert math.isfinite(figures["error"])
    assert 0 < figures["cosine"] <= 1

    train(encoder, *data, *small, "--out", first, "--resume", first)
    tensors, again = checkpoint.load(first)
    assert again["steps"] > recipe["steps"]
    assert len(again["history"]) == 2
    assert again["validation"]["error"] < 2 * figures["error"]  # it went on, not from the start

    train(encoder, *data, *small, "--out", first, "--resume", first, "--detail", 0.2)
    reader = reader_path(first)
    assert checkpoint.load(first)[1]["validation"]["psnr"] > 5
    assert not any(name.startswith("reader") for name in checkpoint.load(first)[0])

    train(embed, first, "--out", embedded)
    frozen = embedded / "encoder.safetensors"
    second = tmp_path / "inverse.safetensors"
    small = (*small, "--encoder", frozen)
    train(inverse, *data, *small, "--out", second, "--resume", reader)
    _, recipe = checkpoint.load(second)
    assert recipe["kind"] == "inverse"
    assert [point["steps"] for point in recipe["curve"]][-1] == recipe["steps"] > 0
    assert 0 < recipe["validation"]["swapped"] < 10
    assert recipe["validation"]["psnr"] > 5
    with Image.open(second.with_suffix(".png")) as sheet:
        assert sheet.size == (12 * 192, 4 * 192)

    train(inverse, *data, *small, "--out", second, "--resume", second)
    _, again = checkpoint.load(second)
    assert again["steps"] > recipe["steps"]
    assert len(again["history"]) == 2
    assert len(again["curve"]) > len(recipe["curve"])

    train(embed, second, "--out", embedded)
    sha256 = weights.encoder_fingerprint(encoder_from_tensors(load_file(frozen)))
    network = weights.load_inverse(embedded / "inverse.safetensors", sha256)
    assert (network.channels, network.colours) == (256, 3)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_papers_inverse_network_has_no_colour_channels(
    tmp_path: Path, photos: Path, paintings: Path, teacher: Path
) -> None:
    """On the teacher itself: the recipe for whoever has VGG-19."""
    out = tmp_path / "vgg19-inverse.safetensors"
    data = ("--teacher", teacher, "--photos", photos, "--paintings", paintings, "--out", out)
    train(inverse, *data, "--minutes", MINUTES, "--batch", 4, "--side", 32, "--no-exact-colour")
    sha256 = weights.encoder_fingerprint(encoder_from_tensors(load_file(teacher)))
    network = weights.load_inverse(out, sha256)
    assert network.colours == 0
    (tmp_path / "vgg19.safetensors").symlink_to(teacher)
    model = weights.load("vgg19", torch.device("cpu"), tmp_path)
    assert model.paint(model.encode(torch.rand(1, 3, 32, 32))).shape == (1, 3, 32, 32)


# -- the parts -----------------------------------------------------------------------------------


def test_the_students_scale_is_folded_into_its_last_layer() -> None:
    torch.manual_seed(0)
    scale = torch.linspace(0.1, 50, 256)
    model = Distillation(scale)
    tensors = model.encoder_tensors()
    assert not any(name.startswith(("hints", "scale", "student")) for name in tensors)
    picture = torch.rand(2, 3, 24, 24)
    with torch.no_grad():
        raw = encoder_from_tensors(tensors)(picture)
        units = model.student(picture)
    torch.testing.assert_close(raw, units * scale.view(1, -1, 1, 1), rtol=1e-4, atol=1e-3)
    other = Distillation(scale)
    other.load_encoder(tensors)
    with torch.no_grad():
        torch.testing.assert_close(other.student(picture), units, rtol=1e-4, atol=1e-4)


def test_the_scale_is_the_root_mean_square_of_each_channel() -> None:
    torch.manual_seed(0)
    network, picture = Encoder((4, 4, 4, 4, 6)), torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        activations = network(picture).numpy()
    wanted = np.sqrt((activations**2).mean((0, 2, 3))).clip(1e-3)
    np.testing.assert_allclose(channel_scale(network, picture).numpy(), wanted, rtol=1e-5)


def test_patch_cosines_are_those_of_unfolded_patches() -> None:
    activations = torch.rand(3, 5, 6, 8)
    places = torch.tensor([0, 5, 23, 24, 47, 71])
    unfolded = torch.nn.functional.unfold(activations, 3).permute(0, 2, 1).reshape(-1, 45)
    chosen = torch.nn.functional.normalize(unfolded[places], dim=1)
    torch.testing.assert_close(patch_cosines(activations, places), chosen @ chosen.T)


def test_a_swapped_batch_pastes_everything_with_the_same_picks() -> None:
    """Where the networks' activations are made of the pixels, so are the pasted ones."""
    random = np.random.default_rng(0)
    pictures = torch.rand(4, 3, 32, 32)
    means = torch.nn.functional.avg_pool2d(pictures, 4)
    first = torch.rand(4, 64, 32, 32)
    levels = {
        "conv1_1": first,
        "conv2_1": torch.rand(4, 128, 16, 16),
        "conv3_1": torch.rand(4, 256, 8, 8),
    }
    activations = torch.cat([torch.rand(4, 256, 8, 8), means], 1)
    for _ in range(6):
        swap = swap_batch(activations, levels, pictures, random)
        assert swap.activations.shape == activations.shape
        assert swap.relu3_1.shape == levels["conv3_1"].shape
        assert swap.relu2_1.shape == levels["conv2_1"].shape
        assert swap.mean.shape == swap.deviation.shape == (4, 64)
        pasted = torch.nn.functional.avg_pool2d(swap.pixels, 4)
        torch.testing.assert_close(swap.activations[:, 256:], pasted, rtol=1e-4, atol=1e-5)
        assert float((swap.deviation - first.std((2, 3))).abs().max()) < 0.1
        assert not torch.allclose(swap.activations, activations)


def test_a_large_batch_is_swapped_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample once, and partners within a group."""
    monkeypatch.setattr(inverse, "GROUP", 4)
    monkeypatch.setattr(inverse, "BLENDED", 0)
    flat = torch.arange(8.0).view(8, 1, 1, 1) / 8
    pictures = flat.expand(-1, 3, 32, 32)
    levels = {
        "conv1_1": flat.expand(-1, 64, 32, 32),
        "conv2_1": flat.expand(-1, 128, 16, 16),
        "conv3_1": flat.expand(-1, 256, 8, 8),
    }
    activations = torch.rand(8, 259, 8, 8)
    swap = swap_in_groups(activations, levels, pictures, np.random.default_rng(0))
    values = (8 * swap.pixels.mean((1, 2, 3))).round().int().tolist()
    assert sorted(values) == list(range(8))
    assert {v % 2 for v in values[:4]} == {0}
    torch.testing.assert_close(swap.relu3_1.mean((1, 2, 3)), swap.pixels.mean((1, 2, 3)))


def test_noise_leaves_exact_colours_alone() -> None:
    torch.manual_seed(0)
    activations = torch.rand(64, 9, 8, 8) * torch.linspace(0, 8, 9).view(1, -1, 1, 1)
    changed = noisy(activations, 6) - activations
    assert float(changed[:, 6:].abs().max()) == 0
    touched = changed[:, 5].flatten(1).abs().amax(1) > 0
    assert 16 <= int(touched.sum()) <= 48
    level = float(changed[touched, 5].std() / activations[:, 5].pow(2).mean().sqrt())
    assert level == pytest.approx(NOISE, rel=0.1)


def test_a_perfect_inverse_network_is_judged_perfect() -> None:
    """Cells of one colour each, which the thumbnail path alone paints."""
    torch.manual_seed(0)
    network = Inverse(6, 3, (6, 5, 4)).eval()
    network.rgb.weight.data.zero_()
    network.rgb.bias.data.zero_()  # type: ignore[union-attr]
    network.tint.weight.data = torch.eye(3).view(3, 3, 1, 1)  # type: ignore[union-attr]
    student = Encoder((4, 4, 4, 4, 6)).eval()
    flat = torch.rand(9, 3, 1, 1).expand(-1, -1, 32, 32)
    figures = read_back(student, network, flat + 0)
    assert figures["psnr"] > 80
