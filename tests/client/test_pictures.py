"""Pixels of callers: what is taken, what comes back, what is refused."""

import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap.client import InvalidPicture, Picture, PictureFormat
from styleswap.client.pictures import open_picture, require_picture

SHAPES = [(5, 7), (5, 7, 1), (5, 7, 2), (5, 7, 3), (5, 7, 4)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_array_comes_back_as_it_went(noise: Any, shape: tuple[int, ...], dtype: str) -> None:
    array = noise(shape, dtype)
    opened = require_picture(array, "content")
    channels = shape[2] if len(shape) == 3 else 1
    layout = ("gray", "gray-alpha", "rgb", "rgba")[channels - 1]
    assert opened.picture.format == PictureFormat(7, 5, layout, dtype)
    assert bytes(opened.picture.data) == array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
    result = opened.alike(opened.picture)
    assert result.dtype == array.dtype
    assert result.flags.writeable
    np.testing.assert_array_equal(result, array)


def test_array_of_any_memory_order(noise: Any) -> None:
    array = noise((6, 8, 3))
    for view in (array[::-1], array[:, ::2], array.transpose(1, 0, 2), np.asfortranarray(array)):
        opened = require_picture(view, "content")
        assert bytes(opened.picture.data) == view.tobytes()


def test_packed_array_is_not_copied(noise: Any) -> None:
    array = noise((6, 8, 3))
    opened = require_picture(array, "content")
    array[0, 0, 0] ^= 0xFF
    assert opened.picture.data[0] == array[0, 0, 0]


def test_big_endian_array_travels_little_endian() -> None:
    array = np.array([[1, 256]], dtype=">u2")
    opened = require_picture(array, "content")
    assert bytes(opened.picture.data) == struct.pack("<HH", 1, 256)
    np.testing.assert_array_equal(opened.alike(opened.picture), array)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_other_floats_become_float32(noise: Any, dtype: str) -> None:
    array = noise((5, 7, 3), dtype)
    opened = require_picture(array, "content")
    assert opened.picture.depth == "float32"
    result = opened.alike(opened.picture)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, array.astype(np.float32))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 4), np.int32), "int32"),
        (np.zeros((4, 4), bool), "bool"),
        (np.zeros((4, 4), complex), "complex"),
        (np.zeros(4, np.uint8), r"\(4,\)"),
        (np.zeros((4, 4, 5), np.uint8), r"\(4, 4, 5\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"\(2, 4, 4, 3\)"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
    ],
)
def test_array_that_cannot_be_painted(array: Any, words: str) -> None:
    with pytest.raises(InvalidPicture, match=words) as caught:
        require_picture(array, "content")
    assert caught.value.field == "content"


@pytest.mark.parametrize(
    ("mode", "layout", "depth"),
    [
        ("L", "gray", "uint8"),
        ("LA", "gray-alpha", "uint8"),
        ("RGB", "rgb", "uint8"),
        ("RGBA", "rgba", "uint8"),
        ("I;16", "gray", "uint16"),
        ("F", "gray", "float32"),
    ],
)
def test_image_comes_back_as_it_went(noise: Any, mode: str, layout: str, depth: str) -> None:
    values = {
        "uint8": noise((5, 7, 4)),
        "uint16": noise((5, 7), np.uint16),
        "float32": noise((5, 7), np.float32),
    }[depth]
    if depth == "uint8":
        channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
        image = Image.frombytes(mode, (7, 5), values[:, :, :channels].tobytes())
    else:
        image = Image.fromarray(values)
    assert image.mode == mode
    opened = require_picture(image, "content")
    assert opened.picture.format == PictureFormat(7, 5, layout, depth)
    result = opened.alike(opened.picture)
    assert (result.mode, result.size) == (mode, (7, 5))
    assert result.tobytes() == image.tobytes()


def test_sixteen_bit_image_has_the_values_of_its_pixels(noise: Any) -> None:
    values = noise((5, 7), np.uint16)
    opened = require_picture(Image.fromarray(values), "content")
    assert bytes(opened.picture.data) == values.astype("<u2").tobytes()


@pytest.mark.parametrize(
    ("mode", "target"),
    [("1", "L"), ("P", "RGB"), ("PA", "RGBA"), ("RGBX", "RGB"), ("YCbCr", "RGB"), ("La", "LA")],
)
def test_image_that_is_converted(mode: str, target: str) -> None:
    image = Image.new(mode, (3, 2))
    opened = require_picture(image, "content")
    assert bytes(opened.picture.data) == image.convert(target).tobytes()
    assert opened.alike(opened.picture).mode == target


def test_transparent_palette_keeps_its_transparency() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 0
    opened = require_picture(image, "content")
    assert bytes(opened.picture.data) == bytes([10, 20, 30, 0, 40, 50, 60, 255])


@pytest.mark.parametrize("mode", ["CMYK", "LAB", "HSV", "I"])
def test_image_that_cannot_be_painted(mode: str) -> None:
    with pytest.raises(InvalidPicture, match=f"mode {mode}.*convert it"):
        require_picture(Image.new(mode, (3, 3)), "content")


def test_truncated_file_shows_itself_as_a_sentence(tmp_path: Any, noise: Any) -> None:
    path = tmp_path / "cut.jpg"
    Image.fromarray(noise((64, 64, 3))).save(path)
    path.write_bytes(path.read_bytes()[:900])
    with Image.open(path) as image, pytest.raises(InvalidPicture, match="Pillow cannot read"):
        require_picture(image, "content")


def test_image_without_pixels_is_refused() -> None:
    with pytest.raises(InvalidPicture, match="no pixels"):
        require_picture(Image.new("RGB", (0, 3)), "content")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": b"1"}, "1 bytes, but 2x1 rgb uint8 needs 6"),
        ({"data": "text12"}, "give bytes"),
        ({"width": 0}, "at least one pixel"),
        ({"height": -1}, "at least one pixel"),
        ({"layout": "cmyk"}, "gray, gray-alpha, rgb, rgba"),
        ({"depth": "int8"}, "uint8, uint16, float32"),
    ],
)
def test_picture_that_contradicts_itself(change: dict[str, Any], words: str) -> None:
    right: dict[str, Any] = {
        "width": 2, "height": 1, "layout": "rgb", "depth": "uint8", "linear": False,
        "data": bytes(6),
    }  # fmt: skip
    Picture(**right)
    with pytest.raises(InvalidPicture, match=words):
        Picture(**{**right, **change})


def test_other_objects_are_no_pictures() -> None:
    assert open_picture([[1, 2]], "content") is None
    with pytest.raises(InvalidPicture, match=r"str.*open the file first"):
        require_picture("photo.jpg", "content")
