"""Which device does the work, and in which precision."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def choose_device(wish: str = "auto") -> torch.device:
    """The device for a wish.

    Args:
        wish: "auto" takes CUDA, then MPS (untested by this project), then the CPU; anything else is
            torch's name of a device.

    Raises:
        ValueError: there is no such device here.
    """
    if wish == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        if torch.backends.mps.is_available():
            return torch.device("mps")
        return torch.device("cpu")
    try:
        device = torch.device(wish)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"there is no device {wish!r} here ({error}): use auto, cpu, cuda or mps"
        ) from None
    return device


def placed(network: Network, device: torch.device) -> Network:
    """Move a network to a device, its weights laid out channels last: 3x as fast on the CPU."""
    layout = {"memory_format": torch.channels_last}
    network.to(device, **layout)  # type: ignore[call-overload]
    return network


def pin_precision() -> None:
    """Keep float32 products in float32: convolutions on CUDA would round them to TF32."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
