"""The engine's process: what becomes of requests, memory and others when it dies."""

import contextlib
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from styleswap.service.engine import STARTS
from styleswap.v1 import controls_pb2, pictures_pb2, server_pb2

from .test_stylize import begin_long, picture

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")


def engine_of(daemon: Any) -> int:
    """The process id of a daemon's engine, 0 where there is none."""
    children = Path(f"/proc/{daemon.process.pid}/task").glob("*/children")
    for pid in " ".join(file.read_text() for file in children).split():
        with contextlib.suppress(OSError):
            if b"styleswap.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    return 0


class Painting(threading.Thread):
    """A painting in a thread of its own."""

    def __init__(self, daemon: Any, content: np.ndarray, style: Any, **more: Any) -> None:
        super().__init__()
        self.answer: Any = None
        self.error: grpc.RpcError | None = None
        self._paint = lambda: daemon.paint(content, style, **more)
        self.start()

    def run(self) -> None:
        try:
            self.answer = self._paint()
        except grpc.RpcError as error:
            self.error = error

    def result(self) -> Any:
        self.join(120)
        assert not self.is_alive()
        assert self.error is None, self.error
        return self.answer


# Tells by a file that it paints, and then does what another file says, once each.
MISCHIEF = """
import os, pathlib, sys, time
if "styleswap.worker" in sys.orig_argv:
    folder = pathlib.Path(os.environ["MISCHIEF"])
    from styleswap.worker import serving
    real = serving.paint

    def paint(order, *rest):
        (folder / "painting").touch()
        for deed in sorted(folder.glob("do-*")):
            marked = order.settings["patch_size"] == 5
            if deed.name.endswith("marked") and not marked:
                continue
            what = deed.read_text()
            if what == "wait":
                while deed.exists():
                    time.sleep(0.01)
                continue
            if not deed.name.endswith("always-marked"):
                deed.unlink()
            exec(what)
        return real(order, *rest)

    serving.paint = paint
"""
MARK = {"patch_size": 5}


@pytest.fixture
def mischief(launch: Any, tmp_path: Path) -> Any:
    """A daemon whose engine does what files in a folder say."""
    folder = tmp_path / "mischief"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(MISCHIEF)
    daemon = launch(environment={"PYTHONPATH": str(folder), "MISCHIEF": str(folder)})
    daemon.folder = folder
    return daemon


@pytest.mark.parametrize(
    "deed",
    [
        "os.abort()",
        "os._exit(3)",
        "raise RuntimeError('CUDA error: an illegal memory access was encountered')",
    ],
    ids=["abort", "exit", "lost device"],
)
def test_an_order_whose_engine_dies_runs_again_to_the_bit(
    mischief: Any, content: np.ndarray, style: np.ndarray, deed: str
) -> None:
    expected = mischief.paint(content, style)
    first = engine_of(mischief)
    (mischief.folder / "do-1").write_text(deed)
    painted = mischief.paint(content, style)
    np.testing.assert_array_equal(painted.picture(), expected.picture())
    assert painted.report.notices == []
    assert engine_of(mischief) not in (0, first)
    assert "the order runs again" in mischief.log()


def test_killed_as_for_want_of_memory_it_runs_in_smaller_tiles(
    mischief: Any, content: np.ndarray, style: np.ndarray
) -> None:
    expected = mischief.paint(content, style)
    (mischief.folder / "do-1").write_text("os.kill(os.getpid(), 9)")
    painted = mischief.paint(content, style)
    assert painted.report.settings.tile_limit > 0
    assert "tiles of at most" in painted.report.notices[0]
    difference = painted.picture().astype(int) - expected.picture()
    assert np.abs(difference).max() <= 1


def test_who_kills_the_engine_twice_is_refused_and_takes_nobody_along(
    mischief: Any, content: np.ndarray, style: np.ndarray
) -> None:
    expected = mischief.paint(content, style).picture()
    (mischief.folder / "do-always-marked").write_text("os.abort()")
    (mischief.folder / "do-wait").write_text("wait")
    (mischief.folder / "painting").unlink()
    bad = Painting(mischief, content, style, settings=MARK)
    mischief.wait_until((mischief.folder / "painting").exists)
    # One waits behind it, and two previews have come in between.
    good = [Painting(mischief, content, style)]
    good += [Painting(mischief, content, style, coarse_only=True) for _ in range(2)]
    mischief.wait_until(lambda: mischief.info().queue_length == 4)
    (mischief.folder / "do-wait").unlink()
    bad.join(120)
    assert bad.error is not None
    assert bad.error.code() is grpc.StatusCode.INTERNAL
    assert "Twice at this picture" in str(bad.error.details())
    for painting in good:
        np.testing.assert_array_equal(painting.result().picture(), expected)
    (mischief.folder / "do-always-marked").write_text("os.kill(os.getpid(), 9)")
    failure = mischief.refused(lambda: mischief.paint(content, style, settings=MARK))
    assert (failure.code, failure.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "OUT_OF_MEMORY",
    )
    assert mischief.paint(content, style).report


