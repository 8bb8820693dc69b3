"""Bytes that processes share."""

import mmap
import os
import tempfile
import threading
from pathlib import Path
from typing import Self

_seeking = threading.Lock()


class SharedMemory:
    """A run of bytes behind an open file, for this process and those that the file is handed to.

    It costs what has been written to it, not its size, and nothing once every process has closed
    it: no name of it stays anywhere, however a process ends. Neither side can cut it short under
    the other where the system has seals for that (Linux).

    Args:
        descriptor: of the open file; closed with this.
        size: bytes, at least 1.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    @classmethod
    def create(cls, size: int, folder: Path | None = None, *, reserve: bool = False) -> Self:
        """Returns zeroed bytes.

        Args:
            size: bytes, at least 1.
            folder: where the unlinked file lies, made where it is missing; None is in memory, where
                the system can.
            reserve: take the whole room on the disk now. Without it a full disk is found when
                `write` comes to it; whoever writes through `map` must reserve, since a full disk
                would kill its process there.

        Raises:
            OSError: there is no room.
        """
        descriptor = _in_memory(size) if folder is None else None
        if descriptor is None:
            descriptor = _in_file(size, folder, reserve=reserve)
        return cls(descriptor, size)

    @classmethod
    def holding(
        cls, data: bytes | bytearray | memoryview | mmap.mmap, folder: Path | None = None
    ) -> Self:
        """Returns a copy of at least one byte of data."""
        shared = cls.create(memoryview(data).nbytes, folder)
        try:
            shared.write(0, memoryview(data))
        except BaseException:
            shared.close()
            raise
        return shared

    @classmethod
    def adopt(cls, descriptor: int, size: int) -> Self:
        """Returns what another process has handed over.

        Raises:
            ValueError: the file is shorter than `size`.
        """
        if not 1 <= size <= os.fstat(descriptor).st_size:
            os.close(descriptor)
            raise ValueError(f"the other process handed over less than {size} bytes")
        return cls(descriptor, size)

    @property
    def descriptor(self) -> int:
        """The open file, to be handed to another process.

        Raises:
            ValueError: it is closed.
        """
        if self._descriptor < 0:
            raise ValueError("these bytes were given back already")
        return self._descriptor

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Stores bytes.

        Raises:
            OSError: there is no room.
        """
        view = memoryview(data).cast("B")
        while view:
            count = _write_at(self.descriptor, view, offset)
            view, offset = view[count:], offset + count

    def read(self, offset: int, size: int) -> bytes:
        """Returns `size` bytes, or as many as there are from `offset` on."""
        return _read_at(self.descriptor, min(size, self.size - offset), offset)

    def map(self, *, private: bool = True) -> mmap.mmap:
        """Returns the bytes as writable memory; it goes with its last reference.

        Args:
            private: what is written there stays this process's own.
        """
        if not private and hasattr(mmap, "MAP_POPULATE"):
            # All pages at once: whoever writes them one by one pays more for each.
            flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
            return mmap.mmap(self.descriptor, self.size, flags=flags)
        access = mmap.ACCESS_COPY if private else mmap.ACCESS_WRITE
        return mmap.mmap(self.descriptor, self.size, access=access)

    def close(self) -> None:
        """Gives the bytes back; does nothing the second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _in_memory(size: int) -> int | None:
    """Returns a file in memory that nobody can cut short, None where the system has none."""
    if not hasattr(os, "memfd_create"):
        return None
    import fcntl

    try:
        descriptor = os.memfd_create("styleswap", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except PermissionError:
        return None  # some sandboxes forbid them
    try:
        os.ftruncate(descriptor, size)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _in_file(size: int, folder: Path | None, *, reserve: bool) -> int:
    """Returns a file that has no name."""
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        if reserve and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            os.ftruncate(file.fileno(), size)
        return os.dup(file.fileno())


def _write_at(descriptor: int, view: memoryview, offset: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(descriptor, view, offset)
    with _seeking:  # Windows
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, view)


def _read_at(descriptor: int, size: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, offset)
    with _seeking:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)
