"""Picture files that become styles of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import explain
from styleswap_vendor.styleswap.client import Daemon, Style
from styleswap_vendor.styleswap.editing import adding


@dataclass(frozen=True)
class Added:
    """What became of files."""

    styles: list[Style]
    """All of the library, afterwards."""
    files: adding.AddedFiles
    """The last of them, and what is to be told."""


def add_files(daemon: Daemon, paths: Sequence[str]) -> Added:
    """Adds files, and lists the library; see `adding.add_files`.

    Raises:
        StyleSwapError: the library cannot be listed.
    """
    files = adding.add_files(daemon, paths, explain)
    return Added(daemon.styles.list(), files)
