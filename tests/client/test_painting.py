"""Pictures through a real daemon."""

import itertools
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap.client import Daemon, InvalidPicture, Picture, PictureFormat, Progress
from styleswap.v1.settings import defaults

MIB = 1 << 20


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_strength_0_gives_every_byte_back(
    daemon: Daemon, noise: Any, style: Any, dtype: str, channels: int
) -> None:
    photo = noise((17, 23, channels), dtype)
    result = daemon.stylize(photo, style, strength=0)
    assert result.dtype == photo.dtype
    assert result.tobytes() == photo.tobytes()


@pytest.mark.parametrize("kind", ["Picture", "Pillow", "NumPy"])
def test_result_is_of_the_kind_that_was_given(
    daemon: Daemon, photo: Any, style: Any, kind: str
) -> None:
    given: Any = {
        "Picture": Picture(36, 24, "rgb", "uint8", False, photo.tobytes()),
        "Pillow": Image.fromarray(photo),
        "NumPy": photo,
    }[kind]
    result = daemon.stylize(given, style)
    assert type(result) is type(given) or isinstance(result, Image.Image)
    as_array = (
        np.frombuffer(result.data, np.uint8).reshape(photo.shape)
        if kind == "Picture"
        else np.asarray(result)
    )
    assert as_array.shape == photo.shape
    # Painted: not what was sent, and not a flat plane either.
    assert np.abs(as_array.astype(int) - photo).mean() > 5
    assert as_array.std() > 5


def test_the_same_picture_whatever_kind_it_came_in(daemon: Daemon, photo: Any, style: Any) -> None:
    from_array = daemon.stylize(photo, style)
    from_image = daemon.stylize(Image.fromarray(photo), Image.fromarray(style))
    np.testing.assert_array_equal(from_array, np.asarray(from_image))


def test_transfer_curve_reaches_the_daemon(daemon: Daemon, noise: Any, style: Any) -> None:
    data = noise((20, 20, 3), np.float32).tobytes()
    curved, linear = (
        daemon.stylize(Picture(20, 20, "rgb", "float32", flag, data), style)
        for flag in (False, True)
    )
    assert (curved.linear, linear.linear) == (False, True)
    assert bytes(curved.data) != bytes(linear.data)


def test_report_tells_what_was_used(daemon: Daemon, photo: Any, style: Any) -> None:
    report = daemon.paint(photo, style, strength=0.25, patch_size=5, colours="content").report
    assert report.settings == {
        **defaults(), "strength": 0.25, "patch_size": 5, "colours": "content"
    }  # fmt: skip
    assert report.version == daemon.info().version
    assert report.device
    assert report.tile_plan
    assert report.seconds.keys() >= {"encoding", "matching", "painting"}
    assert sum(report.seconds.values()) > 0
    assert 0 < report.distinct_patches <= 1
    assert [len(weights) for weights in report.weights] == [64, 64]


def test_progress_rises_through_the_stages(daemon: Daemon, photo: Any, style: Any) -> None:
    # Large enough for each stage to last: the daemon sends the newest progress, not every one.
    large = np.repeat(np.repeat(photo, 12, axis=0), 12, axis=1)
    seen: list[Progress] = []
    daemon.stylize(large, style, progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] <= 1
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    # Nobody waits in front, so the queue may be left before its progress is sent.
    waiting = [stage for stage in stages if stage in {"queued", "loading"}]
    assert stages == [*waiting, "encoding", "matching", "painting"]


def test_an_optimisation_tells_its_stage_and_shows_itself(
    daemon: Daemon, noise: Any, style: Any
) -> None:
    photo = noise((64, 128, 3))
    seen: list[Progress] = []
    previews: list[Any] = []
    result = daemon.paint(
        photo,
        style,
        progress=seen.append,
        preview=previews.append,
        method="optimise",
        scales=2,
        iterations=20,
    )
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert seen[-1].stage == "refining"
    assert result.report.seconds["refining"] > 0
    assert result.picture.shape == photo.shape
    # One that was not yet taken makes way for the next.
    assert 2 <= len(previews) <= 5
    assert {preview.shape for preview in previews} == {(32, 64, 3)}


def test_preview_is_the_coarse_pass_in_the_content_s_kind(
    daemon: Daemon, noise: Any, style: Any
) -> None:
    photo = Image.fromarray(noise((64, 128, 3)))
    previews: list[Image.Image] = []
    result = daemon.stylize(photo, style, preview=previews.append, scales=2)
    (preview,) = previews
    coarse = daemon.stylize(photo, style, coarse_only=True, scales=2)
    assert result.size == photo.size
    assert coarse.size == preview.size
    assert coarse.size < photo.size
    assert coarse.tobytes() == preview.tobytes()


@pytest.mark.parametrize("kind", ["Picture", "Pillow", "NumPy"])
def test_parts_of_a_painting_have_their_own_size(
    daemon: Daemon, noise: Any, style: Any, kind: str
) -> None:
    photo = noise((64, 128, 3))
    given: Any = {
        "Picture": Picture(128, 64, "rgb", "uint8", False, photo.tobytes()),
        "Pillow": Image.fromarray(photo),
        "NumPy": photo,
    }[kind]

    def values(picture: Any) -> Any:
        if kind == "Picture":
            return np.frombuffer(picture.data, np.uint8).reshape(picture.height, picture.width, 3)
        return np.asarray(picture)

    whole = values(daemon.stylize(given, style, scales=2))
    part = values(daemon.stylize(given, style, scales=2, region=(100, 0, 28, 40)))
    assert part.shape == (40, 28, 3)
    assert np.abs(part.astype(int) - whole[:40, 100:]).max() <= 1

    copy = values(daemon.stylize(given, style, scales=2, coarse_only=True, reduced_from=(200, 100)))
    assert copy.shape == (50, 100, 3)


