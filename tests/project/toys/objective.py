"""A toy of an objective: the first layer's activations come close to none at all."""

from collections.abc import Mapping

from torch import Tensor

from styleswap.engine.objectives import Aim, Objective
from styleswap.engine.tiles import Tile


class Silence:
    """Half the sum of the squares of conv1_1, by 1000."""

    layers = ("conv1_1",)

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The activations themselves."""
        return {"conv1_1": found["conv1_1"] / 1000}


def objective(aim: Aim) -> Objective:
    """It has no aim."""
    return Silence()
