"""`styleswap install krita` and `doctor krita` with the real Krita, found on the search path.

What the doctor says of folders, settings and copies is tested in tests/cli/test_krita_doctor.py.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from styleswap.cli.editors import krita

from .krita_program import FOLDERS, KritaScreen, krita_variables, prepared_user
from .machine import Machine, write_packages

pytestmark = pytest.mark.editors

VARIABLES = {"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "", "LC_ALL": ""}
PLACES = [*FOLDERS, "STYLESWAP_PROBE"]


class KritaMachine(Machine):
    """A machine with a Krita that was never started."""

    def __init__(self, root: Path, packages: Path, folder: Path) -> None:
        super().__init__(root, packages, folder)
        for name in ("krita", "krita_version"):
            self.has_program(f"/usr/bin/{name}", {})
        self.has_kritarunner()

    def has_kritarunner(self, *hidden: str) -> None:
        """Puts Krita's program for scripts on the search path.

        Args:
            hidden: folders of Krita's system that are empty for it.
        """
        self.has_program("/usr/bin/kritarunner", VARIABLES, PLACES, hidden)

    @property
    def package(self) -> Path:
        """Where the panel is."""
        return self.home / ".local/share/krita/pykrita/style_swap"

    def loading(self) -> dict[str, str]:
        """What the doctor says of it."""
        (found,) = self.findings("krita")["loading"]
        return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the panel."""
    folder = tmp_path_factory.mktemp("packages")
    return write_packages(folder, krita.FOLDER, krita.DESKTOP, krita.ACTION)


@pytest.fixture
def machine(krita_root: Path, packages: Path, tmp_path: Path) -> KritaMachine:
    """With the panel."""
    bare = KritaMachine(krita_root, packages, tmp_path)
    installed = bare.run("install", "krita")
    assert (installed.returncode, installed.stderr) == (0, "")
    return bare


def test_all_is_well(machine: KritaMachine, krita_version: str) -> None:
    examined = machine.run("doctor", "krita")
    assert (examined.returncode, examined.stderr) == (0, "")
    told = examined.stdout.splitlines()
    version = re.fullmatch(r"ok +Krita +(\S+): .*/bin/krita", told[0])
    assert version is not None
    assert version[1].startswith(f"{krita_version}.")
    assert any(re.fullmatch(rf"ok +loading +Krita {version[1]} can, .*", line) for line in told)
    assert told[-1] == "All is well."
    assert not list(machine.package.rglob("__pycache__"))


def test_a_module_that_does_not_load(machine: KritaMachine) -> None:
    """The plug-in catches it to say it in its docker; here it is said where it is, too."""
    module = machine.package / "plugin.py"
    lines = module.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("import "))
    module.write_text("\n".join([*lines[:at], "import nonsense", *lines[at:]]) + "\n")
    found = machine.loading()
    assert found["state"] == "problem"
    assert "ModuleNotFoundError: No module named 'nonsense'\n" in found["text"]
    assert found["text"].endswith(f"in {module}, line {at + 1}: import nonsense")
    assert "styleswap install krita" in found["remedy"]


def test_no_pyqt(machine: KritaMachine, krita_root: Path) -> None:
    """Debian only recommends it with Krita."""
    machine.has_kritarunner("/usr/lib/python3/dist-packages")
    found = machine.loading()
    assert found["state"] == "problem"
    assert re.search(r"Krita's own Python does not start: .*No module named '?PyQt", found["text"])
    assert "python3-pyqt" in found["remedy"]


PLUGIN_STATE = """
known = app.action("style_swap_again")
answer = [
    [docker.objectName() for docker in app.dockers() if docker.objectName() == "style_swap"],
    None if known is None else [known.text().replace("&", ""), known.shortcut().toString()],
    app.readSetting("python", "enable_style_swap", "none"),
]
"""


def test_krita_has_it_after_install_and_not_after_uninstall(
    machine: KritaMachine, krita_root: Path
) -> None:
    """By Krita's own settings, in its window, with the shortcut of the file of actions."""
    scratch = machine.sandbox.scratch
    shutil.rmtree(machine.home)
    shutil.copytree(prepared_user(krita_root), machine.home, symlinks=True)
    (scratch / "user").symlink_to("ada")

    def state() -> list[object]:
        screen = KritaScreen(machine.sandbox, krita_variables())
        try:
            found: list[object] = screen.script(PLUGIN_STATE)
            screen.quit()
        finally:
            screen.close()
        return found

    assert machine.run("install", "krita").returncode == 0
    action = ["Stylise with Last Settings", "Ctrl+Alt+Y"]
    assert state() == [["style_swap"], action, "true"]
    assert machine.run("uninstall", "krita").returncode == 0
    assert state() == [[], None, "none"]
