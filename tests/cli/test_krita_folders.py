"""Where folders, settings and programs of Krita lie, on each system."""

import os
from pathlib import Path

import pytest

from styleswap.cli.editors.krita import folders, programs

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("system", "variables", "resources", "settings"),
    [
        ("linux", {}, "/home/ada/.local/share/krita", "/home/ada/.config/kritarc"),
        (
            "linux",
            {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/etc/ada"},
            "/data/krita",
            "/etc/ada/kritarc",
        ),
        (
            "linux",
            {"XDG_DATA_HOME": "", "XDG_CONFIG_HOME": "not/absolute"},
            "/home/ada/.local/share/krita",
            "/home/ada/.config/kritarc",
        ),
        (
            "darwin",
            {"XDG_DATA_HOME": "/data"},
            "/home/ada/Library/Application Support/krita",
            "/home/ada/Library/Preferences/kritarc",
        ),
        ("win32", {"APPDATA": "/r", "LOCALAPPDATA": "/l"}, "/r/krita", "/l/kritarc"),
        (
            "win32",
            {},
            "/home/ada/AppData/Roaming/krita",
            "/home/ada/AppData/Local/kritarc",
        ),
    ],
)
def test_native(system, variables, resources, settings):
    native = folders.places(system, variables, HOME).native
    assert (native.resources, native.settings) == (Path(resources), Path(settings))


def test_packages_of_linux():
    places = folders.places("linux", {"XDG_DATA_HOME": "/data"}, HOME)
    assert places.flatpak == folders.Home(
        HOME / ".var/app/org.kde.krita/data/krita",
        HOME / ".var/app/org.kde.krita/config/kritarc",
        "flatpak",
    )
    assert places.snap == HOME / "snap/krita"
    assert places.homes == [places.native, places.flatpak]
    for other in ("darwin", "win32"):
        places = folders.places(other, {}, HOME)
        assert (places.flatpak, places.snap) == (None, None)
        assert places.homes == [places.native]


def test_the_plug_in_s_places():
    home = folders.Home(Path("/krita"), Path("/kritarc"))
    assert [str(part) for part in home.parts] == [
        "/krita/pykrita/style_swap",
        "/krita/pykrita/style_swap.desktop",
        "/krita/actions/style_swap.action",
    ]


def test_a_resource_folder_that_the_settings_name(tmp_path):
    home = folders.Home(tmp_path / "krita", tmp_path / "kritarc", "flatpak")
    assert folders.moved(home) == home
    assert not home.used
    home.settings.write_text("ResourceDirectory=/art\n")
    assert home.used
    assert folders.moved(home) == folders.Home(Path("/art"), home.settings, "flatpak")


def test_folders_of_programs():
    windows = {"PATH": "C:/Windows;C:/bin", "PROGRAMFILES": "C:/Program Files"}
    assert programs.folders("win32", windows, HOME) == [
        Path("C:/Windows"),
        Path("C:/bin"),
        Path("C:/Program Files/Krita (x64)/bin"),
    ]
    assert programs.folders("darwin", {"PATH": "/bin"}, HOME) == [
        Path("/bin"),
        Path("/Applications/krita.app/Contents/MacOS"),
        HOME / "Applications/krita.app/Contents/MacOS",
    ]
    assert programs.folders("linux", {"PATH": "/bin::/usr/bin"}, HOME) == [
        Path("/bin"),
        Path("/usr/bin"),
    ]


@pytest.mark.parametrize(
    ("version", "old"),
    [("5.1.5", True), ("4.4.8", True), ("5.2.0", False), ("5.10.0", False), ("6.0.4", False)],
)
def test_too_old(version, old):
    krita = programs.Krita(("krita",), version)
    assert (krita.too_old, krita.supported) == (old, not old)
    assert programs.Krita(("krita",), "").supported
    assert not programs.Krita(("krita",), version, "snap").supported


def test_appimages(tmp_path):
    """None is run; what is a download or cannot be run is none."""
    names = ["krita-5.2.9-x86_64.appimage", "Krita.AppImage", "krita-5.2.9-x86_64.appimage.part"]
    for name in [*names, "gimp.appimage", "krita-5.1.5-x86_64.appimage"]:
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o644 if "5.1.5" in name else 0o755)
    found = programs.appimages([tmp_path / "missing", tmp_path])
    assert sorted(path.name for path in found) == sorted(names[:2])
    kritas = [programs.at([str(path)]) for path in found]
    assert {krita.version for krita in kritas} == {"5.2.9", ""}
    assert {krita.packaging for krita in kritas} == {"appimage"}


def test_the_version_is_asked_of_what_needs_no_screen(machine, has_program):
    has_program("krita")
    assert programs.at(["krita"]).version == ""
    has_program("krita", "krita 5.3.0")
    assert programs.at(["krita"]).version == "5.3.0"
    teller, runner = has_program("krita_version", "5.3.1"), has_program("kritarunner")
    krita = programs.at(["krita"])
    assert (krita.version, krita.runner) == ("5.3.1", (str(runner),))
    teller.unlink()
    # Links, such as of an alternative, are followed: what belongs to it lies beside the program.
    (machine / "elsewhere").mkdir()
    (machine / "elsewhere" / "art").symlink_to(machine / "bin" / "krita")
    assert programs.at([str(machine / "elsewhere" / "art")]).runner == (str(runner),)
    assert programs.at(["nothing"]) is None


def test_running(tmp_path):
    assert not programs.running(tmp_path / "missing")
    for number, name in (("1", "init"), ("self", "krita"), ("20", "kritarunner"), ("30", None)):
        (tmp_path / number).mkdir()
        if name:
            (tmp_path / number / "comm").write_text(f"{name}\n")
    assert not programs.running(tmp_path)
    (tmp_path / "30" / "comm").write_text("krita\n")
    assert programs.running(tmp_path)
    if os.getuid() == 0:
        os.chown(tmp_path / "30" / "comm", 12345, 12345)
        assert not programs.running(tmp_path)
