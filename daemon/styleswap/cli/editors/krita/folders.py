"""Where Krita keeps its resources, plug-ins among them, and its settings."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from styleswap.cli.editors.plugin_folder import Files

from . import ACTION, DESKTOP, NAME, kritarc

FLATPAK_ID = "org.kde.krita"


@dataclass(frozen=True)
class Home:
    """What a Krita, and every other one that is packaged like it, keeps for a user."""

    resources: Path
    """Krita's resource folder."""
    settings: Path
    """Krita's kritarc."""
    packaging: Literal["native", "flatpak"] = "native"

    @property
    def package(self) -> Path:
        """Where the plug-in's Python package belongs."""
        return self.resources / "pykrita" / NAME

    @property
    def files(self) -> Files:
        """Where the other files of plugins/ belong."""
        return {
            DESKTOP: self.resources / "pykrita" / f"{NAME}.desktop",
            ACTION: self.resources / "actions" / f"{NAME}.action",
        }

    @property
    def parts(self) -> list[Path]:
        """All of the plug-in's places."""
        return [self.package, *self.files.values()]

    @property
    def used(self) -> bool:
        """Whether a Krita was ever started with it."""
        return self.resources.is_dir() or self.settings.is_file()


@dataclass(frozen=True)
class Places:
    """The homes of this machine's Kritas; nothing needs to be there."""

    native: Home
    """Of Krita as installed by the system or by its own installer, and of AppImages."""
    flatpak: Home | None = None
    snap: Path | None = None
    """Of Krita from Snap, which we cannot serve."""

    @property
    def homes(self) -> list[Home]:
        """Those that we can serve."""
        return [home for home in (self.native, self.flatpak) if home is not None]


def here() -> Places:
    """Returns where Krita keeps things on this machine; its settings may name other resources."""
    known = places(sys.platform, os.environ, Path.home())
    flatpak = known.flatpak and moved(known.flatpak)
    return replace(known, native=moved(known.native), flatpak=flatpak)


def moved(home: Home) -> Home:
    """Returns a home with the resource folder that its settings name, if they do."""
    named = kritarc.resource_folder(home.settings)
    return home if named is None else replace(home, resources=named)


def places(system: str, variables: Mapping[str, str], home: Path) -> Places:
    """Returns where Krita keeps things unless its settings say otherwise.

    Args:
        system: as `sys.platform` names it.
        variables: the environment.
        home: the user's directory.
    """

    def folder(variable: str, otherwise: Path) -> Path:
        named = Path(variables.get(variable, ""))
        return named if named.is_absolute() else home / otherwise

    if system == "win32":
        roaming = folder("APPDATA", Path("AppData", "Roaming"))
        local = folder("LOCALAPPDATA", Path("AppData", "Local"))
        return Places(Home(roaming / "krita", local / "kritarc"))
    if system == "darwin":
        library = home / "Library"
        resources = library / "Application Support" / "krita"
        return Places(Home(resources, library / "Preferences" / "kritarc"))
    data = folder("XDG_DATA_HOME", Path(".local", "share"))
    config = folder("XDG_CONFIG_HOME", Path(".config"))
    app = home / ".var" / "app" / FLATPAK_ID
    return Places(
        Home(data / "krita", config / "kritarc"),
        flatpak=Home(app / "data" / "krita", app / "config" / "kritarc", "flatpak"),
        snap=home / "snap" / "krita",
    )
