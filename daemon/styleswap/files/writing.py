"""Pixels to image files."""

import os
from dataclasses import replace
from pathlib import Path

from . import profiles, vips
from .errors import FileError
from .formats import WRITABLE_SUFFIXES, writable_kind
from .pixels import Pixels
from .replacement import Replacement

_FORMATS = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}
_SIDE_LIMITS = {"PNG": 2**31 - 1, "JPEG": 65535, "WebP": 16383, "TIFF": 2**31 - 1}
# What is written where the source says nothing: 72 pixels per inch.
_RESOLUTION = 72 / 25.4
# Beyond this many bytes a TIFF needs the 64-bit variant of the format.
_BIG_TIFF = 3 << 30


def check_output(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Finds out before any work whether `write` could write there.

    Raises:
        FileError: UNSUPPORTED_FORMAT, OUTPUT_EXISTS or OUTPUT_UNWRITABLE.
    """
    path = Path(path)
    _kind(path)
    Replacement.check(path, overwrite=overwrite)


def write(
    pixels: Pixels,
    path: str | os.PathLike[str],
    *,
    quality: int = 92,
    overwrite: bool = False,
) -> tuple[str, ...]:
    """Writes an image file: PNG, JPEG, WebP or TIFF by the path's suffix.

    The depth is kept where the format can: PNG 8 and 16 bits, TIFF 8, 16 and float, JPEG and WebP
    8. Colours return to `pixels.profile` where there is one, else sRGB's is embedded. JPEG gets
    transparent pictures over white. `quality` is 1 to 100, for JPEG and WebP; WebP with 100 is
    lossless.

    The file appears complete or not at all: it is written beside its place under another name,
    flushed to the disk, and renamed.

    Returns:
        Sentences on what the file could not keep.

    Raises:
        FileError: UNSUPPORTED_FORMAT, PICTURE_TOO_LARGE, OUTPUT_EXISTS, OUTPUT_UNWRITABLE,
            DISK_FULL.
    """
    path = Path(path)
    kind = _kind(path)
    if max(pixels.format.width, pixels.format.height) > _SIDE_LIMITS[kind]:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"A {kind} file has at most {_SIDE_LIMITS[kind]} pixels a side, this picture "
            f"{pixels.format.width} x {pixels.format.height}; write a PNG or TIFF.",
        )
    notices: list[str] = []
    image = _prepared(pixels, kind, notices)
    with Replacement(path, overwrite=overwrite) as replacement:
        target = vips.TargetCustom()
        target.on_write(replacement.write)
        target.on_read(replacement.read)
        target.on_seek(replacement.seek)
        try:
            _save(image, target, kind, quality)
        except vips.Error as error:
            # A full disk is the cause, libvips's complaint only its echo.
            replacement.raise_failure()
            raise FileError(
                "OUTPUT_UNWRITABLE", f"{str(path)!r} could not be encoded: {error.detail.strip()}"
            ) from error
        replacement.finish()
    return tuple(notices)


def _kind(path: Path) -> str:
    kind = writable_kind(path)
    if kind is None:
        known = ", ".join(sorted(WRITABLE_SUFFIXES))
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{str(path)!r} does not say which format to write; end its name with one of {known}.",
        )
    return kind


def _save(image: vips.Image, target: vips.TargetCustom, kind: str, quality: int) -> None:
    if kind == "PNG":
        image.pngsave_target(target, keep="icc", compression=6)
    elif kind == "JPEG":
        # The resolution of a JPEG stands in EXIF; of new pixels, libvips writes nothing else there.
        image.jpegsave_target(target, keep="exif:icc", Q=quality, optimize_coding=True)
    elif kind == "WebP":
        image.webpsave_target(
            target, keep="icc", Q=quality, lossless=quality >= 100, exact=True, alpha_q=100
        )
    else:
        size = (
            image.width
            * image.height
            * image.bands
            * {"uchar": 1, "ushort": 2}.get(image.format, 4)
        )
        image.tiffsave_target(
            target,
            keep="icc",
            compression="deflate",
            # The predictor for floats is one that few programs read.
            predictor="none" if image.format == "float" else "horizontal",
            bigtiff=size > _BIG_TIFF,
        )


def image_of(pixels: Pixels) -> vips.Image:
    """The pixels as libvips sees them, not copied."""
    form = pixels.format
    colours = form.channels - form.has_alpha
    interpretation = {
        ("uint8", 1): "b-w",
        ("uint8", 3): "srgb",
        ("uint16", 1): "grey16",
        ("uint16", 3): "rgb16",
        ("float32", 1): "b-w",
        ("float32", 3): "scrgb",
    }[form.depth, colours]
    resolution = pixels.resolution or (_RESOLUTION, _RESOLUTION)
    return vips.Image.new_from_memory(
        pixels.data, form.width, form.height, form.channels, _FORMATS[form.depth]
    ).copy(interpretation=interpretation, xres=resolution[0], yres=resolution[1])


def _prepared(pixels: Pixels, kind: str, notices: list[str]) -> vips.Image:
    """The picture in the depth, channels and profile in which it will be written."""
    depth_limit = {"PNG": 16, "TIFF": 32}.get(kind, 8)
    colours = pixels.format.channels - pixels.format.has_alpha
    profile = pixels.profile
    if profile is not None and not profiles.usable(profile, colours):
        profile = None
        notices.append("The profile of the original does not fit the result; sRGB was taken.")
    if pixels.format.depth == "float32" and depth_limit == 32:
        return _float_image(pixels, profile)

    image = image_of(pixels)
    if pixels.format.depth == "float32" or pixels.format.linear:
        image = to_uint16(image, pixels)
    if pixels.format.depth == "float32":
        notices.append(
            f"{kind} has no floating-point values: they were limited to the displayable range and "
            f"rounded to {depth_limit} bits."
        )
    if pixels.format.has_alpha and kind == "JPEG":
        white = 65535 if image.format == "ushort" else 255
        image = image.flatten(background=[white] * colours, max_alpha=white)
        notices.append("JPEG has no transparency: the picture was laid over white.")
    if profile is not None and not profiles.is_srgb(profile):
        # At 16 bits even for 8-bit pixels: dark tones would otherwise be rounded twice.
        image = profiles.from_srgb(image, profile, 16 if image.format == "ushort" else 8)
    if image.format == "ushort" and (depth_limit == 8 or pixels.format.depth == "uint8"):
        image = to_uint8(image)
        if pixels.format.depth == "uint16":
            notices.append(f"{kind} has 8 bits per channel: the 16 bits were rounded.")
    if profile is None and colours == 3:
        profile = profiles.srgb_profile()
    return profiles.attach(image, profile)


def _float_image(pixels: Pixels, profile: bytes | None) -> vips.Image:
    """Float values as they are: a file without a profile means linear light."""
    import numpy as np  # only float pictures need it, and it takes a while

    from .shaper import srgb_to_linear

    own = profile is not None and profiles.is_srgb(profile)
    if own and not pixels.format.linear:
        return profiles.attach(image_of(pixels), profile)
    shaper = None if own or profile is None else profiles.shaper_of(profile)
    if shaper is None:
        profile = None
    form = pixels.format
    if shaper is not None or not form.linear:
        shape = (form.height, form.width, form.channels)
        values = np.frombuffer(pixels.data, np.float32).reshape(shape).copy()
        colour = values[..., : form.channels - form.has_alpha]  # a view
        if not form.linear:
            colour[:] = srgb_to_linear(colour)
        if shaper is not None:
            colour[:] = shaper.from_linear(colour)
        pixels = replace(pixels, format=replace(form, linear=True), data=values.data.cast("B"))
    return profiles.attach(image_of(pixels), profile)


def to_uint16(image: vips.Image, pixels: Pixels) -> vips.Image:
    """Float or linear pixels as 16-bit ones with sRGB's curve, limited to [0, 1]."""
    colours = pixels.format.channels - pixels.format.has_alpha
    if image.format != "float":
        image = image.cast("float") / (65535 if image.format == "ushort" else 255)
    colour = image.extract_band(0, n=colours)
    colour = (colour < 0).ifthenelse(0, colour)
    colour = (colour > 1).ifthenelse(1, colour)
    if pixels.format.linear:
        curve = colour ** (1 / 2.4) * 1.055 - 0.055
        colour = (colour <= 0.0031308).ifthenelse(colour * 12.92, curve)
    result = colour
    if pixels.format.has_alpha:
        result = result.bandjoin(image.extract_band(colours))
    scaled = (result * 65535).rint().cast("ushort")
    return scaled.copy(interpretation="grey16" if colours == 1 else "rgb16")


def to_uint8(image: vips.Image) -> vips.Image:
    """16-bit pixels as 8-bit ones, rounded."""
    narrow = (image / 257).rint().cast("uchar")
    return narrow.copy(interpretation="b-w" if image.bands < 3 else "srgb")
