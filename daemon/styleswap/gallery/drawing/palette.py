"""Colours: hexadecimal names, ramps, and mixing and jitter in Oklab.

Oklab is Björn Ottosson's perceptual space (2020): L in 0..1, a and b about -0.4..0.4. RGB here is
sRGB-encoded float32 in 0..1 with the channel last.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.floating]

_LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    dtype=np.float32,
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    dtype=np.float32,
)
_RGB_FROM_LMS = np.linalg.inv(_LMS_FROM_RGB).astype(np.float32)
_LMS_FROM_LAB = np.linalg.inv(_LAB_FROM_LMS).astype(np.float32)


def rgb(code: str) -> Colours:
    """(3,) from "#rrggbb"."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32) / 255.0


def swatches(codes: str) -> Colours:
    """(N, 3) from hexadecimal codes parted by spaces."""
    return np.stack([rgb(code) for code in codes.split()])


def oklab(colour: Colours) -> Colours:
    """Convert sRGB (..., 3) in 0..1 to Oklab (..., 3)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear.astype(np.float32) @ _LMS_FROM_RGB.T) @ _LAB_FROM_LMS.T
    return np.asarray(lab, dtype=np.float32)


def srgb(lab: Colours) -> Colours:
    """Convert Oklab (..., 3) to sRGB (..., 3), clipped to 0..1."""
    linear = np.clip((lab @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(encoded, dtype=np.float32)


def ramp(t: NDArray[np.floating], codes: str, stops: Sequence[float] | None = None) -> Colours:
    """Colours (..., 3) along a ramp through `codes`, mixed in Oklab; t in 0..1 of any shape."""
    lab = oklab(swatches(codes))
    at = np.linspace(0.0, 1.0, len(lab)) if stops is None else np.asarray(stops)
    return srgb(np.stack([np.interp(t, at, lab[:, i]) for i in range(3)], axis=-1))


def jitter(
    colours: Colours, rng: np.random.Generator, lightness: float, chroma: float, gain: float = 1.0
) -> Colours:
    """Colours (N, 3) with normal noise in Oklab lightness and in a and b; `gain` scales a and b."""
    lab = oklab(colours)
    lab[..., 1:] *= gain
    spread = np.array([lightness, chroma, chroma], dtype=np.float32)
    return srgb(lab + rng.standard_normal(lab.shape).astype(np.float32) * spread)


def luminance(colour: Colours) -> Colours:
    """Rec. 601 luma (...,) of sRGB (..., 3), 0..1: how dark or light the encoded picture looks."""
    return np.asarray(colour @ np.array([0.299, 0.587, 0.114], dtype=np.float32))
