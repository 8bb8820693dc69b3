"""Nothing goes to whoever is not the daemon, and nothing in a folder of others is believed."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import Int32Value

from styleswap import runtime
from styleswap.client import (
    DaemonNotRunning,
    Picture,
    StyleSwapError,
    Unauthorized,
    VersionMismatch,
    connect,
    connect_async,
    launch,
)
from styleswap.client.dial import Connection, Endpoint
from styleswap.v1 import server_pb2, server_pb2_grpc

SECRET = b"\xfe\xed pixels \xca\xfe"
PICTURE = Picture(30, 20, "gray", "uint8", False, (SECRET * 60)[:600])


@dataclass
class Impostor:
    """A program on a port that answers health checks and keeps all that it hears."""

    port: int
    heard: bytearray = field(default_factory=bytearray)
    connections: int = 0


@contextlib.contextmanager
def impostor(port: int, **methods: Callable[[bytes], bytes]) -> Iterator[Impostor]:
    """Listens on a port as a gRPC server, behind a wiretap.

    Args:
        port: 0 takes any free one.
        methods: what answers a call, by service and method; an empty answer refuses the caller.
    """
    server = grpc.server(_pool())
    answers = {
        "/grpc.health.v1.Health/Check": lambda _: Int32Value(value=1).SerializeToString(),
        **{f"/styleswap.v1.{name.replace('_', '/')}": call for name, call in methods.items()},
    }

    class Handlers(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            answer = answers.get(details.method)
            if answer is None:
                return None

            def call(request: bytes, context: Any) -> bytes:
                told = answer(request)
                if not told:
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "Who are you?")
                return told

            return grpc.unary_unary_rpc_method_handler(call)

    server.add_generic_rpc_handlers((Handlers(),))
    behind = server.add_insecure_port("127.0.0.1:0")
    server.start()
    listener = _listener(port)
    told = Impostor(listener.getsockname()[1])
    threading.Thread(target=_tap, args=(listener, behind, told), daemon=True).start()
    try:
        yield told
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.stop(0).wait()


def _pool() -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(4)


def _listener(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:  # who was killed is not gone yet
            assert time.monotonic() < deadline
            time.sleep(0.02)


def _tap(listener: socket.socket, behind: int, told: Impostor) -> None:
    def pump(source: socket.socket, target: socket.socket, heard: bytearray | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if heard is not None:
                    heard += data
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            told.connections += 1
            server = socket.create_connection(("127.0.0.1", behind))
            for ends in ((client, server, told.heard), (server, client, None)):
                threading.Thread(target=pump, args=ends, daemon=True).start()


def forget_socket(home: Path) -> runtime.Runtime:
    """Lets clients of a home folder find its daemon over loopback alone."""
    path = runtime.runtime_file(home)
    path.write_text(json.dumps({**json.loads(path.read_text()), "socket": ""}))
    told = runtime.read_runtime(home)
    assert told is not None
    return told


def heard_nothing(told: Impostor, token: str) -> None:
    """The wiretap has neither the token, in whatever form, nor a pixel."""
    assert told.connections
    for secret in (token.encode(), base64.b64encode(token.encode()), SECRET, PICTURE.data):
        assert secret not in told.heard
    # Headers may be Huffman coded: then they are looked for in what is decoded.
    assert b"authorization" not in _headers(bytes(told.heard))


def _headers(heard: bytes) -> bytes:
    """The decoded header blocks of HTTP/2 connections that were recorded one after the other."""
    from hpack import Decoder

    names = []
    for connection in heard.split(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[1:]:
        stream, decoder = connection, Decoder()
        while len(stream) >= 9:
            length, kind = int.from_bytes(stream[:3], "big"), stream[3]
            if kind == 1:
                for name, value in decoder.decode(stream[9 : 9 + length], raw=True):
                    names.append(name + b": " + value)
            stream = stream[9 + length :]
    return b"\n".join(names)


@pytest.mark.parametrize("loopback", [False, True])
def test_who_takes_a_dead_daemon_s_port_hears_nothing(fresh_home: Path, loopback: bool) -> None:
    with connect(home=fresh_home) as client:
        assert client.stylize(PICTURE, "Woodcut", strength=0) == PICTURE
        first = runtime.read_runtime(fresh_home)
        assert first is not None
        if loopback:
            forget_socket(fresh_home)
        os.kill(first.pid, signal.SIGKILL)
        with impostor(int(first.address.rpartition(":")[2])) as other:
            # The old connection, dialled anew: not one more byte of the picture's, but a painting.
            painted = client.stylize(PICTURE, "Woodcut", strength=0)
            second = runtime.read_runtime(fresh_home)
            assert second is not None
            assert second.pid != first.pid
            assert painted == PICTURE
            # And a client that knows nothing but the address and the token.
            with pytest.raises(StyleSwapError, match="Nothing was sent"):
                connect(address=first.address, token=first.token)
            heard_nothing(other, first.token)


def test_every_new_connection_of_a_channel_is_proved(daemon: Any, daemon_home: Path) -> None:
    told = runtime.read_runtime(daemon_home)
    assert told is not None

    async def work() -> None:
        port = int(told.address.rpartition(":")[2])
        # Stands between, until it becomes another program.
        with impostor(0) as other:
            address = f"127.0.0.1:{other.port}"
            line = Connection(Endpoint(told.address, told.token))
            await line.dial()
            assert (await line.server.GetServerInfo(server_pb2.GetServerInfoRequest())).version
            line._channel._port = other.port
            assert line._channel._protocol is not None
            line._channel._protocol.processor.close()
            with pytest.raises(DaemonNotRunning, match="does not prove"):
                await line.server.GetServerInfo(server_pb2.GetServerInfoRequest())
            heard_nothing(other, told.token)
            line._channel._port = port
            assert (await line.server.GetServerInfo(server_pb2.GetServerInfoRequest())).version
            line.close()
            assert address

    asyncio.run(work())


def test_forged_proof_is_no_proof(tmp_path: Path) -> None:
    def forge(request: bytes) -> bytes:
        nonce = server_pb2.ProveRequest.FromString(request).nonce
        # What is known without the token: the client's own nonce, and how proofs are made.
        mac = hmac.new(b"", b"styleswap server 1" + nonce + nonce, hashlib.sha256).digest()
        return server_pb2.ProveResponse(nonce=nonce, proof=mac).SerializeToString()

    with impostor(0, ProofService_Prove=forge) as other:
        with pytest.raises(Unauthorized, match="token is wrong, or another program"):
            connect(address=f"127.0.0.1:{other.port}", token="s3cret")
        heard_nothing(other, "s3cret")


def test_proof_is_good_on_its_own_connection_alone(daemon: Any, daemon_home: Path) -> None:
    """As a client of another language makes it, by what the contract says."""
    told = runtime.read_runtime(daemon_home)
    assert told is not None
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]
    nonce = os.urandom(32)
    with (
        grpc.insecure_channel(told.address, options) as first,
        grpc.insecure_channel(told.address, options) as second,
    ):
        request = server_pb2.ProveRequest(nonce=nonce)
        answer = server_pb2_grpc.ProofServiceStub(first).Prove(request, timeout=30)
        both = nonce + answer.nonce
        key = told.token.encode()
        expected = hmac.new(key, b"styleswap server 1" + both, hashlib.sha256).digest()
        assert answer.proof == expected
        own = hmac.new(key, b"styleswap client 1" + both, hashlib.sha256).digest()

        def info(channel: grpc.Channel, proof: bytes) -> Any:
            stub = server_pb2_grpc.ServerServiceStub(channel)
            header = "Proof " + base64.b64encode(proof).decode()
            metadata = [("authorization", header)]
            return stub.GetServerInfo(
                server_pb2.GetServerInfoRequest(), metadata=metadata, timeout=30
            )

        assert info(first, both + own).version
        for channel, proof in (
            (second, both + own),  # another connection
            (first, both + answer.proof),  # the server's own proof, sent back
            (first, both + bytes(32)),
            (first, own),
            (first, b""),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                info(channel, proof)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        short = server_pb2.ProveRequest(nonce=b"short")
        with pytest.raises(grpc.RpcError) as caught:
            server_pb2_grpc.ProofServiceStub(first).Prove(short, timeout=30)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("loopback", [False, True])
def test_old_connections_find_the_daemon_that_was_started_again(
    fresh_home: Path, loopback: bool
) -> None:
    """On the very same port, with another token."""
    connect(home=fresh_home).close()
    first = forget_socket(fresh_home) if loopback else runtime.read_runtime(fresh_home)
    assert first is not None
    with connect(home=fresh_home) as client:
        os.kill(first.pid, signal.SIGKILL)
        port = first.address.rpartition(":")[2]
        serving = subprocess.Popen(
            [sys.executable, "-m", "styleswap", "serve", "--port", port],
            env={**os.environ, runtime.HOME_VARIABLE: str(fresh_home)},
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while (second := runtime.read_runtime(fresh_home)) is None or second.pid != serving.pid:
            assert serving.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if loopback:
            forget_socket(fresh_home)
        assert second.address == first.address
        assert second.token != first.token
        assert client.info().version
        assert client.address == first.address
        client.shutdown(wait=20)
        assert serving.wait(30) == 0


@pytest.mark.parametrize(
    "values",
    [
        {"address": "127.0.0.1:99999"},
        {"address": "127.0.0.1:0"},
        {"address": "127.0.0.1:1\nevil"},
        {"address": "127.0.0.1\n:1"},
        {"address": "a..b:80"},
        {"address": ":80"},
        {"token": "two\nlines"},
        {"token": "ü"},
        {"pid": -1},
        {"pid": 0},
        {"pid": 1e400},
        {"pid": 10**30},
        {"address": "127.0.0.1:1", "socket": ".."},
        {"address": "127.0.0.1:1", "socket": ["x"]},
    ],
)
def test_runtime_file_of_nonsense_is_nobody(tmp_path: Path, values: dict[str, Any]) -> None:
    """Nobody is called, not even where somebody listens at the address beside the nonsense."""
    with _listener(0) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        told = {"address": address, "pid": 1, "token": "t", "version": "0", "api": 1, **values}
        runtime.runtime_file(tmp_path).write_text(json.dumps(told))
        with pytest.raises(DaemonNotRunning, match="No Style Swap daemon is running") as caught:
            connect(home=tmp_path, start=False)
        assert caught.value.reason == "NOT_RUNNING"
        called_by_nobody(other)


@pytest.mark.parametrize("name", ["{folder}/s", "\0{folder}/s"])
def test_socket_outside_of_the_folder_is_not_called(tmp_path: Path, name: str) -> None:
    """Whoever listens there may be anybody, and would hear the token."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    path = name.format(folder=tmp_path)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        other.listen()
        told = {"address": "127.0.0.1:1", "pid": 1, "token": "t", "version": "0", "api": 1}
        runtime.runtime_file(home).write_text(json.dumps({**told, "socket": path}))
        with pytest.raises(DaemonNotRunning) as caught:
            connect(home=home, start=False)
        assert caught.value.reason == "NOT_RUNNING"
        called_by_nobody(other)