def test_rows_of_a_region_come_alone(daemon: Daemon, photo: Any, style: Any) -> None:
    formats: list[PictureFormat] = []
    rows = bytearray()
    report = daemon.paint_rows(
        PictureFormat(36, 24, "rgb"),
        lambda y0, y1: photo[y0:y1].tobytes(),
        lambda y0, data: rows.extend(data),
        style,
        begin=formats.append,
        region=(30, 20, 6, 4),
    )
    assert formats == [PictureFormat(6, 4, "rgb")]
    expected = daemon.stylize(photo, style)[20:, 30:]
    given = np.frombuffer(rows, np.uint8).reshape(4, 6, 3)
    assert np.abs(given.astype(int) - expected).max() <= 1
    assert report.whole_seconds > 0


def test_whole_seconds_are_those_of_the_stages(daemon: Daemon, photo: Any, style: Any) -> None:
    report = daemon.paint(photo, style).report
    worked = sum(report.seconds[stage] for stage in ("encoding", "matching", "painting"))
    assert report.whole_seconds == pytest.approx(worked, rel=1e-3)
    assert daemon.paint(photo, style, strength=0).report.whole_seconds == 0


def test_no_preview_unless_asked(daemon: Daemon, photo: Any, style: Any) -> None:
    assert daemon.stylize(photo, style, scales=1).shape == photo.shape


def test_rows_are_read_and_written_in_bands(daemon: Daemon, big_picture: Picture) -> None:
    given = big_picture.format
    content = memoryview(big_picture.data)
    canvas = bytearray(given.byte_count)
    reads: list[tuple[int, int]] = []
    writes: list[tuple[int, int]] = []
    formats: list[PictureFormat] = []

    def read_rows(y0: int, y1: int) -> memoryview:
        reads.append((y0, y1))
        return content[y0 * given.row_bytes : y1 * given.row_bytes]

    def write_rows(y0: int, rows: bytes) -> None:
        assert len(rows) % given.row_bytes == 0
        writes.append((y0, y0 + len(rows) // given.row_bytes))
        canvas[y0 * given.row_bytes : y0 * given.row_bytes + len(rows)] = rows

    style = Picture(32, 32, "gray", "uint8", False, bytes(range(256)) * 4)
    report = daemon.paint_rows(
        given, read_rows, write_rows, style, begin=formats.append, strength=0
    )
    assert report.settings["strength"] == 0
    assert formats == [given]
    assert bytes(canvas) == content
    for bands in (reads, writes):
        assert bands[0][0] == 0
        assert bands[-1][1] == given.height
        assert all(before[1] == after[0] for before, after in itertools.pairwise(bands))
        assert max(y1 - y0 for y0, y1 in bands) * given.row_bytes <= 2 * MIB
        assert len(bands) >= 6


def test_row_bands_need_little_memory(daemon: Daemon) -> None:
    """32 MB up and 32 MB down through a few MiB, most of them the receive window."""
    form = PictureFormat(4000, 2000, "rgba", "uint8")
    row = bytes(range(250)) * 64
    style = Picture(32, 32, "gray", "uint8", False, bytes(range(256)) * 4)
    arrived = 0

    def write_rows(y0: int, rows: bytes) -> None:
        nonlocal arrived
        assert rows == row * (len(rows) // len(row))
        arrived += len(rows)

    tracemalloc.start()
    try:
        daemon.paint_rows(form, lambda y0, y1: row * (y1 - y0), write_rows, style, strength=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert arrived == form.byte_count
    assert peak < 16 * MIB


def test_rows_of_another_size_than_the_format_says(daemon: Daemon, style: Any) -> None:
    form = PictureFormat(8, 8, "rgb", "uint8")
    with pytest.raises(ValueError, match="nothing left"):
        daemon.paint_rows(form, _raising("nothing left"), print, style)
    with pytest.raises(InvalidPicture, match=r"read_rows\(0, 8\) gave 7 bytes.*192"):
        daemon.paint_rows(form, lambda y0, y1: bytes(7), print, style)


def test_what_a_row_writer_raises_comes_out(daemon: Daemon, style: Any) -> None:
    form = PictureFormat(8, 8, "rgb", "uint8")
    with pytest.raises(ValueError, match="canvas is gone"):
        daemon.paint_rows(
            form, lambda y0, y1: bytes((y1 - y0) * 24), _raising("canvas is gone"), style
        )
    assert daemon.health()


def test_callbacks_run_in_the_calling_thread(daemon: Daemon, photo: Any, style: Any) -> None:
    threads: set[int] = set()

    def note(*_: object) -> None:
        threads.add(threading.get_ident())

    daemon.stylize(photo, style, progress=note, preview=note)
    assert threads == {threading.get_ident()}


def test_callbacks_may_ask_the_daemon(daemon: Daemon, photo: Any, style: Any) -> None:
    versions = []
    daemon.stylize(photo, style, progress=lambda _: versions.append(daemon.info().version))
    assert set(versions) == {daemon.info().version}


def test_several_threads_share_a_connection(daemon: Daemon, noise: Any, style: Any) -> None:
    photos = [noise((12, 12, 3), seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda photo: daemon.stylize(photo, style, strength=0), photos))
    for photo, result in zip(photos, results, strict=True):
        np.testing.assert_array_equal(photo, result)


def _raising(words: str) -> Any:
    def callback(*_: object) -> None:
        raise ValueError(words)

    return callback
