"""Patches of activations come close to the style's most like ones: a Markov random field.

Li & Wand (2016), equations 2 and 3, the root of Neural Doodle: 3x3 patches, the nearest by
normalised cross-correlation, their squared distance. Departures from theirs: relu3_1 alone instead
of relu3_1 and relu4_1, and the nearest are looked for every tenth iteration.
"""

from styleswap.engine.objectives.nearest import EVERY, Nearest
from styleswap.engine.objectives.objective import Aim
from styleswap.engine.settings import Settings

PATCH_SIZE = 3


def objective(aim: Aim) -> Nearest:
    """Of patches of 3x3 cells."""
    return Nearest(aim, PATCH_SIZE, centred=False)


def effort(settings: Settings) -> float:
    """With the search's look at the picture."""
    return 1 + 0.5 / EVERY
