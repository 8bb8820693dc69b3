"""The letters of a dialog that choose its widgets with Alt."""

from __future__ import annotations

from gi.repository import Gtk
from styleswap_vendor.styleswap.editing.words import with_mnemonics


class Mnemonics:
    """Gives every label of a dialog a letter of its own, as far as there are letters."""

    def __init__(self) -> None:
        """None yet."""
        self._fixed: list[tuple[Gtk.Widget, str]] = []
        self._others: list[tuple[Gtk.Widget, str]] = []
        self._late: list[tuple[Gtk.Widget, str]] = []

    def add(
        self, widget: Gtk.Widget, text: str, *, fixed: bool = False, late: bool = False
    ) -> None:
        """Has a widget labelled when all are known.

        Args:
            widget: a label, button or expander.
            text: its label, translated, without a mark.
            fixed: it keeps the letter that suits it best, which everybody knows by heart.
            late: where there are not letters for all, it goes without before the others do.
        """
        group = self._fixed if fixed else self._late if late else self._others
        group.append((widget, text))

    def assign(self) -> None:
        """Labels all widgets."""
        taken: list[str] = []
        for group in (self._fixed, [*self._others, *self._late]):
            labels = with_mnemonics([text for _, text in group], taken=taken)
            for (widget, _), label in zip(group, labels, strict=True):
                widget.set_use_underline(True)
                widget.set_label(label)
                taken += mnemonic(label)


def mnemonic(label: str) -> str:
    """Returns the letter that chooses a label with marks, in lower case; empty where none does."""
    plain = label.replace("__", "")
    return plain[plain.index("_") + 1].lower() if "_" in plain else ""
