"""The daemon's log: to a file of limited size in the home folder, and to stderr."""

import contextlib
import logging
import logging.handlers
import os
import secrets
import stat
import sys
from contextvars import ContextVar
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="-")
"""The id of the request that the current code works for."""

FORMAT: Final = "%(asctime)s %(levelname)-7s [%(request_id)s] %(name)s: %(message)s"
FILE_BYTES: Final = 2 << 20
"""Size at which a new file is begun; one old file is kept."""
OUTPUT_FILE: Final = "daemon-start.log"
"""In the home folder: where a client that starts the daemon sends what it prints."""
OUTPUT_BYTES: Final = 1 << 20
"""Size at which that file is emptied: libraries print without end where something is amiss."""


def new_request_id() -> str:
    """Returns a short random id."""
    return secrets.token_hex(6)


def log_file(home: Path) -> Path:
    """Returns the path of the log."""
    return home / "daemon.log"


def start(home: Path, level: str) -> None:
    """Directs all loggers to the log in `home`, and to stderr where somebody may read it.

    That is not so where stderr is a pipe, or the file to which a client sends it.

    Args:
        home: an existing folder.
        level: a level's name, in any case.

    Raises:
        ValueError: there is no such level.
        OSError: the file cannot be written.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"There is no log level {level!r}; take debug, info, warning or error.")
    handlers: list[logging.Handler] = [
        _File(log_file(home), maxBytes=FILE_BYTES, backupCount=1, encoding="utf-8"),
    ]
    if not _is_pipe(sys.stderr) and not _is_file(sys.stderr, home / OUTPUT_FILE):
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        handler.addFilter(_with_request_id)
    logging.basicConfig(level=number, handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.getLogger("grpc._cython.cygrpc").addFilter(_reader_gone)
    # It tells of every thread at the level info.
    logging.getLogger("pyvips").setLevel(logging.WARNING)


class _File(logging.handlers.RotatingFileHandler):
    """A log for the user alone, which comes again where it, or its folder, was deleted."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record to the file that is there now, making it where none is."""
        if self._in_place() or self._begun_anew():
            super().emit(record)
        else:
            # The folder is gone too, for now: there is nothing to rotate.
            logging.StreamHandler.emit(self, record)

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).touch(mode=0o600)
        return super()._open()

    def _in_place(self) -> bool:
        return self.stream is None or _is_file(self.stream, Path(self.baseFilename))

    def _begun_anew(self) -> bool:
        before = self.stream
        try:
            self.stream = self._open()
        except OSError:
            return False
        if before is not None:
            with contextlib.suppress(OSError):
                before.close()
        return True


def bound_output(home: Path) -> None:
    """Empties the file that a client gave this process for its output, where it has grown large.

    The file is one that is appended to.
    """
    path = home / OUTPUT_FILE
    with contextlib.suppress(OSError):
        if path.stat().st_size > OUTPUT_BYTES and _is_file(sys.stderr, path):
            os.truncate(path, 0)


def _is_file(stream: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except (OSError, ValueError, AttributeError):
        return False


def _is_pipe(stream: TextIO) -> bool:
    """Tells whether a stream is a pipe: one that nobody reads fills up and halts whoever writes."""
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return True


def _reader_gone(record: logging.LogRecord) -> bool:
    """Calms what gRPC says when a client goes away in the middle of an answer."""
    if not str(record.msg).startswith("ExecuteBatchError"):
        return True
    record.levelno, record.levelname = logging.INFO, "INFO"
    record.msg, record.args, record.exc_info = "the reader of an answer has gone", (), None
    return logging.getLogger().isEnabledFor(logging.INFO)


def _with_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True


def relay(level: int, name: str, text: str, request: str) -> None:
    """Logs what another process of the daemon has to say, under the request it works for."""
    outer = request_id.set(request)
    try:
        logging.getLogger(name).log(level, "%s", text)
    finally:
        request_id.reset(outer)
