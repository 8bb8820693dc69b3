"""Uncompressed pixels in memory."""

from dataclasses import dataclass
from typing import Literal, TypedDict

Layout = Literal["gray", "gray-alpha", "rgb", "rgba"]
Depth = Literal["uint8", "uint16", "float32"]

CHANNELS: dict[Layout, int] = {"gray": 1, "gray-alpha": 2, "rgb": 3, "rgba": 4}
LAYOUTS: dict[int, Layout] = {count: layout for layout, count in CHANNELS.items()}
VALUE_BYTES: dict[Depth, int] = {"uint8": 1, "uint16": 2, "float32": 4}


class Form(TypedDict):
    """What pixels are: the first five fields of `Pixels`."""

    width: int
    height: int
    layout: Layout
    depth: Depth
    linear: bool


@dataclass(frozen=True)
class Pixels:
    """A picture: rows from the top, channels interleaved, no padding, native byte order.

    Integers span [0, 1] as 0..255 or 0..65535; floats have [0, 1] as the displayable range and may
    leave it. Alpha is straight. Primaries and white are those of sRGB.
    """

    width: int
    height: int
    layout: Layout
    depth: Depth
    linear: bool
    """Linear light; otherwise the sRGB curve."""
    data: bytes | bytearray | memoryview
    """`height * width * channels` values."""
    profile: bytes | None = None
    """ICC profile of the file, to which `write` converts back; None: the file had none of use."""
    resolution: tuple[float, float] | None = None
    """Pixels per millimetre, across and down."""
    notices: tuple[str, ...] = ()
    """Sentences on what of the file was altered or left out."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a picture needs at least one pixel, not {self.width}x{self.height}")
        expected = self.width * self.height * self.channels * VALUE_BYTES[self.depth]
        present = memoryview(self.data).nbytes
        if present != expected:
            raise ValueError(
                f"{self.width}x{self.height} {self.layout} {self.depth} takes {expected} bytes, "
                f"not {present}"
            )

    @property
    def channels(self) -> int:
        """Values of a pixel, alpha included."""
        return CHANNELS[self.layout]

    @property
    def visible(self) -> bool:
        """Whether any pixel has an alpha above 0."""
        if not self.has_alpha:
            return True
        size = VALUE_BYTES[self.depth]
        data, step = memoryview(self.data).cast("B"), size * self.channels
        # All bytes of a 0 are 0, and those of other values are not.
        return any(bytes(data[step - size + byte :: step]).strip(b"\0") for byte in range(size))

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.layout in ("gray-alpha", "rgba")
