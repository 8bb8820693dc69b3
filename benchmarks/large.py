"""A 6000x4000 photo through a daemon: time and peak memory. Minutes; not part of `make bench`."""

from __future__ import annotations

import sys
import time

import numpy as np
from PIL import Image

from benchmarks.daemon import peak_mib, running
from benchmarks.measure import table


def run(width: int = 6000, height: int = 4000) -> str:
    """Paint a sample photo enlarged to a size."""
    from skimage import data

    photo = Image.fromarray(data.coffee()).resize((width, height), Image.Resampling.BICUBIC)
    layer = np.array(photo)
    with running() as (daemon, home, _):
        start = time.perf_counter()
        result = daemon.paint(layer, "builtin/woodcut")
        seconds = time.perf_counter() - start
        figures = {"seconds": seconds, "daemon's peak MiB": peak_mib(daemon, home)}
    stages = {f"{name} s": value for name, value in result.report.seconds.items()}
    rows = [(f"{width}x{height}", {**figures, **stages})]
    return table("A large photo", rows, list(result.report.tile_plan))


if __name__ == "__main__":
    sys.stdout.write(run(*(int(a) for a in sys.argv[1:3])))
