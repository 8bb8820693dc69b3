"""A toy of a transform: every plane gets the style's mean, and nothing else of it."""

import torch

from styleswap.engine.features.covariance import Covariance
from styleswap.engine.features.linear import Affine
from styleswap.engine.settings import Settings
from styleswap.engine.transforms import Linear, Transform, Unchanged


def shift(found: Covariance, wanted: Covariance) -> Affine:
    """From one mean to the other."""
    return Affine(torch.eye(len(found.mean)), (wanted.mean - found.mean).float())


def transform(settings: Settings) -> Transform:
    """It has no settings."""
    return Linear(Unchanged(), shift)
