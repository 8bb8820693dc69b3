"""Which device does the work, and in which precision."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import torch
import torch.nn.functional as F
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

KINDS: Final = ("cpu", "cuda", "mps")
"""The kinds of devices that the engine works on; HIP calls itself "cuda"."""

USE: Final = "use auto, cpu, cuda or mps"
"""What a wish may be, for messages."""

PROBE_TOLERANCE: Final = 1e-3
"""Largest error of a probe's values, which are about 1 to 30."""


@dataclass(frozen=True)
class Chosen:
    """The device for the work.

    Attributes:
        device: of one of `KINDS`.
        notice: sentences for the user on devices that are here but do not work; empty where all do.
    """

    device: torch.device
    notice: str = ""


def choose(wish: str = "auto") -> Chosen:
    """Choose the device for a wish, and try it.

    Args:
        wish: "auto" takes the first that works of the CUDA cards, MPS (untested by this project)
            and the CPU; else "cpu", "cuda", "cuda:1" and so on, or "mps".

    Raises:
        ValueError: there is no such device here, or it does not work; a sentence for people.
    """
    if wish != "auto":
        return Chosen(_wished(wish))
    faults: list[str] = []
    for device in _offered():
        fault = probe(device)
        if not fault:
            return Chosen(device, _notice(faults, device))
        faults.append(f"{device} does not work ({fault})")
    cpu = torch.device("cpu")
    return Chosen(cpu, _notice(faults, cpu))


def choose_device(wish: str = "auto") -> torch.device:
    """The device of `choose`.

    Raises:
        ValueError: as `choose`.
    """
    return choose(wish).device


def probe(device: torch.device) -> str:
    """Try a device: a small convolution and a matrix product, whose values are checked.

    It catches what only a launched kernel shows: a card too old or too new for this PyTorch, a
    driver that does not fit, a device that is full, lost or computes wrongly.

    Returns:
        Why it does not work, in a few words; empty where it does.
    """
    pin_precision()
    random = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 16, 20, 20, generator=random)
    weight = torch.randn(32, 16, 3, 3, generator=random)

    def products(at: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        image = picture.to(at).contiguous(memory_format=torch.channels_last)
        filters = weight.to(at).contiguous(memory_format=torch.channels_last)
        activations = F.relu(F.conv2d(F.pad(image, (1, 1, 1, 1), mode="reflect"), filters))
        cells = activations[0].flatten(1)
        return activations.cpu(), (cells.T @ cells[:, :40]).div(cells.shape[0]).cpu()

    try:
        with torch.inference_mode():
            wanted, given = products(torch.device("cpu")), products(device)
    except (RuntimeError, AssertionError, ImportError, MemoryError) as error:
        return _first_line(error)
    for right, found in zip(wanted, given, strict=True):
        scale = float(right.abs().max())
        # Not >: values that are no numbers are wrong as well.
        if not float((right - found).abs().max()) <= PROBE_TOLERANCE * scale:
            return "it computes wrong values"
    return ""


def _offered() -> Iterator[torch.device]:
    """The devices before the CPU that torch finds here, the quickest first."""
    if torch.cuda.is_available():
        yield from (torch.device("cuda", index) for index in range(torch.cuda.device_count()))
    if torch.backends.mps.is_available():
        yield torch.device("mps", 0)


def _wished(wish: str) -> torch.device:
    shown = repr(wish[:40])
    try:
        device = torch.device(wish)
    except RuntimeError:
        raise ValueError(f"there is no device {shown} here: {USE}") from None
    if device.type not in KINDS:
        raise ValueError(f"the device {shown} is of a kind that is not supported: {USE}")
    if device.type == "cpu":
        return torch.device("cpu")
    missing = _missing(device)
    if missing:
        raise ValueError(f"there is no device {shown} here ({missing}): {USE}")
    device = torch.device(device.type, device.index or 0)
    fault = probe(device)
    if fault:
        raise ValueError(
            f"the device {shown} does not work ({fault}): bring its driver and "
            "PyTorch up to date, or use cpu"
        )
    return device


def _missing(device: torch.device) -> str:
    """Why torch does not have a device of these kinds, "" where it does."""
    if device.type == "mps":
        if not torch.backends.mps.is_built():
            return "this PyTorch is built without MPS, which is for Macs"
        if not torch.backends.mps.is_available():
            return "this Mac has no MPS"
        return "there is one, mps" if device.index else ""
    if not torch.backends.cuda.is_built():
        return "this PyTorch is built without CUDA"
    if not torch.cuda.is_available():
        return "no card, or no driver for it, is found"
    count = torch.cuda.device_count()
    if (device.index or 0) >= count:
        return "there is one, cuda:0" if count == 1 else f"they are cuda:0 to cuda:{count - 1}"
    return ""


def _notice(faults: list[str], device: torch.device) -> str:
    if not faults:
        return ""
    found = "; ".join(faults)
    return (
        f"The device {found}, so {device} does the work: bring the driver and PyTorch up to date, "
        "or set the device to cpu."
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200].rstrip(". ") or type(error).__name__


def placed(network: Network, device: torch.device) -> Network:
    """Move a network to a device, its weights laid out channels last: 3x as fast on the CPU."""
    layout = {"memory_format": torch.channels_last}
    network.to(device, **layout)  # type: ignore[call-overload]
    return network


def pin_precision() -> None:
    """Keep float32 products in float32: convolutions on CUDA would round them to TF32."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
