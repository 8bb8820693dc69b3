"""Starting a daemon where none runs.

Two clients that start a daemon at once end with one: the daemon's own lock decides, and the loser's
client finds the winner's runtime file.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from styleswap import atomic, private
from styleswap.client.dial import (
    HEALTH_SECONDS,
    Connection,
    NotProven,
)
from styleswap.client.errors import (
    DaemonNotRunning,
    StyleSwapError,
    Unauthorized,
    VersionMismatch,
)
from styleswap.client.finding import API as API  # noqa: PLC0414 - found here by others
from styleswap.client.finding import ENDING, find, folder_errors
from styleswap.client.transfer import ask
from styleswap.runtime import HOME_VARIABLE, home

COMMAND_FILE = "daemon-command.json"
"""In the home folder: {"command": [program, argument, ...]}, written at installation."""
LOG_FILE = "daemon-start.log"
"""In the home folder: what a daemon that was started here prints."""
LOG_BYTES = 1 << 20
"""The file is emptied before a start when it is larger."""
SANDBOX_MARKER = Path("/.flatpak-info")
"""Exists inside of every Flatpak, and only there."""

START_SECONDS = 60.0
"""How long a started daemon may take to answer; it does so before its libraries are loaded."""
WINNER_SECONDS = 10.0
"""How long another daemon, which kept ours from starting, may take to answer."""
POLL_SECONDS = 0.05
ALREADY_RUNNING = 3
"""Exit code of a daemon that found another one running."""

_FOREIGN_VARIABLES = (
    "PYTHON",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_",
    "QT",
    "QML",
    "GI_",
    "GIO_",
    "GTK_",
    "GDK_",
    "GIMP",
    "GEGL",
    "BABL",
    "KRITA",
)
"""Beginnings of the names of variables by which an editor's libraries would reach the daemon."""

Message = Callable[[str], object]


async def find_or_start(
    folder: Path | None = None,
    *,
    message: Message | None = None,
    timeout: float = START_SECONDS,
) -> Connection:
    """Returns a connection to the daemon that runs; starts one where none does.

    Args:
        folder: the home folder, by default `styleswap.runtime.home()`.
        message: called with sentences for a person while that takes time.
        timeout: seconds for a daemon that runs or was started to answer, and for one that ends to
            be gone.

    Raises:
        DaemonNotRunning: none runs and none can be started; the sentence says why, with the last
            lines that the daemon printed. Or as `find`.
        VersionMismatch, Unauthorized: as `find`.
    """
    deadline = time.monotonic() + timeout
    with folder_errors():
        folder = home() if folder is None else folder
    unproven: NotProven | None = None
    try:
        connection = await _find_after_the_last(folder, message, timeout)
    except NotProven as error:
        # Another program has the port of a daemon that is dead; unless one holds the lock.
        connection, unproven = None, error
    if connection is not None:
        return connection
    command = daemon_command(folder)
    if sandboxed():
        raise unproven or DaemonNotRunning(
            "The Style Swap daemon is not running, and a program in a Flatpak cannot start it. "
            f"Open a terminal and run: {shlex.join(command or ('styleswap', 'serve'))}",
            reason="SANDBOXED",
        )
    if command is None:
        raise unproven or DaemonNotRunning(
            "The Style Swap daemon is not running, and the command that starts it is unknown "
            "here. Open a terminal and run: styleswap serve",
            reason="NO_COMMAND",
        )
    if message is not None:
        await ask(message, "Starting the Style Swap daemon ...")
    connection = await _start(command, folder, timeout, deadline, unproven)
    if message is not None:
        await ask(message, "The Style Swap daemon is running.")
    return connection


def daemon_command(folder: Path) -> Sequence[str] | None:
    """Returns the command that starts the daemon, None where it is unknown.

    The one that the installation recorded; else this very Python, where it is one that has the
    daemon; else `styleswap` on the search path.
    """
    if recorded := recorded_command(folder):
        return recorded
    if _has_daemon():
        return (sys.executable, "-m", "styleswap.service")
    found = shutil.which("styleswap")
    return (found, "serve") if found else None


def recorded_command(folder: Path) -> Sequence[str] | None:
    """Returns the command that the installation recorded, None where there is none to be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        recorded = json.loads(private.read_text(folder / COMMAND_FILE))["command"]
        if isinstance(recorded, list) and recorded and all(isinstance(w, str) for w in recorded):
            return tuple(recorded)
    return None


def record_command(folder: Path, command: Sequence[str]) -> None:
    """Writes the command that starts the daemon, with an absolute program, for later clients.

    Raises:
        FolderError: the folder cannot be written, or is not this user's alone.
    """
    private.prepare(folder)
    atomic.write_whole(folder / COMMAND_FILE, json.dumps({"command": list(command)}).encode())


def sandboxed() -> bool:
    """Returns whether this process runs in a Flatpak, where a daemon would die with its host."""
    return SANDBOX_MARKER.exists()


def clean_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables without those that would load an editor's libraries."""
    return {
        name: value for name, value in variables.items() if not name.startswith(_FOREIGN_VARIABLES)
    }


