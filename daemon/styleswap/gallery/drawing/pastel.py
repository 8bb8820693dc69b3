"""Pastel: peaches and peonies before a blue curtain, hatched in soft chalks on dark paper.

Chalk stays on the ridges of the paper's tooth: every layer covers the one below by its pressure,
and what no layer reaches shows the plum-coloured paper.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_bytes, to_float
from .noise import Field, fractal_noise, grain
from .palette import Colours, jitter, ramp, rgb
from .strokes import sample, scatter, streamlines

LIGHT = np.array([-0.60, -0.62, 0.50])
SHADE = "#24183f #5a2a5c #a8415a #e2705a #f6a878 #fdd9ae #fff4dc"


class _Scene:
    """Wanted colours (H, W, 3), the direction of the hatching (H, W), and where detail is."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.colour: Colours = np.zeros((size, size, 3), dtype=np.float32)
        self.angle = np.zeros((size, size), dtype=np.float32)
        self.detail = np.zeros((size, size), dtype=np.float32)
        self.mottle = fractal_noise(size, 7, 3, rng)

    def form(self, mask: Field, light: Field, codes: str, angle: Field, detail: float) -> None:
        """A body: `light` (H, W) on the ramp `codes`."""
        tone = np.clip(light + 0.06 * self.mottle, 0, 1)
        self.colour = lay(self.colour, ramp(tone, codes), mask)
        self.angle = np.where(mask > 0.5, angle, self.angle).astype(np.float32)
        self.detail = np.where(mask > 0.5, detail, self.detail).astype(np.float32)

    def ball(self, place: tuple[float, float], r: float, codes: str, squash: float = 1.0) -> None:
        """A round fruit with its cast shadow."""
        u, v = (self.x - place[0]) / r, (self.y - place[1]) / (r * squash)
        away = np.hypot((u - 0.75) / 1.25, (v - 0.80) / 0.42)
        shade = step(1.0 - away, 0.1, 0.6) * (self.y > 0.55)
        self.colour = lay(self.colour, rgb("#2c2358"), 0.8 * shade)
        inside = step(1.0 - np.hypot(u, v), 0.0, 0.03)
        w = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        lambert = np.clip(u * LIGHT[0] + v * LIGHT[1] + w * LIGHT[2], 0, 1)
        bounce = 0.22 * np.clip(0.8 * u + 0.6 * v, 0, 1) ** 2
        self.form(inside, 0.08 + 0.88 * lambert + bounce, codes, np.arctan2(v, u) + np.pi / 2, 1.0)
        cleft = inside * step(0.05 - np.abs(u - 0.25 * v - 0.15), 0.0, 0.05) * (v < 0.1)
        self.colour = lay(self.colour, rgb("#8f2f4c"), 0.55 * cleft)

    def peony(self, place: tuple[float, float], r: float, codes: str, turn: float) -> None:
        """A full flower: rings of cupped petals, each light at its lip."""
        dx, dy = self.x - place[0], (self.y - place[1]) * 1.12
        reach = np.hypot(dx, dy) / r
        bearing = np.arctan2(dy, dx) + turn
        for ring in range(5):
            outer = 1.0 - 0.185 * ring
            count = (11, 9, 7, 6, 5)[ring]
            petal = (bearing / (2 * np.pi) * count + 0.5 * ring) % 1.0 - 0.5
            lip = outer * (0.80 + 0.20 * np.cos(petal * 2 * np.pi) ** 2)
            depth = (lip - reach) / 0.30
            side = np.clip(-(dx * LIGHT[0] + dy * LIGHT[1]) / r * -1.0, -1, 1)
            light = 0.92 - 0.72 * np.clip(depth, 0, 1) - 0.45 * np.abs(petal) + 0.26 * side
            mask = step(lip - reach, 0.0, 0.02)
            self.form(mask, light, codes, bearing - turn + 0.9 * petal, 1.0)


