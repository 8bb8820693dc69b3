"""Scripts (see `listening`) in the main thread of a Qt program, whose event loop goes on turning.

The binding is the one that the program has loaded already, PyQt5 or PyQt6.
"""

from __future__ import annotations

import importlib
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import listening

MODULES = ("QtCore", "QtGui", "QtWidgets")
BINDING = next(name for name in ("PyQt5", "PyQt6") if f"{name}.QtCore" in sys.modules)
QtCore, QtGui, QtWidgets = (importlib.import_module(f"{BINDING}.{name}") for name in MODULES)
TICK_MILLISECONDS = 5


class Stalls:
    """Measures for how long the event loop did not turn; for the main thread."""

    def __init__(self) -> None:
        self._longest = self._last = 0.0
        self._timer = QtCore.QTimer()
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin anew."""
        self._longest, self._last = 0.0, time.monotonic()
        self._timer.start()

    def stop(self) -> float:
        """Return the seconds of the longest one since `start`, up to now; end."""
        self._tick()
        self._timer.stop()
        return self._longest

    def _tick(self) -> None:
        now = time.monotonic()
        self._longest = max(self._longest, now - self._last - TICK_MILLISECONDS / 1000)
        self._last = now


class Uncaught:
    """What raised where nobody catches it, such as in a slot: the script at hand fails with it.

    Krita would show a dialog, and wait for somebody to close it.
    """

    def __init__(self) -> None:
        self._traces: list[str] = []
        sys.excepthook = self._note

    def surface(self) -> None:
        """Raise all of it, once."""
        traces, self._traces = self._traces, []
        if traces:
            raise RuntimeError("\n".join(["nobody caught", *traces]))

    def _note(self, *raised: Any) -> None:
        self._traces.append("".join(traceback.format_exception(*raised)))


class MainThread(QtCore.QObject):
    """Does jobs of another thread in the main thread, between two events; make it there."""

    _asked = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._jobs: queue.SimpleQueue[listening.Job] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[bool, bytes]] = queue.SimpleQueue()
        self._asked.connect(self._do, QtCore.Qt.ConnectionType.QueuedConnection)

    def run(self, job: listening.Job) -> tuple[bool, bytes]:
        """Have a job done and wait for its end."""
        self._jobs.put(job)
        self._asked.emit()
        return self._done.get()

    def _do(self) -> None:
        self._done.put(self._jobs.get()())


def descendants(root: Any = None) -> Iterator[Any]:
    """Return a widget and all within it; None: of all windows."""
    tops = [root] if root is not None else QtWidgets.QApplication.topLevelWidgets()
    for top in tops:
        yield top
        yield from top.findChildren(QtWidgets.QWidget)


def find_all(name: str, root: Any = None, *, hidden: bool = False) -> list[Any]:
    """Return the widgets with that object name, else those with that accessible name or text.

    Args:
        name: the whole of it; in texts, mnemonics do not count.
        root: a widget, itself included; None: all windows.
        hidden: take those that do not show too.
    """
    widgets = [widget for widget in descendants(root) if hidden or widget.isVisible()]
    return [widget for widget in widgets if widget.objectName() == name] or [
        widget for widget in widgets if name in (widget.accessibleName(), text_of(widget))
    ]


def find(name: str, root: Any = None, *, hidden: bool = False) -> Any:
    """Return the first of them.

    Raises:
        LookupError: there is none; lists what there is.
    """
    found = find_all(name, root, hidden=hidden)
    if not found:
        names = {w.objectName() or w.accessibleName() or text_of(w) for w in descendants(root)}
        raise LookupError(f"no widget {name!r} among {sorted(filter(None, names))}")
    return found[0]


def text_of(widget: Any) -> str:
    """Return what stands on a button or a label, without mnemonics; "" where there is nothing."""
    text = widget.text() if isinstance(getattr(widget, "text", None), Callable) else ""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def facts(widget: Any) -> dict[str, Any]:
    """Return what a test wants to know of a widget; its place is that on the screen."""
    place = widget.mapToGlobal(QtCore.QPoint(0, 0))
    return {
        "class": type(widget).__name__,
        "object_name": widget.objectName(),
        "name": widget.accessibleName(),
        "description": widget.accessibleDescription(),
        "text": text_of(widget),
        "tool_tip": widget.toolTip(),
        "visible": widget.isVisible(),
        "enabled": widget.isEnabled(),
        "focused": widget.hasFocus(),
        "x": place.x(),
        "y": place.y(),
        "width": widget.width(),
        "height": widget.height(),
    }


def scroll_to(widget: Any) -> None:
    """Bring a widget into the visible part of every scroll area around it."""
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QtWidgets.QScrollArea):
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()


def later(do: Callable[[], object], seconds: float = 0.0) -> None:
    """Do something from the event loop; a script cannot open a modal dialog and answer."""
    QtCore.QTimer.singleShot(round(seconds * 1000), do)


def modules() -> dict[str, ModuleType]:
    """Return the modules of the binding by their names."""
    return {"QtCore": QtCore, "QtGui": QtGui, "QtWidgets": QtWidgets}


def listen(path: str, names: Mapping[str, object], end: Callable[[], object]) -> None:
    """Run scripts from the socket at `path` in the main thread, which this does not hold up.

    Args:
        path: where the socket is made.
        names: what scripts find besides the functions of this file, `kept`, a namespace that lasts,
            and `stalls`.
        end: called in the main thread when a script has raised SystemExit.
    """
    _lasting.update(thread=MainThread(), stalls=Stalls())
    uncaught = Uncaught()
    own = {each.__name__: each for each in (descendants, find_all, find, text_of, facts, later)}
    known = {**modules(), **own, "scroll_to": scroll_to, "kept": Kept(), "binding": BINDING}
    known |= {"stalls": _lasting["stalls"], **names}

    def serve() -> None:
        within = _lasting["thread"].run
        listening.serve(path, known, uncaught.surface, within)
        within(lambda: (bool(end()), b""))

    threading.Thread(target=serve, name="scripts of the tests", daemon=True).start()


class Kept:
    """What scripts leave for later scripts, as attributes: Qt deletes what Python forgets."""


_lasting: dict[str, Any] = {}
