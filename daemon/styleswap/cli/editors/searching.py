"""Finding an editor's programs on this machine, and running them for what they print."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_SECONDS = 30


def search_path(system: str, variables: Mapping[str, str]) -> list[Path]:
    """Returns the folders of the search path.

    Args:
        system: as `sys.platform` names it.
        variables: the environment.
    """
    path = variables.get("PATH", "").split(";" if system == "win32" else ":")
    return [Path(folder) for folder in path if folder]


def executables(names: Sequence[str], folders: Sequence[Path]) -> Iterable[Path]:
    """Yields the programs of these names in the folders, all of the first name before the next."""
    for name in names:
        for folder in folders:
            for program in (folder / name, folder / f"{name}.exe"):
                if program.is_file() and os.access(program, os.X_OK):
                    yield program


def version_told(command: Sequence[str], pattern: str) -> str | None:
    """Returns what a command prints of its version; None where it fails, or prints nothing such.

    Args:
        command: the words that make it print.
        pattern: a regular expression with one group, the version.
    """
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = re.search(pattern, ended.stdout)
    return told[1] if told and ended.returncode == 0 else None


def said(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> str:
    """Returns what a command prints, errors included, whether it fails or not.

    Raises:
        OSError, subprocess.TimeoutExpired: it cannot be run, or does not end in time.
    """
    ended = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )
    return ended.stdout
