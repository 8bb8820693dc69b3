"""Every command in the documents is run as it stands there, in a copy of the checkout, or, where
that would take minutes, an editor or what cannot be had here, is understood by its own program.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from styleswap.cli import main, training
from styleswap.cli.outcome import ExitCode
from styleswap.cli.parser import parse

from .conftest import soft_noise
from .documented import PAGES, REPOSITORY, fenced, languages, told

# What is only understood, not run, and why. A row of which no command is left must go.
UNDERSTOOD = {
    r"make (?!run|setup|plugins|texts|protos)": "minutes; what is to be tested, CI runs itself",
    r"PIP_EXTRA_INDEX_URL=": "takes packages from an index elsewhere",
    r"pipx install": "installs all anew; tests/project/test_wheel.py installs the same wheel",
    r"styleswap (train|evaluate)\b(?!.*--help)": "hours, and weights that are no part of this",
    r"styleswap serve\b": "runs until it is stopped; tests/cli/test_daemon.py runs it",
    r"styleswap doctor gimp --gimp": "needs Flatpak",
    r"styleswap install krita --resources": "writes outside of the home directory",
    r"(\.venv/bin/)?python (-m )?(docs|benchmarks|tests)\b": "minutes, some in real editors",
    r"python -m styleswap\.gallery\.draw": "many seconds a style; tests/gallery runs it",
    r"gimp-console": "tests/editors/test_gimp_pdb.py runs the example in a real GIMP",
    r"runtime=.*grpcurl": "grpcurl is in no registry of ours; service/test_auth.py asks the same",
}
# Mentioned within a sentence, without what belongs to it.
MENTIONED = (
    "styleswap stylize",
    "styleswap train",
    "styleswap train inverse --teacher vgg19.safetensors --resume ... --adapt",
)
# Exit codes besides 0: `doctor` finds that there is no editor here.
ENDS_WITH = {"styleswap doctor": {0, 1}}


def is_run(command):
    return command not in MENTIONED and not any(
        re.match(row, command, re.DOTALL) for row in UNDERSTOOD
    )


ALL = {page: fenced(page) for page in PAGES if fenced(page)}
ALL[Path("sentences")] = told()
RUN = {page: [each for each in commands if is_run(each)] for page, commands in ALL.items()}
READ = {each: None for commands in ALL.values() for each in commands if not is_run(each)}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout, set up, with the pictures that the documents speak of."""
    folder = tmp_path_factory.mktemp("documents") / "styleswap"
    built = shutil.ignore_patterns(".?*", "build", "dist", "out", "shared", "__pycache__")
    shutil.copytree(REPOSITORY, folder, ignore=built)
    wheels = REPOSITORY / "build" / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    (folder / "build").mkdir()
    (folder / "build" / "wheels").symlink_to(wheels)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, words in {"python": "", "styleswap": "-m styleswap "}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words}"$@"\n')
        program.chmod(0o755)
    for stamp in ("-program", ""):  # what is made of the others comes last
        (folder / ".venv" / f".installed{stamp}").touch()

    for name in ("photo.jpg", "portrait.tif", "portrait.jpg", "view.jpg"):
        Image.fromarray(soft_noise(36, 48)).save(folder / name)
    Image.fromarray(soft_noise(48, 48, seed=1)).save(folder / "painting.jpg")
    for side, name in enumerate(("figure-mask.png", "sky.png", "house.png")):
        mask = np.zeros((36, 48), np.uint8)
        mask[:, 8 * side : 8 * side + 24] = 255
        Image.fromarray(mask).save(folder / name)
    for name in ("holiday", "painted"):
        (folder / name).mkdir()
    for name in ("beach.jpg", "tower.jpg"):
        Image.fromarray(soft_noise(32, 40, seed=len(name))).save(folder / "holiday" / name)
    home = folder.with_name("home")
    for name in (".config/GIMP/3.0", ".local/share/krita", ".config", "art/gimp-profile"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / ".config" / "kritarc").write_text("[python]\n")
    yield folder
    in_shell(folder, "styleswap stop")


def in_shell(checkout, line):
    """Runs a line in the checkout, with a home directory of its own."""
    home = checkout.with_name("home")
    environment = {
        "HOME": str(home),
        "STYLESWAP_HOME": str(home / "state"),
        "PATH": f"{checkout / '.venv' / 'bin'}:/usr/bin:/bin",
        "PYTHONPATH": str(checkout / "daemon"),
        "OMP_NUM_THREADS": "2",
    }
    return subprocess.run(
        ["bash", "-c", line],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def shell(checkout):
    """Runs a line in the checkout; what it has written there goes with the test."""
    before = {*checkout.iterdir(), *(checkout / "painted").iterdir()}
    yield lambda line: in_shell(checkout, line)
    for path in {*checkout.iterdir(), *(checkout / "painted").iterdir()} - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [page for page in RUN if RUN[page]], ids=lambda page: page.name)
def test_commands_of_a_page_do_what_they_say(shell, page):
    for command in RUN[page]:
        ended = shell(command)
        codes = next((ENDS_WITH[each] for each in ENDS_WITH if command.startswith(each)), {0})
        assert ended.returncode in codes, f"{command}\n{ended.stdout}{ended.stderr}"
        assert "Traceback" not in ended.stderr, f"{command}\n{ended.stderr}"


@pytest.mark.parametrize("command", READ)
def test_a_command_that_is_not_run_is_understood(command, monkeypatch, capsys):
    words = shlex.split(re.sub(r"^([A-Z_]+=\S+ )+", "", command))
    program = words[0].rpartition("/")[2]
    if command in MENTIONED:
        flags = [word for word in words if word.startswith("--")]
        names = words[1 : words.index(flags[0])] if flags else words[1:]
        assert main([*names, "--help"]) == 0
        assert set(flags) <= set(re.findall(r"--[\w-]+", capsys.readouterr().out))
    elif program == "styleswap" and words[1] in ("train", "evaluate"):
        monkeypatch.setattr(training, "_run", lambda module, arguments: 0)
        assert training.run_directly(words[1:]) == 0
    elif program == "styleswap":
        assert callable(parse(words[1:]).run)
    elif program == "make":
        run(["make", "-n", *words[1:]])
    elif program == "python":
        named = words[1] != "-m"
        file = REPOSITORY / (words[1] if named else f"{words[2].replace('.', '/')}.py")
        if file.is_file() and "ArgumentParser" not in file.read_text():
            assert words == words[: 2 if named else 3]  # it takes none
        else:
            run([sys.executable, *words[1:], "--help"])
    else:
        run(["bash", "-n", "-c", command])


def run(words):
    ended = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_no_reason_outlives_its_commands():
    left = [row for row in UNDERSTOOD if not any(re.match(row, each, re.DOTALL) for each in READ)]
    assert left == []
    assert set(MENTIONED) <= READ.keys()


def test_blocks_are_commands_programs_drawings_or_marked_as_text():
    """Programs in Python are run by tests/client/test_scripting_guide.py, and in Krita by
    tests/editors.
    """
    assert languages() <= {"", "sh", "python", "text", "mermaid"}


def test_exit_codes():
    page = (REPOSITORY / "docs" / "command.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert listed == {int(code) for code in ExitCode}
