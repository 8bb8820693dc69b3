"""Gouache: a harbour town on its hill, in flat opaque dabs with dry edges.

Gouache covers: every dab is one mixed colour, light over dark as well as dark over light. A brush
that runs dry breaks up along its stroke.
"""

import copy

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .canvas import SUPERSAMPLING, grid, lay, reduce, to_bytes, to_float, window
from .noise import Field, fractal_noise, grain, wander
from .palette import Colours, jitter, oklab, ramp, rgb, srgb, swatches
from .strokes import sample, scatter, streamlines

# What stands mixed on the palette: warm walls, roofs, sea, foliage, shadows.
MIXED = (
    "#14172e #1f2c4c #2a4a6c #3a7088 #5c9ca4 #94c4ba #cfe2cc "
    "#2c1c30 #5a2a3c #8f3a38 #c4553c #e2804c #f0ac68 #f7d195 #fbecc6 #fffaea "
    "#123430 #235448 #4a7a4c #8a9f52 #c7c06a #6a5a7c #9c86a0 #cbb4b8 #b88a60 #7c5844 #e8a8a0"
)
SHORE = 0.70


class _View:
    """Wanted colours (H, W, 3), direction of the brush (H, W), and where small dabs are needed."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.colour: Colours = np.zeros((size, size, 3), dtype=np.float32)
        self.angle = np.zeros((size, size), dtype=np.float32)
        self.detail = np.zeros((size, size), dtype=np.float32)
        self.mottle = fractal_noise(size, 8, 3, rng)

    def part(self, left: float, top: float, right: float, bottom: float) -> "_View":
        """A window on this view: what is filled there is filled here."""
        where = window(len(self.x), left, top, right, bottom)
        part = copy.copy(self)
        for name in ("x", "y", "colour", "angle", "detail", "mottle"):
            setattr(part, name, getattr(self, name)[where])
        return part

    def fill(
        self, mask: NDArray[np.bool_], colour: Colours, angle: Field | float, detail: float
    ) -> None:
        """Everything inside `mask`."""
        self.colour[mask] = np.broadcast_to(colour, self.colour.shape)[mask]
        self.angle[mask] = np.broadcast_to(angle, self.angle.shape)[mask]
        self.detail[mask] = detail


WALLS = (
    ("#8f5a50 #d99a78", "#fbe3b8"), ("#6a5a7c #c4a2a0", "#fff6e2"), ("#8f3a38 #d8704c", "#f3ac70"),
    ("#4a5a78 #94a8b0", "#e6e6d6"), ("#9c6a34 #deb058", "#fae09a"), ("#7c4454 #d08a8c", "#f4c4b4"),
)  # fmt: skip


def _house(
    all_of_it: _View, left: float, base: float, wide: float, tall: float, rng: np.random.Generator
) -> None:
    view = all_of_it.part(left - 0.03, base - tall - 0.06, left + wide + 0.03, base + 0.01)
    x, y = view.x, view.y
    shade, light = WALLS[int(rng.integers(len(WALLS)))]
    top = base - tall
    split = left + wide * float(rng.uniform(0.52, 0.72))
    wall = (x > left) & (x < left + wide) & (y > top) & (y < base)
    near = 0.5 + 0.30 * view.mottle + 0.6 * (base - y) / tall * 0.4
    view.fill(
        wall & (x < split), ramp(np.clip(near, 0, 1), shade.split()[1] + " " + light), 1.5, 0.6
    )
    view.fill(wall & (x >= split), ramp(np.clip(near, 0, 1), shade), 1.4, 0.6)
    roof_tall = wide * float(rng.uniform(0.24, 0.40))
    ridge = left + wide * 0.36
    lean = np.clip((top - y) / roof_tall, 0, 1)
    roof = (y < top + 0.006) & (y > top - roof_tall)
    roof &= (x > left - 0.012 + (ridge - left) * lean) & (
        x < left + wide + 0.014 - (left + wide - split) * lean
    )
    tiles = 0.55 + 0.35 * np.sin(y * 520.0 + 3 * np.sin(x * 70)) - 0.35 * (x > split)
    view.fill(roof, ramp(np.clip(tiles, 0, 1), "#4a1c2c #8f3a38 #d8663c #f0a060"), 0.45, 0.8)
    view.fill(roof & (x > split), ramp(np.clip(tiles, 0, 1), "#2c1c30 #6a2c38 #a84a3a"), 0.9, 0.8)
    columns, rows = max(2, round(wide / 0.034)), max(1, round(tall / 0.056))
    for i in range(columns):
        for j in range(rows):
            if rng.random() < 0.15:
                continue
            wx, wy = left + wide * (i + 0.5) / columns, top + tall * (j + 0.5) / rows
            hole = (np.abs(x - wx) < 0.0062) & (np.abs(y - wy) < 0.0115)
            shutter = (np.abs(x - wx) < 0.0125) & (np.abs(y - wy) < 0.0125)
            tint = str(rng.choice(["#235448", "#2a4a6c", "#5c9ca4", "#8f3a38"]))
            view.fill(shutter & wall, rgb(tint), 1.57, 1.0)
            view.fill(hole & wall, rgb("#14172e"), 1.57, 1.0)


def _cypress(all_of_it: _View, px: float, base: float, tall: float) -> None:
    view = all_of_it.part(px - 0.2 * tall, base - tall, px + 0.2 * tall, base)
    t = np.clip((view.y - base + tall) / tall, 0, 1)
    half = 0.16 * tall * np.clip(np.sin(np.pi * t**0.75), 0, 1) ** 0.8
    inside = (np.abs(view.x - px) < half + 0.003 * view.mottle) & (t > 0) & (t < 1)
    side = 0.5 - (view.x - px) / (half + 1e-3) * 0.4 + 0.25 * view.mottle
    view.fill(inside, ramp(np.clip(side, 0, 1), "#0e1e24 #123430 #235448 #5a8a4a"), 1.4, 0.9)


def _boat(view: _View, px: float, py: float, long: float, codes: str) -> None:
    u, v = (view.x - px) / long, (view.y - py) / long
    hull = (np.abs(u) < 0.5 - 0.35 * v) & (v > -0.06 - 0.14 * np.abs(u) ** 2 * 2) & (v < 0.17)
    view.fill(hull, ramp(np.clip(0.15 + 3.5 * v + 0.8 * u, 0, 1), codes), 0.0, 1.0)
    rim = hull & (v < -0.02 - 0.28 * u * u)
    view.fill(rim, rgb("#fffaea"), 0.0, 1.0)
    mast = (np.abs(u + 0.05) < 0.020) & (v < 0.0) & (v > -1.05)
    view.fill(mast, rgb("#5a2a3c"), 1.57, 1.0)
    sail = (u > -0.02) & (u < (v + 1.0) * 0.52) & (v < -0.14) & (v > -1.0)
    view.fill(
        sail,
        ramp(np.clip(0.75 - u + 0.2 * view.mottle, 0, 1), "#b88a60 #f0ac68 #fbecc6 #fffaea"),
        1.2,
        0.8,
    )
    mirror = (np.abs(u + 0.1 * np.sin(v * 30)) < 0.42 - 0.3 * (v - 0.17)) & (v > 0.17) & (v < 0.75)
    mirror &= np.sin(view.y * 330 + 5 * view.mottle) > -0.2
    view.fill(mirror, ramp(np.clip(0.2 + v, 0, 1), codes), 0.0, 0.8)


def _scene(size: int, rng: np.random.Generator) -> _View:
    view = _View(size, rng)
    x, y, mottle = view.x, view.y, view.mottle
    everywhere = np.ones((size, size), dtype=bool)
    drift = fractal_noise(size, 4, 3, rng, stretch=(2.4, 1.0))
    sky = np.clip(0.92 - y * 2.2 + 0.10 * mottle, 0, 1)
    view.fill(
        everywhere,
        ramp(sky, "#fbecc6 #f0c8a0 #cbb4b8 #94b4c0 #5c9ca4 #3a7088 #2a4a6c"),
        0.35 * drift,
        0.1,
    )
    cloud = (drift + 0.25 * mottle > 0.55 + 0.4 * np.abs(y - 0.13) * 4) & (y < 0.36)
    view.fill(
        cloud,
        ramp(
            np.clip(0.65 + 0.35 * mottle - 1.2 * (y - 0.12), 0, 1),
            "#9c86a0 #e8a8a0 #f7d195 #fffaea",
        ),
        0.25 + 0.5 * drift,
        0.3,
    )
    far = y > 0.335 - 0.05 * np.sin(x * 5.0 + 0.6) - 0.02 * np.sin(x * 13) + 0.005 * mottle
    view.fill(
        far,
        ramp(np.clip(0.5 + 0.3 * mottle - 2 * (y - 0.35), 0, 1), "#2a4a6c #6a5a7c #9c86a0 #cbb4b8"),
        0.5 * np.cos(x * 5 + 0.6),
        0.2,
    )
    hill = 0.31 + 0.42 * np.abs(x - 0.60) ** 1.25 + 0.012 * np.sin(x * 22) + 0.006 * mottle
    green = np.clip(0.5 + 0.30 * mottle + 0.28 * np.sin((y - hill) * 60 + x * 9), 0, 1)
    view.fill(
        y > hill,
        ramp(green, "#123430 #235448 #4a7a4c #8a9f52 #c7c06a"),
        0.6 * np.sign(x - 0.6),
        0.4,
    )
    for level in (0.40, 0.475, 0.55, 0.625, SHORE + 0.005):
        left = -0.02 + float(rng.uniform(-0.03, 0.02))
        while left < 1.0:
            wide = float(rng.uniform(0.075, 0.135))
            base = level + float(rng.normal(0, 0.008))
            ground = 0.31 + 0.42 * abs(left + wide / 2 - 0.60) ** 1.25
            if base - 0.07 > ground and rng.random() < 0.84:
                _house(view, left, base, wide, float(rng.uniform(0.065, 0.115)), rng)
            elif base - 0.03 > ground:
                _cypress(view, left + 0.3 * wide, base + 0.01, float(rng.uniform(0.09, 0.15)))
            left += wide * float(rng.uniform(0.85, 1.25))
    for px, base, tall in (
        (0.07, 0.66, 0.22),
        (0.12, 0.69, 0.17),
        (0.93, 0.68, 0.25),
        (0.985, 0.70, 0.20),
        (0.33, 0.60, 0.17),
    ):
        _cypress(view, px, base, tall)

    ripple = fractal_noise(size, 30, 2, rng, stretch=(4.0, 1.0))
    depth = np.clip((y - SHORE) / (1 - SHORE), 0, 1)
    mirrored = np.stack(
        [
            np.clip(x + 0.014 * ripple, 0, 1),
            np.clip(SHORE - (y - SHORE) * 1.1 + 0.02 * ripple, 0, 1),
        ],
        axis=-1,
    )
    town = sample(view.colour.copy(), mirrored)
    wet = y > SHORE
    sea = ramp(
        np.clip(
            0.45
            + 0.24 * ripple
            + 0.25 * np.sin(y * 150 + 2 * ripple)
            - 0.3 * depth
            + 0.2 * (x - 0.5),
            0,
            1,
        ),
        "#14172e #1f2c4c #2a4a6c #3a7088 #5c9ca4 #94c4ba",
    )
    view.fill(wet, lay(sea, town, np.clip(0.70 - 0.5 * depth, 0, 1)), 0.05 * ripple, 0.25)
    view.fill(wet & (ripple > 1.25), rgb("#fbecc6"), 0.0, 0.4)
    view.fill(
        (np.abs(y - SHORE - 0.004 * np.sin(x * 40)) < 0.009),
        ramp(np.clip(0.5 + 0.3 * mottle, 0, 1), "#5a4a4c #b88a60 #f7d195"),
        0.0,
        0.8,
    )
    _boat(view, 0.24, 0.83, 0.19, "#2a4a6c #1f2c4c #8f3a38 #c4553c")
    _boat(view, 0.66, 0.79, 0.13, "#c4553c #8f3a38 #fbecc6")
    _boat(view, 0.80, 0.905, 0.22, "#235448 #123430 #e2804c #f0ac68")
    return view


def _mixed(wanted: Colours, rng: np.random.Generator) -> Colours:
    """Each colour (N, 3) halfway to one of the palette's, by chance a near one."""
    mixed = oklab(swatches(MIXED))
    near = oklab(wanted)
    away = ((near[:, None] - mixed[None]) ** 2).sum(2)
    chosen = mixed[(-away / 0.0045 + rng.gumbel(size=away.shape)).argmax(1)]
    return srgb(near * 0.35 + chosen * 0.65)


