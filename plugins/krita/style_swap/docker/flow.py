"""A row of small widgets that goes on in the next line where the panel is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..qt import QtCore, QtWidgets

SPACING = 4
JUSTIFIED = 0.6
"""Lines that are as full as this are widened to the edge."""


class Flow(QtWidgets.QWidget):
    """Widgets in their natural width beside each other, in as many lines as they need."""

    def __init__(self, widgets: Sequence[QtWidgets.QWidget]) -> None:
        """Args: widgets: in their order, also that of the Tab key."""
        super().__init__()
        self._widgets = list(widgets)
        for widget in self._widgets:
            widget.setParent(self)
        policy = QtWidgets.QSizePolicy(
            QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Preferred
        )
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Returns True: fewer columns are more lines."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Returns the height of the lines that a width makes."""
        lines = self._lines(width)
        return sum(map(_height, lines)) + SPACING * max(0, len(lines) - 1)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns the size of all in one line."""
        shown = self._shown()
        width = sum(_width(widget) for widget in shown) + SPACING * max(0, len(shown) - 1)
        return QtCore.QSize(width, _height(shown))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns the size of the widest one."""
        shown = self._shown()
        return QtCore.QSize(max(map(_width, shown), default=0), _height(shown))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Arranges the widgets anew."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: Any) -> bool:
        """Arranges the widgets anew where one has changed."""
        if event.type() == QtCore.QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return bool(super().event(event))

    def _shown(self) -> list[QtWidgets.QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def _lines(self, width: int) -> list[list[QtWidgets.QWidget]]:
        lines: list[list[QtWidgets.QWidget]] = []
        left = 0
        for widget in self._shown():
            left -= SPACING + _width(widget)
            if left < 0 or not lines:
                lines.append([])
                left = width - _width(widget)
            lines[-1].append(widget)
        return lines

    def _arrange(self) -> None:
        top = 0
        for line in self._lines(self.width()):
            natural = sum(map(_width, line)) + SPACING * (len(line) - 1)
            spare = self.width() - natural
            extra = spare if natural >= JUSTIFIED * self.width() else 0
            left, height = 0, _height(line)
            for place, widget in enumerate(line):
                more = max(0, extra) // (len(line) - place)
                extra -= more
                width = min(_width(widget) + more, self.width())
                widget.setGeometry(left, top, width, height)
                left += width + SPACING
            top += height + SPACING


def _width(widget: QtWidgets.QWidget) -> int:
    return int(widget.sizeHint().expandedTo(widget.minimumSize()).width())


def _height(line: Sequence[QtWidgets.QWidget]) -> int:
    return max((int(widget.sizeHint().height()) for widget in line), default=0)
