"""Writing, against Pillow, tifffile and a PNG decoder made from the specification."""

import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from styleswap.files import FileError, Pixels, check_output, read, thumbnail_png, write
from styleswap.pixel_format import BY_CHANNELS, PixelFormat


def picture(array, linear=False, **more) -> Pixels:
    height, width, channels = array.shape
    form = PixelFormat(width, height, BY_CHANNELS[channels], array.dtype.name, linear)
    return Pixels(form, array.tobytes(), **more)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_png_keeps_every_bit(depth, channels, noise, png_values, tmp_path: Path):
    array = noise(depth, channels)
    assert write(picture(array), tmp_path / "out.png") == ()
    np.testing.assert_array_equal(png_values((tmp_path / "out.png").read_bytes()), array)
    assert names(tmp_path) == ["out.png"]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_tiff_keeps_every_bit(depth, channels, noise, tmp_path: Path):
    array = noise(depth, channels)
    assert write(picture(array, depth == "float32"), tmp_path / "out.tif") == ()
    back = tifffile.imread(tmp_path / "out.tif").reshape(array.shape)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        extra = file.pages[0].extrasamples
        assert extra == ((tifffile.EXTRASAMPLE.UNASSALPHA,) if channels in (2, 4) else ())


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_what_was_written_is_read(suffix, depth, noise, values, tmp_path: Path):
    for channels in (1, 2, 3, 4):
        original = picture(noise(depth, channels), depth == "float32")
        if depth == "float32" and suffix == ".png":
            continue
        write(original, tmp_path / f"{channels}{suffix}")
        back = read(tmp_path / f"{channels}{suffix}")
        assert (back.format.layout, back.format.depth, back.format.linear) == (
            original.format.layout,
            original.format.depth,
            original.format.linear,
        )
        np.testing.assert_array_equal(values(back), values(original))


def test_lossless_webp(noise, tmp_path: Path):
    array = noise("uint8", 4)
    write(picture(array), tmp_path / "out.webp", quality=100)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.webp")), array)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_formats_come_close(suffix, ramps, tmp_path: Path):
    write(picture(ramps), tmp_path / f"out{suffix}")
    back = np.asarray(Image.open(tmp_path / f"out{suffix}").convert("RGB")).astype(int)
    assert np.abs(back - ramps).mean() < 4


def test_16_bit_to_8_is_rounded_and_said(tmp_path: Path):
    array = np.repeat(np.arange(0, 65536, 64, dtype=np.uint16), 3).reshape(32, 32, 3)
    notices = write(picture(array), tmp_path / "out.webp", quality=100)
    expected = np.round(array / 257)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.webp")), expected)
    assert "8 bits" in notices[0]


def test_linear_float_to_png(png_values, tmp_path: Path):
    array = np.linspace(-0.1, 1.1, 400 * 3, dtype=np.float32).reshape(20, 20, 3)
    notices = write(picture(array, linear=True), tmp_path / "out.png")
    light = np.clip(array.astype(np.float64), 0, 1)
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    back = png_values((tmp_path / "out.png").read_bytes())
    assert back.dtype == np.uint16
    np.testing.assert_allclose(back, curve * 65535, atol=2)
    assert "floating-point" in notices[0]


def test_transparency_over_white_in_jpeg(tmp_path: Path):
    array = np.zeros((16, 16, 4), np.uint8)
    array[:8, :, 3] = 255
    notices = write(picture(array), tmp_path / "out.jpg")
    back = np.asarray(Image.open(tmp_path / "out.jpg")).astype(int)
    assert back[:6].max() < 8
    assert back[10:].min() > 247
    assert "transparency" in notices[0]


def test_srgb_is_embedded_where_nothing_else_is_known(ramps, tmp_path: Path):
    import io

    from PIL import ImageCms

    for suffix in (".png", ".jpg", ".webp", ".tif"):
        write(picture(ramps), tmp_path / f"out{suffix}")
        icc = Image.open(tmp_path / f"out{suffix}").info["icc_profile"]
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
        assert "sRGB" in name


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_resolution_is_kept_and_orientation_gone(suffix, ramps, pillow_file, tmp_path: Path):
    exif = Image.Exif()
    exif[0x112] = 6
    pixels = read(pillow_file(ramps, "JPEG", exif=exif, dpi=(300, 300)))
    write(pixels, tmp_path / f"out{suffix}")
    back = Image.open(tmp_path / f"out{suffix}")
    assert back.size == (30, 40)
    assert back.getexif().get(0x112, 1) == 1
    assert back.info["dpi"] == pytest.approx((300, 300), abs=0.5)


