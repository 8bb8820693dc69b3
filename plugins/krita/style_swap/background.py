"""The way back from a thread to Krita's main thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from .qt import Qt, QtCore, Signal


class _Mailbox(QtCore.QObject):
    """Calls in its own thread what other threads send."""

    sent = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        program = QtCore.QCoreApplication.instance()
        if program is not None:
            self.moveToThread(program.thread())
        self.sent.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def _call(self, call: Callable[[], object]) -> None:
        call()


_mailbox = _Mailbox()


def post(call: Callable[[], object]) -> None:
    """Has a function called once by the event loop of the main thread. For any thread.

    Does nothing where the program is ending.
    """
    with contextlib.suppress(RuntimeError):  # the mailbox was deleted
        _mailbox.sent.emit(call)
