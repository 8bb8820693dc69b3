"""Opening files that anybody may have named."""

import os
import stat
from pathlib import Path

from .errors import FileError


def open_regular(path: Path) -> tuple[int, int]:
    """Opens a regular file to read.

    What is opened is looked at, not what the name said before: a pipe, a device or a folder is
    refused without waiting for it, one that takes a file's place in between too.

    Returns:
        A descriptor, to be closed, and the file's bytes.

    Raises:
        FileError: FILE_NOT_FOUND or FILE_UNREADABLE.
    """
    name = repr(str(path))
    flags = os.O_RDONLY
    for flag in ("O_BINARY", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY"):
        flags |= getattr(os, flag, 0)
    try:
        # Devices are not even opened: that alone can wind a tape or wait for a modem.
        _refuse_others(name, path.stat())
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise FileError("FILE_NOT_FOUND", f"There is no file {name}; check its name.") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise FileError("FILE_UNREADABLE", f"{name} cannot be read: {why}.") from error
    try:
        status = os.fstat(descriptor)
        _refuse_others(name, status)
        if hasattr(os, "set_blocking"):
            os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status.st_size


def _refuse_others(name: str, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise FileError("FILE_UNREADABLE", f"{name} is a folder; name an image file.")
    if not stat.S_ISREG(status.st_mode):
        raise FileError("FILE_UNREADABLE", f"{name} is not a regular file.")
