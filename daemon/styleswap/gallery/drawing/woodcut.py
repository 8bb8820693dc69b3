"""Woodcut: a sun over mountains, firs and a lake, cut in relief and printed in one black.

Tone is carried by the width of the ridges left between parallel cuts; the cuts follow the form.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, lay, reduce, step
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import ramp, rgb

LINES = 60.0
SUN = (0.40, 0.235)


class Block:
    """A wood block: tone (0 ink, 1 paper) and the phase of the cuts, region over region."""

    def __init__(self, size: int) -> None:
        self.tone = np.ones((size, size), dtype=np.float32)
        self.phase = np.zeros((size, size), dtype=np.float32)
        self.region = np.zeros((size, size), dtype=np.int32)
        self._regions = 0

    def cut(self, mask: NDArray[np.bool_], tone: Field, phase: Field) -> None:
        """Give the pixels of `mask` a new region with its own tone and cuts (in lines)."""
        self._regions += 1
        self.tone[mask] = tone[mask]
        self.phase[mask] = phase[mask]
        self.region[mask] = self._regions

    def keyline(self, width: int) -> NDArray[np.bool_]:
        """The outlines between regions, `width` pixels wide."""
        high = ndimage.maximum_filter(self.region, width)
        return np.asarray(high != ndimage.minimum_filter(self.region, width))


def _rays(x: Field, y: Field, count: int) -> Field:
    """Phase of lines that leave the sun, their number doubling as they spread."""
    angle = np.arctan2(y - SUN[1], x - SUN[0]) / (2 * np.pi)
    reach = np.hypot(x - SUN[0], y - SUN[1])
    doubling = np.clip(np.floor(np.log2(np.maximum(reach, 1e-3) / 0.13)), 0, 3)
    return np.asarray(angle * count * 2.0**doubling, dtype=np.float32)


def _ridge(x: Field, peaks: tuple[tuple[float, float, float], ...]) -> Field:
    """Height of a skyline (y) made of peaks (x, top, slope)."""
    tops = [top + slope * np.abs(x - px) for px, top, slope in peaks]
    return np.asarray(np.minimum.reduce(tops), dtype=np.float32)


def _cloud(
    block: Block, x: Field, y: Field, place: tuple[float, float], wide: float, billow: Field
) -> None:
    """A bank of cloud, flat below and heaped above, shaded by cuts that follow its rounds."""
    u, v = (x - place[0]) / wide, (y - place[1]) / wide
    heap = (
        0.34
        * np.sqrt(np.clip(1 - u * u, 0, 1))
        * (0.72 + 0.28 * np.abs(np.sin(u * 5.5 + wide * 40)))
    )
    mask = (np.abs(u) < 1) & (v > -heap + 0.02 * billow) & (v < 0.09 * (1 - u * u))
    rise = v + heap
    tone = 1.02 - 1.25 * np.clip(rise - 0.06, 0, 0.6)
    block.cut(
        mask, tone.astype(np.float32), (rise * wide * LINES * 0.9 + 0.1 * billow).astype(np.float32)
    )


def _mountains(block: Block, x: Field, y: Field, rng: np.random.Generator) -> None:
    size = x.shape[0]
    rough = fractal_noise(size, 9, 4, rng)
    ranges = (
        (((0.60, 0.27, 0.85), (0.86, 0.20, 0.95), (0.12, 0.36, 0.8)), 0.16),
        (((0.72, 0.38, 0.75), (0.30, 0.45, 0.60), (0.98, 0.43, 0.8), (0.0, 0.50, 0.6)), -0.04),
    )
    for peaks, lift in ranges:
        skyline = _ridge(x, peaks) + 0.014 * rough
        mask = y > skyline
        spur = np.zeros_like(x)
        nearest = np.full_like(x, np.inf)
        for px, top, slope in peaks:
            face = top + slope * np.abs(x - px + 0.04 * rough + 0.5 * (y - skyline))
            crest = px + 0.05 * np.sin((y - top) * 24.0) + 0.035 * rough
            spur = np.where(face < nearest, x - crest, spur)
            nearest = np.minimum(nearest, face)
        depth = y - skyline
        lit = step(-spur, 0.0, 0.02)
        folds = np.sin(spur * 60.0 + depth * 35.0 + rough)
        light = 0.80 + 0.25 * folds - 1.2 * depth
        shade = 0.13 + 0.16 * np.clip(folds, 0, 1) + 0.9 * np.clip(depth - 0.03, 0, 0.2)
        tone = lit * light + (1 - lit) * shade + lift
        slope_lines = np.where(spur < 0, y - 0.9 * x, y + 1.1 * x) + 0.012 * rough
        block.cut(mask, tone.astype(np.float32), (slope_lines * LINES * 0.74).astype(np.float32))


def _lake(block: Block, x: Field, y: Field, rng: np.random.Generator) -> None:
    size = x.shape[0]
    shore = 0.665 + 0.006 * smooth_noise(size, 9, rng)
    depth = np.clip((y - shore) / 0.24, 0, 1)
    ripple = smooth_noise(size, 60, rng, (5.0, 1.0)) * 0.5 + smooth_noise(size, 30, rng, (6.0, 1.0))
    glitter = np.exp(-(((x - SUN[0]) / (0.06 + 0.10 * depth)) ** 2))
    tone = 0.32 + 0.85 * glitter + 0.16 * ripple + 0.12 * np.sin(depth * 9) - 0.1 * depth
    waves = y + (0.004 + 0.010 * depth) * np.sin(x * 34 + 9 * depth + 0.5 * ripple)
    block.cut(y > shore, tone.astype(np.float32), (waves * LINES * 1.05).astype(np.float32))


def _firs(block: Block, x: Field, y: Field, rng: np.random.Generator) -> None:
    size = x.shape[0]
    needles = smooth_noise(size, 130, rng)
    spots = [
        (px, 0.675 + rng.uniform(-0.006, 0.012), rng.uniform(0.07, 0.13))
        for px in np.linspace(0.50, 0.99, 13) + rng.uniform(-0.014, 0.014, 13)
    ]
    spots += [(px, 0.672, rng.uniform(0.05, 0.10)) for px in (0.015, 0.06, 0.10, 0.15, 0.19)]
    spots += [(0.90, 0.985, 0.50), (0.775, 0.995, 0.33), (0.985, 1.0, 0.40)]
    for px, base, height in spots:
        t = (y - (base - height)) / height
        tiers = 5 + 5 * height / 0.3
        saw = (t * tiers) % 1.0
        half = height * 0.20 * (0.25 * t + 0.75 * (np.floor(t * tiers) / tiers) * 0.7 + 0.28 * saw)
        mask = (np.abs(x - px) + 0.0025 * needles < half) & (t > 0) & (t < 1)
        side = (px - x) / np.maximum(half, 1e-3)
        tone = 0.06 + 0.62 * step(side, 0.15, 0.7) * (0.35 + 0.65 * saw) + 0.04 * needles
        droop = y + np.abs(x - px) * -1.1
        block.cut(mask, tone.astype(np.float32), (droop * LINES * 0.85).astype(np.float32))


def _bank(block: Block, x: Field, y: Field, rng: np.random.Generator) -> None:
    size = x.shape[0]
    rough = fractal_noise(size, 6, 3, rng)
    bank = 0.855 + 0.10 * (x - 0.1) + 0.022 * np.sin(x * 9.0 + 1.0) + 0.006 * rough
    tuft = smooth_noise(size, 26, rng)
    tone = 0.50 + 0.26 * tuft - 2.2 * np.clip(y - bank - 0.05, 0, 1)
    tone += 0.35 * step(0.03 - (y - bank), 0.0, 0.03)
    blades = x + 0.55 * (y - bank) * np.sin(x * 9.0 + 0.8) + 0.006 * tuft
    block.cut(y > bank, tone.astype(np.float32), (blades * LINES * 0.9).astype(np.float32))


def _boat(block: Block, x: Field, y: Field) -> None:
    hull_y = 0.772
    hull = (
        (y > hull_y) & (y < hull_y + 0.032 - 3.0 * (x - 0.285) ** 2) & (np.abs(x - 0.285) < 0.088)
    )
    sail = (y > 0.585) & (y < 0.762) & (x > 0.288) & (x - 0.288 < (y - 0.585) * 0.56)
    jib = (y > 0.615) & (y < 0.762) & (x < 0.281) & (0.281 - x < (y - 0.615) * 0.42)
    bend = y + 0.35 * x + 0.6 * (x - 0.28) ** 2
    block.cut(sail, 1.02 - 2.2 * np.clip(x - 0.30, 0, 1), bend * LINES * 0.9)
    block.cut(jib, 0.50 + 2.0 * (x - 0.22), (y - 0.4 * x) * LINES * 0.9)
    block.cut(hull, np.full_like(x, 0.10), y * LINES)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    x, y = grid(work)
    block = Block(work)

    billow = smooth_noise(work, 16, rng)
    reach = np.hypot(x - SUN[0], y - SUN[1])
    everywhere = np.ones((work, work), dtype=bool)
    glow = 0.98 - 1.15 * reach + 0.10 * np.sin(np.arctan2(y - SUN[1], x - SUN[0]) * 18)
    block.cut(everywhere, glow.astype(np.float32), _rays(x, y, 62))
    for cx, cy, wide in ((0.79, 0.135, 0.20), (0.15, 0.115, 0.14), (0.93, 0.235, 0.12)):
        _cloud(block, x, y, (cx, cy), wide, billow)
    block.cut(reach < 0.075, 0.86 + 3.0 * (0.055 - reach), reach * LINES)
    _mountains(block, x, y, rng)
    _lake(block, x, y, rng)
    _firs(block, x, y, rng)
    _bank(block, x, y, rng)
    _boat(block, x, y)

    wobble = 0.16 * fractal_noise(work, 26, 2, rng)
    taper = 0.11 * smooth_noise(work, 42, rng)
    ridge = np.abs((block.phase + wobble) % 1.0 - 0.5) * 2.0
    # No place is left solid or bare: a photograph's flat areas should find cuts to be made of.
    tone = np.clip(block.tone + taper, 0.12, 0.86)
    ink = step(1.0 - tone - ridge, 0.0, 0.10)
    key = block.keyline(max(3, work // 300))
    ink = np.maximum(ink, ndimage.gaussian_filter(key.astype(np.float32), 0.8))

    sun = (reach > 0.075) & (reach < 0.080)
    ink = np.where(sun, 1.0, ink)
    wear = step(grain(work, rng, 500) + 0.6 * smooth_noise(work, 14, rng), 2.35, 0.5)
    ink = ink * (1.0 - 0.85 * wear)
    paper = ramp(np.clip(0.5 + 0.16 * fractal_noise(work, 60, 3, rng), 0, 1), "#e6d6b4 #f6ecd6")
    black = rgb("#191512") * (1.0 + 0.25 * np.clip(grain(work, rng), -1, 2))[..., None]
    return reduce(lay(paper, black, ink), size)
