"""Each cell comes close to the style's most like one, as in Neural Neighbor Style Transfer.

Kolkin et al. (2022), section 3: the nearest by the cosine of activations less their mean.
Departures from theirs: relu3_1 alone; picture and style both less the style's mean, so that a
part's neighbours are the whole's; the squared distance instead of the cosine's, which leaves
contrast open; and the neighbours are looked for every tenth iteration.
"""

from styleswap.engine.objectives.nearest import EVERY, Nearest
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.settings import Settings


def objective(aim: Aim) -> Nearest:
    """Of single cells."""
    return Nearest(aim, 1, centred=True)


def effort(settings: Settings) -> float:
    """With the search's look at the picture."""
    return 1 + 0.5 / EVERY