def called_by_nobody(listener: socket.socket) -> None:
    """No connection waits to be taken."""
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.accept()


GOOD = json.dumps({"address": "127.0.0.1:1", "pid": 1, "token": "t", "version": "0", "api": 1})


@pytest.mark.parametrize(
    "content", ["[" * 50_000, "[" * 100_000, GOOD + " " * (1 << 20), '"', "null"]
)
def test_runtime_file_that_is_no_json_is_nobody(tmp_path: Path, content: str) -> None:
    """Or more of it than any daemon writes."""
    runtime.runtime_file(tmp_path).write_text(GOOD)
    assert runtime.read_runtime(tmp_path) is not None
    runtime.runtime_file(tmp_path).write_text(content)
    assert runtime.read_runtime(tmp_path) is None


READ = """
import pathlib, sys
from styleswap import runtime
from styleswap.client import launch
folder = pathlib.Path(sys.argv[1])
assert runtime.read_runtime(folder) is None
assert launch.recorded_command(folder) is None
"""


@pytest.mark.parametrize("written", [False, True])
def test_runtime_file_that_is_a_pipe_is_nobody(tmp_path: Path, written: bool) -> None:
    """Neither waited for where nobody writes to it, nor believed where somebody does."""
    contents = {
        runtime.runtime_file(tmp_path): GOOD,
        tmp_path / launch.COMMAND_FILE: json.dumps({"command": ["true"]}),
    }
    with contextlib.ExitStack() as stack:
        for path, content in contents.items():
            os.mkfifo(path)
            if written:
                pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
                stack.callback(os.close, pipe)
                os.write(pipe, content.encode())
        # In a process of its own, which can be ended where it waits for ever.
        subprocess.run([sys.executable, "-c", READ, str(tmp_path)], timeout=60, check=True)


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "127.0.0.1:1\n", "x y:1", "nowhere", ":1"])
def test_address_of_nonsense_is_a_sentence(address: str) -> None:
    with pytest.raises(DaemonNotRunning, match="is no address: give HOST:PORT"):
        connect(address=address, token="t")
    with pytest.raises(Unauthorized, match="copy it"):
        connect(address="127.0.0.1:1", token="a\nb")


