"""From nothing, or from an idle daemon, to the first picture, against importing torch alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import numpy as np

from benchmarks.daemon import peak_mib, running
from benchmarks.measure import table

REPEATS = 5


def import_torch() -> float:
    """Seconds of a Python that imports torch."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - start


def after_idle() -> tuple[float, float, float]:
    """An import of torch and the first 192 px after all was unloaded, in turn (medians).

    Returns:
        Seconds of both, and the memory of the idle daemon in MiB.
    """
    small = np.random.default_rng(0).integers(0, 256, (192, 192, 3), np.uint8)
    imports, answers, idle = [], [], 0.0
    with running() as (daemon, _, _):
        for _ in range(REPEATS + 1):
            daemon.stylize(small, "builtin/woodcut")
            # What some idle minutes do as well.
            while daemon.info().queue_length:
                time.sleep(0.02)
            daemon.unload()
            idle = daemon.info().memory_used / 2**20
            imports.append(import_torch())
            start = time.perf_counter()
            daemon.stylize(small, "builtin/woodcut")
            answers.append(time.perf_counter() - start)
    return statistics.median(imports[1:]), statistics.median(answers[1:]), idle


def run() -> tuple[str, dict[str, object]]:
    """Start a daemon, ask, paint a small picture twice; paint once more after an idle unload."""
    torch_alone = import_torch()
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    start = time.perf_counter()
    with running() as (daemon, home, answered):
        daemon.stylize(picture, "builtin/woodcut")
        first = time.perf_counter() - start
        start = time.perf_counter()
        daemon.stylize(picture, "builtin/woodcut")
        second = time.perf_counter() - start
        memory = peak_mib(daemon, home)
    torch_again, woken, idle = after_idle()
    rows: list[tuple[str, dict[str, float]]] = [
        ("python, import torch", {"seconds": torch_alone}),
        ("daemon, first answer", {"seconds": answered, "ratio": answered / torch_alone}),
        ("daemon, first picture", {"seconds": first, "ratio": first / torch_alone}),
        ("second picture, 256 px", {"seconds": second, "daemon's peak MiB": memory}),
        ("import torch, once more", {"seconds": torch_again}),
        ("after an idle unload, 192 px", {"seconds": woken, "ratio": woken / torch_again}),
        ("idle daemon", {"daemon's peak MiB": idle}),
    ]
    return table("Cold start", rows, ["ratio: over the import of torch"]), dict(rows)
