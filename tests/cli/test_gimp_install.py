"""`styleswap install gimp` and `uninstall gimp`, on profiles made for each test."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import styleswap
from styleswap.cli.editors import plugin_folder

REPOSITORY = Path(__file__).parents[2]
PLUGIN = "plug-ins/style-swap"


def profile(machine, series="3.0", base=".config/GIMP"):
    folder = machine / base / series
    folder.mkdir(parents=True)
    return folder


def has_program(machine, name, *prints):
    """A program that prints the same whatever it is asked."""
    program = machine / "bin" / name
    program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in prints))
    program.chmod(0o755)


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_from_the_checkout(machine, run):
    """All of the real plug-in, and a client that works without any package beside it."""
    at = profile(machine)
    other = at / "plug-ins" / "other" / "other.py"
    other.parent.mkdir(parents=True)
    other.write_text("untouched")
    ended = run("install", "gimp")
    assert (ended.code, ended.err) == (0, "")
    told = ended.out.splitlines()
    assert told[0] == f"Style Swap {styleswap.__version__} is in {at / PLUGIN}."
    assert told[1].endswith(f"{sys.executable} -m styleswap.service")
    assert told[2] == "Start GIMP again; the filter is under Filters > Artistic > Style Swap."
    source = REPOSITORY / "plugins" / "gimp"
    copied = files(at / PLUGIN)
    for path in source.rglob("*.py"):
        assert copied[path.relative_to(source).as_posix()] == path.read_bytes()
    assert not [name for name in copied if "__pycache__" in name]
    may_run = [path.name for path in (at / PLUGIN).rglob("*.py") if os.access(path, os.X_OK)]
    assert may_run == ["style-swap.py"]
    assert other.read_text() == "untouched"
    assert sorted(path.name for path in (at / "plug-ins").iterdir()) == ["other", "style-swap"]
    script = f"import sys; sys.path.insert(0, {str(at / PLUGIN)!r})\n"
    script += "from styleswap_vendor.styleswap.client.launch import daemon_command\n"
    script += "from styleswap_vendor.styleswap import runtime\n"
    script += "print(*daemon_command(runtime.home()))"
    ended = subprocess.run(
        [sys.executable, "-S", "-B", "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"{sys.executable} -m styleswap.service\n"
    recorded = json.loads((machine / ".styleswap" / "daemon-command.json").read_text())
    assert recorded == {"command": [sys.executable, "-m", "styleswap.service"]}


def test_from_a_wheel(machine, wheel, run):
    at = profile(machine)
    assert run("install", "gimp").code == 0
    assert sorted(files(at / PLUGIN)) == [
        "dialog/window.py",
        "errors.py",
        "locale/de/LC_MESSAGES/styleswap.mo",
        "style-swap.py",
        "styleswap_vendor/__init__.py",
        "styleswap_vendor/styleswap/__init__.py",
    ]
    assert (at / PLUGIN / "style-swap.py").stat().st_mode & 0o777 == 0o755
    assert (at / PLUGIN / "dialog" / "window.py").stat().st_mode & 0o777 == 0o644


def test_an_older_one_is_replaced(machine, wheel, run):
    at = profile(machine) / PLUGIN
    run("install", "gimp")
    (at / "styleswap_vendor" / "styleswap" / "__init__.py").write_text('__version__ = "0.0.9"\n')
    (at / "left_over.py").touch()
    (at / "errors.py").unlink()
    os.utime(at / "style-swap.py", (1, 1))
    ended = run("install", "gimp")
    assert ended.code == 0
    assert ended.out.startswith(
        f"Style Swap {styleswap.__version__} is in {at}, instead of 0.0.9.\n"
    )
    assert (at / "errors.py").exists()
    assert not (at / "left_over.py").exists()
    # GIMP asks a plug-in anew only where this has changed.
    assert (at / "style-swap.py").stat().st_mtime != 1
    assert [path.name for path in at.parent.iterdir()] == ["style-swap"]


def test_a_damaged_one_is_replaced(machine, wheel, run):
    """What the filter itself asks for when its client is missing."""
    at = profile(machine) / PLUGIN
    run("install", "gimp")
    whole = files(at)
    shutil.rmtree(at / "styleswap_vendor")
    assert run("install", "gimp").code == 0
    assert files(at) == whole


def test_every_profile_of_gimp_3(machine, wheel, run):
    bases = {".config/GIMP": ("2.10", "3.0", "3.2"), ".var/app/org.gimp.GIMP/config/GIMP": ("3.0",)}
    found = [profile(machine, each, base) for base, series in bases.items() for each in series]
    ended = run("install", "gimp")
    assert ended.code == 0
    has = [folder for folder in found if (folder / PLUGIN).exists()]
    assert has == found[1:]
    assert all(f"{folder / PLUGIN}." in ended.out for folder in has)
    ended = run("uninstall", "gimp")
    assert ended.code == 0
    assert not any((folder / PLUGIN).exists() for folder in found)
    assert all(f"Removed {folder / PLUGIN}." in ended.out for folder in has)


def test_the_profile_of_the_environment_is_made(machine, wheel, run, monkeypatch):
    monkeypatch.setenv("GIMP3_DIRECTORY", "art/gimp")
    assert run("install", "gimp").code == 0
    assert (machine / "art" / "gimp" / PLUGIN / "style-swap.py").exists()


def test_a_gimp_that_was_never_started(machine, wheel, run):
    has_program(machine, "gimp-console", "GNU Image Manipulation Program version 3.2.6")
    assert run("install", "gimp").code == 0
    assert (machine / ".config/GIMP/3.2" / PLUGIN / "style-swap.py").exists()


def test_a_flatpak_that_was_never_started(machine, wheel, run):
    has_program(machine, "flatpak", "GIMP - edit images", "     Version: 3.0.6", "  License: GPL")
    assert run("install", "gimp").code == 0
    assert not (machine / ".config").exists()
    base = machine / ".var/app/org.gimp.GIMP/config/GIMP"
    assert (base / "3.0" / PLUGIN / "style-swap.py").exists()


def test_settings_of_an_older_gimp_are_left_to_gimp(machine, wheel, run):
    """A GIMP that finds a profile of its series does not take over the older one's settings."""
    has_program(machine, "gimp", "GNU Image Manipulation Program version 3.0.4")
    profile(machine, "2.10")
    ended = run("install", "gimp")
    assert ended.code == 2
    assert "GIMP 3.0 was never started" in ended.err
    assert "Start it once and close it, then run styleswap install gimp again" in ended.err
    assert not (machine / ".config/GIMP/3.0").exists()


