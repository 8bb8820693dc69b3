"""Widgets for the controls of the filter, built from their table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from styleswap_vendor.styleswap.editing.control_values import decimals, last_step, nearest, value_in
from styleswap_vendor.styleswap.editing.words import ControlText, control_text, help_of
from styleswap_vendor.styleswap.v1.controls import CONTROLS, Control, Value
from styleswap_vendor.styleswap.v1.counting import counts

from ..qt import Qt, QtCore, QtWidgets
from .accessible import describe, explain_anew
from .combo import Combo
from .elided import ElidedCheckBox, ElidedLabel

GAP = 6
"""Space between two controls."""
SLIDER_WIDTH = 90
"""Room that a slider beside its label needs; where there is less it stands below."""


class Controls:
    """The controls as two forms, the basic and the advanced ones.

    A choice with one possible value has no row: there is nothing to choose yet. The row of a
    control that does not count with the others is grey; its value stays.
    """

    def __init__(self, changed: Callable[[], object]) -> None:
        """Shows defaults until `show`.

        Args:
            changed: called when the user has changed a value, and once after `show`.
        """
        self._changed = changed
        self._quiet = False
        self._rows: dict[str, Row] = {}
        self._grey_ones: set[str] = set()
        self.basic, self.advanced = Form(), Form()
        for control in CONTROLS:
            if control.kind == "choice" and len(control.choices) == 1:
                continue
            row = _BUILDERS[control.kind](control, control_text(control), self._touched)
            self._rows[control.name] = row
            form = self.basic if control.group == "basic" else self.advanced
            form.add(row.line)
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
        try:
            for control in CONTROLS:
                if control.name in self._rows:
                    self._rows[control.name].write(value_in(values, control))
        finally:
            self._quiet = False
        self._touched()

    def _touched(self) -> None:
        if not self._quiet:
            self._grey()
            self._changed()

    def _grey(self) -> None:
        values = self.values()
        for control in CONTROLS:
            counted = counts(control, values)
            if control.name in self._rows and counted != (control.name not in self._grey_ones):
                self._grey_ones ^= {control.name}
                self._rows[control.name].line.grey(counted, help_of(control, counted))


@dataclass(frozen=True)
class Line:
    """The widgets of one control, where they go in a form."""

    label: QtWidgets.QWidget | None
    main: QtWidgets.QWidget
    side: QtWidgets.QWidget | None

    @property
    def widgets(self) -> list[QtWidgets.QWidget]:
        """Those that are there."""
        return [each for each in (self.label, self.main, self.side) if each is not None]

    def grey(self, counts: bool, help: str) -> None:
        """Has the line operated only where its control counts; the tooltip says why."""
        for widget in self.widgets:
            widget.setEnabled(counts)
            explain_anew(widget, help)


@dataclass(frozen=True)
class Row:
    """One control."""

    line: Line
    read: Callable[[], Value]
    """Returns the value that it shows."""
    write: Callable[[Any], object]
    """Shows a value."""


class Form(QtWidgets.QWidget):
    """Lines below each other: label, slider and number in a row, or the slider below them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self._wide: bool | None = None
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)

    def add(self, line: Line) -> None:
        """Adds a line below the others."""
        self._lines.append(line)
        self._place(len(self._lines) - 1, line, bool(self._wide))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Chooses between the two arrangements by the width."""
        super().resizeEvent(event)
        self._choose()

    def changeEvent(self, event: Any) -> None:  # noqa: N802
        """Another font needs other room."""
        super().changeEvent(event)
        if event.type() in (QtCore.QEvent.Type.FontChange, QtCore.QEvent.Type.StyleChange):
            self._choose()

    def _choose(self) -> None:
        needed = SLIDER_WIDTH + 2 * GAP
        needed += max((_hint(line.label) for line in self._lines), default=0)
        needed += max((_hint(line.side) for line in self._lines), default=0)
        wide = self.width() >= needed
        if wide == self._wide:
            return
        self._wide = wide
        for line in self._lines:
            for widget in line.widgets:
                self._grid.removeWidget(widget)
        for number, line in enumerate(self._lines):
            self._place(number, line, wide)

    def _place(self, number: int, line: Line, wide: bool) -> None:
        grid, row = self._grid, 3 * number
        across = 2 if line.side is None else 1
        if line.label is None:
            grid.addWidget(line.main, row, 1 if wide else 0, 1, 2 if wide else 3)
        elif wide:
            grid.addWidget(line.label, row, 0)
            grid.addWidget(line.main, row, 1, 1, across)
        else:
            grid.addWidget(line.label, row, 0, 1, 1 + across)
            grid.addWidget(line.main, row + 1, 0, 1, 3)
        if line.side is not None:
            grid.addWidget(line.side, row, 2)
        grid.setRowMinimumHeight(row + 2, GAP - 4 if number < len(self._lines) - 1 else 0)


def _hint(widget: QtWidgets.QWidget | None) -> int:
    return int(widget.sizeHint().width()) if widget is not None else 0


class _Spin(QtWidgets.QDoubleSpinBox):
    """A number of a control, whether whole or not; leaves the wheel to the panel."""

    def __init__(self, control: Control) -> None:
        super().__init__()
        self.setDecimals(0 if control.kind == "int" else decimals(control))
        self.setRange(control.minimum, control.maximum)
        self.setSingleStep(control.step)
        # Only numbers that are complete count.
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves the wheel to the panel."""
        event.ignore()


