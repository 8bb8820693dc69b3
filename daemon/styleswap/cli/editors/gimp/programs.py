"""The GIMPs of this machine: which versions, and the commands that run them without a window."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from styleswap.cli.editors.searching import executables, search_path, version_told

from .profiles import FLATPAK_ID

_NAMES = ("gimp-console", "gimp-console-3", "gimp", "gimp-3")

Packaging = Literal["native", "flatpak", "snap"]


@dataclass(frozen=True)
class Gimp:
    """A GIMP that can be run."""

    console: tuple[str, ...]
    """The words that run it without a window."""
    version: str
    """Such as "3.0.4"."""
    packaging: Packaging = "native"

    @property
    def supported(self) -> bool:
        """Whether the filter can be used in it: GIMP 3 from anywhere but Snap."""
        return self.packaging != "snap" and not self.version.startswith(("0.", "1.", "2."))

    def command(self, profile: Path, arguments: Sequence[str]) -> list[str]:
        """The command line that runs it with a certain profile; see also `environment`."""
        if self.packaging != "flatpak":
            return [*self.console, *arguments]
        run, *rest = self.console[1:]
        options = [f"--filesystem={profile}"]
        options += [f"--env={name}={value}" for name, value in _variables(profile).items()]
        return [self.console[0], run, *options, *rest, *arguments]

    def environment(self, profile: Path) -> dict[str, str]:
        """The environment for `command`."""
        return {**os.environ, **_variables(profile)}


def _variables(profile: Path) -> dict[str, str]:
    # What goes wrong is read from messages, which must not be translated.
    return {"GIMP3_DIRECTORY": str(profile), "LC_ALL": "C.UTF-8"}


def installed() -> list[Gimp]:
    """Returns the GIMPs of this machine, the native one first; each is asked for its version."""
    gimps = []
    for program in executables(_NAMES, folders(sys.platform, os.environ, Path.home())):
        gimp = at([str(program)])
        if gimp is not None:
            gimps.append(gimp)
            if gimp.supported:
                break
    if shutil.which("flatpak"):
        version = version_told(["flatpak", "info", FLATPAK_ID], r"Version:\s*(\d+\.\d+\.\d+)")
        if version:
            console = ("flatpak", "run", "--command=gimp-console", FLATPAK_ID)
            gimps.append(Gimp(console, version, "flatpak"))
    return gimps


def at(console: Sequence[str]) -> Gimp | None:
    """Returns the GIMP that a command runs, None where it is none."""
    version = version_told([*console, "--version"], r"\b(\d+\.\d+\.\d+)")
    if version is None:
        return None
    snap = any(part == "snap" for part in Path(console[0]).parts)
    return Gimp(tuple(console), version, "snap" if snap else "native")


def folders(system: str, variables: Mapping[str, str], home: Path) -> list[Path]:
    """Returns the folders in which GIMP's programs may lie; nothing needs to be there.

    Args:
        system: as `sys.platform` names it.
        variables: the environment.
        home: the user's directory.
    """
    searched = search_path(system, variables)
    if system == "win32":
        local = Path(variables.get("LOCALAPPDATA") or home / "AppData" / "Local") / "Programs"
        for base in (variables.get("PROGRAMFILES"), str(local)):
            searched += [Path(base) / "GIMP 3" / "bin"] if base else []
    if system == "darwin":
        bundle = Path("Applications") / "GIMP.app" / "Contents" / "MacOS"
        searched += [Path("/") / bundle, home / bundle]
    return searched
