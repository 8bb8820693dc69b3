"""Ink wash: mountains in mist, a gorge, pines and bamboo, in one ink on mulberry paper.

Wet washes carry the tone; over them dry strokes break up on the paper along rock and water, dots
stand for moss, and leaves and needles are single touches of a loaded brush. One ink, from blue-grey
to nearly black, and a little earth red.
"""

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_float
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import ramp, rgb
from .strokes import sample, scatter, streamlines


class _Sheet:
    """Absorbed ink (H, W), where 0 is paper, and the paper's tooth."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.ink = np.zeros((size, size), dtype=np.float32)
        self.warm = np.zeros((size, size), dtype=np.float32)
        self.tooth = 0.55 * grain(size, rng, 520) + 0.45 * grain(size, rng, 260)
        self.pool = fractal_noise(size, 9, 4, rng)
        self.edge = fractal_noise(size, 16, 4, rng)
        self.angle = np.zeros((size, size), dtype=np.float32)

    def wash(self, mask: Field, strength: Field | float) -> None:
        """A wet wash: pools, a dried rim, pigment in the hollows of the paper."""
        rim = np.clip(mask * (1 - mask) * 4, 0, 1)
        self.ink += (
            0.44 * mask * strength * (0.80 + 0.26 * self.pool + 0.10 * self.tooth) + 0.12 * rim
        )

    def lift(self, mask: Field, share: float) -> None:
        """Take up ink, as mist does."""
        self.ink *= 1 - share * mask

    def strokes(
        self, paths: Field, widths: Field, inks: Field, dry: float, rng: np.random.Generator,
        keep: NDArray[np.bool_] | None = None, tip: float = 0.25,
    ) -> None:  # fmt: skip
        """Tapering strokes (N, K, 2) with their widths and inks; `dry` breaks them up."""
        size = len(self.x)
        sheet = Image.new("L", (size, size))
        pen = ImageDraw.Draw(sheet)
        knots = paths.shape[1]
        t = np.linspace(0, 1, knots)
        taper = np.clip(np.sin(np.pi * (0.08 + 0.90 * t**0.75)), 0, 1) ** (1 - tip)
        tangent = np.gradient(paths, axis=1)
        tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
        normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
        ragged = 1.0 + 0.30 * rng.standard_normal((*paths.shape[:2], 1))
        reach = 0.5 * widths[:, None, None] * taper[:, None] * normal * ragged
        hulls = np.concatenate([paths + reach, (paths - reach)[:, ::-1]], axis=1) * size
        for k, hull in enumerate(hulls):
            inside = slice(None) if keep is None else np.concatenate([keep[k], keep[k][::-1]])
            outline = hull[inside]
            if len(outline) >= 6:
                pen.polygon(outline.ravel().tolist(), fill=int(np.clip(inks[k] * 255, 8, 255)))
        laid = ndimage.gaussian_filter(to_float(sheet), size / 1900)
        broken = step(laid + 0.10, dry * (0.5 + 0.30 * self.tooth), 0.35) if dry > 0 else 1.0
        self.ink = np.maximum(self.ink, 0.35 * self.ink + 1.55 * laid * broken)


def _range(
    sheet: _Sheet, peaks: tuple[tuple[float, float, float], ...], foot: float, depth: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """A row of mountains (x, top, half width): dark at the ridge, lost in mist at the foot."""
    x, y = sheet.x, sheet.y
    skyline = np.full_like(x, 2.0)
    middle = np.zeros_like(x)
    for px, top, wide in peaks:
        side = top + (np.abs(x - px) / wide) ** 1.35 * (foot - top)
        middle = np.where(side < skyline, px, middle)
        skyline = np.minimum(skyline, side)
    skyline = skyline + 0.020 * sheet.edge + 0.010 * np.sin(x * 60)
    body = step(y, skyline, 0.006)
    down = np.clip((y - skyline) / (foot - 0.15), 0, 1)
    fold = np.sin((x - middle) * 52 + 14 * down + 1.6 * sheet.edge)
    fade = np.clip(1 - (y - skyline) / (foot - skyline + 0.10), 0, 1) ** 0.8
    sheet.lift(body * np.clip(1.6 * fade, 0, 1), 0.93)
    sheet.wash(body * fade, depth * (0.55 + 0.45 * step(fold, 0.1, 1.2)))
    angle = np.where(x < middle, 2.05, 1.09) + 0.32 * fold
    sheet.angle = np.where(body > 0.5, angle, sheet.angle).astype(np.float32)
    count = 5200
    place = scatter(count, rng)
    here = sample(body * fade, place)
    dark = sample(step(fold, -0.1, 1.4), place)
    place = place[(here > 0.12) & (rng.random(count) < 0.25 + 0.75 * dark)]
    n = len(place)
    paths = streamlines(sheet.angle, place, rng.uniform(0.020, 0.060, n), 9)
    keep = sample(body, paths) > 0.5
    inks = sample(fade, place) * depth * rng.uniform(0.35, 1.0, n)
    sheet.strokes(paths, rng.uniform(0.0035, 0.0100, n), inks, 0.42, rng, keep)
    rows = scatter(900, rng)
    rows = rows[
        sample(body * np.exp(-(((y - skyline) / 0.04) ** 2)) + 0.12 * body * fade, rows)
        > rng.random(len(rows))
    ]
    dots = np.stack(
        [rows + np.array([dx, 0.5 * dx]) for dx in np.linspace(-0.006, 0.006, 7)], axis=1
    )
    sheet.strokes(
        dots.astype(np.float32),
        rng.uniform(0.004, 0.008, len(rows)),
        depth * rng.uniform(0.6, 1.0, len(rows)),
        0.0,
        rng,
        tip=0.3,
    )


def _water(sheet: _Sheet, rng: np.random.Generator) -> None:
    x, y = sheet.x, sheet.y
    shore = 0.665 + 0.02 * np.sin(x * 8 + 1)
    wet = step(y, shore, 0.02)
    wave = np.sin(y * 150 + 3.0 * np.sin(x * 10 + y * 14) + sheet.edge)
    sheet.wash(wet, 0.20 + 0.12 * wave + 0.22 * np.clip((y - 0.70) / 0.3, 0, 1))
    place = scatter(2600, rng)
    place = place[sample(wet, place) > 0.5]
    n = len(place)
    flow = 0.28 * np.cos(x * 10 + y * 14) + 0.12 * sheet.edge
    paths = streamlines(flow.astype(np.float32), place, rng.uniform(0.03, 0.11, n), 11)
    sheet.strokes(paths, rng.uniform(0.003, 0.0085, n), rng.uniform(0.12, 0.62, n), 0.45, rng)


def _rock(
    sheet: _Sheet, px: float, py: float, wide: float, tall: float, rng: np.random.Generator
) -> None:
    x, y = sheet.x, sheet.y
    u, v = (x - px) / wide, (y - py) / tall
    body = step(1.0 - np.abs(u) ** 2.4 - np.abs(v) ** 2.2 + 0.20 * sheet.edge, 0.0, 0.04)
    sheet.lift(body, 0.96)
    facet = np.sin(5.5 * u + 2.5 * v + 1.2 * sheet.edge)
    light = np.clip(0.6 - 0.5 * u - 0.7 * v - 0.35 * facet, 0, 1)
    sheet.wash(body, 0.12 + 1.05 * (1 - light) ** 1.5)
    angle = np.where(facet > 0, 0.7 + 0.4 * u, 2.1 - 0.3 * v)
    sheet.angle = np.where(body > 0.5, angle, sheet.angle).astype(np.float32)
    place = (rng.uniform(-1, 1, (900, 2)) * [wide, tall] + [px, py]).astype(np.float32)
    place = place[sample(body, place) > 0.5]
    n = len(place)
    shade = 1 - sample(light, place)
    paths = streamlines(sheet.angle, place, rng.uniform(0.015, 0.05, n), 9)
    sheet.strokes(
        paths,
        rng.uniform(0.003, 0.010, n),
        np.clip(shade * rng.uniform(0.4, 1.1, n), 0.16, 1),
        0.5,
        rng,
        sample(body, paths) > 0.5,
    )
    rim = np.abs(1.0 - np.abs(u) ** 2.4 - np.abs(v) ** 2.2 + 0.20 * sheet.edge) < 0.035
    sheet.ink = np.maximum(
        sheet.ink,
        1.2
        * ndimage.gaussian_filter(rim.astype(np.float32), len(x) / 900)
        * (0.6 + 0.3 * sheet.pool),
    )


def _bough(
    sheet: _Sheet, points: tuple[tuple[float, float], ...], girth: float, rng: np.random.Generator
) -> Field:
    """A gnarled trunk through `points`, thinner towards its end; returns its path (60, 2)."""
    t = np.linspace(0, 1, 60)
    knots = np.linspace(0, 1, len(points))
    path = np.stack(
        [
            ndimage.gaussian_filter1d(
                np.interp(t, knots, [p[i] for p in points]), 3, mode="nearest"
            )
            for i in (0, 1)
        ],
        1,
    )
    for share, ink in ((1.0, 0.75), (0.35, 1.0)):
        shift = np.array([0.25 * girth * (1 - share), 0.0])
        sheet.strokes(
            (path + shift)[None].astype(np.float32),
            np.array([girth * share]),
            np.array([ink]),
            0.55,
            rng,
            tip=0.55,
        )
    n = 90
    at = path[rng.integers(0, 50, n)] + rng.normal(0, girth * 0.22, (n, 2))
    rings = at[:, None] + girth * 0.22 * np.stack(
        [np.cos(np.linspace(0, 4.5, 7)), np.sin(np.linspace(0, 4.5, 7))], 1
    )
    sheet.strokes(rings.astype(np.float32), np.full(n, 0.0026), rng.uniform(0.5, 1.0, n), 0.2, rng)
    return path


def _needles(sheet: _Sheet, places: Field, r: float, ink: float, rng: np.random.Generator) -> None:
    """Fans of pine needles around each place."""
    fans = []
    for place in places:
        for theta in np.linspace(-np.pi * 1.02, 0.02 * np.pi, 15) + rng.normal(0, 0.06, 15):
            long = r * float(rng.uniform(0.75, 1.1))
            fans.append(
                place
                + np.linspace(0.05, 1, 5)[:, None] * long * np.array([np.cos(theta), np.sin(theta)])
            )
    n = len(fans)
    sheet.strokes(
        np.asarray(fans, dtype=np.float32),
        np.full(n, 0.0034),
        ink * rng.uniform(0.6, 1.05, n),
        0.15,
        rng,
    )


def _bamboo(
    sheet: _Sheet, px: float, lean: float, girth: float, ink: float, rng: np.random.Generator
) -> None:
    joints = np.linspace(1.04, -0.05, 9)
    for low, high in itertools.pairwise(joints):
        t = np.linspace(low - 0.006, high + 0.006, 9)
        path = np.stack([px + lean * (1 - t), t], axis=1)[None].astype(np.float32)
        sheet.strokes(
            path,
            np.array([girth]),
            np.array([ink * float(rng.uniform(0.75, 1.05))]),
            0.62,
            rng,
            tip=0.92,
        )
        ring = np.stack(
            [px + lean * (1 - low) + np.linspace(-0.55, 0.55, 5) * girth, np.full(5, low)], 1
        )[None]
        sheet.strokes(
            ring.astype(np.float32), np.array([0.006]), np.array([min(1.0, ink * 1.4)]), 0.0, rng
        )


def _leaves(
    sheet: _Sheet, places: Field, long: float, ink: float, rng: np.random.Generator
) -> None:
    """Bamboo leaves in sprays of four to six, hanging."""
    paths, widths, inks = [], [], []
    for place in places:
        turn = float(rng.normal(1.35, 0.55))
        for k in range(int(rng.integers(4, 7))):
            theta = turn + (k - 2.0) * float(rng.uniform(0.30, 0.50))
            reach = long * float(rng.uniform(0.65, 1.15))
            t = np.linspace(0, 1, 9)
            way = theta + float(rng.normal(0, 0.25)) * t
            paths.append(place + reach * np.stack([t * np.cos(way), t * np.sin(way)], 1))
            widths.append(long * float(rng.uniform(0.12, 0.19)))
            inks.append(ink * float(rng.uniform(0.55, 1.1)))
    sheet.strokes(
        np.asarray(paths, dtype=np.float32),
        np.asarray(widths),
        np.asarray(inks),
        0.25,
        rng,
        tip=0.1,
    )


def _paint(sheet: _Sheet, rng: np.random.Generator) -> None:
    x, y, n = sheet.x, sheet.y, len(sheet.x)
    drift = fractal_noise(n, 4, 4, rng, stretch=(2.6, 1.0))
    sheet.wash(step(drift + 0.35 * sheet.edge + 1.4 * (0.25 - y), 0.25, 1.1), 0.26)
    sheet.wash(step(-drift + 0.30 * sheet.edge, 0.55, 0.7) * step(0.45 - y, 0.0, 0.3), 0.16)
    place = scatter(900, rng) * np.array([1.0, 0.45], dtype=np.float32)
    paths = streamlines(
        (0.25 * drift).astype(np.float32), place, rng.uniform(0.05, 0.16, len(place)), 11
    )
    sheet.strokes(
        paths, rng.uniform(0.006, 0.022, len(place)), rng.uniform(0.04, 0.20, len(place)), 0.36, rng
    )
    moon = np.hypot(x - 0.70, y - 0.125)
    sheet.wash(np.exp(-((moon / 0.16) ** 2)).astype(np.float32), 0.28)
    sheet.lift(step(0.062 - moon, 0.0, 0.004), 0.92)
    _range(
        sheet,
        ((0.30, 0.18, 0.22), (0.58, 0.27, 0.20), (0.86, 0.22, 0.20), (0.06, 0.30, 0.2)),
        0.60,
        0.42,
        rng,
    )
    _range(
        sheet,
        ((0.16, 0.30, 0.17), (0.45, 0.38, 0.15), (0.74, 0.33, 0.16), (0.99, 0.40, 0.15)),
        0.66,
        0.78,
        rng,
    )
    _range(
        sheet,
        ((0.02, 0.47, 0.19), (0.92, 0.49, 0.18), (0.62, 0.57, 0.11), (0.33, 0.575, 0.10)),
        0.73,
        1.10,
        rng,
    )
    _water(sheet, rng)
    for px, py, wide, tall in (
        (0.11, 0.80, 0.16, 0.085),
        (0.42, 0.745, 0.085, 0.045),
        (0.66, 0.83, 0.11, 0.06),
        (0.29, 0.93, 0.17, 0.085),
        (0.55, 0.985, 0.14, 0.06),
        (0.985, 0.93, 0.14, 0.12),
    ):
        _rock(sheet, px, py, wide, tall, rng)
    path = _bough(
        sheet,
        ((0.02, 0.86), (0.10, 0.72), (0.07, 0.60), (0.17, 0.50), (0.14, 0.40), (0.24, 0.33)),
        0.040,
        rng,
    )
    arm = _bough(sheet, ((0.09, 0.63), (0.20, 0.62), (0.27, 0.57), (0.38, 0.58)), 0.020, rng)
    high = _bough(sheet, ((0.16, 0.47), (0.06, 0.42), (0.02, 0.36)), 0.017, rng)
    for line, count in ((path[34:], 9), (arm[14:], 9), (high[15:], 7)):
        spots = (
            line[np.linspace(0, len(line) - 1, count).astype(int)]
            + rng.normal(0, 0.016, (count, 2))
            - [0, 0.012]
        )
        for spot in spots:
            blot = np.exp(-(((x - spot[0]) / 0.050) ** 2 + ((y - spot[1] + 0.008) / 0.024) ** 2))
            sheet.wash((blot * step(blot + 0.12 * sheet.edge, 0.35, 0.4)).astype(np.float32), 0.30)
        _needles(
            sheet,
            np.concatenate([spots, spots + rng.normal(0, 0.018, spots.shape)]),
            0.042,
            0.95,
            rng,
        )
    for px, lean, girth, ink in (
        (0.80, 0.10, 0.020, 0.38),
        (0.875, 0.06, 0.026, 0.80),
        (0.955, -0.02, 0.022, 0.55),
    ):
        _bamboo(sheet, px, lean, girth, ink, rng)
    for count, long, ink in ((12, 0.085, 0.30), (14, 0.105, 0.62), (15, 0.115, 1.0)):
        spots = np.stack([rng.uniform(0.64, 1.02, count), rng.uniform(0.16, 0.86, count)], 1)
        _leaves(sheet, spots[spots[:, 0] > 0.72 - 0.2 * (spots[:, 1] < 0.5)], long, ink, rng)
    _leaves(
        sheet,
        np.stack([rng.uniform(0.30, 0.66, 12), rng.uniform(-0.05, 0.03, 12)], 1),
        0.10,
        0.85,
        rng,
    )
    reeds = scatter(110, rng) * np.array([1.0, 0.16], dtype=np.float32) + np.array(
        [0.0, 0.86], dtype=np.float32
    )
    blades = (
        reeds[:, None]
        + np.linspace(0, 1, 7)[None, :, None]
        * np.stack([rng.normal(0, 0.030, len(reeds)), -rng.uniform(0.04, 0.10, len(reeds))], 1)[
            :, None
        ]
    )
    sheet.strokes(
        blades.astype(np.float32),
        rng.uniform(0.003, 0.006, len(reeds)),
        rng.uniform(0.45, 1.0, len(reeds)),
        0.3,
        rng,
    )
    earth = step(sheet.pool - 0.4 * sheet.edge, 0.55, 0.9) * step(y, 0.50, 0.5)
    sheet.warm += 0.55 * earth + 0.9 * np.exp(-(((y - 0.33) / 0.10) ** 2)) * step(drift, 0.2, 1.0)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    sheet = _Sheet(work, rng)
    _paint(sheet, rng)
    fibres = Image.new("L", (work, work))
    pen = ImageDraw.Draw(fibres)
    place = scatter(1500, rng)
    paths = (
        streamlines(6.0 * smooth_noise(work, 8, rng), place, rng.uniform(0.02, 0.06, len(place)), 7)
        * work
    )
    for path in paths:
        pen.line(path.ravel().tolist(), fill=int(rng.integers(60, 200)), width=max(1, work // 900))
    fibre = ndimage.gaussian_filter(to_float(fibres), work / 1500)
    paper = ramp(
        np.clip(0.52 + 0.15 * fractal_noise(work, 24, 3, rng) - 0.30 * fibre, 0, 1),
        "#dccdaa #f0e6cc #fbf5e4",
    )
    ink = np.clip(sheet.ink * (1.0 + 0.07 * sheet.tooth) - 0.12 * fibre * (sheet.ink < 0.5), 0, 1.9)
    tinted = lay(paper, paper * rgb("#d9a27c"), np.clip(0.5 * sheet.warm, 0, 0.62))
    ink = np.clip(1.12 * ink - 0.13, 0, 1.9)
    tone = np.exp(-np.stack([1.75 * ink, 1.62 * ink, 1.42 * ink], axis=-1))
    return reduce(tinted * (0.035 + 0.965 * tone), size)
