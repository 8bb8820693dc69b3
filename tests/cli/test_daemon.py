"""`serve`, `status`, `stop` and `doctor`, with daemons that come and go."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import save_file
from tests.conftest import queue_is_full

from styleswap import locks, runtime
from styleswap.client import connect


def wait_for(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def engine_is_ready(home) -> bool:
    with connect(home=home, start=False) as daemon:
        return daemon.info().device != ""


def test_nobody_home(lonely_command):
    status = lonely_command("status")
    assert status.code == 3
    assert status.complaint == ("No Style Swap daemon is running. Start one with: styleswap serve")
    stop = lonely_command("stop")
    assert (stop.code, stop.out, stop.err) == (0, "No daemon is running.\n", "")


def test_status(command, daemon):
    wait_for(lambda: daemon.info().device)
    ended = command("status")
    assert (ended.code, ended.err) == (0, "")
    assert daemon.address in ended.out
    assert "embedded" in ended.out
    told = json.loads(command("status", "--json").out)
    assert told["address"] == daemon.address
    assert told["queue_length"] == 0


@pytest.mark.slow
def test_a_whole_life(lonely_command, photo, style, slow, tmp_path):
    """One daemon: a second one, a full queue, weights of another architecture, stop."""
    weights = tmp_path / "weights"
    weights.mkdir()
    junk = {"conv1_1.weight": np.zeros((2, 2, 2, 2), np.float32)}
    save_file(junk, weights / "vgg19.safetensors")
    save_file(junk, weights / "vgg19-inverse.safetensors")
    serving = lonely_command.start("serve", "--queue-limit", 0, "--weights", weights)
    home = lonely_command.home
    wait_for(lambda: runtime.read_runtime(home) is not None and engine_is_ready(home))

    second = lonely_command("serve")
    assert second.code == 3
    assert "already" in second.complaint

    other = lonely_command("stylize", photo, style, "-o", "out.png", "--model", "vgg19")
    assert other.code == 1
    assert "vgg19" in other.complaint
    assert not (tmp_path / "out.png").exists()

    busy = lonely_command.start("stylize", *slow)
    with connect(home=home, start=False) as daemon:
        wait_for(lambda: queue_is_full(daemon))
    full = lonely_command("stylize", photo, style, "-o", "out.png", "--timeout", "5", "-q")
    assert full.code == 1
    assert "wait" in full.complaint or "queue" in full.complaint.lower()
    patient = lonely_command.start("stylize", photo, style, "-o", "patient.png")
    assert "queue is full" in patient.stderr.readline()
    busy.send_signal(signal.SIGINT)
    busy.communicate(timeout=20)
    assert patient.wait(60) == 0
    assert (tmp_path / "patient.png").exists()
    patient.communicate()

    busy = lonely_command.start("stylize", *slow)
    with connect(home=home, start=False) as daemon:
        wait_for(lambda: daemon.info().queue_length == 1)
    late = lonely_command("stop", "--wait", "0.2")
    assert late.code == 1
    assert "still works" in late.complaint

    told = runtime.read_runtime(home, ending=True)
    for ending in (lonely_command("status"), lonely_command("stop", "--wait", "0.2")):
        assert ending.code in (1, 3)
        assert "ends when" in ending.complaint or "about to end" in ending.complaint
    assert f"process {told.pid}" in lonely_command("doctor").out
    busy.send_signal(signal.SIGINT)
    busy.communicate(timeout=20)
    serving.wait(20)
    assert serving.returncode == 0
    assert lonely_command("status").code == 3
    assert not runtime.runtime_file(home).exists()


@pytest.mark.slow
def test_starts_by_itself_and_survives_a_crash(lonely_command, photo, style, slow, tmp_path):
    """A daemon that was killed at work leaves its runtime file behind; that stops nobody."""
    home = lonely_command.home
    first = lonely_command("stylize", photo, style, "-o", "a.png", "--strength", "0")
    assert (first.code, first.err) == (0, "")
    busy = lonely_command.start("stylize", *slow)
    with connect(home=home, start=False) as daemon:
        wait_for(lambda: daemon.info().queue_length == 1)
        told = runtime.read_runtime(home)
        os.kill(told.pid, signal.SIGKILL)
        _, complaint = busy.communicate(timeout=20)
        assert busy.returncode == 1
        assert complaint.startswith("styleswap: The connection to the Style Swap daemon broke")
        assert not (tmp_path / "slow.png").exists()
        wait_for(lambda: not daemon.health())
    assert runtime.runtime_file(home).exists()
    assert lonely_command("status").code == 3
    examined = lonely_command("doctor")
    assert examined.code == 0
    assert "is stale" in examined.out
    assert lonely_command("stop").out == "No daemon is running.\n"
    again = lonely_command("stylize", photo, style, "-o", "b.png", "--strength", "0")
    assert (again.code, again.err) == (0, "")
    assert runtime.read_runtime(home).pid != told.pid
    stopped = lonely_command("stop")
    assert (stopped.code, stopped.out) == (0, "The daemon has stopped.\n")


@pytest.mark.slow
def test_halted_daemon_is_named_and_can_be_ended(lonely_command, photo, style, tmp_path):
    home = lonely_command.home
    serving = lonely_command.start("serve")
    wait_for(lambda: runtime.read_runtime(home) is not None)
    serving.send_signal(signal.SIGSTOP)
    words = f"(process {serving.pid}) does not answer"
    painting = ("stylize", photo, style, "-o", "out.png", "--timeout", "2")
    for command, code in ((("status",), 3), (("stop",), 3), (painting, 3)):
        ended = lonely_command(*command)
        assert ended.code == code
        assert words in ended.complaint
        assert "styleswap stop --force" in ended.complaint
    examined = lonely_command("doctor")
    assert examined.code == 1
    assert words in " ".join(examined.out.split())
    assert "stop --force" in examined.out
    assert serving.poll() is None
    stopped = lonely_command("stop", "--force")
    assert (stopped.code, stopped.out) == (0, "The daemon has stopped.\n")
    serving.communicate(timeout=20)
    assert lonely_command("stop", "--force").out == "No daemon is running.\n"


def test_daemon_that_this_client_cannot_talk_to_is_stopped_by_a_signal(lonely_command):
    """One of an older version, or whose token has changed under it."""
    home = lonely_command.home
    serving = lonely_command.start("serve")
    wait_for(lambda: runtime.read_runtime(home) is not None)
    path = runtime.runtime_file(home)
    path.write_text(json.dumps({**json.loads(path.read_text()), "token": "another"}))
    stopped = lonely_command("stop")
    assert (stopped.code, stopped.out) == (0, "The daemon has stopped.\n")
    serving.communicate(timeout=20)
    assert serving.returncode == 0


def test_force_ends_no_process_but_a_daemon(lonely_command):
    """The process id of a daemon that is dead may be another program's by now."""
    home = lonely_command.home
    home.mkdir(mode=0o700)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        told = {"address": "127.0.0.1:1", "pid": other.pid, "token": "t", "version": "1", "api": 1}
        runtime.runtime_file(home).write_text(json.dumps(told))
        assert lonely_command("stop", "--force").out == "No daemon is running.\n"
        runtime.runtime_file(home).write_text(json.dumps(told))
        with os.fdopen(locks.take(home / "lock"), "wb"):
            ended = lonely_command("stop", "--force")
            assert ended.code == 1
            assert "does not say which" in ended.complaint
        assert other.poll() is None
        other.communicate(b"")


