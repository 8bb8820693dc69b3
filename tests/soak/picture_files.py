"""Small valid files of every format that can be read: what the fuzzer's cases begin with."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyvips
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

WIDTH, HEIGHT = 40, 28


@dataclass(frozen=True)
class Sample:
    """A valid file."""

    kind: str
    """PNG, JPEG, WebP, TIFF, GIF or AVIF."""
    name: str
    data: bytes


@cache
def samples() -> tuple[Sample, ...]:
    """All of them, always in the same order."""
    found = [*_png(), *_jpeg(), *_webp(), *_tiff(), *_gif(), *_avif()]
    return tuple(Sample(name.split()[0], name, data) for name, data in found)


def _values(channels: int, dtype: Any = np.uint8) -> np.ndarray:
    """(H, W, C): soft ramps with some noise, so that compressors have something to do."""
    noise = np.random.default_rng(channels)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    ramps = [across * 6, down * 9, 255 - across * 5, 128 + (across + down) % 120][:channels]
    values = np.stack(ramps, -1) + noise.integers(0, 24, (HEIGHT, WIDTH, channels))
    values = np.clip(values, 0, 255)
    if np.dtype(dtype).kind == "f":
        return (values / 200).astype(dtype)
    return (values * (np.iinfo(dtype).max // 255)).astype(dtype)


def _pillow(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _rgb() -> Image.Image:
    return Image.fromarray(_values(3))


def _rgba() -> Image.Image:
    return Image.fromarray(_values(4))


def _frames(kind: str, **options: Any) -> bytes:
    others = [_rgb().rotate(angle) for angle in (20, 40)]
    return _pillow(_rgb(), kind, save_all=True, append_images=others, duration=80, **options)


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a view of the harbour"
    return exif.tobytes()


def _vips(values: np.ndarray, interpretation: str) -> pyvips.Image:
    height, width, bands = values.shape
    format_ = {"uint8": "uchar", "uint16": "ushort", "float32": "float"}[str(values.dtype)]
    image = pyvips.Image.new_from_memory(values.tobytes(), width, height, bands, format_)
    return image.copy(interpretation=interpretation)


def _png() -> list[tuple[str, bytes]]:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "harbour")
    text.add_text("Comment", "a long walk " * 9, zip=True)
    palette = _rgb().quantize(32)
    wide = _vips(_values(4, np.uint16), "rgb16")
    return [
        ("PNG rgb", _pillow(_rgb(), "PNG")),
        ("PNG gray", _pillow(_rgb().convert("L"), "PNG")),
        ("PNG rgba 16 interlaced", wide.pngsave_buffer(interlace=True)),
        ("PNG gray 16", _vips(_values(1, np.uint16), "grey16").pngsave_buffer()),
        ("PNG palette with transparency", _pillow(palette, "PNG", transparency=bytes(range(32)))),
        ("PNG 1 bit", _pillow(_rgb().convert("1"), "PNG")),
        (
            "PNG with all metadata",
            _pillow(
                _rgb(),
                "PNG",
                icc_profile=_profile(),
                exif=_exif(6),
                dpi=(300, 300),
                pnginfo=text,
                transparency=(9, 9, 9),
            ),
        ),
        ("PNG animated", _frames("PNG")),
    ]


def _jpeg() -> list[tuple[str, bytes]]:
    metadata = {"icc_profile": _profile(), "exif": _exif(7), "comment": b"harbour"}
    restarts = _vips(_values(3), "srgb").jpegsave_buffer(Q=70, restart_interval=2)
    return [
        ("JPEG baseline", _pillow(_rgb(), "JPEG", quality=85)),
        ("JPEG progressive", _pillow(_rgb(), "JPEG", quality=60, progressive=True)),
        ("JPEG 4:4:4", _pillow(_rgb(), "JPEG", quality=95, subsampling=0)),
        ("JPEG gray", _pillow(_rgb().convert("L"), "JPEG")),
        ("JPEG cmyk", _pillow(_rgb().convert("CMYK"), "JPEG")),
        ("JPEG with restarts", restarts),
        ("JPEG with all metadata", _pillow(_rgb(), "JPEG", quality=70, **metadata)),
    ]


def _webp() -> list[tuple[str, bytes]]:
    return [
        ("WebP lossy", _pillow(_rgb(), "WebP", quality=60)),
        ("WebP lossless", _pillow(_rgb(), "WebP", lossless=True)),
        ("WebP lossy with alpha", _pillow(_rgba(), "WebP", quality=50)),
        ("WebP lossless with alpha", _pillow(_rgba(), "WebP", lossless=True, exact=True)),
        ("WebP animated", _frames("WebP")),
        (
            "WebP with metadata",
            _pillow(_rgb(), "WebP", quality=70, icc_profile=_profile(), exif=_exif(3)),
        ),
    ]


def _tiff() -> list[tuple[str, bytes]]:
    def plain(values: np.ndarray, **options: Any) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, values, metadata=None, **options)
        return buffer.getvalue()

    rgb, wide = _values(3), _values(3, np.uint16)
    vips = _vips(rgb, "srgb")
    return [
        ("TIFF rgb", plain(rgb, photometric="rgb", rowsperstrip=7)),
        ("TIFF rgb 16 big-endian", plain(wide, photometric="rgb", byteorder=">", rowsperstrip=9)),
        ("TIFF BigTIFF", plain(rgb, photometric="rgb", bigtiff=True)),
        ("TIFF planes apart", plain(np.moveaxis(rgb, -1, 0).copy(), photometric="rgb")),
        ("TIFF float", plain(_values(3, np.float32), photometric="rgb")),
        ("TIFF rgba", plain(_values(4), photometric="rgb", extrasamples=["unassalpha"])),
        ("TIFF cmyk", plain(_values(4), photometric="separated")),
        ("TIFF gray 16 deflate", plain(wide[..., 0], compression="zlib", predictor=True)),
        ("TIFF deflate", vips.tiffsave_buffer(compression="deflate", predictor="none")),
        ("TIFF lzw", vips.tiffsave_buffer(compression="lzw", predictor="horizontal")),
        (
            "TIFF lzw tiles",
            vips.tiffsave_buffer(compression="lzw", tile=True, tile_width=16, tile_height=16),
        ),
        ("TIFF packbits", vips.tiffsave_buffer(compression="packbits")),
        ("TIFF jpeg", vips.tiffsave_buffer(compression="jpeg", Q=70)),
        ("TIFF webp", vips.tiffsave_buffer(compression="webp", Q=60)),
        ("TIFF lab 16", _vips(wide, "rgb16").colourspace("labs").tiffsave_buffer()),
        ("TIFF lab 8", plain(rgb, photometric="cielab")),
        ("TIFF fax", _pillow(_rgb().convert("1"), "TIFF", compression="group4")),
        ("TIFF palette", _pillow(_rgb().quantize(16), "TIFF", compression="tiff_lzw")),
        ("TIFF pages", _frames("TIFF", compression="tiff_deflate")),
        ("TIFF zstd", _pillow(_rgb(), "TIFF", compression="zstd")),
        ("TIFF lzma", _pillow(_rgb(), "TIFF", compression="lzma")),
    ]


def _gif() -> list[tuple[str, bytes]]:
    palette = _rgb().quantize(64)
    return [
        ("GIF still", _pillow(palette, "GIF")),
        ("GIF interlaced", _pillow(palette, "GIF", interlace=True)),
        ("GIF with transparency", _pillow(palette, "GIF", transparency=3, comment="harbour")),
        ("GIF animated", _frames("GIF", disposal=2)),
    ]


def _avif() -> list[tuple[str, bytes]]:
    return [
        ("AVIF lossy", _pillow(_rgb(), "AVIF", quality=50, speed=9)),
        ("AVIF with alpha", _pillow(_rgba(), "AVIF", quality=40, speed=9)),
        (
            "AVIF 4:4:4 with metadata",
            _pillow(
                _rgb(),
                "AVIF",
                quality=80,
                speed=9,
                subsampling="4:4:4",
                icc_profile=_profile(),
                exif=_exif(5),
            ),
        ),
    ]
