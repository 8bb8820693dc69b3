"""The filter's dialog without an editor: a program whose main loop does what a test sends.

`python3 dialog_host.py SOCKET`. Scripts (see `listening`) call `in_main`; their code finds the
names of this file.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
import dialog as dialogs  # noqa: E402
import listening  # noqa: E402
from dialog.pixbufs import pixbuf_of  # noqa: E402, F401 - for scripts
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # noqa: E402, F401 - for scripts
from styleswap_vendor.styleswap.client import Picture, connect  # noqa: E402
from styleswap_vendor.styleswap.editing import words  # noqa: E402, F401 - for scripts

MAIN_SECONDS = 60.0
TICK_MILLISECONDS = 5

dialog: dialogs.StyleDialog
answers: list[Any] = []
"""What the dialogs returned, or raised."""
calls: list[str] = []
"""What was asked of the subject."""


class Watch:
    """Measures how long the main loop did not turn."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.monotonic()
        GLib.timeout_add(TICK_MILLISECONDS, self._tick, priority=GLib.PRIORITY_HIGH)

    def begin(self) -> None:
        """Forget what was."""
        self.longest = 0.0

    def _tick(self) -> bool:
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last - TICK_MILLISECONDS / 1000)
        self._last = now
        return True


def picture(name: str) -> Picture:
    """Return a picture that the test left in the scratch folder."""
    calls.append(name)
    meta, _, data = Path("/scratch", name).read_bytes().partition(b"\n")
    width, height, layout, depth, linear = meta.decode().split()
    return Picture(int(width), int(height), layout, depth, linear == "1", data)


def open_dialog(values: Mapping[str, Any], subject: str = "small", home: str | None = None) -> None:
    """Show the dialog for one of the test's subjects."""
    global dialog  # noqa: PLW0603 - scripts know it by this name
    calls.clear()
    whole = f"{subject}.whole"
    width, height = Path("/scratch", whole).read_bytes().split(maxsplit=2)[:2]

    def opened(key: int, label: str, image: str) -> dialogs.OpenPicture:
        return dialogs.OpenPicture(
            key, label, image, lambda: picture("layer"), lambda: picture("layer")
        )

    dialog = dialogs.StyleDialog(
        dialogs.Subject(
            "Picture",
            (int(width), int(height)),
            lambda longest: picture(f"{subject}.{longest}"),
            lambda: picture(whole),
            [opened(7, "Sky", ""), opened(8, "Wall", "street.xcf")],
        ),
        values,
        lambda say: connect(home=home, message=say),
    )

    def run() -> bool:
        try:
            answers.append(dialog.run())
        except BaseException:  # noqa: BLE001 - the test gets it
            answers.append(traceback.format_exc())
        return False

    GLib.idle_add(run)


def widgets(root: Gtk.Widget) -> list[Gtk.Widget]:
    """Return a widget and all within it that show."""
    found = [root] if root.get_mapped() else []
    if isinstance(root, Gtk.Container):
        children: list[Gtk.Widget] = []
        root.forall(children.append)
        for child in children:
            found += widgets(child)
    return found


def in_main(code: str, given: Mapping[str, object]) -> Any:
    """Run code in the main loop; return what it leaves in `answer`."""
    outcome: queue.SimpleQueue[tuple[Any, str]] = queue.SimpleQueue()

    def run() -> bool:
        # Its own names come first; `global` ones are those of this file.
        names = {**globals(), **given, "answer": None}
        try:
            exec(compile(code, "<script>", "exec"), names)
        except BaseException:  # noqa: BLE001 - the test gets it
            outcome.put((None, traceback.format_exc()))
        else:
            outcome.put((names["answer"], ""))
        return False

    GLib.idle_add(run, priority=GLib.PRIORITY_DEFAULT)
    answer, error = outcome.get(timeout=MAIN_SECONDS)
    if error:
        raise AssertionError(error)
    return answer


def listen(path: str) -> None:
    """Answer the test until it is done."""
    listening.serve(path, {"in_main": in_main}, lambda: None)
    GLib.idle_add(Gtk.main_quit)


if __name__ == "__main__":
    watch = Watch()
    threading.Thread(target=listen, args=[sys.argv[1]], daemon=True).start()
    Gtk.main()