def _has_daemon() -> bool:
    """Whether this Python is an ordinary one with the whole distribution.

    An editor's executable is not Python, and inside of an editor this package is a copy with
    another name.
    """
    name = Path(sys.executable or "").name.lower()
    if __name__.partition(".")[0] != "styleswap" or not name.startswith(("python", "pypy")):
        return False
    try:
        return importlib.util.find_spec("styleswap.service") is not None
    except ModuleNotFoundError:
        return False


async def _find_after_the_last(
    folder: Path, message: Message | None, timeout: float
) -> Connection | None:
    """As `find`, but waits for a daemon that is ending to be gone."""
    deadline = time.monotonic() + timeout
    told = False
    while True:
        left = max(POLL_SECONDS, deadline - time.monotonic())
        try:
            return await find(folder, patience=min(HEALTH_SECONDS, left))
        except DaemonNotRunning as error:
            if error.reason != ENDING or time.monotonic() > deadline:
                raise
        if message is not None and not told:
            await ask(message, "Waiting for a Style Swap daemon that is about to end ...")
            told = True
        await asyncio.sleep(POLL_SECONDS)


async def _start(
    command: Sequence[str],
    folder: Path,
    timeout: float,
    deadline: float,
    unproven: NotProven | None,
) -> Connection:
    """Starts the daemon and returns a connection to it, or to one that was faster.

    Args:
        unproven: why the daemon that the runtime file names was not taken, for the case that it
            is one.
    """
    with folder_errors():
        private.prepare(folder)
    try:
        process, log, said = _spawn(command, folder)
    except OSError as error:
        raise DaemonNotRunning(
            f"The Style Swap daemon cannot be started with {shlex.join(command)}: "
            f"{error.strerror or error}. Install Style Swap again.",
            reason="NOT_STARTABLE",
        ) from error
    ended = False
    while (left := deadline - time.monotonic()) > 0:
        try:
            connection = await find(folder, patience=min(HEALTH_SECONDS, left))
        except (NotProven, DaemonNotRunning):
            connection = None
        except (Unauthorized, VersionMismatch):
            raise
        except StyleSwapError:
            connection = None
        if connection is not None:
            return connection
        if not ended and process.poll() is not None:
            # Either it failed, or another daemon holds the lock and will answer soon.
            ended = True
            deadline = min(deadline, time.monotonic() + WINNER_SECONDS)
            if process.returncode not in (0, ALREADY_RUNNING):
                break
            if process.returncode == ALREADY_RUNNING and unproven is not None:
                raise unproven
        await asyncio.sleep(POLL_SECONDS)
    if ended:
        how = f"ended at once with exit code {process.returncode}"
    else:
        how = f"did not answer within {timeout:g} seconds"
    words = _tail(log, said)
    if ended and not words:
        with folder_errors():  # a disk that is full takes no last words
            private.prepare(folder)
    raise DaemonNotRunning(
        f"The Style Swap daemon {how}. styleswap doctor says what is wrong. "
        + (f"Its last words ({log}):\n{words}" if words else "It said nothing."),
        reason="START_FAILED",
    )


def _spawn(command: Sequence[str], folder: Path) -> tuple[subprocess.Popen[bytes], Path, int]:
    """Starts a process that outlives this one, printing to a file.

    Returns:
        The process, the file, and where in the file its words begin.
    """
    log = folder / LOG_FILE
    variables = clean_environment(os.environ)
    if folder != home():
        variables[HOME_VARIABLE] = str(folder)
    options: dict[str, object] = {}
    if os.name == "nt":
        options["creationflags"] = 0x00000008 | 0x00000200  # DETACHED_PROCESS, new process group
    else:
        options["start_new_session"] = True
    # Appended to: a second client that starts at the same time must not wipe the first one's words.
    with log.open("ab") as output:
        if output.tell() > LOG_BYTES:
            output.truncate(0)
        begin = os.fstat(output.fileno()).st_size
        process = subprocess.Popen(  # type: ignore[call-overload]
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=variables,
            close_fds=True,
            **options,
        )
    # Reaps the daemon should it end before this process does.
    threading.Thread(target=process.wait, name="styleswap-reaper", daemon=True).start()
    return process, log, begin


def _tail(log: Path, begin: int, lines: int = 12) -> str:
    try:
        text = log.read_bytes()[begin:].decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
