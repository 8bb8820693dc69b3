"""Krita's own importer of plug-ins, with the archive of `make plugins`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from styleswap.cli.editors import krita, plugin_folder
from styleswap.cli.editors.krita.folders import Home

from .sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.editors

IMPORTER = "/usr/share/krita/pykrita/plugin_importer/plugin_importer.py"

# Its file is a program too, which answers with yes when it asks. Krita lends it a function.
RUN = """
import builtins, runpy, sys
builtins.i18n = str
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def files(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_it_takes_the_archive(krita_root: Path, tmp_path: Path) -> None:
    """Into an empty resource folder, then over an older copy, which it replaces whole."""
    build = [sys.executable, str(CHECKOUT / "plugins" / "archive.py"), str(tmp_path)]
    subprocess.run([*build, "--editor", "krita"], check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.zip")
    home = Home(tmp_path / "krita", tmp_path / "kritarc")
    home.resources.mkdir()
    sandbox = Sandbox(krita_root, tmp_path)
    line = ["python3", "-c", RUN, IMPORTER, f"/scratch/{archive.name}", "/scratch/krita"]

    first = sandbox.run(line)
    assert first.stdout == "Imported plugin: Style Swap\n"
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if not name.endswith("/")]
        whole = {name: opened.read(name) for name in names}
    assert files(home.resources) == whole

    (home.package / "left_over.py").touch()
    home.files[krita.ACTION].write_text("old")
    second = sandbox.run(line)
    assert second.stdout == "Overwriting plugin: Style Swap\nImported plugin: Style Swap\n"
    assert files(home.resources) == whole

    # What was imported is taken for ours, and can be removed by the command.
    assert plugin_folder.remove(home.package, home.files.values())
    assert files(home.resources) == {}
