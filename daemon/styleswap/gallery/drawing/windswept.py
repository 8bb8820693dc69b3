"""Windswept: a sun over hills and a wheat field, in oil strokes that follow the wind."""

import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, grid, lay, reduce, relief, step
from .noise import Field, fractal_noise
from .palette import Colours, jitter, ramp, rgb
from .strokes import Paint, brush, sample, scatter, streamlines

SUN = (0.66, 0.25)
SWIRLS = ((0.24, 0.17, 0.17, 1.0), (0.93, 0.46, 0.10, -1.0), (0.42, 0.40, 0.11, -1.0))


def _scene(size: int, rng: np.random.Generator) -> tuple[Colours, Field, Field]:
    """Colours (H, W, 3), stroke orientations (H, W) in radians, and detail (H, W) in 0..1."""
    x, y = grid(size)
    mottle = fractal_noise(size, 5, 4, rng)
    reach = np.hypot(x - SUN[0], (y - SUN[1]) * 1.05)

    rings = reach * 1.25 + 0.035 * np.sin(reach * 75.0) + 0.035 * mottle
    colour = ramp(
        np.clip(rings, 0, 1),
        "#fffbe0 #ffe37a #f6b73c #e9d9a0 #9cc7c4 #4f93b8 #2a5d9c #1d3a73 #142450",
        (0.0, 0.085, 0.12, 0.2, 0.32, 0.45, 0.6, 0.76, 1.0),
    )
    along = np.arctan2(y - SUN[1], x - SUN[0]) + np.pi / 2
    u, v = np.cos(along) / (0.05 + reach), np.sin(along) / (0.05 + reach)
    u += 2.2
    for cx, cy, radius, turn in SWIRLS:
        dx, dy = x - cx, y - cy
        distance = np.hypot(dx, dy)
        pull = 14.0 * np.exp(-((distance / radius) ** 2)) * turn
        u, v = u - pull * dy / (distance + 0.02), v + pull * dx / (distance + 0.02)
        swirl = 0.5 + 0.5 * np.sin(distance * 95.0 - np.arctan2(dy, dx) * turn)
        swirl_colour = ramp(swirl, "#1f4a86 #5b9fc0 #cfe3d2 #f7eec0")
        colour = lay(colour, swirl_colour, 0.85 * np.exp(-((distance / radius / 0.85) ** 4)))
    angle = np.arctan2(v, u)
    detail = np.exp(-((reach / 0.16) ** 2))

    layers = (
        (0.545, 0.030, 7.0, 0.4, "#1e2f66 #3c5c9c #7f8fc0 #c3b4d0"),
        (0.600, 0.040, 5.0, 2.1, "#142a3f #22565f #3d8073 #8db48a"),
        (0.660, 0.035, 4.0, 4.0, "#16301f #2f6232 #6d9636 #c9c659"),
    )
    for level, height, waves, phase, codes in layers:
        ridge = level - height * np.sin(x * waves + phase) - 0.4 * height * np.sin(x * 17 + phase)
        below = step(y, ridge, 0.006)
        depth = np.clip((y - ridge) / 0.10, 0, 1)
        light = np.clip(1.0 - depth + 0.2 * mottle + 0.15 * np.sin(x * 26 + y * 60), 0, 1)
        colour = lay(colour, ramp(light, codes), below)
        slope = -height * waves * np.cos(x * waves + phase) + 0.5 * (depth - 0.3)
        angle = np.where(below > 0.5, np.arctan(slope * 1.6), angle)

    field = step(y, 0.715 + 0.02 * np.sin(x * 3 + 1), 0.006)
    vanish_x, vanish_y = 0.60, 0.60
    fan = np.arctan2(x - vanish_x, y - vanish_y)
    rows = 0.5 + 0.5 * np.sin(fan * 26.0 + 0.5 * mottle)
    wheat = ramp(
        np.clip(0.75 * rows + 0.14 * mottle + 0.12, 0, 1),
        "#4a2c14 #93591d #cf8f25 #eec04a #fbe79a",
    )
    colour = lay(colour, wheat, field)
    path = field * step(0.055 - np.abs(fan + 0.12), 0.0, 0.02)
    colour = lay(colour, ramp(np.clip(0.5 + 0.3 * mottle, 0, 1), "#8f7a86 #d6bfae #f3e6cf"), path)
    angle = np.where(field > 0.5, np.arctan2(y - vanish_y, x - vanish_x) + 0.25 * mottle, angle)

    for cx, top, base, girth in ((0.135, 0.18, 0.80, 0.066), (0.245, 0.40, 0.76, 0.046)):
        t = np.clip((y - top) / (base - top), 0, 1)
        sway = cx + 0.012 * np.sin(y * 22 + cx * 40)
        half = girth * np.clip(np.sin(np.pi * t**0.9), 0, 1) ** 0.8
        tree = step(half - np.abs(x - sway) + 0.008 * mottle, 0.0, 0.006)
        tree *= (y > top) & (y < base)
        flame = np.clip(0.42 - (x - sway) / girth * -0.35 + 0.22 * np.sin(y * 70 + x * 90), 0, 1)
        colour = lay(colour, ramp(flame, "#08130f #10291c #1d4a2b #4f7433 #a0a04a"), tree)
        angle = np.where(tree > 0.5, np.pi / 2 + 0.35 * np.sin(y * 22 + 2.0), angle)
        detail = np.maximum(detail, tree)
    return colour, angle.astype(np.float32), np.clip(detail, 0, 1)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    colour, angle, detail = _scene(work, rng)
    angle = angle + 0.18 * fractal_noise(work, 9, 2, rng)
    paint = Paint.on(lay(colour, rgb("#5b3a21"), np.full(colour.shape[:2], 0.6, np.float32)))
    for count, width, length in ((2600, 0.026, 0.10), (5200, 0.016, 0.065), (4200, 0.010, 0.042)):
        starts = scatter(count, rng)
        if width < 0.014:
            wanted = 0.45 + 0.55 * sample(detail, starts)
            starts = starts[rng.random(len(starts)) < wanted]
        n = len(starts)
        paths = streamlines(angle, starts, length * rng.uniform(0.6, 1.3, n), 13)
        tint = jitter(sample(colour, starts), rng, 0.035, 0.014, 1.12)
        second = jitter(sample(colour, starts), rng, 0.07, 0.03, 1.1)
        widths = width * rng.uniform(0.7, 1.25, n)
        brush(paint, paths, widths, tint, rng, streak=0.085, loaded=second)
    lit = paint.pixels() * relief(paint.relief(), 0.9)[..., None]
    return reduce(lit, size)
