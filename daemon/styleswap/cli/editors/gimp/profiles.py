"""Where the profiles of GIMP lie: folders with a user's settings and plug-ins, one per series."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FLATPAK_ID = "org.gimp.GIMP"


@dataclass(frozen=True)
class Places:
    """The folders that hold one profile per series, named 3.0, 3.2 and so on."""

    native: Path
    """Of GIMP as installed by the system or by its own installer."""
    flatpak: Path | None = None
    """Of GIMP from Flatpak, which takes `native` instead where that folder exists."""
    snap: Path | None = None
    """Of GIMP from Snap, which we cannot serve."""
    named: Path | None = None
    """A single profile, of whatever series: GIMP3_DIRECTORY."""

    @property
    def of_flatpak(self) -> Path:
        """Where GIMP from Flatpak has its profiles."""
        return self.native if self.flatpak is None or self.native.is_dir() else self.flatpak


def here() -> Places:
    """Returns where profiles may lie on this machine."""
    return places(sys.platform, os.environ, Path.home())


def places(system: str, variables: Mapping[str, str], home: Path) -> Places:
    """Returns where profiles may lie; nothing needs to be there.

    Args:
        system: as `sys.platform` names it.
        variables: the environment.
        home: the user's directory.
    """
    # GIMP takes a relative path from the user's directory.
    directory = variables.get("GIMP3_DIRECTORY")
    named = home / directory if directory else None
    if system == "win32":
        roaming = variables.get("APPDATA")
        base = Path(roaming) if roaming else home / "AppData" / "Roaming"
        return Places(base / "GIMP", named=named)
    if system == "darwin":
        return Places(home / "Library" / "Application Support" / "GIMP", named=named)
    config = Path(variables.get("XDG_CONFIG_HOME", ""))
    return Places(
        (config if config.is_absolute() else home / ".config") / "GIMP",
        flatpak=home / ".var" / "app" / FLATPAK_ID / "config" / "GIMP",
        snap=home / "snap" / "gimp",
        named=named,
    )


def found(places: Places) -> list[Path]:
    """Returns the profiles of GIMP 3 that exist, each once, older series first."""
    profiles = [] if places.named is None else [places.named]
    for base in (places.native, places.flatpak):
        profiles += [folder for number, folder in _series(base) if number >= (3,)]
    once: dict[Path, Path] = {}
    for folder in profiles:
        if folder.is_dir():
            once.setdefault(folder.resolve(), folder)
    return list(once.values())


def older(base: Path | None) -> list[str]:
    """Returns the series before GIMP 3 that have a profile in `base`, such as "2.10"."""
    return [folder.name for number, folder in _series(base) if number < (3,)]


def series(version: str) -> str:
    """Returns the name of the profile of a GIMP: "3.0" for "3.0.4"."""
    return ".".join(version.split(".")[:2])


def too_old(profile: Path) -> bool:
    """Returns whether a folder has the name of the profile of a GIMP before 3."""
    number = _number(profile.name)
    return number is not None and number < (3,)


def _series(base: Path | None) -> Sequence[tuple[tuple[int, ...], Path]]:
    if base is None or not base.is_dir():
        return []
    numbered = [(_number(folder.name), folder) for folder in base.iterdir() if folder.is_dir()]
    return sorted((number, folder) for number, folder in numbered if number is not None)


def _number(name: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"\d+\.\d+", name):
        return None
    return tuple(int(part) for part in name.split("."))
