"""What libvips has opened as pictures of ours: upright, sRGB, straight alpha, few value types."""

from dataclasses import dataclass

from styleswap.pixel_format import BY_CHANNELS, Depth, PixelFormat

from . import profiles, tiff, vips
from .adobe_rgb import adobe_rgb_profile, is_adobe_rgb
from .errors import FileError
from .pixels import Pixels
from .tiff_colours import from_encoding
from .tiff_kinds import Prepared

VALUE_BYTES = {
    "uchar": 1,
    "char": 1,
    "ushort": 2,
    "short": 2,
    "uint": 4,
    "int": 4,
    "float": 4,
    "double": 8,
}
"""Bytes of a value by libvips's name for its type."""

_DEPTHS: dict[str, Depth] = {"uchar": "uint8", "ushort": "uint16", "float": "float32"}
_GRAY = ("b-w", "grey16")


@dataclass(frozen=True)
class Decoded:
    """A picture that libvips computes when its pixels are asked for."""

    image: vips.Image
    linear: bool
    profile: bytes | None
    resolution: tuple[float, float] | None
    notices: tuple[str, ...]

    @property
    def byte_count(self) -> int:
        """Bytes of its pixels."""
        return (
            self.image.width * self.image.height * self.image.bands * VALUE_BYTES[self.image.format]
        )

    @property
    def format(self) -> PixelFormat:
        """What its pixels are."""
        image = self.image
        layout, depth = BY_CHANNELS[image.bands], _DEPTHS[image.format]
        return PixelFormat(image.width, image.height, layout, depth, self.linear)

    def pixels(self, data: bytes | bytearray | memoryview) -> Pixels:
        """The picture with its pixels."""
        return Pixels(
            self.format,
            data,
            profile=self.profile,
            resolution=self.resolution,
            notices=self.notices,
        )


def plain(name: str, image: vips.Image, prepared: Prepared | None, notices: list[str]) -> Decoded:
    """What was opened as a picture; nothing is computed yet, where that can wait.

    Args:
        name: of the file, for messages.
        image: what libvips has opened, to be read once from the top.
        prepared: what a TIFF says of itself.
        notices: those that there are.

    Raises:
        FileError: UNSUPPORTED_FORMAT; its values are of another type.
    """
    notices = list(notices)
    pages = prepared.pages if prepared else vips.field(image, "n-pages", 1)
    if pages > 1:
        many = f"more than {pages - 1}" if pages > tiff.PAGES else str(pages)
        notices.append(f"{name} holds {many} pictures; only the first was read.")
    resolution = _resolution(image)
    profile = vips.field(image, "icc-profile-data")
    if profile is None and is_adobe_rgb(image):
        profile = adobe_rgb_profile()

    image, resolution = _upright(image, resolution)
    image = profiles.attach(image, None)
    if prepared is not None and prepared.encoding:
        image, profile = from_encoding(image, prepared), None
    image = _plain_bands(name, image, notices)
    linear = image.format == "float"
    if profile is not None:
        image, profile, linear = _without_profile(name, image, bytes(profile), notices)
    if image.interpretation == "cmyk":
        notices.append(f"{name} is CMYK without a profile; a usual one was taken for RGB.")
        image = _from_cmyk(image, None)
    return Decoded(image, linear, profile, resolution, tuple(notices))


def _resolution(image: vips.Image) -> tuple[float, float] | None:
    # libvips reports 1 pixel per millimetre where a file says nothing.
    if vips.field(image, "resolution-unit") is None and (image.xres, image.yres) == (1.0, 1.0):
        return None
    return (image.xres, image.yres) if image.xres > 0 and image.yres > 0 else None


def _upright(
    image: vips.Image, resolution: tuple[float, float] | None
) -> tuple[vips.Image, tuple[float, float] | None]:
    orientation = vips.field(image, "orientation", 1)
    if orientation in (2, 3, 4, 5, 6, 7, 8):
        # Turning reads rows out of order, which a stream cannot give.
        image = image.copy_memory().autorot()
        if orientation >= 5 and resolution is not None:
            resolution = resolution[1], resolution[0]
    return image, resolution


