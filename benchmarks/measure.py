"""Seconds and peak memory of one case, in a process of its own."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def _status(name: str) -> int:
    """A memory figure of this process in bytes (Linux), 0 where it is not told."""
    path = Path("/proc/self/status")
    if not path.exists():
        return 0
    lines = [line for line in path.read_text().splitlines() if line.startswith(name + ":")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def measured(work: Callable[[], object], repeats: int = 1) -> dict[str, float]:
    """Run some work.

    Returns:
        ``seconds``, the fastest of the repeats, and ``peak_mib``, the memory that the work needed
        above what the process held before.
    """
    clear = Path("/proc/self/clear_refs")
    if sys.platform == "linux":
        # Freed memory that the allocator keeps would hide what the work allocates.
        ctypes.CDLL(None).malloc_trim(0)
    before = _status("VmRSS")
    if clear.exists():
        clear.write_text("5")  # resets the peak
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds), "peak_mib": max(0, _status("VmHWM") - before) / 2**20}


def in_process(module: str, *arguments: str) -> dict[str, float]:
    """Run a case, ``python -m module arguments``, whose last line of output is its JSON."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(title: str, rows: list[tuple[str, dict[str, float]]], notes: list[str]) -> str:
    """Text of a table: one row a case, one column a figure."""
    columns = list(dict.fromkeys(name for _, figures in rows for name in figures))
    lines = [f"## {title}", "", "| | " + " | ".join(columns) + " |"]
    lines.append("|---|" + "---|" * len(columns))
    for name, figures in rows:
        cells = (f"{figures[c]:.3g}" if c in figures else "" for c in columns)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *notes, ""])
