"""Finding a daemon, and starting one."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpclib.server
import pytest
from google.protobuf.wrappers_pb2 import Int32Value, StringValue
from grpclib.const import Cardinality, Handler

from styleswap import runtime
from styleswap.client import (
    DaemonNotRunning,
    PictureFormat,
    VersionMismatch,
    connect,
    connect_async,
    launch,
)
from styleswap.v1 import server_pb2
from styleswap.v1.server_grpc import ServerServiceBase


def write_runtime(home: Path, address: str, token: str = "stale") -> None:
    """Writes a runtime file as a daemon would."""
    home.mkdir(parents=True, exist_ok=True)
    told = {"address": address, "pid": os.getpid(), "token": token, "version": "0", "api": 1}
    runtime.runtime_file(home).write_text(json.dumps(told))


def test_starts_a_daemon_that_outlives_its_starter(fresh_home: Path) -> None:
    script = f"import styleswap; print(styleswap.connect(home={str(fresh_home)!r}).address)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    told = runtime.read_runtime(fresh_home)
    assert told is not None
    assert run.stdout.strip() == told.address
    messages: list[str] = []
    with connect(home=fresh_home, message=messages.append) as client:
        assert client.address == told.address
        assert client.health()
    assert messages == []
    assert os.getsid(told.pid) != os.getsid(0)


def test_says_that_it_starts_one(fresh_home: Path) -> None:
    messages: list[str] = []
    with connect(home=fresh_home, message=messages.append) as client:
        assert client.health()
    assert [message.partition(" ")[0] for message in messages] == ["Starting", "The"]
    with connect(home=fresh_home, start=False) as client:
        assert client.shutdown(wait=20)
    assert runtime.read_runtime(fresh_home) is None


def test_two_starters_end_with_one_daemon(fresh_home: Path) -> None:
    script = textwrap.dedent(f"""
        import sys, styleswap
        from styleswap import runtime
        sys.stdin.readline()
        with styleswap.connect(home={str(fresh_home)!r}) as daemon:
            assert daemon.health()
            print(daemon.address)
    """)
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    answers = [starter.communicate(timeout=60) for starter in starters]
    told = runtime.read_runtime(fresh_home)
    assert told is not None
    assert [out.strip() for out, _ in answers] == [told.address] * 3, answers
    # Those that were too late end by themselves; one that still begins would outlive the test.
    deadline = time.monotonic() + 60
    while len(daemons(fresh_home)) > 1:
        assert time.monotonic() < deadline, daemons(fresh_home)
        time.sleep(0.1)


def daemons(home: Path) -> list[str]:
    """The process ids of all daemons of a home folder (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes()
            variables = (process / "environ").read_bytes()
            if b"styleswap.service" in words and f"STYLESWAP_HOME={home}\0".encode() in variables:
                found.append(process.name)
    return found


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:nonsense", "nowhere"])
async def test_stale_runtime_file_is_nobody(tmp_path: Path, address: str) -> None:
    write_runtime(tmp_path, address)
    assert await launch.find(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": "127.0.0.1:1"}'])
async def test_broken_runtime_file_is_nobody(tmp_path: Path, text: str) -> None:
    runtime.runtime_file(tmp_path).write_text(text)
    assert await launch.find(tmp_path) is None


async def test_another_program_on_the_old_port_is_nobody(tmp_path: Path) -> None:
    async def greet(reader: Any, writer: Any) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        write_runtime(tmp_path, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert await launch.find(tmp_path) is None


def test_stale_runtime_file_is_replaced(fresh_home: Path) -> None:
    write_runtime(fresh_home, "127.0.0.1:1")
    with connect(home=fresh_home) as client:
        assert client.health()
        told = runtime.read_runtime(fresh_home)
        assert told is not None
        assert told.address == client.address
        assert told.pid != os.getpid()


def test_killed_daemon_is_replaced(fresh_home: Path) -> None:
    with connect(home=fresh_home):
        pass
    first = runtime.read_runtime(fresh_home)
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    with connect(home=fresh_home) as client:
        assert client.health()
    second = runtime.read_runtime(fresh_home)
    assert second is not None
    assert second.pid != first.pid


def test_daemon_that_is_ending_is_waited_for(fresh_home: Path, photo: Any) -> None:
    """It finishes a picture, whose owner takes his time; then another one is started."""
    go, half = threading.Event(), threading.Event()

    def read_rows(y0: int, y1: int) -> bytes:
        half.set()
        assert go.wait(60)
        return bytes((y1 - y0) * 3 * 36)

    def paint() -> None:
        with connect(home=fresh_home) as client:
            form = PictureFormat(36, 24, "rgb")
            client.paint_rows(form, read_rows, lambda y, rows: None, "Woodcut", strength=0)

    painting = threading.Thread(target=paint)
    painting.start()
    assert half.wait(60)
    first = runtime.read_runtime(fresh_home)
    assert first is not None
    with connect(home=fresh_home, start=False) as other:
        while other.info().queue_length == 0:
            time.sleep(0.01)
    os.kill(first.pid, signal.SIGTERM)
    while runtime.runtime_file(fresh_home).exists():
        time.sleep(0.01)
    words = f"process {first.pid}.* is about to end"
    for options in ({"start": False}, {"timeout": 1}):
        with pytest.raises(DaemonNotRunning, match=words) as late:
            connect(home=fresh_home, **options)
        assert late.value.reason == "ENDING"
    messages: list[str] = []
    threading.Timer(0.5, go.set).start()
    with connect(home=fresh_home, message=messages.append) as client:
        assert client.health()
    assert [message.partition(" ")[0] for message in messages] == ["Waiting", "Starting", "The"]
    painting.join(60)
    second = runtime.read_runtime(fresh_home)
    assert second is not None
    assert second.pid != first.pid


def test_nothing_is_started_unless_wanted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(DaemonNotRunning, match="styleswap serve"):
        connect(home=home, start=False)
    with pytest.raises(DaemonNotRunning, match=r"127\.0\.0\.1:1"):
        connect(address="127.0.0.1:1", token="any")
    assert not home.exists()


def test_daemon_that_dies_is_quoted(tmp_path: Path) -> None:
    program = "import sys; print('reading weights', flush=True); sys.exit('the disk is full')"
    launch.record_command(tmp_path, [sys.executable, "-c", program])
    began = time.monotonic()
    with pytest.raises(DaemonNotRunning, match="exit code 1") as caught:
        connect(home=tmp_path)
    assert caught.value.reason == "START_FAILED"
    assert caught.value.message.endswith("reading weights\nthe disk is full")
    assert time.monotonic() - began < 8


def test_last_words_are_of_this_start(tmp_path: Path) -> None:
    for words in ("first trouble", "second trouble"):
        launch.record_command(tmp_path, [sys.executable, "-c", f"import sys; sys.exit({words!r})"])
        with pytest.raises(DaemonNotRunning) as caught:
            connect(home=tmp_path)
        assert words in caught.value.message
    assert "first" not in caught.value.message


def test_daemon_that_never_answers(tmp_path: Path) -> None:
    # Ends by itself, should the test not end it.
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(30)"
    launch.record_command(tmp_path, [sys.executable, "-c", program])
    with pytest.raises(DaemonNotRunning, match="did not answer within 2 seconds"):
        connect(home=tmp_path, timeout=2)
    os.kill(int((tmp_path / launch.LOG_FILE).read_text()), signal.SIGTERM)


def test_command_that_is_no_program(tmp_path: Path) -> None:
    launch.record_command(tmp_path, [str(tmp_path / "gone"), "serve"])
    with pytest.raises(DaemonNotRunning, match=r"gone serve.*Install Style Swap again") as caught:
        connect(home=tmp_path)
    assert caught.value.reason == "NOT_STARTABLE"


def test_command_is_never_seen_half_written(tmp_path: Path) -> None:
    commands = [(letter * 30_000, "serve") for letter in "ab"]
    launch.record_command(tmp_path, commands[0])

    def write(command: tuple[str, str]) -> None:
        for _ in range(50):
            launch.record_command(tmp_path, command)

    writers = [threading.Thread(target=write, args=(command,)) for command in commands]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert launch.recorded_command(tmp_path) in commands
    assert [path.name for path in tmp_path.iterdir()] == [launch.COMMAND_FILE]


def test_sandbox_asks_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / ".flatpak-info"
    monkeypatch.setattr(launch, "SANDBOX_MARKER", marker)
    assert not launch.sandboxed()
    marker.touch()
    launch.record_command(tmp_path, ["/opt/style swap/styleswap", "serve"])
    with pytest.raises(
        DaemonNotRunning, match="terminal and run: '/opt/style swap/styleswap' serve"
    ):
        connect(home=tmp_path)
    assert not (tmp_path / launch.LOG_FILE).exists()


def test_command_is_the_recorded_one_then_this_python(tmp_path: Path) -> None:
    ours = launch.daemon_command(tmp_path)
    assert ours is not None
    assert ours[0] == sys.executable
    launch.record_command(tmp_path, ["/usr/bin/styleswap", "serve"])
    assert launch.daemon_command(tmp_path) == ("/usr/bin/styleswap", "serve")
    for broken in ("", "[]", '{"command": []}', '{"command": [1]}', '{"command": "x"}'):
        (tmp_path / launch.COMMAND_FILE).write_text(broken)
        assert launch.daemon_command(tmp_path) == ours


def test_editor_s_python_starts_only_what_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/krita")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert launch.daemon_command(tmp_path) is None
    with pytest.raises(DaemonNotRunning, match="styleswap serve") as caught:
        connect(home=tmp_path)
    assert caught.value.reason == "NO_COMMAND"
    program = tmp_path / "styleswap"
    program.touch(0o755)
    assert launch.daemon_command(tmp_path) == (str(program), "serve")


def test_editor_s_libraries_do_not_reach_the_daemon(tmp_path: Path) -> None:
    foreign = {
        "PYTHONPATH": "/snap/gimp/python",
        "PYTHONHOME": "/opt/krita",
        "LD_LIBRARY_PATH": "/opt/krita/lib",
        "LD_PRELOAD": "libfoo.so",
        "QT_PLUGIN_PATH": "/opt/krita/plugins",
        "GI_TYPELIB_PATH": "/opt/gimp",
        "GIMP3_DIRECTORY": "/opt/gimp",
    }
    own = {"PATH": "/usr/bin", "HOME": "/home/ada", "LANG": "C", "STYLESWAP_HOME": "/tmp/x"}
    assert launch.clean_environment({**foreign, **own}) == own


def test_started_process_gets_the_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_PLUGIN_PATH", "/opt/krita/plugins")
    program = "import json, os, sys; json.dump(dict(os.environ), sys.stdout); sys.exit(1)"
    launch.record_command(tmp_path, [sys.executable, "-c", program])
    with pytest.raises(DaemonNotRunning):
        connect(home=tmp_path)
    seen = json.loads((tmp_path / launch.LOG_FILE).read_text())
    assert "QT_PLUGIN_PATH" not in seen
    assert seen["PATH"] == os.environ["PATH"]
    assert seen[runtime.HOME_VARIABLE] == str(tmp_path)


class OtherServer(ServerServiceBase):
    """A daemon of another revision."""

    def __init__(self, oldest: int, newest: int) -> None:
        self.revisions = oldest, newest

    async def GetServerInfo(self, stream: Any) -> None:
        await stream.recv_message()
        oldest, newest = self.revisions
        await stream.send_message(
            server_pb2.GetServerInfoResponse(version="9.9", api_oldest=oldest, api_newest=newest)
        )

    async def LoadModel(self, stream: Any) -> None: ...

    async def UnloadModel(self, stream: Any) -> None: ...

    async def Shutdown(self, stream: Any) -> None: ...


class Health:
    """The health check, of a server that is well."""

    def __mapping__(self) -> dict[str, Handler]:
        async def check(stream: Any) -> None:
            await stream.recv_message()
            await stream.send_message(Int32Value(value=1))

        return {
            "/grpc.health.v1.Health/Check": Handler(
                check, Cardinality.UNARY_UNARY, StringValue, Int32Value
            )
        }


@pytest.fixture
async def serve_revisions() -> AsyncIterator[Any]:
    """(oldest, newest) -> the address of a server that speaks these revisions."""
    servers = []

    async def serve(oldest: int, newest: int) -> str:
        server = grpclib.server.Server([OtherServer(oldest, newest), Health()])
        servers.append(server)
        await server.start("127.0.0.1", 0)
        assert server._server is not None
        return f"127.0.0.1:{server._server.sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("revisions", "words"),
    [((0, 0), "Update the daemon"), ((2, 5), "Update this program's Style Swap client")],
)
async def test_other_revision_of_the_api(
    serve_revisions: Any, tmp_path: Path, revisions: tuple[int, int], words: str
) -> None:
    address = await serve_revisions(*revisions)
    with pytest.raises(VersionMismatch, match=words) as caught:
        await connect_async(address=address)
    assert "9.9" in caught.value.message
    # A daemon of another version keeps its place: no second one is started beside it.
    write_runtime(tmp_path, address)
    with pytest.raises(VersionMismatch):
        await connect_async(home=tmp_path)
    assert not (tmp_path / launch.LOG_FILE).exists()


async def test_newer_daemon_that_still_speaks_ours(serve_revisions: Any) -> None:
    async with connect_async(address=await serve_revisions(1, 7)) as client:
        assert (await client.info()).version == "9.9"