def test_a_fault_of_the_engine_is_internal_and_in_the_log(
    mischief: Any, content: np.ndarray, style: np.ndarray
) -> None:
    (mischief.folder / "do-1").write_text("raise KeyError('a fault')")
    failure = mischief.refused(lambda: mischief.paint(content, style))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "KeyError: 'a fault'" in mischief.log()
    assert failure.metadata["request_id"] in mischief.log()
    assert mischief.paint(content, style).report


STUBBORN = """
from styleswap.service import engine_process
engine_process.STUBBORN_SECONDS = 1.0
"""


def test_an_engine_that_no_longer_hears_is_replaced(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    (tmp_path / "sitecustomize.py").write_text(STUBBORN)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path)})
    long = begin_long(daemon, style)
    frozen = engine_of(daemon)
    os.kill(frozen, signal.SIGSTOP)
    long.cancel()
    assert daemon.paint(content, style).report
    assert engine_of(daemon) not in (0, frozen)
    assert not Path(f"/proc/{frozen}").exists()


IMPATIENT = """
from styleswap.service import limits
limits.ENGINE_SECONDS = 0.5
"""


@pytest.mark.parametrize("asked", [False, True], ids=["idle", "unload"])
def test_memory_comes_back_when_nothing_is_asked(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray, asked: bool
) -> None:
    (tmp_path / "sitecustomize.py").write_text("" if asked else IMPATIENT)
    daemon = launch(idle_minutes=0, environment={"PYTHONPATH": str(tmp_path)})
    expected = daemon.paint(content, style).picture()
    if asked:
        daemon.wait_until_idle()
        daemon.server.UnloadModel(server_pb2.UnloadModelRequest(), timeout=60)
    daemon.wait_until(lambda: engine_of(daemon) == 0)
    # The daemon without an engine is an interpreter with gRPC.
    assert daemon.info().memory_used < 150 << 20
    assert daemon.info().device.startswith("cpu")
    assert [model.loaded for model in daemon.info().models] == [False] * 3
    np.testing.assert_array_equal(daemon.paint(content, style).picture(), expected)


def test_the_engine_ends_with_a_daemon_that_is_killed(launch: Any, style: np.ndarray) -> None:
    daemon = launch()
    begin_long(daemon, style)
    engine = engine_of(daemon)
    daemon.process.kill()
    daemon.process.wait()
    daemon.wait_until(lambda: not Path(f"/proc/{engine}").exists() or zombie(engine))


def zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    return True


BROKEN = """
import sys
if "styleswap.worker" in sys.orig_argv:
    import os
    if not os.path.exists(os.environ["MENDED"]):
        os.abort()
"""


