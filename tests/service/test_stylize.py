"""Whole pictures through the daemon, with the embedded model."""

import contextlib
import io
import threading
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from PIL import Image

from styleswap.service import limits
from styleswap.v1 import pictures_pb2, stylize_pb2

TOP = {"uint8": 255, "uint16": 65535, "float32": 1.0}


def picture(depth: str, channels: int, height: int = 40, width: int = 56) -> np.ndarray:
    """Noise that an 8-bit detour would change; floats also beyond [0, 1]."""
    random = np.random.default_rng(channels).random((height, width, channels), np.float32)
    if depth == "float32":
        random[..., : max(1, channels - 1)] *= 1.3
        return random
    return (random * TOP[depth]).astype(depth)


@pytest.mark.parametrize("linear", [False, True], ids=["srgb", "linear"])
@pytest.mark.parametrize("depth", TOP)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_strength_0_returns_the_very_bytes(
    daemon: Any, style: np.ndarray, channels: int, depth: str, linear: bool
) -> None:
    content = picture(depth, channels)
    answer = daemon.paint(content, style, linear=linear, settings={"strength": 0})
    form = answer.formats[0]
    np.testing.assert_array_equal(answer.picture(), content)
    assert form.transfer == (pictures_pb2.TRANSFER_LINEAR if linear else pictures_pb2.TRANSFER_SRGB)
    assert (form.alpha_kind == pictures_pb2.ALPHA_KIND_STRAIGHT) == (channels in (2, 4))


@pytest.mark.parametrize("depth", TOP)
def test_result_is_the_engines(daemon: Any, style: np.ndarray, depth: str) -> None:
    """The daemon adds nothing to what the engine makes of the same values."""
    import torch

    from styleswap import engine, weights

    content = picture(depth, 4)
    settings = {"strength": 0.75, "patch_size": 5, "colours": 2, "style_flips": True}
    painted = daemon.paint(content, style, linear=True, settings=settings)
    report = engine.stylize(
        engine.Raster(torch.from_numpy(content), True),
        engine.Raster(torch.from_numpy(style)),
        engine.Settings(strength=0.75, patch_size=5, colours="content", style_flips=True),
        weights.load("embedded", torch.device(painted.report.device.split()[0])),
    )
    expected, result = report.values.numpy().astype(float), painted.picture().astype(float)
    # Equal bytes are promised for equal threads only.
    assert np.quantile(np.abs(expected - result), 0.999) <= TOP[depth] / 255
    np.testing.assert_array_equal(result[..., 3], content[..., 3])
    assert not np.array_equal(painted.picture(), content)
    assert painted.report.distinct_patches == pytest.approx(report.distinct_patches, abs=0.01)
    assert tuple(painted.report.tile_plan) == report.passes


def test_report_says_what_was_used(daemon: Any, content: np.ndarray, style: np.ndarray) -> None:
    report = daemon.paint(content, style).report
    info = daemon.info()
    assert report.version == info.version
    assert report.device == info.device
    assert report.precision
    assert report.threads >= 1
    assert report.model == "embedded"
    assert [len(weights) for weights in report.weights] == [64, 64]
    assert len(report.tile_plan) == 1
    assert "96x72" in report.tile_plan[0]
    times = {time.stage: time.seconds for time in report.times}
    assert len(times) == len(report.times)
    for stage in ("QUEUED", "LOADING", "ENCODING", "MATCHING", "PAINTING"):
        assert times[stylize_pb2.Stage.Value(f"STAGE_{stage}")] >= 0
    assert times[stylize_pb2.STAGE_MATCHING] > 0
    assert 0 < report.distinct_patches <= 1


def test_progress_never_falls_and_the_report_comes_last(daemon: Any, style: np.ndarray) -> None:
    answer = daemon.paint(picture("uint8", 3, 160, 200), style)
    fractions = [progress.fraction for progress in answer.progress]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1
    stages = {progress.stage for progress in answer.progress}
    assert stages >= {stylize_pb2.STAGE_MATCHING, stylize_pb2.STAGE_PAINTING}
    assert any(progress.seconds_left > 0 for progress in answer.progress)
    assert not any(
        progress.HasField("seconds_left")
        for progress in answer.progress
        if progress.stage == stylize_pb2.STAGE_QUEUED
    )
    assert answer.order[-1] == "report"
    assert "progress" not in answer.order[answer.order.index("start") :]
    assert list(answer.data) == [0]


