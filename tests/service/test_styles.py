"""The style library, over the wire and on disk."""

import io
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import textwrap
import zlib
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from styleswap import gallery
from styleswap.files import Pixels
from styleswap.pixel_format import PixelFormat
from styleswap.service.pixels import values
from styleswap.service.shared_styles import KEPT_STYLES, SharedStyles
from styleswap.service.style_pictures import as_style, decode
from styleswap.service.styles import Library
from styleswap.v1 import styles_pb2
from styleswap.worker.refusals import Refusal

from .conftest import chunks_of

INVALID = grpc.StatusCode.INVALID_ARGUMENT
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


def encoded(array: np.ndarray, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    image.save(stream, kind, **options)
    return stream.getvalue()


def picture(seed: int = 0, side: int = 40, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, channels), np.uint8)


def as_picture(array: np.ndarray) -> Pixels:
    height, width, _ = array.shape
    return Pixels(PixelFormat(width, height, "rgb", str(array.dtype), False), array.tobytes())


def listed(daemon: Any) -> list[styles_pb2.Style]:
    return list(daemon.styles.ListStyles(styles_pb2.ListStylesRequest(), timeout=30).styles)


def thumbnail(daemon: Any, id_: str, size: int = 0) -> Image.Image:
    request = styles_pb2.GetThumbnailRequest(id=id_, size=size)
    return Image.open(io.BytesIO(daemon.styles.GetThumbnail(request, timeout=30).png))


def rename(daemon: Any, id_: str, name: str) -> styles_pb2.Style:
    request = styles_pb2.RenameStyleRequest(id=id_, name=name)
    return daemon.styles.RenameStyle(request, timeout=30).style


def delete(daemon: Any, id_: str) -> None:
    daemon.styles.DeleteStyle(styles_pb2.DeleteStyleRequest(id=id_), timeout=30)


def test_built_in_styles_come_first_in_the_gallerys_order(daemon: Any) -> None:
    daemon.put(picture(11), "AAA before all")
    styles = listed(daemon)
    count = len(gallery.styles())
    assert [style.id for style in styles[:count]] == [style.id for style in gallery.styles()]
    assert all(style.builtin for style in styles[:count])
    assert not any(style.builtin for style in styles[count:])
    for style, source in zip(styles, gallery.styles(), strict=False):
        with Image.open(source.path) as image:
            assert (style.width, style.height) == image.size


