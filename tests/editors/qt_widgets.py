"""The widgets of the Krita plug-in without Krita, with either binding of Qt, and no screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from styleswap.runtime import HOME_VARIABLE

from .sandbox import Sandbox
from .scripted_program import ScriptedProgram

BINDINGS = ("PyQt5", "PyQt6")
PLUGIN = "style_swap"
VARIABLES = {
    "QT_QPA_PLATFORM": "offscreen",
    "PYTHONPATH": "/scratch/krita/pykrita",
    "PYTHONDONTWRITEBYTECODE": "1",
}


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


class Widgets(ScriptedProgram):
    """A Qt program of the sandbox in which the plug-in's modules can be imported.

    It was installed in the folder `krita` of `scratch`. Scripts run in the main thread, between two
    turns of the event loop, and find `QtCore`, `QtGui`, `QtWidgets`, `app`, `kept` (what is to last
    is an attribute of it), and the functions of `inside/qt_scripts.py`.
    """

    def __init__(self, root: Path, scratch: Path, binding: str, **variables: str) -> None:
        """Starts it. Args: variables: of its environment."""
        self.binding = binding
        self.scratch = scratch
        host = "/checkout/tests/editors/inside/qt_host.py"
        super().__init__(
            Sandbox(root, scratch),
            "widgets",
            lambda name: ["python3", host, f"/scratch/{name}", binding],
            {**VARIABLES, **variables},
        )
