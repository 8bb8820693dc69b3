"""`styleswap doctor krita` with stand-ins for Krita; see tests/editors/test_krita_doctor.py."""

import json
import sys

import pytest

import styleswap
from styleswap.cli.editors.krita import loading
from styleswap.client.launch import record_command

MENU = "Settings > Dockers > Style Swap"
TICK = (
    "In Krita, tick Style Swap under Settings > Configure Krita > Python Plugin Manager, and start "
    "Krita again."
)

# What Krita's program for scripts does, by this Python; Krita's own messages begin as here.
RUNNER = f"""#!{sys.executable}
import os, sys
sys.path.insert(0, os.path.join(os.environ["XDG_DATA_HOME"], "kritarunner"))
_, module, _, function = sys.argv[1:]
assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
print("Creating engine")
getattr(__import__(module), function)([])
"""


@pytest.fixture
def machine(machine, wheel):
    """The daemon's command is recorded, and Krita was started once."""
    record_command(machine / ".styleswap", [sys.executable, "-m", "styleswap.service"])
    (machine / ".local/share/krita").mkdir(parents=True)
    return machine


@pytest.fixture
def krita(machine, has_program):
    """Krita 5.2.9, with its program for scripts."""
    has_program("krita_version", "5.2.9")
    has_program("kritarunner").write_text(RUNNER)
    return has_program("krita")


@pytest.fixture
def installed(machine, run):
    """The panel's package in Krita's folder."""
    run("install", "krita")
    return machine / ".local/share/krita/pykrita/style_swap"


