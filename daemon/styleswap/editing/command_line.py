"""A painting in an editor as a line for a terminal, which paints a file in the same way."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from styleswap.editing.second_style import Second
from styleswap.v1.controls import CONTROLS, Control, Value


def as_command(
    content: str, style: str, settings: Mapping[str, Any], second: Second | None = None
) -> str:
    """Returns the command that paints a file with these settings.

    Args:
        content: path of the picture; empty where it was never saved.
        style: id of a style of the library, or the path of an image file.
        settings: controls by name; those at their default are left out.
        second: another style that is mixed in.
    """
    words = ["styleswap", "stylize", content or "picture.png", style]
    if second is not None:
        first, other = second.weights
        words += ["--weight", str(first), "--mix", second.style, str(other)]
    for control in CONTROLS:
        value = settings.get(control.name, control.default)
        if value != control.default:
            words += _flag(control, value)
    return shlex.join([*words, "--output", "painted.png"])


def _flag(control: Control, value: Value) -> list[str]:
    name = control.name.replace("_", "-")
    if control.kind == "bool":
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