class _Slider(QtWidgets.QSlider):
    """A slider that comes to where it is pressed, and leaves the wheel to the panel."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._grip: int | None = None  # where the pointer holds the handle, from its middle
        # The number beside it takes keys, and one stop is enough.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves the wheel to the panel."""
        event.ignore()

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        """Takes the handle, which comes from wherever it is."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        handle, place = self._rectangle("Handle"), event.pos()
        self._grip = place.x() - handle.center().x() if handle.contains(place) else 0
        self.setSliderDown(True)
        self._drag(place.x())

    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Takes the handle along."""
        if self._grip is not None:
            self._drag(event.pos().x())

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Leaves it where it is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
            self.setSliderDown(False)

    def _drag(self, x: int) -> None:
        groove, width = self._rectangle("Groove"), self._rectangle("Handle").width()
        place = x - (self._grip or 0) - groove.x() - width // 2
        room = groove.width() - width
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.setValue(
            self.style().sliderValueFromPosition(
                self.minimum(), self.maximum(), place, room, mirrored
            )
        )

    def _rectangle(self, part: str) -> QtCore.QRect:
        option = QtWidgets.QStyleOptionSlider()
        self.initStyleOption(option)
        return self.style().subControlRect(
            QtWidgets.QStyle.ComplexControl.CC_Slider,
            option,
            getattr(QtWidgets.QStyle.SubControl, f"SC_Slider{part}"),
            self,
        )


class _Number:
    """A slider and a number that show one value, which may lie between their steps."""

    def __init__(self, control: Control, text: ControlText, changed: Callable[[], object]) -> None:
        assert control.minimum is not None
        assert control.maximum is not None
        assert control.step is not None
        assert not isinstance(control.default, str)
        self._control = control
        self._changed = changed
        self._value: float = control.default
        self.spin, self.slider = _Spin(control), _Slider()
        steps = last_step(control)
        self.slider.setRange(0, steps)
        self.slider.setPageStep(max(1, round(steps / 10)))
        describe(self.spin, f"control_{control.name}", text.label, text.help)
        describe(self.slider, f"control_{control.name}_slider", text.label, text.help)
        self.write(control.default)
        self.spin.valueChanged.connect(self._typed)
        self.slider.valueChanged.connect(self._dragged)

    def read(self) -> Value:
        """Returns the value, with what was typed and not yet left."""
        self.spin.interpretText()
        return int(self._value) if self._control.kind == "int" else self._value

    def write(self, value: float) -> None:
        """Shows a value."""
        self._value = value
        for widget, shown in ((self.spin, value), (self.slider, self._step(value))):
            blocked = widget.blockSignals(True)
            widget.setValue(shown)
            widget.blockSignals(blocked)

    def _step(self, value: float) -> int:
        assert self._control.minimum is not None
        assert self._control.step is not None
        return round((nearest(self._control, value) - self._control.minimum) / self._control.step)

    def _typed(self, value: float) -> None:
        if self._control.kind == "int":
            value = nearest(self._control, value)
        self._take(round(value, 6))

    def _dragged(self, step: int) -> None:
        assert self._control.minimum is not None
        assert self._control.step is not None
        self._take(round(self._control.minimum + self._control.step * step, 6))

    def _take(self, value: float) -> None:
        before = self._value
        self.write(value)
        if value != before:
            self._changed()


def number_row(control: Control, text: ControlText, changed: Callable[[], object]) -> Row:
    """Makes the row of a number: a slider and a spin box."""
    number = _Number(control, text, changed)
    return Row(
        Line(label_of(text, number.spin), number.slider, number.spin), number.read, number.write
    )


def label_of(text: ControlText, target: QtWidgets.QWidget) -> QtWidgets.QLabel:
    """Makes the label of a widget."""
    label = ElidedLabel(text.label)
    label.setToolTip(text.help)
    label.setBuddy(target)
    return label


def _choice(control: Control, text: ControlText, changed: Callable[[], object]) -> Row:
    combo = Combo()
    for nick, label in text.choices.items():
        combo.addItem(label, nick)
    describe(combo, f"control_{control.name}", text.label, text.help)

    def read() -> Value:
        nick = combo.currentData()
        return control.default if nick is None else str(nick)

    def write(nick: str) -> None:
        combo.setCurrentIndex(combo.findData(nick))

    write(str(control.default))
    combo.currentIndexChanged.connect(lambda _index: changed())
    return Row(Line(label_of(text, combo), combo, None), read, write)


def _check(control: Control, text: ControlText, changed: Callable[[], object]) -> Row:
    check = ElidedCheckBox(text.label)
    describe(check, f"control_{control.name}", text.label, text.help)
    check.setChecked(bool(control.default))
    check.toggled.connect(lambda _checked: changed())
    return Row(Line(None, check, None), check.isChecked, check.setChecked)


def _text(control: Control, text: ControlText, changed: Callable[[], object]) -> Row:
    """A line whose text counts when it is complete: at Enter, or when anything else is done."""
    line = QtWidgets.QLineEdit(str(control.default))
    line.setMinimumWidth(60)
    describe(line, f"control_{control.name}", text.label, text.help)
    kept: list[Value] = [control.default]

    def write(value: str) -> None:
        kept[0] = value
        line.setText(value)
        line.setCursorPosition(0)

    def settle() -> None:
        before, typed = kept[0], str(line.text()).strip()
        if typed != before:
            write(typed or str(before))
        if kept[0] != before:
            changed()

    def read() -> Value:
        # A shortcut leaves the focus where it is.
        settle()
        return kept[0]

    line.editingFinished.connect(settle)
    return Row(Line(label_of(text, line), line, None), read, write)


_BUILDERS = {
    "float": number_row,
    "int": number_row,
    "choice": _choice,
    "bool": _check,
    "text": _text,
}
