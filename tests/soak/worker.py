"""Tries one case after the other, in a process that may die of it.

Run by `watched`, with one JSON argument. What it is at, and what came out, is in a file that is
mapped into memory, so that it outlives this process.
"""

import faulthandler
import importlib
import json
import logging
import mmap
import os
import resource
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NUMBER, BEGAN, CASES, DEEP, PEAK, OUTCOME = range(6)
"""Places in the file: the case at work, the millisecond of its begin, counts, bytes of memory at
most, and from there on a count for each of the outcomes."""

MEMORY_LIMIT = 640 << 20
"""Bytes that no case may make the process take: 4 million pixels of 16 bytes, and some copies."""
GREEDY = 77
"""Exit status after a case that took more."""
GROWN = 256 << 20
"""Bytes that the process may keep. libvips keeps the pixels of some damaged WebP files for ever, so
that whoever decodes in a process renews it."""
RENEWED = 78
"""Exit status of a process that kept more."""


@dataclass(frozen=True)
class Attempt:
    """What came of one case."""

    outcome: str
    deep: bool = False
    """Whether it got as far as it should."""
    finding: str = ""
    """What is wrong with the outcome; empty where nothing is."""


def main(options: dict[str, Any]) -> None:
    """Works through the numbers from `first` in steps of `step`, to below `stop`."""
    trial = importlib.import_module(options["trial"])
    with Path(options["places"]).open("r+b") as file:
        places = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
    crashes = Path(options["crashes"]).open("w")  # noqa: SIM115 - until the very end
    faulthandler.enable(crashes, all_threads=False)
    # libvips warns of all that it finds. Its words take the same way as in the daemon.
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    attempt = trial.prepare(Path(options["folder"]))
    # From here on only the libraries talk there, a line or ten for each case.
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    before = _resident()
    for number in range(options["first"], options["stop"], options["step"]):
        places[NUMBER] = number
        places[BEGAN] = round(time.monotonic() * 1000)
        try:
            result = attempt(options["seed"], number)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            result = Attempt("", finding=in_short(error))
        places[CASES] += 1
        places[DEEP] += result.deep
        if result.outcome:
            places[OUTCOME + trial.OUTCOMES.index(result.outcome)] += 1
        if result.finding:
            print(json.dumps({"number": number, "what": result.finding}), flush=True)
        peak = _peak()
        places[PEAK] = max(places[PEAK], peak)
        if peak > MEMORY_LIMIT:
            sys.exit(GREEDY)
        if places[CASES] % 100 == 0 and _resident() - before > GROWN:
            sys.exit(RENEWED)


def in_short(error: BaseException) -> str:
    """An exception and where it came from, in one line."""
    places = traceback.extract_tb(error.__traceback__)[-3:]
    calls = " > ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
    return f"{type(error).__name__} ({calls}): {str(error)[:200]}"


def _peak() -> int:
    """Bytes at most. Not getrusage's, which counts those of whoever started this process too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


if __name__ == "__main__":
    # Not as `__main__`: the trials import this module, and its classes are one only by that name.
    from tests.soak import worker

    worker.main(json.loads(sys.argv[1]))
