"""What an optimised picture comes close to.

A new objective is a module here that makes one of an aim by the name `objective`; it is the choice
of the control `objective` that is called like the module.
"""

from styleswap.engine.choices import chosen
from styleswap.engine.objectives.objective import Aim, Objective

__all__ = ["Aim", "Objective", "objective_of"]


def objective_of(aim: Aim) -> Objective:
    """The objective that the settings of a painting choose."""
    made: Objective = chosen(__name__, "objective", aim.level.context.settings.objective)(aim)
    return made
