"""Stained glass: a river valley at sunrise in opalescent glass and lead."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from .canvas import SUPERSAMPLING, grid, lay, reduce, relief, step
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import Colours, oklab, ramp, rgb, srgb

SUN = (0.56, 0.34)
Labels = NDArray[np.int64]


class Window:
    """Panes: an integer label per pixel, and a place on the region's colour ramp per pane."""

    def __init__(self, size: int) -> None:
        self.label = np.zeros((size, size), dtype=np.int64)
        self.colour = np.zeros((size, size, 3), dtype=np.float32)
        self._next = 1

    def glaze(
        self,
        mask: NDArray[np.bool_],
        panes: Labels,
        place: Field,
        codes: str,
        rng: np.random.Generator,
        spread: float = 0.16,
    ) -> None:
        """Fill `mask` with panes; each takes the ramp's colour at its mean `place` plus chance."""
        ids, dense = np.unique(panes[mask], return_inverse=True)
        mean = np.bincount(dense, place[mask]) / np.bincount(dense)
        at = np.clip(mean + rng.normal(0, spread, len(ids)), 0, 1)
        self.label[mask] = dense + self._next
        self.colour[mask] = ramp(at, codes)[dense]
        self._next += len(ids)


def _bricks(across: Field, along: Field, width: float, length: float, seed: int) -> Labels:
    """Courses `width` wide across, cut along every `length`, each course shifted by chance."""
    course = np.floor(across / width).astype(np.int64)
    shift = np.modf(np.sin(course * 78.233 + seed) * 43758.5453)[0]
    piece = np.floor(along / length + shift).astype(np.int64)
    return np.asarray((course + 500) * 4096 + piece + 2048)


def _shards(x: Field, y: Field, count: int, rng: np.random.Generator) -> Labels:
    """Irregular panes: the cells of `count` evened-out random points."""
    sites = rng.random((count, 2))
    cloud = rng.random((count * 30, 2))
    for _ in range(3):
        owner = cKDTree(sites).query(cloud)[1]
        total = np.bincount(owner, minlength=count).clip(1)
        sites = np.stack(
            [np.bincount(owner, cloud[:, i], minlength=count) / total for i in (0, 1)], axis=1
        )
    nearest = cKDTree(sites).query(np.stack([x.ravel(), y.ravel()], axis=1), workers=1)[1]
    return np.asarray(nearest.reshape(x.shape), dtype=np.int64)


def _landscape(size: int, rng: np.random.Generator) -> Window:
    x, y = grid(size)
    bend = 0.006 * smooth_noise(size, 7, rng)
    x, y = x + bend, y + 0.006 * smooth_noise(size, 7, rng)
    window = Window(size)
    everywhere = np.ones((size, size), dtype=bool)

    reach = np.hypot(x - SUN[0], y - SUN[1])
    turn = np.arctan2(y - SUN[1], x - SUN[0])
    ring = reach * 14.0 + 0.10 * np.sin(turn * 5)
    spokes = np.select([ring < 1, ring < 2, ring < 4, ring < 7, ring < 11], [4, 7, 15, 28, 46], 64)
    sky = _bricks(ring, turn / (2 * np.pi) * spokes, 1.0, 1.0, 3)
    window.glaze(
        everywhere,
        sky,
        np.clip(reach * 1.75 - 0.08, 0, 1).astype(np.float32),
        "#fff0b4 #ffd45e #f79a3c #ec6a5e #b9629c #6d63b8 #3a55a8 #1f357f #141f55",
        rng,
        0.075,
    )
    window.glaze(reach < 0.142, sky, reach * 8, "#fff4cc #ffe79a #ffc94e", rng, 0.3)

    shards = _shards(x, y, 800, rng)
    for level, height, waves, phase, codes in (
        (0.470, 0.050, 8.0, 0.3, "#2b2a6e #4e53a8 #8d8ccf #cfc6ea"),
        (0.540, 0.045, 6.0, 2.6, "#123f5a #1d7183 #4fb0a6 #b8e0c8"),
        (0.620, 0.050, 5.0, 4.4, "#0f3b25 #1f6b3a #5da043 #bcd35a"),
    ):
        ridge = level - height * np.sin(x * waves + phase) - 0.3 * height * np.sin(x * 15 + phase)
        panes = _bricks(y - ridge, x + 0.4 * (y - ridge), 0.040, 0.056, int(phase * 10))
        place = np.clip(0.9 - (y - ridge) * 5.0, 0, 1)
        window.glaze(y > ridge, panes, place.astype(np.float32), codes, rng, 0.2)

    t = np.clip((y - 0.575) / 0.425, 0, 1)
    middle = 0.55 + 0.16 * np.sin(t * 5.2 + 0.2) * (0.35 + t)
    half = 0.022 + 0.17 * t**1.35
    river = (np.abs(x - middle) < half) & (y > 0.575)
    flow = (x - middle) / half
    panes = _bricks(flow * (0.6 + 1.8 * t), y + 0.05 * np.sin(flow * 3), 0.44, 0.050, 9)
    place = np.clip(0.75 - 0.55 * np.abs(flow + 0.2) + 0.2 * np.sin(y * 60), 0, 1)
    window.glaze(
        river, panes, place.astype(np.float32), "#143a7a #1f6fb0 #5fb4d8 #bfe6ee #fdf6e0", rng, 0.22
    )

    meadow = (y > 0.80 + 0.05 * np.sin(x * 7 + 2)) & ~river
    window.glaze(
        meadow,
        shards,
        np.clip((y - 0.75) * 4, 0, 1).astype(np.float32),
        "#c9d65a #6fae3f #2d7f3e #12502f #0a2f22",
        rng,
        0.22,
    )
    _tree(window, x, y, _shards(x, y, 1300, rng), rng)
    _irises(window, x, y, rng)
    return window


