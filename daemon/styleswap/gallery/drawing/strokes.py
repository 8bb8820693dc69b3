"""Brush strokes that follow a field of directions, drawn bristle by bristle."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .canvas import to_bytes, to_float
from .noise import Field, wander
from .palette import Colours

Scalar = TypeVar("Scalar", bound=np.generic)


def scatter(count: int, rng: np.random.Generator) -> Field:
    """`count` well spread points (count, 2) in the unit square: a jittered grid in random order."""
    side = int(np.ceil(np.sqrt(count)))
    cells = rng.permutation(side * side)[:count]
    corner = np.stack([cells % side, cells // side], axis=1)
    return ((corner + rng.random((count, 2))) / side).astype(np.float32)


def sample(field: NDArray[Scalar], points: Field) -> NDArray[Scalar]:
    """Values of a field (H, W) or (H, W, C) at points (..., 2): the nearest pixel's."""
    height, width = field.shape[:2]
    column = np.clip((points[..., 0] * width).astype(int), 0, width - 1)
    row = np.clip((points[..., 1] * height).astype(int), 0, height - 1)
    return field[row, column]


def streamlines(angle: Field, starts: Field, lengths: Field, knots: int) -> Field:
    """Paths (N, knots, 2) along the orientations `angle` (H, W), radians, centred on `starts`.

    An orientation and its opposite are the same: each path keeps going the way it went.
    """
    step_length = (lengths / (knots - 1))[:, None]
    halves = []
    for sign in (-1.0, 1.0):
        point = starts.copy()
        theta = sample(angle, point)
        heading = sign * np.stack([np.cos(theta), np.sin(theta)], axis=1)
        path = [point]
        for _ in range(knots // 2):
            point = point + heading * step_length
            theta = sample(angle, point)
            turn = np.stack([np.cos(theta), np.sin(theta)], axis=1)
            heading = np.where((turn * heading).sum(1, keepdims=True) < 0, -turn, turn)
            path.append(point)
        halves.append(path)
    return np.stack(halves[0][:0:-1] + halves[1], axis=1).astype(np.float32)


@dataclass
class Paint:
    """A sheet of wet paint: colours, and how high the paint stands.

    Attributes:
        colour: RGB picture.
        height: greyscale picture of the relief, lit afterwards by `canvas.relief`.
    """

    colour: Image.Image
    height: Image.Image

    @classmethod
    def on(cls, ground: Colours) -> "Paint":
        """A sheet that starts from ground (H, W, 3) in 0..1, flat."""
        colour = Image.fromarray(to_bytes(ground))
        return cls(colour, Image.new("L", colour.size, 96))

    def pixels(self) -> Colours:
        """Colours (H, W, 3) in 0..1."""
        return to_float(self.colour)

    def relief(self) -> Field:
        """Heights (H, W) in 0..1."""
        return to_float(self.height)


def brush(
    paint: Paint,
    paths: Field,
    widths: Field,
    colours: Colours,
    rng: np.random.Generator,
    *,
    bristle: float = 0.0022,
    streak: float = 0.06,
    ragged: float = 0.25,
    loaded: Colours | None = None,
) -> None:
    """Draw strokes in order onto `paint`.

    Args:
        paths: (N, K, 2) in the unit square.
        widths: (N,) stroke widths in units of the side.
        colours: (N, 3) in 0..1.
        bristle: distance between bristles.
        streak: how much bristles of one stroke differ in lightness.
        ragged: how uneven the ends are, as a share of the length.
        loaded: (N, 3), a second colour on the brush's other edge; none by default.
    """
    side = paint.colour.size[0]
    ink, body = ImageDraw.Draw(paint.colour), ImageDraw.Draw(paint.height)
    knots = paths.shape[1]
    line = max(1, round(bristle * side * 1.5))
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1)
    profile = np.sqrt(np.clip(1.0 - np.abs(np.linspace(-1.0, 1.0, knots)) ** 3.0, 0.15, 1.0))
    for i, path in enumerate(paths):
        count = max(2, round(float(widths[i]) / bristle))
        across = np.linspace(-0.5, 0.5, count)
        shade = wander(count, max(3, count // 3), rng) * streak
        shade += rng.standard_normal(count) * streak * 0.4
        base = np.repeat(colours[i][None], count, 0)
        if loaded is not None:
            share = np.clip(across + 0.5 + rng.normal(0, 0.15, count), 0, 1)[:, None]
            base = base * (1 - share) + loaded[i] * share
        tint = to_bytes(base * (1.0 + 0.6 * shade[:, None]) + 0.6 * shade[:, None])
        edge = np.abs(across) * 2.0
        rise = np.clip(120 + 900 * shade + 60 * edge**4, 0, 255).astype(int)
        first = (rng.random(count) * ragged * knots).astype(int)
        last = knots - (rng.random(count) * ragged * knots).astype(int)
        offset = (across * widths[i])[:, None, None] * (profile[:, None] * normal[i])[None]
        points = (path[None] + offset) * side
        for j in range(count):
            track = points[j, first[j] : last[j]].ravel().tolist()
            if len(track) >= 4:
                ink.line(track, fill=tuple(tint[j].tolist()), width=line)
                body.line(track, fill=int(rise[j]), width=line)
