"""`styleswap doctor gimp` where no GIMP can be run; see tests/editors/test_gimp_doctor.py."""

import json
import sys

import pytest

import styleswap
from styleswap.client.launch import record_command


@pytest.fixture
def machine(machine, wheel):
    """The daemon's command is recorded."""
    record_command(machine / ".styleswap", [sys.executable, "-m", "styleswap.service"])
    return machine


@pytest.fixture
def installed(machine, run):
    """The filter's folder in the only profile."""
    profile = machine / ".config" / "GIMP" / "3.0"
    profile.mkdir(parents=True)
    run("install", "gimp")
    return profile / "plug-ins" / "style-swap"


@pytest.fixture
def findings(run):
    """What the doctor finds on a topic, besides that there is no GIMP."""

    def findings(topic, *words):
        ended = run("doctor", "gimp", "--json", *words)
        assert (ended.code, ended.err) == (1, "")
        told = json.loads(ended.out)
        assert told["problems"] == sum(each["state"] == "problem" for each in told["findings"])
        return [each for each in told["findings"] if each["topic"] == topic]

    return findings


def test_nothing_there(findings):
    (gimp,) = findings("GIMP")
    assert (gimp["state"], gimp["text"]) == ("problem", "there is none on this machine")
    (plugin,) = findings("plug-in")
    assert (plugin["state"], plugin["text"]) == ("problem", "GIMP 3 has no profile here")


def test_for_people(installed, run):
    ended = run("doctor", "gimp")
    assert (ended.code, ended.err) == (1, "")
    assert "PROBLEM  GIMP      there is none on this machine\n" in ended.out
    assert "                   -> Install GIMP 3: https://www.gimp.org/downloads\n" in ended.out
    assert f"ok       plug-in   version {styleswap.__version__} in {installed}\n" in ended.out
    assert ended.out.endswith("\n1 problem.\n")


def test_the_other_doctor_s_json(run):
    """`--json` may stand before the editor, too."""
    ended = run("doctor", "--json", "gimp")
    assert json.loads(ended.out)["problems"] == 2


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("GNU Image Manipulation Program version 2.10.38", "the filter needs GIMP 3"),
        ("something else", "does not tell GIMP's version"),
    ],
)
def test_another_program(program, said, machine, findings):
    path = machine / "bin" / "it"
    path.write_text(f"#!/bin/sh\necho '{program}'\n")
    path.chmod(0o755)
    (gimp,) = findings("GIMP", "--gimp", f"'{path}' -x")
    assert gimp["state"] == "problem"
    assert said in gimp["text"]


def test_not_installed(machine, findings):
    profile = machine / ".config" / "GIMP" / "3.0"
    profile.mkdir(parents=True)
    (plugin,) = findings("plug-in")
    assert plugin["text"] == f"the filter is not in {profile}"
    assert plugin["remedy"] == "Run styleswap install gimp."
    elsewhere = machine / "art gimp"
    elsewhere.mkdir()
    (plugin,) = findings("plug-in", "--profile", elsewhere)
    assert plugin["remedy"] == f"Run styleswap install gimp --profile '{elsewhere}'"


def test_installed_elsewhere(installed, findings):
    """Another series has the filter, and it is not known that this one is used."""
    (installed.parents[2] / "3.2").mkdir()
    other, plugin = findings("plug-in")
    assert (other["state"], plugin["state"]) == ("note", "ok")


def test_something_else_in_its_place(installed, findings):
    for path in installed.iterdir():
        path.rename(installed.parents[1] / path.name)
    (installed / "style-swap.py").write_text("# mine\n")
    (plugin,) = findings("plug-in")
    assert "holds something else" in plugin["text"]
    assert plugin["state"] == "problem"


def test_an_older_version(installed, findings):
    (installed / "styleswap_vendor/styleswap/__init__.py").write_text('__version__ = "0.0.9"\n')
    (plugin,) = findings("plug-in")
    assert plugin["text"] == (
        f"version 0.0.9 is in {installed}, and this is Style Swap {styleswap.__version__}"
    )
    assert plugin["remedy"] == "Run styleswap install gimp."


def test_files_that_are_missing_or_changed(installed, findings):
    (installed / "errors.py").unlink()
    (installed / "style-swap.py").write_text("#!/usr/bin/env python3\nimport nonsense\n")
    (plugin,) = findings("plug-in")
    assert plugin["state"] == "problem"
    assert plugin["text"].endswith(": errors.py, style-swap.py")


def test_an_entry_that_may_not_be_run(installed, findings):
    (installed / "style-swap.py").chmod(0o644)
    copy, entry = findings("plug-in")
    assert copy["state"] == "ok"
    assert entry["text"] == (
        f"{installed / 'style-swap.py'} may not be run as a program, so GIMP passes over it"
    )


@pytest.mark.parametrize(
    ("folders", "states"),
    [
        ("${gimp_dir}/plug-ins:/opt/plug-ins", ["ok"]),
        ("{profile}/plug-ins", ["ok"]),
        ("/opt/plug-ins", ["ok", "problem"]),
    ],
)
def test_folders_that_gimp_searches(folders, states, installed, findings):
    profile = installed.parents[1]
    folders = folders.replace("{profile}", str(profile))
    (profile / "gimprc").write_text(f'(undo-levels 5)\n(plug-in-path "{folders}")\n')
    told = findings("plug-in")
    assert [each["state"] for each in told] == states
    if len(told) > 1:
        assert "GIMP looks for plug-ins in /opt/plug-ins only" in told[1]["text"]


def test_how_the_daemon_is_started(machine, installed, findings):
    (daemon,) = findings("daemon")
    assert daemon["state"] == "ok"
    assert daemon["text"].endswith(f"{sys.executable} -m styleswap.service")
    record_command(
        machine / ".styleswap", [str(machine / "gone" / "python"), "-m", "styleswap.service"]
    )
    (daemon,) = findings("daemon")
    assert daemon["state"] == "problem"
    assert "is not there any more" in daemon["text"]
    (machine / ".styleswap" / "daemon-command.json").unlink()
    (daemon,) = findings("daemon")
    assert daemon["state"] == "problem"
    assert "how to start it is not recorded" in daemon["text"]


def test_flatpak_and_snap(machine, installed, findings):
    flatpak = machine / "bin" / "flatpak"
    # It says which version there is, and fails at everything else.
    flatpak.write_text('#!/bin/sh\ntest "$1" = info && echo "Version: 3.0.6"\n')
    flatpak.chmod(0o755)
    (gimp,) = findings("GIMP")
    assert gimp["state"] == "ok"
    assert gimp["text"].startswith("3.0.6: flatpak run ")
    _, note = findings("daemon")
    assert (note["state"], note["text"]) == ("note", "from Flatpak, GIMP cannot start it")
    snap = machine / "snap" / "bin" / "gimp-console"
    snap.parent.mkdir(parents=True)
    snap.write_text("#!/bin/sh\necho GIMP version 3.0.4\n")
    snap.chmod(0o755)
    (gimp,) = findings("GIMP", "--gimp", str(snap))
    assert gimp["state"] == "problem"
    assert "GIMP from Snap cannot be used" in gimp["remedy"]
