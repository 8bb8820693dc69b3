"""Where a running daemon is found: the home folder of the program, and the daemon's runtime file.

Standard library only and Python 3.10, because the client inside an editor reads the file too. Only
the daemon that holds the lock writes it or removes it. Whether a daemon still runs is judged by
connecting, never by the process id: a sandboxed editor counts processes differently.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "STYLESWAP_HOME"
"""Environment variable that names another folder instead of `~/.styleswap`."""


@dataclass(frozen=True)
class Runtime:
    """What a client must know of a running daemon."""

    address: str
    """Host and port, such as "127.0.0.1:41234"."""
    pid: int
    """The daemon's process id, in the daemon's own name space."""
    token: str
    """What every call but the health check carries: `authorization: Bearer TOKEN`."""
    version: str
    """The daemon's version."""
    api: int
    """The newest revision of the API that the daemon speaks."""


def home() -> Path:
    """Returns the folder for the program's own files: styles, weights, lock, runtime file, log.

    It lies in the user's real home directory, as the user database knows it. The XDG variables
    are not asked: a Flatpak points them elsewhere, and must find the same folder.
    """
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return _user_directory() / ".styleswap"


def runtime_file(folder: Path | None = None) -> Path:
    """Returns the path of the runtime file in `folder`, by default in `home()`."""
    return (home() if folder is None else folder) / "runtime.json"


def read_runtime(folder: Path | None = None) -> Runtime | None:
    """Returns what the runtime file in `folder` (by default `home()`) says.

    None where there is no file, or none that can be read: nobody to connect to in either case.
    """
    try:
        values = json.loads(runtime_file(folder).read_text(encoding="utf-8"))
        return Runtime(
            address=str(values["address"]),
            pid=int(values["pid"]),
            token=str(values["token"]),
            version=str(values["version"]),
            api=int(values["api"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _user_directory() -> Path:
    try:
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):  # not Unix, or a user that the database does not know
        return Path.home()