def test_large_results_come_in_chunks_of_the_limit(daemon: Any, style: np.ndarray) -> None:
    content = picture("float32", 4, 400, 500)
    answer = daemon.paint(content, style, settings={"strength": 0})
    assert set(answer.chunk_sizes[:-1]) == {limits.CHUNK_BYTES}
    assert sum(answer.chunk_sizes) == content.nbytes
    np.testing.assert_array_equal(answer.picture(), content)


def test_preview_is_the_coarse_pass_that_coarse_only_gives(daemon: Any, style: np.ndarray) -> None:
    from styleswap.engine import plan_passes

    content = picture("uint16", 4, 96, 128)
    settings = {"scales": 2}
    passes = plan_passes(96, 128, 2)
    assert len(passes) == 2
    whole = daemon.paint(content, style, preview=True, settings=settings)
    assert whole.picture(0).shape == content.shape
    assert whole.picture(1).shape == (*passes[0], 4)
    assert whole.picture(1).dtype == np.uint16
    assert whole.order.index("start") < len(whole.order) - 3

    coarse = daemon.paint(content, style, coarse_only=True, settings=settings)
    assert (coarse.formats[0].height, coarse.formats[0].width) == passes[0]
    assert coarse.formats[0].layout == pictures_pb2.LAYOUT_RGBA
    np.testing.assert_array_equal(coarse.picture(), whole.picture(1))
    assert 1 not in coarse.data


@pytest.mark.parametrize("depth", TOP)
def test_region_is_that_part_of_the_whole_painting(
    daemon: Any, style: np.ndarray, depth: str
) -> None:
    content = picture(depth, 4, 96, 128)
    settings = {"scales": 2}
    whole = daemon.paint(content, style, settings=settings)
    region = stylize_pb2.Region(x=41, y=30, width=50, height=37)
    part = daemon.paint(content, style, settings=settings, region=region)
    assert part.picture().shape == (37, 50, 4)
    expected = whole.picture()[30:67, 41:91].astype(float)
    assert np.abs(part.picture() - expected).max() <= TOP[depth] / 255
    assert len(part.report.tile_plan) == 2
    assert list(part.data) == [0]


@pytest.mark.parametrize("size", [(256, 192), (255, 193)])
def test_reduced_copy_is_answered_with_the_coarsest_pass_of_the_full_size(
    daemon: Any, style: np.ndarray, size: tuple[int, int]
) -> None:
    from styleswap.engine import plan_passes

    copy = picture("uint16", 4, 150, 200)
    full = stylize_pb2.Size(width=size[0], height=size[1])
    settings = {"scales": 2}
    answer = daemon.paint(copy, style, coarse_only=True, reduced_from=full, settings=settings)
    assert answer.picture().shape == (*plan_passes(size[1], size[0], 2)[0], 4)
    assert answer.picture().dtype == np.uint16
    assert answer.report.notices == []
    # One that is too small for the pass comes back at its own size, which is said.
    alone = daemon.paint(
        copy, style, coarse_only=True, reduced_from=stylize_pb2.Size(width=800, height=600)
    )
    assert alone.picture().shape == (150, 200, 4)
    assert "finer strokes" in alone.report.notices[0]


def test_seconds_of_the_whole_painting_are_reported(daemon: Any, style: np.ndarray) -> None:
    content = picture("uint8", 3, 160, 200)
    # What follows the swap asks for all of a picture of this size, whatever the region.
    alone = {"variety": 0.0, "style_statistics": 0.0, "detail": 0.0}
    report = daemon.paint(content, style, settings=alone).report
    stages = stylize_pb2.STAGE_ENCODING, stylize_pb2.STAGE_MATCHING, stylize_pb2.STAGE_PAINTING
    times = {time.stage: time.seconds for time in report.times}
    seconds = sum(times[stage] for stage in stages)
    assert report.whole_seconds == pytest.approx(seconds, rel=1e-3)
    assert f"painted 200 x 160 px, {seconds:.2f} s of the engine" in daemon.log()
    region = stylize_pb2.Region(x=0, y=0, width=8, height=8)
    part = daemon.paint(content, style, region=region, settings=alone).report
    taken = {time.stage: time.seconds for time in part.times}
    assert part.whole_seconds > 1.5 * sum(taken[stage] for stage in stages)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (7, 3)])
def test_smallest_pictures_are_painted(daemon: Any, style: np.ndarray, shape: Any) -> None:
    content = picture("uint8", 4, *shape)
    answer = daemon.paint(content, style)
    assert answer.picture().shape == content.shape
    np.testing.assert_array_equal(answer.picture()[..., 3], content[..., 3])


