"""Impasto portrait: a bearded man in a blue coat, modelled in thick strokes that follow the face.

The head is a height field: its slopes give the light, and the strokes run around its forms.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, relief, step
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import Colours, jitter, ramp, rgb
from .strokes import Paint, brush, sample, scatter, streamlines

SKIN = "#1c1230 #3f1f34 #7a3a34 #b8653f #dd9458 #f2bd84 #fbdfb4 #fff6e0"
BEARD = "#140c16 #3a1a16 #7a3418 #b85c20 #e0913c #f7ce84"
COAT = "#070a1c #121f48 #1f4080 #3a72ac #7fb0c8 #dceadc"
WALL = "#0e2a2e #1f5550 #4a8a70 #8fb88a #d2d8a0 #f4ecc4"


def _bump(x: Field, y: Field, place: tuple[float, float], wide: float, tall: float) -> Field:
    """A soft hill, 1 at `place`."""
    return np.asarray(np.exp(-(((x - place[0]) / wide) ** 2) - ((y - place[1]) / tall) ** 2))


class _Sitter:
    """What is painted: colours (H, W, 3), the strokes' direction, and where they are small."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.mottle = fractal_noise(size, 9, 3, rng)
        self.fine = fractal_noise(size, 30, 2, rng)
        self.colour: Colours = np.zeros((size, size, 3), dtype=np.float32)
        self.angle = np.zeros((size, size), dtype=np.float32)
        self.detail = np.zeros((size, size), dtype=np.float32)
        self._wall()
        self._coat()
        self._head()
        self._hat()

    def put(self, mask: Field, colour: Colours, angle: Field | None, detail: float) -> None:
        """Lay `colour` over what is there."""
        self.colour = lay(self.colour, colour, mask)
        if angle is not None:
            self.angle = np.where(mask > 0.5, angle, self.angle).astype(np.float32)
        self.detail = np.where(mask > 0.5, detail, self.detail).astype(np.float32)

    def _wall(self) -> None:
        x, y = self.x, self.y
        bend = np.zeros_like(x)
        for cx, cy, radius, turn in (
            (0.14, 0.20, 0.20, 1.0), (0.86, 0.24, 0.20, -1.0), (0.08, 0.56, 0.15, -1.0),
            (0.93, 0.58, 0.15, 1.0), (0.50, -0.04, 0.16, 1.0),
        ):  # fmt: skip
            near = np.exp(-((np.hypot(x - cx, y - cy) / radius) ** 2))
            bend = bend + turn * near * (np.arctan2(y - cy, x - cx) + np.pi / 2)
        wave = np.sin(x * 17 + 4 * np.sin(y * 7) + self.mottle)
        tone = 0.50 + 0.20 * wave + 0.14 * self.mottle - 0.38 * (x - 0.45)
        self.put(np.ones_like(x), ramp(np.clip(tone, 0, 1), WALL), 0.6 + bend + 0.4 * wave, 0.25)
        warm = step(np.sin(x * 11 - y * 15 + 1.5 * self.mottle), 0.62, 0.5) * 0.75
        self.colour = lay(
            self.colour,
            ramp(
                np.clip(0.6 - 0.6 * (x - 0.4) + 0.2 * self.fine, 0, 1),
                "#6a2f5a #c0607c #f09a7c #f8d08c",
            ),
            warm,
        )

    def _coat(self) -> None:
        x, y = self.x, self.y
        shoulder = 0.735 + 0.55 * np.abs(x - 0.47) ** 1.7 + 0.008 * self.mottle
        coat = step(y, shoulder, 0.008)
        folds = np.sin((np.abs(x - 0.47) * 1.3 - y * 0.8) * 46 + 1.2 * self.mottle)
        tone = 0.40 + 0.20 * folds - 0.50 * (x - 0.40) + 0.1 * self.fine
        side = np.where(x < 0.47, 1.05, -1.05)
        self.put(
            coat, ramp(np.clip(tone, 0, 1), COAT), (side + 0.3 * folds).astype(np.float32), 0.3
        )
        lapel = coat * step(0.060 - np.abs(np.abs(x - 0.47) - 0.10 - 0.34 * (0.99 - y)), 0.0, 0.008)
        self.put(
            lapel, ramp(np.clip(0.62 - 0.9 * (x - 0.4) + 0.18 * self.fine, 0, 1), COAT), -side, 0.5
        )
        shirt = coat * step(0.055 + 0.25 * (0.99 - y) - np.abs(x - 0.47), 0.0, 0.008)
        self.put(
            shirt,
            ramp(
                np.clip(
                    0.60 - 2.0 * (x - 0.46) + 0.15 * self.mottle + 0.20 * np.sin(x * 190 + y * 60),
                    0,
                    1,
                ),
                "#4a3058 #a8707c #e4b090 #f6d8ae #fff2d2",
            ),
            side * 1.2,
            0.5,
        )
        scarf = (
            step(y, 0.725 + 0.6 * (x - 0.47) ** 2, 0.008)
            * step(0.20 - np.abs(x - 0.47), 0.0, 0.01)
            * step(0.80 - 0.3 * (x - 0.47) ** 2 - y, 0.0, 0.008)
        )
        self.put(
            scarf,
            ramp(
                np.clip(0.55 - 1.6 * (x - 0.45) + 0.25 * np.sin(y * 130 + x * 30), 0, 1),
                "#3a0c1c #8f1f24 #d8482c #f59a4c",
            ),
            0.25 + 1.2 * (x - 0.47),
            0.5,
        )

    def _head(self) -> None:
        x, y = self.x, self.y
        u, v = (x - 0.47) / 0.235, (y - 0.465) / 0.315
        jaw = np.abs(u) ** 2.2 + np.abs(v * (1.0 - 0.06 * v)) ** 2.3
        inside = step(1.0 - jaw, 0.0, 0.04)
        height = 0.235 * np.sqrt(np.clip(1.06 - u * u - 0.85 * v * v, 0.02, None))
        for place, wide, tall, rise in (
            ((0.425, 0.455), 0.030, 0.085, 0.034), ((0.425, 0.520), 0.034, 0.026, 0.048),
            ((0.385, 0.530), 0.022, 0.020, 0.020), ((0.468, 0.530), 0.022, 0.020, 0.020),
            ((0.330, 0.415), 0.052, 0.030, -0.034), ((0.530, 0.415), 0.056, 0.030, -0.036),
            ((0.325, 0.372), 0.062, 0.020, 0.020), ((0.535, 0.372), 0.066, 0.020, 0.020),
            ((0.330, 0.418), 0.030, 0.019, 0.022), ((0.530, 0.418), 0.032, 0.019, 0.022),
            ((0.310, 0.510), 0.055, 0.045, 0.020), ((0.565, 0.510), 0.060, 0.045, 0.020),
            ((0.425, 0.600), 0.062, 0.018, 0.020), ((0.425, 0.648), 0.055, 0.020, 0.022),
            ((0.425, 0.624), 0.060, 0.006, -0.018),
        ):  # fmt: skip
            height = height + rise * _bump(x, y, place, wide, tall)
        height = ndimage.gaussian_filter(height, x.shape[0] / 260)
        dy, dx = np.gradient(height, 1.0 / x.shape[0])
        length = np.sqrt(dx * dx + dy * dy + 1.0)
        light = (0.62 * dx + 0.50 * dy + 0.60) / length
        bounce = 0.20 * np.clip((-0.9 * dx + 0.2 * dy) / length - 0.35, 0, 1)
        tone = 0.12 + 0.80 * np.clip(light, 0, 1) + bounce + 0.045 * self.mottle
        skin = ramp(np.clip(tone, 0, 1), SKIN)
        around = np.arctan2(dy, dx) + np.pi / 2
        self.put(inside, skin, around, 0.75)
        cool = (
            inside * np.clip(0.75 - 2.4 * np.abs(tone - 0.40), 0, 0.5) * step(self.fine, 0.2, 0.8)
        )
        self.colour = lay(self.colour, rgb("#5f8a80"), cool)
        flush = _bump(x, y, (0.31, 0.515), 0.060, 0.045) + _bump(x, y, (0.560, 0.52), 0.06, 0.045)
        flush = flush + _bump(x, y, (0.425, 0.525), 0.035, 0.03)
        self.colour = lay(
            self.colour,
            ramp(np.clip(tone, 0, 1), "#3a0f24 #8f2430 #d8503c #f28a64 #fcc4a0"),
            0.62 * np.clip(flush, 0, 1) * inside,
        )
        ear = step(1.0 - np.hypot((x - 0.712) / 0.032, (y - 0.475) / 0.066), 0.0, 0.05)
        self.put(
            ear,
            ramp(np.clip(0.42 + 9 * (0.715 - x) * np.sin((y - 0.40) * 40), 0, 1), SKIN),
            np.full_like(x, 1.4),
            1.0,
        )
        for cx, blink in ((0.330, 0.0), (0.530, 0.004)):
            self._eye(cx, 0.418 + blink)
        lips = step(
            1.0 - np.hypot((x - 0.425) / 0.062, (y - 0.626) / (0.026 - 0.10 * np.abs(x - 0.425))),
            0.0,
            0.12,
        )
        self.put(
            lips,
            ramp(
                np.clip(0.30 + 12 * np.clip(y - 0.622, -0.01, 0.05) + 0.1 * self.fine, 0, 1),
                "#3a0c1c #8a2430 #c8523f #ee9a7c",
            ),
            np.full_like(x, 0.0),
            1.0,
        )
        self.put(
            step(0.0042 - np.abs(y - 0.622 - 0.6 * (x - 0.425) ** 2), 0.0, 0.002)
            * step(0.058 - np.abs(x - 0.425), 0, 0.01),
            rgb("#240a18"),
            np.full_like(x, 0.0),
            1.0,
        )
        for nx in (0.398, 0.452):
            self.put(
                step(1.0 - np.hypot((x - nx) / 0.013, (y - 0.550) / 0.008), 0, 0.2),
                rgb("#2a0f1c"),
                None,
                1.0,
            )
        beard = np.clip((y - 0.60 + 0.35 * (np.abs(u) - 0.35)) / 0.10, 0, 1)
        beard = np.maximum(beard, step(np.abs(u), 0.86, 0.1) * (y > 0.44) * 0.9)
        muzzle = _bump(x, y, (0.425, 0.585), 0.085, 0.017) + 0.9 * _bump(
            x, y, (0.425, 0.690), 0.10, 0.045
        )
        mask = step(
            np.maximum(beard * 1.1 * (1 - 1.6 * _bump(x, y, (0.425, 0.628), 0.078, 0.030)), muzzle)
            + 0.10 * self.fine,
            0.5,
            0.25,
        )
        lower = step(1.0 - np.hypot((x - 0.465) / 0.215, (y - 0.60) / 0.225), 0.0, 0.06)
        mask = mask * np.maximum(inside, lower * (y > 0.55))
        hair = (
            0.30
            + 0.75 * np.clip(light, 0, 1) * 0.75
            + 0.20 * np.sin(x * 150 + 60 * (y - 0.6) * np.sign(x - 0.425) + 2 * self.mottle)
        )
        grow = np.where(
            y < 0.60, 0.35 * np.sign(x - 0.425), np.pi / 2 - 1.6 * (x - 0.425) / 0.2 * 0.6
        )
        self.put(
            mask * (1 - 0.9 * lips),
            ramp(np.clip(hair - 0.30, 0, 1), BEARD),
            (grow + 0.3 * self.mottle).astype(np.float32),
            0.9,
        )

    def _eye(self, cx: float, cy: float) -> None:
        x, y = self.x, self.y
        flat = np.full_like(x, 0.05)
        u = (x - cx) / 0.038
        lid = cy - 0.017 * (1 - u * u)
        under = cy + 0.011 * (1 - u * u)
        ball = step(y, lid, 0.003) * step(under - y, 0.0, 0.003) * (np.abs(u) < 1)
        self.put(
            ball,
            ramp(np.clip(0.72 - 0.4 * u - 18 * (lid + 0.006 - y), 0, 1), "#3a3450 #a89a9c #ece0cc"),
            flat,
            1.0,
        )
        iris = np.hypot(x - cx + 0.003, y - cy + 0.003)
        self.put(
            ball * step(0.0145 - iris, 0, 0.002),
            ramp(np.clip(iris * 60, 0, 1), "#2a5a5c #3f8a80 #12242c"),
            None,
            1.0,
        )
        self.put(ball * step(0.0065 - iris, 0, 0.002), rgb("#080610"), None, 1.0)
        self.put(
            step(0.0035 - np.hypot(x - cx + 0.008, y - cy + 0.009), 0, 0.001),
            rgb("#fffdf2"),
            None,
            1.0,
        )
        line = step(0.0042 - np.abs(y - lid), 0, 0.002) * (np.abs(u) < 1.12)
        self.put(line, rgb("#1c0a14"), 0.5 * u, 1.0)
        brow = step(
            0.012 - 0.005 * np.abs(u) - np.abs(y - cy + 0.050 - 0.010 * u * u), 0, 0.004
        ) * (np.abs(u) < 1.3)
        self.put(brow, ramp(np.clip(0.35 + 0.3 * self.fine, 0, 1), BEARD), 0.5 * u, 1.0)

    def _hat(self) -> None:
        x, y = self.x, self.y
        weave = np.sin((np.hypot(x - 0.47, (y - 0.30) * 2.3)) * 190)
        crown = step(1.0 - np.hypot((x - 0.475) / 0.205, (y - 0.250) / 0.185), 0, 0.03) * (y < 0.30)
        tone = 0.64 - 1.5 * (x - 0.40) - 0.8 * (y - 0.16) + 0.10 * weave
        straw = "#2c1428 #6a3420 #b0702a #e0ac44 #f8da84 #fff6cc"
        self.put(crown, ramp(np.clip(tone, 0, 1), straw), 1.2 - 2.6 * (x - 0.47), 0.5)
        band = crown * step(y, 0.232 + 0.25 * (x - 0.47) ** 2, 0.006)
        self.put(
            band,
            ramp(
                np.clip(0.5 - 1.6 * (x - 0.42) + 0.1 * self.fine, 0, 1),
                "#0c0a1c #2a1f4c #4a4a8a #8a9ac0",
            ),
            0.1 + 0.6 * (x - 0.47),
            0.5,
        )
        rim = np.hypot((x - 0.475) / 0.345, (y - 0.300 - 0.16 * (x - 0.47) ** 2) / 0.052)
        brim = step(1.0 - rim, 0, 0.05)
        shade = brim * step(y, 0.306, 0.01)
        cast = step(1.0 - np.hypot((x - 0.50) / 0.25, (y - 0.325) / 0.06), 0, 0.5)
        self.colour = lay(self.colour, rgb("#4a1f30"), 0.60 * cast * (y > 0.30))
        self.put(
            brim,
            ramp(np.clip(0.80 - 1.1 * (x - 0.30) + 0.16 * weave, 0, 1), straw),
            0.7 * (x - 0.47),
            0.6,
        )
        self.colour = lay(
            self.colour,
            ramp(np.clip(0.4 - 0.8 * (x - 0.4), 0, 1), "#1c0f24 #6a3420 #a86a2c"),
            0.8 * shade,
        )


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    sitter = _Sitter(work, rng)
    angle = sitter.angle + 0.16 * smooth_noise(work, 14, rng)
    paint = Paint.on(lay(sitter.colour, rgb("#4a2430"), np.full((work, work), 0.5, np.float32)))
    for count, width, length in (
        (1900, 0.034, 0.085), (3600, 0.022, 0.060), (5200, 0.0145, 0.042), (6000, 0.0085, 0.026),
        (9000, 0.0050, 0.015),
    ):  # fmt: skip
        place = scatter(count, rng)
        wanted = sample(sitter.detail, place)
        keep = wanted + 0.25 if width < 0.018 else 1.15 - wanted * (width > 0.03)
        keep = 4.0 * (wanted - 0.92) * 3 if width < 0.007 else keep
        place = place[rng.random(count) < np.clip(keep, 0, 1)]
        n = len(place)
        paths = streamlines(angle, place, length * rng.uniform(0.55, 1.25, n), 11)
        tint = jitter(sample(sitter.colour, place), rng, 0.032, 0.016, 1.10)
        other = sample(sitter.colour, place + rng.normal(0, 0.4 * width, (n, 2)))
        brush(
            paint, paths, width * rng.uniform(0.65, 1.2, n), tint, rng,
            bristle=0.0020, streak=0.075, ragged=0.2, loaded=jitter(other, rng, 0.055, 0.02, 1.1),
        )  # fmt: skip
    lit = paint.pixels() * relief(paint.relief() + 0.010 * grain(work, rng), 1.25)[..., None]
    return reduce(lit, size)
