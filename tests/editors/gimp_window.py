"""GIMP in its window, on a screen of its own, with a user's hands and eyes."""

from __future__ import annotations

import contextlib
import subprocess
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .gimp_program import SCRIPT_SECONDS, START_SECONDS, Gimp, batch
from .remote_python import RemotePython

T = TypeVar("T")

PLUGIN_PROCESS = "style-swap.py"
FILTER = "Style Swap"
"""What is typed into GIMP's search, and the title of the dialog."""
MESSAGE = "GIMP Message"
"""The title of what GIMP has to say."""
END_SECONDS = 5.0
"""How long the plug-in may take to end when its dialog is closed."""
WAIT_SECONDS = 30.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Accessible:
    """A widget that shows, as a screen reader finds it.

    Positions are in pixels of the screen; `chosen` are the names of the children that are selected,
    where children can be.
    """

    role: str
    name: str
    description: str
    states: Sequence[str]
    text: str | None
    chosen: Sequence[str]
    value: float | None
    x: int
    y: int
    width: int
    height: int
    process: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        return self.x + self.width // 2, self.y + self.height // 2


def eventually(what: str, ask: Callable[[], T], timeout: float = WAIT_SECONDS) -> T:
    """Return the first true answer.

    Raises:
        AssertionError: there was none in time; names `what`.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"within {timeout:g} seconds, not seen: {what}")
        time.sleep(POLL_SECONDS)


class Desk:
    """A screen with GIMP. `reset` makes it ready for the next test."""

    def __init__(self, gimp: Gimp) -> None:
        """Starts screen and GIMP; needs a good many seconds."""
        self.gimp = gimp
        name = uuid.uuid4().hex[:8]
        self.log_file = gimp.scratch / f"desk-{name}.log"
        harness = f"window-{name}"
        program = ["gimp", "--new-instance", "--no-splash", "--no-data", "--no-fonts"]
        self._process = gimp.sandbox.start(
            [
                *("dbus-run-session", "--", "python3", "/checkout/tests/editors/inside/screen.py"),
                *(f"/scratch/screen-{name}", *program, *batch(harness, keep=True)),
            ],
            self.log_file,
            gimp.variables,
        )
        self._screen = RemotePython(gimp.scratch, f"screen-{name}", self._screen_ended)
        self._window = RemotePython(gimp.scratch, harness, self._gimp_ended)
        try:
            self._screen.wait(START_SECONDS)
            self._window.wait(START_SECONDS)
        except BaseException:
            self.close()
            raise

    # -- what the harness inside of GIMP can do

    def script(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in this GIMP; as `Gimp.console`, but images stay open."""
        return self._window.run(script, variables, timeout)

    def open(self, path: Path) -> None:
        """Open an image file of the scratch folder in a window, and give that the keyboard."""
        self.script(OPEN, file=f"/scratch/{path.relative_to(self.gimp.scratch)}")
        self.activate(r"– GIMP$")
        # Of several images, the tab would have the keyboard. This button does not paint.
        self.click(self.accessible("frame", window=r"– GIMP$"), button=2)

    def layers(self) -> list[dict[str, Any]]:
        """Return the layers of the newest image, top first, as they stand: name, size, offsets,
        type, mode, opacity, visible; and `pixels`, R'G'B'A of 8 bits.
        """
        return self.script(LAYERS)

    @property
    def log(self) -> str:
        """What GIMP, its plug-ins and the screen printed."""
        return self.log_file.read_text(errors="replace")

    # -- hands

    def keys(self, *chords: str) -> None:
        """Press keys, such as "ctrl+z", in the active window."""
        self.hands("keys(*chords)", chords=chords)

    def type(self, text: str) -> None:
        """Type text into the active window."""
        self.hands("type_text(text)", text=text)

    def point(self, at: Accessible) -> None:
        """Move the mouse to the middle of something, and leave it there."""
        x, y = at.middle
        self.hands("point(x, y)", x=x, y=y)

    def click(self, at: Accessible | tuple[int, int], *, button: int = 1, times: int = 1) -> None:
        """Click in the middle of something, or at a position of the screen."""
        x, y = at.middle if isinstance(at, Accessible) else at
        self.hands("click(x, y, button, times)", x=x, y=y, button=button, times=times)

    def activate(self, title: str, timeout: float = WAIT_SECONDS) -> str:
        """Wait for a window, give it the keyboard, return its id."""
        window = self.wait_window(title, timeout)

        def active() -> bool:
            self.hands("activate(window)", window=window)
            # The program itself must have heard of it: keys that come before that are lost.
            return self.hands("answer = is_active(title)", title=title)

        eventually(f"{title!r} active", active, timeout)
        return window

    def run_filter(self, label: str = FILTER) -> None:
        """Run a filter by GIMP's search for actions, and wait for the window of that title."""
        self.activate(r"– GIMP$")
        self.keys("slash")
        self.activate("Search Actions")
        self.type(label)
        self.accessible(role="table cell", name=f"(?s).*{label}.*", window="Search Actions")
        self.keys("Return")
        self.activate(f"^{label}")

    def at_rest(self, role: str, name: str) -> Accessible:
        """Return a widget that stands still; a menu that opens may still be on its way."""
        seen = [self.accessible(role, name)]

        def stands() -> bool:
            seen.append(self.accessible(role, name))
            return (seen[-1].x, seen[-1].y) == (seen[-2].x, seen[-2].y)

        eventually(f"{name} at rest", stands)
        return seen[-1]

    def menu(self, *names: str) -> None:
        """Choose a menu item: the names of the menus, then that of the item, as `accessible`."""
        self.activate(r"– GIMP$")
        self.click(self.accessible("menu", names[0]))
        for name in names[1:-1]:
            self.point(self.accessible("menu", name))  # a click would close what the mouse opened
        self.click(self.at_rest("menu item", names[-1]))

    # -- eyes

    def wait_window(self, title: str, timeout: float = WAIT_SECONDS) -> str:
        """Return the id of a visible window whose title contains a regular expression."""

        def found() -> str | None:
            ids = self.hands("answer = windows(title)", title=title)
            return ids[-1] if ids else None

        try:
            return eventually(f"a window {title!r}", found, timeout)
        except AssertionError as error:
            seen = f"{error}; there are {self.titles()}\n{self.log[-2000:]}"
            raise AssertionError(seen) from None

    def wait_gone(self, title: str, timeout: float = WAIT_SECONDS) -> None:
        """Wait until no visible window has such a title."""
        eventually(
            f"{title!r} closed",
            lambda: not self.hands("answer = windows(title)", title=title),
            timeout,
        )

    def titles(self) -> list[str]:
        """Return the titles of all windows."""
        return self.hands("answer = titles()")

    def accessibles(
        self, role: str | None = None, name: str | None = None, window: str = ""
    ) -> list[Accessible]:
        """Return all that shows and fits: a role, a regular expression for the whole name, one
        for a part of the window's title.
        """
        found = self.hands(
            "answer = accessibles(role, name, window)", role=role, name=name, window=window
        )
        return [Accessible(**facts) for facts in found]

    def accessible(
        self,
        role: str | None = None,
        name: str | None = None,
        window: str = "",
        timeout: float = WAIT_SECONDS,
    ) -> Accessible:
        """Wait for the first of them."""
        try:
            return eventually(
                f"a {role or 'widget'} {name!r} in a window {window!r}",
                lambda: self.accessibles(role, name, window),
                timeout,
            )[0]
        except AssertionError as error:
            shown = "\n".join(f"{a.role}: {a.name!r}" for a in self.accessibles(window=window))
            raise AssertionError(f"{error}; there are\n{shown[:6000]}") from None

    def screenshot(self, name: str, window: str | None = None) -> Path:
        """Write a picture of the screen, or of one window without its frame, to the scratch folder.

        Args:
            name: of the file; its ending chooses the format.
            window: a regular expression for a part of the window's title.
        """
        shown = "root" if window is None else self.wait_window(window)
        self.hands("screenshot(path, shown)", path=f"/scratch/{name}", shown=shown)
        return self.gimp.scratch / name

    # -- life

    @property
    def plugin_processes(self) -> list[int]:
        """Processes of the plug-in."""
        return self.hands("answer = processes(pattern)", pattern=PLUGIN_PROCESS)

    @property
    def running(self) -> bool:
        """Whether screen and GIMP are there."""
        return self._process.poll() is None and self.hands("answer = program.poll()") is None

    def reset(self) -> None:
        """Close all dialogs of the plug-in and all images."""
        try:
            eventually("the plug-in's end", lambda: not self.plugin_processes, END_SECONDS)
        except AssertionError:  # a test has failed in its dialog
            self.hands("kill(pattern)", pattern=PLUGIN_PROCESS)
            with contextlib.suppress(AssertionError):
                self.wait_window(MESSAGE, END_SECONDS)  # that it has crashed
        self.hands("close_windows(title)", title=MESSAGE)
        self.keys("Escape")
        self.script(CLOSE_ALL)

    def close(self) -> None:
        """End all of it."""
        with contextlib.suppress(AssertionError):
            self._screen.run("raise SystemExit", {}, 5)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()

    def hands(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python outside of GIMP, beside the screen; see `inside/screen.py`."""
        return self._screen.run(script, variables, timeout)

    def _screen_ended(self) -> str | None:
        return None if self._process.poll() is None else f"the screen has ended:\n{self.log}"

    def _gimp_ended(self) -> str | None:
        return None if self.running else f"GIMP has ended:\n{self.log}"


OPEN = """
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(file))
kept.append(Gimp.Display.new(image))
image.clean_all()
"""

LAYERS = """
def all_of(layers):
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from all_of(layer.get_children())

answer = []
for layer in all_of(max(Gimp.get_images(), key=lambda image: image.get_id()).get_layers()):
    box = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    pixels = layer.get_buffer().get(box, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    answer.append({
        "name": layer.get_name(), "width": layer.get_width(), "height": layer.get_height(),
        "offsets": layer.get_offsets()[1:], "type": layer.type().value_nick,
        "mode": layer.get_mode().value_nick, "opacity": layer.get_opacity(),
        "visible": layer.get_visible(), "pixels": bytes(pixels),
    })
"""

CLOSE_ALL = """
for display in kept:
    if display.is_valid():
        display.delete()
kept.clear()
for image in Gimp.get_images():
    image.delete()
"""
