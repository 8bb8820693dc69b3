"""WCT at one level: the query is whitened, and coloured as the style (Li et al. 2017)."""

from styleswap.engine.features.linear import whitening
from styleswap.engine.settings import Settings
from styleswap.engine.transforms.linear import Linear
from styleswap.engine.transforms.transform import Transform
from styleswap.engine.transforms.unchanged import Unchanged


def transform(settings: Settings) -> Transform:
    """It has no settings."""
    return Linear(Unchanged(), whitening)
