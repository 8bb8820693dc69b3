"""The pictures of the judge: a fixed grid of contents and styles, never trained or selected on.

Contents are photos that scikit-image carries in its wheel, known by their hashes. Styles are
pictures of the built-in gallery as it once was: files of the judge, so that a gallery that is drawn
anew moves no figure. Today's gallery (the command hands it over: this room knows none) and any
other file may stand in for either.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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

HASHES = {
    "astronaut": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    "chelsea": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "rocket": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
    "coffee": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "motorcycle": "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
    "brick": "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
}
"""SHA-256 of each: figures of other pictures compare with nothing."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of width and height."""

FACES: dict[str, Box] = {
    "astronaut": (0.36, 0.08, 0.58, 0.36),
    "chelsea": (0.22, 0.15, 0.82, 0.95),
}
"""Where a content has a face."""

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
"""Names of the styles; as "builtin/woodcut" they began."""

FROZEN = {name: Path(__file__).parent / "styles" / f"{name}.jpg" for name in STYLES}
"""Their files."""


@dataclass(frozen=True)
class Grid:
    """Which pictures are painted in which styles.

    Attributes:
        contents: names in `PHOTOS`, or files.
        styles: names in `STYLES` or the gallery, or files.
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
        face: where it has one.
    """

    name: str
    pixels: Tensor
    face: Box | None = None


def photo_path(name: str) -> Path:
    """The file of a sample photo.

    Raises:
        ValueError: there is no such photo, or no scikit-image, or its photo is another one.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}: use a file, or one of {', '.join(PHOTOS)}")
    found = importlib.util.find_spec("skimage")  # looked up, not imported: SciPy takes a while
    if found is None or found.origin is None:
        raise ValueError("the sample photos are missing: pip install scikit-image")
    path = Path(found.origin).parent / "data" / PHOTOS[name]
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != HASHES[name]:
        raise ValueError(
            f"{path} is missing or not the judge's photo: pip install scikit-image==0.26.0"
        )
    return path


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
    known = (_subject(name, PHOTOS, photo_path, side) for name in names)
    return [
        replace(subject, face=FACES.get(name)) for subject, name in zip(known, names, strict=True)
    ]


def styles_of(names: Sequence[str], side: int, gallery: Mapping[str, Path]) -> list[Subject]:
    """The styles of some names or files.

    Args:
        names: names in `STYLES` or the gallery, or files; the judge's own come first.
        side: long side in pixels.
        gallery: the gallery's files by name.
    """
    files = {**gallery, **FROZEN}

    def path(name: str) -> Path:
        if name not in files:
            raise ValueError(
                f"there is no style {name!r}: use a file, or one of {', '.join(files)}"
            )
        return files[name]

    return [_subject(name, files, path, side) for name in names]


def _subject(
    name: str, known: Mapping[str, object], path: Callable[[str], Path], side: int
) -> Subject:
    file = Path(name)
    if name not in known and file.is_file():
        return Subject(file.stem, read_picture(file, side))
    return Subject(name, read_picture(path(name), side))
