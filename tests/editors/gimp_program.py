"""The real GIMP of a root: its profile with the plug-in, its console, its daemon."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from styleswap.editing.remembered import FILE as REMEMBERED
from styleswap.runtime import HOME_VARIABLE

from .editor_program import HOME, EditorProgram
from .sandbox import Sandbox
from .scripted_program import SCRIPT_SECONDS, ScriptedProgram

PROFILE = "/scratch/profile"

GIMPRC = """\
(config-version "{version}")
(show-welcome-dialog no)
(check-updates no)
(restore-session no)
(save-session-info no)
(theme-color-scheme light)
"""


class Console(ScriptedProgram):
    """One running gimp-console, in which scripts run one after the other."""

    def __init__(self, sandbox: Sandbox, variables: dict[str, str]) -> None:
        """Starts it."""
        self._begin = 0
        arguments = ["gimp-console", "-i", "--no-data", "--no-fonts"]
        super().__init__(
            sandbox, "console", lambda name: [*arguments, *batch(name, keep=False)], variables
        )

    def run(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run a script, as `script`; its images are closed afterwards.

        It finds `Gimp`, `Gegl`, `Gio`, `GLib`, `GObject` and `call(procedure, **arguments)`.
        """
        self._begin = len(self.log)
        return self.script(script, timeout, **variables)

    @property
    def last_log(self) -> str:
        """What GIMP and its plug-ins printed since the last script began."""
        return self.log[self._begin :]


class Gimp(EditorProgram):
    """One version of GIMP with the plug-in installed, and a daemon in a home of its own."""

    def __init__(self, series: str, root: Path, scratch: Path) -> None:
        """Args: series: such as "3.0"; scratch: an empty folder, `/scratch` in the sandbox."""
        super().__init__(series, root, scratch)
        self.profile = scratch / "profile"
        self.version = self._version_said_by(
            ["gimp-console", "--version"], {"GIMP3_DIRECTORY": "/tmp/none"}
        )
        self.profile.mkdir()
        (self.profile / "gimprc").write_text(GIMPRC.format(version=self.version))
        self._install()
        self._console: Console | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What GIMP finds in its environment, besides what every program of the sandbox does."""
        return {"GIMP3_DIRECTORY": PROFILE, HOME_VARIABLE: HOME}

    def console(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in a GIMP without a window; see `Console.run`."""
        if self._console is None or not self._console.running:
            self._console = Console(self.sandbox, self.variables)
        return self._console.run(script, timeout, **variables)

    @property
    def log(self) -> str:
        """What GIMP and its plug-ins printed since the last script of `console` began."""
        return self._console.last_log if self._console is not None else ""

    @contextlib.contextmanager
    def another_console(self, **variables: str) -> Iterator[Console]:
        """A second GIMP of the same profile, with some other variables in its environment."""
        console = Console(self.sandbox, {**self.variables, **variables})
        try:
            yield console
        finally:
            console.close()

    def forget(self) -> None:
        """Take away what filters have kept: their last values, favourites and recent styles."""
        shutil.rmtree(self.profile / "plug-in-settings", ignore_errors=True)
        (self.home / REMEMBERED).unlink(missing_ok=True)

    def close(self) -> None:
        """End the console and the daemons."""
        if self._console is not None:
            self._console.close()
        super().close()

    def _install(self) -> None:
        """Install the plug-in as a user does; but for the daemon's command, which none has here."""
        install = [sys.executable, "-m", "styleswap", "install", "gimp", "--profile"]
        subprocess.run(
            [*install, str(self.profile)],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, HOME_VARIABLE: str(self.home)},
        )
        self.starter.record(self.home)


def batch(name: str, *, keep: bool) -> list[str]:
    """Return the arguments that make GIMP run scripts from a socket of the scratch folder.

    Args:
        name: of the socket.
        keep: whether images stay open after a script.
    """
    code = (
        "import sys; sys.path.insert(0, '/checkout/tests/editors/inside'); "
        f"import gimp_scripts; gimp_scripts.listen('/scratch/{name}', {keep})"
    )
    return ["--quit", "--batch-interpreter=python-fu-eval", "-b", code]
