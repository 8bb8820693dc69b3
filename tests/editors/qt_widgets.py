"""The widgets of the Krita plug-in without Krita, with either binding of Qt, and no screen."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from .remote_python import RemotePython
from .sandbox import CHECKOUT, Sandbox

BINDINGS = ("PyQt5", "PyQt6")
START_SECONDS = 60.0
SCRIPT_SECONDS = 60.0
PLUGIN = "style_swap"


def write_plugin(folder: Path) -> None:
    """Write the plug-in's package, with client and translations in it, into a folder."""
    package = folder / PLUGIN
    ignored = shutil.ignore_patterns("__pycache__")
    source = CHECKOUT / "plugins" / "krita" / PLUGIN
    if source.is_dir():
        shutil.copytree(source, package, ignore=ignored)
    for words in (["vendor.py", package], ["translations.py", "--compile", package]):
        command = [sys.executable, CHECKOUT / "plugins" / words[0], *words[1:]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Widgets:
    """A Qt program of the sandbox in which the plug-in's modules can be imported.

    `plugin` below `scratch` is what `write_plugin` wrote.
    """

    def __init__(self, root: Path, scratch: Path, binding: str, **variables: str) -> None:
        """Starts it. Args: variables: of its environment."""
        self.binding = binding
        self.scratch = scratch
        name = f"widgets-{uuid.uuid4().hex[:8]}"
        self.log_file = scratch / f"{name}.log"
        fixed = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "/scratch/plugin"}
        self._process = Sandbox(root, scratch).start(
            ["python3", "/checkout/tests/editors/inside/qt_host.py", f"/scratch/{name}", binding],
            self.log_file,
            {**fixed, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        )
        self._python = RemotePython(scratch, name, self._ended)
        try:
            self._python.wait(START_SECONDS)
        except BaseException:
            self.close()
            raise

    def script(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in its main thread, between two turns of the event loop.

        Args:
            script: finds `QtCore`, `QtGui`, `QtWidgets`, `app`, `kept` (what is to last is an
                attribute of it), the functions of `inside/qt_scripts.py`, and the variables;
                sets `answer`.
            timeout: in seconds.
            variables: anything that JSON holds, and bytes and paths.

        Raises:
            ScriptFailed: the script raised an exception.
        """
        return self._python.run(script, variables, timeout)

    @property
    def log(self) -> str:
        """What it printed."""
        return self.log_file.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        if self.running:
            with contextlib.suppress(AssertionError):
                self._python.run("raise SystemExit", {}, 5)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._process.kill()
        self._process.wait()

    def _ended(self) -> str | None:
        return None if self.running else f"it has ended:\n{self.log[-4000:]}"
