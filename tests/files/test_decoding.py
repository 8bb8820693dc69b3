"""Decoding in a process of its own: what files, and their decoder's death, do to everybody else."""

import contextlib
import gc
import os
import resource
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from styleswap import gallery
from styleswap.files import Cancelled, FileError, Limits, decode, decoders, read, thumbnail
from styleswap.files.thumbnails import thumbnail_png
from styleswap.pixel_format import PixelFormat
from styleswap.processes import AVAILABLE, SharedMemory

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="needs Unix sockets")

PATIENCE = 60


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No decoder is left from a test before."""
    decoders._end_workers()
    yield
    decoders._end_workers()


def pids() -> list[int]:
    return [worker._child.pid for worker in decoders._pools[False]._idle]


def children() -> list[int]:
    """Processes of this one that decode."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            words = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"decoding_child" in words:
            found.append(int(path.parent.name))
    return found


def wait_until(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def refusal(function, source, **options) -> tuple[str, str]:
    with pytest.raises(FileError) as caught:
        function(source, **options)
    return caught.value.reason, str(caught.value)


def reason(source, **options) -> str:
    told, message = refusal(decode, source, **options)
    assert message.endswith(".")
    assert "\n" not in message
    return told


@pytest.mark.parametrize("kind", ["path", "bytes", "shared"])
def test_like_read(kind, ramps, pillow_file, tmp_path: Path):
    files = {
        "PNG": pillow_file(ramps, "PNG", dpi=(300, 150)),
        "JPEG": pillow_file(ramps, "JPEG", icc_profile=b"no profile"),
        "TIFF": pillow_file(Image.fromarray(ramps).convert("CMYK"), "TIFF"),
        "damaged": pillow_file(ramps, "PNG")[:90],
        "text": b"no picture",
        "none": b"",
    }
    for name, raw in files.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(raw)
        source = {"path": path, "bytes": raw}.get(kind)
        if kind == "shared" and raw:
            source = SharedMemory.holding(raw)
        elif kind == "shared":
            continue
        given = path if kind == "path" else raw
        if name in ("damaged", "text", "none"):
            assert refusal(decode, source) == refusal(read, given)
            continue
        expected, pixels = read(given), decode(source)
        assert bytes(pixels.data) == bytes(expected.data)
        for field in ("format", "profile", "notices"):
            assert getattr(pixels, field) == getattr(expected, field)
        assert pixels.resolution == pytest.approx(expected.resolution)


def test_limits_hold(ramps, pillow_file):
    raw = pillow_file(ramps, "PNG")
    assert decode(raw, limits=Limits(1200, 40, len(raw))).format.width == 40
    assert reason(raw, limits=Limits(1199, 40, len(raw))) == "PICTURE_TOO_LARGE"
    assert reason(raw, limits=Limits(1200, 39, len(raw))) == "PICTURE_TOO_LARGE"
    assert reason(raw, limits=Limits(1200, 40, len(raw) - 1)) == "FILE_TOO_LARGE"


def test_a_decoder_is_reused_and_at_most_two_work_at_once(ramps, pillow_file):
    raw = pillow_file(np.kron(ramps, np.ones((20, 20, 1), np.uint8)), "PNG")
    decode(raw)
    (pid,) = pids()
    decode(raw)
    assert pids() == [pid]
    threads = [threading.Thread(target=decode, args=(raw,)) for _ in range(8)]
    most = 0
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(children()))
    assert 1 <= most <= 2
    assert pid in pids()


def test_an_idle_decoder_ends(ramps, pillow_file, monkeypatch):
    monkeypatch.setattr(decoders, "IDLE_SECONDS", 0.2)
    decode(pillow_file(ramps, "PNG"))
    wait_until(lambda: not children())
    assert pids() == []
    assert decode(pillow_file(ramps, "PNG")).format.width == 40


def test_a_decoder_ends_with_its_parent():
    """However that ends, and whatever the decoder does just then."""
    script = """
        import os, sys
        from styleswap.files import decode, decoders
        decode(sys.argv[1])
        print(decoders._pools[False]._idle[0]._child.pid, flush=True)
        os.kill(os.getpid(), 9)
    """
    path = gallery.styles()[0].path
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    pid = int(ended.stdout)
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or _is_dead(pid))


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


# -- time and memory -------------------------------------------------------------------------------


