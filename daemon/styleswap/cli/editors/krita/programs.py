"""The Kritas of this machine: their versions, and what of them runs a script without a window."""

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from styleswap.cli.editors.searching import executables, search_path, version_told

from .folders import FLATPAK_ID

OLDEST = (5, 2)
_RUNNER = "kritarunner"
_NUMBER = r"(\d+\.\d+\.\d+)"

Packaging = Literal["native", "appimage", "flatpak", "snap"]


@dataclass(frozen=True)
class Krita:
    """A Krita that is installed."""

    command: tuple[str, ...]
    """The words that run it."""
    version: str
    """Such as "5.2.9"; "" where it does not say, as without a screen."""
    packaging: Packaging = "native"
    runner: tuple[str, ...] = ()
    """The words that run its program for scripts; none where it has no such program."""

    @property
    def too_old(self) -> bool:
        """Whether it is known to be older than the panel needs."""
        number = tuple(int(part) for part in self.version.split(".") if part)
        return bool(number) and number < OLDEST

    @property
    def supported(self) -> bool:
        """Whether the panel can be used in it."""
        return self.packaging != "snap" and not self.too_old


def installed() -> list[Krita]:
    """Returns the Kritas of this machine, the native one first; each is asked for its version."""
    kritas = []
    for program in executables(("krita",), folders(sys.platform, os.environ, Path.home())):
        krita = at([str(program)])
        if krita is not None:
            kritas.append(krita)
            if krita.supported:
                break
    images = [at([str(path)]) for path in appimages(_image_folders())]
    kritas += [krita for krita in images if krita is not None]
    if shutil.which("flatpak"):
        version = version_told(["flatpak", "info", FLATPAK_ID], rf"Version:\s*{_NUMBER}")
        if version:
            run = ("flatpak", "run")
            runner = (*run, "--command=kritarunner", FLATPAK_ID)
            kritas.append(Krita((*run, FLATPAK_ID), version, "flatpak", runner))
    return kritas


def at(command: Sequence[str]) -> Krita | None:
    """Returns the Krita that a command runs; None where it cannot be one."""
    program = Path(command[0])
    if program.suffix.lower() == ".appimage":
        # Nothing is run: it would open its window.
        named = re.search(_NUMBER, program.name)
        return Krita(tuple(command), named[1] if named else "", "appimage")
    found = shutil.which(command[0])
    if found is None:
        return None
    beside = Path(found).resolve().parent
    teller, runner = (shutil.which(name, path=str(beside)) for name in ("krita_version", _RUNNER))
    # Krita itself says it only where there is a screen.
    version = (teller and version_told([teller], _NUMBER)) or version_told(
        [*command, "--version"], rf"\b{_NUMBER}"
    )
    if "snap" in program.parts:
        return Krita(tuple(command), version or "", "snap")
    return Krita(tuple(command), version or "", runner=(runner,) if runner else ())


def folders(system: str, variables: Mapping[str, str], home: Path) -> list[Path]:
    """Returns the folders in which Krita's programs may lie; nothing needs to be there.

    Args:
        system: as `sys.platform` names it.
        variables: the environment.
        home: the user's directory.
    """
    searched = search_path(system, variables)
    if system == "win32" and variables.get("PROGRAMFILES"):
        searched.append(Path(variables["PROGRAMFILES"]) / "Krita (x64)" / "bin")
    if system == "darwin":
        bundle = Path("Applications") / "krita.app" / "Contents" / "MacOS"
        searched += [Path("/") / bundle, home / bundle]
    return searched


def appimages(folders: Sequence[Path]) -> list[Path]:
    """Returns the AppImages of Krita that lie in the folders and may be run."""
    named = re.compile(r"krita.*\.appimage", re.IGNORECASE)
    found = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    return [path for path in found if named.fullmatch(path.name) and os.access(path, os.X_OK)]


def _image_folders() -> list[Path]:
    if not sys.platform.startswith("linux"):
        return []
    home = Path.home()
    usual = [home / name for name in ("Applications", "Downloads", "Desktop")]
    return [*search_path(sys.platform, os.environ), *usual]


def running(processes: Path = Path("/proc")) -> bool:
    """Returns whether a Krita runs, of whatever packaging; False where that cannot be known."""
    for name in processes.glob("[0-9]*/comm"):
        try:
            if name.read_text() == "krita\n" and name.stat().st_uid == os.getuid():
                return True
        except OSError:  # it has ended, or is not ours
            continue
    return False
