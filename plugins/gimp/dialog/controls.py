"""Widgets for the controls of the filter, built from their table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gi.repository import GObject, Gtk, Pango
from styleswap_vendor.styleswap.editing.control_values import decimals, nearest, value_in
from styleswap_vendor.styleswap.editing.words import ControlText, control_text, help_of
from styleswap_vendor.styleswap.v1.controls import CONTROLS, Control, Value
from styleswap_vendor.styleswap.v1.counting import counts

from .accessible import describe
from .mnemonics import Mnemonics

LABEL, WIDGET, NUMBER = range(3)
"""Columns of a grid of controls."""


@dataclass(frozen=True)
class Row:
    """The widgets of one control."""

    read: Callable[[], Value]
    """Returns the value they show."""
    write: Callable[[Any], object]
    """Shows a value."""
    widgets: tuple[Gtk.Widget, ...]
    """The label, where it stands alone, and what is operated."""

    def grey(self, counts: bool, help: str) -> None:
        """Has the row operated only where its control counts; the tooltip says why."""
        for widget in self.widgets:
            widget.set_sensitive(counts)
            widget.set_tooltip_text(help)
            if not isinstance(widget, Gtk.Label):
                widget.get_accessible().set_description(help)


class Controls:
    """The controls as rows of two grids, the basic and the advanced ones.

    A choice with one possible value has no row: there is nothing to choose yet. The row of a
    control that does not count with the others is grey; its value stays.
    """

    def __init__(self, changed: Callable[[], object], mnemonics: Mnemonics) -> None:
        """Shows nothing useful until `show`.

        Args:
            changed: called when the user has changed a value, and once after `show`.
            mnemonics: takes the labels, in the order of the table.
        """
        self.basic = control_grid()
        self.advanced = control_grid()
        self._changed = changed
        self._quiet = False
        self._rows: dict[str, Row] = {}
        self._grey_ones: set[str] = set()
        for control in CONTROLS:
            if control.kind == "choice" and len(control.choices) == 1:
                continue
            place = Place(
                self.basic if control.group == "basic" else self.advanced,
                mnemonics,
                late=control.group != "basic",
            )
            self._rows[control.name] = _BUILDERS[control.kind](
                control, control_text(control), place, self._touched
            )
        self._grey()

    def values(self) -> dict[str, Value]:
        """Returns the values of all controls by their names."""
        return {
            control.name: self._rows[control.name].read()
            if control.name in self._rows
            else control.default
            for control in CONTROLS
        }

    def show(self, values: Mapping[str, object]) -> None:
        """Shows values by the names of their controls, and defaults for absent or wrong ones."""
        self._quiet = True
        for control in CONTROLS:
            if control.name in self._rows:
                self._rows[control.name].write(value_in(values, control))
        self._quiet = False
        self._touched()

    def _touched(self, *_args: object) -> None:
        if not self._quiet:
            self._grey()
            self._changed()

    def _grey(self) -> None:
        values = self.values()
        for control in CONTROLS:
            counted = counts(control, values)
            if control.name in self._rows and counted != (control.name not in self._grey_ones):
                self._grey_ones ^= {control.name}
                self._rows[control.name].grey(counted, help_of(control, counted))


def control_grid() -> Gtk.Grid:
    """Makes an empty grid of controls."""
    return Gtk.Grid(row_spacing=4, column_spacing=12)


def name_choice() -> Gtk.ComboBoxText:
    """Makes a choice among names: a long one is cut, and does not widen the dialog."""
    combo = Gtk.ComboBoxText(hexpand=True, popup_fixed_width=False)
    for cell in combo.get_cells():
        cell.set_property("ellipsize", Pango.EllipsizeMode.END)
    return combo


class Place:
    """The next row of a grid."""

    def __init__(self, grid: Gtk.Grid, mnemonics: Mnemonics, late: bool) -> None:
        """Args: mnemonics and late: of its label, see `Mnemonics.add`."""
        self.grid = grid
        self._mnemonics = mnemonics
        self._late = late
        self.row = len(grid.get_children())  # attached at distinct, growing rows

    def label(self, text: ControlText, target: Gtk.Widget) -> Gtk.Label:
        """Puts a label before a row whose mnemonic leads to `target`; returns it."""
        label = Gtk.Label(xalign=0.0, mnemonic_widget=target)
        label.set_tooltip_text(text.help)
        self.letter(label, text)
        self.grid.attach(label, LABEL, self.row, 1, 1)
        return label

    def letter(self, widget: Gtk.Widget, text: ControlText) -> None:
        """Has a widget labelled."""
        self._mnemonics.add(widget, text.label, late=self._late)


def number_row(
    control: Control, text: ControlText, place: Place, changed: Callable[..., None]
) -> Row:
    """Puts a number into a grid: a slider and a spin button."""
    assert control.minimum is not None
    assert control.maximum is not None
    assert control.step is not None
    assert not isinstance(control.default, str)
    whole = control.kind == "int"
    adjustment = Gtk.Adjustment(
        value=control.default,
        lower=control.minimum,
        upper=control.maximum,
        step_increment=control.step,
        page_increment=max(control.step, _page(control)),
    )
    digits = 0 if whole else decimals(control)
    scale = Gtk.Scale(adjustment=adjustment, draw_value=False, hexpand=True, digits=-1)
    spin = Gtk.SpinButton(adjustment=adjustment, digits=digits, numeric=True, snap_to_ticks=whole)
    spin.set_width_chars(5)
    describe(scale, text.label, text.help)
    describe(spin, text.label, text.help)
    label = place.label(text, spin)
    place.grid.attach(scale, WIDGET, place.row, 1, 1)
    place.grid.attach(spin, NUMBER, place.row, 1, 1)
    scale.connect("change-value", _snap, control)
    scale.connect("scroll-event", _scroll_on)
    spin.connect("scroll-event", _scroll_on)
    adjustment.connect("value-changed", changed)

    def read() -> Value:
        value = adjustment.get_value()
        return nearest(control, value) if whole else float(f"{value:.6f}")

    return Row(read, adjustment.set_value, (label, scale, spin))


def _page(control: Control) -> float:
    """Returns a tenth of a control's range, in whole steps."""
    assert control.minimum is not None
    assert control.maximum is not None
    assert control.step is not None
    return control.step * round((control.maximum - control.minimum) / control.step / 10)