def test_a_decoder_has_little_of_everything(ramps, pillow_file):
    decode(pillow_file(ramps, "PNG"))
    (pid,) = pids()
    told = Path(f"/proc/{pid}/limits").read_text()
    soft = {line[:26].strip(): line[26:].split()[0] for line in told.splitlines()[1:]}
    assert soft["Max core file size"] == "0"
    assert int(soft["Max open files"]) <= 64
    assert int(soft["Max cpu time"]) < 60
    assert int(soft["Max address space"]) < 4 << 30
    open_files = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
    assert [name for name in open_files if name != os.devnull] == [
        name for name in open_files if name.startswith("socket:")
    ]
    assert len(open_files) == 2


def test_who_goes_ends_the_work(ramps, pillow_file):
    """Of a decoder that does not answer; other files are read as before."""
    raw = pillow_file(ramps, "PNG")
    decode(raw)
    (pid,) = pids()
    os.kill(pid, signal.SIGSTOP)
    gone = threading.Event()
    threading.Timer(0.2, gone.set).start()
    with pytest.raises(Cancelled):
        decode(raw, cancelled=gone.is_set)
    assert pid not in children()
    assert decode(raw, cancelled=lambda: False).format.width == 40


def test_who_goes_does_not_wait_for_others(ramps, pillow_file):
    """All places are taken by files that take long."""
    raw = pillow_file(ramps, "PNG")
    leave = threading.Event()
    threads = []
    for _ in range(decoders.AT_ONCE):
        worker = decoders._pools[False].take()
        os.kill(worker._child.pid, signal.SIGSTOP)
        decoders._pools[False].give(worker)

        def hang() -> None:
            with pytest.raises(Cancelled):
                decode(raw, cancelled=leave.is_set)

        threads.append(threading.Thread(target=hang))
        threads[-1].start()
        wait_until(lambda: not decoders._pools[False]._idle)
    gone = threading.Event()
    threading.Timer(0.2, gone.set).start()
    with pytest.raises(Cancelled):
        decode(raw, cancelled=gone.is_set)
    leave.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert children() == []
    assert decode(raw).format.width == 40


def test_a_file_that_takes_too_long_is_refused(ramps, pillow_file, monkeypatch):
    raw = pillow_file(ramps, "PNG")
    decode(raw)
    (pid,) = pids()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(decoders, "SECONDS", 0.3)
    assert reason(raw) == "DECODING_TIMEOUT"
    assert pid not in children()
    monkeypatch.undo()
    assert decode(raw).format.width == 40


def test_pixels_and_files_are_given_back(ramps, pillow_file):
    """Those of refused files too, and without waiting for the garbage collector."""
    good = pillow_file(ramps, "PNG")
    bad = pillow_file(np.kron(ramps, np.ones((9, 9, 1), np.uint8)), "PNG")[:-500]
    thumbnail(decode(good), 16)

    def held() -> tuple[int, int]:
        maps = Path("/proc/self/maps").read_text().count("memfd:styleswap")
        return maps, len(list(Path("/proc/self/fd").iterdir()))

    gc.collect()
    gc.disable()
    try:
        before = held()
        for _ in range(3):
            pixels = decode(good)
            assert held()[0] == before[0] + 1
            del pixels
            assert reason(bad) == "TRUNCATED_IMAGE"
            png = thumbnail(decode(good), 16)
            assert png
        assert held() == before
    finally:
        gc.enable()


def test_files_may_be_limited(ramps, pillow_file, tmp_path: Path):
    """A shell's `ulimit -f` counts shared memory too."""
    path = tmp_path / "photo.png"
    path.write_bytes(pillow_file(ramps, "PNG"))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        pixels = decode(path)
        damaged = tmp_path / "damaged.png"
        damaged.write_bytes(path.read_bytes()[:90])
        assert reason(damaged) == "TRUNCATED_IMAGE"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    np.testing.assert_array_equal(np.frombuffer(pixels.data, np.uint8), ramps.ravel())


def test_own_files_do_not_wait_for_others(ramps, pillow_file):
    """Nor are they decoded where another file has been."""
    raw = pillow_file(ramps, "PNG")
    places = decoders._pools[False]._places
    taken = [places.acquire() for _ in range(decoders.AT_ONCE)]
    try:
        assert decode(raw, own=True).format.width == 40
    finally:
        for _ in taken:
            places.release()
    assert pids() == []
    (own,) = children()
    decode(raw)
    assert own not in pids()


# -- the decoder's death ---------------------------------------------------------------------------