def _dab(
    pen: ImageDraw.ImageDraw,
    path: Field,
    width: float,
    tint: tuple[int, ...],
    dry: float,
    rng: np.random.Generator,
) -> None:
    """A stroke of a flat brush along `path` (K, 2) pixels; `dry` breaks its far end into hairs."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    knots = len(path)
    hairs = max(5, round(width / 2.2))
    across = np.linspace(-0.5, 0.5, hairs)
    until = knots - 1 - np.abs(wander(hairs, max(3, hairs // 3), rng)) * (0.12 + dry) * knots
    since = np.abs(wander(hairs, max(3, hairs // 3), rng)) * 0.10 * knots
    line = max(1, round(width / hairs * 1.7))
    at = since[:, None] + (np.maximum(until, since + 0.5) - since)[:, None] * np.linspace(0, 1, 5)
    low = np.clip(at.astype(int), 0, knots - 2)
    share = (at - low)[..., None]
    middle = path[low] * (1 - share) + path[low + 1] * share
    side = normal[low] * (across * width)[:, None, None]
    keep = rng.random(hairs) >= (0.45 * dry if dry > 0.3 else 0.0)
    for track in (middle + side)[keep].reshape(-1, 10).tolist():
        pen.line(track, fill=tint, width=line)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    view = _scene(work, rng)
    ground = np.broadcast_to(rgb("#8a6a64"), view.colour.shape)
    sheet = Image.fromarray(
        to_bytes(lay(ground, view.colour, np.full((work, work), 0.55, np.float32)))
    )
    pen = ImageDraw.Draw(sheet)
    for count, width, length in (
        (2300, 0.026, 0.060),
        (4200, 0.017, 0.042),
        (6500, 0.010, 0.026),
        (7000, 0.0062, 0.017),
    ):
        place = scatter(count, rng)
        wanted = sample(view.detail, place)
        keep = rng.random(count) < (
            np.clip(0.10 + wanted, 0, 1) if width < 0.012 else 1.0 - 0.75 * wanted * (width > 0.02)
        )
        place = place[keep]
        n = len(place)
        angle = view.angle + 0.25 * view.mottle
        paths = streamlines(angle, place, length * rng.uniform(0.55, 1.3, n), 7) * work
        tints = to_bytes(
            jitter(_mixed(sample(view.colour, place), rng), rng, 0.030, 0.008, 1.08)
        ).tolist()
        dry = np.where(rng.random(n) < 0.30, rng.uniform(0.4, 0.9, n), 0.0)
        for k in range(n):
            wide = width * work * float(rng.uniform(0.65, 1.2))
            _dab(pen, paths[k], wide, tuple(tints[k]), float(dry[k]), rng)
    tooth = 1.0 + 0.020 * grain(work, rng) + 0.015 * fractal_noise(work, 60, 2, rng)
    return reduce(to_float(sheet) * tooth[..., None], size)