@pytest.mark.parametrize(
    ("series", "program", "said"),
    [
        (None, None, "There is no GIMP 3 here"),
        (None, "2.10.38", "The filter needs GIMP 3, and here is only GIMP 2"),
        ("2.10", None, "The filter needs GIMP 3, and here is only GIMP 2"),
    ],
)
def test_no_gimp_3(series, program, said, machine, wheel, run):
    if series:
        profile(machine, series)
    if program:
        has_program(machine, "gimp", f"GNU Image Manipulation Program version {program}")
    ended = run("install", "gimp")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"styleswap: {said}")
    assert "https://www.gimp.org/downloads" in ended.err
    assert ended.err.count("\n") == 1
    assert not (machine / ".styleswap").exists()


def test_a_gimp_from_snap(machine, wheel, run):
    (machine / "snap" / "gimp").mkdir(parents=True)
    ended = run("install", "gimp")
    assert ended.code == 2
    assert "GIMP from Snap cannot be used: it may not read the hidden folders" in ended.err
    profile(machine)
    ended = run("install", "gimp")
    assert ended.code == 0
    assert ended.err.startswith("styleswap: note: GIMP from Snap cannot be used")


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_what_is_not_ours_stays(command, machine, wheel, run):
    mine = profile(machine, "3.0")
    theirs = profile(machine, "3.2") / PLUGIN
    theirs.mkdir(parents=True)
    (theirs / "style-swap.py").write_text("#!/usr/bin/env python3\n# somebody's own\n")
    before = files(machine)
    ended = run(command, "gimp")
    assert (ended.code, ended.out) == (2, "")
    assert (
        f"{theirs} holds something else than Style Swap's plug-in; move it away first" in ended.err
    )
    assert files(machine) == before
    assert not (mine / PLUGIN).exists()


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_link_is_left_alone(command, machine, wheel, run):
    at = profile(machine) / PLUGIN
    at.parent.mkdir()
    at.symlink_to(wheel / "gimp")
    ended = run(command, "gimp")
    assert ended.code == 2
    assert f"{at} is a link" in ended.err
    assert at.is_symlink()
    assert (wheel / "gimp" / "style-swap.py").exists()


