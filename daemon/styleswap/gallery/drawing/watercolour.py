"""Watercolour: a meadow of poppies and cornflowers before dark woods, in transparent washes.

Pigment absorbs: each wash multiplies the light that the paper gives back, so layers darken. Where a
wash dries its pigment gathers at the edge, and it settles in the hollows of the paper.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, reduce, relief, step
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import rgb


class _Sheet:
    """Paper with absorbed pigment."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        self.x, self.y = grid(size)
        self.tooth = 0.6 * grain(size, rng, 520) + 0.8 * grain(size, rng, 230)
        self._absorbed = np.zeros((size, size, 3), dtype=np.float32)
        self._wobble = fractal_noise(size, 11, 4, rng, gain=0.6)
        self._pool = fractal_noise(size, 9, 4, rng)
        self._rng = rng

    def _settle(self, where: tuple[slice, slice], density: Field, pigment: str) -> None:
        granular = 1.0 + 0.16 * self.tooth[where]
        light = np.clip(rgb(pigment), 0.02, 1.0)
        self._absorbed[where] -= (density * granular)[..., None] * np.log(light)

    def wash(
        self, mask: Field, pigment: str, strength: float | Field = 1.0, lift: float = 0.0
    ) -> None:
        """A broad wash over a mask (H, W) with wet, uneven pools and a dried rim."""
        self._absorbed *= (1.0 - lift * mask)[..., None]
        rim = np.clip(mask * (1 - mask) * 4, 0, 1)
        density = mask * (0.75 + 0.28 * self._pool) + 0.45 * ndimage.gaussian_filter(rim, 1.5)
        everywhere = (slice(None), slice(None))
        self._settle(everywhere, np.clip(density, 0, 3) * strength, pigment)

    def dab(
        self,
        place: tuple[float, float],
        size: tuple[float, float],
        turn: float,
        pigment: str,
        strength: float = 1.0,
        *,
        wobble: float = 0.14,
        bend: float = 0.0,
        fade: float = 0.0,
        lift: float = 0.0,
    ) -> None:
        """One touch of the brush: an ellipse with half axes `size`, uneven, rimmed.

        `bend` curves it along its length; `fade` thins the pigment towards one end; `lift` takes
        up that share of what lies below first, as a thirsty brush or masking fluid would.
        """
        reach = max(size) * (1.3 + abs(bend))
        n = self.size
        left, right = (int(np.clip((place[0] + s * reach) * n, 0, n)) for s in (-1, 1))
        top, bottom = (int(np.clip((place[1] + s * reach) * n, 0, n)) for s in (-1, 1))
        if right - left < 3 or bottom - top < 3:
            return
        where = (slice(top, bottom), slice(left, right))
        dx, dy = self.x[where] - place[0], self.y[where] - place[1]
        u = (dx * np.cos(turn) + dy * np.sin(turn)) / size[0]
        v = (-dx * np.sin(turn) + dy * np.cos(turn)) / size[1] + bend * u * u * size[0] / size[1]
        inside = 1.0 - np.hypot(u, v) + wobble * self._wobble[where]
        mask = step(inside, 0.0, 0.05)
        rim = np.exp(-(((inside - 0.05) / 0.07) ** 2))
        bloom = 0.62 + 0.30 * self._pool[where] - fade * 0.5 * u
        self._absorbed[where] *= (1.0 - lift * mask)[..., None]
        self._settle(where, mask * np.clip(bloom + 0.55 * rim, 0.05, 2.5) * strength, pigment)

    def light(self) -> NDArray[np.floating]:
        """Colours (H, W, 3) in 0..1 of the dry sheet."""
        colour = rgb("#fbf6ea") * np.exp(-self._absorbed)
        return colour * relief(0.25 * self.tooth, 0.10)[..., None]


