"""Choices in a narrow panel that scrolls."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtWidgets


class Combo(QtWidgets.QComboBox):
    """A choice that gives way where there is little room, and leaves the wheel to the panel."""

    def __init__(self) -> None:
        super().__init__()
        policy = QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(policy)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves the wheel to the panel."""
        event.ignore()

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves keys with Ctrl to the panel; letters alone search."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)
