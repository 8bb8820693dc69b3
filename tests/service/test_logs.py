"""What a daemon writes down, where, and how much of it."""

import contextlib
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from styleswap.client import StyleSwapError, connect
from styleswap.client.launch import LOG_FILE, record_command
from styleswap.service import logs


@pytest.fixture
def started(fresh_home: Path) -> Iterator[Any]:
    """A client of a daemon that it has started, and the home folder."""
    with connect(home=fresh_home) as client:
        yield client, fresh_home


def test_daemon_that_a_client_started_logs_to_its_log_alone(started: Any) -> None:
    client, home = started
    for _ in range(5):
        with contextlib.suppress(StyleSwapError):
            client.styles.thumbnail("builtin/none-such")
    assert (home / "daemon.log").read_text().count("UNKNOWN_STYLE") >= 5
    assert (home / LOG_FILE).read_text() == ""


# A daemon with a library that prints to descriptor 2, and goes on when the file is empty again.
CHATTY = """
import os, runpy, threading, time
from styleswap.service import logs

def chat():
    for _ in range(5):
        os.write(2, bytes(logs.OUTPUT_BYTES // 4))
    while os.fstat(2).st_size > logs.OUTPUT_BYTES:
        time.sleep(0.02)
    os.write(2, b"more")

threading.Thread(target=chat, daemon=True).start()
runpy.run_module("styleswap.service", run_name="__main__")
"""


def test_output_of_libraries_is_bounded(fresh_home: Path) -> None:
    record_command(fresh_home, [sys.executable, "-c", CHATTY])
    with connect(home=fresh_home) as client:
        deadline = time.monotonic() + 60
        while (fresh_home / LOG_FILE).read_bytes() != b"more":
            assert client.health()
            assert time.monotonic() < deadline


def test_log_that_is_deleted_comes_again_and_is_rotated_as_before(tmp_path: Path) -> None:
    """By itself or with its folder, and while the folder is not there nothing is reported."""
    home = tmp_path / "home"
    home.mkdir()
    script = f"""
import logging, pathlib, shutil
from styleswap.service import logs
home = pathlib.Path({str(home)!r})
logs.FILE_BYTES = 2000
logs.start(home, "info")
logger = logging.getLogger("test")
logger.info("first")
logs.log_file(home).unlink()
logger.info("second")
assert "second" in logs.log_file(home).read_text()
shutil.rmtree(home)
for _ in range(100):
    logger.info("into nowhere")
home.mkdir()
for number in range(100):
    logger.info("after %d", number)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Traceback" not in ended.stderr
    log, older = logs.log_file(home), home / "daemon.log.1"
    assert sorted(home.iterdir()) == [log, older]
    assert log.read_text().endswith("after 99\n")
    for path in (log, older):
        assert path.stat().st_size <= 2000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(("level", "told"), [("info", 1), ("warning", 0)])
def test_reader_that_vanishes_is_no_error(tmp_path: Path, level: str, told: int) -> None:
    """What gRPC says then, about one time in thirty; and what it says of a fault stays one."""
    script = f"""
import logging, pathlib
from grpc._cython import cygrpc
from styleswap.service import logs
logs.start(pathlib.Path({str(tmp_path)!r}), {level!r})
logger = logging.getLogger("grpc._cython.cygrpc")
try:
    raise cygrpc.ExecuteBatchError("Failed grpc_call_start_batch: 10")
except Exception:
    logger.exception("ExecuteBatchError raised in core by servicer method [%s]", "/a.B/C")
try:
    raise ZeroDivisionError
except Exception:
    logger.exception("Unexpected [ZeroDivisionError] raised by servicer method [/a.B/C]")
"""
    subprocess.run([sys.executable, "-c", script], check=True, stderr=subprocess.DEVNULL)
    log = logs.log_file(tmp_path).read_text()
    assert log.count("the reader of an answer has gone") == told
    assert "ExecuteBatchError" not in log
    assert log.count(" ERROR ") == 1
    assert log.count("Traceback") == 1
