"""Marbling: colours dropped on water, combed and curled, and lifted off on paper.

The exact mathematics of marbling: a drop of ink pushes everything outside it outwards so that areas
stay the same, and a tine drags what is near it along. Every pixel is traced back through all of
these steps to the ink it came from. (Jaffer, "Oseen flow in paint marbling", and Lu et al.,
"Mathematical marbling", IEEE CG&A 2012, describe the maps.)
"""

import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, grid, reduce
from .noise import fractal_noise, grain, smooth_noise
from .palette import Colours, oklab, srgb, swatches
from .strokes import sample

INKS = (
    "#141a3a #24407e #5f8fb8 #f4ead2 #b8342c #6d1426 "
    "#e0a33e #f7dfa4 #2f6f68 #a9c4a8 #10131f #fbf5e6"
)
# In which order inks are dropped into one another to make the rings of one stone.
STONES = (
    (0, 3, 1, 11, 2), (4, 7, 5, 3), (10, 6, 7, 4), (8, 9, 3, 0), (5, 11, 6, 10), (1, 9, 11, 5),
)  # fmt: skip


class _Bath:
    """Points traced backwards in time over the bath."""

    def __init__(self, size: int) -> None:
        self.x, self.y = grid(size)
        self.ink = np.full((size, size), -1, dtype=np.int64)

    def undo_drop(self, cx: float, cy: float, radius: float, ink: int) -> None:
        """A drop: inside it is its own ink, outside came from nearer to its centre."""
        dx, dy = self.x - cx, self.y - cy
        square = dx * dx + dy * dy
        inside = square < radius * radius
        self.ink[inside & (self.ink < 0)] = ink
        shrink = np.sqrt(np.clip(1.0 - radius * radius / np.maximum(square, 1e-9), 0.0, 1.0))
        self.x, self.y = cx + dx * shrink, cy + dy * shrink

    def undo_comb(self, angle: float, pitch: float, pull: float, sharp: float) -> None:
        """A comb drawn in direction `angle`, its tines `pitch` apart."""
        ux, uy = np.cos(angle), np.sin(angle)
        across = -uy * self.x + ux * self.y
        away = np.abs((across / pitch + 0.5) % 1.0 - 0.5) * pitch
        drag = pull * sharp / (away + sharp)
        self.x, self.y = self.x - drag * ux, self.y - drag * uy

    def undo_curl(self, cx: float, cy: float, radius: float, turn: float) -> None:
        """A stylus turned around a centre; `turn` in radians at the middle."""
        dx, dy = self.x - cx, self.y - cy
        theta = -turn * np.exp(-(((dx * dx + dy * dy) / radius**2) ** 1.3))
        cos, sin = np.cos(theta), np.sin(theta)
        self.x, self.y = cx + cos * dx - sin * dy, cy + sin * dx + cos * dy


def _colours(bath: _Bath, size: int, rng: np.random.Generator) -> Colours:
    """Ink of every pixel, with the streaks and the thin places of ink spread on water."""
    inks = oklab(swatches(INKS))
    lab = inks[bath.ink]
    back = np.stack([bath.x % 1.0, bath.y % 1.0], axis=-1)
    streak = sample(fractal_noise(size, 30, 3, rng), back)
    thin = sample(fractal_noise(size, 6, 2, rng), back)
    lab[..., 0] += 0.028 * streak + 0.030 * thin + 0.008 * grain(size, rng)
    return srgb(lab)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    bath = _Bath(work)
    wave = 0.006 * smooth_noise(work, 6, rng)
    bath.x, bath.y = bath.x + wave, bath.y + 0.006 * smooth_noise(work, 6, rng)

    # Last steps first. First, fine drops that nothing distorts any more:
    for _ in range(26):
        cx, cy = rng.random(2)
        ink = int(rng.choice([3, 11, 6]))
        bath.undo_drop(float(cx), float(cy), float(rng.uniform(0.003, 0.010)), ink)
    for cx, cy, radius, turn in (
        (0.25, 0.27, 0.17, 5.2), (0.74, 0.22, 0.15, -4.6), (0.53, 0.56, 0.19, 5.4),
        (0.17, 0.75, 0.16, -5.0), (0.84, 0.70, 0.15, 4.8), (0.50, 0.93, 0.10, -4.2),
        (0.50, 0.06, 0.09, 4.0), (0.03, 0.48, 0.09, 4.0), (0.97, 0.44, 0.09, -4.0),
    ):  # fmt: skip
        bath.undo_curl(cx, cy, radius, turn)
    bath.undo_comb(np.pi / 2, 0.085, 0.085, 0.010)
    bath.undo_comb(-np.pi / 2, 0.085, 0.030, 0.020)
    bath.undo_comb(0.0, 0.21, 0.16, 0.035)
    drops = []
    spots = [(i, j) for i in range(-1, 6) for j in range(-1, 6)]
    for n, k in enumerate(rng.permutation(len(spots))):
        i, j = spots[k]
        cx, cy = (np.array([i + 0.5 * (j % 2), j]) + rng.normal(0, 0.18, 2)) / 4.6
        rings = STONES[(n * 5 + k) % len(STONES)]
        for depth, ink in enumerate(rings):
            drops.append((cx, cy, 0.062 * rng.uniform(0.75, 1.25) * 0.93**depth, ink))
    for cx, cy, radius, ink in reversed(drops):
        bath.undo_drop(float(cx), float(cy), float(radius), ink)
    bare = bath.ink < 0
    bath.ink[bare] = np.array([3, 1, 11, 6, 0, 9])[(np.floor(bath.y[bare] * 24) % 6).astype(int)]

    colour = _colours(bath, work, rng)
    return reduce(colour * (1.0 + 0.02 * grain(work, rng, 900))[..., None], size)
