"""Small pictures for lists."""

import pyvips

from styleswap import borders

from . import profiles
from .pixels import Pixels
from .writing import image_of, to_uint8, to_uint16


def thumbnail_png(pixels: Pixels, size: int, *, dimmed: bool = False) -> bytes:
    """The bytes of an 8-bit sRGB PNG whose longest side is at most `size` pixels.

    Pictures smaller than that keep their size.

    Args:
        pixels: the picture.
        size: of the longest side.
        dimmed: a frame or another border of the picture is shown pale, as it is left out of
            paintings.

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
    if dimmed:
        small = _with_pale_border(image, small)
    return bytes(profiles.attach(small, None).pngsave_buffer(keep="none", compression=9))


def _with_pale_border(image: pyvips.Image, small: pyvips.Image) -> pyvips.Image:
    """A thumbnail whose border is half gone to gray, where the picture has one."""
    height, width = borders.small_size(image.height, image.width)
    looked = image.thumbnail_image(width, height=height, size="force", no_rotate=True)
    colours = looked[: looked.bands - 1] if looked.hasalpha() else looked
    colours = colours.colourspace("srgb")
    area = borders.small_inside(bytes(colours.write_to_memory()), height, width)
    if area is None or area.empty:
        return small
    area = borders.inside(area, (height, width), (small.height, small.width))
    alpha = small[small.bands - 1] if small.hasalpha() else None
    shown = small[: small.bands - 1] if small.hasalpha() else small
    pale = (shown * 0.35 + 0.65 * 128).cast("uchar")
    within = pyvips.Image.black(small.width, small.height).draw_rect(
        255, area.left, area.top, area.width, area.height, fill=True
    )
    marked = within.ifthenelse(shown, pale)
    return (marked if alpha is None else marked.bandjoin(alpha)).copy(interpretation="srgb")
