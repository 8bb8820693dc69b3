"""The mark of favourites."""

from __future__ import annotations

import math
from typing import Any

from ..qt import Qt, QtCore, QtGui, QtWidgets

SIDE = 14
"""Side in the screen's units."""


class StarButton(QtWidgets.QToolButton):
    """A button with a star that is filled while it is down."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setText(" ")

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draws the star upon the button."""
        super().paintEvent(event)
        middle = QtCore.QRectF(self.rect()).center()
        place = QtCore.QRectF(middle.x() - SIDE / 2, middle.y() - SIDE / 2, SIDE, SIDE)
        roles = QtGui.QPalette.ColorRole
        ink = self.palette().color(roles.ButtonText)
        painter = QtGui.QPainter(self)
        draw_star(painter, place, ink, ink if self.isChecked() else None)
        painter.end()


def draw_star(
    painter: QtGui.QPainter,
    place: QtCore.QRectF,
    edge: QtGui.QColor,
    filling: QtGui.QColor | None,
) -> None:
    """Draws a star into a square."""
    middle, radius = place.center(), place.width() / 2 - 1
    points = []
    for corner in range(10):
        angle = math.pi * (corner / 5 - 0.5)
        length = radius * (1 if corner % 2 == 0 else 0.45)
        x, y = length * math.cos(angle), length * math.sin(angle)
        points.append(QtCore.QPointF(middle.x() + x, middle.y() + y))
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtGui.QPen(edge, 1.2))
    painter.setBrush(filling if filling is not None else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QtGui.QPolygonF(points))
    painter.restore()
