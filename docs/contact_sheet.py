"""Draw the README's contact sheet: sample photos of scikit-image in styles of the gallery.

Run as ``.venv/bin/python docs/contact_sheet.py``; a daemon is started where none runs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image
from skimage import data

import styleswap
from styleswap.gallery import styles
from styleswap.training.judging.sheet import CELL, fitted, sheet

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")
STYLES = (
    "builtin/windswept",
    "builtin/linocut",
    "builtin/mosaic",
    "builtin/palette-knife",
    "builtin/marbling",
    "builtin/risograph",
)


def main() -> int:
    """Paint every photo in every style and save the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/contact-sheet.jpg"))
    parser.add_argument("--styles", nargs="*", default=STYLES, help="ids of the gallery, or 'all'")
    parser.add_argument("--photos", nargs="*", default=PHOTOS, help="scikit-image's names")
    args = parser.parse_args()
    wanted = [s.id for s in styles()] if args.styles == ["all"] else list(args.styles)
    pictures = {s.id: s.path for s in styles()}
    photos = [Image.fromarray(getattr(data, name)()) for name in args.photos]
    blank = Image.new("RGB", CELL, "white")
    rows = [[blank, *(fitted(photo) for photo in photos)]]
    with styleswap.connect() as daemon:
        for style in wanted:
            with Image.open(pictures[style]) as picture:
                row = [fitted(picture.convert("RGB"))]
            for photo in photos:
                row.append(fitted(daemon.stylize(photo, style)))
                sys.stdout.write(".")
                sys.stdout.flush()
            rows.append(row)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sheet(rows).save(args.out, quality=88)
    sys.stdout.write(f"\n{args.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
