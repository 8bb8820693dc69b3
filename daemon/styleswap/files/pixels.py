"""Uncompressed pixels in memory."""

from dataclasses import dataclass

from styleswap.pixel_format import VALUE_BYTES, PixelFormat


@dataclass(frozen=True)
class Pixels:
    """A picture, its values in native byte order.

    Floats have [0, 1] as the displayable range and may leave it.
    """

    format: PixelFormat
    data: bytes | bytearray | memoryview
    """`format.byte_count` bytes."""
    profile: bytes | None = None
    """ICC profile of the file, to which `write` converts back; None: the file had none of use."""
    resolution: tuple[float, float] | None = None
    """Pixels per millimetre, across and down."""
    notices: tuple[str, ...] = ()
    """Sentences on what of the file was altered or left out."""

    def __post_init__(self) -> None:
        form, present = self.format, memoryview(self.data).nbytes
        if present != form.byte_count:
            raise ValueError(
                f"{form.width}x{form.height} {form.layout} {form.depth} takes {form.byte_count} "
                f"bytes, not {present}"
            )

    @property
    def visible(self) -> bool:
        """Whether any pixel has an alpha above 0."""
        if not self.format.has_alpha:
            return True
        size = VALUE_BYTES[self.format.depth]
        data, step = memoryview(self.data).cast("B"), size * self.format.channels
        # All bytes of a 0 are 0, and those of other values are not.
        return any(bytes(data[step - size + byte :: step]).strip(b"\0") for byte in range(size))
