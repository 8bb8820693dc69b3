"""The paintings that wait, run or have failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from styleswap_vendor.styleswap.editing.words import _

from ..qt import QtCore, QtWidgets
from .accessible import announce, describe
from .elided import ElidedLabel
from .messages import WrappedText

PARTS = 1000
"""Steps of a progress bar."""
BAR_HEIGHT = 8
"""Height of a progress bar in pixels."""


@dataclass(frozen=True)
class JobShown:
    """One painting."""

    number: int
    title: str
    """What is painted, in which style."""
    text: str
    """What happens to it now, or why it failed."""
    fraction: float | None
    """Share of the work that is done, None while unknown."""
    cancellable: bool
    """Whether it can be cancelled now."""
    failed: bool
    """Whether it has ended without a painting."""


class QueueView(QtWidgets.QWidget):
    """A few lines for each painting; hidden where there is none."""

    def __init__(self, cancel: Callable[[int], object], dismiss: Callable[[int], object]) -> None:
        """Shows no painting.

        Args:
            cancel: called with the number of a painting to be cancelled.
            dismiss: called with that of one that failed and was read about.
        """
        super().__init__()
        self._cancel = cancel
        self._dismiss = dismiss
        self._rows: dict[int, _Row] = {}
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        describe(self, "queue", _("Paintings"), tooltip=False)
        self.hide()

    def show(self, items: Sequence[JobShown] | None = None) -> None:
        """Shows these paintings, in this order. (Without arguments it is Qt's own `show`.)"""
        if items is None:
            super().show()
            return
        numbers = [item.number for item in items]
        for number in [number for number in self._rows if number not in numbers]:
            row = self._rows.pop(number)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, item in enumerate(items):
            row_there = self._rows.get(item.number)
            if row_there is None:
                row_there = self._rows[item.number] = _Row(item.number, self._cancel, self._dismiss)
            if self._column.indexOf(row_there) != place:
                self._column.insertWidget(place, row_there)
            row_there.fill(item)
        self.setVisible(bool(items))


class _Row(QtWidgets.QWidget):
    """The lines of one painting."""

    def __init__(
        self, number: int, cancel: Callable[[int], object], dismiss: Callable[[int], object]
    ) -> None:
        super().__init__()
        self._shown: JobShown | None = None
        self._title = ElidedLabel()
        self._title.setObjectName(f"job_title_{number}")
        self._bar = QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(BAR_HEIGHT)
        self._bar.setMinimumWidth(40)
        describe(self._bar, f"job_bar_{number}", _("Progress"), tooltip=False)
        self._text = ElidedLabel()
        describe(self._text, f"job_text_{number}", "", tooltip=False)
        self._trouble = WrappedText()
        describe(self._trouble, f"job_trouble_{number}", "", tooltip=False)
        self._cancel = QtWidgets.QToolButton()
        self._cancel.setText(_("Cancel"))
        describe(self._cancel, f"cancel_{number}", _("Cancel"), _("End this painting"))
        self._cancel.clicked.connect(lambda: cancel(number))
        self._dismiss = QtWidgets.QToolButton()
        self._dismiss.setText(_("Dismiss"))
        describe(self._dismiss, f"dismiss_{number}", _("Dismiss"), _("Remove this line"))
        self._dismiss.clicked.connect(lambda: dismiss(number))
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self._title, 0, 0, 1, 2)
        grid.addWidget(self._bar, 1, 0)
        grid.addWidget(self._cancel, 1, 1)
        grid.addWidget(self._text, 2, 0, 1, 2)
        grid.addWidget(self._trouble, 3, 0, 1, 2)
        grid.addWidget(self._dismiss, 0, 1)

    def fill(self, item: JobShown) -> None:
        """Shows what has changed."""
        if item == self._shown:
            return
        before, self._shown = self._shown, item
        if before is None or before.failed != item.failed:
            layout = self.layout()
            layout.removeWidget(self._title)
            layout.addWidget(self._title, 0, 0, 1, 1 if item.failed else 2)
            for widget in (self._bar, self._cancel, self._text):
                widget.setVisible(not item.failed)
            self._trouble.setVisible(item.failed)
            self._dismiss.setVisible(item.failed)
        self._title.setText(item.title)
        if item.failed:
            self._trouble.show_text(item.text)
            announce(self._trouble, item.text)
            return
        self._text.setText(item.text)
        self._text.setAccessibleName(item.text)
        self._bar.setAccessibleDescription(f"{item.title}: {item.text}")
        self._cancel.setEnabled(item.cancellable)
        if item.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, PARTS)
            self._bar.setValue(round(PARTS * min(max(item.fraction, 0.0), 1.0)))

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns the size of its lines; no title makes the panel wider."""
        hint = super().sizeHint()
        return QtCore.QSize(min(hint.width(), 180), hint.height())
