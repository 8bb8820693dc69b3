"""Checkpoints: weights, the number of steps behind them, and the recipe that made them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from styleswap.engine.weights import ENCODER_KEY

Recipe = dict[str, Any]


def save(
    path: Path, tensors: Mapping[str, Tensor], recipe: Recipe, *, encoder_sha256: str = ""
) -> None:
    """Write a checkpoint; a crash leaves the old one.

    Args:
        path: a ``.safetensors`` file.
        tensors: by name.
        recipe: JSON values, with ``steps``; kept in the file's header.
        encoder_sha256: of an inverse network: the encoder that it belongs to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    metadata = {"recipe": json.dumps(recipe)}
    if encoder_sha256:
        metadata[ENCODER_KEY] = encoder_sha256
    save_file(held, fresh, metadata=metadata)
    fresh.replace(path)


def load(path: Path) -> tuple[dict[str, Tensor], Recipe]:
    """Read a checkpoint's tensors and recipe."""
    with safe_open(path, "pt") as file:
        recipe = json.loads((file.metadata() or {}).get("recipe", "{}"))
        return {name: file.get_tensor(name) for name in file.keys()}, recipe  # noqa: SIM118


class Average:
    """Exponential moving average of a network's weights: smoother than the last step's.

    Args:
        network: whose weights are followed.
        decay: share of the old average that a step keeps; less during the first steps.
    """

    def __init__(self, network: nn.Module, decay: float = 0.9995) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights after one step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (20 + self.steps))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
