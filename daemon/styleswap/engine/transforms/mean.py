"""AdaIN: every plane of the query gets the style's mean and deviation (Huang & Belongie 2017)."""

from styleswap.engine.features.linear import scaling
from styleswap.engine.settings import Settings
from styleswap.engine.transforms.linear import Linear
from styleswap.engine.transforms.transform import Transform
from styleswap.engine.transforms.unchanged import Unchanged


def transform(settings: Settings) -> Transform:
    """It has no settings."""
    return Linear(Unchanged(), scaling)
