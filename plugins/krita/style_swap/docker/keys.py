"""Keys that do something wherever the focus is within a widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..qt import QtCore, QtGui, QtWidgets, number_of


class Keys(QtCore.QObject):
    """Takes keys before the shortcuts of the editor do, which may be the same ones."""

    def __init__(
        self, widget: QtWidgets.QWidget, calls: Mapping[str, Callable[[], object]]
    ) -> None:
        """Begins.

        Args:
            widget: where the focus has to be, it or anything within it.
            calls: what the keys do, by their names, such as "Ctrl+F".
        """
        super().__init__(widget)
        self._calls = {_code(QtGui.QKeySequence(keys)[0]): call for keys, call in calls.items()}
        widget.installEventFilter(self)

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Sees the keys that nothing within has used."""
        kinds = QtCore.QEvent.Type.ShortcutOverride, QtCore.QEvent.Type.KeyPress
        if event.type() in kinds:
            call = self._calls.get(int(event.key()) | number_of(event.modifiers()))
            if call is not None:
                event.accept()
                if event.type() == QtCore.QEvent.Type.KeyPress:
                    call()
                return True
        return bool(super().eventFilter(watched, event))


def _code(keys: Any) -> int:
    """Returns key and modifiers as one number, which Qt 5 has them as already."""
    return int(keys.toCombined()) if hasattr(keys, "toCombined") else int(keys)
