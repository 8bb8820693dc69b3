"""How the daemon is started, written down for every editor's plug-in; and whether that holds."""

import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence

from styleswap import runtime
from styleswap.cli.findings import Finding


def record() -> Sequence[str]:
    """Writes the command down; returns it."""
    from styleswap.client.launch import record_command

    # Of a virtual environment this is its own link to Python, which must not be followed.
    command = (sys.executable, "-m", "styleswap.service")
    record_command(runtime.home(), command)
    return command


def examine(plugin: str, remedy: str, flatpak_of: str | None) -> Iterator[Finding]:
    """Yields whether a plug-in can start the daemon.

    Args:
        plugin: what it is called, such as "the filter".
        remedy: what to do where it cannot.
        flatpak_of: the editor where it is one from Flatpak.
    """
    from styleswap.client.launch import COMMAND_FILE, recorded_command

    record = runtime.home() / COMMAND_FILE
    command = recorded_command(runtime.home())
    if command is None:
        text = f"how to start it is not recorded in {record}"
        yield Finding("daemon", "problem", text, remedy)
    elif shutil.which(command[0]) is None:
        text = f"{command[0]}, which {record} names to start it, is not there any more"
        yield Finding("daemon", "problem", text, remedy)
    else:
        yield Finding("daemon", "ok", f"{plugin} starts it with {shlex.join(command)}")
    if flatpak_of:
        yield Finding(
            "daemon",
            "note",
            f"from Flatpak, {flatpak_of} cannot start it",
            f"Where {plugin} says that none runs, open a terminal and run: styleswap serve",
        )
