"""What Krita is given: the docker, and the action that paints with the last settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import krita
from styleswap_vendor.styleswap.editing import words
from styleswap_vendor.styleswap.editing.words import _

from . import vendored
from .broken import DOCKER_ID
from .docker.panel import Panel
from .qt import QtCore, QtWidgets
from .session import Session

if TYPE_CHECKING:
    from .jobs import Job

AGAIN_ID = "style_swap_again"
"""The action's name in Krita, as in the file of actions; never changes."""

_sessions: list[Session] = []


def session() -> Session:
    """Returns what all windows share; made when it is first asked for."""
    if not _sessions:
        app = krita.Krita.instance()
        _sessions.append(Session(app))
        notifier = app.notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(_close)
    return _sessions[0]


def again() -> Job | None:
    """Paints the active document with the values used last, as the action does; for scripts."""
    return session().again()


def register(app: Any, reason: str) -> None:
    """Registers docker and action with Krita."""
    words.install(vendored.HERE / "locale", _languages())
    area = krita.DockWidgetFactoryBase.DockPosition.DockRight
    app.addDockWidgetFactory(krita.DockWidgetFactory(DOCKER_ID, area, Docker))
    app.addExtension(Actions(app))


class Actions(krita.Extension):
    """Tools > Scripts > Stylise with Last Settings."""

    def setup(self) -> None:
        """Called by Krita once; there is nothing to do."""

    def createActions(self, window: Any) -> None:  # noqa: N802 - Krita's name
        """Called by Krita for every window."""
        text = _("Stylise with Last Settings")
        action = window.createAction(AGAIN_ID, text, "tools/scripts")
        action.setText(text)
        action.triggered.connect(lambda *_checked: again())


class Docker(krita.DockWidget):
    """The panel in a window of Krita."""

    def __init__(self) -> None:
        """Builds the panel; nothing is asked of the daemon before it shows."""
        super().__init__()
        self.setWindowTitle(_("Style Swap"))
        self._panel = Panel(session())
        holder = QtWidgets.QWidget()  # Krita takes the margins of a docker's own widget away
        QtWidgets.QVBoxLayout(holder).addWidget(self._panel)
        self.setWidget(holder)

    def canvasChanged(self, canvas: Any) -> None:  # noqa: N802 - Krita's name
        """Called by Krita when another document, or none, is active in the window."""
        self._panel.document_changed()


def _languages() -> list[str] | None:
    """Returns the languages of the user; None where the environment tells them, as gettext asks.

    Krita puts the one that is chosen in it under Settings > Switch Application Language there too.
    """
    if any(os.environ.get(name) for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")):
        return None
    return [str(code).replace("-", "_") for code in QtCore.QLocale().uiLanguages()]


def _close() -> None:
    for each in _sessions:
        each.close()
    _sessions.clear()
