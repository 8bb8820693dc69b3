"""Locks between programs, which the system gives back however their holder ends.

Standard library only and Python 3.10, because editors carry a copy.
"""

import os
import sys
from pathlib import Path


class NoLocks(OSError):
    """The file system has no locks."""


def take(path: Path) -> int | None:
    """Locks a file, making it where it is not there; tries once.

    Returns:
        A descriptor, whose closing gives the lock back; None where another one has it.

    Raises:
        NoLocks: the file system has none.
        OSError: the file cannot be made or opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        taken = _try(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise NoLocks(error.errno, error.strerror, str(path)) from error
    if not taken:
        os.close(descriptor)
        return None
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # some file systems say EACCES
            return False
        return True
