"""What painted pictures are compared with; nothing of it depends on a model of ours.

Both swap in VGG-19's space, the paper's way: plain matching of 3x3 patches, stride 1, plain
average, one scale (Chen & Schmidt, arXiv 1612.04337, section 3.1).

* `optimised`: argmin ‖Φ(I) - Φss‖² + λ TV(I) by Adam from the content (section 3.2).
* `read_back`: a published inverse network for relu3_1, that of WCT (Li et al. 2017, "Universal
  Style Transfer via Feature Transforms"), which knows natural activations alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.transforms.patch_swap import match, paste
from styleswap.training.judging.grid import Subject
from styleswap.training.judging.store import Ingredients, Store, pixels_hash
from styleswap.training.losses import total_variation
from styleswap.weights import encoder_fingerprint, fingerprint, read_tensors

PATCH_SIZE = 3
RATE = 0.05
"""Adam's learning rate (section 3.2)."""

TOTAL_VARIATION = 1e-7
"""λ, with both terms as means over values."""


class PublishedInverse(nn.Module):
    """WCT's inverse network for relu3_1: reflection pad, convolution, ReLU.

    Nearest x2 after the first and the third convolution, no ReLU after the last.

    Args:
        tensors: ``conv0.weight`` (OIHW), ``conv0.bias`` ... ``conv4.bias``.

    Raises:
        ValueError: a tensor is missing or does not fit.
    """

    WIDTHS = (256, 128, 128, 64, 64, 3)
    ENLARGED = frozenset({0, 2})

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        super().__init__()
        for i, (before, after) in enumerate(zip(self.WIDTHS[:-1], self.WIDTHS[1:], strict=True)):
            layer = nn.Conv2d(before, after, 3, padding=1, padding_mode="reflect")
            self.add_module(f"conv{i}", layer)
        for name, held in self.state_dict().items():
            if name not in tensors:
                raise ValueError(f"no published inverse network: the tensor {name} is missing")
            if tensors[name].shape != held.shape:
                raise ValueError(
                    f"no published inverse network: {name} has shape {tuple(tensors[name].shape)}, "
                    f"expected {tuple(held.shape)}"
                )
        self.load_state_dict({name: tensors[name].float() for name in self.state_dict()})
        self.eval().requires_grad_(False)

    def forward(self, activations: Tensor) -> Tensor:
        """Paint raw relu3_1: (B, 256, H, W) to (B, 3, 4H, 4W), about [0, 1], not clamped."""
        x = activations
        for i in range(len(self.WIDTHS) - 1):
            x = self.get_submodule(f"conv{i}")(x)
            if i < len(self.WIDTHS) - 2:
                x = F.relu(x)
            if i in self.ENLARGED:
                x = F.interpolate(x, scale_factor=2.0)
        return x


def load_published(path: Path) -> PublishedInverse:
    """Load the published inverse network.

    Raises:
        WeightsError: the file is missing, broken or holds another network.
    """
    try:
        return PublishedInverse(read_tensors(path)[0])
    except ValueError as error:
        raise WeightsError(f"{path}: {error}") from None


@torch.no_grad()
def swapped_target(teacher: Encoder, content: Tensor, style: Tensor) -> Tensor:
    """Φss(C, S), the paper's way: (1, C, H, W).

    Args:
        teacher: Φ.
        content: (1, 3, 4H, 4W) in [0, 1], on the teacher's device.
        style: (1, 3, 4h, 4w) in [0, 1], likewise.
    """
    ours, theirs = teacher(content)[0], teacher(style)[0]
    picks = match(ours, [theirs], PATCH_SIZE)
    return paste(picks, [theirs], (ours.shape[1], ours.shape[2]), PATCH_SIZE)[None]


def descend(
    encoder: Encoder,
    target: Tensor,
    start: Tensor,
    steps: int,
    smooth: float = 0.0,
    rate: float = RATE,
) -> Tensor:
    """The paper's optimisation: argmin ‖Φ(I) - H‖² + λ TV(I) by Adam, clamped after every step.

    Args:
        encoder: Φ.
        target: H, (1, C, H, W).
        start: (1, 3, 4H, 4W) in [0, 1].
        steps: of Adam.
        smooth: λ, with both terms as means over values.
        rate: of Adam; the paper's is 0.05.

    Returns:
        (1, 3, 4H, 4W) in [0, 1].
    """
    picture = start.clone().contiguous(memory_format=torch.channels_last).requires_grad_(True)
    adam = torch.optim.Adam([picture], lr=rate)
    for _ in range(steps):
        adam.zero_grad()
        loss = F.mse_loss(encoder(picture), target)
        if smooth:
            loss = loss + smooth * total_variation(picture)
        loss.backward()
        adam.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
    return picture.detach().contiguous()


@dataclass(frozen=True)
class References:
    """Reference pictures, kept in a store.

    Attributes:
        teacher: VGG-19.
        store: where they are kept.
        device: of the teacher.
    """

    teacher: Encoder
    store: Store
    device: torch.device

    def optimised(self, content: Subject, style: Subject, steps: int) -> Tensor:
        """VGG and some steps of the optimiser: (1, 3, H, W) in [0, 1]."""

        def compute() -> Tensor:
            start = content.pixels.to(self.device)
            target = swapped_target(self.teacher, start, style.pixels.to(self.device))
            return descend(self.teacher, target, start, steps, TOTAL_VARIATION).cpu()

        settings: Ingredients = {
            "kind": "optimised",
            "steps": steps,
            "rate": RATE,
            "tv": TOTAL_VARIATION,
        }
        return self.store.get({**settings, **self._pair(content, style)}, compute)

    def read_back(self, content: Subject, style: Subject, inverse: PublishedInverse) -> Tensor:
        """VGG and a published inverse network: (1, 3, H, W) in [0, 1]."""

        def compute() -> Tensor:
            pictures = (s.pixels.to(self.device) for s in (content, style))
            with torch.no_grad():
                return inverse(swapped_target(self.teacher, *pictures)).cpu()

        settings: Ingredients = {
            "kind": "published",
            "inverse": fingerprint(inverse.state_dict()),
        }
        return self.store.get({**settings, **self._pair(content, style)}, compute)

    def _pair(self, content: Subject, style: Subject) -> Ingredients:
        # Of the pixels, not the names: sizes are in them, and pictures of one name may change.
        return {
            "teacher": encoder_fingerprint(self.teacher),
            "content": pixels_hash(content.pixels),
            "style": pixels_hash(style.pixels),
            "patch": PATCH_SIZE,
        }
