"""Linocut: a heron among reeds and lilies, printed from two blocks, vermilion and blue-black.

All tone is cut: short tapered gouges along each form let the paper, or the first ink, show through.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_float
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import ramp, rgb
from .strokes import sample, scatter, streamlines

VERMILION, BLACK = "#d9472b", "#1b2036"


class _Blocks:
    """Per block the tone left after cutting (H, W), 0 ink and 1 bare, and which way gouges run."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.mottle = fractal_noise(size, 8, 3, rng)
        self.key = np.ones((size, size), dtype=np.float32)
        self.red = np.ones((size, size), dtype=np.float32)
        self.angle = np.zeros((size, size), dtype=np.float32)
        self.body = np.zeros((size, size), dtype=np.int32)
        self.line = np.zeros((size, size), dtype=bool)

    def cut(
        self, mask: NDArray[np.bool_], key: Field | float, red: Field | float, angle: Field | float
    ) -> None:
        """A form over the others, edged by a line of bare paper."""
        n = self.x.shape[0]
        rim = ndimage.binary_dilation(mask, iterations=max(1, n // 420)) & ~mask
        self.line = (self.line & ~mask) | rim
        for plate, tone in ((self.key, key), (self.red, red), (self.angle, angle)):
            plate[mask] = np.broadcast_to(np.asarray(tone, dtype=np.float32), plate.shape)[mask]
        self.body[mask] = self.body.max() + 1


def _leaf(
    blocks: _Blocks, place: tuple[float, float], long: float, wide: float, turn: float, bend: float,
    key: float, red: float,
) -> None:  # fmt: skip
    """A blade from `place` in direction `turn`, with its midrib left bare."""
    dx, dy = blocks.x - place[0], blocks.y - place[1]
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / long
    v = (-dx * np.sin(turn) + dy * np.cos(turn)) / long - bend * u * u
    half = wide / long * np.clip(np.sin(np.pi * np.clip(u, 0, 1) ** 0.8), 0, 1) ** 0.8
    inside = (np.abs(v) < half) & (u > 0) & (u < 1)
    side = v / np.maximum(half, 1e-4)
    angle = turn + np.arctan(2 * bend * u) + 0.75 * np.sign(v)
    tone = np.where(v > 0, key + 0.30, key) + 0.25 * np.abs(side) - 0.1
    blocks.cut(inside, tone, red, angle)
    rib = inside & (np.abs(v) < 0.0035 / long * (1.3 - u))
    blocks.key[rib] = 1.5
    blocks.red[rib] = 1.5


def _lily(blocks: _Blocks, px: float, py: float, r: float, turn: float) -> None:
    for ring, count in ((1.0, 8), (0.70, 7), (0.42, 5)):
        for k in range(count):
            theta = turn + (k + 0.5 * ring) * 2 * np.pi / count
            dx, dy = blocks.x - px, (blocks.y - py) * 1.35
            u = (dx * np.cos(theta) + dy * np.sin(theta)) / (r * ring)
            v = (-dx * np.sin(theta) + dy * np.cos(theta)) / (r * ring)
            inside = (
                (np.abs(v) < 0.30 * np.sin(np.pi * np.clip(u, 0, 1) ** 1.3)) & (u > 0) & (u < 1)
            )
            key = np.where(np.abs(v) < 0.02 + 0.10 * (0.55 - u), 0.0, 1.5)
            red = np.where(u > 0.72 + 0.9 * np.abs(v), 1.5, 0.05 + 0.75 * u)
            blocks.cut(inside, key, red, theta + 0.35 * np.sign(v))
            rim = (
                ndimage.binary_dilation(inside, iterations=max(1, inside.shape[0] // 400)) & ~inside
            )
            blocks.key[rim], blocks.line[rim] = -1.0, False
    heart = np.hypot(blocks.x - px, (blocks.y - py) * 1.35) < 0.16 * r
    blocks.cut(heart, 0.5, 0.0, 0.8)


def _pad(blocks: _Blocks, px: float, py: float, r: float, turn: float, key: float) -> None:
    dx, dy = blocks.x - px, (blocks.y - py) * 2.1
    bearing = np.arctan2(dy, dx)
    reach = np.hypot(dx, dy) / r
    notch = np.abs((bearing - turn + np.pi) % (2 * np.pi) - np.pi) < 0.22
    inside = (reach < 1.0 + 0.04 * np.sin(bearing * 7)) & ~notch
    veins = np.abs((bearing / (2 * np.pi) * 15) % 1.0 - 0.5) < 0.05 / np.maximum(reach, 0.2)
    tone = key + 0.45 * reach**2 + 0.1 * np.sin(bearing + 1)
    blocks.cut(inside, tone, 0.75, np.arctan2(dy / 2.1, dx) + 0.25)
    blocks.key[inside & veins & (reach < 0.93)] = 1.5


def _heron(blocks: _Blocks) -> None:
    x, y = blocks.x, blocks.y

    def limb(points: tuple[tuple[float, float, float], ...], key: float, red: float) -> None:
        """A tapering tube through points (x, y, radius)."""
        t = np.linspace(0, 1, 220)
        knots = np.linspace(0, 1, len(points))
        track = [
            ndimage.gaussian_filter1d(
                np.interp(t, knots, [p[i] for p in points]), 12, mode="nearest"
            )
            for i in range(3)
        ]
        inside = np.zeros(x.shape, dtype=bool)
        tone, angle = np.ones_like(x), np.zeros_like(x)
        head = np.arctan2(np.gradient(track[1]), np.gradient(track[0]))
        for px, py, r, theta in zip(*track, head, strict=True):
            size = x.shape[0]
            box = tuple(
                slice(max(int((c - r) * size) - 1, 0), max(int((c + r) * size) + 2, 1))
                for c in (py, px)
            )
            dx, dy = x[box] - px, y[box] - py
            near = np.hypot(dx, dy) < r
            side = (-dx * np.sin(theta) + dy * np.cos(theta)) / r
            inside[box] |= near
            tone[box] = np.where(near, key - 0.55 * side, tone[box])
            angle[box] = np.where(near, theta + 0.5, angle[box])
        blocks.cut(inside, tone, red, angle)

    for dx in (0.0, 0.055):
        limb(
            ((0.425 + dx, 0.60, 0.013), (0.430 + dx, 0.74, 0.008), (0.420 + dx * 1.2, 0.91, 0.008)),
            0.1,
            0.2,
        )
    u, v = (x - 0.44) * 0.90 + (y - 0.50) * 0.42, -(x - 0.44) * 0.42 + (y - 0.50) * 0.90
    body = (u / 0.205) ** 2 + (v / 0.105) ** 2 < 1.0 - 0.9 * np.clip(u, 0, 1)
    blocks.cut(body, 0.95 + 1.9 * v * -1.0, 1.5, 0.45)
    for row in range(5):
        for k in range(7 - row):
            du, dv = u - (-0.10 + 0.052 * k + 0.020 * row), v - (-0.050 + 0.030 * row)
            feather = (np.abs(dv) < 0.022 * np.cos(np.clip(du / 0.060, -1, 1) * 1.4) ** 0.6) & (
                np.abs(du) < 0.058
            )
            feather &= body | (du > 0)
            blocks.cut(
                feather,
                0.20 + 9 * np.clip(du, 0, 1) + 10 * np.abs(dv),
                1.5 if row % 2 else 0.5,
                0.44 + 6 * dv,
            )
    limb(
        (
            (0.315, 0.455, 0.042),
            (0.250, 0.370, 0.030),
            (0.305, 0.270, 0.024),
            (0.250, 0.190, 0.024),
            (0.240, 0.150, 0.026),
        ),
        0.95,
        1.5,
    )
    head = ((x - 0.235) / 0.044) ** 2 + ((y - 0.148) / 0.030) ** 2 < 1
    blocks.cut(head, 0.95 + 6 * (0.145 - y), 1.5, 0.1)
    bill = (
        (x < 0.205)
        & (x > 0.055)
        & (np.abs(y - 0.153 - 0.10 * (0.20 - x)) < 0.016 * (x - 0.055) / 0.15)
    )
    blocks.cut(bill, 1.5, 0.15 + 2.4 * (y - 0.15), 0.05)
    crest = (
        np.abs(y - 0.128 - 0.32 * (x - 0.25) - 0.5 * (x - 0.25) ** 2)
        < 0.011 * np.clip(1 - (x - 0.22) / 0.17, 0, 1)
    ) & (x > 0.215)
    blocks.cut(crest, 0.0, 1.5, 0.3)
    eye = np.hypot(x - 0.222, y - 0.145)
    blocks.key[eye < 0.0095], blocks.red[eye < 0.0095] = -1.0, 1.5
    blocks.key[eye < 0.0035] = 1.5


def _picture(size: int, rng: np.random.Generator) -> _Blocks:
    blocks = _Blocks(size, rng)
    x, y, mottle = blocks.x, blocks.y, blocks.mottle
    everywhere = np.ones((size, size), dtype=bool)
    sun = np.hypot(x - 0.70, y - 0.25)
    around = np.arctan2(y - 0.25, x - 0.70)
    ray = np.sin(around * 17)
    blocks.cut(
        everywhere,
        0.52 - 0.30 * ray + 0.45 * (sun - 0.35) * -1 + 0.08 * mottle,
        0.45 + 0.35 * ray + 0.4 * (sun - 0.3),
        around + 0.12 * mottle,
    )
    blocks.cut(
        sun < 0.155, 1.5, 0.36 + 2.4 * np.clip(sun - 0.07, 0, 1) + 0.08 * mottle, around + np.pi / 2
    )
    for level, key, red, phase in (
        (0.50, 0.62, 0.30, 0.0),
        (0.56, 0.28, 0.62, 2.0),
        (0.615, 0.10, 0.85, 4.0),
    ):
        hill = level - 0.045 * np.sin(x * 6 + phase) - 0.012 * np.sin(x * 17 + phase)
        tone = key + 0.45 * np.sin((y - hill) * 95 + 3 * np.sin(x * 9)) ** 2 + 0.05 * mottle
        blocks.cut(
            y > hill, tone, red, -0.27 * np.cos(x * 6 + phase) + 0.9 * np.sin(x * 11 + phase)
        )
    water = y > 0.66 + 0.006 * np.sin(x * 30)
    wave = np.sin(y * 115 + 2.4 * np.sin(x * 13 + y * 30) + mottle)
    glow = np.exp(-(((x - 0.70) / 0.13) ** 2))
    blocks.cut(
        water,
        0.45 + 0.42 * wave + 0.25 * glow,
        1.5 - 1.45 * (glow + 0.25 * mottle > 0.35),
        0.35 * np.cos(x * 13 + y * 30),
    )
    for px, py, r, turn, key in (
        (0.64, 0.765, 0.085, 0.4, 0.30), (0.86, 0.80, 0.11, 2.6, 0.10),
        (0.16, 0.80, 0.10, 1.0, 0.25),
        (0.70, 0.90, 0.135, 5.0, 0.05), (0.24, 0.93, 0.14, 3.6, 0.12), (0.95, 0.95, 0.11, 1.2, 0.3),
    ):  # fmt: skip
        _pad(blocks, px, py, r, turn, key)
    for px, long, turn, bend in (
        (0.045, 0.66, -1.50, 0.10), (0.10, 0.52, -1.30, -0.16), (0.02, 0.44, -1.15, 0.22),
        (0.60, 0.56, -1.62, -0.12), (0.66, 0.46, -1.38, 0.16), (0.56, 0.38, -1.80, -0.2),
        (0.90, 0.80, -1.66, -0.12), (0.95, 0.66, -1.45, 0.10), (0.86, 0.52, -1.85, -0.22),
        (1.00, 0.56, -1.80, 0.15), (0.82, 0.40, -1.35, 0.25),
    ):  # fmt: skip
        dark = float(rng.uniform(-0.05, 0.40))
        _leaf(
            blocks,
            (px, 0.80 + 0.1 * float(rng.random())),
            long,
            0.019,
            turn,
            bend,
            dark,
            float(rng.choice([0.4, 0.9, 1.5])),
        )
    for px, top, tall in (
        (0.635, 0.335, 0.13),
        (0.875, 0.10, 0.16),
        (0.075, 0.17, 0.13),
        (0.955, 0.24, 0.13),
    ):
        stem = (np.abs(x - px - 0.02 * np.sin((y - top) * 5)) < 0.0055) & (y > top) & (y < 0.86)
        blocks.cut(stem, 0.1, 1.5, 1.57)
        club = (
            (np.abs(x - px) < 0.020)
            & (np.abs(y - top) < tall / 2)
            & (
                np.hypot((x - px) / 0.020, np.clip(np.abs(y - top) - tall / 2 + 0.02, 0, 1) / 0.02)
                < 1
            )
        )
        blocks.cut(club, 0.15 + 14 * (px - x + 0.004), 0.15, 1.2)
    _heron(blocks)
    _lily(blocks, 0.62, 0.755, 0.075, 0.2)
    _lily(blocks, 0.83, 0.875, 0.105, 0.7)
    _lily(blocks, 0.13, 0.885, 0.10, 0.4)
    for k in range(13):
        px = float(rng.uniform(0.0, 1.0))
        _leaf(
            blocks,
            (px, 1.03),
            float(rng.uniform(0.12, 0.25)),
            0.020,
            float(rng.normal(-1.57, 0.5)),
            float(rng.normal(0, 0.3)),
            0.05 + 0.25 * (k % 2),
            0.3,
        )
    return blocks


def _gouged(
    blocks: _Blocks, tone: Field, turn: float, pitch: float, rng: np.random.Generator
) -> Field:
    """The block's ink (H, W) after cutting: tapered gouges, the wider the lighter the tone."""
    size = tone.shape[0]
    sheet = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(sheet)
    count = round(1.9 / pitch**2 / 2.6)
    place = scatter(count, rng)
    want = sample(tone, place)
    length = pitch * rng.uniform(2.0, 4.6, count)
    paths = streamlines(blocks.angle + turn, place, length, 7)
    same = sample(blocks.body, paths) == sample(blocks.body, place)[:, None]
    taper = np.sin(np.linspace(0.06, 0.97, 7) * np.pi) ** 0.7
    wide = pitch * np.clip(0.10 + 0.62 * want, 0.10, 0.72) * rng.uniform(0.75, 1.2, count)
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
    reach = 0.5 * wide[:, None, None] * taper[:, None] * normal
    hulls = np.concatenate([paths + reach, (paths - reach)[:, ::-1]], axis=1) * size
    for k in np.flatnonzero(rng.random(count) < np.clip(0.34 + 1.3 * want, 0, 1)):
        keep = np.concatenate([same[k], same[k][::-1]])
        hull = hulls[k][keep]
        if len(hull) >= 6:
            pen.polygon(hull.ravel().tolist(), fill=0)
    ink = to_float(sheet)
    ink = np.where(tone > 1.4, 0.0, ink)
    ink = np.where(tone < -0.5, 1.0, ink)
    return np.asarray(ink, dtype=np.float32)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    blocks = _picture(work, rng)
    key = _gouged(blocks, blocks.key + 0.10 * smooth_noise(work, 40, rng), 0.0, 0.0150, rng)
    red = _gouged(blocks, blocks.red + 0.10 * smooth_noise(work, 40, rng), 0.35, 0.0185, rng)
    key = np.where(blocks.line, 0.0, key)
    shift = max(1, work // 420)
    red = np.roll(red, (shift, -shift), axis=(0, 1))
    soft = work / 1100
    wear = 0.5 * grain(work, rng, 620) + 0.5 * fractal_noise(work, 90, 2, rng)
    paper = ramp(np.clip(0.5 + 0.16 * fractal_noise(work, 60, 3, rng), 0, 1), "#eadcbc #f7efdc")
    first = step(ndimage.gaussian_filter(red, soft), 0.5, 0.5) * np.clip(
        0.95 - 0.16 * np.clip(wear, 0, 3), 0, 1
    )
    second = step(ndimage.gaussian_filter(key, soft), 0.5, 0.5) * np.clip(
        0.98 - 0.12 * np.clip(wear - 0.6, 0, 3), 0, 1
    )
    colour = lay(paper, rgb(VERMILION) * (1 + 0.03 * wear)[..., None], first)
    return reduce(lay(colour, rgb(BLACK), second), size)
