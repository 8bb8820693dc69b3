"""Real daemons in processes of their own, on real sockets."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

import styleswap
from styleswap import runtime
from styleswap.v1 import (
    controls_pb2,
    pictures_pb2,
    server_pb2,
    server_pb2_grpc,
    styles_pb2,
    styles_pb2_grpc,
    stylize_pb2,
    stylize_pb2_grpc,
)

PACKAGE_ROOT = Path(styleswap.__file__).parent.parent
MEBIBYTE = 1 << 20

LAUNCHER = """
import json, pathlib, sys
from styleswap.service.server import ServeOptions, serve
options = json.loads(sys.argv[1])
for name in ("home", "weights_folder"):
    if options.get(name):
        options[name] = pathlib.Path(options[name])
sys.exit(serve(ServeOptions(**options)))
"""

LAYOUTS = {
    1: pictures_pb2.LAYOUT_GRAY,
    2: pictures_pb2.LAYOUT_GRAY_ALPHA,
    3: pictures_pb2.LAYOUT_RGB,
    4: pictures_pb2.LAYOUT_RGBA,
}
DEPTHS = {
    "uint8": pictures_pb2.DEPTH_UINT8,
    "uint16": pictures_pb2.DEPTH_UINT16,
    "float32": pictures_pb2.DEPTH_FLOAT32,
}


def format_of(values: np.ndarray, *, linear: bool = False) -> pictures_pb2.PixelFormat:
    """The wire's format of (H, W, C) values."""
    height, width, channels = values.shape
    return pictures_pb2.PixelFormat(
        width=width,
        height=height,
        layout=LAYOUTS[channels],
        depth=DEPTHS[str(values.dtype)],
        transfer=pictures_pb2.TRANSFER_LINEAR if linear else pictures_pb2.TRANSFER_SRGB,
        alpha_kind=pictures_pb2.ALPHA_KIND_STRAIGHT
        if channels in (2, 4)
        else pictures_pb2.ALPHA_KIND_UNSPECIFIED,
    )


def array_of(form: pictures_pb2.PixelFormat, data: bytes) -> np.ndarray:
    """(H, W, C) values of received bytes."""
    channels = next(count for count, layout in LAYOUTS.items() if layout == form.layout)
    depth = next(name for name, number in DEPTHS.items() if number == form.depth)
    return np.frombuffer(data, depth).reshape(form.height, form.width, channels)


def chunks_of(plane: int, data: bytes, size: int = MEBIBYTE) -> Iterator[pictures_pb2.Chunk]:
    for offset in range(0, len(data), size):
        yield pictures_pb2.Chunk(plane=plane, offset=offset, data=data[offset : offset + size])


