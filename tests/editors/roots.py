"""Throw-away Debian roots with the real editors in them, built once and kept outside the checkout.

Run as `python tests/editors/roots.py SUITE`: prints the root's path, after building it when it is
not there yet. Needs root rights and a Debian mirror; see docs/contributing.md.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUITES = {"3.0": "trixie", "3.2": "forky"}
"""Debian suite that carries each series of GIMP."""

PACKAGES = (
    # The editors, and what their Python plug-ins need.
    *("gimp", "krita", "python3", "python3-gi", "python3-pyqt5", "python3-pil"),
    # A screen, a window manager, hands and eyes.
    *("xvfb", "xauth", "openbox", "xdotool", "x11-utils", "x11-apps", "wmctrl", "imagemagick"),
    # The accessibility bus: what a screen reader hears of a dialog.
    *("dbus-daemon", "dbus-x11", "at-spi2-core", "gir1.2-atspi-2.0"),
    *("procps", "fonts-dejavu-core", "ca-certificates"),
)
TOOLS = ("mmdebstrap", "bwrap")
MOUNT_POINTS = ("checkout", "scratch")
"""Empty folders of a root, for what a test shows to the editor."""

_OPTIONS = (
    "--variant=apt",
    "--components=main",
    "--include=" + ",".join(PACKAGES),
    '--aptopt=Apt::Install-Recommends "false"',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)


class NotBuilt(Exception):
    """A root cannot be had on this machine; says why."""


def cache() -> Path:
    """Return the folder of all roots: `STYLESWAP_EDITORS`, or one in the user's cache."""
    named = os.environ.get("STYLESWAP_EDITORS")
    return Path(named) if named else Path.home() / ".cache" / "styleswap-editors"


def root_of(suite: str) -> Path:
    """Return where the root of a suite lies; another recipe is another folder."""
    recipe = hashlib.sha256(repr((suite, _OPTIONS)).encode()).hexdigest()[:12]
    return cache() / f"{suite}-{recipe}"


def is_built(suite: str) -> bool:
    """Whether the root of a suite was built to its end."""
    return _stamp(suite).exists()


def build(suite: str) -> Path:
    """Return the root of a suite; build it first when it is absent.

    Raises:
        NotBuilt: the tools are missing, or the suite cannot be had here; the log's end is in it.
    """
    root = root_of(suite)
    if is_built(suite):
        return root
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise NotBuilt(
            "not installed: " + ", ".join(missing) + "; apt-get install mmdebstrap bubblewrap"
        )
    if root.exists():  # a build that was interrupted
        shutil.rmtree(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    log = root.with_suffix(".log")
    with log.open("w") as out:
        done = subprocess.run(
            ["mmdebstrap", *_OPTIONS, suite, str(root), *_mirrors()],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        shutil.rmtree(root, ignore_errors=True)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise NotBuilt(f"mmdebstrap could not build {suite}; the end of {log}:\n{tail}")
    for name in MOUNT_POINTS:
        (root / name).mkdir()
    _stamp(suite).touch()
    return root


def _stamp(suite: str) -> Path:
    return root_of(suite).with_suffix(".built")


def _mirrors() -> list[str]:
    """Return the mirror that this machine's own packages come from; none: mmdebstrap's default."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for source in sources:
        if source.is_file():
            found = re.search(r"https?://\S+/debian/?(?=\s)", source.read_text() + "\n")
            if found:
                return [found.group()]
    return []


if __name__ == "__main__":
    try:
        print(build(sys.argv[1]))
    except NotBuilt as error:
        sys.exit(str(error))
