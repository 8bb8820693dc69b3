"""Presets: settings under a name, kept for all editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from styleswap_vendor.styleswap.editing.remembered import NAME_LIMIT, Remembered
from styleswap_vendor.styleswap.editing.words import _
from styleswap_vendor.styleswap.v1.controls import ControlError, Value

from ..qt import QAction, QtWidgets
from .accessible import describe
from .asking import ask_name, confirm
from .combo import Combo


class Presets(QtWidgets.QWidget):
    """A list of presets with a menu to save and to delete one."""

    def __init__(
        self,
        remembered: Remembered,
        values: Callable[[], Mapping[str, Value]],
        chosen: Callable[[Mapping[str, Value]], object],
        failed: Callable[[str], object],
    ) -> None:
        """Shows the presets that are remembered.

        Args:
            remembered: where they are kept.
            values: returns the settings to save.
            chosen: called with the settings of a preset that the user chooses.
            failed: called with a sentence where one cannot be kept, with "" where it could.
        """
        super().__init__()
        self._remembered = remembered
        self._values = values
        self._chosen = chosen
        self._failed = failed
        self._quiet = False
        self.list = Combo()
        describe(self.list, "preset", _("Preset"), _("Settings that were saved under a name"))
        self.list.currentIndexChanged.connect(self._choose)
        self._menu = QtWidgets.QMenu(self)
        self._save_action = QAction(_("Save…"), self)
        self._save_action.setObjectName("preset_save")
        self._save_action.setToolTip(_("Keep these settings under a name"))
        self._save_action.triggered.connect(lambda *_args: self._ask_name())
        self._delete_action = QAction(_("Delete…"), self)
        self._delete_action.setObjectName("preset_delete")
        self._delete_action.setToolTip(_("Forget the chosen preset"))
        self._delete_action.triggered.connect(lambda *_args: self._ask_deletion())
        self._menu.addAction(self._save_action)
        self._menu.addAction(self._delete_action)
        self._button = QtWidgets.QToolButton()
        self._button.setText("⋯")
        self._button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setMenu(self._menu)
        describe(self._button, "preset_menu", _("Presets"), _("Save or delete a preset"))
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.list, 1)
        row.addWidget(self._button)
        self.fill()

    def fill(self) -> None:
        """Shows what is remembered now."""
        self._quiet = True
        self.list.clear()
        self.list.addItem(_("No preset"), "")
        for name in self._remembered.presets:
            self.list.addItem(name, name)
        self._quiet = False
        self.match()

    def match(self) -> None:
        """Shows the preset that the settings are those of, if there is one."""
        self._show(self._remembered.preset_of(self._values(), self._name()))

    def _name(self) -> str:
        return str(self.list.currentData() or "")

    def _show(self, name: str) -> None:
        self._quiet = True
        self.list.setCurrentIndex(max(0, self.list.findData(name)))
        self._quiet = False
        self._delete_action.setEnabled(bool(self._name()))

    def _choose(self, _index: int) -> None:
        if self._quiet:
            return
        self._delete_action.setEnabled(bool(self._name()))
        settings = self._remembered.presets.get(self._name())
        if settings is not None:
            self._chosen(settings)

    def _ask_name(self) -> None:
        presets = self._remembered.presets

        def button(name: str) -> str:
            return _("Replace") if name in presets else _("Save")

        ask_name(self, _("Name of the preset"), self._name(), NAME_LIMIT, button, self._save)

    def _save(self, name: str) -> None:
        try:
            self._remembered.save_preset(name, self._values())
        except (ValueError, ControlError) as error:
            self._failed(str(error))
            return
        self._failed(self._remembered.notice)
        self.fill()
        self._show(name)

    def _ask_deletion(self) -> None:
        name = self._name()
        question = _("Delete the preset “{name}”?").format(name=name)
        confirm(self, question, _("Delete"), lambda: self._delete(name))

    def _delete(self, name: str) -> None:
        self._remembered.delete_preset(name)
        self._failed(self._remembered.notice)
        self.fill()
