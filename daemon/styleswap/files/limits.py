"""What files are taken at most."""

from dataclasses import dataclass
from typing import Final

SIDE_LIMIT: Final = 16384
"""Largest width and height that are read unless told otherwise."""

PIXEL_LIMIT: Final = SIDE_LIMIT * SIDE_LIMIT
"""Largest number of pixels that are read unless told otherwise."""

BYTE_LIMIT: Final = 1 << 30
"""Largest file that is read unless told otherwise."""

_PIXEL_BYTES: Final = 16
"""Largest pixel of a result: four floats."""


@dataclass(frozen=True)
class Limits:
    """The largest files and pictures to take."""

    pixels: int = PIXEL_LIMIT
    """Width times height."""
    side: int = SIDE_LIMIT
    """The longer side in pixels."""
    file_bytes: int = BYTE_LIMIT
    """Of the file."""

    @property
    def decoded_bytes(self) -> int:
        """Pixels times channels times bytes of a value."""
        return self.pixels * _PIXEL_BYTES
