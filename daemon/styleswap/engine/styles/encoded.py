"""A style's features."""

from dataclasses import dataclass

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

    @property
    def bytes(self) -> int:
        """Bytes of all copies."""
        return sum(c.values.numel() * c.values.element_size() for c in self.copies)
