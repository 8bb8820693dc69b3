"""The second style: a choice of the library's, none at first, and its share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from styleswap_vendor.styleswap.editing.second_style import SHARE, STYLE, share_in, share_text
from styleswap_vendor.styleswap.editing.shelf import Entry
from styleswap_vendor.styleswap.editing.words import ControlText, _

from .accessible import describe
from .combo import Combo
from .controls import Form, Line, label_of, number_row


class SecondStyle(Form):
    """Which style is mixed in, and how much of it."""

    def __init__(self, changed: Callable[[], object]) -> None:
        """Has no styles to choose from until `fill`.

        Args:
            changed: called when the user has changed a value.
        """
        super().__init__()
        self._changed = changed
        self._quiet = False
        text = ControlText(
            _("Second style"), _("Another style of the library, which is mixed in"), choices={}
        )
        self.style_choice = Combo()
        describe(self.style_choice, "style_2", text.label, text.help)
        self.style_choice.addItem(_("No other style"), "")
        self._share = number_row(SHARE, share_text(), self._touched)
        self.add(Line(label_of(text, self.style_choice), self.style_choice, None))
        self.add(self._share.line)
        self.style_choice.currentIndexChanged.connect(self._touched)

    def values(self) -> dict[str, str]:
        """Returns the values by name."""
        return {
            STYLE: str(self.style_choice.currentData() or ""),
            SHARE.name: str(self._share.read()),
        }

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Shows values by name, none for absent ones; a style may come with `fill` only later."""
        self._quiet = True
        try:
            self._share.write(share_in(values))
            self._pick(str(values.get(STYLE) or ""), "")
        finally:
            self._quiet = False

    def fill(self, entries: Iterable[Entry]) -> None:
        """Offers styles; the one that is chosen stays, even where it is no longer offered."""
        chosen, name = self.values()[STYLE], self.style_choice.currentText()
        self._quiet = True
        try:
            while self.style_choice.count() > 1:
                self.style_choice.removeItem(1)
            for entry in entries:
                self.style_choice.addItem(entry.name, entry.id)
            self._pick(chosen, name)
        finally:
            self._quiet = False

    def _pick(self, style: str, name: str) -> None:
        if self.style_choice.findData(style) < 0:
            self.style_choice.addItem(name or style.rpartition("/")[2], style)
        self.style_choice.setCurrentIndex(self.style_choice.findData(style))

    def _touched(self, *_args: object) -> None:
        if not self._quiet:
            self._changed()
