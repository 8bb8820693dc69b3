"""`styleswap doctor krita`: why the panel is not among Krita's dockers, or cannot paint."""

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from styleswap.cli.editors import copies, plugin_folder, recording
from styleswap.cli.findings import Finding
from styleswap.cli.outcome import CommandError

from . import FOLDER, MANAGER, MENU, folders, kritarc, programs
from .folders import Home
from .install import GET, SNAP, in_use, named
from .loading import load
from .programs import Krita

_INSTALL = "Run styleswap install krita."


def examine(
    resources: Path | None, settings: Path | None, command: Sequence[str] | None
) -> Iterator[Finding]:
    """Yields what is found.

    Args:
        resources: the only resource folder to look at; by default all that are found.
        settings: the kritarc that belongs to it.
        command: the one that runs Krita; by default the Kritas of this machine.

    Raises:
        CommandError: there is no such folder.
    """
    known = folders.here()
    chosen = named(known, resources, settings)
    kritas, findings = _kritas(command)
    yield from findings
    homes = [chosen] if chosen else in_use(known, kritas)
    yield from _where(homes, kritas)
    for home in homes:
        if _is_there(home):
            remedy = _install_in(home, chosen is not None)
            yield from _plugin(home, _krita_of(home, kritas), remedy)
    flatpak = any(krita.packaging == "flatpak" for krita in kritas)
    yield from recording.examine("the panel", _INSTALL, "Krita" if flatpak else None)


def _kritas(command: Sequence[str] | None) -> tuple[list[Krita], list[Finding]]:
    """The Kritas that can be used, and what is to be said of those and of others."""
    get = f"Install Krita 5.2 or newer: {GET}"
    if command is None:
        kritas = programs.installed()
        missing = Finding("Krita", "problem", "there is none on this machine", get)
    else:
        asked = programs.at(command)
        kritas = [asked] if asked else []
        text = f"there is no program {command[0]}"
        missing = Finding("Krita", "problem", text, "Name the command of Krita.")
    findings = [] if kritas else [missing]
    for krita in kritas:
        text = f"{krita.version or 'a version that it does not tell'}: {shlex.join(krita.command)}"
        if krita.packaging == "snap":
            findings.append(Finding("Krita", "problem", text, SNAP))
        elif krita.too_old:
            text = f"{text}; the panel needs Krita 5.2 or newer"
            findings.append(Finding("Krita", "problem", text, get))
        elif not krita.version:
            findings.append(Finding("Krita", "note", text, "It must be 5.2 or newer."))
        else:
            findings.append(Finding("Krita", "ok", text))
    return [krita for krita in kritas if krita.supported], findings


def _where(homes: Sequence[Home], kritas: Sequence[Krita]) -> Iterator[Finding]:
    """Where the panel is missing."""
    if not homes:
        yield Finding("plug-in", "problem", "Krita has no folder here", _INSTALL)
    nowhere = not any(_is_there(home) for home in homes)
    for home in homes:
        if not _is_there(home):
            missed = nowhere or _krita_of(home, kritas) is not None
            text = f"the panel is not in {home.resources}"
            yield Finding("plug-in", "problem" if missed else "note", text, _install_in(home))


def _is_there(home: Home) -> bool:
    return any(part.exists() for part in home.parts)


def _install_in(home: Home, named: bool = False) -> str:
    """What to do for a home that lacks the panel, or has a bad copy of it."""
    if not named or home in folders.here().homes:
        return _INSTALL
    words = ["styleswap", "install", "krita", "--resources", str(home.resources)]
    return f"Run {shlex.join([*words, '--kritarc', str(home.settings)])}"


def _krita_of(home: Home, kritas: Sequence[Krita]) -> Krita | None:
    """The Krita that uses a home, as far as that can be known; one that can run scripts first."""
    flatpak = home.packaging == "flatpak"
    likely = [krita for krita in kritas if (krita.packaging == "flatpak") == flatpak]
    return max(likely, key=lambda krita: bool(krita.runner), default=None)


def _plugin(home: Home, krita: Krita | None, remedy: str) -> Iterator[Finding]:
    """What is to be said of the panel in a home that has something of its name."""
    try:
        plugin_folder.check(home.parts)
    except CommandError as error:
        yield Finding("plug-in", "problem", str(error), remedy)
        return
    yield copies.examine(FOLDER, home.package, home.files, remedy)
    yield _enabled(home, remedy)
    if not home.package.is_dir():
        return
    if krita is None:
        yield Finding("loading", "note", f"{home.package} cannot be tried without Krita")
    elif not krita.runner:
        text = f"{shlex.join(krita.command)} has no kritarunner, with which it could be tried"
        yield Finding("loading", "note", text)
    else:
        yield _loading(home, krita)


def _enabled(home: Home, remedy: str) -> Finding:
    """Whether Krita is to load the panel."""
    try:
        state = kritarc.enabled(home.settings)
    except OSError as error:
        text = f"{home.settings} cannot be read: {error.strerror or error}"
        return Finding("enabled", "problem", text, "Make it readable.")
    tick = f"In Krita, tick Style Swap under {MANAGER}, and start Krita again."
    if state is None:
        return Finding("enabled", "problem", f"not yet, by {home.settings}", remedy)
    if not state:
        return Finding("enabled", "problem", f"it was switched off, by {home.settings}", tick)
    return Finding("enabled", "ok", f"Krita loads it, by {home.settings}")


def _loading(home: Home, krita: Krita) -> Finding:
    """What Krita makes of the panel."""
    name = f"Krita {krita.version}".strip()
    try:
        result = load(krita, home.package)
    except subprocess.TimeoutExpired as error:
        text = f"{name} does not come to an end: {shlex.join(error.cmd)}"
        return Finding("loading", "note", text)
    except OSError as error:
        return Finding("loading", "note", f"{shlex.join(krita.runner)} cannot be run: {error}")
    if result.error:
        return Finding("loading", "problem", f"{name} cannot: {result.error}", result.remedy)
    return Finding("loading", "ok", f"{name} can, with Python {result.python}: {MENU}")
