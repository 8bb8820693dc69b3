"""Smooth random fields: the irregularity of hand, paper and pigment.

Every field is made from a small lattice of random numbers that does not depend on the size of the
picture, so the same seed gives the same composition at every size.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating]


def enlarge(lattice: Field, size: int) -> Field:
    """Bicubic enlargement of a lattice (h, w) to (size, size)."""
    picture = Image.fromarray(np.ascontiguousarray(lattice, dtype=np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)


def smooth_noise(
    size: int, cells: float, rng: np.random.Generator, stretch: tuple[float, float] = (1.0, 1.0)
) -> Field:
    """One octave of noise, (size, size), mean about 0, standard deviation about 0.6.

    `cells` is the number of lattice cells along a side; `stretch` (x, y) makes the blobs that many
    times longer in x or y.
    """
    columns = max(2, round(cells / stretch[0]) + 1)
    rows = max(2, round(cells / stretch[1]) + 1)
    return enlarge(rng.standard_normal((rows, columns)).astype(np.float32), size)


def fractal_noise(
    size: int,
    cells: float,
    octaves: int,
    rng: np.random.Generator,
    gain: float = 0.5,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Field:
    """Octaves, each twice as fine and `gain` times as strong; (size, size), unit variance."""
    total = np.zeros((size, size), dtype=np.float32)
    for octave in range(octaves):
        total += gain**octave * smooth_noise(size, cells * 2**octave, rng, stretch)
    return (total - total.mean()) / (total.std() + 1e-6)


def grain(size: int, rng: np.random.Generator, cells: int = 768) -> Field:
    """Fine tooth of paper or canvas, (size, size), unit variance; `cells` per side."""
    field = enlarge(rng.standard_normal((cells, cells)).astype(np.float32), size)
    return (field - field.mean()) / (field.std() + 1e-6)


def wander(count: int, knots: int, rng: np.random.Generator) -> Field:
    """A smooth random curve: `count` samples through `knots` random values in -1..1."""
    values = rng.uniform(-1.0, 1.0, knots)
    position = np.linspace(0.0, knots - 1.0, count)
    left = np.clip(position.astype(int), 0, knots - 2)
    t = position - left
    t = t * t * (3.0 - 2.0 * t)
    return (values[left] * (1.0 - t) + values[left + 1] * t).astype(np.float32)