def test_users_styles_come_by_name(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for seed, name in enumerate(["beta", "Alpha", "gamma"]):
        library.put(as_picture(picture(seed)), name)
    own = [style.name for style in library.list() if not style.builtin]
    assert own == ["Alpha", "beta", "gamma"]


def test_id_is_of_the_pixels_whatever_the_file(daemon: Any) -> None:
    array = picture(21)
    first = daemon.put(array, "First")
    assert not first.existed
    assert first.style.id.startswith("sha256:")
    assert len(first.style.id) == len("sha256:") + 64
    files = [
        encoded(array, "PNG"),
        encoded(array, "WEBP", lossless=True),
        encoded(array, "TIFF"),
        encoded(np.dstack((array, np.full((40, 40, 1), 255, np.uint8))), "PNG"),
    ]
    for data in files:
        again = daemon.put(data, "Another name")
        assert again.existed
        assert again.style == first.style
    assert daemon.put(array, "Yet another").style.name == "First"
    assert sum(style.id == first.style.id for style in listed(daemon)) == 1
    array[0, 0, 0] ^= 1
    assert daemon.put(array, "Changed").style.id != first.style.id


def test_gray_file_is_the_same_style_as_its_rgb_twin(daemon: Any) -> None:
    gray = picture(22, channels=1)
    one = daemon.put(encoded(gray, "PNG"))
    assert daemon.put(np.repeat(gray, 3, 2)).style.id == one.style.id


def test_name_is_trimmed_and_an_empty_one_is_untitled(daemon: Any) -> None:
    assert daemon.put(picture(23), "  Sunset \t").style.name == "Sunset"
    assert daemon.put(picture(24), "").style.name == "Untitled"


def test_styles_survive_a_restart_to_the_bit(launch: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    daemon = launch(home)
    kept = {}
    for depth in ("uint8", "uint16", "float32"):
        array = (np.random.default_rng(5).random((30, 40, 4)) * 65535).astype(depth)
        if depth == "float32":
            array = array / 40000 - 0.2
        style = daemon.put(array, depth, linear=True).style
        kept[style.id] = array, np.asarray(thumbnail(daemon, style.id))
    renamed = rename(daemon, style.id, " Néw näme ")
    assert renamed.name == "Néw näme"
    before = listed(daemon)
    daemon.process.kill()
    daemon.process.wait()

    library = Library(home / "styles")
    for id_, (array, _) in kept.items():
        stored = library.picture(id_)
        assert stored.format == PixelFormat(40, 30, "rgba", str(array.dtype), True)
        np.testing.assert_array_equal(values(stored), array)

    daemon = launch(home)
    assert renamed in listed(daemon)
    assert listed(daemon) == before
    for id_, (_, small) in kept.items():
        np.testing.assert_array_equal(np.asarray(thumbnail(daemon, id_)), small)
    content = picture(1, 32)
    assert daemon.paint(content, renamed.id).picture().shape == content.shape


def test_thumbnail_has_the_size_asked_for_and_the_pictures_shape(daemon: Any) -> None:
    y, x = np.mgrid[0:300, 0:600]
    array = np.stack((x * 255 // 599, y * 255 // 299, 0 * x), 2).astype(np.uint8)
    id_ = daemon.put(array, "Wide").style.id
    for size, expected in ((0, (128, 64)), (16, (16, 8)), (512, (512, 256))):
        image = thumbnail(daemon, id_, size)
        assert image.format == "PNG"
        assert image.size == expected
        reference = Image.fromarray(array).resize(expected, Image.Resampling.BOX)
        difference = np.abs(np.asarray(image, float)[..., :3] - np.asarray(reference, float))
        assert difference.mean() < 3
    assert thumbnail(daemon, "builtin/woodcut", 64).size == (64, 64)
    assert thumbnail(daemon, daemon.put(picture(3), "Small").style.id, 512).size == (40, 40)


def test_thumbnail_shows_what_paintings_leave_out(daemon: Any) -> None:
    """The border half gone to gray, the rest as it is; what has none is untouched."""
    whole = np.full((200, 240, 3), 250, np.uint8)
    inner = np.asarray(Image.open(gallery.styles()[0].path).resize((200, 160)).convert("RGB"))
    plain = np.asarray(thumbnail(daemon, daemon.put(inner, "Plain").style.id, 512))
    np.testing.assert_array_equal(plain, inner)
    whole[20:180, 20:220] = inner
    shown = np.asarray(thumbnail(daemon, daemon.put(whole, "Framed").style.id, 512))
    assert shown.shape == whole.shape
    np.testing.assert_array_equal(shown[30:170, 30:210], whole[30:170, 30:210])
    for margin in (shown[:18], shown[182:], shown[:, :18], shown[:, 222:]):
        assert np.abs(margin.astype(int) - (250 * 0.35 + 128 * 0.65)).max() <= 1


@pytest.mark.parametrize("size", [1, 15, 513, 2**32 - 1])
def test_thumbnail_size_out_of_range_is_refused(daemon: Any, size: int) -> None:
    failure = daemon.refused(lambda: thumbnail(daemon, "builtin/woodcut", size))
    assert (failure.code, failure.reason, failure.fields) == (INVALID, "THUMBNAIL_SIZE", ["size"])


def test_delete_leaves_no_file_and_the_picture_can_come_again(daemon: Any) -> None:
    daemon.put(picture(50), "Another")
    before = listed(daemon)
    files = set((daemon.home / "styles").iterdir())
    gone = daemon.put(picture(51), "Gone").style
    thumbnail(daemon, gone.id)
    assert len(set((daemon.home / "styles").iterdir()) - files) == 3
    delete(daemon, gone.id)
    assert listed(daemon) == before
    assert set((daemon.home / "styles").iterdir()) == files
    for call in (
        lambda: thumbnail(daemon, gone.id),
        lambda: rename(daemon, gone.id, "x"),
        lambda: delete(daemon, gone.id),
    ):
        failure = daemon.refused(call)
        assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_STYLE")
    assert not daemon.put(picture(51), "Again").existed


def test_built_in_styles_are_neither_renamed_nor_deleted(daemon: Any) -> None:
    for call in (
        lambda: rename(daemon, "builtin/woodcut", "Mine"),
        lambda: delete(daemon, "builtin/woodcut"),
    ):
        failure = daemon.refused(call)
        assert (failure.code, failure.reason) == (PRECONDITION, "BUILTIN_STYLE")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\x00b"])
def test_names_that_cannot_be_shown_are_refused(daemon: Any, name: str) -> None:
    id_ = daemon.put(picture(31), "Fine").style.id
    failure = daemon.refused(lambda: rename(daemon, id_, name))
    assert (failure.code, failure.reason, failure.fields) == (INVALID, "STYLE_NAME", ["name"])


def png(width: int, height: int, rows: int) -> bytes:
    """A PNG of 1-bit black pixels that claims a height and holds some rows."""

    def part(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(rows * (1 + (width + 7) // 8)), 9)
    parts = part(b"IHDR", head), part(b"IDAT", data), part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bad_file(kind: str) -> bytes:
    match kind:
        case "text":
            return b"This is no picture.\n" * 50
        case "truncated jpeg":
            whole = encoded(picture(1, 200), "JPEG")
            return whole[: len(whole) // 2]
        case "truncated png":
            return encoded(picture(1, 200), "PNG")[:5000]
        case "vast header":
            return png(100_000, 100_000, 1)
        case "large header":
            return png(9000, 9000, 1)
        case _:  # 144 million pixels in 20 kB
            return png(12000, 12000, 12000)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text", "NOT_AN_IMAGE"),
        ("truncated jpeg", "TRUNCATED_IMAGE"),
        ("truncated png", "TRUNCATED_IMAGE"),
        ("vast header", "PICTURE_TOO_LARGE"),
        ("large header", "TRUNCATED_IMAGE"),
        ("bomb", "PICTURE_TOO_LARGE"),
    ],
)
def test_bad_image_files_are_refused_for_their_reason(
    daemon: Any, content: np.ndarray, kind: str, reason: str
) -> None:
    data = bad_file(kind)
    assert len(data) < 30_000
    before = daemon.info().memory_used
    for call in (lambda: daemon.put(data), lambda: daemon.paint(content, data)):
        failure = daemon.refused(call)
        assert (failure.code, failure.reason) == (INVALID, reason)
    assert daemon.info().memory_used < before + (100 << 20)
    daemon.wait_until_idle()


def test_file_may_be_a_style_without_being_stored(daemon: Any, content: np.ndarray) -> None:
    array = picture(41, 64)
    before = listed(daemon)
    by_file = daemon.paint(content, encoded(array, "PNG")).picture()
    by_values = daemon.paint(content, array).picture()
    assert listed(daemon) == before
    by_id = daemon.paint(content, daemon.put(array).style.id).picture()
    np.testing.assert_array_equal(by_file, by_values)
    np.testing.assert_array_equal(by_file, by_id)


# -- what becomes a style --------------------------------------------------------------------------


def test_wholly_transparent_style_is_refused(daemon: Any, content: np.ndarray) -> None:
    hidden = np.dstack((picture(61), np.zeros((40, 40, 1), np.uint8)))
    before = listed(daemon)
    for source in (hidden, encoded(hidden, "PNG")):
        for call in (
            lambda source=source: daemon.put(source),
            lambda source=source: daemon.paint(content, source),
        ):
            failure = daemon.refused(call)
            assert (failure.code, failure.reason) == (INVALID, "STYLE_TRANSPARENT")
    assert listed(daemon) == before
    hidden[3, 4, 3] = 1
    assert not daemon.put(hidden).existed


def test_notices_on_a_styles_file_are_told(daemon: Any, content: np.ndarray) -> None:
    pages = [Image.fromarray(picture(seed)) for seed in (62, 63)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    told = "The picture holds 2 pictures; only the first was read."
    assert list(daemon.put(stream.getvalue()).notices) == [told]
    assert told in daemon.paint(content, stream.getvalue()).report.notices
    assert list(daemon.put(encoded(picture(64), "PNG")).notices) == []


def decoders_of(pid: int) -> set[int]:
    """The processes in which a daemon decodes files."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"decoding_child" in (path.parent / "cmdline").read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def test_who_leaves_ends_the_decoding_and_others_are_served(
    launch: Any, content: np.ndarray
) -> None:
    """Of a file that would keep its decoder busy for ever."""
    daemon = launch()
    data = encoded(picture(71, 64), "PNG")
    daemon.paint(content, data)
    (decoder,) = decoders_of(daemon.process.pid)
    os.kill(decoder, signal.SIGSTOP)
    chunks = [*chunks_of(0, content.tobytes()), *chunks_of(1, data)]
    call = daemon.send(daemon.header(content, data), chunks)
    daemon.wait_until(lambda: daemon.info().queue_length > 0)
    assert thumbnail(daemon, "builtin/woodcut", 64).size == (64, 64)
    assert not daemon.put(picture(72)).existed
    assert "vips" not in Path(f"/proc/{daemon.process.pid}/maps").read_text()
    call.cancel()
    daemon.wait_until(lambda: decoder not in decoders_of(daemon.process.pid))
    daemon.wait_until_idle()


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_style_larger_than_paintings_use_is_reduced(depth: str) -> None:
    generator = np.random.default_rng(7)
    array = generator.integers(0, 256, (301, 4097, 4)).astype(depth)
    if depth == "float32":
        array /= 128  # beyond 1 too
    array[:20, :20, 3] = 0
    height, width, _ = array.shape
    given = Pixels(PixelFormat(width, height, "rgba", depth, False), array.tobytes())
    small = as_style(given)
    assert (small.format.width, small.format.height) == (2049, 151)
    assert "4097 x 301" in small.notices[0]
    reference = np.pad(array.astype(np.float64), ((0, 1), (0, 1), (0, 0)), mode="edge")
    if depth == "float32":
        reference = reference.clip(0, 1)
    squares = reference.reshape(151, 2, 2049, 2, 4)
    shown = squares[..., 3:] > 0
    colours = (squares * shown).sum((1, 3)) / np.maximum(shown.sum((1, 3)), 1)
    means = squares.mean((1, 3))
    means[..., :3] = np.where(shown.any((1, 3)), colours[..., :3], means[..., :3])
    tolerance = 1e-6 if depth == "float32" else 0.5001
    np.testing.assert_allclose(values(small), means, atol=tolerance)


def test_style_up_to_the_bound_is_taken_as_it_is() -> None:
    for shape in ((200, 4096, 3), (100, 9000, 3)):  # of the narrow one every row is needed
        array = np.random.default_rng(8).integers(0, 256, shape, np.uint8)
        kept = as_style(as_picture(array))
        assert kept.notices == ()
        np.testing.assert_array_equal(values(kept), array)


def test_style_of_two_large_sides_is_halved_until_it_fits() -> None:
    tall = as_style(as_picture(np.zeros((9000, 1200, 3), np.uint8))).format
    assert (tall.width, tall.height) == (300, 2250)


# -- the folder ------------------------------------------------------------------------------------


def test_what_an_interrupted_write_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    style = Library(tmp_path).put(as_picture(picture(1)), "Kept").style
    own = {
        "holiday.png": b"the only copy",
        "holiday.pixels": b"a game's",
        "notes.json": b"{}",
        ".draft.part": b"a download",
        f"{'A' * 64}.png": b"not our spelling",
        f"{'a' * 63}.png": b"too short",
    }
    for name, data in own.items():
        (tmp_path / name).write_bytes(data)
    for name in (f"{'a' * 64}.pixels", f"{'a' * 64}.png", f".{'0a' * 8}.part"):
        (tmp_path / name).write_bytes(b"half")
    again = Library(tmp_path)
    key = style.id.removeprefix("sha256:")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{key}.json", f"{key}.pixels", f"{key}.png", *own}
    assert all((tmp_path / name).read_bytes() == data for name, data in own.items())
    assert again.get(style.id) == style


def described(**changes: Any) -> str:
    """A style's description with some of it changed."""
    form = {"width": 40, "height": 40, "layout": "rgb", "depth": "uint8", "linear": False}
    told = {"name": "Bad", "format": {**form, **changes.pop("format", {})}}
    return json.dumps({**told, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"name": "x", "format": {"width": 3}}),
        json.dumps({"name": "x", "format": [40, 40]}),
        described(format={"width": -5}),
        described(format={"width": 10**12}),
        described(format={"height": 40.0}),
        described(format={"height": True}),
        described(format={"height": float("nan")}),
        described(format={"layout": ["rgb"]}),
        described(format={"layout": "cmyk"}),
        described(format={"depth": 8}),
        described(format={"linear": "no"}),
        described(name=3),
        described(name="\ud800"),
        described(name="two\nlines"),
        described(name=""),
        described(kind="network"),
        "[" * 100_000,
        '{"name": "x", "format": {"width": ' + "9" * 10_000 + "}}",
        " " * (1 << 20),
    ],
    ids=lambda text: text[:40],
)
def test_bad_description_is_left_alone_and_said_and_the_others_are_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    library = Library(tmp_path)
    good = library.put(as_picture(picture(1)), "Good").style
    bad = library.put(as_picture(picture(2)), "Bad").style
    path = tmp_path / f"{bad.id.removeprefix('sha256:')}.json"
    path.write_text(text)
    caplog.clear()
    own = [style for style in Library(tmp_path).list() if not style.builtin]
    assert own == [good]
    assert [str(path) in record.getMessage() for record in caplog.records] == [True]
    assert ("a kind that this version does not know" in caplog.text) == ('"kind"' in text)
    assert path.read_text() == text
    assert path.with_suffix(".pixels").exists()


def test_pipe_for_a_description_does_not_stop_the_daemon(tmp_path: Path) -> None:
    good = Library(tmp_path).put(as_picture(picture(1)), "Good").style
    os.mkfifo(tmp_path / f"{'b' * 64}.json")
    assert [style for style in Library(tmp_path).list() if not style.builtin] == [good]


def test_damaged_pixels_are_noticed(tmp_path: Path) -> None:
    library = Library(tmp_path)
    style = library.put(as_picture(picture(1)), "Mine").style
    path = tmp_path / f"{style.id.removeprefix('sha256:')}.pixels"
    whole = path.read_bytes()
    other = zlib.compress(picture(2).tobytes())
    for data in (b"", whole[:-20], b"not zlib", other, zlib.compress(bytes(10 << 20))):
        path.write_bytes(data)
        with pytest.raises(Refusal) as caught:
            Library(tmp_path).picture(style.id)
        assert caught.value.reason == "STYLE_DAMAGED"
        assert "Mine" in caught.value.message
    path.write_bytes(whole)
    np.testing.assert_array_equal(values(library.picture(style.id)), picture(1))


def test_styles_in_use_are_decoded_once_and_the_kept_ones_are_bounded(tmp_path: Path) -> None:
    library = Library(tmp_path)
    first = library.put(as_picture(picture(1, 1200)), "First").style
    assert library.picture(first.id) is library.picture(first.id)
    kept = library.picture(first.id)
    for seed in range(4):  # 4.3 MB each, 16 MiB are kept
        style = library.put(as_picture(picture(seed + 2, 1200)), "Another").style
        library.picture(style.id)
    assert library.picture(first.id) is not kept
    np.testing.assert_array_equal(values(library.picture(first.id)), values(kept))
    large = library.put(as_picture(picture(9, 2500)), "Large").style
    np.testing.assert_array_equal(values(library.picture(large.id)), picture(9, 2500))
    library.delete(first.id)
    with pytest.raises(Refusal):
        library.picture(first.id)


def test_kept_thumbnails_are_bounded_by_their_bytes(tmp_path: Path) -> None:
    library = Library(tmp_path)
    style = library.put(as_picture(picture(1, 600)), "Noise").style
    first = library.thumbnail(style.id, 512)
    assert library.thumbnail(style.id, 512) is first
    others = sum(len(library.thumbnail(style.id, size)) for size in range(480, 512))
    assert others > 16 << 20
    again = library.thumbnail(style.id, 512)
    assert again == first
    assert again is not first


def test_lost_thumbnail_is_made_anew(tmp_path: Path) -> None:
    library = Library(tmp_path)
    style = library.put(as_picture(picture(1)), "Mine").style
    expected = library.thumbnail(style.id, 32)
    (tmp_path / f"{style.id.removeprefix('sha256:')}.png").unlink()
    made = Library(tmp_path).thumbnail(style.id, 32)
    np.testing.assert_array_equal(_decoded(made), _decoded(expected))


def _decoded(png: bytes) -> np.ndarray:
    return values(decode(png))


READ_ONLY = """
    import os, sys
    from pathlib import Path
    from styleswap.worker.refusals import Refusal
    from styleswap.pixel_format import PixelFormat
    from styleswap.files import Pixels
    from styleswap.service.styles import Library

    folder, id_ = Path(sys.argv[1]), sys.argv[2]
    if os.getuid() == 0:
        os.seteuid(65534)  # root may write anywhere
    library = Library(folder)
    new = Pixels(PixelFormat(16, 16, "rgb", "uint8", False), bytes(16 * 16 * 3))
    for call in (
        lambda: library.put(new, "New"),
        lambda: library.rename(id_, "Other"),
        lambda: library.delete(id_),
    ):
        try:
            call()
        except Refusal as error:
            print(error.code, error.reason, str(folder) in error.message)
    print([style.name for style in library.list() if not style.builtin])
    print(len(library.picture(id_).data))
"""


def test_read_only_folder_is_told_and_reading_goes_on() -> None:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "styles"
        style = Library(folder).put(as_picture(picture(1)), "Mine").style
        folder.chmod(0o555)
        result = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(READ_ONLY), str(folder), style.id],
            env={**os.environ, "PYTHONPATH": str(Path(gallery.__file__).parent.parent.parent)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        folder.chmod(0o755)
    told = "FAILED_PRECONDITION LIBRARY_NOT_WRITABLE True"
    expected = [told, told, told, "['Mine']", str(picture(1).size)]
    assert result.stdout.splitlines() == expected, result.stderr


FULL = """
    import resource, signal, sys, numpy as np
    from pathlib import Path
    from styleswap.worker.refusals import Refusal
    from styleswap.files import Pixels
    from styleswap.service.styles import Library
    from styleswap.service.style_folder import StyleFolder
    from styleswap.pixel_format import PixelFormat

    folder, full = Path(sys.argv[1]), sys.argv[2]
    noise = np.random.default_rng(0).integers(0, 256, 300 * 300 * 3, np.uint8).tobytes()
    whole = StyleFolder.add

    def add(self, key, stored, contents):
        # A write beyond the limit fails like one on a full disk.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        room = len(contents[full]) - 1
        assert all(len(data) <= room for name, data in contents.items() if name < full)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        whole(self, key, stored, {name: contents[name] for name in sorted(contents)})

    StyleFolder.add = add
    library = Library(folder)
    try:
        library.put(Pixels(PixelFormat(300, 300, "rgb", "uint8", False), noise), "Large")
    except Refusal as error:
        print(error.code, error.reason, error.retry_seconds > 0)
    print([path.name for path in folder.iterdir()])
    print([style.name for style in library.list() if not style.builtin])
"""


@pytest.mark.parametrize("full", ["pixels", "png"])
def test_full_disk_is_told_and_nothing_half_written_stays(tmp_path: Path, full: str) -> None:
    """Whether it is full at the first file or at a later one."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path), full],
        env={**os.environ, "PYTHONPATH": str(Path(gallery.__file__).parent.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.stdout.splitlines() == ["RESOURCE_EXHAUSTED DISK_FULL True", "[]", "[]"], (
        result.stderr
    )


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_small_styles_do_not_take_all_descriptors(tmp_path: Path) -> None:
    library = Library(tmp_path)
    shared = SharedStyles(library)
    before = len(list(Path("/proc/self/fd").iterdir()))
    ids = [library.put(as_picture(picture(n, 24)), str(n)).style.id for n in range(KEPT_STYLES + 9)]
    for id_ in ids:
        shared.get(id_)
    assert len(list(Path("/proc/self/fd").iterdir())) - before <= KEPT_STYLES
    assert [shared.has(id_) for id_ in ids] == [False] * 9 + [True] * KEPT_STYLES
