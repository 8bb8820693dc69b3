"""The total variation: how much neighbouring pixels differ.

λ Σ pixels mean over colours of ((∂x I)² + (∂y I)²) / 16, the paper's (Chen & Schmidt, arXiv
1612.04337, equation 5) in units of a cell's loss.
"""

from torch import Tensor

from styleswap.engine.tiles import CELL, Span

SMOOTHNESS_WEIGHT = 100.0
"""λ at a smoothness of 1; it goes with the square of the smoothness."""


class Variation:
    """The total variation of a picture.

    Args:
        smoothness: 0 to 1.
    """

    def __init__(self, smoothness: float) -> None:
        # Of a difference between two values, as a share of a cell's loss.
        self.weight = 2 * (SMOOTHNESS_WEIGHT * smoothness**2) / (3 * CELL**2)

    def add(self, picture: Tensor, gradient: Tensor, band: Span) -> None:
        """Add the gradient of the differences between a band's values and the next ones', in place.

        Args:
            picture: (3, H, W).
            gradient: the same shape.
            band: rows whose part of the term is meant; the gradient may reach beyond.
        """
        here, stop = slice(band.start, band.stop), min(band.stop, picture.shape[1] - 1)
        across = (picture[:, here, 1:] - picture[:, here, :-1]).mul_(self.weight)
        gradient[:, here, 1:] += across
        gradient[:, here, :-1] -= across
        above, below = slice(band.start, stop), slice(band.start + 1, stop + 1)
        down = (picture[:, below] - picture[:, above]).mul_(self.weight)
        gradient[:, below] += down
        gradient[:, above] -= down
