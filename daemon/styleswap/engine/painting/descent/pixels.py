"""The paper's: every value of every pixel by itself, by Adam."""

from collections.abc import Callable

from torch import Tensor

from styleswap.engine.painting.descent.adam import Adam
from styleswap.engine.painting.target import Amount
from styleswap.engine.tiles import spans

BAND_VALUES = 1 << 22
"""Values of the picture that are moved at once."""


class Pixels:
    """Adam on the picture.

    Args:
        picture: (3, H, W) in [0, 1], moved in place.
        moved: the rate's factor, a number or (1, H, W).
        rate: Adam's.
        poll: called between bands.
    """

    def __init__(
        self, picture: Tensor, moved: Amount, rate: float, poll: Callable[[], None]
    ) -> None:
        self.picture, self.moved, self.rate, self.poll = picture, moved, rate, poll
        self.adam = Adam(picture)
        self.bands = spans(picture.shape[1], max(1, BAND_VALUES // (3 * picture.shape[2])))

    def move(self, gradient: Tensor, number: int) -> None:
        """As of every descent."""
        for band in self.bands:
            self.poll()
            rows = slice(band.start, band.stop)
            moved = self.moved[:, rows] if isinstance(self.moved, Tensor) else self.moved
            step = self.adam.step(gradient[:, rows], number, self.rate, moved, rows)
            self.picture[:, rows].sub_(step).clamp_(0, 1)


descent = Pixels
