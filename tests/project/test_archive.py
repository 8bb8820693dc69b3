"""`make plugins`: the plug-ins for who installs them by hand.

Krita's own importer is tried with its archive in tests/editors/test_krita_import.py.
"""

import configparser
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import styleswap
from styleswap.cli.editors import krita, plugin_folder

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def archive():
    """The module plugins/archive.py."""
    spec = importlib.util.spec_from_file_location("archive", REPOSITORY / "plugins" / "archive.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Writes a copy of a real plug-in as a wheel holds it, to change: archives are made of it.

    What it returns takes the names of the folder and of other files in plugins/, and returns the
    folder's copy.
    """
    plugins = tmp_path / "styleswap" / "plugins"

    def wheel(name, *files):
        whole = plugins / name
        whole.mkdir(parents=True)
        plugin_folder.write(name, whole)
        for each in (plugin_folder.CLIENT, plugin_folder.TRANSLATIONS):
            (whole / each).rename(plugins / each)
        for file in files:
            shutil.copy(plugin_folder.find(file), plugins / file)
        monkeypatch.setattr(styleswap, "__file__", str(tmp_path / "styleswap" / "__init__.py"))
        return whole

    return wheel


@pytest.fixture
def plugin(wheel):
    """GIMP's."""
    return wheel("gimp")


def test_it_holds_the_folder_that_install_puts_in_place(archive, tmp_path):
    path = archive.build("gimp", tmp_path / "dist")
    assert path.name == f"style-swap-gimp-{styleswap.__version__}.zip"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    shutil.unpack_archive(path, tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    assert folder.name == "style-swap"
    assert plugin_folder.is_ours(folder)
    assert plugin_folder.version(folder) == styleswap.__version__
    assert plugin_folder.differences("gimp", folder) == []
    with zipfile.ZipFile(path) as opened:
        modes = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
    may_run = [name for name, mode in modes.items() if mode & 0o111]
    assert may_run == ["style-swap/style-swap.py"]
    assert modes["style-swap/errors.py"] & 0o777 == 0o644


def test_the_same_files_make_the_same_archive(archive, plugin, tmp_path):
    one = archive.build("gimp", tmp_path / "one").read_bytes()
    mask = os.umask(0o077)
    try:
        (plugin / "errors.py").touch()
        assert archive.build("gimp", tmp_path / "two").read_bytes() == one
    finally:
        os.umask(mask)


def test_other_files_have_another_time(archive, plugin, tmp_path):
    """By which GIMP knows that a plug-in is another one."""

    def times():
        with zipfile.ZipFile(archive.build("gimp", tmp_path / "dist")) as opened:
            return {entry.date_time for entry in opened.infolist()}

    (before,) = times()
    (plugin / "errors.py").write_text("# changed\n")
    (after,) = times()
    assert before != after
    assert all(2000 <= year < 2020 for year, *_ in (before, after))


@pytest.fixture(scope="module")
def for_krita(archive, tmp_path_factory):
    return archive.build("krita", tmp_path_factory.mktemp("dist"))


def test_it_holds_what_install_puts_into_krita(for_krita, tmp_path):
    """Unpacked into Krita's resource folder, it is in its places."""
    assert for_krita.name == f"style-swap-krita-{styleswap.__version__}.zip"
    shutil.unpack_archive(for_krita, tmp_path)
    package = tmp_path / "pykrita" / "style_swap"
    files = {
        krita.DESKTOP: tmp_path / "pykrita" / "style_swap.desktop",
        krita.ACTION: tmp_path / "actions" / "style_swap.action",
    }
    assert plugin_folder.version(package) == styleswap.__version__
    assert plugin_folder.differences(krita.FOLDER, package, files) == []
    unpacked = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert {path for path in unpacked if package not in path.parents} == set(files.values())


def test_krita_s_importer_finds_the_parts(for_krita):
    """It takes every file of these endings, and a folder that has an entry of its own."""
    with zipfile.ZipFile(for_krita) as opened:
        names = opened.namelist()
        desktop = opened.read("pykrita/style_swap.desktop").decode()
        action = opened.read("actions/style_swap.action")
        modes = {entry.external_attr >> 16 for entry in opened.infolist()}
    assert [name for name in names if name.endswith(".desktop")] == ["pykrita/style_swap.desktop"]
    assert [name for name in names if name.endswith(".action")] == ["actions/style_swap.action"]
    assert [name for name in names if name.endswith("/")] == ["pykrita/style_swap/"]
    assert {"__init__.py", "Manual.html"} <= {
        name.removeprefix("pykrita/style_swap/") for name in names
    }
    # A folder, and files that nobody can run.
    assert modes == {0o040755, 0o100644}
    read = configparser.ConfigParser()
    read.read_string(desktop)
    entry = read["Desktop Entry"]
    assert (entry["X-KDE-Library"], entry["Name"]) == ("style_swap", "Style Swap")
    assert entry["ServiceTypes"] == "Krita/PythonPlugin"
    assert f"pykrita/style_swap/{entry['X-Krita-Manual']}" in names
    assert {"name[de]", "comment", "comment[de]"} <= {*entry}
    (named,) = ET.fromstring(action).iter("Action")
    assert named.get("name") == "style_swap_again"
    assert named.findtext("text") == "Stylise with Last Settings"
    assert named.findtext("shortcut") == "Ctrl+Alt+Y"


def test_krita_s_too_is_the_same_for_the_same_files(archive, wheel, tmp_path):
    package = wheel(krita.FOLDER, krita.DESKTOP, krita.ACTION)
    one = archive.build("krita", tmp_path / "one").read_bytes()
    (package / "__init__.py").touch()
    assert archive.build("krita", tmp_path / "two").read_bytes() == one
    (package / "__init__.py").write_text("# changed\n")
    assert archive.build("krita", tmp_path / "two").read_bytes() != one


@pytest.mark.parametrize("words", [[], ["--editor", "krita"]])
def test_the_command(words, tmp_path):
    command = [sys.executable, str(REPOSITORY / "plugins" / "archive.py"), str(tmp_path), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    editors = ["krita"] if words else ["gimp", "krita"]
    names = [f"style-swap-{editor}-{styleswap.__version__}.zip" for editor in editors]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    told = [line.partition(": ")[0] for line in done.stdout.splitlines()]
    assert told == [str(tmp_path / name) for name in names]
