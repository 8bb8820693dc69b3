"""Indigo waves: breaking waves, a far mountain and a red sun in flat colours and fine outlines."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .canvas import SUPERSAMPLING, grid, lay, reduce, step, to_bytes, to_float
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import Colours, ramp, rgb

OUTLINE = "#14203f"


def _sky(size: int, rng: np.random.Generator) -> Colours:
    x, y = grid(size)
    grade = fractal_noise(size, 5, 2, rng, stretch=(8.0, 1.0))
    colour = ramp(
        np.clip(y / 0.48 + 0.02 * grade, 0, 1),
        "#1d3560 #3f6f95 #a9bfae #ecdcb6 #f3d3a4 #eeb183 #e28d6c",
        (0.0, 0.13, 0.28, 0.45, 0.65, 0.85, 1.0),
    )
    reach = np.hypot(x - 0.765, y - 0.185)
    colour = lay(
        colour,
        ramp(np.clip((y - 0.12) * 5, 0, 1), "#b4232a #d5442f #e8774a"),
        step(0.118 - reach, 0, 0.003),
    )
    summit = 0.245
    ridge = summit + 0.62 * np.abs(x - 0.44) ** 1.15 + 0.004 * smooth_noise(size, 40, rng)
    land = step(y, ridge, 0.003)
    # Gullies run down from the summit: a place's gully is its direction from there.
    gully = (x - 0.44) / np.clip(y - summit + 0.05, 0.02, None)
    teeth = np.abs(gully * 2.6 % 1.0 - 0.5) + 0.6 * np.abs(gully * 6.1 % 1.0 - 0.5)
    snow = step(0.035 + 0.10 * teeth - (y - ridge), 0.0, 0.004)
    slope = ramp(np.clip((y - ridge) * 5, 0, 1), "#243f7c #4a6f9f #9fb0b4")
    slope = lay(slope, rgb("#1a2c5a"), 0.8 * step(np.sin(gully * 38), 0.55, 0.3))
    shaded = lay(
        np.broadcast_to(rgb("#faf5e8"), slope.shape), rgb("#c3cedb"), step(gully, 0.35, 0.1)
    )
    colour = lay(colour, lay(slope, shaded, snow), land)
    rim = step(0.0028 - np.abs(y - ridge), 0, 0.001)
    colour = lay(colour, rgb(OUTLINE), rim)
    for place, wide in (((0.80, 0.135), 0.16), ((0.90, 0.245), 0.13), ((0.17, 0.155), 0.15)):
        colour = _mist(colour, x, y, place, wide)
    return colour


def _mist(colour: Colours, x: Field, y: Field, place: tuple[float, float], wide: float) -> Colours:
    """A bank of mist as prints show it: bars with round ends, outlined, tinted from below."""
    away = np.full_like(x, np.inf)
    for shift, level, share in ((0.0, 0.0, 1.0), (0.45, 0.026, 0.62), (-0.50, 0.048, 0.55)):
        dx = np.abs(x - place[0] - shift * wide) - share * wide
        away = np.minimum(away, np.hypot(np.maximum(dx, 0), y - place[1] - level) - 0.0145)
    body = ramp(np.clip((y - place[1] + 0.02) / 0.085, 0, 1), "#fdf8ea #f3e2c6 #e7bfa0")
    colour = lay(colour, body, step(-away, 0.0, 0.002))
    inner = step(0.0011 - np.abs(away + 0.0055), 0.0, 0.0008) * 0.55
    colour = lay(colour, rgb("#b98f74"), inner)
    return lay(colour, rgb(OUTLINE), step(0.0016 - np.abs(away), 0.0, 0.0008))


class _Sea:
    """Waves drawn from far to near."""

    def __init__(self, sky: Colours, rng: np.random.Generator) -> None:
        self.sheet = Image.fromarray(to_bytes(sky))
        self._pen = ImageDraw.Draw(self.sheet)
        self._side = self.sheet.size[0]
        self._rng = rng

    def _area(self, line: Field, fill: str, bottom: float, rim: float) -> None:
        points = [tuple(p) for p in line * self._side]
        corners = [
            (self._side * 1.4, bottom * self._side),
            (-0.4 * self._side, bottom * self._side),
        ]
        self._pen.polygon(points + corners, fill=fill)
        if rim > 0:
            self._pen.line(
                points, fill=OUTLINE, width=max(1, round(rim * self._side)), joint="curve"
            )

    def disc(self, place: Field, radius: float, fill: str, rim: float = 0.0022) -> None:
        """A round of foam with its outline."""
        x, y = place * self._side
        r = radius * self._side
        width = max(1, round(rim * self._side))
        self._pen.ellipse(
            (x - r, y - r, x + r, y + r), fill=fill, outline=OUTLINE if rim else None, width=width
        )

    def wave(
        self,
        level: float,
        height: float,
        length: float,
        phase: float,
        lean: float,
        stripes: tuple[str, ...],
    ) -> None:
        """One row of breakers: bands of colour under a crest, foam along it, and flying drops."""
        rng = self._rng
        t = np.linspace(-0.4, 1.4, 900)
        turn = (t - phase) / length * 2 * np.pi
        swell = 1.0 + 0.22 * np.sin(t * 5.0 + level * 30)
        peak = ((1 + np.cos(turn)) / 2) ** 1.7
        # High waves take their bands twice over, so that none is too broad for the brush.
        bands = stripes if height < 0.2 else stripes + stripes[1:]
        for k, fill in enumerate(bands):
            sink = k / len(bands)
            tall = height * swell * (1 - 0.55 * sink)
            px = t - lean * length * tall / height * peak * (1 - 0.3 * sink)
            hook = np.sin(turn) * peak * tall * 0.30
            py = level + height * 1.15 * sink - tall * peak - hook
            self._area(
                np.stack([px, py], 1).astype(np.float32), fill, 1.05, 0.0028 if k == 0 else 0.0016
            )
            if k == 0:
                crest = np.stack([px, py], 1).astype(np.float32)
        near = height / 0.16
        for reach, size, fill in (
            (0.020, 0.0125, "#cfe0dc"),
            (0.0, 0.0135, "#fbf6e6"),
            (0.016, 0.0085, "#fffdf4"),
        ):
            chosen = np.flatnonzero(peak > rng.uniform(0.18, 0.30))
            for i in chosen[:: max(2, round(7 * size / 0.0125))]:
                down = np.array(
                    [rng.normal(0.0, 0.006), reach * near + rng.normal(0, 0.005) * near]
                )
                self.disc(
                    crest[i] + down,
                    size * near * rng.uniform(0.55, 1.15) * (0.5 + 0.6 * peak[i]),
                    fill,
                )
        for i in np.flatnonzero(peak > 0.45)[::5]:
            away = np.array([-abs(rng.normal(0.02, 0.03)), -abs(rng.normal(0.012, 0.022))]) * near
            self.disc(crest[i] + away, rng.uniform(0.0018, 0.0052) * near**0.5, "#fffaf0", 0.0012)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    sea = _Sea(_sky(work, rng), rng)
    deep = (
        "#e9efe0",
        "#1b2f63",
        "#8fb9c4",
        "#223f7a",
        "#5b90b0",
        "#16264f",
        "#3d6d9c",
        "#a9cfd0",
        "#1d3a74",
        "#0f1c3e",
    )
    teal = (
        "#f3ecd6",
        "#2a5f80",
        "#a9cbbf",
        "#1c4468",
        "#6fa9ad",
        "#2b6a8c",
        "#c4d8c4",
        "#173a60",
        "#4f8fa3",
        "#10294a",
    )
    grey = (
        "#faf3de",
        "#42588a",
        "#c9cdbf",
        "#334a7c",
        "#8ea6b6",
        "#1c2f5e",
        "#b6c6c0",
        "#2c4a80",
        "#6e93ac",
        "#131f42",
    )
    sea.wave(0.475, 0.050, 0.17, 0.05, 0.16, teal)
    sea.wave(0.535, 0.080, 0.27, 0.30, 0.22, grey)
    sea.wave(0.625, 0.125, 0.42, 0.88, 0.30, deep)
    sea.wave(0.735, 0.260, 0.86, 0.30, 0.27, teal)
    sea.wave(0.835, 0.130, 0.43, 0.74, 0.30, deep)
    sea.wave(0.930, 0.120, 0.37, 0.12, 0.28, grey)
    sea.wave(1.020, 0.110, 0.31, 0.58, 0.28, teal)
    colour = to_float(sea.sheet)
    wood = fractal_noise(work, 50, 3, rng, stretch=(12.0, 1.0))
    fibre = grain(work, rng, 900)
    ink = 1.0 + 0.045 * wood[..., None] + 0.03 * fibre[..., None]
    colour = colour * ink
    worn = step(fibre + 0.5 * wood, 2.2, 0.8) * 0.45
    return reduce(lay(colour, rgb("#efe3c6"), worn), size)
