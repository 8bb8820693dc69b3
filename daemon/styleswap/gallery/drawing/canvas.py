"""The sheet a picture is drawn on: coordinates, masks, layers, and the final reduction.

Pictures are drawn at twice their size and reduced with a Lanczos filter, which smooths edges. All
positions and lengths are in units of the picture's side: x to the right and y down, both 0..1.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .noise import Field
from .palette import Colours

SUPERSAMPLING = 2


def grid(size: int) -> tuple[Field, Field]:
    """Positions x and y of every pixel centre, each (size, size)."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = np.meshgrid(axis, axis)
    return x, y


def window(size: int, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    """Rows and columns of the part of a (size, size) sheet between these edges: never empty."""
    rows, columns = (
        slice(min(max(0, int(low * size)), size - 1), max(1, int(high * size) + 1))
        for low, high in ((top, bottom), (left, right))
    )
    return rows, columns


def step(value: Field, edge: float | Field, softness: float) -> Field:
    """0 below `edge`, 1 above, with a smooth ramp `softness` wide."""
    t = np.clip((value - edge) / softness + 0.5, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)


def lay(below: Colours, above: Colours, mask: Field) -> Colours:
    """`above` (H, W, 3) or (3,) over `below` (H, W, 3) where mask (H, W) is 1."""
    return below + (above - below) * mask[..., None]


def relief(height: Field, strength: float, azimuth: float = -2.2) -> Field:
    """Light on a height field (H, W) from direction `azimuth` (radians): a factor about 1."""
    dy, dx = np.gradient(height)
    slope = -(dx * np.cos(azimuth) + dy * np.sin(azimuth))
    return np.asarray(1.0 + np.clip(slope * strength, -0.45, 0.55), dtype=np.float32)


def to_float(picture: Image.Image) -> Colours:
    """A Pillow picture as float32 in 0..1, (H, W, 3) or (H, W)."""
    return np.asarray(picture, dtype=np.float32) / 255.0


def to_bytes(colours: Colours) -> NDArray[np.uint8]:
    """Float colours in 0..1 to uint8, clipped and rounded."""
    return (np.clip(colours, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def reduce(colours: Colours, size: int) -> NDArray[np.uint8]:
    """The finished picture: (H, W, 3) in 0..1 reduced to (size, size, 3) uint8."""
    picture = Image.fromarray(to_bytes(colours))
    return np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))
