"""Texts that give way where there is little room: cut with an ellipsis, whole at the pointer."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtCore, QtGui, QtWidgets, number_of

LEAST = 24
"""Least width in pixels of what can be elided."""


class ElidedLabel(QtWidgets.QLabel):
    """One line of text; `text` is the whole of it."""

    def __init__(self, text: str = "", parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Fixed)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns a size that any text gives way to."""
        hint = super().minimumSizeHint()
        return QtCore.QSize(min(hint.width(), LEAST), hint.height())

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draws as much of the text as there is room for."""
        painter = QtGui.QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            number_of(self.alignment()),
            self.palette(),
            self.isEnabled(),
            elided(self, self.text(), self.contentsRect().width()),
            self.foregroundRole(),
        )

    def event(self, event: Any) -> bool:
        """Shows the whole text at the pointer where it is cut and nothing else is said."""
        if event.type() == QtCore.QEvent.Type.ToolTip and not self.toolTip():
            cut = elided(self, self.text(), self.contentsRect().width()) != self.text()
            QtWidgets.QToolTip.showText(event.globalPos(), self.text() if cut else "", self)
            return True
        return bool(super().event(event))


class ElidedCheckBox(QtWidgets.QCheckBox):
    """A check box whose label gives way."""

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns a size that any label gives way to."""
        hint = super().minimumSizeHint()
        return QtCore.QSize(min(hint.width(), 2 * LEAST), hint.height())

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draws as much of the label as there is room for."""
        option = QtWidgets.QStyleOptionButton()
        self.initStyleOption(option)
        element = QtWidgets.QStyle.SubElement.SE_CheckBoxContents
        room = self.style().subElementRect(element, option, self).width()
        option.text = elided(self, self.text(), room)
        painter = QtWidgets.QStylePainter(self)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_CheckBox, option)


def elided(widget: QtWidgets.QWidget, text: str, width: int) -> str:
    """Returns what a widget can show of a text in so many pixels."""
    right = Qt.TextElideMode.ElideRight
    return str(widget.fontMetrics().elidedText(text, right, max(0, width)))
