"""Start, ready, drain, stop: real processes."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2

from styleswap import locks, runtime
from styleswap.client import StyleSwapError, connect
from styleswap.service import ownership
from styleswap.service.server import ExitCode, ServeOptions, loopback, serve
from styleswap.v1 import server_pb2

from .conftest import Daemon

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
STYLIZE = "styleswap.v1.StylizeService"

# Holds up the import of torch until a file is there, and tells by another that it was wanted.
HOLD_TORCH = """
import importlib.abc, os, pathlib, sys, time
folder = pathlib.Path(os.environ["HOLD_TORCH"])

class Hold(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "torch":
            (folder / "wanted").touch()
            while not (folder / "free").exists():
                time.sleep(0.01)
        return None

sys.meta_path.insert(0, Hold())
"""


def stderr_of(process: subprocess.Popen[bytes]) -> str:
    _, stderr = process.communicate(timeout=60)
    return stderr.decode()


def test_health_is_answered_before_torch_is_imported(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOLD_TORCH)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path), "HOLD_TORCH": str(tmp_path)})
    daemon.wait_until((tmp_path / "wanted").exists)
    assert daemon.checked() == SERVING
    assert daemon.checked(STYLIZE) == NOT_SERVING
    assert daemon.info().device == ""
    assert not daemon.info().models
    assert daemon.styles.ListStyles
    (tmp_path / "free").touch()
    daemon.wait_until(lambda: daemon.checked(STYLIZE) == SERVING)
    assert daemon.info().device.startswith(("cpu", "cuda", "mps"))
    assert daemon.info().models[0].available


def test_a_picture_sent_before_torch_is_imported_waits_for_it(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOLD_TORCH)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path), "HOLD_TORCH": str(tmp_path)})
    answers: list[Any] = []
    thread = threading.Thread(
        target=lambda: answers.append(daemon.paint(content, style, settings={"strength": 0}))
    )
    thread.start()
    daemon.wait_until(lambda: daemon.info().queue_length == 1)
    (tmp_path / "free").touch()
    thread.join(60)
    np.testing.assert_array_equal(answers[0].picture(), content)


def test_runtime_file_tells_where_and_is_for_the_user_only(daemon: Any) -> None:
    path = runtime.runtime_file(daemon.home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(daemon.home.stat().st_mode) == 0o700
    told = runtime.read_runtime(daemon.home)
    assert told is not None
    assert told.pid == daemon.process.pid
    assert told.version == daemon.info().version
    assert told.api == daemon.info().api_newest
    assert len(told.token) >= 32
    assert told.address.startswith("127.0.0.1:")


def test_every_start_has_a_token_of_its_own(launch: Any, tmp_path: Path) -> None:
    first = launch(tmp_path / "one")
    second = launch(tmp_path / "two")
    assert first.runtime.token != second.runtime.token


def test_second_daemon_refuses_and_leaves_the_first_alone(launch: Any, daemon: Any) -> None:
    before = runtime.runtime_file(daemon.home).read_bytes()
    second = launch.process(daemon.home)
    message = stderr_of(second)
    assert second.returncode == ExitCode.ALREADY_RUNNING
    assert daemon.runtime.address in message
    assert "Traceback" not in message
    assert runtime.runtime_file(daemon.home).read_bytes() == before
    assert daemon.checked() == SERVING


NO_LOCKS = """
import errno, fcntl, os

def flock(descriptor, operation):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

fcntl.flock = flock
"""


def test_where_there_are_no_locks_a_second_daemon_refuses_all_the_same(
    launch: Any, tmp_path: Path
) -> None:
    """As on some network drives."""
    (tmp_path / "sitecustomize.py").write_text(NO_LOCKS)
    environment = {"PYTHONPATH": str(tmp_path)}
    first = launch(environment=environment)
    assert "there are no locks at" in first.log()
    second = launch.process(first.home, environment=environment)
    message = stderr_of(second)
    assert second.returncode == ExitCode.ALREADY_RUNNING
    assert first.runtime.address in message
    assert first.checked() == SERVING


def test_of_daemons_started_at_once_one_runs(launch: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    processes = [launch.process(home) for _ in range(3)]
    losers = []
    while len(losers) < 2:
        losers += [p for p in processes if p not in losers and p.poll() is not None]
    assert {loser.returncode for loser in losers} == {ExitCode.ALREADY_RUNNING}
    (winner,) = [process for process in processes if process not in losers]
    told = runtime.read_runtime(home)
    assert told is not None
    assert told.pid == winner.pid


def test_stale_runtime_file_and_lock_of_a_killed_daemon_are_taken_over(
    launch: Any, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = launch(home)
    (home / "spool" / "left").write_bytes(b"x")
    first.process.kill()
    first.process.wait()
    stale = runtime.read_runtime(home)
    assert stale is not None
    assert stale.pid == first.process.pid
    second = launch(home)
    assert second.runtime.pid == second.process.pid
    assert second.runtime.token != stale.token
    assert second.info().version
    assert list((home / "spool").iterdir()) == []


@pytest.mark.parametrize("halted", [False, True])
def test_deleted_lock_lets_no_second_daemon_start(
    launch: Any, tmp_path: Path, halted: bool
) -> None:
    first = launch(tmp_path / "home")
    if halted:
        # So that it cannot lock the file anew before the second one is there.
        first.process.send_signal(signal.SIGSTOP)
    (first.home / "lock").unlink()
    second = launch.process(first.home)
    message = stderr_of(second)
    first.process.send_signal(signal.SIGCONT)
    assert second.returncode == ExitCode.ALREADY_RUNNING
    assert str(first.process.pid) in message
    first.wait_until((first.home / "lock").exists)
    first.wait_until(lambda: ownership.is_held(first.home))
    assert first.info().version
    assert first.end() == 0


def test_daemon_whose_lock_another_one_took_ends_and_leaves_the_other_s_files(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    first = launch(tmp_path / "home")
    answer = first.send(*_held_back(first, content, style, go := threading.Event()))
    first.wait_until(lambda: first.info().queue_length == 1)
    (first.home / "lock").unlink()
    with os.fdopen(locks.take(first.home / "lock"), "wb"):
        told = runtime.Runtime("127.0.0.1:1", os.getpid(), "another", "9", 1)
        ownership.write_runtime(first.home, told)
        first.wait_until(lambda: first.checked() == NOT_SERVING)
        assert first.process.poll() is None  # the picture in work is finished
        go.set()
        assert [response.WhichOneof("part") for response in answer][-1] == "report"
        assert first.process.wait(60) == 0
        assert runtime.read_runtime(first.home) == told


def test_runtime_file_that_is_deleted_comes_again(launch: Any, tmp_path: Path) -> None:
    daemon = launch(tmp_path / "home")
    path = runtime.runtime_file(daemon.home)
    path.unlink()
    daemon.wait_until(path.exists)
    assert runtime.read_runtime(daemon.home) == daemon.runtime


def test_home_folder_that_is_deleted_comes_again(launch: Any, tmp_path: Path) -> None:
    daemon = launch(tmp_path / "home")
    shutil.rmtree(daemon.home)
    daemon.wait_until(runtime.runtime_file(daemon.home).exists)
    assert ownership.is_held(daemon.home)
    assert stat.S_IMODE(daemon.home.stat().st_mode) == 0o700
    daemon.wait_until(lambda: "it is written anew" in daemon.log())
    assert daemon.end() == 0
    assert daemon.log().endswith("ended\n")


def test_what_a_killed_daemon_left_is_swept_and_nothing_else(launch: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    left = [
        home / ".runtime.json.0011223344556677.part",
        home / ".0011223344556677.part",
        home / "ending.json",
        home / ".daemon-command.json.8899aabbccddeeff.part",
        home / "spool" / "left",
        home / "daemon-0badcafe.sock",
    ]
    left[4].parent.mkdir()
    for path in left[:5]:
        path.write_text('{"token": "s3cret"}')
    # Whoever began to write this one is not at work any more.
    os.utime(left[3], (0, 0))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left[5]))
    kept = [home / ".daemon-command.json.0011223344556677.part", home / "notes.part"]
    for path in kept:
        path.write_text("being written")
    kept.append(home / "daemon-1badcafe.sock")
    with socket.socket(socket.AF_UNIX) as alive:
        alive.bind(str(kept[2]))
        alive.listen()
        launch(home)
    assert not [path for path in left if path.exists()]
    assert all(path.exists() for path in kept)


def test_drains_where_the_runtime_file_cannot_be_removed(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    daemon = launch(tmp_path / "home")
    answer = daemon.send(*_held_back(daemon, content, style, go := threading.Event()))
    daemon.wait_until(lambda: daemon.info().queue_length == 1)
    # Root may write everywhere; but nobody renames a file to the name of a full folder.
    (daemon.home / "ending.json" / "x").mkdir(parents=True)
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_until(lambda: daemon.checked() == NOT_SERVING)
    go.set()
    assert [response.WhichOneof("part") for response in answer][-1] == "report"
    assert daemon.process.wait(60) == 0


def test_mute_connections_keep_nobody_out(launch: Any, tmp_path: Path) -> None:
    """A process that may open 256 files, and twice as many programs that say nothing to it."""
    process = launch.process(tmp_path / "home", environment={"PYTHONPATH": _limited(tmp_path)})
    daemon = Daemon(process, tmp_path / "home")
    host, _, port = daemon.runtime.address.rpartition(":")
    hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    # Headers that never end.
    unfinished = hello + b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82"
    with contextlib.ExitStack() as stack:
        for number in range(512):
            mute = stack.enter_context(socket.create_connection((host, int(port)), 30))
            with contextlib.suppress(OSError):
                mute.sendall((b"", hello, unfinished)[number % 3])
        with connect(home=daemon.home, start=False) as client:
            assert client.info().version
        # In the daemon's log there is no word of descriptors that ran out.
        assert "Too many open files" not in daemon.log()
    # Those that never say a word give way on loopback too, where clients in a sandbox come from.
    with contextlib.ExitStack() as stack:
        for _ in range(512):
            stack.enter_context(socket.create_connection((host, int(port)), 30))
        # gRPC by itself lets them be for a minute.
        daemon.wait_until(lambda: _comes_in(daemon.runtime), seconds=30)
    assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) <= 256
    assert daemon.end() == 0


def _comes_in(told: runtime.Runtime) -> bool:
    """Whether a client is served over loopback."""
    try:
        with connect(address=told.address, token=told.token) as client:
            return client.health()
    except StyleSwapError:
        return False


def _limited(folder: Path) -> str:
    (folder / "sitecustomize.py").write_text(
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (128, 256))"
    )
    return str(folder)


def test_unreadable_runtime_file_is_none(tmp_path: Path) -> None:
    path = runtime.runtime_file(tmp_path)
    assert runtime.read_runtime(tmp_path) is None
    for text in ("", "{", "[]", '{"address": "a"}', '{"pid": "x"}', "\x00\xff"):
        path.write_text(text)
        assert runtime.read_runtime(tmp_path) is None


def test_home_folder_is_the_user_databases_whatever_xdg_and_home_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pwd = pytest.importorskip("pwd")
    monkeypatch.delenv("STYLESWAP_HOME", raising=False)
    for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, "/elsewhere")
    assert runtime.home() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".styleswap"
    monkeypatch.setenv("STYLESWAP_HOME", "/chosen/one")
    assert runtime.home() == Path("/chosen/one")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_the_picture_in_work_end(
    launch: Any, content: np.ndarray, style: np.ndarray, number: signal.Signals
) -> None:
    daemon = launch()
    answer = daemon.send(*_held_back(daemon, content, style, go := threading.Event()))
    daemon.wait_until(lambda: daemon.info().queue_length == 1)
    daemon.process.send_signal(number)
    # Removed at once, so that no client begins with a daemon that ends.
    daemon.wait_until(lambda: not runtime.runtime_file(daemon.home).exists())
    assert daemon.checked() == NOT_SERVING
    with pytest.raises(grpc.RpcError) as caught:
        daemon.paint(content, style)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert daemon.process.poll() is None
    go.set()
    parts = [response.WhichOneof("part") for response in answer]
    assert parts[-1] == "report"
    assert daemon.process.wait(60) == 0
    assert not runtime.runtime_file(daemon.home).exists()
    assert list(daemon.home.glob("spool/*")) == []


def _held_back(daemon: Any, content: np.ndarray, style: np.ndarray, go: threading.Event) -> Any:
    """A request whose last chunk is sent when `go` is set."""
    from styleswap.v1 import pictures_pb2

    def chunks() -> Any:
        data, ink = content.tobytes(), style.tobytes()
        yield pictures_pb2.Chunk(plane=0, offset=0, data=data)
        yield pictures_pb2.Chunk(plane=1, offset=0, data=ink[:100])
        assert go.wait(60)
        yield pictures_pb2.Chunk(plane=1, offset=100, data=ink[100:])

    return daemon.header(content, style), chunks()


def test_second_signal_cancels_the_picture_in_work(launch: Any, style: np.ndarray) -> None:
    daemon = launch()
    large = np.zeros((1500, 1500, 3), np.uint8)
    large[::2] = 200
    call = daemon.send(*_whole(daemon, large, style))
    stages = (response.progress.stage for response in call)
    while next(stages) < 3:
        pass
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_until(lambda: not runtime.runtime_file(daemon.home).exists())
    daemon.process.send_signal(signal.SIGTERM)
    with pytest.raises(grpc.RpcError) as caught:
        list(call)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert daemon.process.wait(30) == 0


def _whole(daemon: Any, content: np.ndarray, style: np.ndarray) -> Any:
    from styleswap.v1 import pictures_pb2

    data = content.tobytes()
    chunks = [
        pictures_pb2.Chunk(plane=0, offset=start, data=data[start : start + (1 << 20)])
        for start in range(0, len(data), 1 << 20)
    ]
    chunks.append(pictures_pb2.Chunk(plane=1, offset=0, data=style.tobytes()))
    return daemon.header(content, style), chunks


def test_open_health_watch_does_not_hold_up_the_end(launch: Any) -> None:
    daemon = launch()
    watch = daemon.health.Watch(health_pb2.HealthCheckRequest(service=""))
    assert next(watch).status == SERVING
    daemon.process.send_signal(signal.SIGTERM)
    assert next(watch).status == NOT_SERVING
    assert daemon.process.wait(30) == 0


def test_shutdown_call_ends_the_daemon(launch: Any) -> None:
    daemon = launch()
    daemon.server.Shutdown(server_pb2.ShutdownRequest(), timeout=30)
    assert daemon.process.wait(60) == 0
    assert not runtime.runtime_file(daemon.home).exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"host": "0.0.0.0"}, "this machine only"),
        ({"host": "192.168.1.5"}, "this machine only"),
        ({"host": "example.org"}, "this machine only"),
        ({"host": "::"}, "this machine only"),
        ({"port": 70000}, "70000"),
        ({"queue_limit": -1}, "queue"),
        ({"idle_minutes": -3}, "never"),
        ({"log_level": "loud"}, "loud"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, Any], word: str
) -> None:
    assert serve(ServeOptions(home=tmp_path / "home", **options)) == ExitCode.USAGE
    assert word in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.3.2.1"])
def test_loopback_addresses_are_taken(host: str) -> None:
    assert loopback(host) == host
    assert loopback("localhost") == "127.0.0.1"


def test_taken_port_is_a_sentence(launch: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch.process(tmp_path / "home", port=port)
        message = stderr_of(process)
    assert process.returncode == ExitCode.FAILED
    assert f"127.0.0.1:{port}" in message
    assert not runtime.runtime_file(tmp_path / "home").exists()


def test_home_that_is_a_file_is_a_sentence(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    process = launch.process(tmp_path / "home")
    message = stderr_of(process)
    assert process.returncode == ExitCode.FAILED
    assert str(tmp_path / "home") in message
    assert "Traceback" not in message


@pytest.mark.parametrize("device", ["nonsense", "cuda:77"])
def test_without_the_device_that_was_asked_for_it_does_not_start(
    launch: Any, tmp_path: Path, device: str
) -> None:
    process = launch.process(tmp_path / "home", device=device)
    message = stderr_of(process)
    assert process.returncode == ExitCode.USAGE
    assert device in message
    assert "Traceback" not in message
    assert not runtime.runtime_file(tmp_path / "home").exists()
