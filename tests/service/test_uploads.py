"""Chunks on their way in: counted, in order, finite; and clients that go away."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from styleswap.service import limits
from styleswap.v1 import pictures_pb2, styles_pb2

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def chunk(offset: int, data: bytes, plane: int = 0) -> pictures_pb2.Chunk:
    return pictures_pb2.Chunk(plane=plane, offset=offset, data=data)


def cases(data: bytes) -> dict[str, tuple[list[pictures_pb2.Chunk], str]]:
    size = len(data)
    return {
        "nothing": ([], "BYTE_COUNT"),
        "too few": ([chunk(0, data[:-1])], "BYTE_COUNT"),
        "too many in one chunk": ([chunk(0, data + b"x")], "BYTE_COUNT"),
        "too many afterwards": ([chunk(0, data), chunk(size, b"x")], "BYTE_COUNT"),
        "a gap": ([chunk(0, data[:100]), chunk(101, data[101:])], "CHUNK_OFFSET"),
        "an overlap": ([chunk(0, data[:100]), chunk(99, data[99:])], "CHUNK_OFFSET"),
        "not from the start": ([chunk(1, data[1:])], "CHUNK_OFFSET"),
        "far beyond": ([chunk(2**63, data)], "CHUNK_OFFSET"),
        "an empty chunk": ([chunk(0, b"")], "CHUNK_SIZE"),
        "too large a chunk": ([chunk(0, bytes(limits.CHUNK_BYTES + 1))], "CHUNK_SIZE"),
        "an unknown plane": ([chunk(0, data, plane=3)], "UNKNOWN_PLANE"),
        "an unknown plane afterwards": (
            [chunk(0, data), chunk(0, data, plane=3)],
            "UNKNOWN_PLANE",
        ),
    }


@pytest.mark.parametrize("case", cases(b""))
def test_wrong_chunks_are_refused(daemon: Any, content: np.ndarray, case: str) -> None:
    chunks, reason = cases(content.tobytes())[case]
    header = daemon.header(content, "builtin/woodcut")
    failure = daemon.refused(lambda: list(daemon.send(header, chunks)))
    assert (failure.code, failure.reason) == (INVALID, reason)
    daemon.wait_until_idle()


def test_mismatch_names_both_counts(daemon: Any, content: np.ndarray) -> None:
    header = daemon.header(content, "builtin/woodcut")
    data = content.tobytes()
    failure = daemon.refused(lambda: list(daemon.send(header, [chunk(0, data[:-7])])))
    assert str(len(data)) in failure.message
    assert str(len(data) - 7) in failure.message
    assert failure.metadata["expected"] == str(len(data))


def test_planes_must_come_in_their_order(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    header = daemon.header(content, style)
    chunks = [chunk(0, style.tobytes(), plane=1), chunk(0, content.tobytes())]
    failure = daemon.refused(lambda: list(daemon.send(header, chunks)))
    assert failure.reason == "CHUNK_ORDER"


def test_second_header_is_refused(daemon: Any, content: np.ndarray) -> None:
    from styleswap.v1 import stylize_pb2

    header = stylize_pb2.StylizeRequest(header=daemon.header(content, "builtin/woodcut"))
    failure = daemon.refused(lambda: list(daemon.painter.Stylize(iter([header, header]))))
    assert failure.reason == "NOT_A_CHUNK"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, -1])
def test_values_that_are_not_finite_are_refused(
    daemon: Any, style: np.ndarray, bad: float, place: int
) -> None:
    values = np.full((20, 30, 4), 0.5, np.float32)
    values.reshape(-1)[place] = bad
    failure = daemon.refused(lambda: daemon.paint(values, style))
    assert (failure.code, failure.reason) == (INVALID, "NOT_FINITE")
    assert "content" in failure.message
    failure = daemon.refused(lambda: daemon.put(values))
    assert (failure.code, failure.reason) == (INVALID, "NOT_FINITE")


def test_value_split_between_chunks_is_checked(daemon: Any) -> None:
    values = np.full((20, 30, 1), 0.5, np.float32)
    values[10, 3] = np.nan
    data = values.tobytes()
    middle = (10 * 30 + 3) * 4 + 2
    header = daemon.header(values, "builtin/woodcut")
    chunks = [chunk(0, data[:middle]), chunk(middle, data[middle:])]
    failure = daemon.refused(lambda: list(daemon.send(header, chunks)))
    assert failure.reason == "NOT_FINITE"


def test_values_beyond_the_displayable_range_are_painted_and_reported(
    daemon: Any, style: np.ndarray
) -> None:
    values = np.random.default_rng(0).random((32, 32, 3), np.float32)
    assert not daemon.paint(values, style).report.notices
    values[3, 3] = 40
    values[4, 4] = -3
    answer = daemon.paint(values, style)
    assert np.isfinite(answer.picture()).all()
    assert any("0" in notice and "1" in notice for notice in answer.report.notices)


def test_chunks_of_any_size_make_the_same_picture(daemon: Any, content: np.ndarray) -> None:
    data = content.tobytes()
    header = daemon.header(content, "builtin/woodcut", settings={"strength": 0})
    sizes = [1, 5, 4096, 77]
    chunks, start, turn = [], 0, 0
    while start < len(data):
        size = sizes[turn % 4]
        chunks.append(chunk(start, data[start : start + size]))
        start, turn = start + size, turn + 1
    received = bytearray()
    for response in daemon.send(header, chunks):
        if response.WhichOneof("part") == "chunk":
            received += response.chunk.data
    assert bytes(received) == data


CLIENT = """
    import sys, time, grpc, numpy as np
    from styleswap.v1 import stylize_pb2, stylize_pb2_grpc, pictures_pb2 as p
    address, token, when = sys.argv[1:]
    side = 1500
    header = stylize_pb2.StylizeHeader(preview=True)
    header.planes.add(role=p.PLANE_ROLE_CONTENT, pixels=p.PixelFormat(
        width=side, height=side, layout=p.LAYOUT_RGB, depth=p.DEPTH_UINT8,
        transfer=p.TRANSFER_SRGB))
    header.styles.add(id="builtin/woodcut")
    data = np.random.default_rng(0).integers(0, 256, side * side * 3, np.uint8).tobytes()

    def parts():
        yield stylize_pb2.StylizeRequest(header=header)
        for start in range(0, len(data), 1 << 20):
            if when == "sending" and start > len(data) // 2:
                print("now", flush=True)
                time.sleep(60)
            chunk = p.Chunk(plane=0, offset=start, data=data[start : start + (1 << 20)])
            yield stylize_pb2.StylizeRequest(chunk=chunk)

    stub = stylize_pb2_grpc.StylizeServiceStub(grpc.insecure_channel(address))
    for response in stub.Stylize(parts(), metadata=[("authorization", "Bearer " + token)]):
        part = response.WhichOneof("part")
        working = part == "progress" and response.progress.stage >= 3
        if (when == "working" and working) or (when == "receiving" and part == "start"):
            print("now", flush=True)
            time.sleep(60)
