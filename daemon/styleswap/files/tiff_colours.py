"""Colours that stand in a TIFF in other terms than libvips reads them: Lab and YCbCr.

TIFF 6.0, sections 20, 21 and 23; ICC Lab: Adobe's TIFF technical notes (2002).
"""

from . import vips
from .tiff_kinds import Prepared


def from_encoding(image: vips.Image, prepared: Prepared) -> vips.Image:
    """Values as they stand in the file, 3 or more bands of 8 or 16 bits, as RGB.

    YCbCr becomes 8 bits a channel, Lab 16. A fourth band is alpha, where the file says that it is.
    """
    colours = image.extract_band(0, n=3)
    if prepared.encoding == "ycbcr":
        result = _from_ycbcr(colours, prepared)
        return _joined(result, image, "srgb")
    top = 65535 if image.format == "ushort" else 255
    lab = _lab(colours, signed=prepared.encoding == "lab")
    if prepared.premultiplied and image.bands > 3:
        share = image.extract_band(3).cast("float") / top
        lab = (share > 0).ifthenelse(lab / share, 0)
    result = lab.copy(interpretation="lab").colourspace("rgb16")
    if top == 255 and image.bands > 3:
        image = (image.cast("ushort") * 257).cast("ushort")
    return _joined(result, image, "rgb16")


def _joined(colours: vips.Image, given: vips.Image, interpretation: str) -> vips.Image:
    """The colours, and the other bands of what was given."""
    if given.bands > 3:
        colours = colours.bandjoin(given.extract_band(3, n=given.bands - 3))
    return colours.copy(interpretation=interpretation)


def _lab(values: vips.Image, *, signed: bool) -> vips.Image:
    """Lightness 0 to 100, a and b from -128 to 127."""
    wide = values.format == "ushort"
    bands = [values.extract_band(index) for index in range(3)]
    if signed:
        # Two's complement: libvips reads the same bits again as signed ones.
        lightness = bands[0].cast("float") * (100 / (65535 if wide else 255))
        a, b = (
            band.copy(format="short" if wide else "char").cast("float") / (256 if wide else 1)
            for band in bands[1:]
        )
    else:
        lightness = bands[0].cast("float") * (100 / (65280 if wide else 255))
        a, b = (band.cast("float") / (256 if wide else 1) - 128 for band in bands[1:])
    return lightness.bandjoin([a, b])


def _from_ycbcr(values: vips.Image, prepared: Prepared) -> vips.Image:
    (red, green, blue), levels = prepared.recipe
    # To luma 0 to 255 and differences of colour around 0, as the file's black and white say.
    scaled = [
        (values.extract_band(index).cast("float") - levels[2 * index])
        * (full / (levels[2 * index + 1] - levels[2 * index]))
        for index, full in enumerate((255, 127, 127))
    ]
    luma = scaled[0].bandjoin(scaled[1:])
    r, b = 2 - 2 * red, 2 - 2 * blue
    matrix = [[1, 0, r], [1, -b * blue / green, -r * red / green], [1, b, 0]]
    return luma.recomb(matrix).rint().cast("uchar")
