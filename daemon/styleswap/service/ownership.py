"""One daemon per user: the lock, and the runtime file that its holder writes."""

import contextlib
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from styleswap import atomic, locks, runtime

_PATIENCE: Final = 10.0
"""Seconds to wait for a lock whose holder has no runtime file: it is about to start or to end."""

_POLL_SECONDS: Final = 0.05

_LOOKS: Final = 5
"""How often the lock must be found held in the presence of a runtime file: who only looks whether
it is held has it for a moment."""

_STALE_SECONDS: Final = 3600.0
"""Age at which a file that somebody began to write is one that he will not finish."""

SOCKET_PREFIX: Final = "daemon-"
"""Begins the name of the Unix socket; every start has its own."""

_log = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another daemon of this user holds the lock. The message says where it is."""


class Held(Exception):
    """Another process holds the lock."""


class Lock:
    """The user's lock, held. It lies in a file that anybody may delete: see `sound`."""

    def __init__(self, home: Path) -> None:
        """Tries once to take it; raises Held where another process has it."""
        self._path = _path(home)
        self._descriptor = self._take()

    def _take(self) -> int:
        try:
            descriptor = locks.take(self._path)
        except locks.NoLocks as error:
            # As on some network drives: then who listens is all that a second daemon can go by.
            _log.warning("there are no locks at %s: %s", self._path.parent, error.strerror)
            descriptor = os.open(self._path, os.O_RDWR)
        if descriptor is None:
            raise Held
        self._file = _identity(os.fstat(descriptor))
        return descriptor

    def sound(self) -> bool:
        """Returns whether the file is still the one that is locked: else anybody may lock another.

        Where it cannot be told, as the folder cannot be read, it is taken to be.
        """
        try:
            return _identity(self._path.stat()) == self._file
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def retake(self) -> bool:
        """Locks the file that is there now, making it where none is; False if another has it."""
        before = self._descriptor
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._descriptor = self._take()
        except Held:
            return False
        os.close(before)
        return True

    def release(self) -> None:
        """Gives it back."""
        os.close(self._descriptor)


@contextmanager
def lock(home: Path, patience: float = _PATIENCE) -> Iterator[Lock]:
    """Holds the user's lock. The system gives it back however the process ends.

    Args:
        home: an existing folder.
        patience: seconds to wait for a holder that is about to start or to end.

    Raises:
        AlreadyRunning: another daemon holds it.
        OSError: the lock file cannot be made.
    """
    deadline = time.monotonic() + patience
    looks = 0
    while (taken := _try(home)) is None:
        other = runtime.read_runtime(home)
        looks = looks + 1 if other is not None else 0
        if other is not None and looks >= _LOOKS:
            raise AlreadyRunning(
                f"A daemon is already running at {other.address} (process {other.pid}). Use "
                "it, or end it first with `styleswap stop`."
            )
        if time.monotonic() > deadline:
            raise AlreadyRunning(_holder(home))
        time.sleep(_POLL_SECONDS)
    try:
        yield taken
    finally:
        taken.release()


def _try(home: Path) -> Lock | None:
    """Returns the lock; None where a daemon has it, or will soon have it again."""
    try:
        lock = Lock(home)
    except Held:
        return None
    other = runtime.read_runtime(home) or runtime.read_runtime(home, ending=True)
    if other is not None and other.socket and is_listened_to(Path(other.socket)):
        lock.release()
        return None
    return lock


def is_held(home: Path) -> bool:
    """Returns whether a daemon holds the lock; False too where there is no lock file."""
    if not _path(home).exists():
        return False
    try:
        descriptor = locks.take(_path(home))
    except OSError:
        return False
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def is_listened_to(path: Path) -> bool:
    """Returns whether a process listens at a Unix socket, one that is halted too."""
    if not path.exists():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


def sweep(home: Path) -> None:
    """Removes what daemons that were killed have left; for the lock's holder only."""
    for path in (runtime.runtime_file(home), runtime.ending_file(home)):
        path.unlink(missing_ok=True)
    for path in home.glob(".*.part"):
        # Of what others write, such as the command that starts the daemon, one may be at work.
        told = path.name.startswith((f".{runtime.runtime_file(home).name}.", ".doctor-"))
        with contextlib.suppress(OSError):
            if told or _is_token(path) or time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()
    for path in home.glob(f"{SOCKET_PREFIX}*.sock"):
        with contextlib.suppress(OSError):
            if not is_listened_to(path):
                path.unlink()


def write_runtime(home: Path, told: runtime.Runtime) -> None:
    """Writes the runtime file, readable by the user alone, replacing a stale one."""
    atomic.write_whole(runtime.runtime_file(home), json.dumps(asdict(told)).encode())


def withdraw_runtime(home: Path, told: runtime.Runtime) -> None:
    """Takes the daemon's own runtime file away, so that no client begins with one that ends.

    It says under another name who is ending. Where the folder cannot be written any more, clients
    learn by connecting.
    """
    if not _is_own(runtime.read_runtime(home), told):
        return
    with _tolerated(home):
        runtime.runtime_file(home).replace(runtime.ending_file(home))


def remove_runtime(home: Path, told: runtime.Runtime) -> None:
    """Removes what the daemon itself wrote, and nothing that is another one's."""
    for ending in (False, True):
        if _is_own(runtime.read_runtime(home, ending=ending), told):
            with _tolerated(home):
                path = runtime.ending_file(home) if ending else runtime.runtime_file(home)
                path.unlink(missing_ok=True)


def _is_own(found: runtime.Runtime | None, told: runtime.Runtime) -> bool:
    return found is not None and (found.pid, found.token) == (told.pid, told.token)


@contextmanager
def _tolerated(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _log.warning("the runtime file stays in %s: %s", home, error)


def _holder(home: Path) -> str:
    other = runtime.read_runtime(home, ending=True)
    if other is not None:
        return (
            f"The daemon that ran before (process {other.pid}) is ending: it finishes its "
            "pictures first. Try again in a moment, or end it at once: styleswap stop --force"
        )
    return (
        f"Another daemon holds {_path(home)} but does not say where it is; end that process first."
    )


def _path(home: Path) -> Path:
    return home / "lock"


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _is_token(path: Path) -> bool:
    """Whether a file is a runtime file that an older daemon began to write: 16 digits, no name."""
    stem = path.name.removeprefix(".").removesuffix(".part")
    return len(stem) == 16 and all(digit in "0123456789abcdef" for digit in stem)
