"""Krita in its window, on a screen of its own, with a user's hands and eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .krita_program import Krita, KritaScreen
from .screen_session import WAIT_SECONDS, Place, eventually

OTHER_DOCKERS = ("ToolBox", "KisLayerBox")
ACTIVE = "answer = QtWidgets.QApplication.activeWindow() is app.activeWindow().qwindow()"


@dataclass(frozen=True)
class Widget:
    """A widget of Krita, as it stood when it was asked for; its place is that on the screen."""

    kind: str
    object_name: str
    name: str
    description: str
    text: str
    tool_tip: str
    visible: bool
    enabled: bool
    focused: bool
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        return self.x + self.width // 2, self.y + self.height // 2


class Studio(KritaScreen):
    """A screen with Krita and the plug-in. `reset` makes it ready for the next test.

    Scripts run in Krita's main thread and find `app` (Krita's instance), `Krita`, `QtCore`,
    `QtGui`, `QtWidgets`, `kept` (what is to last is an attribute of it), the variables, and the
    functions of `inside/krita_scripts.py` and `inside/qt_scripts.py`.
    """

    def __init__(self, krita: Krita) -> None:
        """Starts screen and Krita; needs some seconds."""
        self.krita = krita
        super().__init__(krita.sandbox, krita.variables)
        try:
            self.script("app.activeWindow().qwindow().showMaximized()")
            self.script(MAKE_ROOM, others=OTHER_DOCKERS)
            self.show_docker()
        except BaseException:
            self.close()  # another Krita of the same user waits for ever for this one's database
            raise

    # -- documents

    def open(self, path: Path) -> None:
        """Open a file of the scratch folder in a view, and give Krita the keyboard."""
        self.script(OPEN + ENLARGE, file=f"/scratch/{path.relative_to(self.scratch)}")
        self.activate_main()

    def create(self, width: int, height: int, **of: str) -> None:
        """Open an empty document without layers; see `create` in `inside/krita_scripts.py`."""
        script = "create(width, height, **of)\n" + ENLARGE
        self.script(script, width=width, height=height, of=of)
        self.activate_main()

    def add_layer(
        self, name: str, box: Sequence[int], data: bytes = b"", **of: object
    ) -> dict[str, Any]:
        """Add a paint layer above all others of the active document; returns its facts.

        Args:
            name: of the layer.
            box: x, y, width and height of its pixels.
            data: the pixels as Krita stores them.
            of: what is set by the methods of a node, such as setVisible=False.
        """
        script = "answer = node_facts(add_layer(app.activeDocument(), name, *box, data, **of))"
        return self.script(script, name=name, box=box, data=data, of=of)

    def layers(self) -> list[dict[str, Any]]:
        """Return the nodes of the active document, top first, a group before its children: name,
        type, visible, locked, opacity, mode, bounds, model, depth, profile, id.
        """
        return self.script("answer = [node_facts(node) for node in nodes()]")

    def pixels(
        self, layer: int | str = 0, box: Sequence[int] | None = None, *, projected: bool = False
    ) -> bytes:
        """Return pixels as Krita stores them.

        Args:
            layer: its place among `layers`, or its name.
            box: x, y, width and height; None is the layer's bounds.
            projected: as the layer looks, with masks and children.
        """
        return self.script(PIXELS, layer=layer, box=box, projected=projected)

    def undo(self) -> None:
        """Press Ctrl+Z as if the user were painting, and wait until Krita has done it."""
        self.activate_main()
        self.keys("ctrl+z")
        self.script("QtWidgets.QApplication.processEvents(); settle()")

    # -- hands

    def activate_main(self) -> None:
        """Give Krita's main window the keyboard, and its picture the focus."""
        window = self.script("answer = str(int(app.activeWindow().qwindow().winId()))")

        def active() -> bool:
            self.hands("activate(window)", window=window)
            return self.script(ACTIVE)

        eventually("Krita active", active)
        self.script("app.activeWindow().qwindow().centralWidget().setFocus()")

    def activate(self, title: str, timeout: float = WAIT_SECONDS) -> str:
        """Wait for a window with such a title, such as a dialog, and give it the keyboard."""
        window = self.wait_window(title, timeout)
        self.hands("activate(window)", window=window)
        return window

    def click(self, at: Place | tuple[int, int] | str, *, button: int = 1, times: int = 1) -> None:
        """Click in the middle of something, or at a position of the screen.

        A text is the name of a widget, see `widget`; it is scrolled into view first.
        """
        super().click(self.widget(at) if isinstance(at, str) else at, button=button, times=times)

    def drag(self, start: Place | str, end: Place | str) -> None:
        """Drag from the middle of something to the middle of something else."""
        first, last = (self.widget(at) if isinstance(at, str) else at for at in (start, end))
        self.hands("drag(start, end)", start=first.middle, end=last.middle)

    def drop_files(self, paths: Sequence[Path], at: Place | str) -> bool:
        """Drag files of the scratch folder out of another program, and drop them on something.

        Returns:
            Whether they were taken. The drop is one of the X server, as from a file manager.
        """
        end = (self.widget(at) if isinstance(at, str) else at).middle
        inside = [f"/scratch/{path.relative_to(self.scratch)}" for path in paths]
        return self.hands("answer = drop_files(paths, end)", paths=inside, end=end) == "CopyAction"

    # -- eyes

    def widget(self, name: str, timeout: float = WAIT_SECONDS) -> Widget:
        """Wait for a widget that shows, and scroll it into view.

        Args:
            name: its object name, else its accessible name or its text without mnemonics.
            timeout: in seconds.
        """
        found = eventually(f"a widget {name!r}", lambda: self.script(WIDGET, name=name), timeout)
        return Widget(kind=found.pop("class"), **found)

    # -- life

    def show_docker(self) -> None:
        """Show the plug-in's docker in its place; Krita hides it at first."""
        self.script("docker().setFloating(False); docker().show(); docker().raise_()")

    def reset(self) -> None:
        """Close all documents and dialogs."""
        self.script("close_all()")
        eventually("no documents", lambda: self.script("answer = not app.documents()"))
        self.show_docker()

    def kill(self) -> None:
        """Kill Krita, as if it had crashed."""
        self.hands("program.kill(); program.wait()")


# Without a document, Krita hides all dockers, and shows with the next one what it hid: to tell it
# what to show, there must be one.
MAKE_ROOM = """
create(8, 8)
for each in app.dockers():
    each.setVisible(each == docker() or each.objectName() in others)
close_all()
"""

# Whatever tests before have left of it; only what shows can be resized.
ENLARGE = """
window = app.activeWindow().qwindow()
window.resizeDocks([docker()], [window.height()], QtCore.Qt.Orientation.Vertical)
"""

OPEN = """
doc = app.openDocument(file)
if doc is None:
    raise AssertionError(f"Krita does not open {file}")
app.activeWindow().addView(doc)
app.setActiveDocument(doc)
doc.waitForDone()
"""

PIXELS = """
known = nodes()
node = known[layer] if isinstance(layer, int) else next(n for n in known if n.name() == layer)
answer = pixels(node, box, projected=projected)
"""

WIDGET = """
found = find_all(name)
if found:
    scroll_to(found[0])
    answer = facts(found[0])
"""
