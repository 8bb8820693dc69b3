"""Qt as this Krita has it, by PyQt5 or PyQt6: the only module that imports either.

Enums are written with full names, `Qt.ItemDataRole.DisplayRole`, which both take. What differs has
a name here.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

BINDINGS = ("PyQt5", "PyQt6")


def _binding() -> str:
    """Returns the binding to use: the running program's, else the first that is installed.

    Another plug-in may have loaded the wrong one as well; that finds no application.
    """
    loaded = [name for name in BINDINGS if sys.modules.get(f"{name}.QtCore") is not None]
    for name in loaded:
        if sys.modules[f"{name}.QtCore"].QCoreApplication.instance() is not None:
            return name
    return next((name for name in (*loaded, *BINDINGS) if _installed(name)), BINDINGS[0])


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # kept out of this program
        return False


BINDING = _binding()

if BINDING == "PyQt6":
    from PyQt6 import QtCore, QtGui, QtWidgets

    QAction, QShortcut = QtGui.QAction, QtGui.QShortcut
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

    QAction, QShortcut = QtWidgets.QAction, QtWidgets.QShortcut

Qt = QtCore.Qt
Signal = QtCore.pyqtSignal

__all__ = [
    "BINDING",
    "QAction",
    "QShortcut",
    "Qt",
    "QtCore",
    "QtGui",
    "QtWidgets",
    "Signal",
    "number_of",
    "place_of",
]


def number_of(flags: Any) -> int:
    """Returns flags as the number that some functions want."""
    return int(getattr(flags, "value", flags))


def place_of(event: Any) -> Any:
    """Returns where a mouse or drag event is, as a QPoint in its widget."""
    return event.position().toPoint() if hasattr(event, "position") else event.pos()
