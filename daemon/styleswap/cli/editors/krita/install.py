"""`styleswap install krita` and `styleswap uninstall krita`."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from styleswap import __version__
from styleswap.cli.editors import plugin_folder, recording
from styleswap.cli.editors.copies import instead_of
from styleswap.cli.outcome import CommandError, ExitCode

from . import FOLDER, MANAGER, MENU, folders, kritarc, programs
from .folders import Home, Places

GET = "https://krita.org/download"
SNAP = (
    "Krita from Snap cannot be used: it may not read the hidden folders of your home directory, "
    "where the daemon says how to reach it."
)


def install(resources: Path | None = None, settings: Path | None = None) -> int:
    """Puts the panel into every Krita's home, enables it, and records how the daemon is started.

    Args:
        resources: the only resource folder to put it into; by default all that are found.
        settings: the kritarc that belongs to it.

    Raises:
        CommandError: there is no Krita, or the panel cannot be put there.
    """
    known = folders.here()
    chosen = named(known, resources, settings)
    kritas = [] if chosen else programs.installed()
    homes = [chosen] if chosen else in_use(known, kritas)
    if not homes:
        raise CommandError(_why_none(known, kritas))
    plugin_folder.check(part for home in homes for part in home.parts)
    for home in homes:
        with _told(home.settings):
            kritarc.enabled(home.settings)
    for home in homes:
        before = plugin_folder.version(home.package)
        plugin_folder.put(FOLDER, home.package, home.files)
        print(f"Style Swap {__version__} is in {home.package}{instead_of(before)}.")
        with _told(home.settings):
            kritarc.enable(home.settings)
    command = recording.record()
    print(f"The panel starts the daemon with: {shlex.join(command)}")
    start = "Close Krita and start it again" if programs.running() else "Start Krita"
    print(f"{start}; the panel is under {MENU}.")
    if chosen is None:
        _warn(known, kritas)
    return 0


def uninstall(resources: Path | None = None, settings: Path | None = None) -> int:
    """Removes the panel from every Krita's home; nothing to do where there is none.

    Args:
        resources: the only resource folder to remove it from; by default all that are found.
        settings: the kritarc that belongs to it.

    Raises:
        CommandError: what lies there is not the panel, or may not be removed.
    """
    known = folders.here()
    chosen = named(known, resources, settings)
    homes = [chosen] if chosen else known.homes
    plugin_folder.check(part for home in homes for part in home.parts)
    removed = [home for home in homes if plugin_folder.remove(home.package, home.files.values())]
    for home in homes:
        with _told(home.settings):
            kritarc.forget(home.settings)
    for home in removed:
        print(f"Removed {home.package}.")
    if removed:
        print("Start Krita again; the panel is gone then. Your styles and the daemon stay.")
    else:
        where = ", ".join(str(home.resources) for home in homes)
        print(f"The panel is not in {where}: there is nothing to remove.")
    return 0


def named(known: Places, resources: Path | None, settings: Path | None) -> Home | None:
    """Returns the home that the user named; None where none is named.

    Raises:
        CommandError: there is no such folder.
    """
    if resources is None and settings is None:
        return None
    if settings is not None:
        home = folders.moved(replace(known.native, settings=settings.expanduser().absolute()))
    else:
        home = known.native
    if resources is None:
        return home
    resources = resources.expanduser().absolute()
    if not resources.is_dir():
        raise CommandError(
            f"There is no folder {resources}; Krita opens the right one under Settings > Manage "
            "Resources > Open Resource Folder."
        )
    if resources.name == "pykrita":
        raise CommandError(f"Name the folder that holds pykrita: {resources.parent}.")
    if settings is None:
        same = [each for each in known.homes if each.resources == resources]
        home = next(iter([*same, home]))
    return replace(home, resources=resources)


def in_use(known: Places, kritas: list[programs.Krita]) -> list[Home]:
    """Returns the homes that a Krita has made, or would make at its start."""
    packagings = {krita.packaging for krita in kritas}
    native = known.native.used or packagings & {"native", "appimage"}
    flatpak = known.flatpak is not None and (known.flatpak.used or "flatpak" in packagings)
    return [known.native] * bool(native) + ([known.flatpak] if known.flatpak and flatpak else [])


def _why_none(known: Places, kritas: list[programs.Krita]) -> str:
    again = f"from {GET} or from Flathub, then run styleswap install krita again"
    if kritas or (known.snap is not None and known.snap.is_dir()):
        return f"{SNAP} Install Krita {again}."
    return (
        "There is no Krita here: neither its folder nor the program. Install it "
        f"{again}; or name its resource folder with --resources."
    )


def _warn(known: Places, kritas: list[programs.Krita]) -> None:
    """Says which Kritas cannot show the panel."""
    old = [krita.version for krita in kritas if krita.too_old]
    if old and not any(krita.supported for krita in kritas):
        text = f"here is Krita {old[0]}, and the panel needs Krita 5.2 or newer: {GET}."
        print(f"styleswap: note: {text}", file=sys.stderr)
    if known.snap is not None and known.snap.is_dir():
        print(f"styleswap: note: {SNAP}", file=sys.stderr)


@contextmanager
def _told(settings: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandError(
            f"{settings} cannot be changed: {error.strerror or error}. Make it writable; or tick "
            f"or untick Style Swap in Krita under {MANAGER}.",
            ExitCode.FAILED,
        ) from error
