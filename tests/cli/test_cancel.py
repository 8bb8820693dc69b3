"""Ctrl-C, a polite end and a violent one: the daemon is free again, no file is left."""

import signal
import time

import pytest


def wait_for(condition, seconds: float = 30.0) -> float:
    """The seconds until `condition()` holds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)],
)
def test_cancel(number, code, command, daemon, slow, tmp_path, names):
    before = names(tmp_path)
    process = command.start("stylize", *slow)
    wait_for(lambda: daemon.info().queue_length == 1)
    process.send_signal(number)
    asked = time.monotonic()
    _, complaint = process.communicate(timeout=20)
    assert time.monotonic() - asked < 5
    assert process.returncode == code
    assert complaint == ("" if number == signal.SIGKILL else "styleswap: cancelled.\n")
    assert wait_for(lambda: daemon.info().queue_length == 0) < 5
    assert names(tmp_path) == before


def test_cancel_in_a_batch_says_what_is_done(command, daemon, photo, slow, tmp_path, names):
    out = tmp_path / "out"
    out.mkdir()
    large, style = slow[:2]
    process = command.start(
        "stylize", photo, large, style, "-o", out, "--style-rotations", "--patch-stride", 3
    )
    wait_for(lambda: names(out) == ["photo.png"])
    wait_for(lambda: daemon.info().queue_length == 1)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "1 of 2 pictures were painted" in complaint
    assert names(out) == ["photo.png"]


def test_timeout(command, daemon, slow, tmp_path):
    ended = command("stylize", *slow, "--timeout", "0.5")
    assert ended.code == 1
    assert "time" in ended.complaint
    assert not (tmp_path / "slow.png").exists()
    wait_for(lambda: daemon.info().queue_length == 0)
