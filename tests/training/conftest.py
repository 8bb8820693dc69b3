"""Folders of pictures, and a thin teacher of VGG-19's layers: what they cost is not of interest."""

import styleswap.engine  # noqa: F401, I001 - before torch, so that its threads sleep

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from styleswap.training.crops import is_validation

WIDTHS = (8, 64, 16, 128, 256)


@pytest.fixture(autouse=True, scope="session")
def _few_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def names(validation: bool, count: int) -> list[str]:
    """File names of one split."""
    candidates = (f"picture{i}.png" for i in range(10_000))
    chosen = [name for name in candidates if is_validation(Path(name)) == validation]
    return chosen[:count]


def fill(folder: Path, seed: int) -> Path:
    """A folder of drawn pictures: four for training, two for validation."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for name in names(False, 4) + names(True, 2):
        coarse = random.integers(0, 256, (8, 9, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((250, 220), Image.Resampling.BICUBIC)
        speckled = np.array(picture) // 2 + random.integers(0, 128, (220, 250, 3), dtype=np.uint8)
        Image.fromarray(speckled.astype(np.uint8)).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("data") / "photos", 1)


@pytest.fixture(scope="module")
def paintings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("data") / "paintings", 2)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as VGG-19's but thinner, with random weights."""
    random = torch.Generator().manual_seed(0)
    tensors, before = {}, 3
    layers = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
    for layer, after in zip(layers, WIDTHS, strict=True):
        scale = (2 / (9 * before)) ** 0.5
        tensors[f"{layer}.weight"] = torch.randn(after, before, 3, 3, generator=random) * scale
        tensors[f"{layer}.bias"] = torch.zeros(after)
        before = after
    path = tmp_path_factory.mktemp("teacher") / "vgg19.safetensors"
    save_file(tensors, path)
    return path
