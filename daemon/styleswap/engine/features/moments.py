"""Mean and deviation of planes over a whole picture, whatever the tiles that it is read in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.features.planes import LAB, RGB, Features, Layout

LEAST_DEVIATION = 1e-5

TRUSTED_RATIO = 5.0
"""How many times smaller or larger a channel's deviation may be in a part that tells of a whole."""

OF_ANY_SIZE = RGB, LAB
"""Planes whose moments a smaller copy of the picture hardly changes."""


@dataclass(frozen=True)
class Moments:
    """What is known of planes over a whole picture.

    Attributes:
        mean: (C,) float32.
        deviation: (C,), at least `LEAST_DEVIATION`.
        layout: which of the C channels are which.
    """

    mean: Tensor
    deviation: Tensor
    layout: Layout

    def of(self, name: str) -> tuple[Tensor, Tensor]:
        """Mean and deviation of some planes: (c,) each."""
        place = self.layout.place(name)
        return self.mean[place], self.deviation[place]

    def to(self, device: torch.device) -> Moments:
        """The same on a device."""
        return Moments(self.mean.to(device), self.deviation.to(device), self.layout)


def moments(pictures: Sequence[Features]) -> Moments:
    """Of pictures that are in memory, all together; such as a style's copies."""
    cells = torch.cat([picture.values.flatten(1) for picture in pictures], 1)
    deviation, mean = torch.std_mean(cells, 1, correction=0)
    return Moments(mean, deviation.clamp(min=LEAST_DEVIATION), pictures[0].layout)


class GatheredMoments:
    """The moments of a picture that comes in parts."""

    def __init__(self) -> None:
        self._sums: list[Tensor] = []
        self._cells = 0
        self._layout = Layout(())

    def add(self, part: Features) -> None:
        """Count a part."""
        cells = part.values.flatten(1)
        # float64 on the CPU alone: MPS has none.
        self._sums.append(torch.stack([cells.sum(1), cells.pow(2).sum(1)]).cpu().double())
        self._cells += cells.shape[1]
        self._layout = part.layout

    def moments(self) -> Moments:
        """Of all parts together, on the CPU."""
        mean, square = torch.stack(self._sums).sum(0) / self._cells
        deviation = (square - mean.pow(2)).clamp(min=0).sqrt().float()
        return Moments(mean.float(), deviation.clamp(min=LEAST_DEVIATION), self._layout)


def estimated(part: Moments, small_part: Moments, small_whole: Moments) -> Moments:
    """The moments of a whole picture of which a part is known, and a smaller copy in whole.

    The whole's differ from the part's as they do in the copy.

    Args:
        part: of the part, at the picture's own size.
        small_part: of the same part in the copy.
        small_whole: of all of the copy.
    """
    # A channel that is all but constant in the part tells nothing: then the copy's is taken.
    trusted = _alike(part.deviation, small_part.deviation)
    trusted &= _alike(small_whole.deviation, small_part.deviation)
    for name in OF_ANY_SIZE:
        if name in part.layout:
            trusted[part.layout.place(name)] = False
    moved = small_whole.mean - small_part.mean
    mean = part.mean + moved * part.deviation / small_part.deviation
    deviation = part.deviation * small_whole.deviation / small_part.deviation
    return Moments(
        torch.where(trusted, mean, small_whole.mean),
        torch.where(trusted, deviation, small_whole.deviation),
        part.layout,
    )


def _alike(one: Tensor, other: Tensor) -> Tensor:
    """Whether deviations are of the same order, channel by channel."""
    return (one < TRUSTED_RATIO * other) & (other < TRUSTED_RATIO * one)
