"""What a control is: its kind, range and choices, and how a value is checked against them.

The controls themselves are in the generated `controls.py`. Standard library only: editors build
their dialogs from the table before anything else is imported.
"""

import numbers
from dataclasses import dataclass
from typing import Literal, TypeAlias

Value: TypeAlias = float | int | bool | str
"""The value of a control: a choice's value is its nick."""


class ControlError(ValueError):
    """A setting that is unknown or has a value that its control does not take."""

    def __init__(self, name: str, message: str) -> None:
        """Keeps the control's name beside the sentence for a person."""
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Choice:
    """One value of a choice control."""

    nick: str
    """The name in flags, scripts and presets."""
    label: str
    """The English label, also the key of its translations."""
    number: int
    """The number of the enum's value in messages."""


@dataclass(frozen=True)
class Condition:
    """Something with which a control counts: another one, which counts itself, has such a value."""

    control: str
    """The other control's name."""
    values: tuple[str, ...]
    """Nicks of a choice, any of which will do; empty for a number."""
    above: float | int | None
    """What a number must exceed; None for a choice."""

    def takes(self, value: object) -> bool:
        """Tells whether a value of the other control, one that it allows, is such a one."""
        if self.above is None:
            return value in self.values
        return isinstance(value, (int, float)) and value > self.above


@dataclass(frozen=True)
class Control:
    """One control of the filter."""

    name: str
    """The field's name in Settings."""
    kind: Literal["float", "int", "bool", "choice", "text"]
    """What its value is."""
    default: Value
    """Value where none is given."""
    minimum: float | int | None
    """Smallest value of float and int, None for other kinds."""
    maximum: float | int | None
    """Largest value of float and int, None for other kinds."""
    step: float | int | None
    """For int the distance of allowed values from the minimum on; for float a dialog's step."""
    choices: tuple[Choice, ...]
    """The choices in the order of a dialog; empty for other kinds."""
    group: Literal["basic", "advanced"]
    """Whether it is always visible."""
    label: str
    """The English label, also the key of its translations."""
    help: str
    """One sentence for a tooltip, also the key of its translations."""
    field_number: int
    """The field's number in Settings."""
    counts_with: tuple[Condition, ...] = ()
    """With what it counts: one of these must hold; empty where it always does. See `counting`."""
    at_most: str = ""
    """Name of another control that it must not exceed; empty where there is none."""

    def validate(self, value: object) -> Value:
        """Returns `value` in the control's own type.

        float takes any real number, int any integer, choice a nick, text anything that is not
        blank. Numbers of NumPy count as numbers; True and False do not.

        Raises:
            ControlError: the value's type or range is wrong; the sentence says what is allowed.
        """
        result = self._accepted(value)
        if result is None:
            raise ControlError(self.name, f"{self.name} = {value!r}: must be {self.allowed()}.")
        return result

    def parse(self, text: str) -> Value:
        """Returns the value that `text` stands for, as in a command's flag or a preset file.

        Booleans are true, false, yes, no, on, off, 1 or 0.

        Raises:
            ControlError: the text is no value of this control; the sentence says what is allowed.
        """
        value: object = text
        word = text.strip()
        try:
            if self.kind == "float":
                value = float(word)
            elif self.kind == "int":
                value = int(word)
            elif self.kind == "bool":
                value = _BOOLEANS.get(word.lower(), text)
            elif self.kind == "choice":
                value = word
        except ValueError:
            pass
        return self.validate(value)

    def allowed(self) -> str:
        """Returns the allowed values in words, such as "an integer from 0 to 8"."""
        if self.kind == "float":
            return f"a number from {self.minimum:g} to {self.maximum:g}"
        if self.kind == "int":
            steps = f" in steps of {self.step}" if self.step != 1 else ""
            return f"an integer from {self.minimum} to {self.maximum}{steps}"
        if self.kind == "bool":
            return "true or false"
        if self.kind == "choice":
            return "one of " + ", ".join(choice.nick for choice in self.choices)
        return "a text that is not blank"

    def _accepted(self, value: object) -> Value | None:
        """Returns the normalised value, None where it is refused."""
        if self.kind == "bool":
            return value if isinstance(value, bool) else None
        if self.kind == "choice":
            return next((choice.nick for choice in self.choices if choice.nick == value), None)
        if self.kind == "text":
            return value if isinstance(value, str) and value.strip() else None
        assert self.minimum is not None
        assert self.maximum is not None
        assert self.step is not None
        if isinstance(value, bool):
            return None
        if self.kind == "float":
            if not isinstance(value, numbers.Real):
                return None
            try:
                number = float(value)
            except OverflowError:  # an integer beyond all floats
                return None
            # NaN fails the comparison.
            return number if self.minimum <= number <= self.maximum else None
        if not isinstance(value, numbers.Integral):
            return None
        whole = int(value)
        in_range = self.minimum <= whole <= self.maximum
        return whole if in_range and (whole - self.minimum) % self.step == 0 else None


_BOOLEANS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
