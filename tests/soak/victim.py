"""A client that is killed: it paints slowly, and its parent does not wait.

`python -m tests.soak.victim HOME (upload|paint|download|add) SEED`: prints a line when it has got
as far as that, and would go on for minutes.
"""

import sys
import time
from typing import Any

import numpy as np

from styleswap import connect
from styleswap.client import PictureFormat

_BAND_SECONDS = 0.5


def main(home: str, stage: str, seed: int) -> None:
    """Does what its stage says, until it is killed."""
    form = PictureFormat(width=1200, height=1600, layout="rgb")
    pixels = np.random.default_rng(seed).integers(0, 255, (1600, 1200, 3), np.uint8)
    told = False

    def say() -> None:
        nonlocal told
        if not told:
            told = True
            print(stage, flush=True)

    def read_rows(first: int, end: int) -> Any:
        if stage == "upload" and first > 0:
            say()
            time.sleep(_BAND_SECONDS)
        return pixels[first:end].tobytes()

    def write_rows(first: int, rows: bytes) -> None:
        say()
        time.sleep(_BAND_SECONDS)

    with connect(home=home, start=False) as daemon:
        if stage == "add":
            say()
            while True:
                daemon.styles.add(pixels[: 600 + seed % 600], "Victim")
                pixels[0] += 1
        daemon.paint_rows(
            form,
            read_rows,
            write_rows,
            "builtin/woodcut",
            progress=lambda _: say() if stage == "paint" else None,
            strength=1.0 if stage == "paint" else 0.0,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
