"""Mosaic: two fish, waves and a sun in stone and gold tesserae, laid in rows along the forms."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from skimage import feature, measure

from .canvas import SUPERSAMPLING, grid, reduce, relief, to_bytes
from .noise import Field, fractal_noise, grain, smooth_noise
from .palette import Colours, jitter, ramp, rgb
from .strokes import Paint, sample

TESSERA = 0.0185
"""Side of a stone, with its joint, in units of the picture's side."""


_CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float32)


class Cartoon:
    """The drawing under the stones: which form and which colour is wanted where."""

    def __init__(self, size: int) -> None:
        self.form = np.zeros((size, size), dtype=np.int32)
        self.colour = np.zeros((size, size, 3), dtype=np.float32)
        self._forms = 0

    def add(self, mask: NDArray[np.bool_], colour: Colours, parts: Field | None = None) -> None:
        """A form over the others; `parts` (whole numbers) splits it into several."""
        self._forms += 1
        self.colour[mask] = np.broadcast_to(colour, self.colour.shape)[mask]
        offset = 0 if parts is None else parts[mask].astype(np.int32)
        self.form[mask] = self._forms * 1000 + offset


def _fish(
    cartoon: Cartoon,
    x: Field,
    y: Field,
    place: tuple[float, float],
    turn: float,
    length: float,
    codes: str,
) -> None:
    dx, dy = x - place[0], y - place[1]
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / length
    v = (-dx * np.sin(turn) + dy * np.cos(turn)) / length
    v = v + 0.10 * np.sin(u * 3.2)
    belly = 0.25 * np.sqrt(np.clip(1 - (u / 0.52) ** 2, 0, 1)) * (1 - 0.45 * u)
    tail = (u > 0.44) & (u < 0.80) & (np.abs(v) < 0.05 + (u - 0.42) * 0.72)
    tail &= u < 0.66 + 0.7 * np.abs(v)
    cartoon.add(
        tail,
        ramp(np.clip((u - 0.42) * 2.4 + 0.8 * np.abs(v), 0, 1), "#7d1f16 #c8452a #ef9a4a #fbe3b0"),
    )
    fin = (np.abs(u - 0.02) < 0.22) & (v < 0) & (-v < 0.20 + 0.16 * np.cos((u - 0.02) * 6.5))
    cartoon.add(fin, ramp(np.clip(0.5 - 0.5 * np.sin(u * 60), 0, 1), "#8f2a1a #e0813c #f7cf86"))
    body = (np.abs(v) < belly) & (u > -0.52)
    scales = np.clip(0.5 + v / 0.42 + 0.22 * np.sin(u * 44), 0, 1)
    cartoon.add(body, ramp(scales, codes))
    head = body & (u < -0.27 + 0.06 * np.cos(v * 12))
    cartoon.add(head, ramp(np.clip(0.5 + v * 2.6, 0, 1), "#8a4a1c #d59a3a #f6dd92"))
    eye = np.hypot(u + 0.37, v + 0.045)
    cartoon.add(eye < 0.062, rgb("#fbf5e4"))
    cartoon.add(eye < 0.034, rgb("#100d10"))


def _cartoon(size: int, rng: np.random.Generator) -> Cartoon:
    x, y = grid(size)
    cartoon = Cartoon(size)
    mottle = fractal_noise(size, 5, 3, rng)
    reach = np.hypot(x - 0.5, y - 0.27)
    sky = ramp(
        np.clip(reach * 1.5 - 0.1 + 0.05 * mottle, 0, 1),
        "#fdf3cf #f5d27c #e8a94c #d9c79a #a9c3b4 #6fa3a6",
    )
    cartoon.add(np.ones_like(x, dtype=bool), sky)
    bearing = np.arctan2(y - 0.27, x - 0.5)
    ray = (np.abs((bearing / (2 * np.pi) * 20) % 1 - 0.5) < 0.27) & (reach > 0.155) & (reach < 0.33)
    cartoon.add(
        ray,
        ramp(np.clip((reach - 0.15) * 5, 0, 1), "#f6c04a #d9722a #a8401f"),
        np.floor(bearing / (2 * np.pi) * 20 + 20),
    )
    cartoon.add(reach < 0.155, rgb("#b5502a"))
    cartoon.add(reach < 0.137, ramp(np.clip(reach * 7, 0, 1), "#fffbe6 #ffe48a #f0ab2e"))

    for row in range(8):
        level = 0.40 + row * 0.088
        waves = 5.0
        phase = x * waves + 0.5 * (row % 2)
        crest = level - 0.040 * np.abs(np.sin(phase * np.pi)) ** 0.8
        depth = (y - crest) / 0.1
        codes = (
            "#f4f1e0 #9cd0cc #358c9c #103c5c",
            "#f1efe2 #7fb8cf #245f98 #0e2450",
            "#e4efe4 #63b3ab #196c76 #0a2f42",
        )[row % 3]
        body = y > crest
        cartoon.add(body, ramp(np.clip(depth + 0.06 * mottle, 0, 1), codes), np.floor(phase))
        cartoon.add(body & (depth < 0.17), rgb("#f8f4e4"), np.floor(phase))
    _fish(cartoon, x, y, (0.35, 0.58), -0.16, 0.42, "#fdf0cc #f2b65a #d9622f #8f1f1f #3a0d16")
    _fish(
        cartoon, x, y, (0.66, 0.80), np.pi + 0.20, 0.40, "#1a1230 #4a2a66 #8a5a9c #d8b6c6 #fbf0e0"
    )
    return cartoon


