"""The paper's term: activations that come close to those of H.

Chen & Schmidt (arXiv 1612.04337), equation 4: ‖Φ(I) - H‖², here divided by P, the mean of ‖Φ(S)‖²
over the style's cells, so that weights mean the same with every encoder and at every size. Only
relu3_1 counts, no colours that are carried beside it.
"""

from collections.abc import Mapping

from torch import Tensor

from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.objectives.power import Kept, power
from styleswap.engine.tiles import Tile


class Activations:
    """‖Φ(I) - H‖² / P.

    Args:
        aim: with H.
    """

    layers = ("conv3_1",)

    def __init__(self, aim: Aim) -> None:
        self.power = power(aim)
        self.kept = Kept(lambda cells: aim.wanted(cells)[RELU3_1])

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """2 (Φ(I) - H) / P."""
        (layer,) = self.layers
        return {layer: (found[layer] - self.kept.over(cells)) * (2 / self.power)}


objective = Activations
