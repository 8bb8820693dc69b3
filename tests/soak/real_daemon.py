"""A real daemon in a home folder of its own, and what the system knows of it."""

import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from styleswap import runtime
from styleswap.v1 import server_pb2, server_pb2_grpc

from .expected_codes import Outcome

MEBIBYTE = 1 << 20
START_SECONDS = 120.0
STOP_SECONDS = 90.0

# One a line: what the log may say at the level error or with a traceback. Nothing, so far.
_ALLOWED_IN_LOG: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What the daemon and its children have at one moment."""

    own: int
    """Bytes of memory of the daemon itself; pages that several share count in parts."""
    largest: int
    """Bytes of its largest child, which is the engine where it has a process of its own."""
    memory: int
    """Bytes of all together."""
    descriptors: int
    """Of the daemon itself: its children come and go."""
    children: int


class RealDaemon:
    """`styleswap serve`, and calls to it in any bytes."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self._words = home.with_name(f"{home.name}.words")
        # What an earlier daemon has said there is not this one's.
        self._said = {path: path.stat().st_size for path in home.glob("*.log*")}
        with self._words.open("wb") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "styleswap", "serve", *options],
                env={**os.environ, runtime.HOME_VARIABLE: str(home), "OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        self.runtime = self._wait()
        self.channel = grpc.insecure_channel(self.runtime.address)
        self.metadata = [("authorization", f"Bearer {self.runtime.token}")]
        self._server = server_pb2_grpc.ServerServiceStub(self.channel)

    def _wait(self) -> runtime.Runtime:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            told = runtime.read_runtime(self.home)
            if told is not None and told.pid == self.process.pid:
                return told
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the daemon did not start: {self._words.read_text()[-2000:]}")

    def new_channel(self) -> grpc.Channel:
        """A connection of its own."""
        return grpc.insecure_channel(
            self.runtime.address, options=[("grpc.use_local_subchannel_pool", 1)]
        )

    def info(self, timeout: float = 60.0) -> server_pb2.GetServerInfoResponse:
        """What the daemon says of itself."""
        request = server_pb2.GetServerInfoRequest()
        return self._server.GetServerInfo(request, metadata=self.metadata, timeout=timeout)

    def wait_for_engine(self) -> None:
        """Waits until the engine is in memory: what is measured from then on is no start."""
        deadline = time.monotonic() + START_SECONDS
        while not self.info().device and time.monotonic() < deadline:
            time.sleep(0.1)

    def wait_until_idle(self, seconds: float = 120.0) -> bool:
        """Waits until no picture is in work; returns whether that came to be."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.info().queue_length == 0:
                return True
            time.sleep(0.1)
        return False

    def alive(self) -> bool:
        """Whether it is the process that was started."""
        return self.process.poll() is None

    def children(self) -> list[int]:
        """Process ids of its children, and of theirs."""
        return descendants(self.process.pid)

    def usage(self) -> Usage:
        """What it has now."""
        own = _memory(self.process.pid)
        children = [_memory(pid) for pid in self.children()]
        descriptors = len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
        return Usage(own, max(children, default=0), own + sum(children), descriptors, len(children))

    def stop(self) -> list[str]:
        """Ends it by SIGTERM; returns what is wrong with the end or with what is left."""
        children = self.children()
        found = []
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                found.append(f"the daemon did not end within {STOP_SECONDS:.0f} s of SIGTERM")
            else:
                if status != 0:
                    found.append(f"the daemon ended with status {status}")
        self.kill()
        deadline = time.monotonic() + 20
        while left := [pid for pid in children if Path(f"/proc/{pid}").exists()]:
            if time.monotonic() > deadline:
                found.append(f"{len(left)} processes of the daemon outlive it")
                for pid in left:
                    end(pid)
                break
            time.sleep(0.1)
        return found + self.left_over() + self.log_trouble()

    def kill(self) -> None:
        """Ends it at once, where it still runs."""
        if self.alive():
            self.process.kill()
        self.process.wait()

    def left_over(self) -> list[str]:
        """What lies in the home folder after the end, and should not."""
        found = [
            f"left over: {path.relative_to(self.home)}"
            for path in sorted(self.home.rglob("*"))
            if path.suffix == ".part" or path.parent.name == "spool" or path.is_socket()
        ]
        if runtime.runtime_file(self.home).exists():
            found.append("left over: the runtime file")
        return found[:20]

    def log_trouble(self) -> list[str]:
        """Lines of the log, and words of the process, that nobody should find there."""
        found: dict[str, int] = {}
        for path in [*sorted(self.home.glob("*.log*")), self._words]:
            data = path.read_bytes()
            before = self._said.get(path, 0)
            # A shorter one is a new one.
            data = data[before if before <= len(data) else 0 :]
            for line in data.decode(errors="replace").splitlines():
                words = line.partition("] ")[2] or line
                bad = line.startswith("Traceback") or re.search(r" (ERROR|CRITICAL) ", line)
                if bad and not any(re.search(allowed, line) for allowed in _ALLOWED_IN_LOG):
                    found[words[:200]] = found.get(words[:200], 0) + 1
        return [f"in the log {count} times: {words}" for words, count in sorted(found.items())][:20]


def outcome_of(error: grpc.RpcError) -> Outcome:
    """Code and reason of a call's error; those that grpcio made itself have the code as reason."""
    status = rpc_status.from_call(error)
    for detail in () if status is None else status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Is(info.DESCRIPTOR) and detail.Unpack(info):
            return error.code().name, info.reason
    local = error.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)
    return error.code().name, error.code().name if local else ""


def descendants(pid: int) -> list[int]:
    """Process ids of a process's children, and of theirs, that have not ended."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def end(pid: int) -> None:
    """Kills a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _memory(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line[:4] == "Pss:")


def flat(
    name: str, numbers: list[int], *, share: float, constant: int
) -> tuple[str, dict[str, Any]]:
    """Compares the medians of the first and the last third of some measurements.

    Args:
        name: of what they are.
        numbers: in order of time.
        share: by which the last third may exceed the first, of it.
        constant: by which it may exceed it besides.

    Returns:
        What is wrong, "" for nothing; and the two medians.
    """
    third = max(len(numbers) // 3, 1)
    early = round(statistics.median(numbers[:third]))
    late = round(statistics.median(numbers[-third:]))
    grown = late > early * (1 + share) + constant
    wrong = f"{name} grew from {early:,} to {late:,}" if grown else ""
    return wrong, {"early": early, "late": late}
