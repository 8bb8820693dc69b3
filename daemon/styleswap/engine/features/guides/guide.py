"""What a guide is."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from styleswap.engine.features.planes import Features


class Guide(Protocol):
    """More planes to compare."""

    @property
    def name(self) -> str:
        """Of its planes."""

    @property
    def absolute(self) -> Sequence[int]:
        """Those of its planes that are compared as they are, whatever the two pictures' ranges."""

    def planes(self, features: Features) -> Tensor | None:
        """The planes of a part of a picture: (c, h, w), one number c for content and style.

        None where the features lack what they are made of.
        """

    def weights(self, deviation: Tensor, full: float) -> Tensor | None:
        """What the centred planes are multiplied by before the match.

        Args:
            deviation: (c,) of the planes over the picture, positive.
            full: what a deviation of a guide of full weight becomes.

        Returns:
            (c,); None where the guide has no weight.
        """
