"""A heading that shows and hides what lies below it."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtWidgets
from .accessible import describe


class Disclosure(QtWidgets.QWidget):
    """Hidden at first."""

    def __init__(self, title: str, content: Any, name: str = "advanced") -> None:
        """Args: title: of the heading; content: the widget below it; name: for programs."""
        super().__init__()
        self.button = QtWidgets.QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.toggled.connect(self._toggle)
        describe(self.button, name, title)
        self._content = content
        content.setVisible(False)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button)
        column.addWidget(content)

    def _toggle(self, shown: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.button.setArrowType(arrow)
        self._content.setVisible(shown)
