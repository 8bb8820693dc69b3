"""What an optimisation moves, and how far at a step.

A new one is a module here that makes one by the name `descent`; it is the choice of the control
`descent` that is called like the module.
"""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from styleswap.engine.choices import chosen
from styleswap.engine.painting.target import Amount

__all__ = ["Descent", "descent_of"]


class Descent(Protocol):
    """Moves a picture against its gradient, step by step."""

    def move(self, gradient: Tensor, number: int) -> None:
        """One step, in place; the picture stays in [0, 1].

        Args:
            gradient: (3, H, W), of the loss by the picture; it may be overwritten.
            number: of the step, from 1.
        """


def descent_of(
    nick: str, picture: Tensor, moved: Amount, rate: float, poll: Callable[[], None]
) -> Descent:
    """What the settings choose.

    Args:
        nick: of the choice.
        picture: (3, H, W) in [0, 1], moved in place.
        moved: how far pixels may go, 0 to 1: a number, or (1, H, W) on the picture's device.
        rate: Adam's, for what may go all the way.
        poll: called now and then; raises to stop.
    """
    made: Descent = chosen(__name__, "descent", nick)(picture, moved, rate, poll)
    return made