def test_style_that_is_too_small_is_refused(daemon: Any, content: np.ndarray) -> None:
    failure = daemon.refused(lambda: daemon.paint(content, picture("uint8", 3, 9, 9)))
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.reason == "STYLE_TOO_SMALL"
    assert failure.fields == ["header.styles[0]"]


def test_gray_style_equals_its_rgb_twin(daemon: Any, content: np.ndarray) -> None:
    gray = picture("uint8", 1, 64, 64)
    one = daemon.paint(content, gray).picture()
    other = daemon.paint(content, np.repeat(gray, 3, 2)).picture()
    np.testing.assert_array_equal(one, other)


def test_settings_reach_the_picture(daemon: Any, content: np.ndarray, style: np.ndarray) -> None:
    plain = daemon.paint(content, style).picture()
    np.testing.assert_array_equal(daemon.paint(content, style).picture(), plain)
    for settings in (
        {"strength": 0.5},
        {"style_scale": 2},
        {"colours": 3},
        {"patch_size": 7},
        {"patch_stride": 3},
        {"matching": 2},
        {"overlap": 2},
        {"style_flips": True},
        {"style_rotations": True},
    ):
        changed = daemon.paint(content, style, settings=settings).picture()
        assert not np.array_equal(changed, plain), settings


def test_settings_without_effect_are_told_and_change_no_bit(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    plain = daemon.paint(content, style)
    assert plain.report.notices == []
    settings = {"iterations": 7, "smoothness": 0.5, "start": 2, "tone": 0.5, "patch_size": 3}
    answer = daemon.paint(content, style, settings=settings)
    assert list(answer.report.notices) == [
        "iterations has no effect: it counts only with method = optimise.",
        "smoothness has no effect: it counts only with method = optimise or refine above 0.",
        "start has no effect: it counts only with method = optimise.",
    ]
    np.testing.assert_array_equal(answer.picture(), plain.picture())
    assert answer.report.settings.iterations == 7
    coarse = daemon.paint(content, style, settings=settings, coarse_only=True)
    assert coarse.report.notices == answer.report.notices


def test_a_default_that_is_sent_is_no_setting_without_effect(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    settings = {"iterations": 100, "smoothness": 0.02, "start": 1, "matching": 2, "tone": 0.5}
    assert daemon.paint(content, style, settings=settings).report.notices == []
    settings = {"matching": 2, "tone": 0.25}
    (told,) = daemon.paint(content, style, settings=settings).report.notices
    assert told == "tone has no effect: it counts only with matching = centred."


def begin_long(daemon: Any, style: np.ndarray) -> Any:
    """A call that would take long, once its matching has begun."""
    content = picture("uint8", 3, 1000, 1000)
    data = content.tobytes()
    chunks = [
        pictures_pb2.Chunk(plane=0, offset=start, data=data[start : start + (1 << 20)])
        for start in range(0, len(data), 1 << 20)
    ]
    chunks.append(pictures_pb2.Chunk(plane=1, offset=0, data=style.tobytes()))
    settings = {"style_rotations": True, "style_flips": True, "scales": 1}
    call = daemon.send(daemon.header(content, style, settings=settings), chunks)
    for response in call:
        if response.progress.stage >= stylize_pb2.STAGE_ENCODING:
            return call
    raise AssertionError("it ended before it could be cancelled")


def test_cancel_frees_the_device_and_keeps_the_model(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    call = begin_long(daemon, style)
    assert daemon.info().queue_length == 1
    call.cancel()
    daemon.wait_until(lambda: daemon.info().queue_length == 0, seconds=5)
    assert daemon.info().models[0].loaded
    assert daemon.paint(content, style).report


def test_deadline_frees_the_device(daemon: Any, style: np.ndarray) -> None:
    content = picture("uint8", 3, 900, 900)
    header = daemon.header(content, style, settings={"style_scale": 4, "style_rotations": True})
    data = content.tobytes()

    def parts() -> Any:
        yield stylize_pb2.StylizeRequest(header=header)
        for plane, source in ((0, data), (1, style.tobytes())):
            for start in range(0, len(source), 1 << 20):
                chunk = pictures_pb2.Chunk(
                    plane=plane, offset=start, data=source[start : start + (1 << 20)]
                )
                yield stylize_pb2.StylizeRequest(chunk=chunk)

    with pytest.raises(grpc.RpcError) as caught:
        list(daemon.painter.Stylize(parts(), timeout=0.7))
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    daemon.wait_until(lambda: daemon.info().queue_length == 0, seconds=5)


@pytest.mark.parametrize(
    "part", [{"coarse_only": True}, {"region": stylize_pb2.Region(x=8, y=4, width=20, height=30)}]
)
def test_preview_passes_a_picture_in_work(
    daemon: Any, content: np.ndarray, style: np.ndarray, part: dict[str, Any]
) -> None:
    expected = daemon.paint(content, style, **part).picture()
    long = begin_long(daemon, style)
    preview = daemon.paint(content, style, **part).picture()
    assert daemon.info().queue_length == 1, "the long one is done: it shows nothing"
    assert next(long).WhichOneof("part") == "progress"
    np.testing.assert_array_equal(preview, expected)
    long.cancel()
    daemon.wait_until_idle()


def test_waiting_request_is_told_its_place(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    long = begin_long(daemon, style)
    places: list[int] = []
    reached = threading.Event()

    def wait() -> None:
        chunks = [
            pictures_pb2.Chunk(plane=0, offset=0, data=content.tobytes()),
            pictures_pb2.Chunk(plane=1, offset=0, data=style.tobytes()),
        ]
        for response in daemon.send(daemon.header(content, style), chunks):
            if response.WhichOneof("part") == "progress":
                if response.progress.stage == stylize_pb2.STAGE_QUEUED:
                    places.append(response.progress.queue_position)
                    reached.set()
            elif response.WhichOneof("part") == "report":
                places.append(-1)

    thread = threading.Thread(target=wait)
    thread.start()
    assert reached.wait(30)
    assert places == [1]
    long.cancel()
    thread.join(30)
    assert places[-1] == -1


def test_full_queue_says_when_to_try_again(
    launch: Any, content: np.ndarray, style: np.ndarray
) -> None:
    daemon = launch(queue_limit=1)
    go = threading.Event()

    def held() -> Any:
        assert go.wait(60)
        yield pictures_pb2.Chunk(plane=0, offset=0, data=content.tobytes())

    # Requests whose pictures have not come take no place.
    header = daemon.header(content, "builtin/woodcut")
    sending = [daemon.send(header, held()) for _ in range(3)]
    daemon.wait_until(lambda: daemon.info().queue_length == 3)
    long = [begin_long(daemon, style)]
    waiting = daemon.send(header, [pictures_pb2.Chunk(plane=0, offset=0, data=content.tobytes())])
    assert any(part.progress.stage == stylize_pb2.STAGE_QUEUED for part in waiting)
    assert daemon.info().queue_limit == 1
    refusals = [daemon.refused(lambda: daemon.paint(content, style))]
    go.set()
    refusals += [daemon.refused(lambda call=call: list(call)) for call in sending]
    for failure in refusals:
        assert failure.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert failure.reason == "QUEUE_FULL"
        assert failure.retry is not None
        assert failure.retry > 0
    long[0].cancel()
    assert [*waiting][-1].WhichOneof("part") == "report"
    daemon.wait_until_idle()
    assert daemon.paint(content, style).report


SPOOL_ALL = """
from styleswap.service import limits
limits.SPOOL_BYTES = 1000
"""


def test_pictures_in_files_equal_those_in_memory(
    daemon: Any, launch: Any, tmp_path: Path, style: np.ndarray
) -> None:
    """What happens to pictures beyond 256 MiB, with small ones."""
    (tmp_path / "sitecustomize.py").write_text(SPOOL_ALL)
    spooling = launch(environment={"PYTHONPATH": str(tmp_path)})
    stream = io.BytesIO()
    Image.fromarray(style).save(stream, "PNG")
    for depth in TOP:
        content = picture(depth, 4)
        expected = daemon.paint(content, style, preview=True)
        for source in (style, stream.getvalue()):
            spooled = spooling.paint(content, source, preview=True)
            np.testing.assert_array_equal(spooled.picture(), expected.picture())
            np.testing.assert_array_equal(spooled.picture(1), expected.picture(1))
    array = picture("float32", 4, 64, 64)
    assert spooling.put(array).style.id == daemon.put(array).style.id
    assert list((spooling.home / "spool").iterdir()) == []
    descriptors = Path(f"/proc/{spooling.process.pid}/fd")
    if descriptors.exists():
        spooling.wait_until(lambda: not any("spool" in link for link in links(descriptors)))
    # Somebody tidies up under a daemon that runs.
    (spooling.home / "spool").rmdir()
    np.testing.assert_array_equal(
        spooling.paint(content, style).picture(), daemon.paint(content, style).picture()
    )


def links(folder: Path) -> list[str]:
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            found.append(str(path.readlink()))
    return found
