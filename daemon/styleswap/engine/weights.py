"""Which weights exist, where they come from, and how they are loaded safely.

A model is an encoder and the inverse network trained for it; they belong together by the hash of
the encoder's tensors, which the inverse network's file carries. Nothing is ever unpickled as code.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle  # for the name of an error: nothing is unpickled here
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from styleswap.engine.device import pin_precision, placed
from styleswap.engine.encoder import LAYERS, Encoder, encoder_from_tensors
from styleswap.engine.errors import WeightsError
from styleswap.engine.inverse import Inverse, inverse_from_tensors
from styleswap.engine.model import Model

EMBEDDED = Path(__file__).parent / "embedded"
"""The folder of the weights that come with the program."""

ENCODER_KEY = "encoder_sha256"
"""Name of the encoder's hash in the metadata of an inverse network's file."""

VGG19 = "vgg19.safetensors"
"""The file of the paper's encoder in the folder of the user's weights."""

TORCHVISION_LAYERS = {0: "conv1_1", 2: "conv1_2", 5: "conv2_1", 7: "conv2_2", 10: "conv3_1"}
"""Index in torchvision's ``vgg19().features`` of each convolution."""

TORCHVISION_MEAN = (0.485, 0.456, 0.406)
"""What torchvision subtracts from red, green, blue in [0, 1]."""

NMS_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Entry:
    """A model that can be loaded.

    Attributes:
        name: as in the settings.
        description: one sentence for people.
        licence: of the encoder's weights.
        inverse: file name of the inverse network.
        encoder: loads the encoder's tensors; given the folder of the user's weights.
        missing: what to do where the encoder is missing, or "" where it is there.
    """

    name: str
    description: str
    licence: str
    inverse: str
    encoder: Callable[[Path], Tensors]
    missing: Callable[[Path], str]


def read_tensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Read a safetensors file.

    Returns:
        The tensors and the file's metadata.

    Raises:
        WeightsError: the file is missing or broken.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118
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


def torchvision_tensors(state: Mapping[str, Tensor]) -> Tensors:
    """VGG-19's tensors from the names of torchvision's state dict.

    Raises:
        WeightsError: a layer is missing.
    """
    try:
        tensors = {
            f"{layer}.{part}": state[f"features.{index}.{part}"]
            for index, layer in TORCHVISION_LAYERS.items()
            for part in ("weight", "bias")
        }
    except KeyError as error:
        raise WeightsError(
            f"these are no weights of torchvision's VGG-19: {error} is missing"
        ) from None
    return {**tensors, "mean": torch.tensor(TORCHVISION_MEAN)}


def torchvision_url() -> str:
    """Where torchvision's VGG-19 weights are; imports torchvision, which takes a while."""
    if torch.version.cuda is None:
        # A CUDA build of torchvision registers kernels for operators that it cannot load itself.
        for name in ("nms", "qnms"):
            with contextlib.suppress(RuntimeError):  # declared already, by a torchvision that fits
                torch.library.define(f"torchvision::{name}", NMS_SIGNATURE)
    from torchvision.models import VGG19_Weights

    return str(VGG19_Weights.IMAGENET1K_V1.url)


def download_torchvision(folder: Path, url: str | None = None) -> Tensors:
    """Load torchvision's VGG-19, downloaded into a folder unless it is there.

    The file's name holds the start of its SHA-256, which is checked, also of a file that is there.

    Raises:
        WeightsError: it cannot be downloaded, its hash is wrong, or it holds other things.
    """
    url = url or torchvision_url()
    path = folder / url.rsplit("/", 1)[1]
    if path.is_file() and not _starts_with_hash(path, path.stem.rsplit("-", 1)[-1]):
        raise WeightsError(f"{path} is damaged: delete it, and it is downloaded again")
    try:
        state = torch.hub.load_state_dict_from_url(
            url,
            model_dir=str(folder),
            map_location="cpu",
            progress=False,
            check_hash=True,
            weights_only=True,
        )
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(
            f"torchvision's VGG-19 could not be loaded ({reason}): check the connection, or "
            f"put the file into {folder}"
        ) from None
    return torchvision_tensors(state)


def _starts_with_hash(path: Path, start: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(start)


def _file(name: str) -> Callable[[Path], str]:
    def missing(folder: Path) -> str:
        path = folder / name
        return "" if path.is_file() else f"put VGG-19's weights at {path} (safetensors)"

    return missing


_ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            "embedded",
            "The network that comes with Style Swap, distilled from VGG-19",
            "Apache-2.0",
            "inverse.safetensors",
            lambda _: read_tensors(EMBEDDED / "encoder.safetensors")[0],
            lambda _: "" if (EMBEDDED / "encoder.safetensors").is_file() else "install it again",
        ),
        Entry(
            "vgg19",
            "The paper's VGG-19, from your file vgg19.safetensors",
            "CC-BY 4.0, Visual Geometry Group, University of Oxford",
            "vgg19-inverse.safetensors",
            lambda folder: read_tensors(folder / VGG19)[0],
            _file(VGG19),
        ),
        Entry(
            "vgg19-torchvision",
            "VGG-19 as torchvision trained it, downloaded at first use",
            "BSD-3-Clause, torchvision; trained on ImageNet",
            "vgg19-torchvision-inverse.safetensors",
            download_torchvision,
            lambda _: "",
        ),
    )
}


