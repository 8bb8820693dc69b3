"""Starts real daemons on this machine, for tests and for programs in the sandbox.

The sandbox has no torch. The command that is recorded there (`inside/start_daemon.py`) writes a
request into `scratch/starts`; the thread here answers it by starting the daemon with that home
folder, which both sides see, as they see loopback. When the daemon ends, its exit code goes back.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.conftest import stop_daemon

from styleswap.client import Daemon, StyleSwapError, connect
from styleswap.client.launch import clean_environment, record_command
from styleswap.runtime import HOME_VARIABLE, read_runtime

COMMAND = ("/usr/bin/python3", "/checkout/tests/editors/inside/start_daemon.py")
"""What is recorded as the daemon's command in a home folder below `/scratch`."""

START_SECONDS = 60.0
POLL_SECONDS = 0.05


class DaemonStarter:
    """Answers the requests of one scratch folder until it is closed."""

    def __init__(self, scratch: Path) -> None:
        """Starts the thread."""
        self._scratch = scratch
        self._starts = scratch / "starts"
        self._starts.mkdir()
        self._homes: set[Path] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="daemon-starter", daemon=True)
        self._thread.start()

    def record(self, home: Path) -> None:
        """Record the command by which programs in the sandbox start a daemon with this home."""
        record_command(home, COMMAND)

    def start(self, home: Path) -> Daemon:
        """Return a client of the daemon of a home folder; start that daemon where none runs."""
        with contextlib.suppress(StyleSwapError):
            return connect(home=home, start=False)
        process = self._spawn(home, home.with_name(home.name + ".log"))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(StyleSwapError):
                return connect(home=home, start=False)
            time.sleep(POLL_SECONDS)
        raise AssertionError(home.with_name(home.name + ".log").read_text())

    def stop(self, home: Path) -> None:
        """End the daemon of a home folder, where one runs, and wait for its end."""
        stop_daemon(home)

    def kill(self, home: Path) -> None:
        """Kill the daemon of a home folder, as if it had crashed."""
        told = read_runtime(home)
        assert told is not None, "no daemon to kill"
        os.kill(told.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the thread and all daemons."""
        self._closed.set()
        self._thread.join()
        for home in self._homes:
            stop_daemon(home)

    def _spawn(self, home: Path, log: Path) -> subprocess.Popen[bytes]:
        home.mkdir(mode=0o700, exist_ok=True)
        self._homes.add(home)
        with log.open("wb") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "styleswap.service"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=home,
                env={**clean_environment(os.environ), HOME_VARIABLE: str(home)},
            )

    def _answer(self) -> None:
        running: dict[Path, subprocess.Popen[bytes]] = {}
        while not self._closed.wait(POLL_SECONDS):
            for request in self._starts.glob("*.request"):
                home = self._scratch / Path(request.read_text()).relative_to("/scratch")
                request.unlink()
                running[request] = self._spawn(home, request.with_suffix(".log"))
            for request, process in list(running.items()):
                if process.poll() is not None:
                    part = request.with_suffix(".part")
                    part.write_text(str(process.returncode & 0xFF))
                    part.rename(request.with_suffix(".code"))
                    del running[request]
