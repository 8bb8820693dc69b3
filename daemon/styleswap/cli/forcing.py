"""The end of a daemon that cannot be asked, by its process id."""

import contextlib
import os
import signal
import time
from pathlib import Path

from styleswap import runtime

from .outcome import CommandError, ExitCode

_POLL_SECONDS = 0.05
_CANCEL_SECONDS = 0.5
"""How long the daemon has, after the first signal, to begin to end."""
_END_SECONDS = 5.0
"""How long it may take, after the second signal, to drop its work."""


def wait_for_end(home: Path, seconds: float) -> bool:
    """Returns whether the daemon of a folder has ended, waiting for it."""
    from styleswap.service import ownership

    deadline = time.monotonic() + seconds
    while ownership.is_held(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def ask_to_end(home: Path) -> bool:
    """Has the daemon finish its pictures and end; returns whether there is one."""
    pid = _pid(home)
    return pid is not None and _signal(pid, signal.SIGTERM)


def end_at_once(home: Path) -> bool:
    """Ends the daemon, whatever it does; returns whether there was one."""
    pid = _pid(home)
    if pid is None:
        return False
    # One that still hears drops its work at the second signal; one that was halted hears again.
    _signal(pid, signal.SIGTERM)
    _signal(pid, getattr(signal, "SIGCONT", None))
    if not wait_for_end(home, _CANCEL_SECONDS):
        _signal(pid, signal.SIGTERM)
        if not wait_for_end(home, _END_SECONDS):
            _signal(pid, getattr(signal, "SIGKILL", None))
    if not wait_for_end(home, _END_SECONDS):
        raise CommandError(
            f"The daemon (process {pid}) cannot be ended; end it with the system's own means.",
            ExitCode.FAILED,
        )
    return True


def tidy(home: Path) -> None:
    """Removes what a daemon that is dead has left, so that nobody looks for it any more."""
    from styleswap.service import ownership

    if runtime.runtime_file(home).exists():
        with contextlib.suppress(ownership.AlreadyRunning, OSError), ownership.lock(home, 0):
            ownership.sweep(home)


def _pid(home: Path) -> int | None:
    """The process id of the daemon that holds the folder's lock, None where none does.

    The runtime file is of the lock's holder: at its start it removes that of the one before.
    """
    from styleswap.service import ownership

    if not ownership.is_held(home):
        return None
    told = runtime.read_runtime(home) or runtime.read_runtime(home, ending=True)
    if told is None or not _is_daemon(told.pid):
        raise CommandError(
            f"Another process holds {home / 'lock'} but does not say which; end that process.",
            ExitCode.FAILED,
        )
    return told.pid


def _is_daemon(pid: int) -> bool:
    """Whether a process may be a daemon, as far as the system tells."""
    try:
        return b"styleswap" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self/cmdline").exists()


def _signal(pid: int, number: "signal.Signals | None") -> bool:
    if number is None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except OSError as error:
        raise CommandError(
            f"The daemon (process {pid}) cannot be ended: {error.strerror}.", ExitCode.FAILED
        ) from error
    return True