def test_a_decoder_that_an_earlier_file_has_poisoned_is_replaced(ramps, pillow_file):
    raw = pillow_file(ramps, "PNG")
    decode(raw)
    for _ in range(3):
        (pid,) = pids()
        os.kill(pid, signal.SIGKILL)
        assert decode(raw).format.width == 40
        assert pids() != [pid]


@pytest.mark.parametrize(
    "act",
    [
        "os.abort()",
        "os._exit(0)",
        "channel.send({'room': 1 << 60})",
        "channel.send({'room': '9'})",
        "channel.send({'room': -1})",
        "[channel.send({'room': 9}) for _ in range(9)]",
        "channel.send({'form': {}})",
        "channel.send({'error': 'all is lost'})",
        "channel.send({'error': {'reason': 'NO_REASON', 'message': 'x'}})",
        "channel._socket.sendall(b'\\xff' * 50)",
        "answer(form(width=3))",
        "answer(form(width=True))",
        "answer(form(layout='cmyk'))",
        "answer(form(depth=None))",
        "answer(form(width=-2, height=-2))",
        "answer(form(), notices=7)",
        "answer(form(), resolution='no')",
        "answer(form(), profile=7)",
    ],
)
def test_a_decoder_that_a_file_has_taken_over_takes_nobody_with_it(
    act, ramps, pillow_file, tmp_path: Path, monkeypatch
):
    """It dies at the file, or says what is not so: the file is refused."""
    script = f"""
        import os, sys
        from styleswap.processes import channel_of

        channel = channel_of(int(sys.argv[1]))

        def form(**changes):
            told = {{"width": 2, "height": 2, "layout": "gray", "depth": "uint8", "linear": False}}
            return {{**told, **changes}}

        def answer(form, **changes):
            channel.send({{"room": 4}})
            os.write(channel.receive().files[0], b"1234")
            told = {{"form": form, "profile": None, "resolution": None, "notices": []}}
            channel.send({{**told, **changes}})

        while True:
            channel.receive()
            {act}
    """
    (tmp_path / "hostile_child.py").write_text(textwrap.dedent(script))
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(gallery.__file__).parents[2]}"}
    with monkeypatch.context() as patch:
        patch.setattr(
            decoders, "Child", lambda *_, **__: decoders_child("hostile_child", environment)
        )
        patch.setattr(decoders, "SECONDS", 20)
        assert reason(b"GIF89a and so on") == "DAMAGED_IMAGE"
    decoders._end_workers()
    assert decode(pillow_file(ramps, "PNG")).format.width == 40


def test_half_an_answer_is_not_waited_for(tmp_path: Path, monkeypatch):
    script = """
        import sys, time
        from styleswap.processes import channel_of

        channel = channel_of(int(sys.argv[1]))
        channel.receive()
        channel._socket.sendall(bytes([9, 0, 0, 0, 0, 0, 0, 0]) + b"{")
        time.sleep(600)
    """
    (tmp_path / "hostile_child.py").write_text(textwrap.dedent(script))
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(gallery.__file__).parents[2]}"}
    monkeypatch.setattr(
        decoders, "Child", lambda *_, **__: decoders_child("hostile_child", environment)
    )
    gone = threading.Event()
    threading.Timer(0.5, gone.set).start()
    with pytest.raises(Cancelled):
        decode(b"GIF89a and so on", cancelled=gone.is_set)
    assert children() == []


def decoders_child(module: str, environment: dict[str, str]):
    from styleswap.processes import Child

    return Child(module, environment=environment)


