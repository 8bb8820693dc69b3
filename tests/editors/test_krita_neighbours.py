"""The plug-in beside others in one interpreter, and Krita's window beside the plug-in."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from .krita_painting import (
    PAINT_SECONDS,
    SPACES,
    assert_same,
    client_paints,
    inside,
    jobs,
    set_values,
    stylise,
    wait_painted,
)
from .krita_program import Krita
from .krita_window import Studio
from .screen_session import eventually

pytestmark = pytest.mark.editors
SPACE = SPACES["U8"]
OTHER = "aaa_other"
PROTOBUF = "4.25.8"
"""A version that has nothing in common with the client's."""
STALL_SHARE = 0.25
"""The longest stall, as a share of all the work that the plug-in does on the main thread."""
TRIES = 3

OTHER_PLUGIN = """
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "packages"))
import google.protobuf

first = "styleswap_vendor" not in sys.modules
"""
OTHER_DESKTOP = f"""\
[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library={OTHER}
X-Python-2-Compatible=false
Name=Another plug-in
"""


@pytest.fixture
def crowded(krita: Krita, tmp_path: Path):
    """A Krita whose other plug-in has loaded another protobuf first."""
    scratch = tmp_path / "crowded"
    scratch.mkdir()
    other = Krita(krita.series, krita.sandbox.root, scratch)
    folder = other.data / "pykrita" / OTHER
    folder.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    only = ["--only-binary=:all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
    packages = str(folder / "packages")
    subprocess.run([*install, packages, *only, f"protobuf=={PROTOBUF}"], check=True)
    (folder / "__init__.py").write_text(OTHER_PLUGIN)
    (folder.parent / f"{OTHER}.desktop").write_text(OTHER_DESKTOP)
    text = other.kritarc.read_text()
    other.kritarc.write_text(text.replace("[python]\n", f"[python]\nenable_{OTHER}=true\n"))
    studio = Studio(other)
    yield studio
    studio.close()
    other.close()


def test_another_protobuf_loaded_first_is_left_alone(crowded):
    studio = crowded
    told = studio.script(
        f"import google.protobuf, {OTHER}\nanswer = [google.protobuf.__version__, {OTHER}.first]"
    )
    assert told == [PROTOBUF, True]
    pixels = SPACE.pixels(90, 70)
    studio.create(90, 70)
    studio.add_layer("Photo", [0, 0, 90, 70], SPACE.to_krita(pixels))
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, [0, 0, 90, 70]), 90, 70)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels))
    versions = studio.script(
        """
import google.protobuf
import styleswap_vendor.google.protobuf as ours
answer = [google.protobuf.__version__, ours.__version__]
"""
    )
    assert versions[0] == PROTOBUF
    assert versions[1] != PROTOBUF


def test_the_window_is_never_blocked_for_long_by_a_large_picture(studio):
    side = 4096
    rng = np.random.default_rng(5)
    small = rng.integers(0, 256, (64, 64, 4), np.uint8)
    small[..., 3] = 255
    pixels = np.tile(small, (side // 64, side // 64, 1))
    studio.create(side, side)
    studio.add_layer("Photo", [0, 0, side, side], pixels.tobytes())
    set_values(studio, strength=0.0)  # all but the engine's part, which is not in this process
    # Until the layer is added, nothing but the plug-in works here, and every gap between two turns
    # of the event loop counts. From then on Krita draws the picture anew, which takes its time:
    # there, what counts is how long the plug-in's own calls take.
    studio.script(
        """
import time
import krita
from style_swap import jobs, pump
kept.own, kept.before, kept.adding = [], None, 0.0  # a preview that is being read goes on
plain_add = vars(krita.Node)["addChildNode"]  # not bound to the class
plain_turn, plain_post = pump.Pump._turn, jobs.post
def add(*arguments):
    begun = time.monotonic()
    kept.before = stalls.stop()
    added = plain_add.__get__(arguments[0])(*arguments[1:])
    kept.adding = time.monotonic() - begun
    return added
def timed(plain):
    def call(*arguments):
        begun, kept.adding = time.monotonic(), 0.0
        plain(*arguments)
        kept.own.append(time.monotonic() - begun - kept.adding)
    return call
def undo():
    krita.Node.addChildNode = plain_add
    pump.Pump._turn, jobs.post = plain_turn, plain_post
kept.undo = undo
krita.Node.addChildNode = add
pump.Pump._turn = timed(plain_turn)
jobs.post = lambda call: plain_post(timed(call))
"""
    )
    shares = []
    try:
        for _try in range(TRIES):
            studio.script("kept.own, kept.before = [], None; stalls.start()")
            inside(studio, "session.stylise(panel.values())")
            eventually("the painting", lambda: not jobs(studio), PAINT_SECONDS)
            before, own = studio.script("answer = [kept.before, kept.own]")
            assert before is not None, "no layer was added"
            assert len(own) > 10
            shares.append(max(before, *own) / sum(own))
            studio.undo()
            time.sleep(1)  # Krita draws
    finally:
        studio.script("kept.undo()")
    # A busy machine may hold anybody up; the plug-in would do it every time.
    assert min(shares) < STALL_SHARE, shares
