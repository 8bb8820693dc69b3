"""How a content's features become those of its painting.

A new transform is a module here that makes one of the settings by the name `transform`; it is the
choice of the control `transform` that is called like the module.
"""

from styleswap.engine.choices import chosen
from styleswap.engine.settings import Settings
from styleswap.engine.transforms.detail import Detail
from styleswap.engine.transforms.linear import Linear
from styleswap.engine.transforms.style_statistics import StyleStatistics
from styleswap.engine.transforms.transform import Fitted, Transform
from styleswap.engine.transforms.unchanged import Unchanged
from styleswap.engine.transforms.untextured import Untextured, untouched

__all__ = ["Fitted", "Linear", "Transform", "Unchanged", "transform_of", "untouched"]


def transform_of(settings: Settings) -> Transform:
    """The transform that the settings choose."""
    made: Transform = chosen(__name__, "transform", settings.transform)(settings)
    if made.pieces and settings.style_statistics > 0:
        made = StyleStatistics(made, settings)
    if made.pieces and settings.detail > 0:
        made = Detail(made, settings)
    if not untouched(settings):
        made = Untextured(made)
    return made
