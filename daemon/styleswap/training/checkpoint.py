"""Checkpoints: weights, the number of steps behind them, and the recipe that made them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.weights import ENCODER_KEY, read_tensors
from styleswap.weights.architectures import encoder_from_tensors

Recipe = dict[str, Any]

SHOWN = 12
"""Characters of a hash that people are shown."""

ROUNDED_FROM = "rounded_from"
"""In the recipe of a rounded encoder: the hash that it had before."""


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
    """Read a checkpoint's tensors and recipe.

    Raises:
        WeightsError: the file is missing or broken.
    """
    tensors, metadata = read_tensors(path)
    return tensors, json.loads(metadata.get("recipe", "{}"))


def load_encoder(path: Path) -> Encoder:
    """Load an encoder, such as VGG-19, from a safetensors file.

    Raises:
        WeightsError: the file is missing, broken, or holds something else.
    """
    try:
        return encoder_from_tensors(read_tensors(path)[0])
    except ValueError as error:
        raise WeightsError(f"{path}: {error}") from None


def resume(path: Path, kind: str) -> tuple[dict[str, Tensor], Recipe]:
    """Read a checkpoint to go on from.

    Args:
        path: of the checkpoint.
        kind: "encoder" or "inverse": what is trained.

    Raises:
        WeightsError: the file is missing, broken, or a checkpoint of something else.
    """
    tensors, recipe = load(path)
    held = recipe.get("kind")
    if held != kind:
        found = f"a checkpoint of the {held}" if held else "no checkpoint of styleswap train"
        raise WeightsError(f"{path} is {found}: --resume needs one of the {kind}")
    return tensors, recipe


def require_owner(path: Path, encoder_path: Path, sha256: str, *accepted: str, remedy: str) -> None:
    """Refuse an inverse network that another encoder owns.

    Args:
        path: of the inverse network.
        encoder_path: of the encoder at hand.
        sha256: of its tensors.
        accepted: further hashes that are as good.
        remedy: what to do instead.

    Raises:
        WeightsError: the encoders differ; the message names both.
    """
    owner = read_tensors(path)[1].get(ENCODER_KEY, "")
    if owner not in (sha256, *accepted):
        trained = f"the encoder {owner[:SHOWN]}" if owner else "an encoder that it does not name"
        raise WeightsError(
            f"{path} was trained for {trained}, but {encoder_path} is the encoder "
            f"{sha256[:SHOWN]}: {remedy}"
        )


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
