"""Picture files that become styles of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import explain
from styleswap_vendor.styleswap.client import Daemon, Style


@dataclass(frozen=True)
class Added:
    """What became of files."""

    styles: list[Style]
    """All of the library, afterwards."""
    last: str
    """The id of the last style that was added, empty where none was."""
    troubles: list[str]
    """A sentence for each file that was not added, which names it."""


def add_files(daemon: Daemon, paths: Sequence[str]) -> Added:
    """Adds files one after the other; one that is no picture does not keep the others out.

    Takes its time: for a thread.

    Raises:
        StyleSwapError: the library cannot be listed.
    """
    last, troubles = "", []
    for path in paths:
        try:
            last = daemon.styles.add(path).style.id
        except Exception as error:  # noqa: BLE001, PERF203 - the others are added
            name, text = Path(path).name, explain(error)
            troubles.append(text if name in text else f"{name}: {text}")
    return Added(daemon.styles.list(), last, troubles)
