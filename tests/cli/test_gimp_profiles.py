"""Where profiles and programs of GIMP lie, on each system."""

from pathlib import Path

import pytest

from styleswap.cli.editors.gimp import profiles, programs

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("system", "variables", "native"),
    [
        ("linux", {}, "/home/ada/.config/GIMP"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/ada"}, "/etc/ada/GIMP"),
        ("linux", {"XDG_CONFIG_HOME": "not/absolute"}, "/home/ada/.config/GIMP"),
        ("linux", {"XDG_CONFIG_HOME": ""}, "/home/ada/.config/GIMP"),
        ("darwin", {}, "/home/ada/Library/Application Support/GIMP"),
        ("win32", {"APPDATA": "D:/ada/AppData/Roaming"}, "D:/ada/AppData/Roaming/GIMP"),
        ("win32", {}, "/home/ada/AppData/Roaming/GIMP"),
    ],
)
def test_native(system, variables, native):
    assert profiles.places(system, variables, HOME).native == Path(native)


def test_packages_of_linux():
    places = profiles.places("linux", {}, HOME)
    assert places.flatpak == HOME / ".var/app/org.gimp.GIMP/config/GIMP"
    assert places.snap == HOME / "snap/gimp"
    for other in ("darwin", "win32"):
        places = profiles.places(other, {}, HOME)
        assert (places.flatpak, places.snap) == (None, None)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("/elsewhere/gimp", "/elsewhere/gimp"),
        ("gimp", "/home/ada/gimp"),  # GIMP adds the user's directory
        ("", None),
    ],
)
def test_a_profile_that_the_environment_names(value, named):
    places = profiles.places("linux", {"GIMP3_DIRECTORY": value}, HOME)
    assert places.named == (named and Path(named))


def test_profiles_that_exist(tmp_path):
    config, flatpak = tmp_path / ".config/GIMP", tmp_path / ".var/app/org.gimp.GIMP/config/GIMP"
    for series in ("2.10", "3.0", "3.2", "3.10", "backup", "3.0-old"):
        (config / series).mkdir(parents=True)
    (config / "3.4").touch()
    (flatpak / "3.0").mkdir(parents=True)
    (flatpak / "3.2").symlink_to(config / "3.2")
    (tmp_path / "own").mkdir()
    known = profiles.places("linux", {"GIMP3_DIRECTORY": "own"}, tmp_path)
    expected = ["own", *(f".config/GIMP/3.{n}" for n in (0, 2, 10))]
    expected.append(".var/app/org.gimp.GIMP/config/GIMP/3.0")
    assert profiles.found(known) == [tmp_path / path for path in expected]
    assert profiles.older(known.native) == ["2.10"]
    assert profiles.older(known.flatpak) == []


def test_no_profiles(tmp_path):
    known = profiles.places("linux", {"GIMP3_DIRECTORY": "missing"}, tmp_path)
    assert profiles.found(known) == []
    assert profiles.older(known.native) == []


def test_flatpak_takes_the_native_folder_where_it_exists(tmp_path):
    known = profiles.places("linux", {}, tmp_path)
    assert known.of_flatpak == known.flatpak
    known.native.mkdir(parents=True)
    assert known.of_flatpak == known.native


@pytest.mark.parametrize(
    ("version", "series"), [("3.0.4", "3.0"), ("3.2.0", "3.2"), ("3.10.12", "3.10")]
)
def test_series(version, series):
    assert profiles.series(version) == series


@pytest.mark.parametrize(
    ("name", "old"), [("2.10", True), ("2.99", True), ("3.0", False), ("3.2", False), ("x", False)]
)
def test_too_old(name, old):
    assert profiles.too_old(HOME / name) is old


def test_folders_of_programs():
    windows = {
        "PATH": "C:/Windows;C:/bin",
        "PROGRAMFILES": "C:/Program Files",
        "LOCALAPPDATA": "C:/ada/Local",
    }
    assert programs.folders("win32", windows, HOME) == [
        Path("C:/Windows"),
        Path("C:/bin"),
        Path("C:/Program Files/GIMP 3/bin"),
        Path("C:/ada/Local/Programs/GIMP 3/bin"),
    ]
    assert programs.folders("darwin", {"PATH": "/bin"}, HOME) == [
        Path("/bin"),
        Path("/Applications/GIMP.app/Contents/MacOS"),
        HOME / "Applications/GIMP.app/Contents/MacOS",
    ]
    assert programs.folders("linux", {"PATH": "/bin::/usr/bin"}, HOME) == [
        Path("/bin"),
        Path("/usr/bin"),
    ]


def test_flatpak_is_told_of_the_profile():
    """Its programs see neither this machine's folders nor its environment by themselves."""
    run = ("flatpak", "run", "--command=gimp-console", "org.gimp.GIMP")
    gimp = programs.Gimp(run, "3.0.4", "flatpak")
    assert gimp.command(Path("/tmp/profile"), ["-i"]) == [
        "flatpak",
        "run",
        "--filesystem=/tmp/profile",
        "--env=GIMP3_DIRECTORY=/tmp/profile",
        "--env=LC_ALL=C.UTF-8",
        "--command=gimp-console",
        "org.gimp.GIMP",
        "-i",
    ]
