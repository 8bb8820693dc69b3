"""A painting in an editor as a line for a terminal, which paints a file in the same way."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from styleswap.client.answers import Style
from styleswap.client.style_choice import ID_PREFIXES
from styleswap.editing.second_style import Second
from styleswap.v1.controls import CONTROLS, Control, Value
from styleswap.v1.counting import counts


def as_command(
    content: str,
    style: str,
    settings: Mapping[str, Any],
    second: Second | None = None,
    library: Sequence[Style] = (),
) -> str:
    """Returns the command that paints a file with these settings.

    Args:
        content: path of the picture; empty where it was never saved.
        style: id of a style of the library, or the path of an image file.
        settings: controls by name; those at their default, and those that do not count, are left
            out.
        second: another style that is mixed in.
        library: the styles that there are; the user's own are called by their names where those
            mean nothing else, not by the 64 digits of their ids.
    """
    words = ["styleswap", "stylize", content or "picture.png", _called(style, library)]
    if second is not None:
        first, other = second.weights
        words += ["--weight", str(first), "--mix", _called(second.style, library), str(other)]
    for control in CONTROLS:
        value = settings.get(control.name, control.default)
        if value != control.default and counts(control, settings):
            words += _flag(control, value)
    return shlex.join([*words, "--output", "painted.png"])


def _called(style: str, library: Sequence[Style]) -> str:
    """Returns the word for a style that a person can read and the command understands."""
    known = next((candidate for candidate in library if candidate.id == style), None)
    if known is None or known.builtin:
        return style
    name = known.name
    alike = [other for other in library if other.name.casefold() == name.casefold()]
    return name if len(alike) == 1 and _is_a_name(name) else style


def _is_a_name(text: str) -> bool:
    """Whether the command takes a text for a name: not for an id, an option or a file."""
    suffix = Path(text).suffix
    return (
        not text.startswith((*ID_PREFIXES, "-"))
        and text == text.strip()
        and Path(text).name == text
        and (not suffix or " " in suffix)
    )


def _flag(control: Control, value: Value) -> list[str]:
    name = control.name.replace("_", "-")
    if control.kind == "bool":
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
