"""Standard output and error, whatever they are: closed, full, of another encoding."""

import codecs
import contextlib
import io
import os
import sys
from typing import TextIO

_ERRORS = "styleswap"
_failures: list[OSError] = []
"""What `say` could not print."""


def prepare() -> None:
    """Makes both streams such that no text and no state of theirs ends the command."""
    _failures.clear()
    # A file that is opened must not become standard output, only because that was closed.
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    codecs.register_error(_ERRORS, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def say(line: str) -> None:
    """Prints a line of several results; the work goes on where it cannot be printed.

    `finish` says so at the end.
    """
    try:
        print(line, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _failures.append(error)
        silence()


def complain(sentence: str) -> None:
    """Prints a line on standard error; where that is not possible, nobody wanted to read it."""
    with contextlib.suppress(OSError, ValueError):
        print(f"styleswap: {sentence}", file=sys.stderr, flush=True)


def finish() -> None:
    """Brings all output to its place.

    Raises:
        OSError: not all of it could be written, now or before.
    """
    sys.stdout.flush()
    if _failures:
        raise _failures[0]


def silence() -> None:
    """Has further output, and what is still in the buffer, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _replace(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes of a file's name that are no text come out as they went in; the rest is spelt out."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    code = ord(error.object[error.start])
    if 0xDC80 <= code <= 0xDCFF:
        return bytes((code - 0xDC00,)), error.start + 1
    letter = error.object[error.start]
    return letter.encode("ascii", "backslashreplace").decode("ascii"), error.start + 1
