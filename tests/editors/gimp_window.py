"""GIMP in its window, on a screen of its own, with a user's hands and eyes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from .gimp_program import Gimp, batch
from .screen_session import WAIT_SECONDS, ScreenSession, eventually

PLUGIN_PROCESS = "style-swap.py"
FILTER = "Style Swap"
"""What is typed into GIMP's search, and the title of the dialog."""
MESSAGE = "GIMP Message"
"""The title of what GIMP has to say."""
END_SECONDS = 5.0
"""How long the plug-in may take to end when its dialog is closed."""

PROGRAM = ("gimp", "--new-instance", "--no-splash", "--no-data", "--no-fonts")


class Desk(ScreenSession):
    """A screen with GIMP. `reset` makes it ready for the next test.

    Scripts are as those of `Gimp.console`, but images stay open.
    """

    def __init__(self, gimp: Gimp) -> None:
        """Starts screen and GIMP; needs a good many seconds."""
        self.gimp = gimp
        super().__init__(
            gimp.sandbox, lambda harness: [*PROGRAM, *batch(harness, keep=True)], gimp.variables
        )

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

    def menu(self, *names: str) -> None:
        """Choose a menu item: the names of the menus, then that of the item, as `accessible`."""
        self.activate(r"– GIMP$")
        self.click(self.accessible("menu", names[0]))
        for name in names[1:-1]:
            self.point(self.accessible("menu", name))  # a click would close what the mouse opened
        self.click(self.at_rest("menu item", names[-1]))

    # -- life

    @property
    def plugin_processes(self) -> list[int]:
        """Processes of the plug-in."""
        return self.hands("answer = processes(pattern)", pattern=PLUGIN_PROCESS)

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