def _rows(form: NDArray[np.int32], tessera: float) -> list[Field]:
    """Contour lines inside every form, one per course of stones; each (N, 2) as (x, y) pixels."""
    lines = []
    for index in np.unique(form):
        mask = form == index
        rows, columns = np.nonzero(mask)
        top, left = max(rows.min() - 1, 0), max(columns.min() - 1, 0)
        window = np.pad(mask[top : rows.max() + 2, left : columns.max() + 2], 1)
        depth = ndimage.distance_transform_edt(window)
        course = min(0.5, 0.45 * depth.max() / tessera)
        while course * tessera < depth.max():
            lines += [
                (line[:, ::-1] + np.array([left - 1, top - 1])).astype(np.float32)
                for line in measure.find_contours(depth, course * tessera)
            ]
            course += 1.0
    return lines


def _stones(line: Field, tessera: float, rng: np.random.Generator) -> tuple[Field, Field]:
    """Places (N, 2) and directions (N,) of stones set along a line."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    if travelled[-1] < tessera * 0.6:
        return line[:1], np.zeros(1, dtype=np.float32)
    count = max(1, round(travelled[-1] / tessera))
    at = (np.arange(count) + 0.5) * travelled[-1] / count + rng.normal(0, 0.06 * tessera, count)
    place = np.stack([np.interp(at, travelled, line[:, i]) for i in (0, 1)], axis=1)
    ahead = np.stack([np.interp(at + 0.4 * tessera, travelled, line[:, i]) for i in (0, 1)], 1)
    behind = np.stack([np.interp(at - 0.4 * tessera, travelled, line[:, i]) for i in (0, 1)], 1)
    way = ahead - behind
    return place.astype(np.float32), np.arctan2(way[:, 1], way[:, 0]).astype(np.float32)


class Bed:
    """The mortar bed: stones are pressed in one after another, never far over one another."""

    def __init__(self, mortar: Colours, rng: np.random.Generator) -> None:
        self.paint = Paint.on(mortar)
        side = self.paint.colour.size
        self.paint.height.paste(30, (0, 0, *side))
        self.taken = Image.new("L", side)
        self._rng = rng
        self._layers = [ImageDraw.Draw(self.paint.colour), ImageDraw.Draw(self.paint.height)]
        self._claim = ImageDraw.Draw(self.taken)

    def press(self, place: Field, way: float, half: float, colour: Colours, crowd: float) -> None:
        """One stone at `place` (x, y) pixels, unless more than `crowd` of its heart is taken."""
        rng = self._rng
        column, row, reach = int(place[0]), int(place[1]), max(1, int(half * 0.6))
        side = self.taken.size[0]
        box = (
            max(column - reach, 0),
            max(row - reach, 0),
            min(column + reach, side),
            min(row + reach, side),
        )
        if np.asarray(self.taken.crop(box)).mean() > 255 * crowd:
            return
        theta = way + rng.normal(0, 0.05)
        turn = np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]])
        quad = _CORNERS * half * rng.uniform(0.92, 1.06, (1, 2)) + rng.normal(
            0, 0.09 * half, (4, 2)
        )
        outline = (quad @ turn + place).ravel().tolist()
        self._layers[0].polygon(outline, fill=tuple(to_bytes(colour).tolist()))
        self._layers[1].polygon(outline, fill=int(rng.uniform(170, 215)))
        self._claim.polygon(outline, fill=255)

    def gaps(self, least: float) -> tuple[Field, Field, Field]:
        """Centres (N, 2), directions (N,) and half widths (N,) of what stones left bare."""
        free = ndimage.distance_transform_edt(np.asarray(self.taken) == 0)
        peaks = feature.peak_local_max(free, min_distance=max(1, int(least)), threshold_abs=least)
        dy, dx = np.gradient(free)
        at = tuple(np.clip(peaks.T - 2, 0, None))
        return (
            peaks[:, ::-1].astype(np.float32),
            np.arctan2(dy[at], dx[at]).astype(np.float32),
            free[tuple(peaks.T)].astype(np.float32),
        )


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    cartoon = _cartoon(work, rng)
    tessera = TESSERA * work
    mortar = ramp(np.clip(0.5 + 0.3 * fractal_noise(work, 40, 3, rng), 0, 1), "#221d1b #564c44")
    bed = Bed(mortar, rng)

    def colours_at(places: Field) -> Colours:
        wanted = sample(cartoon.colour, places / work)
        return jitter(wanted, rng, 0.04, 0.018, 1.08)

    laid = [_stones(line, tessera, rng) for line in _rows(cartoon.form, tessera)]
    place, way = np.concatenate([p for p, _ in laid]), np.concatenate([w for _, w in laid])
    for spot, theta, colour in zip(place, way, colours_at(place), strict=True):
        bed.press(spot, float(theta), 0.43 * tessera, colour, 0.4)
    for least in (0.27, 0.21):
        place, way, room = bed.gaps(least * tessera)
        for spot, theta, half, colour in zip(place, way, room, colours_at(place), strict=True):
            bed.press(spot, float(theta), min(0.92 * float(half), 0.43 * tessera), colour, 0.35)
    height = ndimage.gaussian_filter(bed.paint.relief(), work / 900)
    tilt = 0.06 * smooth_noise(work, 64, rng) + 0.02 * grain(work, rng)
    lit = bed.paint.pixels() * relief(height + tilt, 1.6)[..., None]
    return reduce(lit, size)