def test_damaged_files_in_turn_kill_nobody(ramps, pillow_file):
    """Once libvips's warnings came to Python, where freeing another damaged file warned too."""
    large = np.kron(ramps, np.ones((8, 8, 1), np.uint8))
    jpeg = bytearray(pillow_file(large, "JPEG"))
    jpeg[len(jpeg) // 2 : len(jpeg) // 2 + 40] = bytes(40)
    tiff = pillow_file(ramps, "TIFF")[:-60]
    damaged = [bytes(jpeg), pillow_file(large, "JPEG")[:-700], tiff]
    decode(pillow_file(ramps, "PNG"))
    before = pids()
    for _ in range(100):
        for raw in damaged:
            with contextlib.suppress(FileError):
                decode(raw)
    assert pids() == before


def test_no_warning_of_libvips_comes_to_python(ramps, pillow_file, caplog):
    """It would be Python within a GLib warning, which is what ended in an abort."""
    caplog.set_level(1)
    with pytest.raises(FileError):
        read(pillow_file(np.kron(ramps, np.ones((8, 8, 1), np.uint8)), "JPEG")[:-700])
    assert [record for record in caplog.records if "VIPS" in record.getMessage()] == []


def test_a_forked_process_has_decoders_of_its_own(ramps, pillow_file, tmp_path: Path):
    raw = pillow_file(ramps, "PNG")
    decode(raw)
    before = pids()
    script = """
        import os, sys
        from styleswap.files import decode, decoders
        decode(sys.argv[1])
        pid = os.fork()
        if not pid:
            os._exit(0 if decode(sys.argv[1]).format.width == 40 else 1)
        print(os.waitpid(pid, 0)[1], decode(sys.argv[1]).format.width)
    """
    path = tmp_path / "photo.png"
    path.write_bytes(raw)
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (ended.stdout, ended.stderr) == ("0 40\n", "")
    assert pids() == before


# -- what is no file -------------------------------------------------------------------------------


def test_what_takes_a_files_place_is_refused_without_waiting(tmp_path: Path, monkeypatch):
    """Between the look at it and the opening."""
    regular = tmp_path / "photo.png"
    regular.write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.png")
    looked = Path.stat(regular)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: looked)
    for name in (tmp_path / "pipe.png", "/dev/zero", tmp_path):
        assert reason(name) == "FILE_UNREADABLE"


def test_thumbnail_like_in_process(ramps, values):
    from styleswap.files import Pixels

    for pixels in (
        Pixels(PixelFormat(40, 30, "rgb"), ramps.tobytes()),
        Pixels(
            PixelFormat(40, 30, "rgb", "float32", True), (ramps / 255).astype(np.float32).tobytes()
        ),
    ):
        assert thumbnail(pixels, 16) == thumbnail_png(pixels, 16)
        assert thumbnail(pixels, 16, dimmed=True) == thumbnail_png(pixels, 16, dimmed=True)


# -- small files that claim much -------------------------------------------------------------------


def tiff(tags: dict[int, int], body: bytes, pages: int = 1) -> bytes:
    """A TIFF whose pages are all the same, of tags with one number each."""
    parts = [struct.pack("<2sHI", b"II", 42, 8 + len(body) + len(body) % 2)]
    parts.append(body.ljust(len(body) + len(body) % 2, b"\0"))
    at = sum(map(len, parts))
    step = 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    for page in range(pages):
        following = at + (page + 1) * step if page < pages - 1 else 0
        parts += [struct.pack("<H", len(tags)), entries, struct.pack("<I", following)]
    return b"".join(parts)


@pytest.mark.parametrize(
    ("side", "channels", "expected"),
    [
        (4000, 4000, "PICTURE_TOO_LARGE"),
        (4000, 65535, "PICTURE_TOO_LARGE"),
        (100, 4000, "UNSUPPORTED_FORMAT"),
        (1, 65535, "UNSUPPORTED_FORMAT"),
    ],
)
def test_channels_without_end(side, channels, expected):
    packed = zlib.compress(bytes(1000))
    tags = {256: side, 257: side, 258: 8, 259: 8, 262: 2, 273: 8, 277: channels, 278: side}
    raw = tiff({**tags, 279: len(packed), 284: 1}, packed)
    assert len(raw) < 1200
    decode(gallery.styles()[0].path)
    (pid,) = pids()
    assert reason(raw) == expected
    assert pids() == [pid]
    peak = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line
    )
    assert int(peak.split()[1]) < 200 << 10


@pytest.mark.parametrize("pages", [3, 120_000])
def test_pages_without_end_are_not_read(pages):
    """What comes after the first page costs a bounded look, and libvips never sees it."""
    tags = {256: 2, 257: 2, 258: 8, 259: 1, 262: 2, 273: 8, 277: 3, 278: 2, 279: 12}
    pixels = decode(tiff(tags, bytes(range(12)), pages))
    assert bytes(pixels.data) == bytes(range(12))
    told = "3" if pages == 3 else "more than 10000"
    assert pixels.notices == (f"The picture holds {told} pictures; only the first was read.",)


def test_pages_in_a_circle():
    tags = {256: 2, 257: 2, 258: 8, 259: 1, 262: 2, 273: 8, 277: 3, 278: 2, 279: 12}
    raw = bytearray(tiff(tags, bytes(range(12)), 2))
    raw[-4:] = struct.pack("<I", 8 + 12)
    assert bytes(decode(bytes(raw)).data) == bytes(range(12))