def test_an_engine_that_cannot_start_is_told_and_tried_again(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    mended = tmp_path / "mended"
    daemon = launch(environment={"PYTHONPATH": str(tmp_path), "MENDED": str(mended)})
    failure = daemon.refused(lambda: daemon.paint(content, style))
    assert (failure.code, failure.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ENGINE_UNAVAILABLE",
    )
    assert "SIGABRT" in failure.message
    mended.touch()
    assert daemon.paint(content, style).report


KILLED = """
import sys
if "styleswap.worker" in sys.orig_argv:
    import os, pathlib
    left = pathlib.Path(os.environ["LEFT"])
    count = int(left.read_text())
    left.write_text(str(count - 1))
    if count > 0:
        os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("kills", "starts"), [(STARTS - 1, STARTS), (100, STARTS)])
def test_who_is_killed_at_the_start_starts_again_some_times(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray, kills: int, starts: int
) -> None:
    """As a system does that is short of memory, or a person who clears up."""
    (tmp_path / "sitecustomize.py").write_text(KILLED)
    left = tmp_path / "left"
    left.write_text(str(kills))
    daemon = launch(environment={"PYTHONPATH": str(tmp_path), "LEFT": str(left)})
    if kills < STARTS:
        assert daemon.paint(content, style).report
    else:
        failure = daemon.refused(lambda: daemon.paint(content, style))
        assert failure.reason == "ENGINE_UNAVAILABLE"
        assert "SIGKILL" in failure.message
    # The request asks for the engine more than once.
    assert (kills - int(left.read_text())) % starts == 0


def test_a_painting_gets_its_share_among_endless_previews(launch: Any, style: np.ndarray) -> None:
    daemon = launch()
    content = picture("uint8", 3, 200, 300)
    alone = daemon.paint(content, style).picture()
    done = threading.Event()
    previews = []

    def endless() -> None:
        while not done.is_set():
            previews.append(daemon.paint(content, style, coarse_only=True))

    threads = [threading.Thread(target=endless) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        daemon.wait_until(lambda: len(previews) >= 3)
        began = len(previews)
        painted = daemon.paint(content, style)
        # Half of the time is its own: it takes about as long as two previews of its size.
        assert len(previews) - began <= 12
    finally:
        done.set()
        for thread in threads:
            thread.join(120)
    np.testing.assert_array_equal(painted.picture(), alone)


def test_loading_and_unloading_do_not_wait_behind_paintings(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    long = begin_long(daemon, style)
    waiting = Painting(daemon, content, style)
    daemon.server.LoadModel(server_pb2.LoadModelRequest(), timeout=60)
    names = daemon.server.UnloadModel(server_pb2.UnloadModelRequest(), timeout=60).names
    assert list(names) == ["embedded"]
    assert daemon.info().queue_length == 2, "the long one is done: it shows nothing"
    assert next(long).WhichOneof("part") == "progress"
    long.cancel()
    assert waiting.result().report


def test_checks_do_not_wait_for_the_device(daemon: Any, style: np.ndarray) -> None:
    long = begin_long(daemon, style)
    header = daemon.header(style, "builtin/woodcut", settings={"model": "nothing"})
    failure = daemon.refused(lambda: list(daemon.send(header, [])))
    assert failure.reason == "UNKNOWN_MODEL"
    assert daemon.info().queue_length == 1, "the long one is done: it shows nothing"
    long.cancel()
    daemon.wait_until_idle()


DOWNLOAD = """
import os, sys
if "styleswap.worker" in sys.orig_argv:
    from styleswap.weights import torchvision_vgg19
    torchvision_vgg19.address = lambda: os.environ["ADDRESS"]
"""


class Slow(BaseHTTPRequestHandler):
    """Sends 4 of 8 MiB, and then nothing for a long time."""

    go = threading.Event()

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(8 << 20))
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(4):
                self.wfile.write(bytes(1 << 20))
                self.go.wait(0.3)
            self.go.wait(60)


def test_a_download_occupies_nobody_and_is_told_and_cancelled(
    launch: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "sitecustomize.py").write_text(DOWNLOAD)
    address = f"http://127.0.0.1:{server.server_address[1]}/vgg19-dcbb9e9d.pth"
    daemon = launch(environment={"PYTHONPATH": str(tmp_path), "ADDRESS": address})
    settings = {"model": "vgg19-torchvision", "method": controls_pb2.METHOD_OPTIMISE}
    header = daemon.header(content, style, settings=settings)
    chunks = [
        pictures_pb2.Chunk(plane=0, offset=0, data=content.tobytes()),
        pictures_pb2.Chunk(plane=1, offset=0, data=style.tobytes()),
    ]
    waiting = daemon.send(header, chunks)
    shares = (part.progress.fraction for part in waiting)
    # Half of the file comes, and the download is half of the work.
    assert any(0.1 < share <= 0.25 for share in shares)
    assert daemon.paint(content, style).report
    assert daemon.info().queue_length == 1
    waiting.cancel()
    daemon.wait_until_idle()
    # It goes on from there the next time.
    (part,) = (daemon.home / "weights").glob("*.part")
    assert 1 << 20 <= part.stat().st_size <= 4 << 20
    Slow.go.set()
    server.shutdown()
    server.server_close()


NO_FILES = """
from styleswap import processes
processes.AVAILABLE = False
"""


def test_where_no_files_can_be_handed_over_the_engine_runs_in_a_thread(
    launch: Any, daemon: Any, tmp_path: Path, content: np.ndarray, style: np.ndarray
) -> None:
    """As on Windows."""
    expected = daemon.paint(content, style).picture()
    (tmp_path / "sitecustomize.py").write_text(NO_FILES)
    other = launch(idle_minutes=0, environment={"PYTHONPATH": str(tmp_path)})
    for _ in range(2):
        np.testing.assert_array_equal(other.paint(content, style).picture(), expected)
        assert engine_of(other) == 0
    long = begin_long(other, style)
    long.cancel()
    other.wait_until_idle()
    assert other.end() == 0
