"""ICC profiles: to sRGB and back.

Integer pixels go through LittleCMS (relative colorimetric, black point compensation) at 16 bits.
Float pixels may leave [0, 1], which LittleCMS's integer paths would cut off: where the profile is
primaries and curves, they are converted by its own formula in floating point (ICC.1:2022,
annex F), through linear light.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from . import vips

if TYPE_CHECKING:
    from .shaper import Shaper

_ICC = "icc-profile-data"
# Three quarters of an 8-bit step: what different makers' sRGB profiles differ by stays below it.
_SAME = 0.75 / 255 * 65535


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC profile of sRGB, to embed."""
    return bytes(vips.Image.profile_load("srgb"))


def colour_space(profile: bytes) -> str:
    """The profile's data colour space: "RGB", "GRAY", "CMYK", ...; empty where it is no profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("ascii", "replace").strip()


def attach(image: vips.Image, profile: bytes | None) -> vips.Image:
    """The same pixels, tagged with `profile`, or with none."""
    tagged = image.copy()
    if profile is not None:
        tagged.set_type(vips.blob_type(), _ICC, profile)
    elif tagged.get_typeof(_ICC):
        tagged.remove(_ICC)
    return tagged


def to_srgb(image: vips.Image, profile: bytes, depth: int) -> vips.Image:
    """`image` (8 or 16 bits a channel, tagged or not) from `profile` to sRGB.

    A gray profile gives one band again. Alpha passes.
    """
    converted = attach(image, profile).icc_transform(
        "srgb", embedded=True, intent="relative", black_point_compensation=True, depth=depth
    )
    if colour_space(profile) == "GRAY":
        # Three equal bands (and alpha): the green one is the gray.
        gray = converted.extract_band(1)
        if converted.bands == 4:
            gray = gray.bandjoin(converted.extract_band(3))
        converted = gray.copy(interpretation="grey16" if depth == 16 else "b-w")
    return attach(converted, None)


def from_srgb(image: vips.Image, profile: bytes, depth: int) -> vips.Image:
    """`image` (8 or 16 bits a channel, sRGB or gray with its curve) converted to `profile`."""
    if colour_space(profile) == "GRAY":
        colour = image.extract_band(0)
        source = colour.bandjoin([colour, colour])
        if image.bands == 2:
            source = source.bandjoin(image.extract_band(1))
        image = source.copy(interpretation="rgb16" if image.format == "ushort" else "srgb")
    connection = image.icc_import(
        input_profile="srgb", embedded=False, intent="relative", black_point_compensation=True
    )
    return attach(connection, profile).icc_export(
        intent="relative", black_point_compensation=True, depth=depth
    )


def _cube(bands: int) -> vips.Image:
    """9 steps of every band, 16 bits: (1, 9 ** bands) pixels."""
    steps = [round(step * 65535 / 8) for step in range(9)]
    values: list[int] = []
    if bands == 1:
        values = steps
    else:
        values = [v for r in steps for g in steps for b in steps for v in (r, g, b)]
    raw = b"".join(value.to_bytes(2, "little") for value in values)
    image = vips.Image.new_from_memory(raw, len(values) // bands, 1, bands, "ushort")
    return image.copy(interpretation="grey16" if bands == 1 else "rgb16")


@lru_cache(maxsize=64)
def usable(profile: bytes, colour_bands: int) -> bool:
    """Whether LittleCMS can convert pictures of so many colour bands from this profile."""
    expected = {1: "GRAY", 3: "RGB", 4: "CMYK"}.get(colour_bands)
    if expected is None or colour_space(profile) != expected:
        return False
    try:
        if expected == "CMYK":
            sample = vips.Image.black(1, 1, bands=4).copy(interpretation="cmyk")
            to_srgb(sample, profile, 8).copy_memory()
        else:
            from_srgb(to_srgb(_cube(colour_bands), profile, 16), profile, 16).copy_memory()
    except vips.Error:
        return False
    return True


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Whether converting a usable RGB or GRAY profile to sRGB would leave values as they are."""
    cube = _cube(1 if colour_space(profile) == "GRAY" else 3)
    difference = (to_srgb(cube, profile, 16).cast("float") - cube.cast("float")).abs()
    return bool(difference.max() <= _SAME)


@lru_cache(maxsize=64)
def shaper_of(profile: bytes) -> "Shaper | None":
    """The profile as curves and primaries, or None where it is made of tables."""
    from .shaper import parse_shaper  # imports NumPy, which takes a while

    return parse_shaper(profile)


def clips(image: vips.Image, converted: vips.Image, profile: bytes) -> bool:
    """Whether more than a thousandth of `image`'s colours are lost in `converted` (its sRGB form).

    Judged on a sample of at most 256 x 256 pixels, by converting back.
    """
    step = max(1, image.width // 256), max(1, image.height // 256)
    depth = 16 if image.format == "ushort" else 8
    original = image.subsample(*step).extract_band(0, n=3)
    back = from_srgb(converted.subsample(*step).extract_band(0, n=3), profile, depth)
    difference = (back.cast("float") - original.cast("float")).abs()
    limit = 4 / 255 * (65535 if depth == 16 else 255)
    return bool((difference > limit).bandor().avg() > 255 * 0.001)
