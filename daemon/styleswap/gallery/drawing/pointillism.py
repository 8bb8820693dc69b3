"""Pointillism: an afternoon on a river bank in dots of pure pigment that mix in the eye."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_bytes, to_float
from .noise import Field, fractal_noise, grain
from .palette import Colours, jitter, oklab, ramp, rgb, swatches
from .strokes import sample, scatter

PIGMENTS = (
    "#fdf6dc #f8e08e #f4c430 #ee9a3a #dd5f2c #c3312f #e58fa0 #f3c6bd #8e2f5e #6a4a9c #3c3b8f "
    "#1f2c66 #2f62b3 #6ea6da #b7d9ec #2f8f8a #8fcbb0 #1d5a3a #4d8f3a #9dbf4a #d8dd7a "
    "#141a33 #3a1f3a"
)


class _Scene:
    """Colours laid over one another, and where small dots are wanted."""

    def __init__(self, size: int) -> None:
        self.x, self.y = grid(size)
        self.colour = np.zeros((size, size, 3), dtype=np.float32)
        self.detail = np.zeros((size, size), dtype=np.float32)

    def wash(self, mask: Field, colour: Colours) -> None:
        """Large forms."""
        self.colour = lay(self.colour, colour, mask)

    def form(self, inside: NDArray[np.bool_], codes: str, light: Field) -> None:
        """A small form shaded along a ramp."""
        self.colour = lay(self.colour, ramp(np.clip(light, 0, 1), codes), inside.astype(np.float32))
        self.detail = np.maximum(self.detail, inside)

    def ellipse(self, place: tuple[float, float], rx: float, ry: float) -> Field:
        """Below 1 inside an ellipse."""
        return np.asarray(np.hypot((self.x - place[0]) / rx, (self.y - place[1]) / ry))


def _lady(scene: _Scene, px: float, foot: float, tall: float, dress: str, shade: str) -> None:
    """A walker in profile with a long dress and a parasol."""
    x, y = scene.x, scene.y
    t = (y - (foot - tall)) / tall
    u = (x - px) / tall
    light = 0.55 - 2.2 * u + 0.15 * np.sin(t * 30)
    skirt = (
        (t > 0.42)
        & (t < 1.0)
        & (u > -0.06 - 0.16 * (t - 0.42))
        & (u < 0.08 + 0.42 * np.sqrt(np.clip(t - 0.42, 0, 1)) * (1.25 - t))
    )
    scene.form(skirt, dress, light)
    bodice = (t > 0.19) & (t <= 0.44) & (np.abs(u - 0.005) < 0.075 - 0.10 * np.abs(t - 0.27))
    scene.form(bodice, dress, light - 0.15)
    scene.form(
        scene.ellipse((px - 0.005 * tall, foot - tall * 0.875), 0.048 * tall, 0.062 * tall) < 1,
        "#6a3a2a #e5a982 #f9dcc0",
        0.5 - 6 * u,
    )
    scene.form(
        scene.ellipse((px + 0.01 * tall, foot - tall * 0.935), 0.085 * tall, 0.035 * tall) < 1,
        "#2a1838 #6b2f55 #c3312f",
        0.6 - 4 * u,
    )
    pole = (np.abs(u + 0.06 + 0.25 * (t - 0.05)) < 0.012) & (t > -0.20) & (t < 0.42)
    scene.form(pole, "#3a1f2a", u * 0)
    dome = scene.ellipse((px - 0.02 * tall, foot - tall * 0.98), 0.36 * tall, 0.24 * tall) < 1
    dome &= t < 0.04 + 0.05 * np.abs(np.sin(u * 22))
    scene.form(dome, shade, 0.5 - 1.6 * u - 0.9 * (t + 0.08))


def _gentleman(scene: _Scene, px: float, foot: float, tall: float) -> None:
    x, y = scene.x, scene.y
    t = (y - (foot - tall)) / tall
    u = (x - px) / tall
    codes = "#10142c #2a2a5c #5a4a86 #b58fa8"
    coat = (t > 0.20) & (t < 0.66) & (np.abs(u) < 0.10 + 0.03 * np.sin(t * 7))
    legs = (t >= 0.62) & (t < 1.0) & (np.abs(np.abs(u) - 0.045) < 0.036)
    scene.form(coat | legs, codes, 0.45 - 4 * u)
    scene.form(
        scene.ellipse((px, foot - tall * 0.86), 0.050 * tall, 0.065 * tall) < 1,
        "#6a3a2a #e5a982 #f9dcc0",
        0.5 - 6 * u,
    )
    hat = ((np.abs(u) < 0.055) & (t > -0.02) & (t < 0.09)) | (
        (np.abs(u) < 0.10) & (np.abs(t - 0.09) < 0.013)
    )
    scene.form(hat, codes, 0.3 - 4 * u)


def _scene(size: int, rng: np.random.Generator) -> _Scene:
    scene = _Scene(size)
    x, y = scene.x, scene.y
    mottle = fractal_noise(size, 6, 4, rng)
    clouds = fractal_noise(size, 3.5, 4, rng, stretch=(2.2, 1.0))
    one = np.ones_like(x)
    sky = ramp(np.clip(y / 0.34 + 0.05 * mottle, 0, 1), "#3d74c4 #77a9dc #b8d6e6 #f3e3b4 #fbd9a0")
    scene.wash(one, sky)
    scene.wash(
        step(clouds, 0.55, 0.7) * (y < 0.30) * 0.9,
        ramp(np.clip(0.6 + 0.4 * clouds - y, 0, 1), "#c9a7bd #f3d6c2 #fff8e6"),
    )
    hills = step(y, 0.300 + 0.022 * np.sin(x * 7 + 1) + 0.010 * np.sin(x * 19), 0.005)
    scene.wash(
        hills,
        ramp(np.clip(0.5 + 0.3 * mottle + (y - 0.33) * 4, 0, 1), "#3c4f96 #5f7fb0 #86a88f #b9c47c"),
    )
    water = step(y, 0.372, 0.004)
    ripple = fractal_noise(size, 40, 2, rng, stretch=(5.0, 1.0))
    depth = np.clip((y - 0.372) / 0.33, 0, 1)
    scene.wash(
        water,
        ramp(
            np.clip(0.30 + 0.5 * depth + 0.13 * ripple, 0, 1),
            "#fbe6b2 #b9d8dc #6ba5d2 #3a6cb4 #27458f",
        ),
    )
    for cx, foot, tall in (
        (0.16, 0.425, 0.19),
        (0.30, 0.405, 0.10),
        (0.53, 0.455, 0.24),
        (0.42, 0.398, 0.07),
    ):
        t = (y - (foot - tall)) / tall
        sail = (t > 0) & (t < 0.90) & (x > cx) & (x < cx + tall * 0.40 * t)
        jib = (t > 0.15) & (t < 0.90) & (x < cx - 0.004) & (x > cx - tall * 0.26 * (t - 0.15))
        scene.form(sail, "#e8a37a #f8dca8 #fffaf0", 0.9 - (x - cx) / tall * 1.6)
        scene.form(jib, "#8f86bd #d9c6d0 #fbeedd", 0.5 + (x - cx) / tall * 2)
        scene.form(
            (t > 0.92) & (t < 1.0) & (np.abs(x - cx) < tall * 0.30 * (2.0 - t)),
            "#2a1c3c #6a2f3c",
            x * 2,
        )
        mirror = (
            np.exp(-(((x - cx - 0.05 * tall) / (0.16 * tall)) ** 2))
            * (y > foot)
            * np.clip(1 - (y - foot) / tall / 0.9, 0, 1)
        )
        scene.wash(
            (mirror * (0.6 + 0.3 * np.sin(y * 260 + 2 * ripple))).clip(0, 1).astype(np.float32),
            rgb("#fdeccb"),
        )
    bank = 0.79 - 0.34 * x**0.8 + 0.012 * np.sin(x * 15) + 0.004 * mottle
    lawn = step(y, bank, 0.004)
    tone = 0.72 + 0.16 * mottle - 0.35 * np.clip(y - 0.85, 0, 1) * 3
    scene.wash(lawn, ramp(np.clip(tone, 0, 1), "#173a3c #2c6e3e #6fa33e #b9cc58 #f0e48c"))
    scene.wash(lawn * step(0.014 - np.abs(y - bank), 0.0, 0.01), rgb("#f6d98a"))
    stripe = np.sin((y + 0.22 * x) * 34 + 1.1 * mottle)
    shadow = step(stripe, 0.25, 0.5) * lawn * step(y + 0.35 * x, 0.88, 0.12)
    scene.wash(
        shadow * 0.92, ramp(np.clip(0.5 + 0.25 * mottle, 0, 1), "#1a2458 #2c4a6e #3a6e62 #5a5a9a")
    )
    trunk_x = 0.865 + 0.018 * np.sin(y * 8)
    trunk = np.abs(x - trunk_x) < 0.030 + 0.10 * np.clip(y - 0.62, 0, 0.2) ** 1.4
    scene.form(trunk & (y < 0.755), "#141a33 #3a2450 #7a4a5c #d98a5a", 0.5 - (x - trunk_x) * 14)
    crown = fractal_noise(size, 7, 3, rng)
    leaf = (0.30 - np.hypot((x - 0.92) * 0.80, (y - 0.06) * 1.25) + 0.030 * crown) > 0
    scene.wash(
        leaf.astype(np.float32),
        ramp(
            np.clip(0.40 + 0.26 * crown + (0.92 - x) * 0.5 - (y - 0.1), 0, 1),
            "#0f2436 #17483c #2f7a40 #86ac3f #e3d768",
        ),
    )
    _lady(scene, 0.30, 0.895, 0.36, "#231a56 #6a4a9c #b78cc8 #f3d6dc", "#b83a2e #ee9a3a #fdeaa8")
    _gentleman(scene, 0.475, 0.90, 0.36)
    _lady(scene, 0.655, 0.715, 0.19, "#c9826a #f6c9a4 #fffaf0", "#2f62b3 #8fc0e0 #fdf6dc")
    _lady(scene, 0.755, 0.955, 0.30, "#7a1f2e #c3312f #ee8a4a #fbd9a0", "#1d5a5a #6fb89a #f4f3c4")
    scene.form(
        (scene.ellipse((0.135, 0.925), 0.045, 0.020) < 1)
        | (scene.ellipse((0.095, 0.905), 0.018, 0.016) < 1),
        "#14122a #4a2f4a #a8785a",
        0.9 - (y - 0.90) * 20,
    )
    return scene


def _pigments(wanted: Colours, rng: np.random.Generator, purity: float) -> Colours:
    """For colours (N, 3), one pigment each: by chance, the nearer the likelier."""
    pigments = swatches(PIGMENTS)
    a, b = oklab(wanted), oklab(pigments)
    weight = np.array([1.4, 1.0, 1.0], dtype=np.float32)
    away = (((a[:, None] - b[None]) * weight) ** 2).sum(2)
    score = -away / purity + rng.gumbel(size=away.shape)
    return pigments[score.argmax(1)]


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    scene = _scene(work, rng)
    ground = ramp(np.clip(0.5 + 0.2 * grain(work, rng), 0, 1), "#d9c9a4 #f6ecd2")
    sheet = Image.fromarray(
        to_bytes(lay(ground, scene.colour, np.full((work, work), 0.55, np.float32)))
    )
    pen = ImageDraw.Draw(sheet)
    for count, radius, purity in (
        (6500, 0.0118, 0.016),
        (10500, 0.0094, 0.017),
        (15000, 0.0060, 0.003),
    ):
        place = scatter(count, rng)
        if radius < 0.007:
            place = place[rng.random(count) < 0.16 + 0.84 * sample(scene.detail, place)]
        colour = _pigments(sample(scene.colour, place), rng, purity)
        tints = to_bytes(jitter(colour, rng, 0.02, 0.008)).tolist()
        size_of = radius * rng.uniform(0.75, 1.15, len(place)) * work
        for (cx, cy), r, tint in zip(place * work, size_of, tints, strict=True):
            squash = rng.uniform(0.85, 1.1)
            pen.ellipse((cx - r, cy - r * squash, cx + r, cy + r * squash), fill=tuple(tint))
    weave = 1.0 + 0.035 * grain(work, rng)
    return reduce(to_float(sheet) * weave[..., None], size)
