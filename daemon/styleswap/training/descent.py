"""One step of training: clipped gradients, AdamW, the rate of the moment, averaged weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from styleswap.training.checkpoint import Average
from styleswap.training.schedule import Budget

LARGEST_GRADIENT = 1.0


def hasten(device: torch.device) -> None:
    """Let CUDA take its quickest kernels, with products in TF32: training tolerates them."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = True


def halved(device: torch.device) -> torch.autocast:
    """A context that computes in half precision (bfloat16) where the device is quick at it.

    A CPU without instructions for it is three times slower in bfloat16 than in single precision.
    """
    quick = device.type != "cpu" or any(
        getattr(torch.cpu, f"_is_{name}_supported", bool)() for name in ("avx512_bf16", "amx_tile")
    )
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)


class Descent:
    """Trains a network within a budget.

    Args:
        network: whose weights are changed.
        budget: counts the steps and says the learning rate.
        peak: highest learning rate.
        decay: of the average of the weights.

    Attributes:
        average: the averaged weights, which are what training gives.
    """

    def __init__(self, network: nn.Module, budget: Budget, peak: float, decay: float) -> None:
        self.network, self.budget, self.peak = network, budget, peak
        self.average = Average(network, decay)
        parameters = [p for p in network.parameters() if p.requires_grad]
        self._adam = torch.optim.AdamW(
            parameters, lr=peak, weight_decay=1e-4, fused=parameters[0].is_cuda
        )

    def step(self, loss: Tensor) -> None:
        """Follow the gradient of a loss."""
        for group in self._adam.param_groups:
            group["lr"] = self.budget.rate(self.peak)
        self._adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self._adam.step()
        self.average.update(self.network)
        self.budget.step()
