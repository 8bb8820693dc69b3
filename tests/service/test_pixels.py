"""Formats, and the canonical form that styles are named by."""

import hashlib

import numpy as np
import pytest

from styleswap.files import Pixels
from styleswap.pixel_format import BY_CHANNELS, PixelFormat
from styleswap.service.pixels import canonical, digest, read_format, values
from styleswap.v1 import pictures_pb2
from styleswap.v1.pictures import to_message

TOP = {"uint8": 255, "uint16": 65535, "float32": 1.0}


def picture(array: np.ndarray, linear: bool = False) -> Pixels:
    height, width, channels = array.shape
    form = PixelFormat(width, height, BY_CHANNELS[channels], str(array.dtype), linear)
    return Pixels(form, array.tobytes())


def noise(channels: int, depth: str) -> np.ndarray:
    random = np.random.default_rng(channels)
    return (random.random((5, 7, channels)) * TOP[depth]).astype(depth)


def test_straight_alpha_may_be_said_where_there_is_none() -> None:
    message = to_message(picture(noise(3, "uint8")).format)
    message.alpha_kind = pictures_pb2.ALPHA_KIND_STRAIGHT
    assert read_format(message, "f").layout == "rgb"


@pytest.mark.parametrize("depth", TOP)
def test_gray_becomes_rgb_and_opaque_alpha_goes(depth: str) -> None:
    gray = noise(1, depth)
    rgb = np.repeat(gray, 3, 2)
    opaque = np.full((5, 7, 1), TOP[depth], depth)
    for form in (gray, rgb, np.concatenate((gray, opaque), 2), np.concatenate((rgb, opaque), 2)):
        result = canonical(picture(form))
        assert result.format.layout == "rgb"
        np.testing.assert_array_equal(values(result), rgb)
    seen_through = np.concatenate((gray, opaque), 2)
    seen_through[2, 3, 1] = 0
    result = canonical(picture(seen_through))
    assert result.format.layout == "rgba"
    np.testing.assert_array_equal(values(result)[..., :3], rgb)
    np.testing.assert_array_equal(values(result)[..., 3:], seen_through[..., 1:])


def test_digest_is_of_form_and_pixels() -> None:
    array = noise(3, "uint8")
    expected = hashlib.sha256(b"7x5 rgb uint8 False\n" + array.tobytes()).hexdigest()
    assert digest(picture(array)) == expected
    changed = array.copy()
    changed[4, 6, 2] ^= 1
    others = {
        digest(picture(array.reshape(7, 5, 3))),
        digest(picture(array, linear=True)),
        digest(picture(changed)),
        digest(picture(noise(3, "uint16"))),
    }
    assert len(others) == 4
    assert expected not in others
