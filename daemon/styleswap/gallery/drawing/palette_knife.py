"""Palette knife: an autumn birch wood above still water, in thick slabs of paint."""

import numpy as np
from numpy.typing import NDArray

from .canvas import SUPERSAMPLING, grid, lay, reduce, relief, step
from .noise import Field, fractal_noise, grain
from .palette import Colours, jitter, ramp, rgb
from .strokes import Paint, brush, sample, scatter

SHORE = 0.685


def _wood(x: Field, y: Field, rng: np.random.Generator) -> Colours:
    size = x.shape[0]
    leaf = fractal_noise(size, 6, 3, rng)
    fine = fractal_noise(size, 22, 2, rng)
    glow = np.exp(-(((x - 0.46) / 0.25) ** 2) - (((y - 0.38) / 0.30) ** 2))
    tone = 0.30 + 0.22 * leaf + 0.12 * fine + 0.46 * glow
    colour = ramp(
        np.clip(tone, 0, 1),
        "#23102a #5c1420 #a32617 #d8561a #f09a24 #f9cf52 #fff3b4",
    )
    sky = step(leaf - 0.55 * fine + 2.4 * (0.22 - y), 1.15, 0.4)
    colour = lay(colour, ramp(np.clip(y * 2.2 + 0.2 * fine, 0, 1), "#2f6fa8 #8fc3d8 #f3ead2"), sky)
    bushes = step(y, SHORE - 0.11 + 0.03 * leaf, 0.03)
    return lay(
        colour,
        ramp(
            np.clip(0.4 + 0.25 * fine + 0.2 * leaf, 0, 1), "#0d1a24 #173f46 #3b6f4c #a8923a #e8b43c"
        ),
        bushes,
    )


TRUNKS = (
    (0.075, 0.024, 0.010), (0.165, 0.015, -0.012), (0.275, 0.030, 0.014), (0.375, 0.013, -0.006),
    (0.545, 0.016, 0.010), (0.645, 0.034, -0.016), (0.755, 0.015, 0.010), (0.835, 0.026, 0.006),
    (0.945, 0.018, -0.012),
)  # fmt: skip


def _scene(size: int, rng: np.random.Generator) -> tuple[Colours, Field]:
    """Colours (H, W, 3), and 1 where the trunks are (H, W)."""
    x, y = grid(size)
    ripple = fractal_noise(size, 22, 2, rng, stretch=(5.0, 1.0))
    mirrored = SHORE - (y - SHORE) * 1.6
    up = np.where(y < SHORE, y, mirrored).astype(np.float32)
    across = np.where(y < SHORE, x, x + 0.012 * ripple).astype(np.float32)
    wood = _wood(*grid(size), rng)
    colour = sample(wood, np.stack([across, np.clip(up, 0, 1)], axis=-1))
    trunks = np.zeros((size, size), dtype=np.float32)
    bark = fractal_noise(size, 26, 2, rng, stretch=(1.6, 1.0))
    for px, girth, lean in TRUNKS:
        middle = px + lean * np.sin(up * 5.0 + px * 30) + lean * (up - 0.5)
        half = girth * (0.55 + 0.45 * up / SHORE)
        inside = np.abs(across - middle) < half
        side = (across - middle) / half
        light = np.clip(0.62 - 0.50 * side + 0.10 * bark, 0, 1)
        white = ramp(light, "#2c2440 #5a5a86 #a8a8bc #ece2d0 #fffaf0")
        white = np.where((bark > 0.95)[..., None], rgb("#1a1420"), white)
        colour = np.where(inside[..., None], white, colour)
        trunks = np.maximum(trunks, inside)
    wet = (y > SHORE).astype(np.float32)
    deep = np.clip((y - SHORE) / (1 - SHORE), 0, 1)
    colour = lay(
        colour,
        ramp(np.clip(0.5 + 0.3 * ripple, 0, 1), "#0e1f3c #1f4a78 #5a93b8"),
        wet * (0.28 + 0.35 * deep),
    )
    glint = step(ripple, 1.5, 0.3) * wet
    colour = lay(colour, rgb("#fbeccb"), glint * 0.9)
    shore = np.exp(-(((y - SHORE) / 0.010) ** 2))
    return lay(colour, rgb("#150f1e"), (0.85 * shore).astype(np.float32)), trunks


def _slabs(place: Field, angle: Field, length: Field, bow: Field) -> Field:
    """Short, nearly straight paths (N, 7, 2)."""
    t = np.linspace(-0.5, 0.5, 7)
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None]
    side = np.stack([-np.sin(angle), np.cos(angle)], axis=1)[:, None]
    run = t[None, :, None] * length[:, None, None]
    bend = (t**2)[None, :, None] * (bow * length)[:, None, None]
    return (place[:, None] + way * run + side * bend).astype(np.float32)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    colour, trunks = _scene(work, rng)
    paint = Paint.on(lay(colour, rgb("#3a1f24"), np.full((work, work), 0.5, np.float32)))
    layers = ((1500, 0.050, 0.085, 0.0), (2800, 0.034, 0.058, 0.0), (2600, 0.020, 0.036, 0.0),
              (5200, 0.022, 0.062, 1.0), (900, 0.010, 0.030, 0.0))  # fmt: skip
    for count, width, length, only_trunks in layers:
        place = scatter(count, rng)
        place = place[sample(trunks, place) > 0.5] if only_trunks else place
        n = len(place)
        wet = place[:, 1] > SHORE
        on_bark = sample(trunks, place) > 0.5
        angle = np.where(on_bark, rng.normal(np.pi / 2, 0.13, n), rng.normal(0.9, 0.8, n))
        angle = np.where(on_bark & (rng.random(n) < 0.06), rng.normal(0.15, 0.2, n), angle)
        angle = np.where(wet, rng.normal(0.0, 0.09, n), angle)
        thin = np.where(on_bark & ~wet, 0.6, 1.0)
        paths = _slabs(place, angle, length * rng.uniform(0.6, 1.4, n), rng.normal(0, 0.12, n))
        tint = jitter(sample(colour, place), rng, 0.03, 0.016, 1.1)
        other = sample(
            colour, place + rng.normal(0, width * (0.25 if only_trunks else 0.7), (n, 2))
        )
        brush(
            paint, paths, width * rng.uniform(0.5, 1.2, n) * thin, tint, rng,
            bristle=0.0012, streak=0.045, ragged=0.16, loaded=jitter(other, rng, 0.05, 0.02, 1.1),
        )  # fmt: skip
    lit = paint.pixels() * relief(paint.relief() + 0.012 * grain(work, rng), 1.5)[..., None]
    return reduce(lit, size)
