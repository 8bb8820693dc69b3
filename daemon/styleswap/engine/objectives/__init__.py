"""What an optimised picture comes close to: a sum of terms.

A new objective is a file here, and an entry of `OBJECTIVES` by the nick of its choice of the
control `objective`.
"""

from __future__ import annotations

from collections.abc import Callable

from styleswap.engine.objectives.activations import Activations
from styleswap.engine.objectives.objective import Aim, Objective, PixelObjective

__all__ = ["OBJECTIVES", "Aim", "Objective", "PixelObjective"]

OBJECTIVES: dict[str, Callable[[Aim], Objective]] = {"activations": Activations}
"""The objective of a choice of the control `objective`."""
