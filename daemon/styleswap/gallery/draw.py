"""Draw the gallery's pictures again: `python -m styleswap.gallery.draw [--only woodcut]`."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from . import PREFIX, SIDE, styles
from .drawing import draw

SEED = 1
"""Seed of the committed pictures."""


def write(slug: str, folder: Path, size: int = SIDE) -> Path:
    """Draw one style into `folder` as a JPEG file and return its path."""
    path = folder / f"{slug}.jpg"
    # Full colour resolution: halved, it greys the small dots and thin veins of pure colour.
    Image.fromarray(draw(slug, size, SEED)).save(path, quality=90, subsampling=0)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    slugs = [style.id.removeprefix(PREFIX) for style in styles()]
    parser = argparse.ArgumentParser(prog="python -m styleswap.gallery.draw", description=__doc__)
    parser.add_argument("--only", action="append", choices=slugs, help="a style; may be repeated")
    parser.add_argument("--out", type=Path, default=styles()[0].path.parent, help="folder")
    parser.add_argument("--size", type=int, default=SIDE, help=f"side in pixels (default: {SIDE})")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for slug in options.only or slugs:
        start = time.monotonic()
        path = write(slug, options.out, options.size)
        took = time.monotonic() - start
        print(f"{path}  {path.stat().st_size / 1024:.0f} KB  {took:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
