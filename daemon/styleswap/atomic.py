"""Files that appear complete or not at all: written under another name, and renamed.

Standard library only and Python 3.10, because editors carry a copy.
"""

import errno
import os
import secrets
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(path: Path, data: bytes, *, name: str | None = None, mode: int = 0o600) -> None:
    """Writes a file; by default for the user alone. The arguments are those of `PartFile`.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    with PartFile(path, name=name, mode=mode) as part:
        part.write(data)
        part.finish()


def is_full(error: OSError) -> bool:
    """Returns whether a file could not be written for want of room."""
    return error.errno in _FULL


class PartFile:
    """A file in the making: `.NAME.DIGITS.part` beside its place, until `finish`.

    Leaving the `with` block removes what is not finished. A process that is killed leaves it: who
    owns the folder sweeps it.
    """

    def __init__(self, path: Path, *, name: str | None = None, mode: int = 0o600) -> None:
        """Nothing is written yet.

        Args:
            path: the place; of a link, the link.
            name: how the other name begins, by default as the file; empty for digits alone.
            mode: rights of a new file, less the umask.
        """
        self.descriptor = -1
        """Open for writing and reading within the `with` block."""
        self._path = path
        self._mode = mode
        begin = path.name if name is None else name
        self._part = path.with_name(f".{begin}{'.' * bool(begin)}{secrets.token_hex(8)}.part")

    def __enter__(self) -> "PartFile":
        """Opens the file; raises OSError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self.descriptor = os.open(self._part, flags, self._mode)
        return self

    def __exit__(self, *raised: object) -> None:
        """Closes the file, and removes it where it is not finished."""
        self._close()
        self._part.unlink(missing_ok=True)

    def write(self, data: bytes | memoryview) -> int:
        """Writes all of `data` at the position; returns the number of bytes, raises OSError."""
        view = memoryview(data)
        done = 0
        while done < len(view):
            done += os.write(self.descriptor, view[done:])
        return done

    def sync(self) -> None:
        """Brings to the disk what was written; raises OSError."""
        os.fsync(self.descriptor)

    def finish(
        self, *, overwrite: bool = True, keep_mode: bool = False, lasting: bool = False
    ) -> None:
        """Brings the file to the disk and to its place.

        Args:
            overwrite: a file there is replaced.
            keep_mode: it takes the rights of the file that it replaces.
            lasting: the rename is brought to the disk too, and outlives a power cut.

        Raises:
            FileExistsError: there is a file, and it is not to be replaced.
            OSError: it cannot be; what was there before is still there.
        """
        self.sync()
        self._close()
        if not overwrite:
            self._place_new()
        else:
            if keep_mode and self._path.exists():
                self._part.chmod(self._path.stat().st_mode & 0o777)
            self._part.replace(self._path)
        if lasting:
            _sync_folder(self._path.parent)

    def _place_new(self) -> None:
        try:
            os.link(self._part, self._path)
        except FileExistsError:
            raise
        except OSError:
            # Some file systems have no hard links; an earlier check must do there.
            self._part.replace(self._path)

    def _close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # network file systems may refuse; the file itself is safe
    finally:
        os.close(descriptor)
