"""The widgets of the Krita plug-in without Krita, with either binding of Qt, and no screen."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from styleswap.runtime import HOME_VARIABLE

from .remote_python import RemotePython
from .sandbox import Sandbox

BINDINGS = ("PyQt5", "PyQt6")
START_SECONDS = 60.0
SCRIPT_SECONDS = 60.0
PLUGIN = "style_swap"


def install(resources: Path, kritarc: Path, home: Path) -> None:
    """Install the plug-in as a user does.

    Args:
        resources: Krita's folder.
        kritarc: Krita's settings.
        home: of the plug-in and the daemon.
    """
    resources.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "styleswap", "install", "krita"]
    subprocess.run(
        [*command, "--resources", resources, "--kritarc", kritarc],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, HOME_VARIABLE: str(home)},
    )


class Widgets:
    """A Qt program of the sandbox in which the plug-in's modules can be imported.

    It was installed in the folder `krita` of `scratch`.
    """

    def __init__(self, root: Path, scratch: Path, binding: str, **variables: str) -> None:
        """Starts it. Args: variables: of its environment."""
        self.binding = binding
        self.scratch = scratch
        name = f"widgets-{uuid.uuid4().hex[:8]}"
        self.log_file = scratch / f"{name}.log"
        fixed = {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": "/scratch/krita/pykrita"}
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
