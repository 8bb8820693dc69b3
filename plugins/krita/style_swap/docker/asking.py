"""Small questions in windows of their own, which hold nothing up while they are open."""

from __future__ import annotations

from collections.abc import Callable

from styleswap_vendor.styleswap.editing.words import _

from ..qt import Qt, QtWidgets
from .accessible import describe

WIDTH = 320
"""Least width of a question in pixels."""
PATTERNS = ("*.png", "*.jpg", "*.jpeg", "*.webp", "*.tif", "*.tiff")
"""Picture files that the daemon reads."""


def confirm(
    parent: QtWidgets.QWidget, question: str, button: str, confirmed: Callable[[], object]
) -> QtWidgets.QDialog:
    """Asks whether to do something that cannot be undone.

    Args:
        parent: in whose window it is asked.
        question: one sentence.
        button: what the button that does it says.
        confirmed: called when that is pressed.
    """
    dialog, buttons = _dialog(parent, "confirm")
    label = QtWidgets.QLabel(question)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    dialog.layout().insertWidget(0, label)
    yes = buttons.addButton(button, QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
    describe(yes, "confirm_yes", button, tooltip=False)
    yes.setAutoDefault(False)
    no = buttons.addButton(_("Cancel"), QtWidgets.QDialogButtonBox.ButtonRole.RejectRole)
    describe(no, "confirm_no", _("Cancel"), tooltip=False)
    no.setDefault(True)
    no.setFocus()
    dialog.accepted.connect(lambda *_args: confirmed())
    dialog.open()
    return dialog


def ask_name(
    parent: QtWidgets.QWidget,
    label: str,
    name: str,
    limit: int,
    button: Callable[[str], str],
    named: Callable[[str], object],
) -> QtWidgets.QDialog:
    """Asks for a name.

    Args:
        parent: in whose window it is asked.
        label: what the name is for.
        name: stands there at first.
        limit: most characters of it.
        button: returns what the button says that takes a name.
        named: called with the name, without spaces around it.
    """
    dialog, buttons = _dialog(parent, "ask_name")
    title = QtWidgets.QLabel(label)
    line = QtWidgets.QLineEdit(name)
    line.setMaxLength(limit)
    line.selectAll()
    describe(line, "ask_name_line", label, tooltip=False)
    title.setBuddy(line)
    dialog.layout().insertWidget(0, title)
    dialog.layout().insertWidget(1, line)
    take = buttons.addButton(button(name), QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
    take.setDefault(True)
    leave = buttons.addButton(_("Cancel"), QtWidgets.QDialogButtonBox.ButtonRole.RejectRole)
    describe(leave, "ask_name_no", _("Cancel"), tooltip=False)

    def typed(text: str) -> None:
        label = button(text.strip())
        take.setText(label)
        describe(take, "ask_name_yes", label, tooltip=False)
        take.setEnabled(bool(text.strip()))

    typed(name)
    line.textChanged.connect(typed)
    line.setFocus()
    dialog.accepted.connect(lambda: named(str(line.text()).strip()))
    dialog.open()
    return dialog


def ask_files(
    parent: QtWidgets.QWidget, chosen: Callable[[list[str]], object]
) -> QtWidgets.QDialog:
    """Asks for picture files; `chosen` is called with the paths of at least one."""
    dialog = QtWidgets.QFileDialog(parent.window(), _("Choose a style"))
    dialog.setObjectName("ask_files")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFiles)
    patterns = " ".join(PATTERNS)
    dialog.setNameFilters([f"{_('Pictures')} ({patterns})", f"{_('All files')} (*)"])
    dialog.filesSelected.connect(lambda paths: chosen([str(path) for path in paths]))
    dialog.open()
    return dialog


def _dialog(
    parent: QtWidgets.QWidget, object_name: str
) -> tuple[QtWidgets.QDialog, QtWidgets.QDialogButtonBox]:
    dialog = QtWidgets.QDialog(parent.window())
    dialog.setObjectName(object_name)
    dialog.setWindowTitle(_("Style Swap"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setMinimumWidth(WIDTH)
    buttons = QtWidgets.QDialogButtonBox()
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column = QtWidgets.QVBoxLayout(dialog)
    column.addWidget(buttons)
    return dialog, buttons
