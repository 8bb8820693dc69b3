"""A user's file that appears complete or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from styleswap import atomic

from .errors import FileError

T = TypeVar("T")


class Replacement:
    """Writes a temporary file in the target's folder, and renames it in `finish`.

    Leaving the `with` block without `finish` removes the temporary file. The methods `write`,
    `read` and `seek` are callbacks for an encoder: they return what was done, and remember an
    `OSError` for `raise_failure` instead of raising it through the encoder.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.check(path, overwrite=overwrite)
        # A link stays a link: what it points to is replaced.
        target = Path(os.path.realpath(path))
        self._part = atomic.PartFile(target, name=target.stem[:40], mode=0o666)
        self._shown = str(path)
        self._overwrite = overwrite
        self._failure: OSError | None = None

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
        try:
            self._part.__enter__()
        except OSError as error:
            raise self._error(error) from error
        return self

    def __exit__(self, *raised: object) -> None:
        self._part.__exit__(*raised)

    def write(self, data: bytes | memoryview) -> int:
        """Writes all of `data`; returns the bytes written, -1 on failure."""
        return self._tried(lambda: self._part.write(data), -1)

    def read(self, size: int) -> bytes:
        """Reads back up to `size` bytes."""
        return self._tried(lambda: os.read(self._part.descriptor, size), b"")

    def seek(self, offset: int, whence: int) -> int:
        """Moves the position; returns the new one, -1 on failure."""
        return self._tried(lambda: os.lseek(self._part.descriptor, offset, whence), -1)

    def raise_failure(self) -> None:
        """Raises the first failure of a callback, if there was one, as a FileError."""
        if self._failure is not None:
            raise self._error(self._failure) from self._failure

    def finish(self) -> None:
        """Brings the file to the disk and to its name."""
        self.raise_failure()
        try:
            self._part.finish(overwrite=self._overwrite, keep_mode=True, lasting=True)
        except FileExistsError as error:
            raise FileError(
                "OUTPUT_EXISTS",
                f"{self._shown!r} has just been created by another program; choose another name, "
                "or overwrite it.",
            ) from error
        except OSError as error:
            raise self._error(error) from error

    def _tried(self, work: Callable[[], T], failed: T) -> T:
        try:
            return work()
        except OSError as error:
            self._failure = self._failure or error
            return failed

    def _error(self, error: OSError) -> FileError:
        if atomic.is_full(error):
            return FileError(
                "DISK_FULL",
                f"{self._shown!r} could not be written: there is no room for it "
                f"({error.strerror}). Free some space, or choose another folder.",
            )
        return FileError(
            "OUTPUT_UNWRITABLE",
            f"{self._shown!r} could not be written: {error.strerror}. Choose another folder.",
        )
