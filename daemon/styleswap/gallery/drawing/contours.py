"""Contour map: an island with mountains and the sea around it, in the colours of old atlases."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, relief, step, to_float
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import ramp, rgb
from .strokes import sample, scatter, streamlines

INTERVALS = 30.0
"""Contour intervals from the sea's surface to the highest summit."""


def _ground(size: int, rng: np.random.Generator) -> Field:
    """Heights (H, W): 0 is the shore, 1 about the highest summit, below 0 the sea."""
    x, y = grid(size)
    warp_x, warp_y = smooth_noise(size, 4, rng), smooth_noise(size, 4, rng)
    u, v = x + 0.045 * warp_x, y + 0.045 * warp_y
    height = np.full_like(x, -0.42)
    for cx, cy, radius, tall in (
        (0.33, 0.33, 0.205, 1.15), (0.62, 0.25, 0.150, 0.80), (0.64, 0.60, 0.185, 1.02),
        (0.36, 0.66, 0.120, 0.62), (0.86, 0.86, 0.110, 0.72), (0.10, 0.90, 0.100, 0.60),
        (0.93, 0.40, 0.075, 0.50), (0.10, 0.10, 0.080, 0.50),
    ):  # fmt: skip
        height += tall * np.exp(-(((u - cx) ** 2 + (v - cy) ** 2) / radius**2))
    ridges = 1.0 - np.abs(fractal_noise(size, 5, 3, rng, gain=0.45)) * 1.1
    height += 0.10 * fractal_noise(size, 5, 3, rng, gain=0.45)
    height += 0.16 * ridges * np.clip(height + 0.3, 0, 1)
    height += 0.020 * fractal_noise(size, 22, 2, rng)
    return np.asarray(np.where(height > 0, height / height.max() * 1.04, height), dtype=np.float32)


def _lines(level: Field, width: float) -> Field:
    """1 on lines where `level` is whole, `width` picture sides thick whatever the slope."""
    size = level.shape[0]
    dy, dx = np.gradient(level)
    slope = np.hypot(dx, dy) * size + 1e-3
    away = np.abs(level - np.round(level)) / slope
    return step(width / 2 - away, 0.0, 1.2 / size)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    x, y = grid(work)
    ground = ndimage.gaussian_filter(_ground(work, rng), work / 400)
    level = ground * INTERVALS
    floor = np.floor(level) / INTERVALS
    paper = fractal_noise(work, 40, 3, rng)

    land = ramp(
        np.clip(floor * 1.02 + 0.02, 0, 1),
        "#5d8a4f #8fab5c #c9c277 #e8cf86 #dca65c #bd7440 #8d4a30 #a98878 #f6f0e6",
        (0.0, 0.10, 0.22, 0.34, 0.48, 0.62, 0.76, 0.88, 1.0),
    )
    sea = ramp(
        np.clip(-floor / 0.45, 0, 1), "#e2f0dc #b4dad0 #68a8b6 #2f6f92 #1b456f #122c50 #0d1f3c"
    )
    ashore = step(ground, 0.0, 0.002)
    colour = lay(sea, land, ashore)

    light = relief(ndimage.gaussian_filter(ground, work / 500) * work / 9.0, 0.5)
    colour = colour * (1.0 + (light - 1.0) * (0.35 + 0.45 * ashore))[..., None]
    hatch = np.abs(((x + y) * 62 + 0.3 * smooth_noise(work, 30, rng)) % 1.0 - 0.5) * 2
    shade = step(0.88 - light, 0.0, 0.25) * ashore * step(0.42 - hatch, 0.0, 0.25)
    colour = lay(colour, rgb("#4a2a22"), 0.55 * shade)

    fine = _lines(level, 0.0024) * (0.62 + 0.10 * paper)
    bold = _lines(level / 5.0, 0.0050)
    ink = lay(np.broadcast_to(rgb("#e9f2e4"), colour.shape), rgb("#4d2416"), ashore)
    deep = lay(np.broadcast_to(rgb("#f6fbf0"), colour.shape), rgb("#2c120c"), ashore)
    colour = lay(colour, ink, np.clip(fine, 0, 1) * (0.72 + 0.2 * ashore))
    colour = lay(colour, deep, bold * 0.9)
    colour = lay(colour, rgb("#0d1a2c"), step(0.0034 - np.abs(ground) / _slope(ground), 0.0, 0.001))

    # Engraved water and hachured slopes: no tint is left empty.
    swell = y * 58 + 0.32 * np.sin(x * 46 + 9 * smooth_noise(work, 5, rng)) + 0.25 * paper
    water = step(0.17 - np.abs(swell % 1.0 - 0.5), 0.0, 0.10) * (1 - ashore)
    shallow = step(ground, -0.16, 0.10)
    tint = lay(np.broadcast_to(rgb("#8fc4d4"), colour.shape), rgb("#4f98b2"), shallow)
    colour = lay(colour, tint, (0.14 + 0.32 * shallow) * water)
    strokes = _hachures(ground, work, rng) * ashore
    colour = lay(
        colour,
        lay(
            np.broadcast_to(rgb("#4a2414"), colour.shape),
            rgb("#2f5a3a"),
            step(0.14 - ground, 0.0, 0.06),
        ),
        0.62 * strokes,
    )

    trees = _symbols(work, 36, rng)
    wooded = ashore * step(fractal_noise(work, 6, 2, rng), 0.35, 0.1) * step(0.30 - ground, 0, 0.05)
    colour = lay(colour, rgb("#173f2c"), trees * wooded * step(ground, 0.03, 0.01))
    grid_lines = np.minimum(np.abs((x * 6 + 0.5) % 1 - 0.5), np.abs((y * 6 + 0.5) % 1 - 0.5)) / 6
    colour = lay(colour, rgb("#a03028"), 0.55 * step(0.0009 - grid_lines, 0.0, 0.0008))
    aged = 1.0 + 0.030 * paper + 0.022 * grain(work, rng)
    return reduce(colour * aged[..., None], size)