def _snap(scale: Gtk.Scale, _kind: Gtk.ScrollType, value: float, control: Control) -> bool:
    """Keeps a slider that is dragged on whole steps."""
    scale.set_value(nearest(control, value))
    return True


def _scroll_on(widget: Gtk.Widget, _event: object) -> bool:
    """Has the wheel scroll what is around a widget instead of changing its value."""
    GObject.signal_stop_emission_by_name(widget, "scroll-event")
    return False


def _choice(control: Control, text: ControlText, place: Place, changed: Callable[..., None]) -> Row:
    combo = Gtk.ComboBoxText(hexpand=True)
    for nick, label in text.choices.items():
        combo.append(nick, label)
    describe(combo, text.label, text.help)
    label = place.label(text, combo)
    place.grid.attach(combo, WIDGET, place.row, 2, 1)
    combo.connect("scroll-event", _scroll_on)
    combo.connect("changed", changed)

    def read() -> Value:
        return combo.get_active_id() or control.default

    return Row(read, combo.set_active_id, (label, combo))


def _check(control: Control, text: ControlText, place: Place, changed: Callable[..., None]) -> Row:
    check = Gtk.CheckButton(halign=Gtk.Align.START)
    describe(check, text.label, text.help)
    place.letter(check, text)
    place.grid.attach(check, WIDGET, place.row, 2, 1)
    check.connect("toggled", changed)
    return Row(check.get_active, check.set_active, (check,))


def _text(control: Control, text: ControlText, place: Place, changed: Callable[..., None]) -> Row:
    """An entry whose text counts when it is complete: at Enter, or when anything else is done."""
    entry = Gtk.Entry(hexpand=True)
    entry.set_width_chars(8)
    describe(entry, text.label, text.help)
    label = place.label(text, entry)
    place.grid.attach(entry, WIDGET, place.row, 2, 1)
    kept: list[Value] = [control.default]

    def write(value: str) -> None:
        kept[0] = value
        entry.set_text(value)

    def settle(*_args: object) -> bool:
        before, typed = kept[0], entry.get_text().strip()
        if typed != before:
            write(typed or str(before))
        if kept[0] != before:
            changed()
        return False

    def read() -> Value:
        # Alt and a letter leave the focus where it is.
        settle()
        return kept[0]

    entry.connect("activate", settle)
    entry.connect("focus-out-event", settle)
    return Row(read, write, (label, entry))


_BUILDERS = {
    "float": number_row,
    "int": number_row,
    "choice": _choice,
    "bool": _check,
    "text": _text,
}
