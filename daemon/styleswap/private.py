"""The program's own folder: nobody else writes there.

Standard library only and Python 3.10, because the client inside an editor looks before it trusts
what is in the folder.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from styleswap import atomic

HOME_VARIABLE = "STYLESWAP_HOME"
"""Environment variable that names another folder instead of `~/.styleswap`."""

_BINARY = getattr(os, "O_BINARY", 0)  # of Windows
_TEXT_BYTES = 1 << 16
"""A file of settings is never larger."""
_TRIAL_BYTES = 1 << 16
"""What a daemon needs at the least, to say where it is and what it does."""


class FolderError(Exception):
    """The program's folder cannot be used, or must not be. The message is a sentence.

    Attributes:
        what: what is wrong, without a full stop.
        remedy: what to do, with one.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}")
        self.what = what
        self.remedy = remedy


def unusable(folder: Path, error: OSError) -> FolderError:
    """Returns the error for a folder that the system refuses."""
    if atomic.is_full(error):
        return FolderError(
            f"There is no room left in the folder {folder}",
            f"Free some space, or name another folder in {HOME_VARIABLE}.",
        )
    return FolderError(
        f"The folder {folder} cannot be used: {error.strerror or error}",
        f"Make it writable, or name another folder in {HOME_VARIABLE}.",
    )


def secure(folder: Path) -> None:
    """Makes sure that only this user can have put there what is in a folder.

    Others lose their right to write there. A folder that is not there is all right.

    Raises:
        FolderError: the folder, or something in it, is another user's; or it is no folder; or
            others write there, and that cannot be changed.
    """
    with _refusals(folder):
        try:
            status = folder.stat()
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if os.name == "nt":  # the folder has the rights of the user's own one
            return
        if status.st_uid != os.geteuid():
            raise FolderError(
                f"The folder {folder} belongs to another user",
                f"Name a folder of your own in {HOME_VARIABLE}.",
            )
        if status.st_mode & 0o022:
            with contextlib.suppress(OSError):
                folder.chmod(0o700)
            if folder.stat().st_mode & 0o022:
                raise FolderError(
                    f"Other users can write in the folder {folder}",
                    f"Make it your own (chmod 700), or name another folder in {HOME_VARIABLE}.",
                )
        for path in _entries(folder):
            # What somebody put there while he could is not to be trusted afterwards either.
            with contextlib.suppress(FileNotFoundError):
                if not _own(path.lstat()):
                    raise FolderError(
                        f"{path} belongs to another user", "Look at it, and remove it."
                    )


def prepare(folder: Path) -> None:
    """Makes the folder where it is not there, and tries whether it can be written.

    Raises:
        FolderError: it cannot, such as on a full disk; or as `secure`.
    """
    with _refusals(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secure(folder)
        with atomic.PartFile(folder / "trial", name="") as trial:
            trial.write(bytes(_TRIAL_BYTES))
            trial.sync()


def read_text(path: Path) -> str:
    """Returns the text of a small file of this user's.

    Raises:
        OSError, ValueError: it cannot be read, is no ordinary file, is another user's or too large.
    """
    # Of a FIFO the open would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not _own(status):
            raise PermissionError(errno.EACCES, "not a file of this user's", str(path))
        data = file.read(_TEXT_BYTES + 1)
    if len(data) > _TEXT_BYTES:
        raise ValueError(f"{path} is too large")
    return data.decode()


@contextlib.contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(folder, error) from error


def _entries(folder: Path) -> Iterator[Path]:
    yield from folder.iterdir()
    with contextlib.suppress(OSError):
        yield from (folder / "weights").iterdir()


def _own(status: os.stat_result) -> bool:
    """Whether something is this user's, or the administrator's, who may do all anyway."""
    return os.name == "nt" or status.st_uid in (os.geteuid(), 0)
