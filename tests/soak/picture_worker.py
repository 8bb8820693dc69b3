"""Reads damaged pictures, one after the other, in a process that may die of it.

Run by `picture_fuzz`, with one JSON argument. What it is at, and what came out, is in a file that is
mapped into memory, so that it outlives this process.
"""

import contextlib
import faulthandler
import json
import logging
import mmap
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pyvips

from styleswap import files

from .damage import Case, case
from .expected_codes import PICTURE_REASONS

NUMBER, BEGAN, CASES, DECODED, PEAK, OUTCOME = range(6)
"""Places in the file: the case at work, the millisecond of its begin, counts, bytes of memory at
most, and a count for each of the outcomes."""
OUTCOMES = ("picture", *sorted(PICTURE_REASONS))
"""What comes of a case."""
PLACES = OUTCOME + len(OUTCOMES)

PIXEL_LIMIT = 1 << 22
"""More are refused: a case's head may say anything up to there."""
MEMORY_LIMIT = 640 << 20
"""Bytes that no case may make the process take: 4 million pixels of 16 bytes, and some copies."""
GREEDY = 77
"""Exit status after a case that took more."""
GROWN = 256 << 20
"""Bytes that the process may keep. libvips keeps the pixels of some damaged WebP files for ever, so
that whoever decodes in a process renews it."""
RENEWED = 78
"""Exit status of a process that kept more."""


def main(options: dict[str, Any]) -> None:
    """Works through the numbers from `first` in steps of `step`, to below `stop`."""
    with Path(options["places"]).open("r+b") as file:
        places = memoryview(mmap.mmap(file.fileno(), PLACES * 8)).cast("Q")
    crashes = Path(options["crashes"]).open("w")  # noqa: SIM115 - until the very end
    faulthandler.enable(crashes, all_threads=False)
    # libvips warns of all that it finds. Its words take the same way as in the daemon.
    logging.basicConfig(level=logging.WARNING, handlers=[logging.NullHandler()])
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    before = _resident()
    for number in range(options["first"], options["stop"], options["step"]):
        places[NUMBER] = number
        places[BEGAN] = round(time.monotonic() * 1000)
        trial = case(options["seed"], number)
        finding = _read(trial, places)
        places[CASES] += 1
        if finding:
            print(json.dumps({"number": number, "what": finding}), flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        places[PEAK] = max(places[PEAK], peak)
        if peak > MEMORY_LIMIT:
            sys.exit(GREEDY)
        if places[CASES] % 100 == 0 and _resident() - before > GROWN:
            sys.exit(RENEWED)


def _read(trial: Case, places: Any) -> str:
    """Reads one case; returns what is wrong with the outcome, "" for nothing."""
    try:
        pixels = files.read(trial.data, pixel_limit=PIXEL_LIMIT)
    except files.FileError as error:
        if error.reason not in PICTURE_REASONS:
            return f"reason {error.reason}"
        places[OUTCOME + OUTCOMES.index(error.reason)] += 1
        places[DECODED] += _opens(trial, error.reason)
        message = str(error)
        if not message.endswith(".") or "\n" in message or "vips" in message:
            return f"message {message!r}"
        return ""
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return in_short(error)
    places[OUTCOME] += 1
    places[DECODED] += 1
    if pixels.width * pixels.height > PIXEL_LIMIT:
        return f"{pixels.width} x {pixels.height} pixels"
    view = memoryview(pixels.data)
    if view.nbytes != pixels.width * pixels.height * pixels.channels * {
        "uint8": 1,
        "uint16": 2,
        "float32": 4,
    }[pixels.depth]:
        return f"{view.nbytes} bytes"
    if not all(notice.endswith(".") and "\n" not in notice for notice in pixels.notices):
        return f"notices {pixels.notices}"
    return ""


def in_short(error: BaseException) -> str:
    """An exception and where it came from, in one line."""
    places = traceback.extract_tb(error.__traceback__)[-3:]
    calls = " > ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
    return f"{type(error).__name__} ({calls}): {str(error)[:200]}"


def _opens(trial: Case, reason: str) -> bool:
    """Whether a file that was refused has a head that libvips takes: its pixels are at fault."""
    if reason not in ("DAMAGED_IMAGE", "TRUNCATED_IMAGE"):
        return False
    with contextlib.suppress(pyvips.Error, UnicodeDecodeError):
        image = pyvips.Image.new_from_buffer(trial.data, "")
        return image.width * image.height <= PIXEL_LIMIT and image.bands <= 8
    return False


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
