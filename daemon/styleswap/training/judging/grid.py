"""The pictures of the judge: a fixed grid of contents and styles, never trained or selected on.

Contents are photos that scikit-image carries in its wheel, styles pictures of the built-in gallery
(the command hands their files over: this room knows no gallery). Any other file may stand in for
either.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from styleswap.engine.tiles import CELL

PHOTOS = {
    "astronaut": "astronaut.png",  # a portrait
    "chelsea": "chelsea.png",  # an animal's fur
    "rocket": "rocket.jpg",  # a smooth evening sky
    "coffee": "coffee.png",  # a still life
    "motorcycle": "motorcycle_left.png",  # hard edges of many things
    "brick": "brick.png",  # texture alone, and gray
}
"""File of each content in scikit-image's folder of data."""

STYLES = (
    "woodcut",
    "watercolour",
    "stained-glass",
    "windswept",
    "indigo-waves",
    "marbling",
    "charcoal",
    "palette-knife",
)
"""Styles of the gallery, by what follows "builtin/"."""


@dataclass(frozen=True)
class Grid:
    """Which pictures are painted in which styles.

    Attributes:
        contents: names in `PHOTOS`, or files.
        styles: names in the gallery, or files.
        side: long side of contents and styles in pixels.
    """

    contents: tuple[str, ...]
    styles: tuple[str, ...]
    side: int


GRIDS = {
    "small": Grid(tuple(PHOTOS)[:3], STYLES[:4], 192),
    "full": Grid(tuple(PHOTOS), STYLES, 384),
}
"""Small is sized so that the optimised references take a quarter of an hour on one core."""


@dataclass(frozen=True)
class Subject:
    """One picture of the grid.

    Attributes:
        name: for people.
        pixels: (1, 3, H, W) in [0, 1], RGB, sRGB curve, H and W multiples of 4.
    """

    name: str
    pixels: Tensor


def photo_path(name: str) -> Path:
    """The file of a sample photo.

    Raises:
        ValueError: there is no such photo, or no scikit-image.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}: use a file, or one of {', '.join(PHOTOS)}")
    found = importlib.util.find_spec("skimage")  # looked up, not imported: SciPy takes a while
    if found is None or found.origin is None:
        raise ValueError("the sample photos are missing: pip install scikit-image")
    return Path(found.origin).parent / "data" / PHOTOS[name]


def read_picture(path: Path, side: int) -> Tensor:
    """A picture of a file: (1, 3, H, W) in [0, 1], long side `side`, cut to multiples of 4.

    Raises:
        ValueError: it is no readable picture.
    """
    try:
        with Image.open(path) as file:
            picture = file.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is no readable picture ({error})") from None
    factor = side / max(picture.size)
    size = tuple(max(2 * CELL, round(length * factor)) for length in picture.size)
    array = np.array(picture.resize((size[0], size[1]), Image.Resampling.LANCZOS))
    tensor = torch.from_numpy(array).permute(2, 0, 1)[None].float() / 255
    height, width = (length // CELL * CELL for length in tensor.shape[2:])
    return tensor[..., :height, :width].contiguous()


def sample(name: str, side: int) -> Tensor:
    """A sample photo of scikit-image: (1, 3, H, W) in [0, 1], long side `side`."""
    return read_picture(photo_path(name), side)


def contents_of(names: Sequence[str], side: int) -> list[Subject]:
    """The contents of some names or files."""
    return [_subject(name, PHOTOS, photo_path, side) for name in names]


def styles_of(names: Sequence[str], side: int, gallery: Mapping[str, Path]) -> list[Subject]:
    """The styles of some names or files.

    Args:
        names: names in the gallery, or files.
        side: long side in pixels.
        gallery: the gallery's files by name.
    """

    def path(name: str) -> Path:
        if name not in gallery:
            known = ", ".join(gallery) or "no gallery is at hand here"
            raise ValueError(f"there is no style {name!r}: use a file, or one of {known}")
        return gallery[name]

    return [_subject(name, gallery, path, side) for name in names]


def _subject(
    name: str, known: Mapping[str, object], path: Callable[[str], Path], side: int
) -> Subject:
    file = Path(name)
    if name not in known and file.is_file():
        return Subject(file.stem, read_picture(file, side))
    return Subject(name, read_picture(path(name), side))
