"""Embroidery: a bird among flowers on dark cloth, every form filled with stitches of floss.

Satin stitches lie side by side along each form; the ground is worked over in rows as well. A stitch
is a round bundle of threads, light along its back and dark where it dives into the cloth.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, reduce, relief, to_bytes, to_float
from .noise import Field, fractal_noise, grain
from .palette import Colours, jitter, ramp, rgb
from .strokes import sample, scatter, streamlines

STITCH = 0.0062
"""Width of a stitch in units of the side."""


class _Hoop:
    """The drawing on the cloth: colours (H, W, 3), direction and length of stitches, forms."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.mottle = fractal_noise(size, 7, 3, rng)
        self.colour: Colours = np.zeros((size, size, 3), dtype=np.float32)
        self.angle = np.zeros((size, size), dtype=np.float32)
        self.long = np.zeros((size, size), dtype=np.float32)
        self.form = np.zeros((size, size), dtype=np.int32)
        self._forms = 0

    def fill(
        self, mask: NDArray[np.bool_], place: Field | float, codes: str, angle: Field | float,
        long: float,
    ) -> None:  # fmt: skip
        """A form over the others; `place` (H, W) in 0..1 on the ramp of flosses."""
        self._forms += 1
        at = np.broadcast_to(np.asarray(place, dtype=np.float32), mask.shape)[mask]
        # A needle holds one floss: shades step, and mix where they meet.
        flosses = np.round((np.clip(at, 0, 1) + 0.035 * self.mottle[mask]) * 6) / 6
        self.colour[mask] = ramp(np.clip(flosses, 0, 1), codes)
        self.angle[mask] = np.broadcast_to(np.asarray(angle, dtype=np.float32), mask.shape)[mask]
        self.long[mask] = long
        self.form[mask] = self._forms


REDS = "#3a0a1c #7c1228 #c0242e #e85a42 #f8a07c #fddcc4"
PINKS = "#4a1238 #94285c #d8588a #f094ac #f9c8cc #fff0ea"
GOLDS = "#5a2c10 #a8621c #e09a28 #f6c650 #fbe696 #fff8dc"
BLUES = "#0e1a4a #1f3f8c #3a78c0 #74b0dc #b4dcec #eef8f6"
GREENS = "#0a2a24 #16503a #2f8050 #74ac50 #b8d070 #eef4b8"
TEALS = "#062c34 #0e5860 #2a928c #70c4ac #b8e4cc #f0faec"
CREAMS = "#6a4a4a #a8887c #d8bca0 #f0dec0 #fbf2dc #fffdf4"


def _petals(
    hoop: _Hoop, place: tuple[float, float], r: float, count: int, codes: str, turn: float,
    heart: str = GOLDS,
) -> None:  # fmt: skip
    x, y = hoop.x - place[0], hoop.y - place[1]
    for ring, (scale, dark) in enumerate(((1.0, 0.25), (0.66, 0.0))):
        for k in range(count):
            theta = turn + (k + 0.5 * ring) * 2 * np.pi / count
            u = (x * np.cos(theta) + y * np.sin(theta)) / (r * scale)
            v = (-x * np.sin(theta) + y * np.cos(theta)) / (r * scale)
            half = 2.5 / count * np.clip(np.sin(np.pi * np.clip(u, 0, 1) ** 1.35), 0, 1) ** 0.7
            inside = (np.abs(v) < half) & (u > 0.1) & (u < 1.0)
            tone = (
                dark
                + 0.80 * u
                - 0.25 * np.abs(v) / np.maximum(half, 1e-3)
                + 0.12 * np.sin(theta - 2)
            )
            hoop.fill(inside, tone, codes, np.arctan2(y, x) + 0.6 * v, 0.030)
    reach = np.hypot(x, y) / r
    bearing = np.arctan2(y, x)
    hoop.fill(reach < 0.29, 0.75 - 0.4 * np.sin(bearing + 0.6), heart, bearing + np.pi / 2, 0.014)
    hoop.fill(reach < 0.13, 0.2 + 0.2 * np.sin(bearing), REDS, bearing, 0.010)


