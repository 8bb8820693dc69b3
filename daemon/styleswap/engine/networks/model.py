"""A model: an encoder and the inverse network that was trained for it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1, RGB, Features, Layout
from styleswap.engine.networks.encoder import HALO, Encoder
from styleswap.engine.networks.inverse import COLOURS, Inverse, exact_colour
from styleswap.engine.tiles import CELL, rectangle

ENCODE_SIDE = 160
"""Cells of a side that are encoded at once: 640 px."""


@dataclass(frozen=True)
class Model:
    """Encoder and inverse network on one device.

    Attributes:
        name: in the registry.
        encoder: Φ.
        inverse: f; None where none was trained yet, which only the optimisation can do without.
        encoder_sha256: of the encoder's tensors.
        inverse_sha256: of the inverse network's; empty where there is none.
        device: where both are.
    """

    name: str
    encoder: Encoder
    inverse: Inverse | None
    encoder_sha256: str
    inverse_sha256: str
    device: torch.device

    @property
    def layout(self) -> Layout:
        """The planes of an encoded picture: those that f takes."""
        if self.inverse is not None:
            return self.inverse.layout
        # Colours guide the match all the same.
        return Layout(((RELU3_1, self.encoder.channels), (RGB, COLOURS)))

    @property
    def reach(self) -> int:
        """Pixels around a cell's own that f lets it change."""
        return self.inverse.reach if self.inverse is not None else 0

    def encode(self, picture: Tensor, poll: Callable[[], None] | None = None) -> Tensor:
        """Activations of a picture that fits into memory at once.

        Args:
            picture: (1, 3, 4H, 4W) in [0, 1], H and W at least 2.
            poll: raises to stop.

        Returns:
            (1, C', H, W) on the device, the planes of `layout`.
        """
        picture = picture.to(self.device).contiguous(memory_format=torch.channels_last)
        activations = self.encoder(picture, poll)
        if RGB not in self.layout:
            return activations
        return torch.cat([activations, exact_colour(picture)], 1)

    def features(self, picture: Tensor, poll: Callable[[], None] | None = None) -> Features:
        """The same as `encode`, of one picture, by name: (C', H, W)."""
        return Features(self.encode(picture, poll)[0], self.layout)

    def activations(self, picture: Tensor, poll: Callable[[], None] | None = None) -> Tensor:
        """The same as `encode`, in tiles, for pictures of any size."""
        cells = rectangle(picture.shape[2] // CELL, picture.shape[3] // CELL)
        whole: Tensor | None = None
        for tile in cells.cut(ENCODE_SIDE):
            outer = tile.around(HALO).shared(cells)
            part = picture[(..., *outer.pixels(CELL).place)]
            encoded = self.encode(part, poll)[(..., *tile.within(outer))]
            if whole is None:
                whole = encoded.new_empty(1, encoded.shape[1], len(cells.rows), len(cells.columns))
            whole[(..., *tile.place)] = encoded
        assert whole is not None
        return whole

    def paint(self, activations: Tensor, poll: Callable[[], None] | None = None) -> Tensor:
        """f: (1, C', H, W) to (1, 3, 4H, 4W) on the CPU, not clamped."""
        assert self.inverse is not None
        inputs = activations.to(self.device).contiguous(memory_format=torch.channels_last)
        return self.inverse(inputs, poll).float().cpu().contiguous()
