"""Contact sheets: pictures of equal size in rows, with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CELL = (300, 225)
GAP = 8
BAND = 20
"""Height in pixels of a label."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class Labelled:
    """A picture and what is written below it; without a picture the place stays empty."""

    label: str
    picture: Image.Image | None = None


def fitted(picture: Image.Image, size: tuple[int, int] = CELL) -> Image.Image:
    """The middle of a picture, cut and reduced to a size."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2.6
    box = (left, top, left + width, top + height)
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)


def sheet(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """Pictures of equal size in rows."""
    width, height = rows[0][0].size
    columns = max(len(row) for row in rows)
    size = (columns * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP)
    out = Image.new("RGB", size, "white")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            out.paste(picture, (x * (width + GAP), y * (height + GAP)))
    return out


def labelled_sheet(rows: Sequence[Sequence[Labelled]], size: tuple[int, int] = CELL) -> Image.Image:
    """Pictures in rows, whole, each with its label below.

    Args:
        rows: what is shown.
        size: of the place that a picture is fitted into, in pixels; it is not cut.
    """
    return sheet([[_with_label(item, size) for item in row] for row in rows])


def _with_label(item: Labelled, size: tuple[int, int]) -> Image.Image:
    out = Image.new("RGB", (size[0], size[1] + BAND), "white")
    if item.picture is not None:
        scale = min(size[0] / item.picture.width, size[1] / item.picture.height)
        inner = tuple(max(1, round(side * scale)) for side in item.picture.size)
        shown = item.picture.convert("RGB")
        if inner != item.picture.size:
            shown = shown.resize((inner[0], inner[1]), Image.Resampling.LANCZOS)
        out.paste(shown, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    font = ImageFont.load_default(13)
    place = (size[0] / 2, size[1] + BAND / 2)
    ImageDraw.Draw(out).text(place, item.label, fill="black", font=font, anchor="mm")
    return out


def check_target(path: Path) -> None:
    """Refuse a file that no sheet can be written to, before anything is painted.

    Raises:
        ValueError: the suffix is none of `SUFFIXES`, or the folder is missing.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path} is no place for a sheet: use {', '.join(SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        raise ValueError(f"the folder {path.absolute().parent} does not exist: create it first")
