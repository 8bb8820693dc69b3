"""What a daemon writes down, where, and how much of it."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from styleswap import runtime
from styleswap.client import StyleSwapError, connect
from styleswap.client.launch import LOG_FILE
from styleswap.service import logs

from .conftest import chunks_of


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


def test_output_of_libraries_is_bounded(started: Any) -> None:
    client, home = started
    told = runtime.read_runtime(home)
    assert told is not None
    output = home / LOG_FILE
    # As a library of the daemon would: to its own descriptor 2.
    with Path(f"/proc/{told.pid}/fd/2").open("ab") as stderr:
        stderr.writelines(bytes(logs.OUTPUT_BYTES // 4) for _ in range(5))
    deadline = time.monotonic() + 60
    while output.stat().st_size > logs.OUTPUT_BYTES:
        assert client.health()
        assert time.monotonic() < deadline
    with Path(f"/proc/{told.pid}/fd/2").open("ab") as stderr:
        stderr.write(b"more")
    assert output.read_bytes() == b"more"


def test_reader_that_vanishes_is_no_error(launch: Any) -> None:
    daemon = launch()
    large = np.zeros((600, 800, 3), np.uint8)
    for _ in range(60):
        header = daemon.header(large, "builtin/woodcut", settings={"strength": 0})
        call = daemon.send(header, chunks_of(0, large.tobytes()))
        for response in call:
            if response.HasField("start"):
                call.cancel()
                break
    daemon.wait_until_idle()
    assert daemon.end() == 0
    assert " ERROR " not in daemon.log()
    assert daemon.log().count("painted") == 60
