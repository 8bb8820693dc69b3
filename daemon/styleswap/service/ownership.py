"""One daemon per user: the lock, and the runtime file that its holder writes."""

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import filelock

from styleswap import runtime

_PATIENCE: Final = 10.0
"""Seconds to wait for a lock whose holder has no runtime file: it is about to start or to end."""


class AlreadyRunning(Exception):
    """Another daemon of this user holds the lock. The message says where it is."""


@contextmanager
def lock(home: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Holds the user's lock. The system gives it back however the process ends.

    Args:
        home: an existing folder.
        patience: seconds to wait for a holder that is about to start or to end.

    Raises:
        AlreadyRunning: another daemon holds it.
        OSError: the lock file cannot be made.
    """
    held = filelock.FileLock(home / "lock", timeout=0, mode=0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            held.acquire()
            break
        except filelock.Timeout:
            other = runtime.read_runtime(home)
            if other is not None:
                raise AlreadyRunning(
                    f"A daemon is already running at {other.address} (process {other.pid}). Use "
                    "it, or end it first with `styleswap stop`."
                ) from None
            if time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"Another daemon holds {home / 'lock'} but does not say where it is; end "
                    "that process first."
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        held.release()


def write_runtime(home: Path, told: runtime.Runtime) -> None:
    """Writes the runtime file, readable by the user alone, replacing a stale one."""
    path = runtime.runtime_file(home)
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(told), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_runtime(home: Path) -> None:
    """Removes the runtime file; for the lock's holder only."""
    runtime.runtime_file(home).unlink(missing_ok=True)
