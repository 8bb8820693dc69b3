"""The last results: to put one back, or to use its settings once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from styleswap_vendor.styleswap.editing.words import _

from ..qt import QAction, Qt, QtCore, QtGui, QtWidgets
from .accessible import describe
from .elided import ElidedLabel
from .flow import Flow
from .tiles import Tile, TileView

SIDE = 56
"""Side of a thumbnail, in the screen's units."""
LINES = 3
"""Of a title and its time."""
ROWS = 2.3
"""Most rows of tiles that are seen at once."""


@dataclass(frozen=True)
class Kept:
    """One result."""

    number: int
    title: str
    """The style, or what else tells it from the others."""
    detail: str
    """Its settings and what else there is to say, the most telling first, in a line."""
    image: QtGui.QImage
    """A reduced copy."""
    time: str = ""
    """When it was made, which stands below the title."""


class HistoryView(QtWidgets.QWidget):
    """Thumbnails of the last results, and what can be done with one of them."""

    def __init__(
        self,
        put_back: Callable[[int], object],
        use: Callable[[int], object],
        copy: Callable[[int], object],
        forget: Callable[[int], object],
    ) -> None:
        """Shows no result.

        Args:
            put_back: called with the number of a result that is to become a layer once more.
            use: called with that of one whose settings are wanted.
            copy: called with that of one whose command is wanted.
            forget: called with that of one that is no longer wanted.
        """
        super().__init__()
        self._items: list[Kept] = []
        self._actions = [
            ("put_back", _("Put back"), _("Add this painting as a layer once more"), put_back),
            ("use", _("Use settings"), _("Choose its style and settings again"), use),
            ("copy", _("Copy command"), _("Copy the command that paints it"), copy),
            ("forget", _("Forget"), _("Remove it from this list"), forget),
        ]
        self.view = TileView(SIDE, LINES)
        describe(self.view, "history", _("Last results"), tooltip=False)
        self.view.selectionModel().selectionChanged.connect(lambda *_args: self._selected())
        self.view.doubleClicked.connect(lambda _index: self._do(put_back))
        self.view.installEventFilter(self)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._detail = ElidedLabel()
        self._detail.setObjectName("history_detail")
        self._buttons = []
        for name, text, description, call in self._actions:
            button = QtWidgets.QToolButton()
            button.setText(text)
            describe(button, f"history_{name}", text, description)
            button.clicked.connect(lambda _checked=False, call=call: self._do(call))
            self._buttons.append(button)
        self._nothing = QtWidgets.QLabel(_("Your last results appear here."))
        self._nothing.setWordWrap(True)
        self._nothing.setEnabled(False)
        self._row = Flow(self._buttons)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self._nothing, self.view, self._detail, self._row):
            column.addWidget(widget)
        self.show([])

    def show(self, items: Sequence[Kept] | None = None) -> None:
        """Shows these results, in this order. (Without arguments it is Qt's own `show`.)"""
        if items is None:
            super().show()
            return
        chosen = self.view.current_key()
        known = {kept.number: kept for kept in self._items}
        self._items = list(items)
        for kept in self._items:
            if known.get(kept.number) != kept:
                self.view.pictures.give(str(kept.number), kept.image)
        for number in known.keys() - {kept.number for kept in self._items}:
            self.view.pictures.forget(str(number))
        self.view.tiles.fill(
            [
                Tile(
                    str(kept.number),
                    kept.title,
                    "\n".join(filter(None, (kept.title, kept.time, kept.detail))),
                    below=kept.time,
                )
                for kept in self._items
            ]
        )
        self.view.mark(chosen)
        if self._items and not self.view.current_key():
            self.view.mark(str(self._items[0].number))
        for widget in (self.view, self._detail, self._row):
            widget.setVisible(bool(self._items))
        self._nothing.setVisible(not self._items)
        self._selected()
        self._fit()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Makes room for the rows that there are."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        columns = max(1, self.width() // self.view.gridSize().width())
        rows = min(ROWS, max(1, -(-len(self._items) // columns)))
        height = round(rows * self.view.row_height()) + 2 * self.view.frameWidth()
        if height != self.view.height():
            self.view.setFixedHeight(height)

    def _current(self) -> Kept | None:
        key = self.view.current_key()
        return next((kept for kept in self._items if str(kept.number) == key), None)

    def _selected(self) -> None:
        kept = self._current()
        self._detail.setText(kept.detail if kept is not None else "")
        for button in self._buttons:
            button.setEnabled(kept is not None)

    def _do(self, call: Callable[[int], object]) -> None:
        kept = self._current()
        if kept is not None:
            call(kept.number)

    def _open_menu(self, place: Any) -> None:
        if not self.view.indexAt(place).isValid():
            return
        menu = QtWidgets.QMenu(self)
        menu.setObjectName("history_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, text, description, call in self._actions:
            action = QAction(text, menu)
            action.setObjectName(f"history_menu_{name}")
            action.setToolTip(description)
            action.triggered.connect(lambda _checked=False, call=call: self._do(call))
            menu.addAction(action)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Enter puts back, Delete forgets, before a shortcut of the editor gets the key."""
        kinds = QtCore.QEvent.Type.ShortcutOverride, QtCore.QEvent.Type.KeyPress
        if event.type() in kinds and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            keys = Qt.Key
            place = {keys.Key_Return: 0, keys.Key_Enter: 0, keys.Key_Delete: 3}.get(event.key())
            if place is not None:
                event.accept()
                if event.type() == QtCore.QEvent.Type.KeyPress:
                    self._do(self._actions[place][3])
                return True
        return bool(super().eventFilter(watched, event))
