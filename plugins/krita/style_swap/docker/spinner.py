"""The sign that something is under way."""

from __future__ import annotations

from typing import Any

from ..qt import Qt, QtCore, QtGui, QtWidgets

SIDE = 14
"""Side in the screen's units."""
MILLISECONDS = 100
"""Between two steps."""
STEPS = 12
"""In one turn."""


class Spinner(QtWidgets.QWidget):
    """An arc that turns while it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self._step = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(MILLISECONDS)
        self._timer.timeout.connect(self._turn)
        self.setFixedSize(SIDE, SIDE)

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Starts."""
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: Any) -> None:  # noqa: N802
        """Stops."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Draws the arc."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        pen = QtGui.QPen(self.palette().color(QtGui.QPalette.ColorRole.WindowText), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        sixteenths = 16 * 360
        start = -self._step * sixteenths // STEPS
        painter.drawArc(self.rect().adjusted(2, 2, -2, -2), start, sixteenths * 3 // 4)
        painter.end()

    def _turn(self) -> None:
        self._step = (self._step + 1) % STEPS
        self.update()
