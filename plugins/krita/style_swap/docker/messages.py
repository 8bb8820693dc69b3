"""The bar above all that says what went wrong, or what is to be known."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from styleswap_vendor.styleswap.editing.words import _

from ..qt import Qt, QtCore, QtGui, QtWidgets
from .accessible import announce, describe

ICON = 16
"""Side of the icon in pixels."""
CLOSE = 18
"""Side of the button that closes."""


class Messages(QtWidgets.QFrame):
    """Shows one message at a time, with a button where trying again may help."""

    def __init__(self) -> None:
        """Shows nothing until `say`."""
        super().__init__()
        self._retry: Callable[[], object] | None = None
        self._error = False
        self.causes: frozenset[str] = frozenset()
        """Why the message shows."""
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QtGui.QPalette.ColorRole.AlternateBase)
        self.setAutoFillBackground(True)
        self._icon = QtWidgets.QLabel()
        self._text = WrappedText()
        describe(self._text, "message", "", tooltip=False)
        self._again = QtWidgets.QToolButton()
        self._again.setText(_("Try again"))
        describe(self._again, "message_again", _("Try again"), tooltip=False)
        self._again.clicked.connect(self._try_again)
        self._close = QtWidgets.QToolButton()
        self._close.setText("×")
        self._close.setAutoRaise(True)
        self._close.setFixedSize(CLOSE, CLOSE)
        describe(self._close, "message_close", _("Close this message"))
        self._close.clicked.connect(lambda: self.say(""))
        top, grid = Qt.AlignmentFlag.AlignTop, QtWidgets.QGridLayout(self)
        grid.setContentsMargins(4, 4, 4, 4)
        grid.setSpacing(4)
        grid.addWidget(self._icon, 0, 0, top)
        grid.addWidget(self._text, 0, 1, 1, 2)
        grid.addWidget(self._close, 0, 3, top)
        grid.addWidget(self._again, 1, 0, 1, 4, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(2, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty where it does not show."""
        return self._text.text

    def say(
        self,
        text: str,
        again: Callable[[], object] | None = None,
        *,
        error: bool = False,
        causes: Collection[str] = (),
    ) -> None:
        """Shows a message in place of the one before.

        Args:
            text: sentences; hides the bar where it is empty.
            again: called by the button that tries again; there is none without it.
            error: something failed.
            causes: see `withdraw`.
        """
        self._retry = again
        self.causes = frozenset(causes)
        self._error = error
        self._text.show_text(text)
        announce(self._text, text)
        self._again.setVisible(again is not None)
        self._draw_icon()
        self.setVisible(bool(text))

    def withdraw(self, cause: str, instead: str = "") -> None:
        """Takes the message away where something is gone that it has come from.

        Args:
            cause: what is gone.
            instead: said in its place, with the same button; goes for this cause alone.
        """
        if cause in self.causes:
            again = self._retry if instead else None
            self.say(instead, again, causes=(cause,) if instead else ())

    def changeEvent(self, event: Any) -> None:  # noqa: N802
        """Another theme has other icons."""
        super().changeEvent(event)
        if event.type() == QtCore.QEvent.Type.StyleChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        icons = QtWidgets.QStyle.StandardPixmap
        icon = icons.SP_MessageBoxCritical if self._error else icons.SP_MessageBoxInformation
        pixmap = self.style().standardIcon(icon).pixmap(ICON, ICON)
        self._icon.setPixmap(pixmap)

    def _try_again(self) -> None:
        retry = self._retry
        self.say("")
        if retry is not None:
            retry()


class WrappedText(QtWidgets.QTextEdit):
    """A text that can be selected, as tall as it has to be, with breaks even in long paths."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.setMinimumWidth(40)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Fixed)

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.toPlainText())

    def show_text(self, text: str) -> None:
        """Says something else."""
        if text != self.text:
            self.setPlainText(text)
        self._fit()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Makes room for as many lines as there are now."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves the wheel to the panel."""
        event.ignore()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        height = int(self.document().size().height() + 0.999)
        if height != self.height():
            self.setFixedHeight(height)