@dataclass
class Failure:
    """An RPC's error with its details."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]
    fields: list[str]
    retry: float | None


def failure_of(error: grpc.RpcError) -> Failure:
    status = rpc_status.from_call(error)
    assert status is not None, f"no details: {error}"
    info = error_details_pb2.ErrorInfo()
    fields: list[str] = []
    retry = None
    for detail in status.details:
        if detail.Is(info.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            fields = [violation.field for violation in bad.field_violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            delay = error_details_pb2.RetryInfo()
            detail.Unpack(delay)
            retry = delay.retry_delay.ToMilliseconds() / 1000
    return Failure(
        error.code(), error.details(), info.reason, info.domain, dict(info.metadata), fields, retry
    )


@dataclass
class Answer:
    """All that came back for a picture."""

    progress: list[stylize_pb2.Progress] = field(default_factory=list)
    formats: dict[int, pictures_pb2.PixelFormat] = field(default_factory=dict)
    data: dict[int, bytearray] = field(default_factory=dict)
    chunk_sizes: list[int] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    report: stylize_pb2.StylizeReport | None = None

    def take(self, response: stylize_pb2.StylizeResponse) -> None:
        part = response.WhichOneof("part")
        self.order.append(part)
        if part == "progress":
            self.progress.append(response.progress)
        elif part == "start":
            self.formats[response.start.index] = response.start.format
            self.data[response.start.index] = bytearray()
        elif part == "chunk":
            held = self.data[response.chunk.plane]
            assert response.chunk.offset == len(held)
            held += response.chunk.data
            self.chunk_sizes.append(len(response.chunk.data))
        else:
            self.report = response.report

    def picture(self, index: int = 0) -> np.ndarray:
        return array_of(self.formats[index], bytes(self.data[index]))


class Daemon:
    """A daemon's process, and calls to it."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path) -> None:
        self.process = process
        self.home = home
        self.runtime = self._wait_for_runtime()
        self.channel = grpc.insecure_channel(self.runtime.address)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        signed = grpc.intercept_channel(self.channel, _Token(self.runtime.token))
        self.server = server_pb2_grpc.ServerServiceStub(signed)
        self.styles = styles_pb2_grpc.StyleServiceStub(signed)
        self.painter = stylize_pb2_grpc.StylizeServiceStub(signed)

    def _wait_for_runtime(self) -> runtime.Runtime:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = runtime.read_runtime(self.home)
            if found is not None and found.pid == self.process.pid:
                return found
            assert self.process.poll() is None, f"the daemon ended: {self.log()}"
            time.sleep(0.02)
        raise AssertionError("the daemon did not start")

    def log(self) -> str:
        path = self.home / "daemon.log"
        return path.read_text() if path.exists() else ""

    def info(self) -> server_pb2.GetServerInfoResponse:
        return self.server.GetServerInfo(server_pb2.GetServerInfoRequest(), timeout=30)

    def checked(self, service: str = "") -> int:
        request = health_pb2.HealthCheckRequest(service=service)
        return self.health.Check(request, timeout=30).status

    def wait_until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    def wait_until_idle(self) -> None:
        self.wait_until(lambda: self.info().queue_length == 0)

    def put(
        self, source: np.ndarray | bytes, name: str = "A style", *, linear: bool = False
    ) -> styles_pb2.PutStyleResponse:
        """Stores a style from values or from an image file's bytes."""
        plane = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, index=7)
        if isinstance(source, bytes):
            plane.encoded.byte_count = len(source)
            data = source
        else:
            plane.pixels.CopyFrom(format_of(source, linear=linear))
            data = source.tobytes()
        header = styles_pb2.PutStyleHeader(name=name, plane=plane)

        def parts() -> Iterator[styles_pb2.PutStyleRequest]:
            yield styles_pb2.PutStyleRequest(header=header)
            for chunk in chunks_of(7, data):
                yield styles_pb2.PutStyleRequest(chunk=chunk)

        return self.styles.PutStyle(parts(), timeout=60)

    def header(
        self, content: np.ndarray, style: str | np.ndarray | bytes, **more: Any
    ) -> stylize_pb2.StylizeHeader:
        """The header for a content, and a style by id, by values or as a file."""
        linear = more.pop("linear", False)
        header = stylize_pb2.StylizeHeader(
            settings=controls_pb2.Settings(**more.pop("settings", {})), **more
        )
        plane = header.planes.add(role=pictures_pb2.PLANE_ROLE_CONTENT, index=0)
        plane.pixels.CopyFrom(format_of(content, linear=linear))
        if isinstance(style, str):
            header.styles.add(id=style)
            return header
        header.styles.add(plane=1)
        plane = header.planes.add(role=pictures_pb2.PLANE_ROLE_STYLE, index=1)
        if isinstance(style, bytes):
            plane.encoded.byte_count = len(style)
        else:
            plane.pixels.CopyFrom(format_of(style))
        return header

    def send(
        self, header: stylize_pb2.StylizeHeader, chunks: Iterable[pictures_pb2.Chunk]
    ) -> Iterator[stylize_pb2.StylizeResponse]:
        """Begins a call; the answer comes by iterating."""

        def parts() -> Iterator[stylize_pb2.StylizeRequest]:
            yield stylize_pb2.StylizeRequest(header=header)
            for chunk in chunks:
                yield stylize_pb2.StylizeRequest(chunk=chunk)

        return self.painter.Stylize(parts(), timeout=120)

    def paint(self, content: np.ndarray, style: str | np.ndarray | bytes, **more: Any) -> Answer:
        """Paints a picture to the end."""
        header = self.header(content, style, **more)
        chunks = list(chunks_of(0, content.tobytes()))
        if not isinstance(style, str):
            chunks += chunks_of(1, style if isinstance(style, bytes) else style.tobytes())
        answer = Answer()
        for response in self.send(header, chunks):
            answer.take(response)
        return answer

    def refused(self, call: Callable[[], Any]) -> Failure:
        """Runs a call that must fail; the daemon must go on after it."""
        with pytest.raises(grpc.RpcError) as caught:
            call()
        failure = failure_of(caught.value)
        assert failure.domain == "styleswap"
        assert failure.metadata["request_id"]
        assert "Traceback" not in failure.message
        assert failure.message[-1] == "."
        assert self.checked() == health_pb2.HealthCheckResponse.SERVING
        return failure

    def end(self, seconds: float = 60) -> int:
        """Asks the daemon to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


class _Token(
    grpc.UnaryUnaryClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    def __init__(self, token: str) -> None:
        self._entry = ("authorization", f"Bearer {token}")

    def _signed(self, details: Any) -> Any:
        return details._replace(metadata=[*(details.metadata or ()), self._entry])

    def intercept_unary_unary(self, call: Any, details: Any, request: Any) -> Any:
        return call(self._signed(details), request)

    def intercept_stream_unary(self, call: Any, details: Any, requests: Any) -> Any:
        return call(self._signed(details), requests)

    def intercept_stream_stream(self, call: Any, details: Any, requests: Any) -> Any:
        return call(self._signed(details), requests)


class Launcher:
    """Starts daemons and ends them after the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def process(
        self,
        home: Path,
        *,
        environment: dict[str, str] | None = None,
        user: int | None = None,
        **options: Any,
    ) -> subprocess.Popen[bytes]:
        """A daemon's process, which may or may not get as far as listening."""
        paths = [(environment or {}).get("PYTHONPATH", ""), str(PACKAGE_ROOT)]
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, json.dumps({"home": str(home), **options})],
            env={
                **os.environ,
                # Several daemons share the machine with the tests: more threads only wait.
                "OMP_NUM_THREADS": "1",
                **(environment or {}),
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            user=user,
        )
        self.processes.append(process)
        return process

    def __call__(self, home: Path | None = None, **options: Any) -> Daemon:
        """A daemon that listens."""
        home = home or self.folder / f"home{len(self.processes)}"
        return Daemon(self.process(home, **options), home)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path)
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for all tests that leave it as it was."""
    launcher = Launcher(tmp_path_factory.mktemp("daemon"))
    yield launcher(idle_minutes=-1)
    launcher.close()


@pytest.fixture(scope="session")
def content() -> np.ndarray:
    """A small photo-like picture, (72, 96, 3) uint8."""
    y, x = np.mgrid[0:72, 0:96] / 96
    waves = [0.5 + 0.5 * np.sin(7 * x + 3 * k + 5 * y * (k + 1)) for k in range(3)]
    return (np.stack(waves, 2) * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def style() -> np.ndarray:
    """A small style, (64, 64, 3) uint8."""
    noise = np.random.default_rng(3).integers(0, 256, (16, 16, 3), np.uint8)
    return np.ascontiguousarray(noise.repeat(4, 0).repeat(4, 1))
