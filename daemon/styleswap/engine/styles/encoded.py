"""A style's features."""

from dataclasses import dataclass
from functools import cached_property

from styleswap.engine.features.covariance import Covariance, covariance
from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import Features


@dataclass(frozen=True)
class EncodedStyle:
    """A style as the transforms need it.

    Attributes:
        copies: its features as it is, mirrored, turned; (C, h, w) each.
        moments: of the planes that the transform measures, over all copies.
    """

    copies: tuple[Features, ...]
    moments: Moments

    @cached_property
    def covariance(self) -> Covariance:
        """Of all planes, over all copies; found when it is first asked for."""
        return covariance(copy.values for copy in self.copies)

    @property
    def bytes(self) -> int:
        """Bytes of all copies."""
        return sum(c.values.numel() * c.values.element_size() for c in self.copies)
