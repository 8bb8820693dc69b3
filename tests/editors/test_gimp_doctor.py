"""`styleswap install gimp` and `doctor gimp` with the real GIMP, which is found on the search path.

What the doctor says of profiles and copies alone is tested in tests/cli/test_gimp_doctor.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from .machine import Machine, write_packages
from .sandbox import CHECKOUT

pytestmark = pytest.mark.editors

PLUGIN = "plug-ins/style-swap"


class GimpMachine(Machine):
    """A machine with GIMP."""

    def __init__(self, root: Path, packages: Path, folder: Path) -> None:
        super().__init__(root, packages, folder)
        self.has_gimp()

    def has_gimp(self, *hidden: str, path: str = "/usr/bin:/bin") -> None:
        """Puts GIMP on the search path.

        Args:
            hidden: folders of GIMP's system that are empty for it.
            path: the search path of GIMP itself.
        """
        self.has_program("/usr/bin/gimp-console", {"PATH": path}, ["GIMP3_DIRECTORY"], hidden)

    @property
    def plugin(self) -> Path:
        """The filter's folder in the only profile."""
        (profile,) = (self.home / ".config" / "GIMP").iterdir()
        return profile / PLUGIN


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the filter."""
    return write_packages(tmp_path_factory.mktemp("packages"), "gimp")


@pytest.fixture
def bare(gimp: Any, packages: Path, tmp_path: Path) -> GimpMachine:
    """A machine with a GIMP that was never started."""
    return GimpMachine(gimp.sandbox.root, packages, tmp_path)


@pytest.fixture
def machine(bare: GimpMachine) -> GimpMachine:
    """The same with the filter."""
    installed = bare.run("install", "gimp")
    assert (installed.returncode, installed.stderr) == (0, "")
    return bare


def menu(machine: GimpMachine) -> dict[str, Any]:
    """What the doctor says of the menu."""
    (found,) = machine.findings("gimp")["menu"]
    return found


def test_from_nothing_to_the_menu(gimp: Any, bare: GimpMachine) -> None:
    """GIMP is there but was never started; afterwards its next start has the filter."""
    (missing,) = bare.findings("gimp")["plug-in"]
    assert missing["text"] == "GIMP 3 has no profile here"
    installed = bare.run("install", "gimp")
    assert (installed.returncode, installed.stderr) == (0, "")
    profile = bare.plugin.parents[1]
    assert profile.name == gimp.series

    examined = bare.run("doctor", "gimp")
    assert (examined.returncode, examined.stderr) == (0, "")
    first, *_ = examined.stdout.splitlines()
    assert re.fullmatch(rf"ok +GIMP +{re.escape(gimp.version)}: .*/gimp-console", first)
    assert f"GIMP {gimp.version} has it: Filters > Artistic > Style Swap..." in examined.stdout
    assert examined.stdout.endswith("\nAll is well.\n")

    arguments = ["-i", "--no-data", "--no-fonts", "--quit", "--batch-interpreter=python-fu-eval"]
    ask = "print('HAS IT', Gimp.get_pdb().procedure_exists('plug-in-style-swap'))"
    started = bare.sandbox.run(
        ["gimp-console", *arguments, "-b", ask],
        {"GIMP3_DIRECTORY": f"/scratch/{profile.relative_to(bare.sandbox.scratch)}"},
    )
    assert "HAS IT True" in started.stdout
    assert bare.run("uninstall", "gimp").returncode == 0
    assert not bare.plugin.exists()


def test_a_wrong_import(machine: GimpMachine) -> None:
    """It is put where it ruins the query step: the menu does not appear, and GIMP says nothing."""
    entry = machine.plugin / "style-swap.py"
    lines = entry.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("import "))
    entry.write_text("\n".join([*lines[:at], "import nonsense", *lines[at:]]) + "\n")
    found = menu(machine)
    assert found["state"] == "problem"
    assert "ModuleNotFoundError: No module named 'nonsense'\n" in found["text"]
    assert found["text"].endswith(f"in {entry}, line {at + 1}: import nonsense")
    assert "styleswap install gimp" in found["remedy"]


def test_an_error_of_syntax_in_a_module(machine: GimpMachine) -> None:
    module = machine.plugin / "gimpfu_compat.py"
    number = len(module.read_text().splitlines())
    with module.open("a") as file:
        file.write("x = (\n")
    found = menu(machine)
    assert "SyntaxError: '(' was never closed\n" in found["text"]
    assert found["text"].endswith(f"in {module}, line {number + 1}: x = (")


def test_no_python(machine: GimpMachine) -> None:
    machine.has_gimp(path="/nowhere")
    found = menu(machine)
    assert found["text"].endswith("GIMP finds no python3 to run it with")
    assert "Install Python" in found["remedy"]


def test_no_pygobject(machine: GimpMachine) -> None:
    machine.has_gimp("/usr/lib/python3/dist-packages")
    found = menu(machine)
    assert "No module named 'gi'" in found["text"]
    assert "python3-gi" in found["remedy"]


def test_no_description_of_gimp_for_python(machine: GimpMachine) -> None:
    (folder,) = machine.sandbox.root.glob("usr/lib/*/girepository-1.0")
    machine.has_gimp(f"/{folder.relative_to(machine.sandbox.root)}")
    found = menu(machine)
    assert "Namespace Gimp not available" in found["text"]
    assert "gir1.2-gimp-3.0" in found["remedy"]


def test_a_plug_in_that_only_ends(machine: GimpMachine) -> None:
    (machine.plugin / "style-swap.py").write_text("#!/usr/bin/env python3\n# styleswap\n")
    assert menu(machine)["text"].endswith("without a word")


def test_an_entry_that_may_not_be_run(machine: GimpMachine) -> None:
    """GIMP passes over it, so nothing is tried."""
    (machine.plugin / "style-swap.py").chmod(0o644)
    found = machine.findings("gimp")
    copy, bit = found["plug-in"]
    assert (copy["state"], bit["state"]) == ("ok", "problem")
    assert "may not be run as a program" in bit["text"]
    assert "menu" not in found


def test_gimp_must_be_started_again(machine: GimpMachine) -> None:
    noted = machine.plugin.parents[1] / "pluginrc"
    noted.touch()
    os.utime(noted, (1, 1))
    shown, again = machine.findings("gimp")["menu"]
    assert (shown["state"], again["state"]) == ("ok", "note")
    assert again["remedy"] == "Start GIMP again."


def unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, folder))
            path.chmod(entry.external_attr >> 16)
            time = datetime(*entry.date_time).timestamp()
            os.utime(path, (time, time))


def test_the_archive_for_installation_by_hand(bare: GimpMachine, gimp: Any) -> None:
    """Unpacked as file managers do, which keep times and rights."""
    folder = bare.home / ".config" / "GIMP" / gimp.series / "plug-ins"
    folder.mkdir(parents=True)
    script = CHECKOUT / "plugins" / "archive.py"
    build = [sys.executable, str(script), str(bare.home), "--editor", "gimp"]
    environment = {**os.environ, "PYTHONPATH": str(bare.packages)}
    subprocess.run(build, check=True, capture_output=True, env=environment)
    (archive,) = bare.home.glob("*.zip")
    unpack(archive, folder)
    found = bare.findings("gimp")
    assert [each["state"] for each in found["plug-in"] + found["menu"]] == ["ok", "ok"]