def _hachures(ground: Field, size: int, rng: np.random.Generator) -> Field:
    """Short strokes down the slopes, (H, W) in 0..1, the broader the steeper."""
    dy, dx = np.gradient(ndimage.gaussian_filter(ground, size / 150))
    steep = np.hypot(dx, dy) * size
    place = scatter(6500, rng)
    paths = streamlines(
        np.arctan2(dy, dx).astype(np.float32), place, rng.uniform(0.009, 0.021, len(place)), 5
    )
    wide = np.clip(0.0011 + 0.0009 * sample(steep, place) / 4.0, 0, 0.0032) * size
    sheet = Image.new("L", (size, size))
    pen = ImageDraw.Draw(sheet)
    for track, line in zip((paths * size).reshape(len(place), -1).tolist(), wide, strict=True):
        pen.line(track, fill=255, width=max(1, round(float(line))))
    return to_float(sheet)


def _slope(ground: Field) -> Field:
    """Steepness (H, W) in heights per picture side."""
    dy, dx = np.gradient(ground)
    return np.asarray(np.hypot(dx, dy) * ground.shape[0] + 1e-3, dtype=np.float32)


def _symbols(size: int, count: int, rng: np.random.Generator) -> Field:
    """Small round trees with a shadow on a staggered grid, (H, W) in 0..1."""
    x, y = grid(size)
    x = x + 0.004 * smooth_noise(size, 30, rng)
    row = np.floor(y * count)
    u, v = (x * count + 0.5 * (row % 2)) % 1.0 - 0.5, (y * count) % 1.0 - 0.5
    ring = np.abs(np.hypot(u, v) - 0.27)
    filled = (np.hypot(u, v) < 0.27) & (u + v > 0.0)
    return np.maximum(step(0.06 - ring, 0.0, 0.05), filled).astype(np.float32)
