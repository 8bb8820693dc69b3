"""Files that are not what they should be: always a FileError that says why, never more."""

import contextlib
import os
import random
import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from styleswap.files import FileError, read


def reason(source, **limits) -> str:
    with pytest.raises(FileError) as caught:
        read(source, **limits)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "vips" not in message
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "EMPTY_FILE"),
        (b"Dear diary, this is no picture.\n" * 9, "NOT_AN_IMAGE"),
        (b"BMW is a maker of cars", "NOT_AN_IMAGE"),
        (b"\x7fELF" + bytes(200), "NOT_AN_IMAGE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "UNSUPPORTED_FORMAT"),
        (b"8BPS\0\1" + bytes(100), "UNSUPPORTED_FORMAT"),
        (b"gimp xcf v011" + bytes(100), "UNSUPPORTED_FORMAT"),
        (b"P6\n2 2\n255\n" + bytes(12), "UNSUPPORTED_FORMAT"),
        (b"%PDF-1.7\n", "UNSUPPORTED_FORMAT"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "UNSUPPORTED_FORMAT"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "DAMAGED_IMAGE"),
    ],
)
def test_other_files(content, expected, tmp_path: Path):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    assert reason(path) == expected
    assert reason(content) == expected


def test_the_message_names_the_file(tmp_path: Path):
    path = tmp_path / "holiday.png"
    path.write_bytes(b"hello, hello, hello")
    with pytest.raises(FileError, match=r"holiday\.png' is not an image"):
        read(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "TIFF", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated(kind, share, ramps, pillow_file):
    picture = np.kron(ramps, np.ones((8, 8, 1), np.uint8))
    raw = pillow_file(picture, kind)
    assert reason(raw[: int(len(raw) * share)]) == "TRUNCATED_IMAGE"


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "jpeg"])
def test_truncated_tiff(compression, ramps, pillow_file):
    raw = pillow_file(ramps, "TIFF", compression=compression)
    assert reason(raw[: len(raw) // 2]) in ("TRUNCATED_IMAGE", "DAMAGED_IMAGE")


def test_missing_folder_and_pipe(tmp_path: Path):
    assert reason(tmp_path / "nothing.png") == "FILE_NOT_FOUND"
    assert reason(tmp_path) == "FILE_UNREADABLE"
    os.mkfifo(tmp_path / "pipe.png")
    assert reason(tmp_path / "pipe.png") == "FILE_UNREADABLE"
    assert reason("/dev/zero") == "FILE_UNREADABLE"
    assert reason("bad\0name.png") == "FILE_UNREADABLE"


def test_camera_raw_is_no_tiff(tmp_path: Path, ramps, pillow_file):
    path = tmp_path / "photo.NEF"
    path.write_bytes(pillow_file(ramps, "TIFF"))
    assert reason(path) == "UNSUPPORTED_FORMAT"


def peak_memory() -> int:
    """Bytes, of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_decompression_bomb(png_file):
    """200 million pixels in some hundred kilobytes: refused by the header, never unpacked."""
    bomb = png_file(np.zeros((1000, 1000, 3), np.uint8), size=(20000, 10000))
    before = peak_memory()
    assert reason(bomb) == "PICTURE_TOO_LARGE"
    assert reason(bomb, side_limit=30000, pixel_limit=10**8) == "PICTURE_TOO_LARGE"
    assert peak_memory() - before < 50 << 20


def test_huge_header_with_few_bytes(png_file):
    """Within the limits, but these bytes cannot hold it."""
    raw = png_file(np.zeros((1, 1, 3), np.uint8), size=(16000, 16000))
    before = peak_memory()
    assert reason(raw) == "TRUNCATED_IMAGE"
    assert peak_memory() - before < 50 << 20


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_huge_header_of_other_kinds(kind, options, ramps, pillow_file):
    raw = bytearray(pillow_file(ramps, kind, **options))
    if kind == "GIF":
        frame = raw.index(b",\0\0\0\0" + raw[6:10])
        raw[6:10] = raw[frame + 5 : frame + 9] = (16000).to_bytes(2, "little") * 2
    else:
        start = raw.index(b"\xff\xc2" if options else b"\xff\xc0")
        raw[start + 5 : start + 9] = (16000).to_bytes(2, "big") * 2
    before = peak_memory()
    assert reason(raw) == "TRUNCATED_IMAGE"
    assert peak_memory() - before < 50 << 20


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WebP", "TIFF", "AVIF"])
def test_flat_pictures_are_not_taken_for_truncated_ones(kind, pillow_file):
    """The smallest files that there are for so many pixels."""
    options = {
        "PNG": {"compress_level": 9, "transparency": (1, 2, 3)},
        "JPEG": {"quality": 1, "progressive": True, "optimize": True},
        "TIFF": {"compression": "tiff_deflate"},
    }.get(kind, {})
    raw = pillow_file(Image.new("RGB", (3000, 3000), (9, 9, 9)), kind, **options)
    assert read(raw).format.width == 3000


def test_real_zeros_are_not_taken_for_a_truncated_file(png_file):
    assert read(png_file(np.zeros((2000, 2000, 3), np.uint8))).format.width == 2000


def test_signed_values(tiff_file):
    assert reason(tiff_file(np.zeros((4, 4), np.int16))) == "UNSUPPORTED_FORMAT"
    assert reason(tiff_file(np.zeros((4, 4), np.float64))) == "UNSUPPORTED_FORMAT"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_bytes_give_a_picture_or_a_file_error(data, fuzz_seeds):
    raw = bytearray(data.draw(st.sampled_from(fuzz_seeds)))
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(chance.randrange(1, 12)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    if chance.random() < 0.3:
        del raw[chance.randrange(len(raw)) :]
    with contextlib.suppress(FileError):
        pixels = read(bytes(raw), pixel_limit=1 << 20)
        assert pixels.format.width * pixels.format.height <= 1 << 20


@pytest.fixture(scope="session")
def fuzz_seeds():
    import io

    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (16, 20, 3), np.uint8))
    seeds = []
    for kind in ("PNG", "JPEG", "WebP", "TIFF", "GIF", "AVIF"):
        buffer = io.BytesIO()
        picture.save(buffer, kind)
        seeds.append(buffer.getvalue())
    return seeds
