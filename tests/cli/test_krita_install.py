"""`styleswap install krita` and `uninstall krita`, on homes made for each test."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import styleswap
from styleswap.cli.editors import plugin_folder
from styleswap.cli.editors.krita import programs

REPOSITORY = Path(__file__).parents[2]
DATA, CONFIG = ".local/share/krita", ".config/kritarc"
FLATPAK = ".var/app/org.kde.krita"
PACKAGE, DESKTOP = "pykrita/style_swap", "pykrita/style_swap.desktop"
ACTION = "actions/style_swap.action"
PARTS = [PACKAGE, DESKTOP, ACTION]
ENABLED = b"[python]\nenable_style_swap=true\n"


@pytest.fixture(autouse=True)
def no_krita_runs(monkeypatch):
    monkeypatch.setattr(programs, "running", lambda: False)


@pytest.fixture
def krita(machine):
    """Krita's resource folder; it was started once."""
    folder = machine / DATA
    folder.mkdir(parents=True)
    (machine / CONFIG).parent.mkdir()
    (machine / CONFIG).write_bytes(b"X=1\n")
    return folder


def has(krita):
    return [part for part in PARTS if (krita / part).exists()]


def test_from_the_checkout(machine, krita, run, files):
    """All of the real plug-in, and a client that works without any package beside it."""
    other = krita / "pykrita" / "other" / "other.py"
    other.parent.mkdir(parents=True)
    other.write_text("untouched")
    ended = run("install", "krita")
    assert (ended.code, ended.err) == (0, "")
    told = ended.out.splitlines()
    assert told[0] == f"Style Swap {styleswap.__version__} is in {krita / PACKAGE}."
    assert told[1].endswith(f"{sys.executable} -m styleswap.service")
    assert told[2] == "Start Krita; the panel is under Settings > Dockers > Style Swap."
    source = REPOSITORY / "plugins" / "krita"
    copied = files(krita / PACKAGE)
    for path in (source / "style_swap").rglob("*.py"):
        assert copied[path.relative_to(source / "style_swap").as_posix()] == path.read_bytes()
    assert not [name for name in copied if "__pycache__" in name]
    assert "Manual.html" in copied
    for part in (DESKTOP, ACTION):
        assert (krita / part).read_bytes() == (source / Path(part).name).read_bytes()
    modes = {path.stat().st_mode & 0o777 for path in krita.rglob("*") if path.is_file()}
    assert modes <= {0o644, other.stat().st_mode & 0o777}
    assert (machine / CONFIG).read_bytes() == b"X=1\n\n" + ENABLED
    assert other.read_text() == "untouched"
    names = sorted(path.name for path in (krita / "pykrita").iterdir())
    assert names == ["other", "style_swap", "style_swap.desktop"]
    assert [path.name for path in (krita / "actions").iterdir()] == ["style_swap.action"]
    script = f"import sys; sys.path.insert(0, {str(krita / PACKAGE)!r})\n"
    script += "from styleswap_vendor.styleswap.client.launch import daemon_command\n"
    script += "from styleswap_vendor.styleswap import runtime\n"
    script += "print(*daemon_command(runtime.home()))"
    ended = subprocess.run(
        [sys.executable, "-S", "-B", "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"{sys.executable} -m styleswap.service\n"
    recorded = json.loads((machine / ".styleswap" / "daemon-command.json").read_text())
    assert recorded == {"command": [sys.executable, "-m", "styleswap.service"]}


def test_from_a_wheel(krita, wheel, run, files):
    assert run("install", "krita").code == 0
    assert sorted(files(krita)) == [
        "actions/style_swap.action",
        "pykrita/style_swap.desktop",
        "pykrita/style_swap/__init__.py",
        "pykrita/style_swap/docker/panel.py",
        "pykrita/style_swap/locale/de/LC_MESSAGES/styleswap.mo",
        "pykrita/style_swap/styleswap_vendor/__init__.py",
        "pykrita/style_swap/styleswap_vendor/styleswap/__init__.py",
    ]


def test_an_older_one_is_replaced(machine, krita, wheel, run, files):
    run("install", "krita")
    whole = files(krita)
    at = krita / PACKAGE
    (at / "styleswap_vendor" / "styleswap" / "__init__.py").write_text('__version__ = "0.0.9"\n')
    (at / "left_over.py").touch()
    (at / "__pycache__").mkdir()
    (at / "docker" / "panel.py").unlink()
    (krita / ACTION).write_text("<!-- styleswap 0.0.9 -->")
    (krita / DESKTOP).unlink()
    (machine / CONFIG).write_bytes(b"[python]\nenable_style_swap=false\n")
    ended = run("install", "krita")
    assert ended.code == 0
    version = styleswap.__version__
    assert ended.out.startswith(f"Style Swap {version} is in {at}, instead of 0.0.9.\n")
    assert files(krita) == whole
    assert not (at / "__pycache__").exists()
    assert (machine / CONFIG).read_bytes() == ENABLED


def test_native_and_flatpak(machine, krita, wheel, run):
    """A Krita of Flatpak that was started once: it is found by its settings alone."""
    (machine / FLATPAK / "config").mkdir(parents=True)
    (machine / FLATPAK / "config/kritarc").touch()
    ended = run("install", "krita")
    assert ended.code == 0
    homes = {krita: machine / CONFIG, machine / FLATPAK / "data/krita": None}
    homes[machine / FLATPAK / "data/krita"] = machine / FLATPAK / "config/kritarc"
    for resources, settings in homes.items():
        assert has(resources) == PARTS
        assert f"is in {resources / PACKAGE}." in ended.out
        assert settings.read_bytes().endswith(ENABLED)
    ended = run("uninstall", "krita")
    assert ended.code == 0
    for resources, settings in homes.items():
        assert has(resources) == []
        assert f"Removed {resources / PACKAGE}." in ended.out
        assert b"style_swap" not in settings.read_bytes()


@pytest.mark.parametrize(
    ("program", "prints", "base"),
    [
        ("krita", "krita 5.2.9", ".local/share/krita"),
        ("krita-5.2.9-x86_64.appimage", "", ".local/share/krita"),
        ("flatpak", "  Version: 5.2.9", f"{FLATPAK}/data/krita"),
    ],
)
def test_a_krita_that_was_never_started(program, prints, base, machine, wheel, run, has_program):
    has_program(program, prints)
    assert run("install", "krita").code == 0
    assert has(machine / base) == PARTS
    others = {".local/share/krita", f"{FLATPAK}/data/krita"} - {base}
    assert not any((machine / other).exists() for other in others)


def test_the_folders_of_the_environment(machine, wheel, run, monkeypatch, has_program):
    has_program("krita", "krita 5.2.9")
    monkeypatch.setenv("XDG_DATA_HOME", str(machine / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(machine / "config"))
    assert run("install", "krita").code == 0
    assert has(machine / "data" / "krita") == PARTS
    assert (machine / "config" / "kritarc").read_bytes() == ENABLED
    assert not (machine / ".local").exists()
    assert not (machine / ".config").exists()


def test_resources_that_were_moved_in_krita(machine, krita, wheel, run):
    """Krita then looks for plug-ins there, and nowhere else."""
    (machine / CONFIG).write_text(f"ResourceDirectory={machine / 'art'}\n")
    assert run("install", "krita").code == 0
    assert has(machine / "art") == PARTS
    assert has(krita) == []
    assert run("uninstall", "krita").code == 0
    assert has(machine / "art") == []


def test_no_krita(machine, wheel, run):
    ended = run("install", "krita")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("styleswap: There is no Krita here")
    assert "https://krita.org/download" in ended.err
    assert ended.err.count("\n") == 1
    assert not (machine / ".styleswap").exists()


def test_krita_from_snap(machine, wheel, run):
    (machine / "snap" / "krita").mkdir(parents=True)
    ended = run("install", "krita")
    assert ended.code == 2
    assert "Krita from Snap cannot be used: it may not read the hidden folders" in ended.err
    (machine / DATA).mkdir(parents=True)
    ended = run("install", "krita")
    assert ended.code == 0
    assert ended.err.startswith("styleswap: note: Krita from Snap cannot be used")


def test_an_old_krita(machine, krita, wheel, run, has_program):
    """Its folders are those of newer ones, too."""
    has_program("krita", "krita 5.1.5")
    ended = run("install", "krita")
    assert ended.code == 0
    assert has(krita) == PARTS
    assert ended.err.startswith(
        "styleswap: note: here is Krita 5.1.5, and the panel needs Krita 5.2"
    )
    has_program("krita-6.0.4-x86_64.AppImage")
    assert run("install", "krita").err == ""


def test_a_krita_that_runs(krita, wheel, run, monkeypatch):
    monkeypatch.setattr(programs, "running", lambda: True)
    assert "Close Krita and start it again; the panel is under" in run("install", "krita").out


@pytest.mark.parametrize("command", ["install", "uninstall"])
@pytest.mark.parametrize("part", PARTS)
def test_what_is_not_ours_stays(part, command, machine, krita, wheel, run, files):
    theirs = krita / part
    theirs.parent.mkdir(parents=True)
    if part == PACKAGE:
        theirs.mkdir()
        (theirs / "__init__.py").write_text("# somebody's own\n")
    else:
        theirs.write_text("[Desktop Entry]\nX-KDE-Library=style_swap\n")
    # It is found before another home is changed.
    (machine / FLATPAK / "data/krita").mkdir(parents=True)
    before = files(machine)
    ended = run(command, "krita")
    assert (ended.code, ended.out) == (2, "")
    assert f"{theirs} " in ended.err
    assert "something else than Style Swap's plug-in; move it away first" in ended.err
    assert files(machine) == before
    assert has(krita) == [part]


@pytest.mark.parametrize("command", ["install", "uninstall"])
@pytest.mark.parametrize("part", PARTS)
def test_a_link_is_left_alone(part, command, krita, wheel, run):
    at = krita / part
    at.parent.mkdir()
    at.symlink_to(wheel / "krita" / at.name)
    ended = run(command, "krita")
    assert ended.code == 2
    assert f"{at} is a link" in ended.err
    assert at.is_symlink()
    assert (wheel / "krita" / at.name).exists()
    assert len(has(krita)) == 1


@pytest.mark.parametrize("folder", ["pykrita", "actions"])
def test_a_place_that_cannot_be_written(folder, machine, krita, wheel, run, files):
    (krita / folder).write_text("a file where the folder should be")
    before = files(machine)
    ended = run("install", "krita")
    assert ended.code == 1
    (place,) = [part for part in (PACKAGE, ACTION) if part.startswith(folder)]
    assert f"{krita / place} cannot be changed" in ended.err
    assert ended.err.count("\n") == 1
    assert files(machine) == before


@pytest.mark.parametrize("failing", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_between_the_parts_leaves_the_old_ones(
    error, failing, krita, wheel, run, files, monkeypatch
):
    """Each of three parts is moved away and replaced: six moves, any of which may fail."""
    run("install", "krita")
    (krita / PACKAGE / "mark.py").touch()
    (krita / DESKTOP).write_text("# styleswap, old")
    (krita / ACTION).write_text("<!-- styleswap, old -->")
    before, rename, done = files(krita), Path.rename, []

    def failing_rename(path, target):
        done.append(path)
        if len(done) == failing + 1:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing_rename)
    if isinstance(error, OSError):
        ended = run("install", "krita")
        assert ended.code == 1
        assert "cannot be changed: No space left on device. It is as it was" in ended.err
    else:
        with pytest.raises(KeyboardInterrupt):
            plugin_folder.put(
                "krita/style_swap",
                krita / PACKAGE,
                {f"krita/{Path(part).name}": krita / part for part in (DESKTOP, ACTION)},
            )
    assert len(done) > failing
    assert files(krita) == before


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failure_while_removing(failing, machine, krita, wheel, run, files, monkeypatch):
    run("install", "krita")
    before, rename, done = files(machine), Path.rename, []

    def failing_rename(path, target):
        done.append(path)
        if len(done) == failing + 1:
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing_rename)
    ended = run("uninstall", "krita")
    assert ended.code == 1
    place = krita / (ACTION if PARTS[failing] == ACTION else PACKAGE)
    assert f"{place} cannot be changed: Permission denied" in ended.err
    assert files(machine) == before


def test_settings_that_cannot_be_read(machine, krita, wheel, run):
    (machine / CONFIG).unlink()
    (machine / CONFIG).mkdir()
    ended = run("install", "krita")
    assert (ended.code, ended.out) == (1, "")
    assert f"{machine / CONFIG} cannot be changed: Is a directory" in ended.err
    assert "Python Plugin Manager" in ended.err
    assert has(krita) == []


def test_an_installation_without_plug_ins(krita, wheel, run):
    shutil.rmtree(wheel)
    ended = run("install", "krita")
    assert ended.code == 1
    assert "has no plug-in for krita; install Style Swap again" in ended.err
    assert has(krita) == []


def test_a_named_folder(machine, krita, wheel, run):
    portable = machine / "portable" / "krita"
    portable.mkdir(parents=True)
    settings = machine / "portable" / "kritarc"
    words = ("krita", "--resources", portable, "--kritarc", settings)
    assert run("install", *words).code == 0
    assert has(krita) == []
    assert has(portable) == PARTS
    assert settings.read_bytes() == ENABLED
    assert (machine / CONFIG).read_bytes() == b"X=1\n"
    ended = run("uninstall", "krita", "--resources", krita)
    assert ended.code == 0
    assert ended.out == f"The panel is not in {krita}: there is nothing to remove.\n"
    assert run("uninstall", *words).code == 0
    assert has(portable) == []
    assert settings.read_bytes() == b"[python]\n"


def test_the_settings_of_a_named_folder(machine, krita, wheel, run):
    """Those of Flatpak where it is Flatpak's, else the usual ones."""
    flatpak = machine / FLATPAK / "data/krita"
    flatpak.mkdir(parents=True)
    assert run("install", "krita", "--resources", f"~/{FLATPAK}/data/krita").code == 0
    assert (machine / FLATPAK / "config/kritarc").read_bytes() == ENABLED
    assert (machine / CONFIG).read_bytes() == b"X=1\n"
    (machine / "art").mkdir()
    assert run("install", "krita", "--resources", machine / "art").code == 0
    assert (machine / CONFIG).read_bytes() == b"X=1\n\n" + ENABLED
    assert has(krita) == []


def test_the_folder_of_named_settings(machine, krita, wheel, run):
    (machine / "rc").write_text(f"ResourceDirectory={machine / 'art'}\n")
    assert run("install", "krita", "--kritarc", machine / "rc").code == 0
    assert has(machine / "art") == PARTS
    assert has(krita) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("pykrita", "Name the folder that holds pykrita: "), ("missing", "There is no folder ")],
)
@pytest.mark.parametrize("words", [("install",), ("uninstall",), ("doctor",)])
def test_no_resource_folder(words, name, said, machine, krita, wheel, run, files):
    (krita / "pykrita").mkdir()
    before = files(machine)
    ended = run(*words, "krita", "--resources", krita / name)
    assert ended.code == 2
    assert said in ended.err
    assert files(machine) == before


