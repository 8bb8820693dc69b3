"""`styleswap install gimp` and `styleswap uninstall gimp`."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from styleswap import __version__
from styleswap.cli.editors import plugin_folder, recording
from styleswap.cli.editors.copies import instead_of
from styleswap.cli.outcome import CommandError

from . import EDITOR, MENU, NAME, profiles, programs
from .profiles import Places

_GET_GIMP = "from https://www.gimp.org/downloads or from Flathub"
_AGAIN = "then run styleswap install gimp again"
SNAP = (
    "GIMP from Snap cannot be used: it may not read the hidden folders of your home directory, "
    "where the daemon says how to reach it."
)


def install(profile: Path | None = None) -> int:
    """Puts the filter into the profiles of GIMP 3, and records how the daemon is started.

    Args:
        profile: the only one to put it into; by default all that are found.

    Raises:
        CommandError: there is no GIMP 3, or the filter cannot be put there.
    """
    known = profiles.here()
    if known.named is not None and profile is None:
        known.named.mkdir(parents=True, exist_ok=True)
    folders = [named(profile)] if profile else profiles.found(known) or [_made(known)]
    targets = [plugin(folder) for folder in folders]
    plugin_folder.check(targets)
    for target in targets:
        before = plugin_folder.version(target)
        plugin_folder.put(EDITOR, target)
        print(f"Style Swap {__version__} is in {target}{instead_of(before)}.")
    command = recording.record()
    print(f"The filter starts the daemon with: {shlex.join(command)}")
    print(f"Start GIMP again; the filter is under {MENU}.")
    if profile is None and known.snap is not None and known.snap.is_dir():
        print(f"styleswap: note: {SNAP}", file=sys.stderr)
    return 0


def uninstall(profile: Path | None = None) -> int:
    """Removes the filter from the profiles of GIMP 3; nothing to do where there is none.

    Args:
        profile: the only one to remove it from; by default all that are found.

    Raises:
        CommandError: what lies there is not the filter, or may not be removed.
    """
    folders = [named(profile)] if profile else profiles.found(profiles.here())
    targets = [plugin(folder) for folder in folders]
    plugin_folder.check(targets)
    removed = [target for target in targets if plugin_folder.remove(target)]
    for target in removed:
        print(f"Removed {target}.")
    if removed:
        print("Start GIMP again; the filter is gone then. Your styles and the daemon stay.")
    else:
        where = ", ".join(map(str, folders)) or "any profile of GIMP 3"
        print(f"The filter is not in {where}: there is nothing to remove.")
    return 0


def plugin(profile: Path) -> Path:
    """The filter's folder in a profile."""
    return profile / "plug-ins" / NAME


def named(profile: Path) -> Path:
    """Returns a profile that the user named.

    Raises:
        CommandError: it is none.
    """
    profile = profile.expanduser().absolute()
    if not profile.is_dir():
        raise CommandError(
            f"There is no folder {profile}; GIMP shows the right one under Edit > Preferences > "
            "Folders > Plug-ins: name the folder that holds plug-ins."
        )
    if profile.name == "plug-ins":
        raise CommandError(f"Name the folder that holds plug-ins: {profile.parent}.")
    if profiles.too_old(profile):
        raise CommandError(
            f"{profile} belongs to GIMP {profile.name}, and the filter needs GIMP 3: name the "
            "profile of that."
        )
    return profile


def _made(known: Places) -> Path:
    """Makes the profile of the GIMP 3 that is installed but was never started.

    Not where an older GIMP was used: a new one takes the settings over at its first start, but only
    when it has no profile yet.
    """
    gimps = programs.installed()
    usable = [gimp for gimp in gimps if gimp.supported]
    if not usable:
        raise CommandError(_why_none(known, [gimp.version for gimp in gimps]))
    gimp = usable[0]
    base = known.of_flatpak if gimp.packaging == "flatpak" else known.native
    series = profiles.series(gimp.version)
    if before := profiles.older(base):
        raise CommandError(
            f"GIMP {series} was never started; when it is, it takes your settings over from GIMP "
            f"{before[-1]}. Start it once and close it, {_AGAIN}."
        )
    profile = base / series
    profile.mkdir(parents=True)
    return profile


def _why_none(known: Places, versions: Sequence[str]) -> str:
    if any(version.startswith("2.") for version in versions) or profiles.older(known.native):
        return f"The filter needs GIMP 3, and here is only GIMP 2. Install 3 {_GET_GIMP}, {_AGAIN}."
    if versions or (known.snap is not None and known.snap.is_dir()):
        return f"{SNAP} Install GIMP 3 {_GET_GIMP}, {_AGAIN}."
    return (
        "There is no GIMP 3 here: neither a profile of it nor the program. Install it "
        f"{_GET_GIMP}, {_AGAIN}; or name its profile with --profile."
    )