def test_a_place_that_cannot_be_written(machine, wheel, run):
    at = profile(machine)
    (at / "plug-ins").write_text("a file where the folder should be")
    ended = run("install", "gimp")
    assert ended.code == 1
    assert f"{at / PLUGIN} cannot be changed" in ended.err
    assert ended.err.count("\n") == 1


def test_a_full_disk_leaves_the_old_one(machine, wheel, run, run_on_a_full_disk):
    at = profile(machine) / PLUGIN
    run("install", "gimp")
    before = files(at)
    (wheel / "gimp" / "errors.py").write_bytes(bytes(5000))
    ended = run_on_a_full_disk("install", "gimp")
    assert ended.code == 1
    assert f"{at} cannot be changed: File too large. It is as it was" in ended.err
    assert files(at) == before
    assert [path.name for path in at.parent.iterdir()] == ["style-swap"]


def test_an_interruption_leaves_the_old_one(machine, wheel, run, monkeypatch):
    at = profile(machine) / PLUGIN
    run("install", "gimp")
    (at / "mark").touch()
    rename = Path.rename

    def interrupted(path, target):
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        plugin_folder.put("gimp", at)
    assert (at / "mark").exists()
    assert [path.name for path in at.parent.iterdir()] == ["style-swap"]


def test_an_installation_without_plug_ins(machine, wheel, run):
    at = profile(machine)
    shutil.rmtree(wheel)
    ended = run("install", "gimp")
    assert ended.code == 1
    assert "has no plug-in for gimp; install Style Swap again" in ended.err
    assert not (at / PLUGIN).exists()


def test_a_named_profile(machine, wheel, run):
    first, second = profile(machine, "3.0"), profile(machine, "own", "art")
    assert run("install", "gimp", "--profile", second).code == 0
    assert not (first / PLUGIN).exists()
    assert (second / PLUGIN / "style-swap.py").exists()
    ended = run("uninstall", "gimp", "--profile", first)
    assert ended.code == 0
    assert ended.out == f"The filter is not in {first}: there is nothing to remove.\n"
    assert run("uninstall", "gimp", "--profile", "~/art/own").code == 0
    assert not (second / PLUGIN).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("3.0/plug-ins", "Name the folder that holds plug-ins: "),
        ("2.10", "belongs to GIMP 2.10, and the filter needs GIMP 3"),
        ("3.4", "There is no folder "),
    ],
)
@pytest.mark.parametrize("words", [("install",), ("uninstall",), ("doctor",)])
def test_no_profile(words, name, said, machine, wheel, run):
    profile(machine, "2.10")
    (profile(machine, "3.0") / "plug-ins").mkdir()
    before = files(machine)
    ended = run(*words, "gimp", "--profile", machine / ".config/GIMP" / name)
    assert ended.code == 2
    assert said in ended.err
    assert files(machine) == before


def test_nothing_to_uninstall(machine, run):
    ended = run("uninstall", "gimp")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "The filter is not in any profile of GIMP 3: there is nothing to remove.\n"


def test_only_our_folder_is_removed(machine, wheel, run):
    at = profile(machine)
    (at / "plug-ins" / "other").mkdir(parents=True)
    (at / "plug-ins" / "other" / "other.py").touch()
    (at / "gimprc").write_text("(undo-levels 77)\n")
    before = files(machine)
    run("install", "gimp")
    (at / PLUGIN / "__pycache__").mkdir()
    assert run("uninstall", "gimp").code == 0
    shutil.rmtree(machine / ".styleswap")
    assert files(machine) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["install"], "required: EDITOR"),
        (["install", "photoshop"], "invalid choice: 'photoshop'"),
        (["install", "gimp", "now"], "'now' is one argument too many"),
        (["uninstall", "gimp", "--profil", "x"], "no option --profil, perhaps --profile"),
        (["doctor", "gimp", "--gimp", "'"], "No closing quotation"),
        (["doctor", "gimp", "--gimp", ""], "name a command"),
    ],
)
def test_misunderstood(words, said, machine, run):
    ended = run(*words)
    assert ended.code == 2
    assert said in ended.err
