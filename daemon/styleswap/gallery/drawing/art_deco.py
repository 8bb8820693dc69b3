"""Art deco: towers in a sunburst above stepped fans, airbrushed and ruled in gold.

Every surface is shaded as with an airbrush over a mask, dark at one edge and light at the other,
and carries ruled lines, so that none is empty.
"""

import copy

import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, window
from .noise import Field, fractal_noise, grain
from .palette import Colours, ramp, rgb

NIGHT = "#05070f #0d1a2e #163a4c #2a6a74 #6fae9f #d8e0c0"
GOLD = "#2a160a #6a3f14 #b07a24 #e2b348 #f8e09a #fffbe6"
CORAL = "#26070f #6a1622 #b83a2a #e8784a #f8b882 #fdecd2"
IVORY = "#3a2a24 #8a6f58 #c8ab84 #ecdab4 #f9f0d8 #fffdf4"
JADE = "#04140f #0c3a30 #1f6e58 #5aa684 #a8d4b0 #eef6e2"
HORIZON = 0.70
SUN = (0.5, 0.60)


class _Poster:
    """The sheet: colours (H, W, 3), masked and sprayed form by form."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.colour: Colours = np.zeros((size, size, 3), dtype=np.float32)
        # Spray is fine drops, coarser where little paint falls.
        self.drops = 0.6 * grain(size, rng, 640) + 0.6 * grain(size, rng, 320)
        self.mottle = fractal_noise(size, 6, 3, rng)

    def part(self, left: float, top: float, right: float, bottom: float) -> "_Poster":
        """A window on this sheet: what is sprayed there is sprayed here."""
        where = window(len(self.x), left, top, right, bottom)
        part = copy.copy(self)
        for name in ("x", "y", "colour", "drops", "mottle"):
            setattr(part, name, getattr(self, name)[where])
        return part

    def spray(self, mask: NDArray[np.bool_], tone: Field, codes: str) -> None:
        """Fill `mask` with the ramp `codes` at `tone` (H, W), 0..1."""
        at = np.clip(tone[mask] + 0.045 * self.drops[mask] + 0.02 * self.mottle[mask], 0, 1)
        self.colour[mask] = ramp(at, codes)

    def rule(self, away: Field, width: float, codes: str = GOLD, tone: float = 0.7) -> None:
        """Lines where `away` (H, W, in sides) is below half of `width`, their metal uneven."""
        cover = step(width / 2 - np.abs(away), 0.0, 0.0012)
        mask = cover > 0
        x, y = self.x[mask], self.y[mask]
        metal = tone + 0.22 * np.sin(x * 15 + y * 11) + 0.05 * self.drops[mask]
        ink = ramp(np.clip(metal, 0, 1), codes)
        self.colour[mask] += (ink - self.colour[mask]) * cover[mask][:, None]


def _sky(p: _Poster) -> None:
    x, y = p.x, p.y
    dx, dy = x - SUN[0], y - SUN[1]
    reach, bearing = np.hypot(dx, dy), np.arctan2(dy, dx) / (2 * np.pi)
    rays = 36
    ray = np.floor(bearing * rays + 500).astype(int)
    within = (bearing * rays) % 1.0
    for kind, codes in enumerate((NIGHT, GOLD, JADE, IVORY, NIGHT, CORAL)):
        mask = ray % 6 == kind
        tone = 0.92 - 0.95 * reach + (0.48 * within - 0.28) * (1 if kind % 2 else -1)
        if codes is NIGHT:
            tone = tone - 0.22
        p.spray(mask, tone.astype(np.float32), codes)
    # Inside every second ray chevrons, inside the others hair lines: the further the more.
    chevron = (reach + 0.06 * np.abs(within - 0.5)) * 30
    stripe = np.abs(chevron % 1.0 - 0.5) * 2
    marked = (ray % 2 == 0) & (stripe < 0.40)
    shade = np.where((np.floor(chevron) % 2 == 0)[..., None], rgb("#081018"), rgb("#f3d488"))
    p.colour = lay(p.colour, shade, 0.52 * marked.astype(np.float32))
    hair = (
        np.abs((within * np.where(reach > 0.42, 6, 3)) % 1.0 - 0.5)
        / rays
        / np.where(reach > 0.42, 6, 3)
        * reach
        * 2
        * np.pi
    )
    lines = step(0.0010 - hair, 0.0, 0.0010) * (ray % 2 == 1) * (reach > 0.2)
    p.colour = lay(p.colour, rgb("#14101c"), 0.70 * lines)
    edge = np.minimum(within, 1 - within) / rays * reach * 2 * np.pi
    p.rule(np.where(reach > 0.16, edge, 1.0), 0.0046)
    for r in (0.235, 0.250, 0.60, 0.615):
        p.rule(reach - r, 0.0050 if r in (0.25, 0.6) else 0.0030, GOLD, 0.75)


def _cloud(poster: _Poster, cx: float, cy: float, wide: float, side: float) -> None:
    """Clouds as stacks of half rings, shaded in each ring."""
    p = poster.part(cx - 1.5 * wide, cy - 0.6 * wide, cx + 1.5 * wide, cy + 0.4 * wide)
    for k, (ox, oy, r) in enumerate(
        (
            (0.0, 0.0, 0.50),
            (0.62, 0.05, 0.38),
            (-0.58, 0.07, 0.34),
            (1.05, 0.12, 0.24),
            (0.28, 0.16, 0.34),
            (-0.22, 0.18, 0.30),
        )
    ):
        away = np.hypot(p.x - cx - side * ox * wide, (p.y - cy - oy * wide) * 1.15)
        radius = r * wide
        disc = (away < radius) & (p.y < cy + 0.26 * wide)
        rings = away / radius * 4.0
        p.spray(
            disc,
            (0.95 - 0.75 * (rings % 1.0) - 0.08 * np.floor(rings)).astype(np.float32),
            (IVORY, JADE, IVORY, CORAL, JADE, IVORY)[k],
        )
        p.rule(
            np.where(
                p.y < cy + 0.26 * wide,
                np.minimum(
                    np.abs(away - radius),
                    np.abs((rings + 0.5) % 1.0 - 0.5) * radius / 4 + (rings > 4),
                ),
                1.0,
            ),
            0.0030,
        )


def _tower(
    poster: _Poster, cx: float, foot: float, tall: float, wide: float, codes: str, other: str
) -> None:
    """Setbacks, each a shaft with lit and shaded faces, pilasters and windows."""
    p = poster.part(cx - 0.55 * wide, foot - 1.2 * tall, cx + 0.55 * wide, foot + 0.01)
    x, y = p.x, p.y
    steps = ((1.0, 0.42), (0.74, 0.64), (0.50, 0.80), (0.28, 0.91))
    for share, height in steps:
        half, top = wide * share / 2, foot - tall * height
        shaft = (np.abs(x - cx) < half) & (y > top) & (y < foot)
        u = (x - cx) / half
        lit = u < 0.18
        down = np.clip((y - top) / (tall * 0.5), 0, 1)
        p.spray(shaft & lit, (0.88 - 0.62 * down + 0.22 * u).astype(np.float32), codes)
        p.spray(shaft & ~lit, (0.50 - 0.36 * down - 0.20 * (u - 0.2)).astype(np.float32), other)
        bays = max(3, round(half * 2 / 0.026))
        bay = np.abs(((u + 1) / 2 * bays) % 1.0 - 0.5)
        storey = np.abs((y * 38) % 1.0 - 0.5)
        window = shaft & (bay < 0.21) & (storey < 0.30) & (y > top + 0.022)
        glow = ((np.floor((u + 1) / 2 * bays) * 7 + np.floor(y * 38) * 5) % 4) < 2
        p.spray(window & glow, (0.74 + 0.6 * (0.21 - bay)).astype(np.float32), GOLD)
        p.spray(window & ~glow, np.full_like(x, 0.10), NIGHT)
        p.rule(np.where(shaft, (0.5 - bay) * 2 * half / bays, 1.0), 0.0026, GOLD, 0.6)
        crown = shaft & (y < top + 0.020)
        teeth = np.abs((u * bays) % 1.0 - 0.5) < 0.25
        p.spray(crown, np.where(teeth, 0.86, 0.36).astype(np.float32), GOLD)
        box = np.maximum(np.abs(x - cx) - half, np.maximum(top - y, y - foot))
        p.rule(box, 0.0040, GOLD, 0.72)
    t = (y - (foot - tall * 1.13)) / (tall * 0.24)
    spire = (np.abs(x - cx) < wide * 0.11 * np.clip(t, 0, 1) ** 1.4) & (t > 0) & (t < 1)
    p.spray(
        spire, (0.62 - 8 * (x - cx) / wide * 0.5 + 0.3 * np.sin(t * 40)).astype(np.float32), GOLD
    )
    p.rule(np.where((t > -0.15) & (t < 0.5), x - cx, 1.0), 0.0040, GOLD, 0.8)


def _fans(poster: _Poster) -> None:
    """Rows of fans: rings and ribs in turn, each fan of another colour."""
    wide = 0.125
    for row in range(7):
        level = HORIZON + 0.105 + row * 0.052
        for k in range(-1, 10):
            cx = (k + 0.5 * (row % 2)) * wide
            p = poster.part(cx - 0.6 * wide, level - 0.6 * wide, cx + 0.6 * wide, level + 0.01)
            dx, dy = p.x - cx, p.y - level
            reach = np.hypot(dx, dy * 1.05) / (wide * 0.56)
            fan = (reach < 1) & (dy < 0.01)
            codes = (NIGHT, CORAL, JADE, GOLD, NIGHT, IVORY, JADE)[(k * 3 + row * 2) % 7]
            turn = np.arctan2(dy, dx) / np.pi
            ribs = np.abs((turn * 11) % 1.0 - 0.5) * 2
            ring = reach * 3.0
            if (k + row) % 2:
                tone = 0.18 + 0.66 * (ring % 1.0) + 0.10 * np.floor(ring) / 2
            else:
                tone = 0.20 + 0.50 * ribs + 0.28 * reach
            p.spray(fan, tone.astype(np.float32), codes)
            if (k + row) % 2:
                away = np.abs((ring + 0.5) % 1.0 - 0.5) / 3.0 * wide * 0.56
            else:
                away = (1 - ribs) / 2 / 11 * np.pi * reach * wide * 0.56 + (reach < 0.3)
            p.rule(
                np.where(fan, away, 1.0),
                0.0026,
                GOLD if codes is not GOLD else CORAL,
                0.72 if codes is not GOLD else 0.12,
            )
            p.rule(np.where(dy < 0.01, (reach - 1) * wide * 0.56, 1.0), 0.0052, GOLD, 0.78)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    p = _Poster(work, rng)
    _sky(p)
    _cloud(p, 0.15, 0.235, 0.155, 1.0)
    _cloud(p, 0.86, 0.165, 0.145, -1.0)
    _cloud(p, 0.90, 0.455, 0.115, -1.0)
    _cloud(p, 0.08, 0.500, 0.120, 1.0)
    for cx, tall, wide, codes, other in (
        (0.175, 0.33, 0.135, JADE, NIGHT), (0.835, 0.36, 0.145, CORAL, NIGHT),
        (0.325, 0.46, 0.150, IVORY, CORAL), (0.680, 0.43, 0.145, JADE, NIGHT),
        (0.045, 0.24, 0.120, CORAL, NIGHT), (0.965, 0.26, 0.120, IVORY, JADE),
        (0.500, 0.60, 0.205, IVORY, NIGHT),
    ):  # fmt: skip
        _tower(p, cx, 0.76, tall, wide, codes, other)
    _fans(p)
    tooth = 1.0 + 0.018 * grain(work, rng)
    return reduce(p.colour * tooth[..., None], size)
