"""A toy of a transform: every plane gets the style's mean and deviation (AdaIN, 2017)."""

from torch import Tensor

from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import Features
from styleswap.engine.settings import Settings
from styleswap.engine.transforms import Pointwise, Transform


def renormalised(cells: Features, content: Moments, style: Moments) -> Tensor:
    """Mean and deviation of the content replaced by those of the style."""
    (mean, spread), (wanted, wide) = ((m.mean, m.deviation) for m in (content, style))
    standard = (cells.values - mean.view(-1, 1, 1)) / spread.view(-1, 1, 1)
    return standard * wide.view(-1, 1, 1) + wanted.view(-1, 1, 1)


def transform(settings: Settings) -> Transform:
    """It has no settings."""
    return Pointwise(renormalised)
