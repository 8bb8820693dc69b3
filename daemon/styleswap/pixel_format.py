"""What uncompressed pixels are: one description for all rooms but the engine.

Standard library only and Python 3.10, because editors carry a copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Layout = Literal["gray", "gray-alpha", "rgb", "rgba"]
Depth = Literal["uint8", "uint16", "float32"]

CHANNELS: dict[Layout, int] = {"gray": 1, "gray-alpha": 2, "rgb": 3, "rgba": 4}
"""Channels by layout."""
BY_CHANNELS: dict[int, Layout] = {channels: layout for layout, channels in CHANNELS.items()}
"""Layouts by number of channels."""
VALUE_BYTES: dict[Depth, int] = {"uint8": 1, "uint16": 2, "float32": 4}
"""Bytes of a value by depth."""


class FormatError(ValueError):
    """There are no such pixels; `field` says what of the format is to blame."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field} = {value!r}: {rule}.")
        self.field = field


@dataclass(frozen=True)
class PixelFormat:
    """How the bytes of a picture are to be read: rows from the top, packed, little-endian."""

    width: int
    """Columns, at least 1."""
    height: int
    """Rows, at least 1."""
    layout: Layout
    """Channels in their order; alpha is straight."""
    depth: Depth = "uint8"
    """Type of a channel's value: 255, 65535 or 1.0 is full."""
    linear: bool = False
    """Linear light instead of the sRGB curve; primaries are those of sRGB in either case."""

    def __post_init__(self) -> None:
        """Raises FormatError where a field is out of its range."""
        for name in ("width", "height"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise FormatError(name, value, "a picture needs at least one pixel")
        if self.layout not in CHANNELS:
            raise FormatError("layout", self.layout, f"must be one of {', '.join(CHANNELS)}")
        if self.depth not in VALUE_BYTES:
            raise FormatError("depth", self.depth, f"must be one of {', '.join(VALUE_BYTES)}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "PixelFormat":
        """Returns the format whose fields came as JSON; raises ValueError where they are none."""
        try:
            form = cls(**{field.name: values[field.name] for field in fields(cls)})
        except (LookupError, TypeError) as error:
            raise ValueError(f"no format of pixels: {error}") from error
        if not isinstance(form.linear, bool):
            raise FormatError("linear", form.linear, "must be true or false")
        return form

    @property
    def channels(self) -> int:
        """Values of a pixel, 1 to 4."""
        return CHANNELS[self.layout]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.layout in ("gray-alpha", "rgba")

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.width * self.channels * VALUE_BYTES[self.depth]

    @property
    def byte_count(self) -> int:
        """Bytes of the picture."""
        return self.height * self.row_bytes

    def sized(self, height: int, width: int) -> "PixelFormat":
        """Returns the same format with other sides."""
        return replace(self, width=width, height=height)
