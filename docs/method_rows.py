"""Draw the pictures of the methods page: each method as a row of two photos in three styles.

Run as ``.venv/bin/python docs/method_rows.py``; a daemon is started where none runs. Names of rows
after it draw these alone. Photos are scikit-image's, styles the gallery's. Prints the seconds of
each row's six pictures, beside those of the first row in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from contact_sheet import fitted, sheet
from control_rows import CELL, SMALL_SIDE, photo

import styleswap

FOLDER = Path(__file__).parent / "pictures"
PHOTOS = "astronaut", "coffee"
STYLES = "builtin/windswept", "builtin/stained-glass", "builtin/woodcut"
SIDE = 384
"""Longest side of the photos in pixels; `SMALL_SIDE` where they are optimised."""

PAPER: dict[str, Any] = {
    "scales": 1,
    "matching": "plain",
    "overlap": "average",
    "variety": 0,
    "style_statistics": 0,
    "detail": 0,
}
METHODS: dict[str, dict[str, Any]] = {
    "patches": {},
    "paper": PAPER,
    "paper-optimised": {**PAPER, "method": "optimise", "descent": "pixels"},
    "transport": {"transform": "transport"},
    "covariance": {"transform": "covariance"},
    "mean": {"transform": "mean"},
    "distribution": {"transform": "distribution"},
    "gram": {"method": "optimise", "objective": "gram"},
    "markov": {"method": "optimise", "objective": "markov"},
    "neighbours": {"method": "optimise", "objective": "neighbours"},
}
"""Settings of each row."""


def main() -> int:
    """Paint the rows and save them, one picture a row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", default=[], help=f"of {', '.join(METHODS)}")
    args = parser.parse_args()
    with styleswap.connect() as daemon:
        daemon.stylize(photo(PHOTOS[0], SIDE), STYLES[0])  # the network is there
        first = 0.0
        for name in args.rows or METHODS:
            side = SMALL_SIDE if METHODS[name].get("method") == "optimise" else SIDE
            start = time.perf_counter()
            painted = [
                daemon.stylize(photo(content, side), style, **METHODS[name])
                for content in PHOTOS
                for style in STYLES
            ]
            seconds = time.perf_counter() - start
            first = first or seconds
            path = FOLDER / f"method-{name}.jpg"
            sheet([[fitted(picture, CELL) for picture in painted]]).save(path, quality=86)
            sys.stdout.write(f"{path.name}: {seconds:.1f} s, {seconds / first:.2f} of the first\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
