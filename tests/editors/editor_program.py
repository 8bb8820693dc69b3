"""What one version of an editor in a sandbox needs, whatever editor it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from styleswap.client import Daemon

from .daemon_starter import DaemonStarter
from .sandbox import Sandbox

HOME = "/scratch/home"
"""Of the plug-in and the daemon, as the sandbox sees it."""


class EditorProgram:
    """A scratch folder, and a daemon in a home of its own."""

    def __init__(self, series: str, root: Path, scratch: Path) -> None:
        """Args: series: such as "3.0"; scratch: an empty folder, `/scratch` in the sandbox."""
        self.series = series
        self.scratch = scratch
        self.sandbox = Sandbox(root, scratch)
        self.home = scratch / "home"
        self.starter = DaemonStarter(scratch)
        self._client: Daemon | None = None

    @property
    def daemon(self) -> Daemon:
        """A client of the daemon; started when none runs."""
        if self._client is None or not self._client.health():
            if self._client is not None:
                self._client.close()
            self._client = self.starter.start(self.home)
        return self._client

    def close(self) -> None:
        """End the daemons."""
        if self._client is not None:
            self._client.close()
        self.starter.close()

    def _version_said_by(
        self, command: Sequence[str], variables: Mapping[str, str] | None = None
    ) -> str:
        """Return the version that a command prints; it must be of the series."""
        said = self.sandbox.run(command, variables)
        found = re.search(r"\d+(\.\d+)+", said.stdout)
        assert found is not None, said.stdout
        assert found.group().startswith(self.series + "."), said.stdout
        return found.group()
