"""Programs of a root (see `roots`), in a sandbox that sees loopback and two folders from outside.

`/checkout` is the project, read-only; `/scratch` is the test's own folder: files go both ways.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Sandbox:
    """One root with one scratch folder; a home folder lasts for one command only."""

    root: Path
    scratch: Path

    def command(
        self, words: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> list[str]:
        """Return the command line that runs `words` in the sandbox."""
        line = ["bwrap", "--ro-bind", str(self.root), "/", "--dev", "/dev", "--proc", "/proc"]
        line += ["--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/root"]
        line += ["--ro-bind", str(CHECKOUT), "/checkout", "--bind", str(self.scratch), "/scratch"]
        line += ["--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"]
        line += ["--chdir", "/scratch", "--clearenv"]
        fixed = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        for name, value in {**fixed, **(variables or {})}.items():
            line += ["--setenv", name, value]
        return [*line, *words]

    def run(
        self,
        words: Sequence[str],
        variables: Mapping[str, str] | None = None,
        *,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; stderr is part of stdout."""
        return subprocess.run(
            self.command(words, variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def start(
        self, words: Sequence[str], log: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command that prints to `log`; killing it ends all that it started."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(words, variables), stdout=out, stderr=subprocess.STDOUT
            )
