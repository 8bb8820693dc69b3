"""The real command in a process of its own, on small pictures made by other libraries."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import styleswap
from styleswap.cli import main
from styleswap.client import Daemon

PACKAGE_ROOT = Path(styleswap.__file__).parent.parent
SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The only line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("styleswap: ")
        return lines[0].removeprefix("styleswap: ")


class Command:
    """Runs `styleswap` with a certain home folder."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder

    def __call__(self, *words: object, prefix: Sequence[str] = ()) -> Ended:
        process = self.start(*words, prefix=prefix)
        out, err = process.communicate(timeout=SECONDS)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def start(self, *words: object, prefix: Sequence[str] = (), **options: Any) -> Any:
        """The process, still running."""
        environment = dict(os.environ, STYLESWAP_HOME=str(self.home), PYTHONPATH=str(PACKAGE_ROOT))
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "styleswap", *map(str, words)],
            env=environment,
            cwd=self.folder,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )


@pytest.fixture
def command(daemon: Daemon, daemon_home: Path, tmp_path: Path) -> Command:
    """The command beside the session's daemon."""
    return Command(daemon_home, tmp_path)


@pytest.fixture
def quick(
    daemon: Daemon,
    daemon_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., Ended]:
    """As `command`, in this process: for refusals, of which there are many."""
    monkeypatch.setenv("STYLESWAP_HOME", str(daemon_home))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Ended:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Ended(code, *capfd.readouterr())

    return run


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home directory of a user on a machine without any program, in this process."""
    home = tmp_path / "ada"
    (home / "bin").mkdir(parents=True)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(home / "bin"))
    monkeypatch.setenv("STYLESWAP_HOME", str(home / ".styleswap"))
    return home


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plug-ins of an installed wheel, small ones; see tests/project/test_wheel.py for real."""
    package = tmp_path / "packages" / "styleswap"
    plugins = package / "plugins"
    for path, text in {
        "gimp/style-swap.py": "#!/usr/bin/env python3\nimport styleswap_vendor\n",
        "gimp/errors.py": "#!/usr/bin/env python3\n",
        "gimp/dialog/window.py": "#!not a program\n",
        "gimp/__pycache__/errors.cpython-313.pyc": "left out",
        "gimp/.directory": "left out",
        "krita/style_swap.desktop": "[Desktop Entry]\n# styleswap\nName=Style Swap\n",
        "krita/style_swap.action": "<!-- styleswap -->\n",
        "krita/style_swap/__init__.py": "broken = ''  # styleswap\n",
        "krita/style_swap/docker/panel.py": "",
        "krita/style_swap/__pycache__/x.cpython-313.pyc": "left out",
        "styleswap_vendor/__init__.py": "",
        "styleswap_vendor/styleswap/__init__.py": f'__version__ = "{styleswap.__version__}"\n',
        "locale/de/LC_MESSAGES/styleswap.mo": "",
    }.items():
        (plugins / path).parent.mkdir(parents=True, exist_ok=True)
        (plugins / path).write_text(text)
        (plugins / path).chmod(0o600)
    monkeypatch.setattr(styleswap, "__file__", str(package / "__init__.py"))
    return plugins


@pytest.fixture
def files() -> Callable[[Path], dict[str, bytes]]:
    """The files below a folder, by their paths in it."""
    return lambda folder: {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def has_program(machine: Path) -> Callable[..., Path]:
    """Puts a program on the search path that prints the same whatever it is asked."""

    def has_program(name: str, *prints: str) -> Path:
        program = machine / "bin" / name
        program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in prints))
        program.chmod(0o755)
        return program

    return has_program


@pytest.fixture
def run(machine: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """The command on that machine, in this process."""

    def run(*words: object) -> Ended:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Ended(code, *capfd.readouterr())

    return run


@pytest.fixture
def run_on_a_full_disk(machine: Path) -> Callable[..., Ended]:
    """As `run`, in a process of its own; the kernel's limit on a file's size stands in for it."""

    def run(*words: str) -> Ended:
        limited = (
            "import resource, signal, sys\n"
            f"import styleswap; styleswap.__file__ = {styleswap.__file__!r}\n"
            "from styleswap.cli import main\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
            f"sys.exit(main({[*words]}))"
        )
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
        ended = subprocess.run(
            [sys.executable, "-B", "-c", limited],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture
def lonely_command(fresh_home: Path, tmp_path: Path) -> Command:
    """The command where no daemon has ever run."""
    return Command(fresh_home, tmp_path)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A PNG of 40 x 32 pixels."""
    path = tmp_path / "photo.png"
    Image.fromarray(soft_noise(32, 40)).save(path)
    return path


@pytest.fixture
def style(tmp_path: Path) -> Path:
    """A PNG of 48 x 48 pixels."""
    path = tmp_path / "style.png"
    Image.fromarray(soft_noise(48, 48, seed=1)).save(path)
    return path


@pytest.fixture
def slow(tmp_path: Path) -> list[object]:
    """Arguments of `stylize` that take many seconds on any machine; the result is slow.png."""
    content, style = tmp_path / "large.png", tmp_path / "large-style.png"
    Image.fromarray(soft_noise(900, 900)).save(content)
    Image.fromarray(soft_noise(900, 900, seed=1)).save(style)
    return [content, style, "-o", tmp_path / "slow.png", "--style-rotations"]


def soft_noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint8 blotches."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (height // 4, width // 4, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR))


@pytest.fixture
def names() -> Callable[[Path], list[str]]:
    """The names in a folder, hidden ones too."""
    return lambda folder: sorted(path.name for path in folder.iterdir())
