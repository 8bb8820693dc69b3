"""Which settings count with the others: the rest changes nothing of the picture, to the bit.

Standard library only, as the table of controls.
"""

from collections.abc import Mapping

from styleswap.v1.control import Condition, Control, Value
from styleswap.v1.controls import CONTROLS, by_name


def counts(control: Control, settings: Mapping[str, Value]) -> bool:
    """Tells whether a control counts.

    Args:
        control: one of the table.
        settings: values that their controls allow, by name; absent ones have their defaults.
    """
    conditions = control.counts_with
    return not conditions or any(_holds(condition, settings) for condition in conditions)


def may_be_idle(control: Control) -> bool:
    """Tells whether there are settings with which a control does not count."""
    return bool(control.counts_with) and all(map(_may_fail, control.counts_with))


def effective(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Returns the settings that count, which paint the same picture as all of them."""
    return {name: value for name, value in settings.items() if counts(by_name(name), settings)}


def idle(settings: Mapping[str, Value]) -> tuple[Control, ...]:
    """Returns the controls that are set, to another value than their default, and do not count."""
    return tuple(
        control
        for control in CONTROLS
        if settings.get(control.name, control.default) != control.default
        and not counts(control, settings)
    )


def idle_notice(control: Control) -> str:
    """Returns the sentence that tells of a control of `idle`, in the names of settings."""
    conditions = " or ".join(
        f"{each.control} above {each.above:g}"
        if each.above is not None
        else f"{each.control} = {' or '.join(each.values)}"
        for each in control.counts_with
    )
    return f"{control.name} has no effect: it counts only with {conditions}."


def _may_fail(condition: Condition) -> bool:
    other = by_name(condition.control)
    only = other.choices and {each.nick for each in other.choices} <= set(condition.values)
    return not only or may_be_idle(other)


def _holds(condition: Condition, settings: Mapping[str, Value]) -> bool:
    other = by_name(condition.control)
    return condition.takes(settings.get(other.name, other.default)) and counts(other, settings)
