"""A daemon of the benchmark's own: in an empty home, stopped at the end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from styleswap.client import Daemon, connect
from styleswap.runtime import read_runtime, runtime_file


@contextlib.contextmanager
def running() -> Iterator[tuple[Daemon, Path, float]]:
    """Start a daemon.

    Yields:
        A connection, the daemon's home, and the seconds from its start to its first answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["STYLESWAP_HOME"] = folder
        start = time.perf_counter()
        command = [sys.executable, "-m", "styleswap.service"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while not runtime_file(home).exists() and time.perf_counter() - start < 60:
                time.sleep(0.005)
            with connect() as daemon:
                daemon.info()
                yield daemon, home, time.perf_counter() - start
        finally:
            process.terminate()
            process.wait(60)


def peak_mib(daemon: Daemon, home: Path) -> float:
    """The highest resident memory so far of the daemon and its processes (Linux)."""
    runtime = read_runtime(home)
    assert runtime is not None
    children = Path(f"/proc/{runtime.pid}/task").glob("*/children")
    pids = [runtime.pid, *" ".join(file.read_text() for file in children).split()]
    lines = [
        line
        for pid in pids
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    ]
    return sum(int(line.split()[1]) for line in lines) / 1024
