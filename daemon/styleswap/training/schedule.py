"""How long to train, and with which learning rate at each moment."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

FINISH = 0.15
"""Last share of a training, on larger and fewer crops: whole pictures have less border."""

LARGER = 2
"""How much larger they are."""

LONGEST_STEP = 10.0
"""Seconds that one step counts at most, so that a paused process does not lose its budget."""


@dataclass
class Budget:
    """Minutes of work, counted step by step.

    Args:
        minutes: how long to train.
        warm_up: steps over which the learning rate rises from 0.
        stopped: set from outside, it ends the work before its time.
    """

    minutes: float
    warm_up: int = 200
    stopped: bool = False
    spent: float = 0.0
    steps: int = 0
    _last: float = field(default_factory=time.monotonic)

    def step(self) -> None:
        """Count one step."""
        now = time.monotonic()
        self.spent += min(now - self._last, LONGEST_STEP)
        self._last = now
        self.steps += 1

    @property
    def share(self) -> float:
        """Share of the budget that is spent, 0 to 1."""
        return min(1.0, self.spent / (60 * self.minutes)) if self.minutes > 0 else 1.0

    @property
    def over(self) -> bool:
        """Whether the budget is spent, or the work is stopped."""
        return self.stopped or self.share >= 1.0

    def rate(self, peak: float) -> float:
        """Learning rate now: linear warm-up, then a cosine to 0 at the budget's end."""
        rise = min(1.0, (self.steps + 1) / self.warm_up)
        return peak * rise * 0.5 * (1 + math.cos(math.pi * self.share))

    def size(self, batch: int, side: int) -> tuple[int, int]:
        """Crops in a step now, and their side: as many pixels, in larger crops at the end.

        Args:
            batch: crops in most steps, even.
            side: their side in pixels.

        Returns:
            An even number of crops, at least 2, and their side.
        """
        if self.share < 1 - FINISH:
            return batch, side
        return max(2, batch // LARGER**2 // 2 * 2), side * LARGER
