"""Pictures and image files made without the code under test."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from PIL import Image

from styleswap.files import Pixels

Array = npt.NDArray[Any]
DTYPES = {"uint8": np.uint8, "uint16": np.uint16, "float32": np.float32}


@pytest.fixture
def values() -> Callable[[Pixels], Array]:
    """(H, W, C) array of a picture."""

    def convert(pixels: Pixels) -> Array:
        shape = (pixels.format.height, pixels.format.width, pixels.format.channels)
        return np.frombuffer(pixels.data, DTYPES[pixels.format.depth]).reshape(shape)

    return convert


@pytest.fixture
def noise() -> Callable[..., Array]:
    """(H, W, C) array with every bit in use; floats span -0.5 to 1.5."""

    def make(depth: str, channels: int, height: int = 9, width: int = 13) -> Array:
        generator = np.random.default_rng(5)
        shape = (height, width, channels)
        if depth == "float32":
            return (generator.random(shape) * 2 - 0.5).astype(np.float32)
        limit = np.iinfo(DTYPES[depth]).max
        return generator.integers(0, limit, shape, DTYPES[depth], endpoint=True)

    return make


@pytest.fixture
def ramps() -> Array:
    """(30, 40, 3) 8-bit picture with soft transitions between many colours."""
    down, across = np.meshgrid(np.linspace(0, 255, 30), np.linspace(0, 255, 40), indexing="ij")
    return np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)


@pytest.fixture
def pillow_file() -> Callable[..., bytes]:
    """The bytes of a file as Pillow writes it."""

    def encode(picture: Image.Image | Array, kind: str, **options: Any) -> bytes:
        if not isinstance(picture, Image.Image):
            picture = Image.fromarray(picture)
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def tiff_file() -> Callable[..., bytes]:
    """The bytes of a TIFF as tifffile writes it."""

    def encode(array: Array, **options: Any) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, array, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def png_file() -> Callable[..., bytes]:
    """The bytes of a PNG, 8 or 16 bits, from an (H, W, C) array: the format's plainest form.

    `size` (width, height) lies in the header instead of the array's own.
    """

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    def encode(array: Array, size: tuple[int, int] | None = None) -> bytes:
        height, width, channels = array.shape
        bits = array.dtype.itemsize * 8
        colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
        rows = array.astype(array.dtype.newbyteorder(">"))
        data = b"".join(b"\0" + rows[y].tobytes() for y in range(height))
        header = struct.pack(">IIBBBBB", *(size or (width, height)), bits, colour, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(data))
            + chunk(b"IEND", b"")
        )

    return encode


@pytest.fixture
def png_values() -> Callable[[bytes], Array]:
    """(H, W, C) array of a non-interlaced 8 or 16-bit PNG, decoded from the specification."""

    def decode(data: bytes) -> Array:
        position, packed, header = 8, b"", b""
        while position < len(data):
            (length,) = struct.unpack_from(">I", data, position)
            name, body = data[position + 4 : position + 8], data[position + 8 :][:length]
            if name == b"IHDR":
                header = body
            elif name == b"IDAT":
                packed += body
            position += 12 + length
        width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
        assert not interlaced
        channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
        step = channels * bits // 8
        stride = width * step
        raw = zlib.decompress(packed)
        rows: list[list[int]] = []
        above = [0] * stride
        for y in range(height):
            kind, line = raw[y * (stride + 1)], list(raw[y * (stride + 1) + 1 :][:stride])
            for i in range(stride):
                left = line[i - step] if i >= step else 0
                corner = above[i - step] if i >= step else 0
                if kind == 1:
                    line[i] += left
                elif kind == 2:
                    line[i] += above[i]
                elif kind == 3:
                    line[i] += (left + above[i]) // 2
                elif kind == 4:
                    guess = left + above[i] - corner
                    line[i] += min((left, above[i], corner), key=lambda n, g=guess: abs(n - g))
                line[i] &= 255
            rows.append(line)
            above = line
        kinds = {8: np.dtype(np.uint8), 16: np.dtype(">u2")}
        array = np.frombuffer(bytes(v for row in rows for v in row), kinds[bits])
        return array.reshape(height, width, channels).astype(kinds[bits].newbyteorder("="))

    return decode
