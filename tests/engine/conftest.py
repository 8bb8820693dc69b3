"""A small model with random weights, and pictures with structure at every scale."""

import styleswap.engine  # noqa: F401, I001 - before torch, so that its threads sleep

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import Model
from styleswap.engine.transforms.patch_swap import swap
from styleswap.engine.networks.encoder import LAYERS
from styleswap.engine.networks.inverse import Inverse
from styleswap.weights import encoder_fingerprint, fingerprint
from styleswap.weights.architectures import encoder_from_tensors

WIDTHS = (6, 8, 8, 10, 12)
Picture = Callable[..., Tensor]

ALONE: dict[str, Any] = {"variety": 0.0, "style_statistics": 0.0, "detail": 0.0}
"""Settings of the swap alone: every patch gets its best match, and nothing follows."""


def both(cases: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Cases whose first value are settings: of the swap alone, and by default."""
    return [*(({**settings, **ALONE}, *rest) for settings, *rest in cases), *cases]


@pytest.fixture(autouse=True, scope="session")
def _few_threads() -> Iterator[None]:
    """Everything here is small: more threads than two would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def random_encoder(widths: tuple[int, ...], seed: int = 0) -> dict[str, Tensor]:
    """Tensors of an encoder with random weights that keep a picture's contrast."""
    random = torch.Generator().manual_seed(seed)
    tensors, before = {}, 3
    for layer, after in zip(LAYERS, widths, strict=True):
        scale = (2 / (9 * before)) ** 0.5
        tensors[f"{layer}.weight"] = torch.randn(after, before, 3, 3, generator=random) * scale
        tensors[f"{layer}.bias"] = torch.randn(after, generator=random) * 0.1
        before = after
    return tensors


def random_inverse(channels: int, seed: int = 1, colours: int = 3) -> Inverse:
    """An inverse network that paints the cells' colours and random detail over them."""
    random = torch.Generator().manual_seed(seed)
    network = Inverse(channels, colours, (12, 8, 6))
    for name, tensor in network.state_dict().items():
        if tensor.ndim == 4:
            scale = (2 / tensor[0].numel()) ** 0.5
            tensor.copy_(torch.randn(tensor.shape, generator=random) * scale)
        elif name != "scale":
            tensor.copy_(torch.randn(tensor.shape, generator=random) * 0.05)
    network.state_dict()["rgb.weight"].mul_(0.03)  # within [0, 1] nearly everywhere
    network.state_dict()["rgb.bias"].zero_()
    if network.tint is not None:
        network.state_dict()["tint.weight"].copy_(0.8 * torch.eye(3).view(3, 3, 1, 1))
    return network.eval().requires_grad_(False)


def model_of(encoder_tensors: dict[str, Tensor], inverse: Inverse) -> Model:
    """A model on the CPU."""
    encoder = encoder_from_tensors(encoder_tensors)
    return Model(
        "random",
        encoder,
        inverse,
        encoder_fingerprint(encoder),
        fingerprint(inverse.state_dict()),
        torch.device("cpu"),
    )


@pytest.fixture(scope="session")
def encoder_tensors() -> dict[str, Tensor]:
    """An encoder's tensors of small widths."""
    return random_encoder(WIDTHS)


@pytest.fixture(scope="session")
def model(encoder_tensors: dict[str, Tensor]) -> Model:
    """Encoder and inverse network, both small and random."""
    return model_of(encoder_tensors, random_inverse(WIDTHS[-1]))


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Makes pictures: (3, H, W) float32 in [0, 1], coloured, with structure from 1 to 64 px."""

    def make(height: int, width: int, seed: int = 0, channels: int = 3) -> Tensor:
        random = torch.Generator().manual_seed(seed)
        out = torch.zeros(1, channels, height, width)
        for step in (1, 2, 4, 8, 16, 32, 64):
            shape = (1, channels, -(-height // step) + 1, -(-width // step) + 1)
            noise = torch.randn(shape, generator=random)
            size = (shape[2] * step, shape[3] * step)
            large = F.interpolate(noise, size, mode="bilinear")
            out += large[..., :height, :width] * step**0.5
        return torch.sigmoid(out / 8)[0]

    return make


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of query cells of each call of `match`."""
    counts: list[int] = []
    original = swap.match

    def counting(content: Tensor, *rest: Any) -> Any:
        counts.append(content.shape[1] * content.shape[2])
        return original(content, *rest)

    monkeypatch.setattr(swap, "match", counting)
    return counts
