"""What a screen reader says of a widget."""

from __future__ import annotations

from gi.repository import Atk, Gtk


def describe(widget: Gtk.Widget, name: str, description: str = "", *, tooltip: bool = True) -> None:
    """Names a widget for those who do not see it.

    Args:
        widget: any widget.
        name: what it is, in a word or two.
        description: one sentence on what it does.
        tooltip: the description, or else the name, is shown at the pointer as well.
    """
    accessible = widget.get_accessible()
    accessible.set_name(name)
    accessible.set_description(description)
    if tooltip:
        widget.set_tooltip_text(description or name)


def announce(label: Gtk.Label, text: str) -> None:
    """Shows a text that a screen reader reads out when it changes."""
    if label.get_text() == text:
        return
    label.set_text(text)
    accessible = label.get_accessible()
    accessible.set_role(Atk.Role.STATUSBAR)
    accessible.set_name(text)