def refusal(*arguments, **options) -> str:
    with pytest.raises(FileError) as caught:
        write(*arguments, **options)
    assert str(caught.value).endswith(".")
    return caught.value.reason


def test_places_that_cannot_be_written(ramps, tmp_path: Path):
    pixels = picture(ramps)
    assert refusal(pixels, tmp_path / "out.bmp") == "UNSUPPORTED_FORMAT"
    assert refusal(pixels, tmp_path / "out") == "UNSUPPORTED_FORMAT"
    assert refusal(pixels, tmp_path / "no" / "out.png") == "OUTPUT_UNWRITABLE"
    (tmp_path / "folder.png").mkdir()
    assert refusal(pixels, tmp_path / "folder.png", overwrite=True) == "OUTPUT_UNWRITABLE"
    (tmp_path / "file").write_text("")
    assert refusal(pixels, tmp_path / "file" / "out.png") == "OUTPUT_UNWRITABLE"
    assert refusal(pixels, "/proc/self/out.png") == "OUTPUT_UNWRITABLE"
    assert names(tmp_path) == ["file", "folder.png"]


def test_webp_has_a_largest_size(tmp_path: Path):
    pixels = Pixels(PixelFormat(16384, 1, "gray"), bytes(16384))
    assert refusal(pixels, tmp_path / "out.webp") == "PICTURE_TOO_LARGE"


def test_an_old_file_is_kept_unless_told(ramps, tmp_path: Path):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    path.chmod(0o640)
    assert refusal(picture(ramps), path) == "OUTPUT_EXISTS"
    with pytest.raises(FileError):
        check_output(path)
    assert path.read_bytes() == b"precious"
    check_output(path, overwrite=True)
    write(picture(ramps), path, overwrite=True)
    assert Image.open(path).size == (40, 30)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(ramps, tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out.png").symlink_to(tmp_path / "real" / "target.png")
    write(picture(ramps), tmp_path / "out.png")
    assert (tmp_path / "out.png").is_symlink()
    assert names(tmp_path / "real") == ["target.png"]


def test_new_files_have_the_usual_mode(ramps, tmp_path: Path):
    before = os.umask(0o022)
    try:
        write(picture(ramps), tmp_path / "out.png")
    finally:
        os.umask(before)
    assert (tmp_path / "out.png").stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_read_only_folder(ramps):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # to whom modes do not apply
            os.seteuid(65534)
        try:
            assert refusal(picture(ramps), folder / "out.png") == "OUTPUT_UNWRITABLE"
        finally:
            if root:
                os.seteuid(0)
        assert names(folder) == []


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("old", [None, b"precious"])
def test_no_room_leaves_nothing_behind(suffix, old, noise, tmp_path: Path):
    """The kernel's own limit on a file's size stands in for a full disk."""
    path = tmp_path / f"out{suffix}"
    if old:
        path.write_bytes(old)
    pixels = picture(noise("uint8", 3, 100, 100))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    try:
        assert refusal(pixels, path, overwrite=True) == "DISK_FULL"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == ([path.name] if old else [])
    if old:
        assert path.read_bytes() == old


def test_killed_in_mid_write_leaves_the_old_file(ramps, tmp_path: Path):
    """The encoder stops half-way, and the process dies without any clean-up."""
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    script = f"""
import os, sys
from pathlib import Path
from styleswap.files.replacement import Replacement
with Replacement(Path({str(path)!r}), overwrite=True) as replacement:
    replacement.write(b"half")
    os._exit(9)
"""
    environment = dict(os.environ, **paths())
    ended = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert ended.returncode == 9
    assert path.read_bytes() == b"precious"


def paths() -> dict[str, str]:
    import styleswap

    return {"PYTHONPATH": str(Path(styleswap.__file__).parents[1])}


def test_an_interrupted_write_cleans_up(ramps, tmp_path: Path):
    from styleswap.files.replacement import Replacement

    def interrupted() -> None:
        with Replacement(tmp_path / "out.png", overwrite=False) as replacement:
            replacement.write(b"half")
            assert len(names(tmp_path)) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path) == []


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path):
    from styleswap.files.replacement import Replacement

    path = tmp_path / "out.png"

    def overtaken() -> None:
        with Replacement(path, overwrite=False) as replacement:
            replacement.write(b"mine")
            path.write_bytes(b"theirs")
            replacement.finish()

    with pytest.raises(FileError, match="another program"):
        overtaken()
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["out.png"]


