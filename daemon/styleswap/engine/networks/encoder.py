"""The encoder Φ: a picture to its relu3_1 activations.

One topology serves every encoder: that of VGG-19 up to ``conv3_1`` (Simonyan & Zisserman 2014),
whose widths are read off the tensors when it is loaded. The embedded encoder is a thinner one,
distilled from VGG-19. Departures from Chen & Schmidt (arXiv 1612.04337): reflection instead of
zero padding, so that borders carry no dark frame, and pictures in RGB and [0, 1], normalised
inside.
"""

from collections.abc import Callable, Collection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleswap.engine.tiles import CELL

LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
"""Convolutions in order; each is followed by a ReLU, those in `POOLED` by a 2x2 max pooling."""

POOLED = frozenset({"conv1_2", "conv2_2"})

CELL_SIDES = {"conv1_1": 4, "conv1_2": 4, "conv2_1": 2, "conv2_2": 2, "conv3_1": 1}
"""Activations of each of `LAYERS` per cell, along each axis."""

REACH = 14
"""Pixels that an activation sees beyond its own cell, to each side, rounded up: 24 px in all."""

HALO = -(-REACH // CELL)
"""The same in cells."""

LEAST_CELLS = 4
"""Cells of a side that the networks' reflection padding needs."""

VGG_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
"""Mean of red, green, blue in [0, 1], as the Oxford network was trained with."""

VGG_STD = (0.229, 0.224, 0.225)


class Encoder(nn.Module):
    """Φ: pictures to relu3_1 activations.

    Args:
        widths: output channels of the five convolutions in `LAYERS`.
        mean: subtracted from red, green, blue in [0, 1].
        std: what the difference is divided by.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        widths: tuple[int, ...],
        mean: tuple[float, float, float] = VGG_MEAN,
        std: tuple[float, float, float] = VGG_STD,
    ) -> None:
        super().__init__()
        channels = (3, *widths)
        for name, before, after in zip(LAYERS, channels[:-1], channels[1:], strict=True):
            self.add_module(name, nn.Conv2d(before, after, 3, padding=1, padding_mode="reflect"))
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    @property
    def channels(self) -> int:
        """Channels of relu3_1."""
        return self.get_submodule("conv3_1").out_channels  # type: ignore[return-value]

    @property
    def work(self) -> float:
        """Multiply-adds of one cell."""
        sizes = {name: self.get_parameter(f"{name}.weight").numel() for name in LAYERS}
        return float(sum(sizes[name] * CELL_SIDES[name] ** 2 for name in LAYERS))

    def forward(self, picture: Tensor, poll: Callable[[], None] | None = None) -> Tensor:
        """Compute relu3_1.

        Args:
            picture: (B, 3, H, W) RGB in [0, 1], sRGB curve; H and W multiples of 4, at least 8.
            poll: called between the convolutions; raises to stop.

        Returns:
            (B, C, H/4, W/4), not negative.
        """
        return self.levels(picture, poll, LAYERS[-1:])[LAYERS[-1]]

    def levels(
        self,
        picture: Tensor,
        poll: Callable[[], None] | None = None,
        kept: Collection[str] = LAYERS,
    ) -> dict[str, Tensor]:
        """Compute the activations after convolutions and their ReLUs.

        Args:
            picture: as `forward`.
            poll: likewise.
            kept: the convolutions' names, of `LAYERS`. No more is held than these and the one that
                the next is made of, and nothing is computed beyond the last of them.

        Returns:
            The activations by the names.
        """
        x, out = picture, {}
        for name in LAYERS[: 1 + max(map(LAYERS.index, kept))]:
            if poll is not None:
                poll()
            x = self.step(name, x)
            if name in kept:
                out[name] = x
        return out

    def step(self, name: str, x: Tensor) -> Tensor:
        """One convolution and its ReLU, with what goes before it.

        Args:
            name: of `LAYERS`.
            x: what the step before gave; for the first one the picture.
        """
        place = LAYERS.index(name)
        if place == 0:
            x = (x - self.mean) / self.std
        elif LAYERS[place - 1] in POOLED:
            x = F.max_pool2d(x, 2)
        return F.relu(self.get_submodule(name)(x), inplace=True)
