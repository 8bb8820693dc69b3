"""Colour profiles, against LittleCMS through Pillow (8 bits) and textbook formulas (the rest)."""

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from tests.icc import DISPLAY_P3, GRAY_18, P3_TABLE, SRGB, SRGB_LINEAR

from styleswap.files import read, write

# Columns of the published matrix from Display P3 to sRGB, both in linear light.
P3_TO_SRGB = np.array(
    [[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09827]]
)


def encode_srgb(linear):
    return np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055
    )


def decode_srgb(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("icc", [DISPLAY_P3, P3_TABLE], ids=["curve", "table"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "TIFF"])
def test_8_bit_like_littlecms(kind, icc, ramps, pillow_file, values):
    raw = pillow_file(ramps, kind, icc_profile=icc)
    decoded = Image.open(io.BytesIO(raw)).convert("RGB")
    expected = ImageCms.profileToProfile(
        decoded,
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    pixels = read(raw)
    difference = np.abs(values(pixels).astype(int) - np.asarray(expected))
    assert difference.mean() < 1
    if kind in ("PNG", "TIFF"):
        assert difference.max() <= 1
    # The conversion is no small thing: without it the test would fail.
    assert np.abs(np.asarray(decoded).astype(int) - np.asarray(expected)).max() > 20
    assert pixels.profile == icc


def test_16_bit_like_the_formula(tiff_file, values):
    generator = np.random.default_rng(2)
    # Muted colours: inside sRGB too.
    inside = generator.uniform(0.3, 0.6, (20, 20, 3))
    array = np.round(inside * 65535).astype(np.uint16)
    pixels = read(tiff_file(array, photometric="rgb", iccprofile=DISPLAY_P3))
    expected = encode_srgb(decode_srgb(array / 65535) @ P3_TO_SRGB.T) * 65535
    assert pixels.format.depth == "uint16"
    difference = np.abs(values(pixels) - expected)
    # 8-bit processing would miss by a quarter of its step on average, half of it at most.
    assert difference.mean() < 65535 / 255 / 30
    assert difference.max() < 65535 / 255 / 2
    assert pixels.notices == ()


def test_float_like_the_formula_and_unbounded(tiff_file, values, tmp_path: Path):
    generator = np.random.default_rng(3)
    array = generator.uniform(0, 1.5, (20, 20, 3)).astype(np.float32)
    pixels = read(tiff_file(array, photometric="rgb", iccprofile=DISPLAY_P3))
    assert (pixels.format.depth, pixels.format.linear) == ("float32", True)
    expected = decode_srgb(array) @ P3_TO_SRGB.T
    assert expected.min() < 0
    np.testing.assert_allclose(values(pixels), expected, atol=2e-3)
    write(pixels, tmp_path / "back.tif")
    back = tifffile.imread(tmp_path / "back.tif")
    np.testing.assert_allclose(back, array, atol=1e-5)


def test_float_with_a_table(tiff_file, values, tmp_path: Path):
    array = np.random.default_rng(3).uniform(0, 1, (20, 20, 3)).astype(np.float32)
    pixels = read(tiff_file(array, photometric="rgb", iccprofile=P3_TABLE))
    expected = (array.astype(np.float64) ** 2.2) @ P3_TO_SRGB.T
    np.testing.assert_allclose(values(pixels), expected, atol=3e-3)
    write(pixels, tmp_path / "back.tif")
    np.testing.assert_allclose(tifffile.imread(tmp_path / "back.tif"), array, atol=5e-3)


def test_float_alpha_is_not_a_colour(tiff_file, values, tmp_path: Path):
    array = np.random.default_rng(3).uniform(0, 1, (5, 5, 4)).astype(np.float32)
    raw = tiff_file(array, photometric="rgb", extrasamples=["unassalpha"], iccprofile=DISPLAY_P3)
    pixels = read(raw)
    np.testing.assert_array_equal(values(pixels)[..., 3], array[..., 3])
    write(pixels, tmp_path / "back.tif")
    np.testing.assert_allclose(tifffile.imread(tmp_path / "back.tif"), array, atol=1e-5)


def test_float_with_srgb_profiles_is_untouched(tiff_file, values, tmp_path: Path):
    """GIMP writes both: the curve's values, or linear light."""
    array = np.random.default_rng(4).uniform(-0.2, 1.4, (8, 8, 3)).astype(np.float32)
    for icc, linear in ((SRGB, False), (SRGB_LINEAR, True)):
        pixels = read(tiff_file(array, photometric="rgb", iccprofile=icc))
        assert pixels.format.linear == linear
        np.testing.assert_array_equal(values(pixels), array)
        write(pixels, tmp_path / "back.tif", overwrite=True)
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "back.tif"), array)