def _landscape(sheet: _Sheet, rng: np.random.Generator) -> None:
    x, y, n = sheet.x, sheet.y, sheet.size
    drift = fractal_noise(n, 4, 4, rng, stretch=(1.8, 1.0))
    edge = fractal_noise(n, 14, 4, rng)
    sky = step(y, 0.47, 0.30)
    sheet.wash((1 - sky) * step(drift + 0.35 * edge, -0.2, 0.7), "#5d9bd0", 0.85)
    sheet.wash((1 - sky) * step(drift - 0.3 * edge, 0.7, 0.8), "#5a6ab4", 0.65)
    sheet.wash(np.exp(-(((y - 0.36) / 0.10) ** 2)) * step(-drift, -0.6, 1.2), "#f3b07a", 0.9)
    for level, height, phase, pigment, strength in (
        (0.375, 0.045, 0.4, "#7f95c4", 1.0),
        (0.425, 0.035, 2.2, "#3f6f9c", 1.1),
        (0.462, 0.022, 4.0, "#3f7a6a", 0.9),
    ):
        ridge = level - height * np.sin(x * 6 + phase) - 0.010 * edge
        body = step(y, ridge, 0.004) * step(0.56 - y, 0.0, 0.12)
        sheet.wash(body, pigment, strength * (1 - 0.75 * np.clip((y - ridge) * 9, 0, 1)), 0.85)
    for px in np.sort(rng.uniform(0.0, 1.0, 34)):
        tall = float(rng.uniform(0.05, 0.13)) * (1.35 - 0.9 * np.exp(-(((px - 0.52) / 0.2) ** 2)))
        base = 0.515 + float(rng.normal(0, 0.008))
        dark = str(rng.choice(["#24426a", "#2f5440", "#2a2f62", "#7a4a34", "#5a3a58"]))
        sheet.dab(
            (float(px), base - tall / 2),
            (tall * 0.62, tall * 0.24),
            np.pi / 2 + float(rng.normal(0, 0.06)),
            dark,
            1.0,
            wobble=0.26,
            lift=0.25,
        )
    _touches(sheet, rng)
    meadow = step(y, 0.52 + 0.012 * np.sin(x * 8), 0.02)
    sheet.wash(meadow * step(drift + edge * 0.3, -1.1, 1.2), "#e6c25e", 0.75)
    sheet.wash(meadow * step(-drift + 0.6 * edge + 2.2 * (y - 0.62), 0.1, 0.9), "#a8a04a", 0.70)
    sheet.wash(step(y, 0.80, 0.22) * step(edge + 1.5 * (y - 0.8), -0.1, 0.8), "#7a5a62", 0.70)


def _touches(sheet: _Sheet, rng: np.random.Generator) -> None:
    """Sky, hills and woods gone over with a round brush: each touch dries with its own rim."""
    for _ in range(620):
        px, py = float(rng.random()), float(rng.random()) ** 0.9 * 0.56
        if py < 0.33:
            pigment = str(
                rng.choice(["#7fb0de", "#5f80c4", "#a894c8", "#eec0a0", "#f2d6b0", "#4a62a4"])
            )
            wide, thin, strength, lift = 0.048, 0.30, 0.36, float(rng.uniform(0.0, 0.5))
            turn = float(rng.normal(-0.25, 0.45))
        elif py < 0.44:
            pigment = str(
                rng.choice(["#8a86c0", "#c08a8c", "#5a6aa4", "#d8a070", "#e8c08a", "#6f90b0"])
            )
            wide, thin, strength, lift = 0.034, 0.36, 0.55, float(rng.uniform(0.1, 0.6))
            turn = float(rng.normal(0.1, 0.5))
        else:
            pigment = str(
                rng.choice(["#26466c", "#35583c", "#8a4a30", "#4a2f58", "#b07a3a", "#1c2c4c"])
            )
            wide, thin, strength, lift = 0.022, 0.50, 0.85, float(rng.uniform(0.2, 0.75))
            turn = float(rng.normal(1.5, 0.6))
        wide = wide * float(rng.uniform(0.55, 1.25))
        sheet.dab(
            (px, py),
            (wide, wide * thin * float(rng.uniform(0.7, 1.4))),
            turn,
            pigment,
            strength,
            wobble=0.22,
            bend=float(rng.normal(0, 0.15)),
            fade=float(rng.normal(0, 0.5)),
            lift=lift,
        )


def _poppy(sheet: _Sheet, px: float, py: float, r: float, rng: np.random.Generator) -> None:
    colours = ["#e4412c", "#ee6a3a", "#c8242e", "#f08a5a"]
    start = float(rng.uniform(0, np.pi))
    for k in range(5):
        theta = start + k * 2 * np.pi / 5 + float(rng.normal(0, 0.15))
        place = (px + 0.52 * r * np.cos(theta), py + 0.40 * r * np.sin(theta))
        sheet.dab(
            place,
            (r * 0.62, r * 0.50),
            theta,
            str(rng.choice(colours)),
            0.95,
            wobble=0.16,
            fade=-0.6,
            lift=0.94,
        )
    sheet.dab((px, py), (r * 0.24, r * 0.20), 0.0, "#1d1430", 1.7, wobble=0.2, lift=0.5)
    for _ in range(9):
        theta = float(rng.uniform(0, 2 * np.pi))
        spot = (px + 0.34 * r * np.cos(theta), py + 0.28 * r * np.sin(theta))
        sheet.dab(spot, (r * 0.06, r * 0.05), 0.0, "#1d1430", 1.6)


