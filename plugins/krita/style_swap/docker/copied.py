"""A text in the clipboard, for as long as it is there."""

from __future__ import annotations

from collections.abc import Callable

from ..qt import QtCore, QtGui


class Copied(QtCore.QObject):
    """Puts texts into the clipboard, and notices when others have taken their place."""

    def __init__(self, parent: QtCore.QObject, gone: Callable[[], object]) -> None:
        """Args: gone: called when what was put is there no more."""
        super().__init__(parent)
        self._text = ""
        self._gone = gone
        QtGui.QGuiApplication.clipboard().dataChanged.connect(self._changed)

    def put(self, text: str) -> None:
        """Puts a text into the clipboard."""
        self._text = text
        QtGui.QGuiApplication.clipboard().setText(text)

    def _changed(self) -> None:
        clipboard = QtGui.QGuiApplication.clipboard()
        # What another program has there is not asked for: that may take long.
        if self._text and not (clipboard.ownsClipboard() and clipboard.text() == self._text):
            self._text = ""
            self._gone()
