"""Settings as a message and as a dict: {control's name: number, bool, nick or text}.

Works on whatever the table of controls holds; nothing here names a control.
"""

import struct
from collections.abc import Mapping

from google.protobuf.unknown_fields import UnknownFieldSet

from styleswap.v1.controls import CONTROLS, Control, ControlError, Value, by_name
from styleswap.v1.controls_pb2 import Settings


def defaults() -> dict[str, Value]:
    """Returns every control's default by its name."""
    return {control.name: control.default for control in CONTROLS}


def complete(settings: Mapping[str, object]) -> dict[str, Value]:
    """Returns the settings checked, in their controls' types, with defaults filled in.

    Raises:
        ControlError: a name is unknown, a value is refused, or two values contradict each other.
    """
    result = defaults()
    for name, value in settings.items():
        result[name] = by_name(name).validate(value)
    for control in CONTROLS:
        if not control.at_most:
            continue
        own, most = result[control.name], result[control.at_most]
        if float(own) > float(most):
            raise ControlError(
                control.name, f"{control.name} = {own}: must be at most {control.at_most} ({most})."
            )
    return result


def from_texts(texts: Mapping[str, str]) -> dict[str, Value]:
    """Returns the settings that texts by name stand for, as in flags.

    Raises:
        ControlError: as `complete`.
    """
    settings = {name: by_name(name).parse(text) for name, text in texts.items()}
    complete(settings)
    return settings


def to_message(settings: Mapping[str, object]) -> Settings:
    """Returns the message that holds exactly the given settings; others stay absent.

    Raises:
        ControlError: as `complete`.
    """
    checked = complete(settings)
    message = Settings()
    for name in settings:
        control, value = by_name(name), checked[name]
        setattr(message, name, _number(control, value) if control.kind == "choice" else value)
    return message


def from_message(message: Settings) -> dict[str, Value]:
    """Returns all settings of a message, with defaults where a field is absent.

    An enum's zero value (unspecified) counts as absent.

    Raises:
        ControlError: as `complete`, and for a field that this version does not know; its name is
            then "field NUMBER".
    """
    fields = UnknownFieldSet(message)
    unknown = sorted({fields[index].field_number for index in range(len(fields))})
    if unknown:
        name = f"field {unknown[0]}"
        raise ControlError(
            name,
            f"Settings have a field {unknown[0]} that this version does not know; "
            "update the daemon, or leave the setting away.",
        )
    given: dict[str, object] = {}
    for control in CONTROLS:
        if not message.HasField(control.name):
            continue
        value = getattr(message, control.name)
        if control.kind == "choice":
            if value == 0:
                continue
            value = _nick(control, value)
        elif control.kind == "float":
            value = _shortest(value)
        given[control.name] = value
    return complete(given)


def _number(control: Control, nick: Value) -> int:
    """Returns the enum number of a nick that was validated."""
    return next(choice.number for choice in control.choices if choice.nick == nick)


def _nick(control: Control, number: int) -> object:
    """Returns the nick of an enum number; the number itself where unknown, to be refused."""
    return next((choice.nick for choice in control.choices if choice.number == number), number)


def _shortest(value: float) -> float:
    """Returns the decimal with the fewest digits that has the same single-precision value.

    The field holds single precision: 0.8 arrives as 0.800000011920929, and must not be shown so.
    """
    single = struct.pack("<f", value)
    for digits in range(6, 9):
        rounded = float(f"{value:.{digits}g}")
        if struct.pack("<f", rounded) == single:
            return rounded
    return value