def names() -> tuple[str, ...]:
    """Names of all models, the default first."""
    return tuple(_ENTRIES)


def describe(name: str) -> Entry:
    """The entry of a name.

    Raises:
        WeightsError: there is no such model.
    """
    if name not in _ENTRIES:
        raise WeightsError(f"there is no model {name!r}: use one of {', '.join(_ENTRIES)}")
    return _ENTRIES[name]


def default_folder() -> Path:
    """The folder of the user's weights where none is named."""
    return Path.home() / ".styleswap" / "weights"


def availability(name: str, folder: Path | None = None, *, inverse: bool = True) -> str:
    """What to do to make a model available; empty where it is.

    Args:
        name: one of `names`.
        folder: of the user's weights.
        inverse: whether it is to have its inverse network.
    """
    entry = describe(name)
    folder = folder or default_folder()
    missing = entry.missing(folder)
    return missing or (_inverse_missing(entry, folder) if inverse else "")


def _inverse_path(entry: Entry, folder: Path) -> Path:
    """The user's own inverse network, else the one that comes with the program."""
    own = folder / entry.inverse
    return own if entry.name != "embedded" and own.is_file() else EMBEDDED / entry.inverse


def _inverse_missing(entry: Entry, folder: Path) -> str:
    if _serves(entry, folder):
        return ""
    if entry.name == "embedded":
        return "install Style Swap again: its weights are missing"
    path = folder / entry.inverse
    unfit = (EMBEDDED / entry.inverse).is_file()
    why = " (the one that comes along is for other weights than yours)" if unfit else ""
    return (
        f"train its inverse network into {path}{why} with: styleswap train inverse --teacher VGG19 "
        f"--photos FOLDER --paintings FOLDER --out {path}"
    )


def _serves(entry: Entry, folder: Path) -> bool:
    """Whether there is an inverse network to load.

    The one that comes with the program for a file of the user's serves the very weights that it was
    trained for, and is as good as none for others, such as VGG-19 converted in another way.
    """
    path, encoder = _inverse_path(entry, folder), folder / VGG19
    if not path.is_file():
        return False
    if entry.name == "embedded" or path.parent != EMBEDDED:
        return True
    try:
        state = encoder.stat()
        return _owner(path) == _encoder_of(encoder, state.st_size, state.st_mtime_ns)
    except (OSError, WeightsError, ValueError):
        return True  # loading tells what is wrong with the encoder


@cache
def _owner(path: Path) -> str:
    """The encoder of an inverse network that comes with the program; models are listed often."""
    return read_tensors(path)[1].get(ENCODER_KEY, "")


@lru_cache(maxsize=4)
def _encoder_of(path: Path, _size: int, _changed: int) -> str:
    """Fingerprint of the encoder in a file; anew for a file that has changed."""
    return encoder_fingerprint(encoder_from_tensors(read_tensors(path)[0]))


def load_inverse(path: Path, encoder_sha256: str) -> Inverse:
    """Load an inverse network for an encoder.

    Raises:
        WeightsError: the file is missing, broken, of another architecture or another encoder's.
    """
    tensors, metadata = read_tensors(path)
    owner = metadata.get(ENCODER_KEY, "")
    if owner != encoder_sha256:
        raise WeightsError(
            f"{path} was trained for another encoder ({owner[:12] or 'unnamed'}, not "
            f"{encoder_sha256[:12]}): train one with styleswap train inverse"
        )
    try:
        return inverse_from_tensors(tensors)
    except ValueError as error:
        raise WeightsError(f"{path}: {error}") from None


@torch.inference_mode(False)  # weights of inference mode could not be optimised through
def load(
    name: str, device: torch.device, folder: Path | None = None, *, inverse: bool = True
) -> Model:
    """Load a model.

    Args:
        name: one of `names`.
        device: where it goes.
        folder: of the user's weights.
        inverse: whether its inverse network must be there; otherwise it is taken where it is.

    Raises:
        WeightsError: something is missing, broken, or does not fit together.
    """
    entry = describe(name)
    folder = folder or default_folder()
    remedy = availability(name, folder, inverse=inverse)
    if remedy:
        raise WeightsError(f"the model {name!r} is not available: {remedy}")
    pin_precision()
    try:
        encoder = encoder_from_tensors(entry.encoder(folder))
    except ValueError as error:
        raise WeightsError(f"the encoder of the model {name!r} cannot be used: {error}") from None
    sha256 = encoder_fingerprint(encoder)
    if not inverse and _inverse_missing(entry, folder):
        return Model(name, placed(encoder, device), None, sha256, "", device)
    network = load_inverse(_inverse_path(entry, folder), sha256)
    if network.channels != encoder.channels:
        raise WeightsError(f"the inverse network of {name!r} has another number of channels")
    inverse_sha256 = fingerprint(network.state_dict())
    return Model(
        name, placed(encoder, device), placed(network, device), sha256, inverse_sha256, device
    )
