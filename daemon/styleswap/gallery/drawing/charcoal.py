"""Charcoal and chalk: a still life in black, red and white chalk on buff paper."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import ramp, rgb
from .strokes import sample, scatter, streamlines

LIGHT = np.array([-0.62, -0.58, 0.53])


@dataclass
class _Scene:
    """What is drawn, each (H, W): how light, which way the hatching runs (radians), how much of it
    is red chalk, where outlines are, and the number of the body one sees there.
    """

    light: Field
    angle: Field
    red: Field
    outline: Field
    body: NDArray[np.int32]

    def solid(
        self, inside: NDArray[np.bool_], nx: Field, ny: Field, red: float, gloss: float
    ) -> None:
        """A round body with surface normals (nx, ny, the rest towards us)."""
        nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0, 1))
        lambert = np.clip(nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2], 0, 1)
        bounce = 0.16 * np.clip(nx * 0.7 + ny * 0.5, 0, 1)
        shine = np.clip(nx * LIGHT[0] * 1.0 + ny * LIGHT[1] + nz * 0.62, 0, 1) ** 26 * gloss
        self.light = np.where(inside, 0.05 + 0.86 * lambert**1.1 + bounce + shine, self.light)
        # The hatching follows circles of latitude, seen from a little above and leaning.
        latitude = 0.25 - np.arctan(1.2 * nx / np.sqrt(np.clip(1.1 - nx * nx, 0.1, None)))
        self.angle = np.where(inside, latitude, self.angle)
        self.red = np.where(inside, red, self.red)
        self.body[inside] = self.body.max() + 1
        rim = inside & ~ndimage.binary_erosion(inside, iterations=max(2, inside.shape[0] // 330))
        self.outline = np.where(inside, 0.0, self.outline)
        self.outline = np.maximum(self.outline, rim)

    def shadow(self, depth: Field) -> None:
        """Darken by a cast shadow (H, W) in 0..1."""
        self.light = self.light * (1 - 0.88 * depth)


def _still_life(size: int, rng: np.random.Generator) -> _Scene:
    x, y = grid(size)
    cloud = fractal_noise(size, 4, 4, rng)
    light = np.clip(0.24 + 0.42 * x + 0.06 * cloud - 0.25 * np.abs(y - 0.25), 0.02, 1)
    angle = np.full_like(x, -0.85) + 0.25 * cloud
    body = np.zeros(x.shape, dtype=np.int32)
    scene = _Scene(light, angle, np.zeros_like(x), np.zeros_like(x), body)

    table = y > 0.60 + 0.012 * np.sin(x * 3)
    scene.light = np.where(table, 0.52 + 0.16 * (0.5 - x) + 0.05 * cloud, scene.light)
    scene.angle = np.where(table, 0.04 + 0.1 * cloud, scene.angle)
    scene.red = np.where(table, 0.30, scene.red)
    scene.body[table] = 1

    # A cloth hangs over the table's edge: folds are waves across the fall.
    fall = np.clip((y - 0.66) / 0.34, 0, 1)
    left = 0.34 - 0.17 * fall + 0.015 * np.sin(y * 20)
    right = 0.86 + 0.12 * fall
    cloth = (y > 0.655 + 0.025 * np.sin(x * 12 + 1)) & (x > left) & (x < right)
    pleat = (x - left) / (right - left) * 8.0 + 0.6 * np.sin(y * 7 + 1) + 0.2 * cloud
    wave = np.sin(pleat * 2 * np.pi)
    drape = 0.58 + 0.40 * wave * (0.25 + 0.75 * fall) - 0.10 * fall + 0.05 * cloud
    scene.light = np.where(cloth, np.clip(drape, 0.02, 1.0), scene.light)
    scene.angle = np.where(
        cloth, np.pi / 2 + 0.5 * (x - 0.6) + 0.2 * np.cos(pleat * 2 * np.pi), scene.angle
    )
    scene.red = np.where(cloth, 0.0, scene.red)
    scene.body[cloth] = 2

    def cast(px: float, py: float, wide: float, tall: float) -> None:
        away = np.hypot((x - px - wide * 0.75 - 0.3 * (y - py)) / (wide * 1.35), (y - py) / tall)
        scene.shadow(step(1.0 - away, 0.0, 0.5) * (y > 0.6))

    def jug() -> None:
        cast(0.60, 0.715, 0.16, 0.05)
        t = (y - 0.19) / 0.54
        profile = (
            0.055 + 0.105 * np.exp(-(((t - 0.66) / 0.30) ** 2)) + 0.030 * np.exp(-((t / 0.07) ** 2))
        )
        handle = np.abs(np.hypot((x - 0.755) / 0.85, (y - 0.40) / 1.25) - 0.088) - 0.017
        inside = (handle < 0) & (x > 0.655)
        ring = np.arctan2((y - 0.40) / 1.25, (x - 0.755) / 0.85)
        scene.solid(inside, -np.cos(ring) * handle / 0.03, -np.sin(ring) * handle / 0.03, 0.35, 0.4)
        slope = np.gradient(profile, axis=0) * size
        u = np.clip((x - 0.60) / profile, -1, 1)
        inside = (np.abs(x - 0.60) < profile) & (t > 0) & (t < 1 + 0.05 * np.sqrt(1 - u * u))
        scene.solid(
            inside, u * 0.97, -slope * 0.7 * np.sqrt(np.clip(1 - u * u, 0, 1)) * 0.6, 0.35, 0.9
        )
        mouth = np.hypot((x - 0.60) / 0.083, (y - 0.20) / 0.020)
        scene.light = np.where(mouth < 1, 0.06 + 0.25 * np.clip(x - 0.58, 0, 1) * 8, scene.light)
        scene.outline = np.maximum(scene.outline, np.abs(mouth - 1) < 0.10)

    def fruit(px: float, py: float, r: float, neck: float, lean: float, red: float) -> None:
        cast(px, py + 0.82 * r, r, 0.34 * r)
        dx, dy = (x - px) / r, (y - py) / r
        dx = dx - lean * np.clip(-dy, 0, 2) ** 1.4 * 0.35
        girth = 1.0 - neck * np.clip(-dy, 0, 1.6) ** 1.2 * 0.52
        stretch = np.where(dy < 0, dy / (1.0 + 0.55 * neck), dy)
        u = dx / np.maximum(girth, 0.2)
        inside = np.hypot(u, stretch) < 1
        scene.solid(inside, u * 0.98, stretch * 0.98, red, 1.0)
        stem = (
            (np.abs(dx - 0.10 * (dy + 1) - 0.12) < 0.045)
            & (dy < -0.80 * (1 + 0.5 * neck))
            & (dy > -1.30 * (1 + 0.45 * neck))
        )
        scene.light = np.where(stem, 0.03, scene.light)

    jug()
    fruit(0.335, 0.575, 0.112, 0.9, -0.5, 0.75)
    fruit(0.185, 0.685, 0.100, 0.0, 0.0, 0.95)
    fruit(0.445, 0.715, 0.090, 0.0, 0.0, 0.85)
    fruit(0.285, 0.805, 0.100, 0.85, 0.9, 0.65)
    fruit(0.800, 0.720, 0.080, 0.0, 0.0, 0.9)
    return scene


class _Chalk:
    """Marks of one chalk, as pressure on the tooth of the paper."""

    def __init__(self, size: int) -> None:
        self._layers = [Image.new("L", (size, size)) for _ in range(3)]
        self._size = size
        self._turn = 0

    def hatch(
        self,
        scene: _Scene,
        wanted: Field,
        turn: float,
        count: int,
        width: float,
        rng: np.random.Generator,
    ) -> None:
        """Strokes at `turn` to the form's direction, the harder the more is `wanted` there."""
        place = scatter(count, rng)
        amount = sample(wanted, place)
        keep = rng.random(count) < np.clip(amount * 1.5, 0, 1)
        place, amount = place[keep], amount[keep]
        length = rng.uniform(0.045, 0.105, len(place))
        paths = streamlines(scene.angle + turn, place, length, 9)
        # A stroke ends where its body does.
        within = sample(scene.body, paths) == sample(scene.body, place)[:, None]
        paths = paths * self._size
        pen = ImageDraw.Draw(self._layers[self._turn % 3])
        self._turn += 1
        line = max(1, round(width * self._size))
        force = amount * rng.uniform(0.75, 1.15, len(place))
        for path, inside, hard in zip(paths, within, force, strict=True):
            tone = int(np.clip(110 + 145 * hard, 0, 255))
            pen.line([tuple(p) for p in path[inside]], fill=tone, width=line, joint="curve")

    def pressure(self) -> Field:
        """Pressure (H, W) from 0 to about 2."""
        total = np.sum(
            [np.asarray(layer, dtype=np.float32) / 255.0 for layer in self._layers], axis=0
        )
        return np.asarray(total * 0.72, dtype=np.float32)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    scene = _still_life(work, rng)
    tone = ndimage.gaussian_filter(np.clip(scene.light, 0, 1), work / 500)
    tooth = 0.5 + 0.13 * grain(work, rng, 640) + 0.11 * grain(work, rng, 300)
    laid = 0.03 * np.sin(grid(work)[1] * 2 * np.pi * 90)

    dark = np.clip((0.66 - tone) / 0.66, 0, 1) ** 1.35
    bright = np.clip((tone - 0.66) / 0.34, 0, 1)
    middle = np.exp(-(((tone - 0.44) / 0.27) ** 2)) * np.clip(scene.red * 1.4, 0, 1)
    black, red, white = _Chalk(work), _Chalk(work), _Chalk(work)
    for turn, least in ((0.0, 0.0), (0.55, 0.25), (-0.75, 0.5)):
        wanted = np.clip((dark - least) / (1 - least) * 1.15, 0.10 if least else 0.16, 0.86)
        black.hatch(scene, wanted, turn, 3000, 0.0072, rng)
        red.hatch(scene, np.clip(middle - least * 0.5, 0, 1), turn + 0.25, 3000, 0.0072, rng)
        white.hatch(
            scene, np.clip(bright * 1.1 - least * 0.6 + 0.10, 0, 1), turn + 0.1, 3000, 0.0080, rng
        )

    paper = ramp(
        np.clip(0.5 + 0.16 * fractal_noise(work, 30, 3, rng) + laid * 3, 0, 1),
        "#b08f66 #c9ae84 #dfcaa4",
    )
    edges = ndimage.gaussian_filter(scene.outline.astype(np.float32), work / 900)
    edges = edges * (0.55 + 0.5 * smooth_noise(work, 18, rng)).clip(0.1, 1.2)
    rubbed = ndimage.gaussian_filter(dark**1.4, work / 200)

    def deposit(pressure: Field, smear: Field) -> Field:
        return np.clip(step(pressure + smear, tooth + laid, 0.40), 0, 1)

    colour = lay(paper, rgb("#8e3a24"), 0.86 * deposit(red.pressure(), 0.12 * middle))
    colour = lay(colour, rgb("#fdf8ec"), 0.95 * deposit(white.pressure(), 0.12 * bright))
    colour = lay(
        colour, rgb("#1a1614"), 0.95 * deposit(black.pressure() + 1.3 * edges, 0.15 * rubbed)
    )
    return reduce(colour, size)