def _plain_bands(name: str, image: vips.Image, notices: list[str]) -> vips.Image:
    """1 to 4 bands of gray, RGB or CMYK, 8-bit, 16-bit or float."""
    if image.interpretation in ("lab", "labs", "labq"):
        image = image.colourspace("rgb16")
    if image.format == "uint":
        notices.append(f"{name} has 32-bit integers; the upper 16 bits were read.")
        wide = image.interpretation in _GRAY or image.bands < 3
        image = (image >> 16).cast("ushort").copy(interpretation="grey16" if wide else "rgb16")
    if image.format not in _DEPTHS:
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{name} has values of type {image.format!r}, which cannot be read; save it "
            "with 8 or 16 bits per channel.",
        )
    gray = image.interpretation in _GRAY or image.bands < 3
    colours = 1 if gray else 4 if image.interpretation == "cmyk" else 3
    alpha = 1 if image.hasalpha() else 0
    if image.bands > colours + alpha:
        notices.append(f"{name} has {image.bands} channels; the first {colours + alpha} were read.")
        image = image.extract_band(0, n=colours + alpha)
    return image


def _without_profile(
    name: str, image: vips.Image, profile: bytes, notices: list[str]
) -> tuple[vips.Image, bytes | None, bool]:
    """The picture in sRGB; the profile if `write` can return to it; whether it is linear."""
    cmyk = image.interpretation == "cmyk"
    colours = 4 if cmyk else 1 if image.bands < 3 else 3
    is_float = image.format == "float"
    if not profiles.usable(profile, colours):
        notices.append(
            f"{name} has a colour profile that does not fit or is damaged; it was ignored."
        )
        return image, None, is_float
    if cmyk:
        notices.append(f"{name} is CMYK; it becomes RGB.")
        return _from_cmyk(image, profile), None, False
    if profiles.is_srgb(profile):
        return image, profile, False
    if is_float:
        return *_float_from_profile(name, image, profile, colours, notices), True
    if profiles.colour_space(profile) == "RGB":
        image = image.copy_memory()
    converted = profiles.to_srgb(image, profile, 16 if image.format == "ushort" else 8)
    if profiles.colour_space(profile) == "RGB":
        converted = converted.copy_memory()
        if profiles.clips(image, converted, profile):
            notices.append(f"{name} has colours outside sRGB; they were moved to sRGB's edge.")
    return converted, profile, False


def _from_cmyk(image: vips.Image, profile: bytes | None) -> vips.Image:
    """Four inks, and alpha where there is a fifth band, as 8-bit RGB; without a profile by a usual
    one.
    """
    inks = image.extract_band(0, n=4) if image.bands > 4 else image
    if profile is None:
        colours = inks.icc_transform("srgb", input_profile="cmyk", embedded=False, depth=8)
    else:
        colours = profiles.to_srgb(inks, profile, 8)
    if image.bands == 4:
        return colours
    alpha = image.extract_band(4)
    if alpha.format == "ushort":
        alpha = (alpha / 257).rint().cast("uchar")
    return colours.bandjoin(alpha)


def _float_from_profile(
    name: str, image: vips.Image, profile: bytes, colours: int, notices: list[str]
) -> tuple[vips.Image, bytes | None]:
    """Float pixels in linear sRGB (or linear gray)."""
    shaper = profiles.shaper_of(profile)
    if shaper is None:
        notices.append(
            f"{name} has a table-based colour profile, which float pictures cannot use; it "
            "was taken as linear sRGB."
        )
        return image, None
    import numpy as np  # needed for nothing else here

    values = np.ndarray(
        (image.height, image.width, image.bands), np.float32, image.write_to_memory()
    )
    values[..., :colours] = shaper.to_linear(values[..., :colours])
    return (
        vips.Image.new_from_memory(values.data, image.width, image.height, image.bands, "float"),
        profile,
    )
