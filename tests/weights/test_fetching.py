"""Downloads from a server on this machine that stalls, breaks off or sends other things."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from styleswap.engine import Cancelled
from styleswap.weights import fetching as module
from styleswap.weights.fetching import fetch

FILE = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(FILE).hexdigest()
PATIENT = {"timeout": 0.3, "patience": 1.0}


class Server(ThreadingHTTPServer):
    """Serves `FILE`.

    Attributes:
        asked: the ranges of all requests, "" where there was none.
        faults: of the requests to come, in their order: "cut" sends half of what is asked and hangs
            up, "stall" does not hang up, "trickle" sends a byte now and then, "other" sends other
            bytes, a number is a status.
        ranges: whether it knows them.
        sized: whether it tells the size.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.faults: list[str | int] = []
        self.ranges = self.sized = True
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.pth"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        wish = self.headers.get("Range", "")
        self.server.asked.append(wish)
        fault = self.server.faults.pop(0) if self.server.faults else ""
        start = int(wish[6:-1]) if wish and self.server.ranges else 0
        if isinstance(fault, int):
            return self.send_error(fault)
        if start >= len(FILE):
            return self.send_error(416)
        data = FILE[start:] if fault != "other" else b"<html>" * 1000
        self.send_response(206 if start else 200)
        if self.server.sized:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault == "trickle":
            for _ in range(1000):
                self.wfile.write(b"x")
                if self.server.over.wait(0.05):
                    return None
        self.wfile.write(data[: len(data) // 2] if fault in ("cut", "stall") else data)
        if fault == "stall":
            self.server.over.wait(60)
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "file.pth"


def part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def test_a_file_is_whole_when_it_is_there_and_its_progress_is_told(
    server: Server, path: Path
) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, whole: int) -> None:
        assert not path.exists()
        told.append((done, whole))

    fetch(server.url, path, SHA256[:8], told=tell)
    assert path.read_bytes() == FILE
    assert [p.name for p in path.parent.iterdir()] == ["file.pth"]
    assert told == sorted(told)
    assert told[-1] == (len(FILE), len(FILE))
    assert server.asked == [""]


@pytest.mark.parametrize("fault", ["cut", "stall"])
def test_a_broken_connection_is_taken_up_where_it_broke(
    server: Server, path: Path, fault: str
) -> None:
    server.faults = [fault, 503, fault]
    fetch(server.url, path, SHA256, timeout=0.3, patience=30)
    assert path.read_bytes() == FILE
    half = len(FILE) // 2
    assert server.asked == ["", f"bytes={half}-", f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_where_no_size_is_told_the_hash_tells_that_more_was_to_come(
    server: Server, path: Path
) -> None:
    server.faults, server.sized = ["cut"], False
    with pytest.raises(OSError, match="its hash is wrong"):
        fetch(server.url, path, SHA256)
    fetch(server.url, path, SHA256)
    assert path.read_bytes() == FILE


def test_a_server_that_knows_no_ranges_sends_all_again(server: Server, path: Path) -> None:
    server.faults, server.ranges = ["cut"], False
    fetch(server.url, path, SHA256)
    assert path.read_bytes() == FILE
    assert len(server.asked) == 2


def test_one_that_was_cancelled_goes_on_the_next_time(server: Server, path: Path) -> None:
    def cancelled() -> bool:
        return part(path).stat().st_size > len(FILE) // 3

    with pytest.raises(Cancelled):
        fetch(server.url, path, SHA256, cancelled=cancelled)
    kept = part(path).stat().st_size
    assert not path.exists()
    assert len(FILE) // 3 < kept < len(FILE)
    fetch(server.url, path, SHA256)
    assert path.read_bytes() == FILE
    assert server.asked == ["", f"bytes={kept}-"]
    assert not part(path).exists()


def test_a_stalled_one_can_be_cancelled(server: Server, path: Path) -> None:
    server.faults = ["stall"] * 9
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += len(server.asked) > 2
        return asked > 0

    with pytest.raises(Cancelled):
        fetch(server.url, path, SHA256, cancelled=cancelled, timeout=0.2, patience=60)


def test_without_an_end_to_it_a_stall_or_a_trickle_is_given_up(server: Server, path: Path) -> None:
    for fault in ("stall", "trickle"):
        server.faults = [fault] * 99
        with pytest.raises(OSError, match=r"it stalled after \d\.\d MB"):
            fetch(server.url, path, SHA256, **PATIENT)
        assert part(path).exists()
        assert not path.exists()
        part(path).unlink()


@pytest.mark.parametrize("start", [FILE[:7000], FILE, b"x" * 7000, b"x" * (2 * len(FILE))])
def test_whatever_was_left_before_ends_in_the_right_file(
    server: Server, path: Path, start: bytes
) -> None:
    path.parent.mkdir()
    part(path).write_bytes(start)
    fetch(server.url, path, SHA256)
    assert path.read_bytes() == FILE
    assert not part(path).exists()


def test_another_file_is_refused_and_does_not_stay(server: Server, path: Path) -> None:
    """Such as the page of a hotel's network."""
    server.faults = ["other", "other"]
    with pytest.raises(OSError, match="another file: its hash is wrong"):
        fetch(server.url, path, SHA256)
    assert list(path.parent.iterdir()) == []


def test_an_endless_one_is_given_up(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT", len(FILE) // 2)
    with pytest.raises(OSError, match="another file: it has more than"):
        fetch(server.url, path, SHA256)
    assert part(path).stat().st_size == 0


def test_what_the_server_says_is_told_at_once(server: Server, path: Path) -> None:
    for status in (404, 503):
        server.faults = [status]
        with pytest.raises(OSError, match=f"the server answers {status} "):
            fetch(server.url, path, SHA256)
    assert len(server.asked) == 2


def test_a_full_disk_is_told_before_it_is_full(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("", (), {"free": 9999}))
    with pytest.raises(OSError, match="the disk has no room for another 1 MB"):
        fetch(server.url, path, SHA256)


def test_two_do_not_write_the_same_file(server: Server, path: Path) -> None:
    inner: list[str] = []

    def tell(*_: int) -> None:
        with pytest.raises(OSError, match=r"another program is downloading file\.pth") as caught:
            fetch(server.url, path, SHA256)
        inner.append(str(caught.value))

    fetch(server.url, path, SHA256, told=tell)
    assert inner
    assert path.read_bytes() == FILE
