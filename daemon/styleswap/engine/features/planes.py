"""Features: what is known of a picture cell by cell, as planes by name.

Who needs some of them asks by name; in which channels they stand is known here alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

RELU3_1 = "relu3_1"
"""The encoder's activations: what is matched, and what an optimisation comes close to."""

RGB = "rgb"
"""The exact colour: the mean red, green, blue of a cell's pixels, in [0, 1]."""

LAB = "lab"
"""The same in CIE Lab."""


@dataclass(frozen=True)
class Layout:
    """Which planes stand in which channels.

    Attributes:
        sizes: names and numbers of channels, in order.
    """

    sizes: tuple[tuple[str, int], ...]

    def __contains__(self, name: str) -> bool:
        return any(name == own for own, _ in self.sizes)

    @property
    def channels(self) -> int:
        """All channels together."""
        return sum(size for _, size in self.sizes)

    def place(self, name: str) -> slice:
        """The channels of some planes.

        Raises:
            KeyError: there are none of this name.
        """
        start = 0
        for own, size in self.sizes:
            if own == name:
                return slice(start, start + size)
            start += size
        raise KeyError(name)


@dataclass(frozen=True)
class Features:
    """Planes of a picture, or of a part of it.

    Attributes:
        values: (C, h, w) float32, of all planes.
        layout: which of the C channels are which.
    """

    values: Tensor
    layout: Layout

    def __contains__(self, name: str) -> bool:
        return name in self.layout

    def __getitem__(self, name: str) -> Tensor:
        """Some planes, in place: (c, h, w)."""
        return self.values[self.layout.place(name)]

    def part(self, place: tuple[slice, slice]) -> Features:
        """Some rows and columns of cells, in place."""
        return Features(self.values[(slice(None), *place)], self.layout)

    def with_values(self, values: Tensor) -> Features:
        """Other values of the same planes."""
        return Features(values, self.layout)


def joined(parts: Iterable[tuple[str, Tensor]]) -> Features:
    """Planes of one picture beside each other.

    Args:
        parts: names and (c, h, w) of one size.
    """
    named = list(parts)
    layout = Layout(tuple((name, part.shape[0]) for name, part in named))
    return Features(torch.cat([part for _, part in named]), layout)
