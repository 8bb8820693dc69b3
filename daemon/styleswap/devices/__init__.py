"""What the engine computes on, and what is done when its memory runs out."""

from styleswap.engine import openmp  # noqa: F401 - before torch