def test_nothing_to_uninstall(machine, run):
    ended = run("uninstall", "krita")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"The panel is not in {machine / DATA}, ")
    assert ended.out.endswith(": there is nothing to remove.\n")
    assert list(machine.iterdir()) == [machine / "bin"]


def test_only_ours_is_removed(machine, krita, wheel, run, files):
    (krita / "pykrita" / "other").mkdir(parents=True)
    (krita / "pykrita" / "other" / "__init__.py").touch()
    (krita / "pykrita" / "other.desktop").touch()
    (krita / "actions").mkdir()
    (krita / "actions" / "other.action").touch()
    (machine / CONFIG).write_bytes(b"[python]\r\nenable_other=true\r\n")
    before = files(machine)
    run("install", "krita")
    (krita / PACKAGE / "__pycache__").mkdir()
    assert run("uninstall", "krita").code == 0
    shutil.rmtree(machine / ".styleswap")
    assert files(machine) == before


def test_parts_that_are_left_are_removed(machine, krita, wheel, run):
    run("install", "krita")
    shutil.rmtree(krita / PACKAGE)
    assert run("uninstall", "krita").code == 0
    assert has(krita) == []


def test_a_full_disk_leaves_the_old_one(krita, wheel, run, files, run_on_a_full_disk):
    run("install", "krita")
    before = files(krita)
    (wheel / "krita" / "style_swap.action").write_bytes(b"styleswap" + bytes(5000))
    ended = run_on_a_full_disk("install", "krita")
    assert ended.code == 1
    assert "cannot be changed: File too large. It is as it was" in ended.err
    assert files(krita) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["install", "krita", "now"], "'now' is one argument too many"),
        (["uninstall", "krita", "--profile", "x"], "no option --profile"),
        (["doctor", "krita", "--krita", "'"], "No closing quotation"),
    ],
)
def test_misunderstood(words, said, machine, run):
    ended = run(*words)
    assert ended.code == 2
    assert said in ended.err
