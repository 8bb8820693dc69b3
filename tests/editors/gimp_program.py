"""The real GIMP of a root: its profile with the plug-in, its console, its daemon."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from styleswap.client import Daemon
from styleswap.runtime import HOME_VARIABLE

from .daemon_starter import DaemonStarter
from .remote_python import RemotePython
from .sandbox import Sandbox

PROFILE = "/scratch/profile"
HOME = "/scratch/home"
START_SECONDS = 120.0
SCRIPT_SECONDS = 120.0

GIMPRC = """\
(config-version "{version}")
(show-welcome-dialog no)
(check-updates no)
(restore-session no)
(save-session-info no)
(theme-color-scheme light)
"""


class Console:
    """One running gimp-console, in which scripts run one after the other."""

    def __init__(self, sandbox: Sandbox, variables: dict[str, str]) -> None:
        """Starts it; its log is `log` in the scratch folder."""
        name = f"console-{uuid.uuid4().hex[:8]}"
        self._log = sandbox.scratch / f"{name}.log"
        self._process = sandbox.start(
            ["gimp-console", "-i", "--no-data", "--no-fonts", *batch(name, keep=False)],
            self._log,
            variables,
        )
        self._begin = 0
        self._python = RemotePython(sandbox.scratch, name, self._ended)
        try:
            self._python.wait(START_SECONDS)
        except BaseException:
            self.close()
            raise

    def run(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in GIMP; its images are closed afterwards.

        Args:
            script: finds `Gimp`, `Gegl`, `Gio`, `GLib`, `GObject`, `call(procedure, **arguments)`
                and the variables; sets `answer`.
            timeout: in seconds.
            variables: anything that JSON holds, and bytes and paths.

        Returns:
            The answer, as sent through JSON; bytes stay bytes.

        Raises:
            ScriptFailed: the script raised an exception.
        """
        self._begin = len(self.whole_log)
        return self._python.run(script, variables, timeout)

    @property
    def whole_log(self) -> str:
        """What GIMP and its plug-ins printed since the start."""
        return self._log.read_text(errors="replace")

    @property
    def log(self) -> str:
        """What they printed since the last script began."""
        return self.whole_log[self._begin :]

    @property
    def running(self) -> bool:
        """Whether it still takes scripts."""
        return self._process.poll() is None

    def close(self) -> None:
        """End GIMP."""
        if self.running:
            with contextlib.suppress(AssertionError):
                self._python.run("raise SystemExit", {}, 10)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self._process.kill()
        self._process.wait()

    def _ended(self) -> str | None:
        return None if self.running else f"GIMP has ended:\n{self.whole_log[-4000:]}"


class Gimp:
    """One version of GIMP with the plug-in installed, and a daemon in a home of its own."""

    def __init__(self, series: str, root: Path, scratch: Path) -> None:
        """Args: series: such as "3.0"; scratch: an empty folder, `/scratch` in the sandbox."""
        self.series = series
        self.scratch = scratch
        self.sandbox = Sandbox(root, scratch)
        self.home = scratch / "home"
        self.profile = scratch / "profile"
        self.starter = DaemonStarter(scratch)
        self.version = self._version()
        self.profile.mkdir()
        (self.profile / "gimprc").write_text(GIMPRC.format(version=self.version))
        self._install()
        self._client: Daemon | None = None
        self._console: Console | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What GIMP finds in its environment, besides what every program of the sandbox does."""
        return {"GIMP3_DIRECTORY": PROFILE, HOME_VARIABLE: HOME}

    @property
    def daemon(self) -> Daemon:
        """A client of the daemon; started when none runs."""
        if self._client is None or not self._client.health():
            if self._client is not None:
                self._client.close()
            self._client = self.starter.start(self.home)
        return self._client

    def console(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in a GIMP without a window; see `Console.run`."""
        if self._console is None or not self._console.running:
            self._console = Console(self.sandbox, self.variables)
        return self._console.run(script, timeout, **variables)

    @property
    def log(self) -> str:
        """What GIMP and its plug-ins printed since the last script of `console` began."""
        return self._console.log if self._console is not None else ""

    @contextlib.contextmanager
    def another_console(self, **variables: str) -> Iterator[Console]:
        """A second GIMP of the same profile, with some other variables in its environment."""
        console = Console(self.sandbox, {**self.variables, **variables})
        try:
            yield console
        finally:
            console.close()

    def close(self) -> None:
        """End the console and the daemons."""
        if self._console is not None:
            self._console.close()
        if self._client is not None:
            self._client.close()
        self.starter.close()

    def _version(self) -> str:
        said = self.sandbox.run(["gimp-console", "--version"], {"GIMP3_DIRECTORY": "/tmp/none"})
        found = re.search(r"\d+\.\d+\.\d+", said.stdout)
        assert found is not None, said.stdout
        assert found.group().startswith(self.series + "."), said.stdout
        return found.group()

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
