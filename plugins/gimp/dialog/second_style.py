"""The second style: a choice of the library's, none at first, and its share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from styleswap_vendor.styleswap.editing.second_style import SHARE, STYLE, share_in, share_text
from styleswap_vendor.styleswap.editing.shelf import Entry
from styleswap_vendor.styleswap.editing.words import ControlText, _
from styleswap_vendor.styleswap.v1.controls import Value

from .accessible import describe
from .controls import WIDGET, Place, control_grid, name_choice, number_row
from .mnemonics import Mnemonics


class SecondStyle:
    """Which style is mixed in, and how much of it; `grid` holds the widgets."""

    def __init__(self, changed: Callable[[], object], mnemonics: Mnemonics) -> None:
        """Has no styles to choose from until `fill`.

        Args:
            changed: called when the user has changed a value.
            mnemonics: takes the labels.
        """
        self.grid = control_grid()
        self._changed = changed
        self._quiet = False
        text = ControlText(
            _("Second style"), _("Another style of the library, which is mixed in"), choices={}
        )
        self.choice = name_choice()
        self._offered: dict[str, str] = {}
        self._offer("", _("No other style"))
        describe(self.choice, text.label, text.help)
        place = Place(self.grid, mnemonics, late=True)
        place.label(ControlText(_("Style"), text.help, choices={}), self.choice)
        self.grid.attach(self.choice, WIDGET, place.row, 2, 1)
        self._share = number_row(
            SHARE, share_text(), Place(self.grid, mnemonics, late=True), self._touched
        )
        self.choice.set_active_id("")
        self.choice.connect("changed", self._touched)

    def values(self) -> dict[str, Value]:
        """Returns the values by name."""
        return {STYLE: self.choice.get_active_id() or "", SHARE.name: self._share.read()}

    def show(self, values: Mapping[str, Any]) -> None:
        """Shows values by name, none for absent ones; a style may come with `fill` only later."""
        self._quiet = True
        self._share.write(share_in(values))
        self._choose(str(values.get(STYLE) or ""))
        self._quiet = False

    def fill(self, entries: Iterable[Entry]) -> None:
        """Offers styles; the one that is chosen stays, even where it is no longer offered."""
        chosen = str(self.choice.get_active_id() or "")
        before = self._offered.get(chosen, "")
        self._quiet = True
        self.choice.remove_all()
        self._offered = {}
        self._offer("", _("No other style"))
        for entry in entries:
            self._offer(entry.id, entry.name)
        # Scripts may have given a name in place of an id.
        named = [style for style, name in self._offered.items() if name.lower() == chosen.lower()]
        if chosen and chosen not in self._offered and len(named) == 1:
            chosen = named[0]
        self._choose(chosen, before)
        self._quiet = False

    def _choose(self, style: str, name: str = "") -> None:
        if style not in self._offered:
            self._offer(style, name or style.rpartition("/")[2])
        self.choice.set_active_id(style)

    def _offer(self, style: str, name: str) -> None:
        self.choice.append(style, name)
        self._offered[style] = name

    def _touched(self, *_args: object) -> None:
        if not self._quiet:
            self._changed()
