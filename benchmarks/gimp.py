"""The filter in the real GIMP: what GIMP, plug-in and wire add to the engine's time."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data
from tests.editors import roots
from tests.editors.gimp_program import Gimp
from tests.editors.gimp_window import Desk, eventually

from benchmarks.measure import table

SERIES = "3.0"
SIDE = 1024
STYLE = "builtin/woodcut"
REPEATS = 2
LIMIT = 1.15
"""Most that a painting in the window may take, in times of the engine's own seconds."""
CASE_SECONDS = 600.0

CALL = """
import time
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/scratch/photo.png"))
start = time.perf_counter()
call("plug-in-style-swap", image=image, drawables=image.get_selected_layers(), style=style)
answer = time.perf_counter() - start
"""

# Looks from inside of GIMP, whose window must have little else to do.
SEEN = """
import time
image = max(Gimp.get_images(), key=Gimp.Image.get_id)
while len(image.get_layers()) < 2:
    time.sleep(0.05)
answer = time.time()
"""


def engine(gimp: Gimp, photo: np.ndarray) -> float:
    """Seconds that the daemon's engine itself tells, after a client's request."""
    seconds = gimp.daemon.paint(photo, STYLE).report.seconds
    return sum(seconds[stage] for stage in seconds if stage not in ("queued", "loading"))


def procedure(gimp: Gimp) -> float:
    """Seconds of the procedure as a script calls it, the start of the plug-in included."""
    return float(gimp.console(CALL, timeout=CASE_SECONDS, style=STYLE))


def window(desk: Desk) -> float:
    """Seconds from OK to the layer."""
    desk.open(desk.gimp.scratch / "photo.png")
    desk.run_filter()
    desk.accessible(name="Takes .*", window="^Style Swap", timeout=90)
    eventually("the end of the previews", lambda: desk.gimp.daemon.info().queue_length == 0)

    start = time.time()
    desk.keys("alt+o")
    seconds = desk.script(SEEN, timeout=CASE_SECONDS) - start
    desk.wait_gone("^Style Swap")
    desk.reset()
    return seconds


@contextmanager
def _stage() -> Iterator[tuple[Gimp, Desk]]:
    with tempfile.TemporaryDirectory() as folder:
        gimp = Gimp(SERIES, roots.root_of(roots.SUITES[SERIES]), Path(folder))
        with closing(gimp), closing(Desk(gimp)) as desk:
            yield gimp, desk


def run() -> tuple[str, dict[str, object]]:
    """All of them by turns; the fastest of each counts, and the ratios of those."""
    if not roots.is_built(roots.SUITES[SERIES]):
        return "GIMP: not run: make test-editors builds the root that it runs in\n", {}
    photo = np.asarray(Image.fromarray(data.astronaut()).resize((SIDE, SIDE)))
    with _stage() as (gimp, desk):
        Image.fromarray(photo).save(gimp.scratch / "photo.png")
        cases: dict[str, Callable[[], float]] = {
            "engine alone": lambda: engine(gimp, photo),
            "procedure in a script": lambda: procedure(gimp),
            "OK to layer in the window": lambda: window(desk),
        }
        for case in cases.values():  # warm: model, style, profile
            case()
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(REPEATS):
            for name, case in cases.items():
                seconds[name].append(case())
        version = gimp.version
    fastest = {name: min(all_of_them) for name, all_of_them in seconds.items()}
    own = fastest["engine alone"]
    rows = [(name, {"seconds": value, "ratio": value / own}) for name, value in fastest.items()]
    ratio = fastest["OK to layer in the window"] / own
    verdict = "kept" if ratio <= LIMIT else "NOT KEPT"
    note = f"OK to layer: {ratio:.3f} times the engine's own seconds; limit {LIMIT}: {verdict}"
    figures = {"version": version, "all": seconds, **dict(rows)}
    return table(f"GIMP {version}, {SIDE} px, {STYLE}", rows, [note]), figures


if __name__ == "__main__":
    sys.stdout.write(run()[0] + "\n")
