"""Small pictures, and a style small enough to match in no time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from styleswap.client import Picture

Array = npt.NDArray[Any]
Noise = Callable[..., Array]


@pytest.fixture
def noise() -> Noise:
    """(shape, dtype, seed) -> values over the whole range of the dtype, [0, 1] for floats."""

    def make(shape: tuple[int, ...], dtype: npt.DTypeLike = np.uint8, seed: int = 0) -> Array:
        generator = np.random.default_rng(seed)
        kind = np.dtype(dtype)
        if kind.kind == "f":
            return generator.random(shape).astype(kind)
        return generator.integers(0, np.iinfo(kind).max, shape, endpoint=True).astype(kind)

    return make


@pytest.fixture
def photo(noise: Noise) -> Array:
    """(24, 36, 3) uint8."""
    return noise((24, 36, 3))


@pytest.fixture
def style(noise: Noise) -> Array:
    """(32, 32, 3) uint8."""
    return noise((32, 32, 3), seed=1)


@pytest.fixture
def big_picture(noise: Noise) -> Picture:
    """2000 x 1500 px RGBA, 12 MB: more than all buffers on the way hold."""
    return Picture(2000, 1500, "rgba", "uint8", False, noise((1500, 2000, 4)).tobytes())


@pytest.fixture
def slow_request(noise: Noise) -> dict[str, Any]:
    """Arguments of `stylize` that take many seconds of matching on any machine."""
    return {
        "content": noise((640, 640, 3)),
        "style": noise((640, 640, 3), seed=1),
        "style_rotations": True,
    }