def _scene(size: int, rng: np.random.Generator) -> _Scene:
    scene = _Scene(size, rng)
    x, y = scene.x, scene.y
    everywhere = np.ones_like(x)
    sway = 0.025 * np.sin(y * 6.0 + 1.0) + 0.012 * scene.mottle
    fold = np.sin((x + sway + 0.10 * y) * 2 * np.pi * 4.3) * (0.65 + 0.35 * np.sin(x * 9.0))
    light = 0.50 - 0.30 * (x - 0.4) + 0.30 * fold
    blues = "#0c0c28 #1c2f6c #2f6fa0 #52a8b4 #9fd4c4 #e6f0d2"
    scene.form(everywhere, light, blues, 1.45 + 0.35 * fold + sway * 4, 0.2)
    warm = step(np.sin((x * 1.3 - y) * 7.0 + 2.0) + 0.5 * scene.mottle, 0.75, 0.5) * 0.55
    scene.colour = lay(scene.colour, rgb("#c88fb4"), warm * (y < 0.6))
    hem = 0.605 + 0.020 * np.sin(x * 8.0 + 0.5)
    crease = np.sin((y * 1.7 - x * 0.9 + 0.04 * scene.mottle) * 2 * np.pi * 3.2)
    cloth = step(y, hem, 0.006)
    rose = "#3c1c4c #7c3468 #c4607c #eea08c #fbd3a8 #fff3d8"
    scene.form(cloth, 0.58 + 0.24 * crease - 0.30 * (x - 0.4), rose, 0.45 - 0.45 * crease, 0.2)
    stripe = cloth * step(0.16 - np.abs((x * 0.9 + y * 1.7) * 3.1 % 1.0 - 0.5), 0.0, 0.06)
    scene.colour = lay(scene.colour, rgb("#f3c64e"), 0.55 * stripe)

    for px, py, long, turn in (
        (0.08, 0.33, 0.13, 2.6), (0.27, 0.13, 0.15, 1.9), (0.60, 0.12, 0.15, 1.1),
        (0.72, 0.31, 0.14, 0.2), (0.12, 0.47, 0.12, 3.5), (0.63, 0.46, 0.12, -0.5),
        (0.44, 0.06, 0.12, 1.5),
    ):  # fmt: skip
        u = ((x - px) * np.cos(turn) - (y - py) * np.sin(turn)) / long
        v = ((x - px) * np.sin(turn) + (y - py) * np.cos(turn)) / long
        leaf = step(0.38 * (1 - u * u) - np.abs(v), 0.0, 0.03) * (np.abs(u) < 1)
        greens = "#10273a #1d5c4c #5f9a4c #b6cf62 #f2f0a8"
        tone = 0.55 + 0.8 * v * np.sign(u + 2) + 0.2 * np.cos(u * 14)
        scene.form(leaf, tone, greens, -turn + 0.7 * np.sign(v), 0.9)

    t = np.clip((y - 0.47) / 0.30, 0, 1)
    half = 0.085 + 0.060 * np.sin(np.pi * t**0.8) + 0.02 * (1 - t) ** 6
    u = (x - 0.37) / half
    jar = (
        step(1.0 - np.abs(u), 0.0, 0.02)
        * (y > 0.47)
        * (y < 0.77 + 0.02 * np.sqrt(1 - u.clip(-1, 1) ** 2))
    )
    away = np.hypot((x - 0.55) / 0.20, (y - 0.765) / 0.045)
    scene.colour = lay(scene.colour, rgb("#2c2358"), 0.8 * step(1 - away, 0.1, 0.6) * cloth)
    shine = 0.45 * np.exp(-(((u + 0.42) / 0.14) ** 2))
    tone = 0.52 - 0.42 * u + shine - 0.25 * np.clip(np.abs(u) - 0.7, 0, 1)
    violets = "#171238 #3a2a78 #6a5ab4 #a8a0d8 #e6dcf0 #fffaf0"
    scene.form(jar, tone, violets, 0.15 + 0.9 * u, 0.8)
    band = jar * step(0.022 - np.abs(y - 0.60 - 0.012 * np.cos(u * 1.4)), 0.0, 0.006)
    scene.colour = lay(scene.colour, rgb("#e8a83c"), 0.8 * band)

    pink = "#4c1648 #a02a64 #e0587c #f79aa0 #fcd2c4 #fff6ea"
    white = "#2c2c62 #7470a8 #c8bcd4 #f0dccc #fdf0dc #fffdf4"
    coral = "#5c1a34 #b8343c #ee6a44 #f99a62 #fdcf94 #fff2cc"
    for place, r, codes, turn in (
        ((0.22, 0.36), 0.135, white, 0.3), ((0.52, 0.37), 0.130, pink, 1.1),
        ((0.36, 0.22), 0.150, coral, 0.0), ((0.39, 0.44), 0.100, pink, 2.0),
        ((0.60, 0.20), 0.085, white, 0.7), ((0.14, 0.19), 0.080, pink, 1.7),
    ):  # fmt: skip
        scene.peony(place, r, codes, turn)
    scene.ball((0.80, 0.70), 0.092, SHADE)
    scene.ball((0.66, 0.77), 0.095, "#2a1a48 #7a2440 #cc3c3c #f0743c #f8b048 #fde69a")
    scene.ball((0.86, 0.85), 0.100, "#3a1f4c #94404c #dd7a50 #f3b068 #fbdc98 #fff6d6")
    scene.ball((0.14, 0.80), 0.098, SHADE)
    scene.ball((0.30, 0.87), 0.090, "#28304c #4c6a4c #94a44c #d8cf68 #f6ecaa")
    scene.ball((0.52, 0.90), 0.080, "#2c1238 #5a2258 #8c4a86 #c08ab4 #f0d2dc")
    return scene


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    scene = _scene(work, rng)
    tooth = 0.5 + 0.09 * grain(work, rng, 620) + 0.08 * grain(work, rng, 330)
    paper = ramp(np.clip(0.5 + 0.2 * fractal_noise(work, 30, 3, rng), 0, 1), "#382a44 #4c3850")
    under = ndimage.gaussian_filter(scene.colour, (work / 120, work / 120, 0))
    colour = lay(paper, under, 0.72 * step(0.70 - tooth, 0.0, 0.5))
    layers = (
        (3000, 0.0185, 0.115, 0.10, 0.11), (3000, 0.0150, 0.100, -0.55, 0.11),
        (3400, 0.0120, 0.085, 0.30, 0.10), (3200, 0.0100, 0.070, -0.25, 0.09),
        (4600, 0.0068, 0.050, 0.05, 0.07), (1800, 0.0075, 0.055, 0.65, 0.13),
    )  # fmt: skip
    for count, width, length, turn, spread in layers:
        place = scatter(count, rng)
        if width < 0.007:
            place = place[rng.random(count) < 0.40 + 0.60 * sample(scene.detail, place)]
        n = len(place)
        shrink = 1.0 - 0.45 * sample(scene.detail, place)
        paths = streamlines(
            scene.angle + turn, place, length * shrink * rng.uniform(0.6, 1.3, n), 9
        )
        tint = to_bytes(jitter(sample(scene.colour, place), rng, spread, 0.42 * spread, 1.12))
        chalk, press = Image.fromarray(to_bytes(colour)), Image.new("L", (work, work))
        pens = ImageDraw.Draw(chalk), ImageDraw.Draw(press)
        line = np.maximum(1, np.round(width * work * rng.uniform(0.7, 1.2, n))).astype(int)
        force = rng.uniform(95, 225, n).astype(int)
        for k, track in enumerate((paths * work).reshape(n, -1).tolist()):
            pens[0].line(track, fill=tuple(tint[k].tolist()), width=int(line[k]))
            pens[1].line(track, fill=int(force[k]), width=int(line[k]))
        pressure = ndimage.gaussian_filter(to_float(press), work / 1500)
        colour = lay(colour, to_float(chalk), 0.93 * step(pressure, tooth, 0.46))
    return reduce(colour, size)
