"""A large file from the net: with an end to waiting, resumed, checked, and put in place whole."""

import contextlib
import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from typing import Final

from styleswap.engine.errors import Cancelled

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CHUNK: Final = 1 << 18
LIMIT: Final = 1 << 30
"""Bytes that a file may have."""

LEAST: Final = 1 << 16
"""Bytes that must come within the patience, or the download has stalled."""

Told = Callable[[int, int], None]
"""Given the bytes that are there, and those of the whole file, or 0 where that is not known."""


def fetch(
    url: str,
    path: Path,
    sha256: str,
    *,
    told: Told | None = None,
    cancelled: Callable[[], bool] | None = None,
    timeout: float = 10.0,
    patience: float = 60.0,
) -> None:
    """Download a file. In any thread; one program at a time downloads it.

    What has come is kept beside the file, with the ending ``.part``, whatever ends the download,
    and the next one goes on from there; also this one, where the connection breaks.

    Args:
        url: http, https or file.
        path: where the whole file goes; it is not there before it is whole and checked.
        sha256: hexadecimal, or the start of it.
        told: told of the progress.
        cancelled: asked before every read, which may take a `timeout`; true ends the download.
        timeout: seconds that the network may be silent before the connection is made anew.
        patience: seconds in which at least `LEAST` bytes must come.

    Raises:
        OSError: it cannot be downloaded, or is another file; the text says why.
        Cancelled: `cancelled` said so.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("ab", buffering=0) as file, _alone(file, path):
        right = path.is_file()  # by another program, meanwhile
        if not right:
            download = _Download(url, file, told, cancelled, timeout, patience)
            resumed = file.tell() > 0
            right = download.run(sha256)
            if resumed and not right:  # what was there before was no start of it
                download.restart()
                right = download.run(sha256)
            if right and fcntl is not None:
                part.replace(path)  # before anyone else holds it
    if right and not path.is_file():
        part.replace(path)  # Windows moves no open file
    part.unlink(missing_ok=True)
    if not right:
        raise OSError("what came is another file: its hash is wrong")


class _Download:
    """One download into an open file, over as many connections as it takes."""

    def __init__(
        self,
        url: str,
        file: FileIO,
        told: Told | None,
        cancelled: Callable[[], bool] | None,
        timeout: float,
        patience: float,
    ) -> None:
        self.url, self.file, self.told, self.cancelled = url, file, told, cancelled
        self.timeout, self.patience = timeout, patience
        self.marked, self.since = file.tell(), time.monotonic()

    def run(self, sha256: str) -> bool:
        """Download what is missing.

        Returns:
            Whether the whole has this hash.
        """
        started = False
        while True:
            self._poll()
            try:
                for _ in self._read():
                    started = True
                break
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and self.size:
                    break  # there is no more than what is here
                if not started or error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise OSError(f"the server answers {error.code} {error.reason}") from None
                self._weigh()
            except (OSError, http.client.HTTPException) as error:
                # What was never reached will not be reached by trying again.
                if not started or isinstance(error, Stopped):
                    raise _told(error) from None
                self._weigh()
            time.sleep(min(1.0, self.timeout / 10))
        os.fsync(self.file.fileno())
        with Path(self.file.name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().startswith(sha256.lower())

    def restart(self) -> None:
        """Begin anew."""
        self.file.seek(0)
        self.file.truncate()
        self.marked, self.since = 0, time.monotonic()

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.file.tell()

    def _read(self) -> Iterator[None]:
        """Read over one connection, to the end of the file."""
        begin = self.size
        headers = {"User-Agent": "styleswap"} | ({"Range": f"bytes={begin}-"} if begin else {})
        request = urllib.request.Request(self.url, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
            length = answer.headers.get("Content-Length") or ""
            whole = int(length) if length.isdecimal() else 0
            if begin and answer.status == HTTPStatus.PARTIAL_CONTENT:
                whole = whole and whole + begin
            else:
                self.restart()
            self._room(whole)
            while True:
                self._poll()
                data = answer.read1(CHUNK)
                if not data:
                    break
                self._keep(data)
                if self.told is not None:
                    self.told(self.size, whole)
                yield
            if self.size < whole:
                raise ConnectionError(f"the connection ended after {self.size} of {whole} bytes")

    def _keep(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self.file.write(view) :]
        except OSError as error:
            raise Stopped(f"it cannot be written: {error.strerror}") from error
        if self.size > LIMIT:
            self.restart()
            raise Stopped(f"what comes is another file: it has more than {LIMIT >> 20} MiB")
        if self.size - self.marked >= LEAST:
            self.marked, self.since = self.size, time.monotonic()
        else:
            self._weigh()

    def _weigh(self) -> None:
        if time.monotonic() - self.since > self.patience:
            raise Stopped(f"it stalled after {self.size / 1e6:.1f} MB")

    def _room(self, whole: int) -> None:
        missing = whole - self.size
        if missing > shutil.disk_usage(Path(self.file.name).parent).free:
            raise Stopped(f"the disk has no room for another {missing / 1e6:.0f} MB")

    def _poll(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("cancelled")


class Stopped(OSError):
    """A download is given up."""


def _told(error: Exception) -> OSError:
    """An error of the network in a few words."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return OSError("the server does not answer")
    return OSError(str(reason) or type(reason).__name__)


@contextlib.contextmanager
def _alone(file: FileIO, path: Path) -> Iterator[None]:
    """Hold the file against other programs, where the system has such locks."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(f"another program is downloading {path.name}; wait for it") from None
    yield
