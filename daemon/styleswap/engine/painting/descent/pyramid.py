"""A Laplacian pyramid: what is broad moves as one, and fine detail slowly.

The picture is the sum of enlarged levels (Burt & Adelson 1983), as in Neural Neighbor Style
Transfer (Kolkin et al. 2022), and Adam moves the levels' coefficients:

    I = I₀ + m Σ_k Uᵏ δ_k        ∂L/∂δ_k = Uᵏᵀ (m ∂L/∂I)

with U the bilinear enlargement to twice the size, and m how far pixels may go. What is broad goes
by the coarse levels, where a coefficient's gradient is the sum over many pixels, and the finest has
shorter steps: the loss falls by grain as well, which comes later so.

The coefficients themselves are held nowhere: I is linear in them, so each step adds the sum of the
enlarged steps to the picture; and what the clamp to [0, 1] takes away is the finest level's.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from styleswap.engine.painting.descent.adam import Adam
from styleswap.engine.painting.target import Amount

RATES = 0.125, 0.5, 0.5
"""The levels' shares of the rate, finest first."""

STEPS = 20, 10, 10
"""Iterations after which a level's rate falls as 1 over the iteration: constant ones shake the
picture around its end, and what shakes at the finest level is grain. Of those tried the ones whose
grain after a refinement of 20 or 100 is at most the style's."""


class Pyramid:
    """Adam on the levels of the picture.

    Args:
        picture: (3, H, W) in [0, 1], moved in place.
        moved: how far pixels may go, a number or (1, H, W).
        rate: Adam's.
        poll: called between levels.
    """

    def __init__(
        self, picture: Tensor, moved: Amount, rate: float, poll: Callable[[], None]
    ) -> None:
        self.picture, self.moved, self.rate, self.poll = picture, moved, rate, poll
        height, width = picture.shape[1:]
        self.levels = []
        for share, steps in zip(RATES, STEPS, strict=True):
            self.levels.append((share, steps, Adam(picture.new_empty(3, height, width))))
            height, width = -(-height // 2), -(-width // 2)

    def move(self, gradient: Tensor, number: int) -> None:
        """As of every descent."""
        if isinstance(self.moved, Tensor):
            gradient.mul_(self.moved)
        rate = self.rate * (1.0 if isinstance(self.moved, Tensor) else self.moved)
        steps = []
        for share, constant, adam in self.levels:
            self.poll()
            steps.append(adam.step(gradient, number, rate * share * min(1.0, constant / number)))
            if len(steps) < len(self.levels):
                gradient = gathered(gradient)
        step = steps.pop()
        while steps:
            self.poll()
            finer = steps.pop()
            step = finer.add_(enlarged(step, finer.shape[1], finer.shape[2]))
        if isinstance(self.moved, Tensor):
            step.mul_(self.moved)
        self.picture.sub_(step).clamp_(0, 1)


def enlarged(level: Tensor, height: int, width: int) -> Tensor:
    """U: bilinear, to twice the size or one less: (C, h, w) to (C, height, width)."""
    return _spread(_spread(level, 1, height), 2, width)


def gathered(gradient: Tensor) -> Tensor:
    """The adjoint of `enlarged`: (C, H, W) to (C, ceil(H / 2), ceil(W / 2))."""
    return _collected(_collected(gradient, 1), 2)


def _spread(values: Tensor, axis: int, size: int) -> Tensor:
    """Along one axis: of each, 3/4 go to the two next places, 1/4 to those beyond."""
    count = values.shape[axis]
    shape = list(values.shape)
    shape[axis] = 2 * count
    out = values.new_empty(shape)
    even, odd = _every_other(out, axis)
    even.copy_(values).mul_(0.75)
    odd.copy_(even)
    rest = max(count - 1, 0)
    even.narrow(axis, 1, rest).add_(values.narrow(axis, 0, rest), alpha=0.25)
    odd.narrow(axis, 0, rest).add_(values.narrow(axis, 1, rest), alpha=0.25)
    # Beyond the border it goes on.
    even.narrow(axis, 0, 1).add_(values.narrow(axis, 0, 1), alpha=0.25)
    odd.narrow(axis, rest, 1).add_(values.narrow(axis, rest, 1), alpha=0.25)
    return out.narrow(axis, 0, size)


def _collected(values: Tensor, axis: int) -> Tensor:
    """The adjoint of `_spread`."""
    size = values.shape[axis]
    if size % 2:
        shape = list(values.shape)
        shape[axis] = 1
        values = torch.cat([values, values.new_zeros(shape)], axis)
    even, odd = _every_other(values, axis)
    out = (even + odd).mul_(0.75)
    rest = out.shape[axis] - 1
    out.narrow(axis, 0, rest).add_(even.narrow(axis, 1, rest), alpha=0.25)
    out.narrow(axis, 1, rest).add_(odd.narrow(axis, 0, rest), alpha=0.25)
    out.narrow(axis, 0, 1).add_(even.narrow(axis, 0, 1), alpha=0.25)
    out.narrow(axis, rest, 1).add_(odd.narrow(axis, rest, 1), alpha=0.25)
    return out


def _every_other(values: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The even places of an axis of even length and the odd ones, in place."""
    if axis == 1:
        return values[:, ::2], values[:, 1::2]
    return values[:, :, ::2], values[:, :, 1::2]


descent = Pyramid