def _tree(window: Window, x: Field, y: Field, shards: Labels, rng: np.random.Generator) -> None:
    """A tree on the left bank: trunk, then round crowns of many small panes."""
    trunk_x = 0.205 + 0.030 * np.sin(y * 9 + 0.6)
    trunk = (np.abs(x - trunk_x) < 0.016 + 0.05 * np.clip(y - 0.72, 0, 1)) & (y > 0.30) & (y < 0.9)
    panes = np.floor(y / 0.07).astype(np.int64)
    window.glaze(trunk, panes, np.full_like(x, 0.5), "#2a1410 #5a2c1a #8f5228 #b98546", rng, 0.25)
    for cx, cy, radius in (
        (0.13, 0.26, 0.115),
        (0.29, 0.21, 0.12),
        (0.19, 0.12, 0.10),
        (0.10, 0.42, 0.075),
        (0.32, 0.37, 0.075),
    ):
        distance = np.hypot(x - cx, y - cy)
        bearing = np.arctan2(y - cy, x - cx)
        crown = distance < radius * (1 + 0.07 * np.sin(bearing * 7))
        place = np.clip(0.5 + (x - cx + cy - y) / radius * 0.45, 0, 1)
        window.glaze(
            crown,
            shards,
            place.astype(np.float32),
            "#0c2b20 #14503a #2b8050 #7db351 #e3dc6a #f5b942",
            rng,
            0.16,
        )


def _irises(window: Window, x: Field, y: Field, rng: np.random.Generator) -> None:
    """Tall irises in the near right and left corners."""
    for cx, cy, radius in (
        (0.80, 0.70, 0.062),
        (0.905, 0.80, 0.066),
        (0.70, 0.86, 0.058),
        (0.13, 0.80, 0.060),
        (0.255, 0.885, 0.055),
    ):
        stem = (np.abs(x - cx - 0.03 * np.sin((y - cy) * 9)) < 0.010) & (y > cy)
        window.glaze(
            stem,
            np.floor(y / 0.028).astype(np.int64),
            np.full_like(x, 0.5),
            "#1d6b3a #3f9a48 #8cc05a",
            rng,
            0.2,
        )
        bearing = np.arctan2(y - cy, x - cx)
        distance = np.hypot(x - cx, y - cy)
        petal = np.floor((bearing + 0.4) / (np.pi / 3)).astype(np.int64)
        lobes = radius * (0.66 + 0.34 * np.abs(np.cos((bearing + 0.4) * 3 - np.pi / 2)))
        window.glaze(
            distance < lobes,
            petal,
            np.full_like(x, 0.5),
            "#34146e #6a35b0 #9a6fd6 #d6bdf0 #fbeefc",
            rng,
            0.3,
        )
        window.glaze(
            distance < radius * 0.26, petal * 0, np.full_like(x, 0.5), "#ffd23c #ff9d2a", rng, 0.2
        )


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    window = _landscape(work, rng)
    label = window.label
    joint = np.zeros(label.shape, dtype=bool)
    joint[:, 1:] |= label[:, 1:] != label[:, :-1]
    joint[1:] |= label[1:] != label[:-1]
    away = ndimage.distance_transform_edt(~joint).astype(np.float32) / work

    streaks = np.stack(
        [
            fractal_noise(work, 14, 4, rng, stretch=stretch)
            for stretch in ((4.0, 1.0), (1.0, 4.0), (1.6, 1.6))
        ]
    )
    pick = (np.sin(label * 12.9898) * 43758.5453 % 1.0 * 3).astype(int).clip(0, 2)
    streak = np.take_along_axis(streaks, pick[None], 0)[0]
    lab = oklab(window.colour)
    glow = np.clip(away / 0.02, 0, 1)
    lab[..., 0] += 0.080 * streak + 0.05 * glow - 0.035 + 0.012 * grain(work, rng)
    lab[..., 1:] *= (1.0 + 0.10 * streak - 0.10 * glow)[..., None]
    glass: Colours = srgb(lab)
    milk = step(fractal_noise(work, 9, 4, rng), 1.5, 0.9) * 0.25
    glass = lay(glass, rgb("#fbf6e8"), milk)
    glass = glass * relief(0.5 * away / 0.03 + 0.25 * streak, 1.1)[..., None]

    width = 0.0042 + 0.0009 * smooth_noise(work, 50, rng)
    lead = 1.0 - step(away, width, 0.0012)
    round_top = np.sqrt(np.clip(1.0 - (away / 0.0050) ** 2, 0, 1))
    metal = rgb("#1b1a1e") * relief(round_top + 0.04 * grain(work, rng), 3.2)[..., None] ** 3
    return reduce(lay(glass, metal, lead), size)
