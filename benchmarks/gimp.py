"""The filter in the real GIMP: what GIMP, plug-in and wire add to the engine's time."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from skimage import data
from tests.editors import roots
from tests.editors.gimp_program import Gimp
from tests.editors.gimp_window import Desk, eventually

from benchmarks.measure import table
from styleswap.service.logs import log_file

SERIES = "3.0"
SIDE = 1024
STYLE = "builtin/woodcut"
REPEATS = 3
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


@dataclass(frozen=True)
class Painting:
    """Seconds of one painting."""

    whole: float
    """From the user's wish to the layer."""
    engine: float
    """The engine's own, of these."""

    @property
    def ratio(self) -> float:
        """What GIMP, plug-in and wire add."""
        return self.whole / self.engine


def engine(gimp: Gimp) -> float:
    """Seconds of the engine for the last whole picture, as the daemon's log has them."""
    told = re.findall(rf"painted {SIDE} x {SIDE} px, ([\d.]+) s", log_file(gimp.home).read_text())
    return float(told[-1])


def procedure(gimp: Gimp) -> Painting:
    """The procedure as a script calls it, the start of the plug-in included."""
    seconds = float(gimp.console(CALL, timeout=CASE_SECONDS, style=STYLE))
    return Painting(seconds, engine(gimp))


def window(desk: Desk) -> Painting:
    """From OK to the layer."""
    desk.open(desk.gimp.scratch / "photo.png")
    desk.run_filter()
    desk.accessible(name="Takes .*", window="^Style Swap", timeout=90)
    eventually("the end of the previews", lambda: desk.gimp.daemon.info().queue_length == 0)

    start = time.time()
    desk.keys("alt+o")
    seconds = desk.script(SEEN, timeout=CASE_SECONDS) - start
    desk.wait_gone("^Style Swap")
    desk.reset()
    return Painting(seconds, engine(desk.gimp))


@contextmanager
def _stage() -> Iterator[tuple[Gimp, Desk]]:
    with tempfile.TemporaryDirectory() as folder:
        gimp = Gimp(SERIES, roots.root_of(roots.SUITES[SERIES]), Path(folder))
        with closing(gimp), closing(Desk(gimp)) as desk:
            yield gimp, desk


def run() -> tuple[str, dict[str, object]]:
    """Both by turns. A painting is compared with the engine's part of that very painting."""
    if not roots.is_built(roots.SUITES[SERIES]):
        return "GIMP: not run: make test-editors builds the root that it runs in\n", {}
    photo = Image.fromarray(data.astronaut()).resize((SIDE, SIDE))
    with _stage() as (gimp, desk):
        photo.save(gimp.scratch / "photo.png")
        cases: dict[str, Callable[[], Painting]] = {
            "procedure in a script": lambda: procedure(gimp),
            "OK to layer in the window": lambda: window(desk),
        }
        for case in cases.values():  # warm: model, style, profile
            case()
        paintings: dict[str, list[Painting]] = {name: [] for name in cases}
        for _ in range(REPEATS):
            for name, case in cases.items():
                paintings[name].append(case())
        version = gimp.version
    rows = []
    for name, all_of_them in paintings.items():
        middle = sorted(all_of_them, key=lambda each: each.ratio)[len(all_of_them) // 2]
        figures = {"seconds": middle.whole, "engine's": middle.engine, "ratio": middle.ratio}
        rows.append((name, figures))
    ratio = rows[-1][1]["ratio"]
    verdict = "kept" if ratio <= LIMIT else "NOT KEPT"
    note = f"OK to layer: {ratio:.3f} times the engine's own seconds; limit {LIMIT}: {verdict}"
    ratios = {name: [each.ratio for each in them] for name, them in paintings.items()}
    title = f"GIMP {version}, {SIDE} px, {STYLE}, median of {REPEATS}"
    return table(title, rows, [note]), {"version": version, "ratios": ratios, **dict(rows)}


if __name__ == "__main__":
    sys.stdout.write(run()[0] + "\n")
