"""What was painted before, as what is painted next takes it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.tiles import Span, Tile

COARSE_SHARE = 0.5
"""Share of the pass before in a pass's query."""


@dataclass(frozen=True)
class Carry:
    """A picture that was painted before: by the pass before, or of the frame before.

    Attributes:
        picture: (3, h, w) float16 in [0, 1].
        factor: how many times larger the next one is along each axis: 2 for the next pass, 1 for
            the next frame.
        share: of it in the next one's query, 0 to 1.
    """

    picture: Tensor
    factor: int = 2
    share: float = COARSE_SHARE

    def pixels(self, area: Tile) -> Tensor:
        """The picture, enlarged (bilinear), over a rectangle of the next one's pixels.

        Beyond its edges the border goes on.

        Returns:
            (1, 3, h, w) float32.
        """
        _, height, width = self.picture.shape
        read = area if self.factor == 1 else read_of(area)
        y = torch.arange(read.rows.start, read.rows.stop).clamp(0, height - 1)
        x = torch.arange(read.columns.start, read.columns.stop).clamp(0, width - 1)
        part = self.picture[:, y][:, :, x].float()[None]
        if self.factor == 1:
            return part
        enlarged = F.interpolate(part, scale_factor=2.0, mode="bilinear", align_corners=False)
        rows, columns = area.within(read.pixels(2))
        return enlarged[..., rows, columns]


def read_of(area: Tile) -> Tile:
    """The pixels of a picture of half the size that enlarging it to these pixels reads."""
    return Tile(
        *(
            Span(pixels.start // 2 - 1, -(-pixels.stop // 2) + 1)
            for pixels in (area.rows, area.columns)
        )
    )