async def test_old_daemon_is_named_without_a_secret(tmp_path: Path) -> None:
    """One that has a runtime file as before, and does not know how to prove anything."""
    with impostor(0, ServerService_GetServerInfo=lambda _: b"") as other:
        told = {"address": f"127.0.0.1:{other.port}", "pid": 1, "token": "old", "version": "0.9"}
        runtime.runtime_file(tmp_path).write_text(json.dumps({**told, "api": 1}))
        with pytest.raises(VersionMismatch) as caught:
            await connect_async(home=tmp_path)
        assert caught.value.reason == "VERSION_MISMATCH"
        heard_nothing(other, "old")
    assert not (tmp_path / launch.LOG_FILE).exists()


def test_folder_where_others_write_becomes_the_user_s_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    seen = tmp_path / "mode"
    program = f"import os; open({str(seen)!r}, 'w').write(oct(os.stat('.').st_mode)); exit(1)"
    (home / launch.COMMAND_FILE).write_text(
        json.dumps({"command": [sys.executable, "-c", program]})
    )
    with pytest.raises(DaemonNotRunning):
        connect(home=home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert int(seen.read_text(), 8) & 0o777 == 0o700


ROOT = os.geteuid() == 0
NOBODY = 65534
FILES = [launch.COMMAND_FILE, "runtime.json", "lock", "weights/x"] if ROOT else []


@pytest.mark.parametrize("whose", ["home", *FILES])
def test_what_is_another_user_s_is_refused(tmp_path: Path, whose: str) -> None:
    home = tmp_path / "home"
    (home / "weights").mkdir(parents=True)
    ran = tmp_path / "ran"
    command = [sys.executable, "-c", f"open({str(ran)!r}, 'w')"]
    (home / launch.COMMAND_FILE).write_text(json.dumps({"command": command}))
    foreign = home if whose == "home" else home / whose
    if not foreign.exists():
        foreign.write_text("")
    if ROOT:
        os.chown(foreign, NOBODY, NOBODY)
    else:
        home = Path("/usr")
    for start in (True, False):
        with pytest.raises(DaemonNotRunning, match="belongs to another user") as caught:
            connect(home=home, start=start)
        assert caught.value.reason == "UNUSABLE_FOLDER"
    assert not ran.exists()
    served = subprocess.run(
        [sys.executable, "-m", "styleswap", "serve", "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert served.returncode == 1
    assert "belongs to another user" in served.stderr
    assert "Traceback" not in served.stderr
