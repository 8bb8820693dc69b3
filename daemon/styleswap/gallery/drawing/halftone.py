"""Pop print: a comic city under a sunburst, in four-colour halftone, a little out of register."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_bytes, to_float
from .noise import Field, fractal_noise, grain
from .palette import Colours, ramp, rgb

SCREEN = 62.0
"""Halftone dots along a side."""


def _burst(
    x: Field, y: Field, place: tuple[float, float], points: int, inner: float, outer: float
) -> Field:
    """Signed inside-ness of a jagged star: above 0 inside."""
    dx, dy = x - place[0], y - place[1]
    bearing = np.arctan2(dy, dx) / (2 * np.pi) * points
    tip = np.abs(bearing % 1.0 - 0.5) * 2
    long = 0.78 + 0.22 * np.sin(np.floor(bearing) * 2.4)
    return np.asarray(inner + (outer * long - inner) * tip - np.hypot(dx, dy))


def _city(size: int, rng: np.random.Generator) -> tuple[Colours, Field]:
    """Colours (H, W, 3) to be screened, and the black line work (H, W) in 0..1."""
    x, y = grid(size)
    sun = (0.63, 0.40)
    bearing = np.arctan2(y - sun[1], x - sun[0])
    reach = np.hypot(x - sun[0], y - sun[1])
    ray = (np.floor((bearing + np.pi) / (2 * np.pi) * 28) % 2)[..., None]
    hot = ramp(np.clip(reach * 1.35, 0, 1), "#fff6b0 #ffd21f #f58a1f #e2352b #b01d4a")
    warm = ramp(np.clip(reach * 1.35, 0, 1), "#fffce6 #fff0a0 #ffd43a #f9a53a #ee6a4a")
    colour = np.where(ray > 0, hot, warm)
    black = np.zeros_like(x)
    line = 0.0042

    disc = step(0.125 - reach, 0, 0.002)
    colour = lay(colour, ramp(np.clip((y - 0.28) * 4, 0, 1), "#fffef0 #ffe93a #ff9a1f"), disc)
    black = np.maximum(black, step(line - np.abs(reach - 0.125), 0, 0.001))

    for cx, cy, wide in ((0.20, 0.155, 0.17), (0.87, 0.13, 0.13), (0.42, 0.30, 0.10)):
        puff = np.full_like(x, -1.0)
        for k in range(7):
            u = k / 6 * 2 - 1
            r = wide * (0.24 + 0.20 * np.cos(u * 1.4) + 0.05 * np.sin(k * 2.7))
            puff = np.maximum(
                puff, r - np.hypot(x - cx - u * wide * 0.75, (y - cy - 0.02 * np.cos(k * 2)) * 1.15)
            )
        puff = np.minimum(puff, cy + 0.055 - y)
        body = step(puff, 0, 0.002)
        shade = np.clip((y - cy) / wide * 1.6 + 0.35, 0, 1)
        colour = lay(colour, ramp(shade, "#ffffff #f4fbff #9fdcf0 #45b4e0"), body)
        black = black * (1 - body)
        black = np.maximum(black, step(line - np.abs(puff), 0, 0.001))

    tints = (
        "#12a5dc #0a66b0 #0a2f78",
        "#f4477f #c81e6a #6a1150",
        "#ffd83a #f5921f #c8401f",
        "#56cfc0 #128f94 #0a4a66",
        "#a86ad0 #6a35a0 #2f1a66",
    )
    sheet_black = Image.fromarray(to_bytes(black))
    pen = ImageDraw.Draw(sheet_black)
    for row, (base, count, tall, width) in enumerate(
        ((0.80, 11, 0.30, 0.085), (0.90, 9, 0.28, 0.105), (1.02, 7, 0.26, 0.13))
    ):
        for k in rng.permutation(count):
            left = (k - 0.2) / count * 1.08 - 0.05 + float(rng.normal(0, 0.008))
            w = width * float(rng.uniform(0.85, 1.2))
            top = base - tall * float(rng.uniform(0.6, 1.25)) + 0.06 * abs(left - 0.6)
            face = (x > left) & (x < left + w) & (y > top)
            light = (x - left) / w
            codes = tints[int(rng.integers(len(tints)))]
            colour = lay(
                colour,
                ramp(np.clip(0.15 + 0.55 * light + 0.5 * (y - top), 0, 1), "#fff8d0 " + codes),
                face.astype(np.float32),
            )
            n = size
            box = (left * n, top * n, (left + w) * n, 1.1 * n)
            pen.rectangle(box, fill=0, outline=255, width=max(2, round(0.0062 * n)))
            side = (left + w * 0.80) * n
            for hatch in np.arange(top, 1.02, 0.011):
                pen.line(
                    (side, (hatch + 0.012) * n, box[2], hatch * n),
                    fill=255,
                    width=max(1, round(0.0032 * n)),
                )
            if row < 2 and rng.random() < 0.55:
                pen.line(
                    ((left + w / 2) * n, top * n, (left + w / 2) * n, (top - 0.06) * n),
                    fill=255,
                    width=max(2, round(0.006 * n)),
                )
            columns = 3 if w < 0.1 else 4
            step_x, step_y = w * 0.74 / columns, 0.030 + 0.008 * row
            for i in range(columns):
                for j in range(1, 12):
                    wx, wy = left + w * 0.07 + i * step_x, top + j * step_y
                    if wy > 0.99:
                        break
                    lit = rng.random() < 0.35
                    cell = (wx * n, wy * n, (wx + step_x * 0.60) * n, (wy + step_y * 0.55) * n)
                    if lit:
                        a, b, c, d = (int(value) for value in cell)
                        colour[max(b, 0) : d, max(a, 0) : c] = rgb("#fff7a0")
                        pen.rectangle(cell, outline=255, width=max(1, round(0.0028 * n)))
                    else:
                        pen.rectangle(cell, fill=255)
    black = to_float(sheet_black)
    star = _burst(x, y, (0.215, 0.475), 15, 0.095, 0.215)
    for grow, code in ((0.018, "#ffffff"), (0.0, "#ff3b2f")):
        inside = step(star + grow, 0, 0.002)
        fill = (
            ramp(
                np.clip(np.hypot(x - 0.215, y - 0.475) * 5.2, 0, 1),
                "#fff36a #ffc21f #ff5a2a #d81e3a",
            )
            if code != "#ffffff"
            else np.broadcast_to(rgb(code), colour.shape)
        )
        colour = lay(colour, fill, inside)
        black = black * (1 - inside)
        black = np.maximum(black, step(0.005 - np.abs(star + grow), 0, 0.001))
    core = _burst(x, y, (0.215, 0.475), 11, 0.040, 0.095)
    inside = step(core, 0, 0.002)
    colour = lay(colour, rgb("#fffdf0"), inside)
    black = np.maximum(black * (1 - inside), step(0.004 - np.abs(core), 0, 0.001))
    return colour, black.astype(np.float32)


def _screen(tone: Field, angle: float, shift: tuple[float, float]) -> Field:
    """Round dots whose area is `tone` (H, W), 0..1, on a grid turned by `angle` degrees."""
    x, y = grid(tone.shape[0])
    x, y = x + shift[0], y + shift[1]
    turn = np.deg2rad(angle)
    u = (x * np.cos(turn) + y * np.sin(turn)) * SCREEN
    v = (-x * np.sin(turn) + y * np.cos(turn)) * SCREEN
    # The usual cosine spot function: dots grow, meet at one half, and leave round holes.
    spot = 0.5 + 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
    return step(spot, 1.0 - tone, 0.10)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    colour, black = _city(work, rng)
    soft = ndimage.gaussian_filter(colour, (work / 500, work / 500, 0))
    under = 1.0 - soft
    shared = under.min(axis=-1) * 0.55
    least = np.array([0.10, 0.07, 0.16], dtype=np.float32)  # no place without its dots
    plates = np.clip((under - shared[..., None]) * 1.04, least, 0.92)
    paper = rgb("#f6efdc") * (1.0 + 0.025 * fractal_noise(work, 80, 2, rng))[..., None]
    sheet: Colours = np.asarray(paper, dtype=np.float32)
    inks = (
        (2, 0.0, "#ffe100", (0.0009, 0.0004)),
        (1, 75.0, "#ea1f82", (-0.0016, 0.0010)),
        (0, 15.0, "#0a9be0", (0.0014, -0.0012)),
    )
    worn = np.clip(1.0 - 0.10 * np.abs(grain(work, rng, 600)), 0, 1)
    for channel, angle, code, shift in inks:
        dots = _screen(plates[..., channel], angle, shift)
        sheet = sheet * (1.0 - (1.0 - rgb(code)) * (dots * worn * 0.94)[..., None])
    key = np.maximum(_screen(shared, 45.0, (0.0, 0.0)) * 0.9, black)
    return reduce(lay(sheet, rgb("#17141c"), key * np.clip(worn + 0.05, 0, 1)), size)