def _cornflower(sheet: _Sheet, px: float, py: float, r: float, rng: np.random.Generator) -> None:
    for k in range(9):
        theta = k * 2 * np.pi / 9 + float(rng.normal(0, 0.12))
        place = (px + 0.55 * r * np.cos(theta), py + 0.50 * r * np.sin(theta))
        pigment = str(rng.choice(["#3a5fc4", "#5a4fb8", "#5f95dc", "#2a3f94"]))
        sheet.dab(place, (r * 0.50, r * 0.19), theta, pigment, 0.95, fade=-0.7, lift=0.9)
    sheet.dab((px, py), (r * 0.20, r * 0.18), 0.0, "#3a1a5c", 1.5)


def _daisy(sheet: _Sheet, px: float, py: float, r: float, rng: np.random.Generator) -> None:
    """White petals: lifted out of the washes down to the paper, with shadows between them."""
    for k in range(11):
        theta = (k + 0.5) * 2 * np.pi / 11
        place = (px + 0.60 * r * np.cos(theta), py + 0.52 * r * np.sin(theta))
        sheet.dab(place, (r * 0.48, r * 0.16), theta, "#c9cfe4", 0.8, fade=0.8, lift=0.97)
    sheet.dab(
        (px, py),
        (r * 0.26, r * 0.23),
        0.0,
        "#e8a21f",
        1.2,
        fade=float(rng.uniform(0.3, 0.8)),
        lift=0.9,
    )


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    sheet = _Sheet(work, rng)
    _landscape(sheet, rng)
    for _ in range(300):
        depth = float(rng.random()) ** 0.8
        py = 0.56 + 0.50 * depth
        long = 0.030 + 0.085 * depth * float(rng.uniform(0.5, 1.2))
        pigment = str(
            rng.choice(
                [
                    "#5a8a3c",
                    "#c09a3a",
                    "#2f5a44",
                    "#d8b04a",
                    "#5a3440",
                    "#1c2f4a",
                    "#8a5a34",
                    "#14283a",
                ]
            )
        )
        sheet.dab(
            (float(rng.random()), py),
            (long, long * float(rng.uniform(0.07, 0.15))),
            float(rng.normal(-np.pi / 2, 0.38)),
            pigment,
            0.75,
            bend=float(rng.normal(0, 0.22)),
            fade=0.5,
            lift=0.6,
        )
    flowers = []
    for _ in range(95):
        depth = float(rng.random()) ** 1.1
        flowers.append(
            (
                0.565 + 0.42 * depth,
                float(rng.random()),
                0.013 + 0.050 * depth * float(rng.uniform(0.8, 1.15)),
                int(rng.choice(3, p=[0.56, 0.30, 0.14])),
            )
        )
    placed: list[tuple[float, float, float]] = []
    for py, px, r, kind in sorted(flowers):
        if any(np.hypot(px - qx, py - qy) < 0.9 * (r + s) for qx, qy, s in placed):
            continue
        placed.append((px, py, r))
        stem = 0.07 * (0.3 + r / 0.04)
        sheet.dab(
            (px + 0.004, py + stem / 2 + 0.5 * r),
            (stem / 2, 0.0030),
            np.pi / 2,
            "#1f4f3a",
            1.2,
            bend=float(rng.normal(0, 0.1)),
        )
        (_poppy, _cornflower, _daisy)[kind](sheet, px, py, r, rng)
    for _ in range(160):
        spot = (float(rng.random()), float(rng.uniform(0.45, 1.0)))
        r = float(rng.uniform(0.0015, 0.005))
        sheet.dab(
            spot,
            (r, r),
            0.0,
            str(rng.choice(["#c8242e", "#2a3f94", "#1f4a48", "#e8a21f"])),
            1.0,
            lift=0.5,
        )
    lifted = 1.0 + 0.03 * smooth_noise(work, 20, rng)
    return reduce(sheet.light() * lifted[..., None], size)