@pytest.fixture
def wrong_token(daemon_home):
    """The session's runtime file with another token, put right afterwards."""
    path = runtime.runtime_file(daemon_home)
    whole = path.read_text()
    values = json.loads(whole)
    path.write_text(json.dumps({**values, "token": "not the right one"}))
    yield path
    path.write_text(whole)


def test_wrong_token(command, wrong_token, photo, style, tmp_path):
    ended = command("stylize", photo, style, "-o", tmp_path / "out.png")
    assert ended.code == 3
    assert "token" in ended.complaint
    examined = command("doctor", "--json")
    assert examined.code == 1
    findings = json.loads(examined.out)["findings"]
    (problem,) = [each for each in findings if each["state"] == "problem"]
    assert "token" in problem["text"]
    assert str(wrong_token) in problem["remedy"]


def test_doctor_is_content(command, daemon):
    ended = command("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert "All is well." in ended.out
    assert daemon.address in ended.out
    assert "torch" in ended.out
    assert "built-in styles" in ended.out


@pytest.fixture
def nobody(monkeypatch):
    """A user that no database knows, as in a container, without a home directory."""

    def unknown(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "STYLESWAP_HOME"):
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("words", "code"), [(["status"], 3), (["stop"], 1), (["serve"], 1), (["styles", "list"], 3)]
)
def test_user_without_a_home_is_told(quick, nobody, words, code):
    ended = quick(*words)
    assert ended.code == code
    assert ended.complaint == "This user has no home directory. Name a folder in STYLESWAP_HOME."


@pytest.mark.parametrize(
    ("words", "code"), [(["stylize", "PHOTO", "STYLE", "-o", "o.png"], 3), (["serve"], 1)]
)
@pytest.mark.parametrize("folder", ["file", "full"])
def test_folder_that_cannot_be_used_is_told(lonely_command, photo, style, words, code, folder):
    """The kernel's limit on a file's size stands in for a full disk."""
    words = [{"PHOTO": photo, "STYLE": style}.get(word, word) for word in words]
    prefix = []
    if folder == "file":
        lonely_command.home.write_text("a file where the folder should be")
    else:
        script = (
            "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)); "
            # Python would keep the halves of compiled modules that it can write, for later runs.
            "os.environ['PYTHONDONTWRITEBYTECODE'] = '1'; os.execv(sys.argv[1], sys.argv[1:])"
        )
        prefix = [sys.executable, "-c", script]
    ended = lonely_command(*words, prefix=prefix)
    if folder == "file":
        lonely_command.home.unlink()
    assert ended.code == code
    assert str(lonely_command.home) in ended.complaint
    assert "STYLESWAP_HOME" in ended.complaint
    assert ("cannot be used" if folder == "file" else "no room left") in ended.complaint


def test_doctor_on_a_folder_that_cannot_be_written(lonely_command):
    lonely_command.home.parent.mkdir(exist_ok=True)
    lonely_command.home.write_text("a file where the folder should be")
    ended = lonely_command("doctor", "--json")
    lonely_command.home.unlink()
    assert ended.code == 1
    told = json.loads(ended.out)
    assert told["problems"] == 1
    (problem,) = [each for each in told["findings"] if each["state"] == "problem"]
    assert problem["topic"] == "folder"
    assert "STYLESWAP_HOME" in problem["remedy"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--host", "0.0.0.0"], "this machine only"),
        (["--port", "99999"], "no port 99999"),
        (["--port", "many"], "--port"),
        (["--idle-minutes", "-7"], "minutes"),
    ],
)
def test_serve_refuses(flags, said, quick):
    ended = quick("serve", *flags)
    assert ended.code == 2
    assert said in ended.complaint
