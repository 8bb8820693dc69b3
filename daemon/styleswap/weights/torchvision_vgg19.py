"""torchvision's VGG-19: downloaded once, checked, and read without running what is in it."""

import contextlib
import hashlib
import pickle  # for the name of an error: nothing is unpickled here
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from styleswap.engine.errors import WeightsError
from styleswap.weights.fetching import Told, fetch
from styleswap.weights.files import Tensors

INDICES = {0: "conv1_1", 2: "conv1_2", 5: "conv2_1", 7: "conv2_2", 10: "conv3_1"}
"""Index in torchvision's ``vgg19().features`` of each convolution."""

FILES = "vgg19-????????.pth"
"""Its file in the folder of the user's weights; the name holds the start of its SHA-256."""

MEAN = (0.485, 0.456, 0.406)
"""What torchvision subtracts from red, green, blue in [0, 1]."""

NMS_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def tensors_of(state: Mapping[str, Tensor]) -> Tensors:
    """VGG-19's tensors from the names of torchvision's state dict.

    Raises:
        WeightsError: a layer is missing.
    """
    try:
        tensors = {
            f"{layer}.{part}": state[f"features.{index}.{part}"]
            for index, layer in INDICES.items()
            for part in ("weight", "bias")
        }
    except KeyError as error:
        raise WeightsError(
            f"these are no weights of torchvision's VGG-19: {error} is missing"
        ) from None
    return {**tensors, "mean": torch.tensor(MEAN)}


def address() -> str:
    """Where torchvision's VGG-19 weights are; imports torchvision, which takes a while."""
    if torch.version.cuda is None:
        # A CUDA build of torchvision registers kernels for operators that it cannot load itself.
        for name in ("nms", "qnms"):
            with contextlib.suppress(RuntimeError):  # declared already, by a torchvision that fits
                torch.library.define(f"torchvision::{name}", NMS_SIGNATURE)
    from torchvision.models import VGG19_Weights

    return str(VGG19_Weights.IMAGENET1K_V1.url)


def download(
    folder: Path,
    url: str | None = None,
    told: Told | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Download torchvision's VGG-19 into a folder unless it is there. In any thread.

    The file's name holds the start of its SHA-256, which is checked, also of a file that is there.

    Args:
        folder: of the user's weights.
        url: where it is, if not at torchvision's.
        told: told of the progress, as in `fetching.fetch`.
        cancelled: asked whether to stop; what has come by then is kept for the next time.

    Returns:
        The file.

    Raises:
        WeightsError: it cannot be downloaded, or its hash is wrong.
        Cancelled: `cancelled` said so.
    """
    url = url or address()
    path = folder / url.rsplit("/", 1)[1]
    digest = path.stem.rsplit("-", 1)[-1]
    if path.is_file():
        with path.open("rb") as file:
            if not hashlib.file_digest(file, "sha256").hexdigest().startswith(digest):
                raise WeightsError(_damaged(path))
        return path
    try:
        fetch(url, path, digest, told=told, cancelled=cancelled)
    except OSError as error:
        raise WeightsError(_not_loaded(error, folder)) from None
    return path


def encoder(folder: Path, url: str | None = None) -> Tensors:
    """Load torchvision's VGG-19, downloaded where it is not there.

    Raises:
        WeightsError: as `download`, or the file holds other things.
    """
    path = download(folder, url)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(_not_loaded(error, folder)) from None
    return tensors_of(state)


def _damaged(path: Path) -> str:
    return f"{path} is damaged: delete it, and it is downloaded again"


def _not_loaded(error: Exception, folder: Path) -> str:
    reason = str(error).partition("\n")[0]
    return (
        f"torchvision's VGG-19 could not be loaded ({reason}): check the connection, or put the "
        f"file into {folder}"
    )


def fault(folder: Path) -> str:
    """What to do about a file in a folder that cannot be loaded; "" where there is none.

    No more is looked at than whether it begins as torch's files do: as a zip, or as the pickle of
    older ones.
    """
    for path in folder.glob(FILES):
        with contextlib.suppress(OSError), path.open("rb") as file:
            if file.read(4).startswith((b"PK\x03\x04", b"\x80\x02")):
                continue
        return _damaged(path)
    return ""
