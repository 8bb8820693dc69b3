"""A program of the sandbox that runs scripts until it is told to end."""

from __future__ import annotations

import contextlib
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .remote_python import RemotePython, ScriptFailed
from .sandbox import Sandbox

START_SECONDS = 120.0
SCRIPT_SECONDS = 120.0
END_SECONDS = 10.0


class ScriptedProgram:
    """One process and its log."""

    def __init__(
        self,
        sandbox: Sandbox,
        kind: str,
        command: Callable[[str], Sequence[str]],
        variables: Mapping[str, str],
    ) -> None:
        """Starts it and waits until it listens.

        Args:
            sandbox: where it runs.
            kind: the beginning of the names of its socket and its log in the scratch folder.
            command: makes the command line from the socket's name.
            variables: of its environment.
        """
        name = f"{kind}-{uuid.uuid4().hex[:8]}"
        self.log_file = sandbox.scratch / f"{name}.log"
        self._process = sandbox.start(command(name), self.log_file, variables)
        self._python = RemotePython(sandbox.scratch, name, self._ended)
        try:
            self._python.wait(START_SECONDS)
        except ScriptFailed as failed:
            self.close()
            raise ScriptFailed(f"{failed}\n{self.log[-4000:]}") from None
        except BaseException:
            self.close()
            raise

    def script(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in it.

        Args:
            script: finds the variables, and what its side of the harness defines; sets `answer`.
            timeout: in seconds.
            variables: anything that JSON holds, and bytes and paths.

        Returns:
            The answer, as sent through JSON; bytes stay bytes.

        Raises:
            ScriptFailed: the script raised an exception.
        """
        return self._python.run(script, variables, timeout)

    @property
    def log(self) -> str:
        """What it printed since the start."""
        return self.log_file.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it still takes scripts."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and all that it has started."""
        if self.running:
            with contextlib.suppress(AssertionError):
                self._python.run("raise SystemExit", {}, END_SECONDS)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
        self._process.kill()
        self._process.wait()

    def _ended(self) -> str | None:
        return None if self.running else f"the program has ended:\n{self.log[-4000:]}"
