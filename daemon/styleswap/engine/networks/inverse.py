"""The inverse network f: activations to a picture.

Chen & Schmidt (arXiv 1612.04337), section 3.3, train f to minimise ‖Φ(f(H)) - H‖² + λ TV(f(H)) over
natural and swapped activations H. Departures from theirs: most of the work at a quarter of the
size, no instance normalisation (it would discard brightness and make tiles differ from the whole),
and every enlargement is nearest x2 followed by a 3x3 convolution, which paints constant activations
as a constant colour and so cannot weave (Odena et al. 2016, "Deconvolution and checkerboard
artifacts"). Besides relu3_1 a cell carries its exact colour, where the network was trained with it.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleswap.engine.features.planes import RELU3_1, RGB, Layout
from styleswap.engine.tiles import CELL

COLOURS = 3
"""Exact-colour channels: the mean red, green, blue of each cell's 4x4 pixels."""


def exact_colour(picture: Tensor) -> Tensor:
    """Mean colour of each cell: (B, 3, H, W) in [0, 1] to (B, 3, H/4, W/4)."""
    return F.avg_pool2d(picture, CELL)


def _conv(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1, padding_mode="reflect")


class Inverse(nn.Module):
    """f: activations to pictures.

    Args:
        channels: C, relu3_1 channels of the encoder that it inverts.
        colours: 3 where the activations carry the exact colour after the C channels, else 0.
        widths: channels at a quarter, half and full size.
        blocks: residual blocks at a quarter size.
    """

    scale: Tensor

    def __init__(
        self,
        channels: int = 256,
        colours: int = COLOURS,
        widths: tuple[int, int, int] = (96, 48, 24),
        blocks: int = 1,
    ) -> None:
        super().__init__()
        quarter, half, full = widths
        self.channels, self.colours = channels, colours
        self.register_buffer("scale", torch.ones(channels))
        self.head = _conv(channels + colours, quarter)
        self.blocks = nn.ModuleList(
            nn.Sequential(_conv(quarter, quarter), nn.ReLU(), _conv(quarter, quarter))
            for _ in range(blocks)
        )
        self.enlarge_half = _conv(quarter, half)
        self.refine = _conv(half, half)
        self.enlarge_full = _conv(half, full)
        self.rgb = _conv(full, 3)
        self.tint = nn.Conv2d(colours, 3, 1, bias=False) if colours else None

    @property
    def layout(self) -> Layout:
        """The planes that f takes, in the order of its input's channels."""
        colour = ((RGB, self.colours),) if self.colours else ()
        return Layout(((RELU3_1, self.channels), *colour))

    @property
    def reach(self) -> int:
        """Pixels around a cell's own that an input cell can change: the halo of a tile."""
        quarter = 1 + 2 * len(self.blocks)
        return CELL * quarter + 2 * 2 + 2 + CELL  # half size: 2 convs; full: 2; rounding: a cell

    def forward(self, activations: Tensor, poll: Callable[[], None] | None = None) -> Tensor:
        """Paint activations.

        Args:
            activations: (B, C', H, W) of the planes of `layout`, H and W at least 2.
            poll: called between the convolutions; raises to stop.

        Returns:
            (B, 3, 4H, 4W), RGB; about [0, 1], not clamped.
        """
        poll = poll or (lambda: None)
        layout = self.layout
        scaled = activations[:, layout.place(RELU3_1)] / self.scale.view(1, -1, 1, 1)
        # Without colours this is a tensor of no channels.
        place = layout.place(RGB) if RGB in layout else slice(0)
        colour = activations[:, place] - 0.5
        x = F.relu(self.head(torch.cat([scaled, 2 * colour], 1)))
        for block in self.blocks:
            poll()
            x = x + block(x)
        poll()
        x = self.enlarge_half(F.interpolate(x, scale_factor=2.0))
        x = F.relu(x)
        poll()
        x = F.relu(self.refine(x))
        poll()
        x = F.relu(self.enlarge_full(F.interpolate(x, scale_factor=2.0)))
        poll()
        x = self.rgb(x) + 0.5
        if self.tint is not None:
            x = x + F.interpolate(self.tint(colour), scale_factor=float(CELL), mode="bilinear")
        return x
