"""Which part of a document its view shows."""

from __future__ import annotations

from typing import Any

from styleswap_vendor.styleswap.editing.region import Rect

from ..qt import QtCore


def visible_part(app: Any, document: Any) -> Rect | None:
    """Returns the bounds of what the active view shows of a document, in its pixels.

    None where no view shows it, or Krita does not tell.
    """
    window = app.activeWindow()
    view = None if window is None else window.activeView()
    if view is None or view.document() != document or not hasattr(view, "flakeToCanvasTransform"):
        return None
    widget = _canvas_widget(window)
    if widget is None:
        return None
    back, _ok = view.flakeToCanvasTransform().inverted()
    points = back.mapRect(QtCore.QRectF(widget.rect()))
    pixels = view.flakeToImageTransform().mapRect(points).toAlignedRect()
    shown = Rect(pixels.x(), pixels.y(), max(0, pixels.width()), max(0, pixels.height()))
    part = shown.intersect(Rect(0, 0, document.width(), document.height()))
    return part or None


def _canvas_widget(window: Any) -> Any:
    """Returns the widget that the active view paints on; Krita has no call for it."""
    area = window.qwindow().centralWidget()
    kinds = ("KisOpenGLCanvas2", "KisQPainterCanvas")
    found = [
        widget
        for widget in (area.findChildren(QtCore.QObject) if area is not None else ())
        if widget.metaObject().className() in kinds and widget.isVisible()
    ]
    return found[0] if found else None
