"""A file that appears complete or not at all."""

import errno
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import FileError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Replacement:
    """Writes a temporary file in the target's folder, and renames it in `finish`.

    Leaving the `with` block without `finish` removes the temporary file. The methods `write`,
    `read` and `seek` are callbacks for an encoder: they return what was done, and remember an
    `OSError` for `raise_failure` instead of raising it through the encoder.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.check(path, overwrite=overwrite)
        # A link stays a link: what it points to is replaced.
        self._path = Path(os.path.realpath(path))
        self._shown = str(path)
        self._overwrite = overwrite
        self._failure: OSError | None = None
        self._descriptor = -1
        self._temporary = self._path.with_name(
            f".{self._path.stem[:40]}.{secrets.token_hex(6)}.part"
        )

    @staticmethod
    def check(path: Path, *, overwrite: bool) -> None:
        """Raises FileError OUTPUT_EXISTS or OUTPUT_UNWRITABLE where writing there must fail."""
        folder = Path(os.path.realpath(path)).parent
        if not folder.is_dir():
            raise FileError(
                "OUTPUT_UNWRITABLE",
                f"The folder {str(path.parent)!r} for the result does not exist; create it first.",
            )
        if path.is_dir():
            raise FileError(
                "OUTPUT_UNWRITABLE", f"{str(path)!r} is a folder; name a file in it instead."
            )
        if path.exists() and not overwrite:
            raise FileError(
                "OUTPUT_EXISTS",
                f"{str(path)!r} exists already; choose another name, or overwrite it.",
            )
        effective = os.access in os.supports_effective_ids
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
            raise FileError(
                "OUTPUT_UNWRITABLE",
                f"The folder {str(path.parent)!r} is read-only; choose another one.",
            )

    def __enter__(self) -> Self:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(self._temporary, flags, 0o666)
        except OSError as error:
            raise self._error(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._temporary.unlink(missing_ok=True)

    def write(self, data: bytes | memoryview) -> int:
        """Writes all of `data`; returns the bytes written, -1 on failure."""
        view = memoryview(data)
        done = 0
        try:
            while done < len(view):
                done += os.write(self._descriptor, view[done:])
        except OSError as error:
            self._failure = self._failure or error
            return -1
        return done

    def read(self, size: int) -> bytes:
        """Reads back up to `size` bytes."""
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            self._failure = self._failure or error
            return b""

    def seek(self, offset: int, whence: int) -> int:
        """Moves the position; returns the new one, -1 on failure."""
        try:
            return os.lseek(self._descriptor, offset, whence)
        except OSError as error:
            self._failure = self._failure or error
            return -1

    def raise_failure(self) -> None:
        """Raises the first failure of a callback, if there was one, as a FileError."""
        if self._failure is not None:
            raise self._error(self._failure) from self._failure

    def finish(self) -> None:
        """Brings the file to the disk and to its name."""
        self.raise_failure()
        try:
            os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
            if self._overwrite:
                if self._path.exists():
                    self._temporary.chmod(self._path.stat().st_mode & 0o777)
                self._temporary.replace(self._path)
            else:
                self._place_new()
            _sync_folder(self._path.parent)
        except OSError as error:
            raise self._error(error) from error

    def _place_new(self) -> None:
        """Renames, unless a file of that name has appeared meanwhile."""
        try:
            os.link(self._temporary, self._path)
        except FileExistsError as error:
            raise FileError(
                "OUTPUT_EXISTS",
                f"{self._shown!r} has just been created by another program; choose another name, "
                "or overwrite it.",
            ) from error
        except OSError:
            # Some file systems have no hard links; the earlier check must do there.
            self._temporary.replace(self._path)

    def _error(self, error: OSError) -> FileError:
        if error.errno in _FULL:
            return FileError(
                "DISK_FULL",
                f"{self._shown!r} could not be written: there is no room for it "
                f"({error.strerror}). Free some space, or choose another folder.",
            )
        return FileError(
            "OUTPUT_UNWRITABLE",
            f"{self._shown!r} could not be written: {error.strerror}. Choose another folder.",
        )


def _sync_folder(folder: Path) -> None:
    """Makes the rename last through a power cut, where folders can be flushed."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # network file systems may refuse; the file itself is safe
    finally:
        os.close(descriptor)
