"""Reading, against Pillow, tifffile and PNGs put together by hand."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from styleswap.files import FileError, read
from styleswap.pixel_format import BY_CHANNELS, PixelFormat


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_png(depth, channels, noise, png_file, values):
    array = noise(depth, channels)
    pixels = read(png_file(array))
    assert pixels.format == PixelFormat(13, 9, BY_CHANNELS[channels], depth)
    np.testing.assert_array_equal(values(pixels), array)
    assert pixels.notices == ()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"compression": "zlib"}])
def test_tiff(depth, channels, options, noise, tiff_file, values):
    array = noise(depth, channels)
    pixels = read(
        tiff_file(
            array if channels > 1 else array[..., 0],
            photometric="rgb" if channels > 2 else "minisblack",
            planarconfig="contig" if channels > 1 else None,
            extrasamples=["unassalpha"] if channels in (2, 4) else None,
            **options,
        )
    )
    assert (pixels.format.layout, pixels.format.depth) == (BY_CHANNELS[channels], depth)
    assert pixels.format.linear == (depth == "float32")
    np.testing.assert_array_equal(values(pixels), array)


def test_tiff_with_premultiplied_alpha_becomes_straight(tiff_file, values):
    straight = np.full((4, 5, 4), (60000, 30000, 6000, 32768), np.uint16)
    premultiplied = straight.copy()
    premultiplied[..., :3] = np.round(straight[..., :3] * (32768 / 65535))
    raw = tiff_file(premultiplied, photometric="rgb", extrasamples=["assocalpha"])
    difference = values(read(raw)).astype(int) - straight
    assert np.abs(difference).max() <= 2


def test_tiff_in_half_precision(tiff_file, values):
    array = np.linspace(0, 1, 9 * 13 * 3, dtype=np.float16).reshape(9, 13, 3)
    pixels = read(tiff_file(array, photometric="rgb"))
    assert (pixels.format.depth, pixels.format.linear) == ("float32", True)
    np.testing.assert_array_equal(values(pixels), array.astype(np.float32))


def test_tiff_with_32_bit_integers_keeps_16(tiff_file, values):
    array = np.array([[[0, 1 << 31, (1 << 32) - 1]]], np.uint32)
    pixels = read(tiff_file(array, photometric="rgb"))
    np.testing.assert_array_equal(values(pixels), [[[0, 32768, 65535]]])
    assert "32-bit" in pixels.notices[0]


@pytest.mark.parametrize("kind", ["JPEG", "WebP", "GIF", "TIFF", "AVIF"])
def test_8_bit_like_pillow(kind, ramps, pillow_file, values):
    full_colour = {"subsampling": "4:4:4"} if kind in ("JPEG", "AVIF") else {}
    raw = pillow_file(ramps, kind, **full_colour)
    expected = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
    difference = values(read(raw)).astype(int) - expected
    # Two decoders of lossy formats may round differently.
    assert np.abs(difference).mean() < (1 if kind in ("JPEG", "WebP", "AVIF") else 1e-9)


@pytest.mark.parametrize(
    ("mode", "layout"), [("P", "rgb"), ("1", "gray"), ("L", "gray"), ("LA", "gray-alpha")]
)
def test_palettes_and_bits(mode, layout, ramps, pillow_file, values):
    picture = Image.fromarray(ramps).convert(mode)
    pixels = read(pillow_file(picture, "PNG"))
    assert (pixels.format.layout, pixels.format.depth) == (layout, "uint8")
    plain = {"P": "RGB", "1": "L"}.get(mode, mode)
    expected = np.asarray(picture.convert(plain))
    np.testing.assert_array_equal(values(pixels).squeeze(), expected)


def test_palette_with_transparency(ramps, pillow_file, values):
    picture = Image.fromarray(ramps).quantize(16)
    raw = pillow_file(picture, "PNG", transparency=3)
    pixels = read(raw)
    assert pixels.format.layout == "rgba"
    expected = np.asarray(Image.open(io.BytesIO(raw)).convert("RGBA"))
    assert expected[..., 3].min() == 0
    np.testing.assert_array_equal(values(pixels), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WebP"])
def test_orientation(kind, orientation, ramps, pillow_file, values):
    exif = Image.Exif()
    exif[0x112] = orientation
    lossless = {"lossless": True} if kind == "WebP" else {"dpi": (300, 150)}
    raw = pillow_file(ramps, kind, exif=exif, **lossless)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(raw))))
    pixels = read(raw)
    assert values(pixels).shape == expected.shape
    assert np.abs(values(pixels).astype(int) - expected).mean() < 1
    if kind != "WebP":
        across, down = (300, 150) if orientation < 5 else (150, 300)
        assert pixels.resolution == pytest.approx((across / 25.4, down / 25.4), rel=1e-3)


def test_only_the_first_picture(ramps, pillow_file, values):
    pages = [Image.fromarray(np.roll(ramps, shift, axis=1)) for shift in (0, 9, 17)]
    pixels = read(pillow_file(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    np.testing.assert_array_equal(values(pixels), ramps)
    assert "3 pictures" in pixels.notices[0]


def test_further_channels_are_left_out(noise, tiff_file, values):
    array = noise("uint8", 6)
    extra = ["unassalpha", "unspecified", "unspecified"]
    pixels = read(tiff_file(array, photometric="rgb", planarconfig="contig", extrasamples=extra))
    np.testing.assert_array_equal(values(pixels), array[..., :4])
    assert "6 channels" in pixels.notices[0]


def test_path_that_looks_like_options(tmp_path: Path, noise, png_file, values):
    array = noise("uint8", 3)
    path = tmp_path / "photo[page=2,n=-1] ünï.png"
    path.write_bytes(png_file(array))
    np.testing.assert_array_equal(values(read(path)), array)
    np.testing.assert_array_equal(values(read(str(path))), array)


def test_the_bytes_decide_not_the_suffix(tmp_path: Path, noise, png_file, values):
    array = noise("uint8", 3)
    path = tmp_path / "photo.jpg"
    path.write_bytes(png_file(array))
    np.testing.assert_array_equal(values(read(path)), array)


def test_limits_hold_before_decoding(noise, png_file):
    raw = png_file(noise("uint8", 3))
    read(raw, pixel_limit=9 * 13, side_limit=13, byte_limit=len(raw))
    for limits, reason in (
        ({"pixel_limit": 9 * 13 - 1}, "PICTURE_TOO_LARGE"),
        ({"side_limit": 12}, "PICTURE_TOO_LARGE"),
        ({"byte_limit": len(raw) - 1}, "FILE_TOO_LARGE"),
    ):
        with pytest.raises(FileError) as caught:
            read(raw, **limits)
        assert caught.value.reason == reason
