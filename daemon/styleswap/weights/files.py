"""Files of weights: read, named by their hash, and looked into once for each change."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import LAYERS, Encoder
from styleswap.weights.architectures import built, check_role

ENCODER_KEY = "encoder_sha256"
"""Name of the encoder's hash in the metadata of an inverse network's file."""

Tensors = dict[str, Tensor]


def read_tensors(
    path: Path, wanted: Collection[str] | None = None, role: str = ""
) -> tuple[Tensors, dict[str, str]]:
    """Read a safetensors file.

    Args:
        path: the file.
        wanted: names of the tensors to read, of those that are there; None for all.
        role: what the network in it must do, of `architectures`; empty for any.

    Returns:
        The tensors and the file's metadata.

    Raises:
        WeightsError: the file is missing or broken.
        ValueError: there is a network of another role in it.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            if role:
                check_role(role, file.keys())
            names = [n for n in file.keys() if wanted is None or n in wanted]  # noqa: SIM118
            return {name: file.get_tensor(name) for name in names}, metadata
    except FileNotFoundError:
        raise WeightsError(f"there are no weights at {path}") from None
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is no readable safetensors file ({error}): get or train it again"
        ) from None


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of tensors: names, shapes and float32 values, whatever the file's format."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().float().cpu().contiguous()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def encoder_fingerprint(encoder: Encoder) -> str:
    """SHA-256 of an encoder's convolutions, by which an inverse network names its encoder."""
    state = encoder.state_dict()
    return fingerprint({k: v for k, v in state.items() if k.split(".")[0] in LAYERS})


def encoder_tensors(path: Path) -> Tensors:
    """What an encoder is made of: a file may hold the higher layers as well, half a gigabyte."""
    parts = [f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")]
    return read_tensors(path, [*parts, "mean", "std"], "encoder")[0]


@dataclass(frozen=True)
class Found:
    """What is in a file of weights.

    Attributes:
        fault: why it cannot be loaded, or "".
        sha256: of an encoder's tensors; of the encoder that an inverse network is for.
        channels: of relu3_1.
    """

    fault: str
    sha256: str = ""
    channels: int = 0


def stamp(path: Path) -> tuple[Path, int, int]:
    """A file and what changes with it; models are listed often, and read once."""
    try:
        state = path.stat()
    except OSError:
        return path, -1, -1
    return path, state.st_size, state.st_mtime_ns


@lru_cache(maxsize=8)
def encoder_in(path: Path, _size: int, _changed: int) -> Found:
    """What is in an encoder's file; its arguments are those of `stamp`."""
    try:
        encoder = built("encoder", encoder_tensors(path))
    except WeightsError as error:
        return Found(str(error))
    except ValueError as error:
        return Found(f"{path} cannot be used: {error}")
    return Found("", encoder_fingerprint(encoder), encoder.channels)


@lru_cache(maxsize=8)
def inverse_in(path: Path, _size: int, _changed: int) -> Found:
    """What is in an inverse network's file; its arguments are those of `stamp`."""
    try:
        tensors, metadata = read_tensors(path)
        network = built("inverse network", tensors)
    except WeightsError as error:
        return Found(str(error))
    except ValueError as error:
        return Found(f"{path} cannot be used: {error}")
    return Found("", metadata.get(ENCODER_KEY, ""), network.channels)
