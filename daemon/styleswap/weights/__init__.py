"""Which weights exist, where they come from, and how they are loaded safely.

A model is an encoder and the inverse network trained for it; they belong together by the hash of
the encoder's tensors, which the inverse network's file carries. Nothing is ever unpickled as code.
"""

from styleswap.engine import openmp  # noqa: F401, I001 - before torch

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from styleswap.devices.choice import pin_precision, placed
from styleswap.engine.errors import WeightsError
from styleswap.weights import torchvision_vgg19
from styleswap.weights.architectures import built
from styleswap.weights.fetching import Told
from styleswap.engine.networks.inverse import Inverse
from styleswap.engine.networks.model import Model
from styleswap.weights.files import (
    ENCODER_KEY,
    Tensors,
    encoder_fingerprint,
    encoder_in,
    encoder_tensors,
    fingerprint,
    inverse_in,
    read_tensors,
    stamp,
)

__all__ = [
    "EMBEDDED",
    "ENCODER_KEY",
    "VGG19",
    "Entry",
    "availability",
    "default_folder",
    "describe",
    "download",
    "encoder_fingerprint",
    "fingerprint",
    "load",
    "load_inverse",
    "names",
    "needs_download",
    "read_tensors",
]

EMBEDDED = Path(__file__).parent / "embedded"
"""The folder of the weights that come with the program."""

VGG19 = "vgg19.safetensors"
"""The file of the paper's encoder in the folder of the user's weights."""


@dataclass(frozen=True)
class Entry:
    """A model that can be loaded.

    Attributes:
        name: as in the settings.
        description: one sentence for people.
        licence: of the encoder's weights.
        inverse: file name of the inverse network.
        encoder: loads the encoder's tensors; given the folder of the user's weights.
        file: of the encoder, where that is in safetensors; None where it is downloaded.
        remedy: what to do where there is no such file, "{path}".
    """

    name: str
    description: str
    licence: str
    inverse: str
    encoder: Callable[[Path], Tensors]
    file: Callable[[Path], Path | None]
    remedy: str = ""


_ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            "embedded",
            "The network that comes with Style Swap, distilled from VGG-19",
            "Apache-2.0",
            "inverse.safetensors",
            lambda _: encoder_tensors(EMBEDDED / "encoder.safetensors"),
            lambda _: EMBEDDED / "encoder.safetensors",
            "install Style Swap again: its weights are missing",
        ),
        Entry(
            "vgg19",
            "The paper's VGG-19, from your file vgg19.safetensors",
            "CC-BY 4.0, Visual Geometry Group, University of Oxford",
            "vgg19-inverse.safetensors",
            lambda folder: encoder_tensors(folder / VGG19),
            lambda folder: folder / VGG19,
            "put VGG-19's weights at {path} (safetensors)",
        ),
        Entry(
            "vgg19-torchvision",
            "VGG-19 as torchvision trained it, downloaded at first use",
            "BSD-3-Clause, torchvision; trained on ImageNet",
            "vgg19-torchvision-inverse.safetensors",
            torchvision_vgg19.encoder,
            lambda _: None,
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

    Files are looked into, so that what cannot be loaded is not available; anew where a file has
    changed. Of a download no more than its first bytes are looked at.

    Args:
        name: one of `names`.
        folder: of the user's weights.
        inverse: whether it is to have its inverse network.
    """
    entry = describe(name)
    folder = folder or default_folder()
    fault = _encoder_fault(entry, folder)
    return fault or (_inverse_fault(entry, folder) if inverse else "")


def download(
    name: str,
    folder: Path | None = None,
    *,
    told: Told | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Download what a model needs and is not there yet. In any thread, before `load`.

    Args:
        name: one of `names`.
        folder: of the user's weights.
        told: given the bytes that are there and those of the whole file, 0 where that is unknown.
        cancelled: asked before every read; true ends it. The next one goes on from there.

    Raises:
        WeightsError: there is no such model, or it cannot be downloaded.
        Cancelled: `cancelled` said so.
    """
    if needs_download(name, folder):
        torchvision_vgg19.download(folder or default_folder(), told=told, cancelled=cancelled)


def needs_download(name: str, folder: Path | None = None) -> bool:
    """Whether loading a model would download its encoder first.

    Raises:
        WeightsError: there is no such model.
    """
    folder = folder or default_folder()
    return describe(name).file(folder) is None and not any(folder.glob(torchvision_vgg19.FILES))


def _encoder_fault(entry: Entry, folder: Path) -> str:
    path = entry.file(folder)
    if path is None:
        return torchvision_vgg19.fault(folder)
    if not path.is_file():
        return entry.remedy.format(path=path)
    return encoder_in(*stamp(path)).fault


def _inverse_path(entry: Entry, folder: Path) -> Path:
    """The user's own inverse network, else the one that comes with the program."""
    own = folder / entry.inverse
    return own if entry.name != "embedded" and own.is_file() else EMBEDDED / entry.inverse


def _inverse_fault(entry: Entry, folder: Path) -> str:
    """Why there is no inverse network to load; the encoder is there.

    The one that comes with the program for a file of the user's serves the very weights that it was
    trained for, and is as good as none for others, such as VGG-19 converted in another way.
    """
    path, file = _inverse_path(entry, folder), entry.file(folder)
    if not path.is_file():
        return entry.remedy if entry.name == "embedded" else _untrained(entry, folder)
    found = inverse_in(*stamp(path))
    if found.fault or file is None:
        return found.fault
    encoder = encoder_in(*stamp(file))
    if found.sha256 != encoder.sha256:
        if path.parent == EMBEDDED and entry.name != "embedded":
            return _untrained(entry, folder)
        return _foreign(path, found.sha256, encoder.sha256)
    return "" if found.channels == encoder.channels else _misfit(entry.name)


def _untrained(entry: Entry, folder: Path) -> str:
    path = folder / entry.inverse
    unfit = (EMBEDDED / entry.inverse).is_file()
    why = " (the one that comes along is for other weights than yours)" if unfit else ""
    return (
        f"train its inverse network into {path}{why} with: styleswap train inverse --teacher VGG19 "
        f"--photos FOLDER --paintings FOLDER --out {path}"
    )


def _foreign(path: Path, owner: str, encoder: str) -> str:
    return (
        f"{path} was trained for another encoder ({owner[:12] or 'unnamed'}, not {encoder[:12]}): "
        "train one with styleswap train inverse"
    )


def _misfit(name: str) -> str:
    return f"the inverse network of {name!r} has another number of channels: train it again"


def load_inverse(path: Path, encoder_sha256: str) -> Inverse:
    """Load an inverse network for an encoder.

    Raises:
        WeightsError: the file is missing, broken, of another architecture or another encoder's.
    """
    tensors, metadata = read_tensors(path)
    owner = metadata.get(ENCODER_KEY, "")
    if owner != encoder_sha256:
        raise WeightsError(_foreign(path, owner, encoder_sha256))
    try:
        network: Inverse = built("inverse network", tensors)
        return network
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

    What is to be downloaded is downloaded here, unless `download` has done it before.

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
        encoder = built("encoder", entry.encoder(folder))
    except ValueError as error:
        raise WeightsError(f"the encoder of the model {name!r} cannot be used: {error}") from None
    sha256 = encoder_fingerprint(encoder)
    if not inverse and _inverse_fault(entry, folder):
        return Model(name, placed(encoder, device), None, sha256, "", device)
    network = load_inverse(_inverse_path(entry, folder), sha256)
    if network.channels != encoder.channels:
        raise WeightsError(_misfit(name))
    inverse_sha256 = fingerprint(network.state_dict())
    return Model(
        name, placed(encoder, device), placed(network, device), sha256, inverse_sha256, device
    )
