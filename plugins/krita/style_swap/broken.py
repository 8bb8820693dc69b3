"""What takes the docker's place where the plug-in cannot be loaded: it says why, and what helps."""

from __future__ import annotations

from typing import Any

DOCKER_ID = "style_swap"
"""The docker's object name in Krita, whole or broken; never changes."""


def register(app: Any, reason: str) -> None:
    """Registers a docker with one sentence.

    Args:
        app: Krita.
        reason: what failed.
    """
    import krita

    from .qt import QtWidgets

    class Docker(krita.DockWidget):
        """Says what is wrong."""

        def __init__(self) -> None:
            super().__init__()
            self.setWindowTitle("Style Swap")
            label = QtWidgets.QLabel(
                f"The plug-in is incomplete ({reason}). Open a terminal and run: "
                "styleswap install krita"
            )
            label.setWordWrap(True)
            label.setMargin(12)
            self.setWidget(label)

        def canvasChanged(self, canvas: Any) -> None:  # noqa: N802 - Krita's name
            """Called by Krita; there is nothing to do."""

    area = krita.DockWidgetFactoryBase.DockPosition.DockRight
    app.addDockWidgetFactory(krita.DockWidgetFactory(DOCKER_ID, area, Docker))


def again() -> None:
    """Paints nothing.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(
        "The plug-in is incomplete; open a terminal and run: styleswap install krita"
    )
