"""What all passes of one painting share."""

from dataclasses import dataclass

from styleswap.engine.networks.model import Model
from styleswap.engine.pictures.raster import Source
from styleswap.engine.progress import Tracker
from styleswap.engine.settings import Settings
from styleswap.engine.styles.mixture import Mixture

TILE_SIDE = {"cpu": 512, "cuda": 2048, "mps": 1024}
"""Side of a tile in pixels where the settings leave it open."""


@dataclass
class Context:
    """One painting: of what, in which styles, how, with what.

    Attributes:
        content: the picture.
        mixture: the styles, with weights and masks.
        settings: how.
        model: with what.
        tracker: told of the work, and asked whether to stop.
    """

    content: Source
    mixture: Mixture
    settings: Settings
    model: Model
    tracker: Tracker

    @property
    def tile_side(self) -> int:
        """Largest side of a tile in pixels."""
        return self.settings.tile_limit or TILE_SIDE[self.model.device.type]
