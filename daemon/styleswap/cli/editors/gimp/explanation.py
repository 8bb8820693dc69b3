"""Why a plug-in failed at the query step, in words."""

import re
from dataclasses import dataclass
from pathlib import Path

from . import NAME

_WHOLE = (
    "Put a whole copy there: styleswap install gimp. If that does not help, report it, with what "
    "stands here."
)
_PYTHON = (
    "Install Python 3.10 or newer with your system's packages (python3). If GIMP brings its own "
    "Python, install GIMP again."
)
# By patterns of the error.
_REMEDIES = {
    r"No module named 'gi'": (
        "The Python that GIMP starts has no PyGObject: install it with your system's packages "
        "(Debian, Ubuntu: python3-gi; Fedora: python3-gobject; Arch: python-gobject)."
    ),
    r"Namespace Gimp(Ui)? not available|cannot import name '?Gimp(Ui)?\b": (
        "GIMP's own description for Python is missing: install it with your system's packages "
        "(Debian, Ubuntu: gir1.2-gimp-3.0; elsewhere it belongs to GIMP)."
    ),
    r"Namespace \w+ not available|introspection typelib not found": (
        "A library's description for Python is missing: install it with your system's packages "
        "(Debian, Ubuntu: gir1.2-gtk-3.0, gir1.2-gegl-0.4)."
    ),
}


@dataclass(frozen=True)
class Explanation:
    """Why the filter does not appear."""

    text: str
    remedy: str


def explain(said: str, plugin: Path) -> Explanation:
    """Returns what the output of GIMP and of the plug-in tells.

    Args:
        said: the output.
        plugin: the plug-in's folder, to name files in it.
    """
    if trace := _trace(said):
        file, line, source, error = trace
        remedy = next(
            (remedy for known, remedy in _REMEDIES.items() if re.search(known, error)), _WHOLE
        )
        return Explanation(f"{error}\nin {plugin / file}, line {line}: {source}", remedy)
    if missing := re.search(r"env: \W?(python[\d.]*)\W?: No such file", said):
        return Explanation(f"GIMP finds no {missing[1]} to run it with", _PYTHON)
    told = [line.strip() for line in said.splitlines() if f"{NAME}.py" in line]
    if told:
        return Explanation("\n".join(told), _WHOLE)
    return Explanation("it ended without registering anything, and without a word", _WHOLE)


def _trace(said: str) -> tuple[str, str, str, str] | None:
    """The last of Python's traces that leads through the plug-in's own files.

    Returns:
        File in the plug-in's folder, line, that line's text, and the error.
    """
    place = re.compile(rf'\s+File ".*plug-ins[/\\]{NAME}[/\\](.+?)", line (\d+)')
    found, lines = None, said.splitlines()
    for number, line in enumerate(lines):
        if here := place.match(line):
            rest = lines[number + 1 :]
            # What belongs to the trace is indented; the error follows.
            error = next((text for text in rest if text and not text[0].isspace()), "")
            found = (here[1], here[2], rest[0].strip() if rest else "", error)
    return found
