"""Adam (Kingma & Ba 2015), algorithm 1, on one array, band by band."""

import torch
from torch import Tensor

DECAYS = 0.9, 0.999
"""Of the gradient's mean and of its square's."""

EPSILON = 1e-8
"""Added to the root of the square's mean."""


class Adam:
    """The moments of a gradient.

    Args:
        like: what is moved; the moments have its shape, (C, H, W).
    """

    def __init__(self, like: Tensor) -> None:
        self._mean, self._square = torch.zeros_like(like), torch.zeros_like(like)

    def step(
        self,
        gradient: Tensor,
        number: int,
        rate: float,
        moved: float | Tensor = 1.0,
        rows: slice = slice(None),
    ) -> Tensor:
        """How far to go against a gradient.

        Args:
            gradient: of the rows: (C, h, W).
            number: of the step, from 1.
            rate: the learning rate.
            moved: its factor, a number or of the gradient's size.
            rows: which of the array are meant.

        Returns:
            As the gradient, to be subtracted.
        """
        mean = self._mean[:, rows].lerp_(gradient, 1 - DECAYS[0])
        square = self._square[:, rows]
        square.mul_(DECAYS[1]).addcmul_(gradient, gradient, value=1 - DECAYS[1])
        root = (square / (1 - DECAYS[1] ** number)).sqrt_().add_(EPSILON)
        return mean.div(root).mul_(rate / (1 - DECAYS[0] ** number) * moved)
