"""Throw-away Debian roots with the real editors in them, built once and kept outside the checkout.

Run as `python tests/editors/roots.py NAME` (see `RECIPES`): prints the root's path, after building
it when it is not there yet. Needs root rights and a Debian mirror; see docs/contributing.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GIMP = {"3.0": "trixie", "3.2": "forky"}
"""The root that has each series of GIMP; first what most users have."""
KRITA = {"5.2": "trixie", "5.3": "forky", "6.0": "sid"}
"""The same of Krita: 5.3 is Krita with Qt 5, 6.0 nearly the same source with Qt 6."""

TOOLS = ("mmdebstrap", "bwrap")
MOUNT_POINTS = ("checkout", "scratch")
"""Empty folders of a root, for what a test shows to the editor."""

_HANDS_AND_EYES = (
    # A screen, a window manager, hands and eyes.
    *("xvfb", "xauth", "openbox", "xdotool", "x11-utils", "x11-apps", "wmctrl", "imagemagick"),
    # The accessibility bus: what a screen reader hears of a dialog.
    *("dbus-daemon", "dbus-x11", "at-spi2-core", "gir1.2-atspi-2.0", "python3-gi"),
    *("procps", "fonts-dejavu-core", "ca-certificates"),
)
_BOTH_EDITORS = (
    # The editors, and what their Python plug-ins need; widgets are tried with both Qts.
    *("gimp", "krita", "python3", "python3-pyqt5", "python3-pyqt6", "python3-pil"),
    *_HANDS_AND_EYES,
)


@dataclass(frozen=True)
class Recipe:
    """What a root is made of.

    `suites` are of Debian, and the first decides; only `pinned` comes from the last.
    """

    suites: tuple[str, ...]
    packages: tuple[str, ...]
    pinned: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """Arguments of mmdebstrap."""
        told = (
            "--variant=apt",
            "--components=main",
            "--include=" + ",".join(self.packages),
            '--aptopt=Apt::Install-Recommends "false"',
            '--aptopt=Acquire::Check-Valid-Until "false"',
            '--aptopt=Acquire::Languages "none"',
            "--dpkgopt=force-unsafe-io",
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
        )
        if not self.pinned:
            return told
        lines = f"Package: {' '.join(self.pinned)}", f"Pin: release a={self.suites[-1]}"
        text = "\\n".join([*lines, "Pin-Priority: 990", ""])
        folder = '"$1"/etc/apt/preferences.d'
        return (*told, f"--setup-hook=mkdir -p {folder} && printf '{text}' > {folder}/pinned")


RECIPES = {
    "trixie": Recipe(("trixie",), _BOTH_EDITORS),
    "forky": Recipe(("forky",), _BOTH_EDITORS),
    # Krita 6 is not in a suite of its own yet.
    "sid": Recipe(
        ("sid", "experimental"),
        # Without qt6-svg-plugins it has no icons.
        ("krita", "qt6-svg-plugins", "python3", "python3-pyqt6", "python3-pil", *_HANDS_AND_EYES),
        pinned=("krita", "krita-data"),
    ),
}


class NotBuilt(Exception):
    """A root cannot be had on this machine; says why."""


def cache() -> Path:
    """Return the folder of all roots: `STYLESWAP_EDITORS`, or one in the user's cache."""
    named = os.environ.get("STYLESWAP_EDITORS")
    return Path(named) if named else Path.home() / ".cache" / "styleswap-editors"


def root_of(name: str) -> Path:
    """Return where a root lies; another recipe is another folder."""
    recipe = RECIPES[name]
    told = hashlib.sha256(repr((recipe.suites, recipe.options)).encode()).hexdigest()[:12]
    return cache() / f"{name}-{told}"


def is_built(name: str) -> bool:
    """Whether a root was built to its end."""
    return _stamp(name).exists()


def build(name: str, tell: Callable[[str], object] = lambda line: None) -> Path:
    """Return a root; build it first when it is absent.

    Args:
        name: of the root.
        tell: given a line before that takes minutes; not where another process builds it.

    Raises:
        NotBuilt: the tools are missing, or the suites cannot be had here; the log's end is in it.
    """
    root = root_of(name)
    if is_built(name):
        return root
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise NotBuilt(
            "not installed: " + ", ".join(missing) + "; apt-get install mmdebstrap bubblewrap"
        )
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another session may be building it
        if not is_built(name):
            tell(f"building {root}: takes minutes, once")
            _build(RECIPES[name], root)
            _stamp(name).touch()
    return root


def _build(recipe: Recipe, root: Path) -> None:
    if root.exists():  # a build that was interrupted
        shutil.rmtree(root)
    log = root.with_suffix(".log")
    with log.open("w") as out:
        done = subprocess.run(
            ["mmdebstrap", *recipe.options, recipe.suites[0], str(root), *_sources(recipe)],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        shutil.rmtree(root, ignore_errors=True)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise NotBuilt(f"mmdebstrap could not build {root.name}; the end of {log}:\n{tail}")
    for folder in MOUNT_POINTS:
        (root / folder).mkdir()


def _stamp(name: str) -> Path:
    return root_of(name).with_suffix(".built")


def _sources(recipe: Recipe) -> list[str]:
    """Return where packages come from, as lines of a sources.list."""
    return [f"deb {_mirror()} {suite} main" for suite in recipe.suites]


def _mirror() -> str:
    """Return the mirror that this machine's own packages come from.

    Raises:
        NotBuilt: there is none.
    """
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for source in sources:
        if source.is_file():
            found = re.search(r"https?://\S+/debian/?(?=\s)", source.read_text() + "\n")
            if found:
                return found.group()
    raise NotBuilt("no mirror of Debian is named in /etc/apt")


if __name__ == "__main__":
    try:
        print(build(sys.argv[1]))
    except NotBuilt as error:
        sys.exit(str(error))
