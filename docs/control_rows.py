"""Draw the pictures of the controls page: each control as a row, on a sample photo of scikit-image.

Run as ``.venv/bin/python docs/control_rows.py``; a daemon is started where none runs. Names of rows
after it draw these alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from contact_sheet import fitted, sheet
from PIL import Image, ImageDraw, ImageFont
from skimage import data

import styleswap
from styleswap.client import Styled

FOLDER = Path(__file__).parent / "pictures"
SIDE = 480
"""Longest side of the photos that are painted, in pixels."""
SMALL_SIDE = 256
"""The same where they are optimised, which takes about half a second a step on two CPU cores."""
CELL = (256, 192)
CAPTION = 26
Paint = Callable[..., Image.Image]
Row = list[tuple[str, Image.Image]]


def photo(name: str, side: int = SIDE) -> Image.Image:
    """A sample photo, reduced."""
    picture = Image.fromarray(getattr(data, name)()).convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def captioned(text: str, picture: Image.Image) -> Image.Image:
    """A picture of the row, with a line of text below it."""
    out = Image.new("RGB", (CELL[0], CELL[1] + CAPTION), "white")
    out.paste(fitted(picture, CELL))
    pen = ImageDraw.Draw(out)
    font = ImageFont.load_default(16)
    pen.text((CELL[0] / 2, CELL[1] + CAPTION / 2), text, "black", font, anchor="mm")
    return out


def varied(
    paint: Paint,
    name: str,
    style: str,
    control: str,
    values: Sequence[Any],
    side: int = SIDE,
    **fixed: Any,
) -> Row:
    """One photo painted with several values of a control."""
    picture = photo(name, side)
    label = control.replace("_", " ")
    return [
        (f"{label} {value}", paint(picture, style, **{control: value}, **fixed)) for value in values
    ]


def mixed(paint: Paint) -> Row:
    """Two styles by weight."""
    picture = photo("astronaut")
    pair = ("builtin/indigo-waves", "builtin/stained-glass")
    row = []
    for share in (0, 25, 50, 75, 100):
        styles = [Styled(pair[0], 100 - share), Styled(pair[1], share)]
        row.append((f"{100 - share} : {share}", paint(picture, styles)))
    return row


def masked(paint: Paint) -> Row:
    """A style per mask, from left to right and on one thing alone."""
    picture = photo("coffee")
    y, x = np.mgrid[0 : picture.height, 0 : picture.width].astype(np.float32)
    across = x / picture.width
    centre = np.hypot((x / picture.width - 0.46) / 0.34, (y / picture.height - 0.44) / 0.42)
    cup = np.clip(4 * (1 - centre) + 0.5, 0, 1)
    first, second = "builtin/woodcut", "builtin/palette-knife"
    return [
        ("the photo", picture),
        ("mask", Image.fromarray((across * 255).astype(np.uint8)).convert("RGB")),
        (
            "one style where black",
            paint(picture, [Styled(first, mask=1 - across), Styled(second, mask=across)]),
        ),
        ("mask", Image.fromarray((cup * 255).astype(np.uint8)).convert("RGB")),
        ("one style, the rest stays", paint(picture, Styled(second, mask=cup))),
    ]


ROWS: dict[str, Callable[[Paint], Row]] = {
    "strength": lambda p: varied(
        p, "chelsea", "builtin/marbling", "strength", (0, 0.25, 0.5, 0.75, 1)
    ),
    "style-scale": lambda p: varied(
        p, "astronaut", "builtin/woodcut", "style_scale", (0.25, 0.5, 1, 2, 4)
    ),
    "transform": lambda p: varied(
        p,
        "astronaut",
        "builtin/windswept",
        "transform",
        ("patch-swap", "transport", "covariance", "distribution", "mean"),
    ),
    "variety": lambda p: varied(
        p, "rocket", "builtin/marbling", "variety", (0, 0.25, 0.5, 0.75, 1)
    ),
    "colours": lambda p: [
        ("the photo", photo("coffee")),
        *varied(
            p,
            "coffee",
            "builtin/windswept",
            "colours",
            ("style", "content", "luminance", "matched"),
        ),
    ],
    "tone": lambda p: varied(
        p, "astronaut", "builtin/stained-glass", "tone", (0, 0.25, 0.5, 0.75, 1), hue=0
    ),
    "hue": lambda p: varied(p, "chelsea", "builtin/windswept", "hue", (0, 0.25, 0.5, 0.75, 1)),
    "tones": lambda p: [
        ("the photo", photo("rocket")),
        *varied(p, "rocket", "builtin/palette-knife", "tones", ("stretched", "own")),
        *(
            (f"{text}, tone 1", picture)
            for text, picture in varied(
                p, "rocket", "builtin/palette-knife", "tones", ("stretched", "own"), tone=1
            )
        ),
    ],
    "style-statistics": lambda p: varied(
        p, "coffee", "builtin/stained-glass", "style_statistics", (0, 0.25, 0.5, 0.75, 1)
    ),
    "detail": lambda p: varied(p, "astronaut", "builtin/mosaic", "detail", (0, 0.25, 0.5, 0.75, 1)),
    "mixing": mixed,
    "masks": masked,
    "patch-size": lambda p: varied(p, "chelsea", "builtin/mosaic", "patch_size", (1, 3, 5, 9, 15)),
    "refine": lambda p: varied(
        p, "astronaut", "builtin/indigo-waves", "refine", (0, 10, 20, 50, 100), SMALL_SIDE
    ),
    "start": lambda p: [
        ("feed-forward", p(photo("rocket", SMALL_SIDE), "builtin/windswept")),
        *varied(
            p,
            "rocket",
            "builtin/windswept",
            "start",
            ("content", "network", "noise"),
            SMALL_SIDE,
            method="optimise",
        ),
    ],
}


def main() -> int:
    """Paint the rows and save them, one picture a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", default=[], help=f"of {', '.join(ROWS)}")
    args = parser.parse_args()
    with styleswap.connect() as daemon:
        for name in args.rows or ROWS:
            cells = [captioned(text, picture) for text, picture in ROWS[name](daemon.stylize)]
            path = FOLDER / f"control-{name}.jpg"
            sheet([cells]).save(path, quality=86)
            sys.stdout.write(f"{path.name}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
