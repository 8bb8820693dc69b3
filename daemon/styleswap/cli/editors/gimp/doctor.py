"""`styleswap doctor gimp`: why the filter is not in GIMP's menus, or cannot paint."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from styleswap.cli.editors import copies, plugin_folder, recording
from styleswap.cli.findings import Finding
from styleswap.cli.outcome import CommandError

from . import EDITOR, ENTRY, profiles, programs
from .explanation import explain
from .install import SNAP, named, plugin
from .programs import Gimp
from .query import query

_INSTALL = "Run styleswap install gimp."


def examine(profile: Path | None, command: Sequence[str] | None) -> Iterator[Finding]:
    """Yields what is found.

    Args:
        profile: the only one to look at; by default all that are found.
        command: the one that runs GIMP; by default the GIMPs of this machine.

    Raises:
        CommandError: the profile is none.
    """
    folders = [named(profile)] if profile else profiles.found(profiles.here())
    gimps, findings = _gimps(command)
    yield from findings
    yield from _where(folders, gimps)
    for folder in folders:
        if plugin(folder).exists():
            yield from _plugin(folder, _gimp_of(folder, gimps))
    flatpak = any(gimp.packaging == "flatpak" for gimp in gimps)
    yield from recording.examine("the filter", _INSTALL, "GIMP" if flatpak else None)


def _gimps(command: Sequence[str] | None) -> tuple[Sequence[Gimp], Sequence[Finding]]:
    """The GIMPs that can be used, and what is to be said of those and of others."""
    get = "Install GIMP 3: https://www.gimp.org/downloads"
    if command is None:
        gimps = programs.installed()
        missing = Finding("GIMP", "problem", "there is none on this machine", get)
    else:
        asked = programs.at(command)
        gimps = [asked] if asked else []
        text = f"{shlex.join(command)} --version does not tell GIMP's version"
        missing = Finding("GIMP", "problem", text, "Name the command of gimp-console.")
    findings = [] if gimps else [missing]
    for gimp in gimps:
        text = f"{gimp.version}: {shlex.join(gimp.console)}"
        if gimp.supported:
            findings.append(Finding("GIMP", "ok", text))
        elif gimp.packaging == "snap":
            findings.append(Finding("GIMP", "problem", text, SNAP))
        else:
            findings.append(
                Finding("GIMP", "problem", f"{text}; the filter needs GIMP 3", f"{get}.")
            )
    return [gimp for gimp in gimps if gimp.supported], findings


def _where(folders: Sequence[Path], gimps: Sequence[Gimp]) -> Iterator[Finding]:
    """Where the filter is missing."""
    if not folders:
        yield Finding("plug-in", "problem", "GIMP 3 has no profile here", _INSTALL)
    nowhere = not any(plugin(folder).exists() for folder in folders)
    used = {profiles.series(gimp.version) for gimp in gimps}
    for folder in folders:
        if not plugin(folder).exists():
            missed = nowhere or folder.name in used
            text = f"the filter is not in {folder}"
            yield Finding("plug-in", "problem" if missed else "note", text, _install_in(folder))


def _install_in(profile: Path) -> str:
    """What to do for a profile that lacks the filter, or has a bad copy of it."""
    if profile in profiles.found(profiles.here()):
        return _INSTALL
    return f"Run styleswap install gimp --profile {shlex.quote(str(profile))}"


def _gimp_of(profile: Path, gimps: Sequence[Gimp]) -> Gimp | None:
    """The GIMP that uses a profile, as far as that can be known."""
    flatpak = profiles.here().flatpak
    of_flatpak = flatpak is not None and profile.parent == flatpak
    likely = [gimp for gimp in gimps if (gimp.packaging == "flatpak") == of_flatpak]
    return next(iter([*likely, *gimps]), None)


def _plugin(profile: Path, gimp: Gimp | None) -> Iterator[Finding]:
    """What is to be said of the filter in a profile that has something of its name."""
    folder = plugin(profile)
    try:
        plugin_folder.check([folder])
    except CommandError as error:
        yield Finding("plug-in", "problem", str(error), _install_in(profile))
        return
    yield copies.examine(EDITOR, folder, {}, _install_in(profile))
    yield from _path(profile)
    entry = folder / ENTRY
    if os.name != "nt" and entry.is_file() and not entry.stat().st_mode & 0o111:
        text = f"{entry} may not be run as a program, so GIMP passes over it"
        yield Finding("plug-in", "problem", text, _install_in(profile))
    elif gimp is None:
        yield Finding("menu", "note", f"{folder} cannot be tried without GIMP", "See above.")
    else:
        yield from _menu(profile, gimp)


def _path(profile: Path) -> Iterator[Finding]:
    """Whether GIMP looks into the profile for plug-ins: its preferences may name other folders."""
    settings = profile / "gimprc"
    text = settings.read_text(encoding="utf-8", errors="replace") if settings.is_file() else ""
    searched = re.search(r'^\s*\(plug-in-path "([^"]*)"', text, re.MULTILINE)
    own = ("${gimp_dir}/plug-ins", (profile / "plug-ins").as_posix())
    # On Windows, GIMP writes backslashes, each of them twice.
    folders = searched[1].replace("\\\\", "/").split(os.pathsep) if searched else []
    if folders and not any(folder in own for folder in folders):
        yield Finding(
            "plug-in",
            "problem",
            f"GIMP looks for plug-ins in {', '.join(folders)} only, by {settings}",
            f"In GIMP, Edit > Preferences > Folders > Plug-ins, add {profile / 'plug-ins'}.",
        )


def _menu(profile: Path, gimp: Gimp) -> Iterator[Finding]:
    """What GIMP makes of the filter."""
    folder = plugin(profile)
    try:
        result = query(gimp, folder)
    except subprocess.TimeoutExpired as error:
        text = f"GIMP {gimp.version} does not come to an end: {shlex.join(error.cmd)}"
        yield Finding("menu", "problem", text, "Install GIMP again.")
        return
    except OSError as error:
        yield Finding("menu", "problem", f"GIMP cannot be run: {error}", "Install GIMP again.")
        return
    if result.menu is None:
        why = explain(result.said, folder)
        text = f"not in the menus of GIMP {gimp.version}: {why.text}"
        yield Finding("menu", "problem", text, why.remedy)
        return
    yield Finding("menu", "ok", f"GIMP {gimp.version} has it: {result.menu}")
    noted = profile / "pluginrc"
    if noted.is_file() and noted.stat().st_mtime < (folder / ENTRY).stat().st_mtime:
        text = f"GIMP has not been started since the filter was put into {profile}"
        yield Finding("menu", "note", text, "Start GIMP again.")