"""


@pytest.mark.parametrize("when", ["sending", "working", "receiving"])
def test_killed_client_frees_the_daemon(daemon: Any, when: str) -> None:
    root = Path(__import__("styleswap").__file__).parent.parent
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(CLIENT),
            daemon.runtime.address,
            daemon.runtime.token,
            when,
        ],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
    )
    assert client.stdout is not None
    assert client.stdout.readline() == b"now\n"
    assert daemon.info().queue_length == 1
    client.send_signal(signal.SIGKILL)
    client.wait()
    client.stdout.close()
    daemon.wait_until(lambda: daemon.info().queue_length == 0, seconds=10)
    assert list((daemon.home / "spool").iterdir()) == []


IMPATIENT = """
from styleswap.service import limits
limits.STALL_SECONDS = limits.UPLOAD_GRACE = 1.0
"""


def test_client_that_stands_still_is_given_up(
    launch: Any, tmp_path: Path, content: np.ndarray
) -> None:
    (tmp_path / "sitecustomize.py").write_text(IMPATIENT)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path)})
    daemon.wait_until(lambda: daemon.info().device != "")
    go = threading.Event()

    def still() -> Any:
        go.wait(60)
        yield chunk(0, content.tobytes())

    header = daemon.header(content, "builtin/woodcut")
    failure = daemon.refused(lambda: list(daemon.send(header, still())))
    go.set()
    assert failure.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert failure.reason == "UPLOAD_STALLED"

    # One that takes nothing: its buffers fill up, and the daemon waits for room in them.
    large = np.zeros((2000, 4000, 4), np.uint8)
    data = large.tobytes()
    header = daemon.header(large, "builtin/woodcut", settings={"strength": 0})
    chunks = [
        chunk(start, data[start : start + (1 << 20)]) for start in range(0, len(data), 1 << 20)
    ]
    call = daemon.send(header, chunks)
    assert next(call).WhichOneof("part") == "progress"
    daemon.wait_until(lambda: "DOWNLOAD_STALLED" in daemon.log(), seconds=30)
    daemon.wait_until_idle()
    with pytest.raises(grpc.RpcError) as caught:
        list(call)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_byte_now_and_then_is_no_upload(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(IMPATIENT)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path)})
    daemon.wait_until(lambda: daemon.info().device != "")
    picture = np.zeros((300, 300, 3), np.uint8)
    go = threading.Event()

    def trickle() -> Any:
        for offset in range(200):
            yield chunk(offset, b"x")
            if go.wait(0.25):
                return

    header = daemon.header(picture, "builtin/woodcut")
    failure = daemon.refused(lambda: list(daemon.send(header, trickle())))
    go.set()
    assert (failure.code, failure.reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "UPLOAD_STALLED",
    )


def large_header(daemon: Any) -> Any:
    """The header of a picture of 253 MiB."""
    header = daemon.header(np.zeros((1, 1, 4), np.uint8), "builtin/woodcut")
    header.planes[0].pixels.width = header.planes[0].pixels.height = 8140
    return header


def test_what_is_announced_costs_nothing(
    launch: Any, content: np.ndarray, style: np.ndarray
) -> None:
    daemon = launch(queue_limit=2)
    daemon.paint(content, style)
    before, files = daemon.info().memory_used, open_files(daemon)
    go = threading.Event()

    def held() -> Any:
        go.wait(60)
        yield chunk(0, b"too few")

    calls = [daemon.send(large_header(daemon), held()) for _ in range(9)]
    daemon.wait_until(lambda: daemon.info().queue_length == 9)
    assert daemon.info().memory_used - before < 100 << 20
    # Neither do they take the places of others.
    assert daemon.paint(content, style).report
    go.set()
    for call in calls:
        with pytest.raises(grpc.RpcError):
            list(call)
    daemon.wait_until(lambda: open_files(daemon) <= files)


def silent(go: threading.Event) -> Any:
    """The header of a style's upload, and no byte of it until `go`."""

    plane = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, index=0)
    plane.encoded.byte_count = 1000
    yield styles_pb2.PutStyleRequest(header=styles_pb2.PutStyleHeader(name="S", plane=plane))
    go.wait(60)


