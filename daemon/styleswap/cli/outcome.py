"""Exit codes, and the errors that lead to them."""

import enum
import errno

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""What a stream says that takes no more; unlike a file it has no name."""


class ExitCode(enum.IntEnum):
    """What the command's exit code says."""

    OK = 0
    """All was done."""
    FAILED = 1
    """Something could not be done: a picture of several, the daemon's work, a full disk."""
    USAGE = 2
    """What was given cannot be used: arguments, settings, pictures, styles, places."""
    NO_DAEMON = 3
    """No daemon runs, and none could be started."""
    CANCELLED = 130
    """Ctrl-C; other signals end with 128 and their number, as usual."""


class CommandError(Exception):
    """Ends the command with one line on stderr and an exit code.

    The message is a sentence for a person that says what to do.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code


def outcome(error: BaseException) -> tuple[str, ExitCode] | None:
    """The line for stderr and the exit code of an expected error; None for a bug."""
    from styleswap.client import errors as client
    from styleswap.files import FileError
    from styleswap.v1.control import ControlError

    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, FileError):
        if error.reason == "OUTPUT_EXISTS":
            return f"{str(error).removesuffix('.')} with --overwrite.", ExitCode.USAGE
        full = error.reason == "DISK_FULL"
        return str(error), ExitCode.FAILED if full else ExitCode.USAGE
    if isinstance(error, ControlError):
        return str(error), ExitCode.USAGE
    if isinstance(error, client.DaemonNotRunning | client.Unauthorized | client.VersionMismatch):
        return str(error), ExitCode.NO_DAEMON
    if isinstance(error, client.InvalidRequest | client.UnknownStyle | client.NotFound):
        return str(error), ExitCode.USAGE
    if isinstance(error, client.StyleSwapError):
        return str(error), ExitCode.FAILED
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}; check the path.", ExitCode.USAGE
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return f"The output cannot be written: {error.strerror}.", ExitCode.FAILED
    if type(error).__module__.startswith("styleswap."):
        # Of the rooms that are not imported here: every exception of ours carries a sentence.
        text = str(error)
        return f"{_capitalised(text).removesuffix('.')}.", ExitCode.FAILED
    if isinstance(error, MemoryError):
        return "There is not enough memory; choose a smaller picture.", ExitCode.FAILED
    return None


def _capitalised(text: str) -> str:
    """A sentence with a capital letter, unless it begins with a file's name."""
    first = text.partition(" ")[0]
    return text if "/" in first or "." in first else text[:1].upper() + text[1:]