def _leaf(hoop: _Hoop, place: tuple[float, float], long: float, turn: float, codes: str) -> None:
    x, y = hoop.x - place[0], hoop.y - place[1]
    u = (x * np.cos(turn) + y * np.sin(turn)) / long
    v = (-x * np.sin(turn) + y * np.cos(turn)) / long - 0.22 * u * (1 - u)
    half = 0.23 * np.clip(np.sin(np.pi * np.clip(u, 0, 1) ** 0.85), 0, 1)
    for side in (-1.0, 1.0):
        inside = (v * side > 0) & (np.abs(v) < half) & (u > 0) & (u < 1)
        tone = 0.45 + 0.22 * side + 0.4 * (u - 0.5) + 0.5 * np.abs(v) / np.maximum(half, 1e-3) * 0.4
        hoop.fill(inside, tone, codes, turn + side * 0.75, 0.026)


def _stem(hoop: _Hoop, points: tuple[tuple[float, float], ...], codes: str) -> None:
    t = np.linspace(0, 1, 300)
    knots = np.linspace(0, 1, len(points))
    size = len(hoop.x)
    track = np.stack(
        [
            ndimage.gaussian_filter1d(
                np.interp(t, knots, [p[i] for p in points]), 24, mode="nearest"
            )
            for i in (0, 1)
        ],
        1,
    )
    sheet = Image.new("L", (size, size))
    ImageDraw.Draw(sheet).line(
        (track * size).ravel().tolist(), fill=255, width=max(2, round(0.013 * size)), joint="curve"
    )
    inside = np.asarray(sheet) > 0
    along = ndimage.gaussian_filter(inside.astype(np.float32), size / 170)
    dy, dx = np.gradient(along)
    hoop.fill(inside, 0.35 + 0.3 * hoop.mottle, codes, np.arctan2(dy, dx) + np.pi / 2 + 0.45, 0.018)


def _bird(hoop: _Hoop) -> None:
    x, y = hoop.x, hoop.y
    for k in range(6):
        turn = 0.95 + 0.17 * k
        u = ((x - 0.565) * np.cos(turn) + (y - 0.555) * np.sin(turn)) / (0.37 - 0.018 * abs(k - 2))
        v = (-(x - 0.565) * np.sin(turn) + (y - 0.555) * np.cos(turn)) / 0.37 - 0.10 * u * u
        half = 0.055 * np.clip(np.sin(np.pi * np.clip(u, 0, 1) ** 1.6), 0, 1) ** 0.6 + 0.012
        inside = (np.abs(v) < half) & (u > 0) & (u < 1)
        hoop.fill(
            inside,
            0.10 + 0.75 * u - 3 * np.abs(v),
            (BLUES, TEALS, GOLDS)[k % 3],
            turn + 0.6 * np.sign(v),
            0.026,
        )
        eye = np.hypot(u - 0.86, v * 1.2)
        hoop.fill(inside & (eye < 0.062), 0.85, GOLDS, 0.3, 0.012)
        hoop.fill(inside & (eye < 0.034), 0.15, BLUES, 1.2, 0.010)
    u, v = (x - 0.50) * 0.86 + (y - 0.47) * 0.51, -(x - 0.50) * 0.51 + (y - 0.47) * 0.86
    body = (u / 0.185) ** 2 + (v / 0.105) ** 2 < 1
    hoop.fill(body, 0.80 - 5.2 * v + 0.4 * u, REDS, 0.54 + 3.2 * v, 0.030)
    belly = body & (v > 0.030 + 1.2 * u * u)
    hoop.fill(belly, 0.95 - 7.0 * (v - 0.03), GOLDS, 0.60 + 3.0 * v, 0.026)
    for row in range(4):
        for k in range(5):
            pu, pv = u - (-0.075 + 0.050 * k + 0.014 * row), v - (-0.052 + 0.030 * row)
            scale = (np.abs(pv) < 0.020 * np.sqrt(np.clip(1 - (pu / 0.052) ** 2, 0, 1))) & body
            scale &= (u + 0.02) ** 2 / 0.0165 + (v + 0.012) ** 2 / 0.0042 < 1.0
            hoop.fill(
                scale, 0.15 + 9.0 * (pu + 0.045), (BLUES, TEALS)[row % 2], 0.54 + 14 * pv, 0.022
            )
    head = np.hypot(x - 0.345, y - 0.335) / 0.082
    hoop.fill(
        (head < 1) | (((x - 0.385) / 0.075) ** 2 + ((y - 0.395) / 0.075) ** 2 < 1) & ~body,
        0.35 + 3.2 * (0.40 - y) + 0.1 * hoop.mottle,
        BLUES,
        np.arctan2(y - 0.335, x - 0.345) + np.pi / 2,
        0.024,
    )
    cheek = ((x - 0.335) / 0.045) ** 2 + ((y - 0.362) / 0.032) ** 2 < 1
    hoop.fill(cheek, 0.85 - 5 * (y - 0.345), CREAMS, 0.25, 0.018)
    beak = (
        (x < 0.285)
        & (x > 0.205)
        & (np.abs(y - 0.348 + 0.1 * (0.285 - x)) < 0.024 * np.clip((x - 0.205) / 0.08, 0, 1) ** 0.8)
    )
    hoop.fill(beak, 0.75 - 14 * (y - 0.345), GOLDS, 0.1, 0.022)
    eye = np.hypot(x - 0.322, y - 0.318)
    hoop.fill(eye < 0.020, 0.9, CREAMS, np.arctan2(y - 0.318, x - 0.322), 0.010)
    hoop.fill(eye < 0.0115, 0.0, BLUES, 0.5, 0.008)
    for k in range(3):
        turn = -1.9 + 0.36 * k
        cu, cv = (
            (x - 0.365) * np.cos(turn) + (y - 0.265) * np.sin(turn),
            -(x - 0.365) * np.sin(turn) + (y - 0.265) * np.cos(turn),
        )
        crest = (
            (np.abs(cv) < 0.014 * np.sin(np.pi * np.clip(cu / 0.095, 0, 1)) ** 0.7)
            & (cu > 0)
            & (cu < 0.095)
        )
        hoop.fill(crest, 0.2 + 8 * cu, REDS, turn + 0.5 * np.sign(cv), 0.016)