@pytest.fixture
def findings(run, tmp_path, monkeypatch):
    """What the doctor finds on a topic."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def findings(topic, *words):
        ended = run("doctor", "krita", "--json", *words)
        told = json.loads(ended.out)
        problems = sum(each["state"] == "problem" for each in told["findings"])
        assert told["problems"] == problems
        assert (ended.code, ended.err) == (1 if problems else 0, "")
        assert list(temporary.iterdir()) == []
        return [each for each in told["findings"] if each["topic"] == topic]

    return findings


def test_all_is_well(krita, installed, run):
    ended = run("doctor", "krita")
    assert (ended.code, ended.err) == (0, "")
    resources = installed.parents[1]
    settings = resources.parents[2] / ".config/kritarc"
    python = ".".join(map(str, sys.version_info[:3]))
    assert ended.out.splitlines() == [
        f"ok       Krita     5.2.9: {krita}",
        f"ok       plug-in   version {styleswap.__version__} in {installed}",
        f"ok       enabled   Krita loads it, by {settings}",
        f"ok       loading   Krita 5.2.9 can, with Python {python}: {MENU}",
        f"ok       daemon    the panel starts it with {sys.executable} -m styleswap.service",
        "",
        "All is well.",
    ]
    assert not (installed / "__pycache__").exists()


def test_nothing_there(machine, findings):
    (machine / ".local/share/krita").rmdir()
    (krita,) = findings("Krita")
    assert (krita["state"], krita["text"]) == ("problem", "there is none on this machine")
    assert krita["remedy"] == "Install Krita 5.2 or newer: https://krita.org/download"
    (plugin,) = findings("plug-in")
    assert (plugin["state"], plugin["text"]) == ("problem", "Krita has no folder here")
    assert findings("enabled") == findings("loading") == []


def test_the_other_doctor_s_json(machine, run):
    """`--json` may stand before the editor, too."""
    assert json.loads(run("doctor", "--json", "krita").out)["problems"] == 2


@pytest.mark.parametrize(
    ("prints", "state", "said"),
    [
        ("krita 5.1.5", "problem", "5.1.5: krita; the panel needs Krita 5.2 or newer"),
        ("krita 6.0.4", "ok", "6.0.4: krita"),
        ("no screen", "note", "a version that it does not tell: krita"),
    ],
)
def test_versions(prints, state, said, findings, has_program):
    has_program("krita", prints)
    (krita,) = findings("Krita", "--krita", "krita")
    assert (krita["state"], krita["text"]) == (state, said)


def test_another_program(machine, installed, findings):
    (krita,) = findings("Krita", "--krita", "nothing -x")
    assert (krita["state"], krita["text"]) == ("problem", "there is no program nothing")
    snap = machine / "snap" / "bin" / "krita"
    snap.parent.mkdir(parents=True)
    snap.write_text("#!/bin/sh\necho krita 5.2.9\n")
    snap.chmod(0o755)
    (krita,) = findings("Krita", "--krita", snap)
    assert krita["state"] == "problem"
    assert "Krita from Snap cannot be used" in krita["remedy"]
    (loading,) = findings("loading", "--krita", snap)
    assert (loading["state"], loading["text"]) == (
        "note",
        f"{installed} cannot be tried without Krita",
    )


def test_an_appimage_cannot_run_scripts(installed, findings, has_program):
    image = has_program("krita-5.2.9-x86_64.appimage")
    (krita,) = findings("Krita")
    assert (krita["state"], krita["text"]) == ("ok", f"5.2.9: {image}")
    (loading,) = findings("loading")
    assert loading["state"] == "note"
    assert "has no kritarunner" in loading["text"]


def test_not_installed(machine, krita, findings):
    (plugin,) = findings("plug-in")
    assert plugin["text"] == f"the panel is not in {machine / '.local/share/krita'}"
    assert (plugin["state"], plugin["remedy"]) == ("problem", "Run styleswap install krita.")


def test_installed_elsewhere(machine, krita, installed, findings):
    """There is a folder of Flatpak, but no Krita from there any more."""
    (machine / ".var/app/org.kde.krita/data/krita").mkdir(parents=True)
    other, plugin = findings("plug-in")
    assert (other["state"], plugin["state"]) == ("note", "ok")


def test_a_named_folder(machine, krita, findings):
    (machine / "art krita").mkdir()
    words = ("--resources", machine / "art krita", "--kritarc", machine / "rc")
    _ = findings("plug-in", *words)
    (machine / "art krita" / "actions").mkdir()
    (machine / "art krita" / "actions" / "style_swap.action").write_text("styleswap")
    (plugin,) = findings("plug-in", *words)
    assert plugin["remedy"] == (
        f"Run styleswap install krita --resources '{machine / 'art krita'}' "
        f"--kritarc {machine / 'rc'}"
    )


def test_something_else_in_its_place(installed, findings):
    (installed.parent / "style_swap.desktop").write_text("[Desktop Entry]\n")
    (plugin,) = findings("plug-in")
    assert plugin["state"] == "problem"
    assert "style_swap.desktop is something else" in plugin["text"]


def test_an_older_version(installed, findings):
    (installed / "styleswap_vendor/styleswap/__init__.py").write_text('__version__ = "0.0.9"\n')
    (plugin,) = findings("plug-in")
    assert plugin["text"] == (
        f"version 0.0.9 is in {installed}, and this is Style Swap {styleswap.__version__}"
    )
    assert plugin["remedy"] == "Run styleswap install krita."


def test_files_that_are_missing_or_changed(installed, findings):
    (installed / "docker" / "panel.py").unlink()
    (installed.parents[1] / "actions" / "style_swap.action").unlink()
    (installed.parent / "style_swap.desktop").write_text("# styleswap\n")
    (plugin,) = findings("plug-in")
    assert plugin["state"] == "problem"
    assert plugin["text"].endswith(": style_swap.desktop, style_swap.action, docker/panel.py")


@pytest.mark.parametrize(
    ("text", "said", "remedy"),
    [
        ("", "not yet, by ", "Run styleswap install krita."),
        ("[python]\nenable_style_swap=false\n", "it was switched off, by ", TICK),
    ],
)
def test_not_enabled(text, said, remedy, machine, krita, installed, findings):
    settings = machine / ".config/kritarc"
    settings.write_text(text)
    (enabled,) = findings("enabled")
    assert (enabled["state"], enabled["text"]) == ("problem", f"{said}{settings}")
    assert enabled["remedy"] == remedy


def test_settings_that_cannot_be_read(machine, krita, installed, findings):
    (machine / ".config/kritarc").unlink()
    (machine / ".config/kritarc").mkdir()
    (enabled,) = findings("enabled")
    assert enabled["state"] == "problem"
    assert "cannot be read: Is a directory" in enabled["text"]


@pytest.mark.parametrize(
    ("file", "text", "error", "line"),
    [
        ("__init__.py", "import nonsense", "ModuleNotFoundError: No module named 'nonsense'", 1),
        ("__init__.py", "\nx = (", "SyntaxError: '(' was never closed", 2),
        ("__init__.py", "raise SystemExit(3)", "SystemExit: 3", 1),
        # Errors that the plug-in catches to show them in its docker.
        ("plugin.py", "import nonsense", "ModuleNotFoundError: No module named 'nonsense'", 1),
        ("plugin.py", "def f():\n    x = (", "SyntaxError: '(' was never closed", 2),
        ("vendored.py", "load = lambda: 1 / 0", "ZeroDivisionError: division by zero", 1),
    ],
)
def test_it_does_not_load(file, text, error, line, krita, installed, findings):
    (installed / "vendored.py").write_text("load = lambda: None\n")
    (installed / "plugin.py").touch()
    (installed / "__init__.py").write_text(
        "try:\n from . import vendored\n vendored.load()\n from . import plugin\n broken = ''\n"
        "except Exception as error:\n broken = repr(error)\n"
    )
    (fine,) = findings("loading")
    assert fine["state"] == "ok"
    (installed / file).write_text(f"{text}\n")
    (found,) = findings("loading")
    assert found["state"] == "problem"
    source = text.strip().splitlines()[-1].strip()
    assert found["text"] == (
        f"Krita 5.2.9 cannot: {error}\nin {installed / file}, line {line}: {source}"
    )
    assert "styleswap install krita" in found["remedy"]


def test_it_says_only_that_it_is_broken(krita, installed, findings):
    (installed / "vendored.py").write_text("load = lambda: None\n")
    (installed / "plugin.py").touch()
    text = "from . import vendored\nbroken = 'ValueError: only in Krita'\n"
    (installed / "__init__.py").write_text(text)
    (found,) = findings("loading")
    assert found["text"] == "Krita 5.2.9 cannot: ValueError: only in Krita"


# As Krita 5.2.9 prints it without PyQt5.
NO_PYQT = r"""Creating engine
krita.scripting: "Traceback (most recent call last):"
krita.scripting: "  File \"/usr/lib/krita-python-libs/krita/api.py\", line 15, in <module>"
krita.scripting: "    from PyKrita.krita import *"
krita.scripting: "ModuleNotFoundError: No module named PyQt5.sip"
krita.scripting: "Could not import krita"
Cannot load the PyKrita module, aborting"""


@pytest.mark.parametrize(
    ("prints", "said", "remedy"),
    [
        (NO_PYQT, "ModuleNotFoundError: No module named PyQt5.sip", "python3-pyqt5"),
        ("Creating engine\nAborted\n", "Aborted", "report it"),
        ("", "it ended without a word", "report it"),
    ],
)
def test_no_python_in_krita(prints, said, remedy, krita, installed, findings, has_program):
    has_program("kritarunner", *prints.splitlines())
    (found,) = findings("loading")
    assert found["state"] == "problem"
    assert found["text"] == f"Krita 5.2.9 cannot: Krita's own Python does not start: {said}"
    assert remedy in found["remedy"]


def test_a_runner_that_does_not_run_or_end(krita, installed, findings, has_program, monkeypatch):
    has_program("kritarunner").write_text("#!/nowhere\n")
    (found,) = findings("loading")
    assert found["state"] == "note"
    assert "cannot be run" in found["text"]
    has_program("kritarunner").write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    monkeypatch.setattr(loading, "_SECONDS", 0.5)
    (found,) = findings("loading")
    assert found["state"] == "note"
    assert "does not come to an end" in found["text"]


def test_flatpak(machine, run, findings, has_program):
    """Its programs are told of the throw-away folder."""
    log = machine / "log"
    flatpak = has_program("flatpak", "Version: 5.2.9")
    with flatpak.open("a") as file:
        file.write(f'test "$1" = run && for word; do echo "$word" >> {log}; done\n:\n')
    run("install", "krita")
    (krita,) = findings("Krita")
    assert (krita["state"], krita["text"]) == ("ok", "5.2.9: flatpak run org.kde.krita")
    _, note = findings("daemon")
    assert (note["state"], note["text"]) == ("note", "from Flatpak, Krita cannot start it")
    assert "the panel says that none runs" in note["remedy"]
    words = log.read_text().splitlines()[-14:]
    _, folder = next(word for word in words if word.startswith("--filesystem=")).split("=")
    assert words[0] == "run"
    assert f"--env=STYLESWAP_PROBE={folder}" in words
    assert f"--env=XDG_DATA_HOME={folder}/data" in words
    ending = ["--command=kritarunner", "org.kde.krita", "-s", "styleswap_probe", "-f", "load"]
    assert words[-6:] == ending


def test_how_the_daemon_is_started(machine, krita, installed, findings):
    record_command(machine / ".styleswap", [str(machine / "gone"), "-m", "styleswap.service"])
    (daemon,) = findings("daemon")
    assert daemon["state"] == "problem"
    assert "is not there any more" in daemon["text"]
    assert daemon["remedy"] == "Run styleswap install krita."
    (machine / ".styleswap" / "daemon-command.json").unlink()
    (daemon,) = findings("daemon")
    assert "how to start it is not recorded" in daemon["text"]