def test_pixels_check_their_size():
    with pytest.raises(ValueError, match="takes 12 bytes, not 11"):
        Pixels(PixelFormat(2, 2, "rgb"), bytes(11))


def test_a_pale_border_keeps_alpha(png_values):
    """In a thumbnail with a dimmed border colours change, and alpha does not."""
    values = np.full((120, 160, 4), 250, np.uint8)
    values[15:105, 15:145, :3] = np.random.default_rng(0).integers(0, 120, (90, 130, 3))
    values[..., 3] = np.arange(160) // 2 + 100
    plain = png_values(thumbnail_png(picture(values), 160))
    pale = png_values(thumbnail_png(picture(values), 160, dimmed=True))
    assert pale.shape == plain.shape == values.shape
    np.testing.assert_array_equal(pale[..., 3], plain[..., 3])
    np.testing.assert_array_equal(pale[20:100, 20:140], plain[20:100, 20:140])
    assert (pale[:12, :, :3] < 180).all()
    one = np.full((64, 64, 3), 9, np.uint8)
    assert thumbnail_png(picture(one), 32, dimmed=True) == thumbnail_png(picture(one), 32)


def test_thumbnail_like_a_mean(png_values):
    """Halving: every pixel close to the mean of its four, in 8 bits."""
    generator = np.random.default_rng(8)
    soft = np.kron(generator.integers(0, 65536, (8, 16, 3)), np.ones((8, 8, 1))).astype(np.uint16)
    small = png_values(thumbnail_png(picture(soft), 64))
    assert small.shape == (32, 64, 3)
    assert small.dtype == np.uint8
    mean = soft.reshape(32, 2, 64, 2, 3).mean(axis=(1, 3)) / 257
    assert np.abs(small - mean)[1:-1, 1:-1].mean() < 6
    interior = np.abs(small - mean).reshape(8, 4, 16, 4, 3)[:, 1:3, :, 1:3]
    assert np.median(interior) <= 3


def test_thumbnails_of_small_and_transparent_pictures(png_values, noise):
    array = noise("uint8", 3)
    np.testing.assert_array_equal(png_values(thumbnail_png(picture(array), 64)), array)
    hidden = np.zeros((40, 40, 4), np.uint8)
    hidden[:, :20] = (200, 100, 50, 255)
    hidden[:, 20:] = (0, 255, 0, 0)  # a hidden green that must not bleed
    small = png_values(thumbnail_png(picture(hidden), 10)).astype(int)
    visible = small[small[..., 3] > 30]
    assert np.abs(visible[:, :3] - (200, 100, 50)).max() <= 6
    with pytest.raises(ValueError, match="at least one pixel"):
        thumbnail_png(picture(array), 0)


def test_thumbnail_of_float(png_values):
    array = np.full((4, 4, 3), 0.2140, np.float32)  # half gray on sRGB's curve
    small = png_values(thumbnail_png(picture(array, linear=True), 64))
    assert np.abs(small.astype(int) - 127).max() <= 1


def test_linear_integers_and_encoded_gray_floats(values, tmp_path: Path):
    """Forms that no file has come out as light of the same value."""
    light = np.full((4, 4, 3), round(0.2140 * 65535), np.uint16)
    write(picture(light, linear=True), tmp_path / "a.png")
    assert np.abs(values(read(tmp_path / "a.png")) - 32767.0).max() < 60
    half = np.full((4, 4, 1), 0.5, np.float32)
    write(picture(half, linear=False), tmp_path / "b.tif")
    back = read(tmp_path / "b.tif")
    assert back.format.linear
    np.testing.assert_allclose(values(back), 0.2140, atol=1e-4)


def test_a_profile_that_does_not_fit_the_result(ramps, pillow_file, tmp_path: Path):
    pixels = replace(picture(ramps), profile=b"nonsense")
    notices = write(pixels, tmp_path / "out.png")
    assert "profile" in notices[0]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out.png")), ramps)
