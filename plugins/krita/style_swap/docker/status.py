"""One line on the daemon: whether it is there, and what helps where it is not."""

from __future__ import annotations

from collections.abc import Callable

from styleswap_vendor.styleswap.editing.words import _

from ..qt import Qt, QtWidgets
from .accessible import describe

SIGNS = {"unknown": "○", "looking": "◌", "connected": "●", "absent": "○"}


class Status(QtWidgets.QWidget):
    """A sign, a sentence, and a button that tries again."""

    def __init__(self, again: Callable[[], object]) -> None:
        """Args: again: looks for the daemon once more."""
        super().__init__()
        self.text = QtWidgets.QLabel()
        self.text.setObjectName("status")
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.again = QtWidgets.QPushButton(_("Connect"))
        describe(
            self.again,
            "connect",
            _("Connect"),
            _("Look for the daemon, and start it where none runs"),
        )
        self.again.clicked.connect(lambda *_checked: again())
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.again)
        self.show_state("unknown", "")

    def show_state(self, state: str, text: str) -> None:
        """Shows a state of the connection, with its sentence."""
        self.text.setText(f"{SIGNS[state]} {text}" if text else "")
        self.text.setAccessibleName(text)
        # All is well: one need not read it every time.
        self.text.setToolTip(text)
        self.text.setEnabled(state != "connected")
        self.again.setVisible(state == "absent")
        self.setVisible(bool(text))
