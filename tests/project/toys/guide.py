"""A toy of a guide: red, far above all else."""

from collections.abc import Sequence

from torch import Tensor

from styleswap.engine.features.guides import Guide
from styleswap.engine.features.planes import Features
from styleswap.engine.settings import Settings


class Red:
    """The red of the exact colour."""

    name = "red"
    absolute = ()

    def planes(self, features: Features) -> Tensor | None:
        """One plane."""
        return features["rgb"][:1] if "rgb" in features else None

    def weights(self, deviation: Tensor, full: float) -> Tensor | None:
        """A hundred times that of other guides."""
        return 100 * full / deviation


def guides(settings: Settings) -> Sequence[Guide]:
    """It has no settings."""
    return (Red(),)
