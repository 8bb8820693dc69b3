"""Small pictures for lists."""

from . import profiles
from .pixels import Pixels
from .writing import image_of, to_uint8, to_uint16


def thumbnail_png(pixels: Pixels, size: int) -> bytes:
    """The bytes of an 8-bit sRGB PNG whose longest side is at most `size` pixels.

    Pictures smaller than that keep their size.

    Raises:
        ValueError: for a size below 1.
    """
    if size < 1:
        raise ValueError(f"a thumbnail needs at least one pixel, not {size}")
    image = image_of(pixels)
    if image.format == "float" or pixels.format.linear:
        image = to_uint16(image, pixels)
    if image.format == "ushort":
        image = to_uint8(image)
    # Averaging is premultiplied, so that hidden colours do not show at the edges.
    small = image.thumbnail_image(size, height=size, size="down", no_rotate=True)
    return bytes(profiles.attach(small, None).pngsave_buffer(keep="none", compression=9))
