"""From nothing to the first answer and the first picture, against importing torch alone."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np

from benchmarks.daemon import peak_mib, running
from benchmarks.measure import table


def run() -> tuple[str, dict[str, object]]:
    """Start a daemon, ask, paint a small picture twice."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    torch_alone = time.perf_counter() - start
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    start = time.perf_counter()
    with running() as (daemon, home, answered):
        daemon.stylize(picture, "builtin/woodcut")
        first = time.perf_counter() - start
        start = time.perf_counter()
        daemon.stylize(picture, "builtin/woodcut")
        second = time.perf_counter() - start
        memory = peak_mib(daemon, home)
    rows: list[tuple[str, dict[str, float]]] = [
        ("python, import torch", {"seconds": torch_alone}),
        ("daemon, first answer", {"seconds": answered, "ratio": answered / torch_alone}),
        ("daemon, first picture", {"seconds": first, "ratio": first / torch_alone}),
        ("second picture, 256 px", {"seconds": second, "daemon's peak MiB": memory}),
    ]
    return table("Cold start", rows, ["ratio: over the import of torch"]), dict(rows)