def test_silent_uploads_of_styles_block_nobody(daemon: Any, style: np.ndarray) -> None:
    go = threading.Event()
    calls = [daemon.styles.PutStyle.future(silent(go), timeout=60) for _ in range(8)]
    try:
        put = daemon.put(style)
        daemon.styles.DeleteStyle(styles_pb2.DeleteStyleRequest(id=put.style.id))
    finally:
        go.set()
        for call in calls:
            assert call.exception() is not None


def open_files(daemon: Any) -> int:
    return len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("end", ["refused", "cancelled"])
def test_all_of_an_upload_is_freed_when_its_call_ends(launch: Any, end: str) -> None:
    daemon = launch()
    daemon.wait_until(lambda: daemon.info().device != "")
    part = bytes(limits.CHUNK_BYTES)
    stop = threading.Event()

    def wave() -> None:
        def chunks() -> Any:
            for number in range(40):
                yield chunk(number << 20, part)
            if end == "refused":
                yield chunk(0, part)
            stop.wait(60)

        stop.clear()
        calls = [daemon.send(large_header(daemon), chunks()) for _ in range(4)]
        if end == "cancelled":
            daemon.wait_until(lambda: shared_bytes() > 4 * 39 << 20)
            for call in calls:
                call.cancel()
        for call in calls:
            with pytest.raises(grpc.RpcError):
                list(call)
        stop.set()
        daemon.wait_until_idle()

    def shared_bytes() -> int:
        sizes = [0]
        for file in Path(f"/proc/{daemon.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if "styleswap" in str(file.readlink()):
                    sizes.append(file.stat().st_blocks * 512)
        return sum(sizes)

    for _ in range(2):
        wave()
    memory, files = daemon.info().memory_used, open_files(daemon)
    for _ in range(3):
        wave()
    assert shared_bytes() == 0
    assert open_files(daemon) <= files + 2
    # A wave holds 160 MiB; some of what is freed is kept.
    assert daemon.info().memory_used - memory < 64 << 20


SMALL_BUDGET = """
from styleswap.service import limits
limits.HELD_BYTES = 3_000_000
limits.HELD_MEMORY_BYTES = 1 << 20
"""


def test_all_calls_together_have_one_budget(launch: Any, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SMALL_BUDGET)
    daemon = launch(environment={"PYTHONPATH": str(tmp_path)})
    picture = np.random.default_rng(0).integers(0, 256, (600, 1000, 3), np.uint8)
    data = picture.tobytes()
    header = daemon.header(picture, "builtin/woodcut", settings={"strength": 0})
    go = threading.Event()

    def held() -> Any:
        yield chunk(0, data[: limits.CHUNK_BYTES])
        yield chunk(1 << 20, data[1 << 20 : -1])
        go.wait(60)
        yield chunk(len(data) - 1, data[-1:])

    first = daemon.send(header, held())
    # Beyond what may lie in memory: in a file without a name.
    daemon.wait_until(lambda: spooled(daemon) >= len(data) - 1)
    assert list((daemon.home / "spool").iterdir()) == []
    failure = daemon.refused(lambda: daemon.paint(picture, "builtin/woodcut"))
    assert (failure.code, failure.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_MANY_BYTES",
    )
    assert failure.retry is not None
    go.set()
    painted = b"".join(part.chunk.data for part in first)
    assert painted == data
    assert daemon.paint(picture, "builtin/woodcut", settings={"strength": 0}).report


def spooled(daemon: Any) -> int:
    """Bytes of the daemon's files that have no name any more."""
    sizes = [0]
    for file in Path(f"/proc/{daemon.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if "/spool/" in str(file.readlink()):
                sizes.append(file.stat().st_size)
    return max(sizes)
