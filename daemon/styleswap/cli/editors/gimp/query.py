"""The query step: GIMP runs every new plug-in once and notes what it registers.

A plug-in that fails then is not in the menus, and GIMP's window says nothing. Here GIMP runs with a
throw-away profile that holds one plug-in only; what it notes and what it prints is read.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from styleswap.cli.editors.searching import said

from . import ENTRY, NAME, PROCEDURE
from .programs import Gimp

_SECONDS = 120
_ARGUMENTS = ("-i", "--no-data", "--no-fonts", "--quit")
# Only the profile's own plug-ins: the others would take seconds, and print things of their own.
_SETTINGS = '(plug-in-path "${gimp_dir}/plug-ins")\n'


@dataclass(frozen=True)
class Query:
    """What came of it."""

    menu: str | None
    """Where the filter is in GIMP's menus, "Filters > Artistic > Name..."; None: nowhere."""
    said: str
    """What GIMP and the plug-in printed."""


def query(gimp: Gimp, plugin: Path) -> Query:
    """Returns what a GIMP makes of the plug-in in a folder, which is left as it is.

    Raises:
        OSError, subprocess.TimeoutExpired: GIMP cannot be run, or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="styleswap-gimp-", ignore_cleanup_errors=True) as name:
        profile = Path(name)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(plugin, profile / "plug-ins" / NAME, ignore=ignored)
        (profile / "gimprc").write_text(_SETTINGS, encoding="utf-8")
        printed = said(gimp.command(profile, _ARGUMENTS), gimp.environment(profile), _SECONDS)
        noted = profile / "pluginrc"
        text = noted.read_text(encoding="utf-8", errors="replace") if noted.exists() else ""
        return Query(_menu(text), printed)


def _menu(noted: str) -> str | None:
    """Finds our procedure in GIMP's notes, nested lists of words and quoted texts."""
    for definition in noted.split("(plug-in-def ")[1:]:
        procedure = definition.partition(f'(proc-def "{PROCEDURE}"')[2]
        path = re.search(r'\(menu-path "<Image>/([^"]*)"', procedure)
        if f"/{NAME}/{ENTRY}" in definition.splitlines()[0] and path:
            # Before the label come blurb, help, author, copyright and date.
            label = re.findall(r'"((?:[^"\\]|\\.)*)"', procedure)[5]
            return " > ".join([*path[1].split("/"), label.replace("_", "")])
    return None
