"""What widgets of any toolkit have to know of a control's values."""

from __future__ import annotations

from collections.abc import Mapping

from styleswap.v1.control import Control, ControlError, Value


def value_in(values: Mapping[str, object], control: Control) -> Value:
    """Returns a control's value among others by name; its default where it is absent or wrong."""
    if control.name not in values:
        return control.default
    try:
        return control.validate(values[control.name])
    except ControlError:
        return control.default


def last_step(control: Control) -> int:
    """Returns how many steps a number can take from its minimum."""
    assert control.minimum is not None
    assert control.maximum is not None
    assert control.step is not None
    return int((control.maximum - control.minimum) / control.step + 1e-6)


def nearest(control: Control, value: float) -> float:
    """Returns the allowed number of whole steps that is nearest to a value."""
    assert control.minimum is not None
    assert control.step is not None
    steps = round((value - control.minimum) / control.step)
    return control.minimum + control.step * min(max(steps, 0), last_step(control))


def decimals(control: Control) -> int:
    """Returns the decimals of a number's step, such as 2 for 0.05."""
    return len(f"{control.step:.6f}".rstrip("0").partition(".")[2])