def test_gray_profile(tiff_file, values, tmp_path: Path):
    array = np.linspace(0, 65535, 400).reshape(20, 20).astype(np.uint16)
    pixels = read(tiff_file(array, iccprofile=GRAY_18))
    assert (pixels.format.layout, pixels.format.depth) == ("gray", "uint16")
    expected = encode_srgb((array / 65535) ** 1.8) * 65535
    difference = np.abs(values(pixels)[..., 0] - expected)
    # Near black, LittleCMS replaces a power by a table.
    assert difference[expected > 5000].max() < 65535 / 255 / 4
    assert difference.max() < 65535 / 255 * 1.5
    write(pixels, tmp_path / "back.tif")
    back = tifffile.imread(tmp_path / "back.tif").astype(int)
    difference = np.abs(back - array)
    assert difference[expected > 5000].max() < 65535 / 255 / 4
    assert difference.max() < 65535 / 255 * 2
    with tifffile.TiffFile(tmp_path / "back.tif") as file:
        assert file.pages[0].iccprofile == GRAY_18


def test_float_gray_profile(tiff_file, values):
    array = np.linspace(0, 1.2, 400).reshape(20, 20).astype(np.float32)
    pixels = read(tiff_file(array, iccprofile=GRAY_18))
    np.testing.assert_allclose(values(pixels)[..., 0], array**1.8, rtol=1e-4)


def test_srgb_profile_leaves_values_alone(noise, tiff_file, values):
    array = noise("uint16", 3)
    pixels = read(tiff_file(array, photometric="rgb", iccprofile=SRGB))
    np.testing.assert_array_equal(values(pixels), array)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp"])
def test_the_file_gets_its_profile_back(suffix, pillow_file, tmp_path: Path):
    muted = np.random.default_rng(6).integers(90, 140, (16, 16, 3), np.uint8)
    muted = np.kron(muted, np.ones((8, 8, 1), np.uint8))
    pixels = read(pillow_file(muted, "PNG", icc_profile=DISPLAY_P3))
    write(pixels, tmp_path / f"out{suffix}", quality=100)
    picture = Image.open(tmp_path / f"out{suffix}")
    assert picture.info["icc_profile"] == DISPLAY_P3
    difference = np.abs(np.asarray(picture.convert("RGB")).astype(int) - muted)
    assert difference.max() <= (8 if suffix == ".jpg" else 1)


def test_16_bit_returns_to_its_profile(tiff_file, tmp_path: Path):
    array = np.random.default_rng(7).integers(22000, 36000, (16, 16, 3), np.uint16)
    write(read(tiff_file(array, photometric="rgb", iccprofile=DISPLAY_P3)), tmp_path / "out.tif")
    back = tifffile.imread(tmp_path / "out.tif").astype(int)
    assert np.abs(back - array).max() <= 16


def test_clipped_colours_are_said(pillow_file):
    red = np.full((20, 20, 3), (255, 0, 0), np.uint8)
    assert "outside sRGB" in read(pillow_file(red, "PNG", icc_profile=DISPLAY_P3)).notices[0]
    gray = np.full((20, 20, 3), 99, np.uint8)
    assert read(pillow_file(gray, "PNG", icc_profile=DISPLAY_P3)).notices == ()


@pytest.mark.parametrize("icc", [b"no profile at all", DISPLAY_P3[:200], GRAY_18])
def test_bad_profiles_are_ignored_and_said(icc, ramps, pillow_file, values):
    pixels = read(pillow_file(ramps, "TIFF", icc_profile=icc))
    np.testing.assert_array_equal(values(pixels), ramps)
    assert pixels.profile is None
    assert "profile" in pixels.notices[0]


def test_cmyk_becomes_rgb(pillow_file, values):
    inks = np.zeros((10, 10, 4), np.uint8)
    inks[:5, :, 0] = 255  # cyan above, black below
    inks[5:, :, 3] = 255
    for kind in ("JPEG", "TIFF"):
        pixels = read(pillow_file(Image.fromarray(inks, "CMYK"), kind))
        assert (pixels.format.layout, pixels.format.depth, pixels.profile) == ("rgb", "uint8", None)
        red, green, blue = values(pixels)[1, 1].astype(int)
        assert red < 90 < green
        assert blue > 150
        assert values(pixels)[8, 1].max() < 80
        assert "CMYK" in pixels.notices[0]
