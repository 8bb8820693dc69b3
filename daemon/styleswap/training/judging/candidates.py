"""The model to judge, from files or the registry, and the settings to judge it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from styleswap import weights
from styleswap.devices.choice import pin_precision, placed
from styleswap.engine import Model, Settings, WeightsError
from styleswap.engine.networks.encoder import LAYERS
from styleswap.training.checkpoint import load_encoder, require_owner
from styleswap.weights.architectures import inverse_from_tensors

SWAP_ALONE = "variety=0 style_statistics=0 detail=0"
"""Every patch gets its best match, and nothing follows: all that the paper has."""

VARIANTS = {
    name: f"{words} {SWAP_ALONE}"
    for name, words in {
        "paper": "matching=plain overlap=average scales=1",
        "centred": "overlap=average scales=1 tone=0 hue=0",
        "weighted": "matching=plain scales=1",
        "both": "scales=1 tone=0 hue=0",
        "guided": "scales=1 tone=0.5 hue=0",
        "guided-with-hue": "scales=1 tone=0.5 hue=0.5",
        "coarse-to-fine": "scales=2 tone=0 hue=0",
        "flips": "scales=1 tone=0 hue=0 style_flips=on",
        "flips-and-turns": "scales=1 tone=0 hue=0 style_flips=on style_rotations=on",
        "patches-of-5": "scales=1 tone=0 hue=0 patch_size=5",
        "colours-matched": "scales=1 tone=0 hue=0 colours=matched",
    }.items()
}
"""Settings that are compared, by name: ways of the swap alone."""


def _no_settings(texts: Mapping[str, str]) -> Mapping[str, object]:
    if texts:
        raise ValueError(f"{', '.join(texts)}: settings are read by the command styleswap alone")
    return {}


@dataclass(frozen=True)
class Surroundings:
    """What the command hands over, since this room knows neither gallery nor controls.

    Attributes:
        gallery: files of the built-in styles by name.
        read_settings: the values of settings from texts by name; raises ValueError where one is not
            allowed, or two contradict each other.
    """

    gallery: Mapping[str, Path] = field(default_factory=dict)
    read_settings: Callable[[Mapping[str, str]], Mapping[str, object]] = _no_settings


def parse_settings(words: Sequence[str], surroundings: Surroundings) -> Settings:
    """Settings from words such as "matching=plain".

    Raises:
        ValueError: a word is no setting, or its value is not allowed.
    """
    texts = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is no setting: write it as name=value")
        texts[name.replace("-", "_")] = text
    values = surroundings.read_settings(texts)
    unknown = set(values) - set(Settings.__dataclass_fields__)
    if unknown:
        raise ValueError(f"{unknown.pop()} is no setting of the engine, so nothing to judge here")
    return Settings(**values)  # type: ignore[arg-type]


def sorted_weights(paths: Sequence[Path]) -> tuple[Path | None, Path | None]:
    """Which of one or two files is the encoder and which the inverse network.

    Raises:
        WeightsError: a file is neither, or both are the same kind.
    """
    kinds: dict[str, Path] = {}
    for path in paths:
        names = weights.read_tensors(path)[0].keys()
        if f"{LAYERS[0]}.weight" in names:
            kind = "encoder"
        elif "head.weight" in names:
            kind = "inverse"
        else:
            raise WeightsError(
                f"{path} holds neither an encoder nor an inverse network of this program: its "
                f"tensors are {', '.join(sorted(names)[:3]) or 'none'} ..."
            )
        if kind in kinds:
            raise WeightsError(f"{kinds[kind]} and {path} are both the {kind}: give one of each")
        kinds[kind] = path
    return kinds.get("encoder"), kinds.get("inverse")


def load_pair(encoder_path: Path | None, inverse_path: Path, device: torch.device) -> Model:
    """A model of an inverse network's file and its encoder's, the embedded one where none is named.

    Raises:
        WeightsError: a file is missing, broken, of another architecture, or the two do not belong
            together; the message names both by file and hash.
    """
    encoder_path = encoder_path or weights.EMBEDDED / "encoder.safetensors"
    encoder = load_encoder(encoder_path)
    sha256 = weights.encoder_fingerprint(encoder)
    tensors, _ = weights.read_tensors(inverse_path)
    remedy = "name the one that it was trained with, or train it for this one"
    require_owner(inverse_path, encoder_path, sha256, remedy=remedy)
    try:
        inverse = inverse_from_tensors(tensors)
    except ValueError as error:
        raise WeightsError(f"{inverse_path}: {error}") from None
    if inverse.channels != encoder.channels:
        raise WeightsError(
            f"{inverse_path} takes {inverse.channels} channels, {encoder_path} gives "
            f"{encoder.channels}"
        )
    pin_precision()
    inverse_sha256 = weights.fingerprint(inverse.state_dict())
    return Model(
        inverse_path.stem,
        placed(encoder, device),
        placed(inverse, device),
        sha256,
        inverse_sha256,
        device,
    )


def load_model(
    name: str,
    folder: Path | None,
    encoder: Path | None,
    inverse: Path | None,
    device: torch.device,
) -> Model:
    """The model to judge: of two files where an inverse network is named, else of the registry.

    Raises:
        WeightsError: it cannot be had.
        ValueError: an encoder is named without its inverse network.
    """
    if inverse is not None:
        return load_pair(encoder, inverse, device)
    if encoder is not None:
        raise ValueError(f"{encoder} paints nothing alone: name its inverse network too")
    return weights.load(name, device, folder)
