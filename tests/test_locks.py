"""Locks between programs."""

import errno
import os
import subprocess
import sys

import pytest

from styleswap import locks

HOLDER = """
import sys
from pathlib import Path
from styleswap import locks
assert locks.take(Path(sys.argv[1])) is not None
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_ends_with_its_descriptor_and_with_its_process(tmp_path):
    path = tmp_path / "lock"
    descriptor = locks.take(path)
    assert locks.take(path) is None
    os.close(descriptor)

    command = [sys.executable, "-c", HOLDER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert locks.take(path) is None
        holder.kill()
        holder.wait()
    os.close(locks.take(path))


def test_where_there_are_no_locks_it_is_said(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(locks.NoLocks, match="No locks available"):
        locks.take(tmp_path / "lock")
    with pytest.raises(FileNotFoundError):
        locks.take(tmp_path / "none" / "lock")