def _design(size: int, rng: np.random.Generator) -> _Hoop:
    hoop = _Hoop(size, rng)
    x, y, mottle = hoop.x, hoop.y, hoop.mottle
    reach = np.hypot(x - 0.5, y - 0.46)
    night = 0.42 + 0.26 * np.sin(reach * 34 + 0.8 * mottle) - 0.30 * (reach - 0.3) + 0.14 * mottle
    swirl = np.arctan2(y - 0.46, x - 0.5) + np.pi / 2 + 0.5 * mottle
    hoop.fill(
        np.ones((size, size), dtype=bool),
        night,
        "#0a0e26 #121c44 #1c3060 #2c4a80 #5c88b8 #c4d6dc",
        swirl,
        0.022,
    )
    for level, height, phase, codes in (
        (0.80, 0.035, 0.5, TEALS),
        (0.87, 0.035, 2.5, GREENS),
        (0.945, 0.02, 4.2, GOLDS),
    ):
        hill = level - height * np.sin(x * 8 + phase)
        tone = 0.30 + 0.36 * np.sin((y - hill) * 130 + np.sin(x * 20)) + 0.15 * mottle
        hoop.fill(
            y > hill,
            tone,
            codes,
            np.arctan(-height * 8 * np.cos(x * 8 + phase)) + 0.7 * np.sign(np.sin(x * 42 + phase)),
            0.024,
        )
    vine = (
        (0.02, 0.98),
        (0.12, 0.80),
        (0.08, 0.60),
        (0.18, 0.42),
        (0.10, 0.24),
        (0.22, 0.08),
        (0.42, 0.05),
    )
    other = (
        (0.98, 0.96),
        (0.88, 0.82),
        (0.95, 0.62),
        (0.84, 0.44),
        (0.92, 0.26),
        (0.78, 0.10),
        (0.60, 0.09),
    )
    branch = ((0.04, 0.70), (0.24, 0.64), (0.46, 0.62), (0.66, 0.66), (0.96, 0.60))
    for points, codes in ((vine, GREENS), (other, GREENS), (branch, GOLDS)):
        _stem(hoop, points, codes)
    for px, py, long, turn, codes in (
        (0.10, 0.62, 0.15, -0.3, GREENS), (0.09, 0.56, 0.13, 3.5, TEALS),
        (0.16, 0.46, 0.14, 0.5, TEALS),
        (0.13, 0.30, 0.13, 3.4, GREENS), (0.16, 0.20, 0.15, 0.3, GREENS),
        (0.28, 0.06, 0.13, 1.0, TEALS),
        (0.88, 0.52, 0.14, 3.0, GREENS), (0.92, 0.60, 0.11, 0.4, TEALS),
        (0.87, 0.36, 0.15, 3.4, TEALS),
        (0.91, 0.27, 0.11, -0.2, GREENS), (0.80, 0.14, 0.15, 2.4, GREENS),
        (0.66, 0.09, 0.13, 2.0, TEALS),
        (0.30, 0.63, 0.12, 1.2, GREENS), (0.42, 0.62, 0.13, 2.0, TEALS),
        (0.74, 0.65, 0.13, 1.1, GREENS),
        (0.20, 0.65, 0.12, -1.2, TEALS), (0.84, 0.63, 0.12, -1.9, GREENS),
        (0.36, 0.88, 0.13, -1.0, TEALS),
        (0.55, 0.90, 0.14, -2.0, GREENS), (0.74, 0.93, 0.13, -1.2, TEALS),
        (0.16, 0.93, 0.12, -0.8, GREENS),
        (0.50, 0.07, 0.10, 0.9, GREENS), (0.03, 0.40, 0.11, -0.9, GREENS),
        (0.97, 0.44, 0.11, 4.0, TEALS),
    ):  # fmt: skip
        _leaf(hoop, (px, py), long, turn, codes)
    _bird(hoop)
    for place, r, count, codes, turn in (
        ((0.13, 0.76), 0.115, 8, PINKS, 0.2), ((0.245, 0.145), 0.100, 7, REDS, 0.5),
        ((0.50, 0.135), 0.100, 9, CREAMS, 0.1), ((0.78, 0.225), 0.115, 8, PINKS, 0.7),
        ((0.89, 0.725), 0.105, 9, CREAMS, 0.0), ((0.30, 0.80), 0.085, 7, GOLDS, 0.4),
        ((0.46, 0.79), 0.085, 8, CREAMS, 0.8), ((0.075, 0.45), 0.070, 6, GOLDS, 0.3),
        ((0.945, 0.385), 0.070, 6, REDS, 0.2), ((0.06, 0.08), 0.085, 7, BLUES, 0.9),
        ((0.95, 0.07), 0.085, 7, GOLDS, 0.4), ((0.66, 0.93), 0.070, 7, REDS, 0.1),
        ((0.235, 0.955), 0.070, 6, CREAMS, 0.6), ((0.90, 0.94), 0.060, 6, PINKS, 0.9),
        ((0.645, 0.255), 0.060, 7, CREAMS, 0.2), ((0.20, 0.545), 0.050, 6, REDS, 0.5),
    ):  # fmt: skip
        _petals(hoop, place, r, count, codes, turn, BLUES if codes is GOLDS else GOLDS)
    return hoop


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    hoop = _design(work, rng)
    x, y = grid(work)
    weave = 0.5 + 0.25 * np.sin(x * 2 * np.pi * 190) + 0.25 * np.sin(y * 2 * np.pi * 190)
    cloth = Image.fromarray(to_bytes(rgb("#141a38") * (0.6 + 0.8 * weave)[..., None]))
    height = Image.new("L", (work, work), 40)
    pens = ImageDraw.Draw(cloth), ImageDraw.Draw(height)
    wide = STITCH * work
    for count in (17000, 15000):
        place = scatter(count, rng)
        n = len(place)
        length = sample(hoop.long, place) * rng.uniform(0.75, 1.2, n)
        paths = streamlines(hoop.angle, place, length, 5)
        same = sample(hoop.form, paths) == sample(hoop.form, place)[:, None]
        tint = jitter(sample(hoop.colour, place), rng, 0.022, 0.008, 1.08)
        for k in range(n):
            track = paths[k][same[k]] * work
            if len(track) < 2:
                continue
            way = track[-1] - track[0]
            way = way / (np.hypot(*way) + 1e-6)
            side = np.array([-way[1], way[0]])
            if side @ np.array([-0.6, -0.8]) < 0:
                side = -side
            for shift, light, part, rise in (
                (-0.10, 0.38, 1.0, 70), (0.0, 0.86, 1.0, 150), (0.10, 1.0, 0.94, 200),
                (0.22, 1.30, 0.78, 235), (-0.26, 0.62, 0.9, 110),
            ):  # fmt: skip
                middle = track.mean(0)
                line = (middle + (track - middle) * part + side * shift * wide).ravel().tolist()
                shade = tint[k] * light + 0.05 * (light > 1.1)
                stroke = max(
                    1, round(wide * (1.25 if rise == 70 else 0.95 if rise == 150 else 0.30))
                )
                pens[0].line(line, fill=tuple(to_bytes(shade).tolist()), width=stroke)
                pens[1].line(line, fill=rise, width=stroke)
    raised = ndimage.gaussian_filter(to_float(height), work / 1400)
    lit = to_float(cloth) * relief(raised + 0.01 * grain(work, rng), 0.55)[..., None]
    return reduce(lit, size)
