"""Where a running daemon is found: the home folder of the program, and the daemon's runtime file.

Standard library only and Python 3.10, because the client inside an editor reads the file too. Only
the daemon that holds the lock writes it or removes it. Whether a daemon still runs is judged by
connecting, never by the process id: a sandboxed editor counts processes differently.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from styleswap import private
from styleswap.private import HOME_VARIABLE

__all__ = ["HOME_VARIABLE", "Runtime", "ending_file", "home", "read_runtime", "runtime_file"]

_LARGEST_PID = 1 << 32


@dataclass(frozen=True)
class Runtime:
    """What a client must know of a running daemon."""

    address: str
    """Host and port, such as "127.0.0.1:41234"."""
    pid: int
    """The daemon's process id, in the daemon's own name space."""
    token: str
    """What calls are authenticated by: `authorization: Bearer TOKEN`, or a proof of it."""
    version: str
    """The daemon's version."""
    api: int
    """The newest revision of the API that the daemon speaks."""
    socket: str = ""
    """Path of the Unix socket beside the runtime file; empty where there is none."""
    proof: bool = False
    """Whether the daemon proves that it knows the token; an older one cannot."""


def home() -> Path:
    """Returns the folder for the program's own files: styles, weights, lock, runtime file, log.

    It lies in the user's real home directory, as the user database knows it. The XDG variables
    are not asked: a Flatpak points them elsewhere, and must find the same folder.

    Raises:
        FolderError: this user has no home directory, and no variable names a folder.
    """
    chosen = os.environ.get(HOME_VARIABLE)
    try:
        if chosen:
            return Path(chosen).expanduser().absolute()
        return _user_directory() / ".styleswap"
    except (RuntimeError, OSError) as error:
        raise private.FolderError(
            "This user has no home directory", f"Name a folder in {HOME_VARIABLE}."
        ) from error


def runtime_file(folder: Path | None = None) -> Path:
    """Returns the path of the runtime file in `folder`, by default in `home()`."""
    return (home() if folder is None else folder) / "runtime.json"


def ending_file(folder: Path) -> Path:
    """Returns the path of what the runtime file becomes while its daemon does its last work."""
    return folder / "ending.json"


def read_runtime(folder: Path | None = None, *, ending: bool = False) -> Runtime | None:
    """Returns what the runtime file in `folder` (by default `home()`) says.

    None where there is no file, or none that can be read: nobody to connect to in either case.

    Args:
        folder: the home folder.
        ending: read of the daemon that takes no more work, and may still be at its last.
    """
    folder = home() if folder is None else folder
    path = ending_file(folder) if ending else runtime_file(folder)
    with contextlib.suppress(
        OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError
    ):
        return _read(json.loads(private.read_text(path)), folder)
    return None


def _read(values: Any, folder: Path) -> Runtime:
    """Raises ValueError and its like where a value is none that a daemon writes."""
    address, token = str(values["address"]), str(values["token"])
    for text in (address, token):
        if not (text.isascii() and text.isprintable()):
            raise ValueError("no address, or no token")
    pid = int(values["pid"])
    if not 0 < pid < _LARGEST_PID:
        raise ValueError("no process")
    # A socket elsewhere would not be in a folder that is the user's alone. The folder itself may be
    # seen under another path by an editor in a sandbox.
    name = Path(str(values.get("socket") or "")).name
    return Runtime(
        address=address,
        pid=pid,
        token=token,
        version=str(values["version"]),
        api=int(values["api"]),
        socket=str(folder / name) if name else "",
        proof=values.get("proof") is True,
    )


def _user_directory() -> Path:
    try:
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):  # not Unix, or a user that the database does not know
        return Path.home()
