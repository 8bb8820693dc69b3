"""What the daemon refuses, as exceptions with a sentence, a reason and a field."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2
from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError
from PIL import Image

from styleswap import runtime
from styleswap.client import (
    Cancelled,
    Daemon,
    DaemonError,
    DaemonLost,
    DaemonNotRunning,
    DeadlineExceeded,
    InvalidPicture,
    InvalidRequest,
    InvalidSettings,
    NotFound,
    OutOfMemory,
    QueueFull,
    Refused,
    Unauthorized,
    UnknownStyle,
    VersionMismatch,
    connect,
    connect_async,
)
from styleswap.client.errors import from_call


@pytest.fixture(autouse=True)
def _goes_on(daemon: Daemon, photo: Any, style: Any) -> Any:
    """After whatever it refused, the daemon paints."""
    yield
    np.testing.assert_array_equal(daemon.stylize(photo, style, strength=0), photo)


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"strength": 1.5}, "strength", "a number from 0 to 1"),
        ({"strength": float("nan")}, "strength", "a number from 0 to 1"),
        ({"strength": "much"}, "strength", "a number from 0 to 1"),
        ({"patch_size": 4}, "patch_size", "in steps of 2"),
        ({"patch_stride": 5}, "patch_stride", "at most patch_size"),
        ({"colours": "blue"}, "colours", "one of style, content"),
        ({"style_flips": 1}, "style_flips", "true or false"),
        ({"stength": 1}, "stength", "no setting 'stength'"),
    ],
)
def test_settings_are_refused_before_they_are_sent(
    photo: Any, style: Any, settings: dict[str, Any], field: str, words: str, daemon: Daemon
) -> None:
    before = daemon.info().queue_length
    with pytest.raises(InvalidSettings, match=words) as caught:
        daemon.stylize(photo, style, **settings)
    assert caught.value.field == field
    assert caught.value.reason == "INVALID_SETTING"
    assert daemon.info().queue_length == before


@pytest.mark.parametrize(
    ("wishes", "field", "words"),
    [
        ({"region": (0, 0, 5)}, "region", r"region = \(0, 0, 5\): give x, y, width, height as"),
        ({"region": (0, 0, 5, -1)}, "region", "whole numbers of pixels"),
        ({"region": (0, 0, 5, 2.5)}, "region", "whole numbers of pixels"),
        ({"region": 7}, "region", "region = 7"),
        ({"reduced_from": ("a", "b")}, "reduced_from", "give width, height as"),
        ({"region": (30, 0, 7, 5)}, "header.region.width", "ends at x = 37"),
        ({"region": (3, 0, 7, 0)}, "header.region.height", "at least 1"),
        ({"region": (3, 0, 7, 5), "coarse_only": True}, "header.region", "leave coarse_only out"),
        ({"reduced_from": (360, 240)}, "header.reduced_from", "coarsest pass only"),
        (
            {"reduced_from": (360, 360), "coarse_only": True},
            "header.reduced_from",
            "keep the proportions",
        ),
    ],
)
def test_parts_that_cannot_be_painted(
    daemon: Daemon, photo: Any, style: Any, wishes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        daemon.stylize(photo, style, **wishes)
    assert caught.value.field == field


def test_setting_that_only_the_daemon_can_judge(daemon: Daemon, photo: Any, style: Any) -> None:
    with pytest.raises(NotFound, match=r"'no-such-model'; choose one of: embedded"):
        daemon.stylize(photo, style, model="no-such-model")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["content", "style"])
def test_picture_with_values_that_are_no_numbers(
    daemon: Daemon, noise: Any, value: float, which: str
) -> None:
    pictures = {"content": noise((20, 20, 3), np.float32), "style": noise((48, 48, 3), np.float32)}
    pictures[which][3, 4, 1] = value
    with pytest.raises(InvalidPicture, match=which) as caught:
        daemon.stylize(**pictures)
    assert caught.value.reason == "NOT_FINITE"


def test_style_that_is_too_small(daemon: Daemon, photo: Any, noise: Any) -> None:
    with pytest.raises(InvalidPicture) as caught:
        daemon.stylize(photo, noise((5, 5, 3)))
    assert caught.value.reason == "STYLE_TOO_SMALL"


def test_content_wider_than_the_limit(daemon: Daemon, style: Any) -> None:
    wide = np.zeros((1, daemon.info().side_limit + 1), np.uint8)
    with pytest.raises(InvalidPicture, match="16384") as caught:
        daemon.stylize(wide, style)
    assert caught.value.reason == "PICTURE_TOO_LARGE"
    assert "planes[0]" in caught.value.field


def _text(path: Path) -> None:
    path.write_text("This is a letter, not a picture.\n" * 40)


def _empty(path: Path) -> None:
    path.touch()


def _truncated(path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    Image.fromarray(pixels).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:1500])


def _bomb(path: Path) -> None:
    # A few hundred KB that claim 20000 x 20000 px.
    Image.new("1", (20000, 20000)).save(path, "PNG")


@pytest.mark.parametrize("make", [_text, _empty, _truncated, _bomb])
def test_file_that_is_no_picture(daemon: Daemon, photo: Any, tmp_path: Path, make: Any) -> None:
    path = tmp_path / "style.jpg"
    make(path)
    for call in (lambda: daemon.stylize(photo, path), lambda: daemon.styles.add(path)):
        with pytest.raises(InvalidPicture) as caught:
            call()
        assert caught.value.reason
        assert len(caught.value.message) > 20


def test_file_that_is_not_there(daemon: Daemon, photo: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidPicture, match="There is no file"):
        daemon.stylize(photo, tmp_path / "gone.png")
    with pytest.raises(InvalidPicture, match="is a folder"):
        daemon.stylize(photo, tmp_path)
    with pytest.raises(InvalidPicture, match="There is no file"):
        daemon.styles.add("gone.png")


def test_unknown_style_names_the_nearest(daemon: Daemon, photo: Any) -> None:
    with pytest.raises(UnknownStyle, match="builtin/woodcut") as caught:
        daemon.stylize(photo, "builtin/wodcut")
    assert caught.value.reason == "UNKNOWN_STYLE"
    assert caught.value.suggestions[0] == "builtin/woodcut"
    with pytest.raises(UnknownStyle):
        daemon.styles.thumbnail("sha256:" + "0" * 64)


def test_wrong_token(daemon: Daemon) -> None:
    with pytest.raises(Unauthorized, match="token") as caught:
        connect(address=daemon.address, token="guessed")
    assert caught.value.reason == "WRONG_TOKEN"
    with pytest.raises(Unauthorized):
        connect(address=daemon.address)


async def test_full_queue(daemon: Daemon, daemon_home: Path, slow_request: Any) -> None:
    told = runtime.read_runtime(daemon_home)
    assert told is not None
    async with connect_async(address=told.address, token=told.token) as client:
        limit = (await client.info()).queue_limit
        tasks = [asyncio.ensure_future(client.stylize(**slow_request)) for _ in range(limit + 2)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=60)
            (refused,) = done
            error = refused.exception()
            assert isinstance(error, QueueFull)
            assert error.reason == "QUEUE_FULL"
            assert error.retry_after > 0
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        while (await client.info()).queue_length:
            await asyncio.sleep(0.02)


def _status(code: Status, *details: Any) -> GRPCError:
    return GRPCError(code, "What to do.", list(details))


INFO = error_details_pb2.ErrorInfo


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_status(Status.CANCELLED), Cancelled),
        (_status(Status.DEADLINE_EXCEEDED), DeadlineExceeded),
        (_status(Status.UNAUTHENTICATED), Unauthorized),
        (_status(Status.FAILED_PRECONDITION), Refused),
        (_status(Status.RESOURCE_EXHAUSTED, INFO(reason="OUT_OF_MEMORY")), OutOfMemory),
        (_status(Status.RESOURCE_EXHAUSTED, INFO(reason="DISK_FULL")), Refused),
        (_status(Status.UNAVAILABLE, INFO(reason="SHUTTING_DOWN")), DaemonNotRunning),
        (_status(Status.UNAVAILABLE), DaemonLost),
        (_status(Status.UNIMPLEMENTED), VersionMismatch),
        (_status(Status.INTERNAL), DaemonError),
        (_status(Status.UNKNOWN), DaemonError),
        (_status(Status.NOT_FOUND, INFO(reason="UNKNOWN_MODEL")), NotFound),
        (_status(Status.NOT_FOUND, INFO(reason="UNKNOWN_STYLE")), UnknownStyle),
        (_status(Status.INVALID_ARGUMENT), InvalidRequest),
        (StreamTerminatedError("gone"), DaemonLost),
        (ConnectionResetError(), DaemonLost),
        (TimeoutError(), DeadlineExceeded),
    ],
)
def test_every_status_has_its_exception(error: Exception, kind: type[Exception]) -> None:
    translated = from_call(error)
    assert type(translated) is kind
    assert str(translated)


def test_details_of_a_status_are_kept() -> None:
    violation = error_details_pb2.BadRequest.FieldViolation(field="header.settings.strength")
    bad = error_details_pb2.BadRequest(field_violations=[violation])
    error = from_call(_status(Status.INVALID_ARGUMENT, INFO(reason="SETTING_OUT_OF_RANGE"), bad))
    assert isinstance(error, InvalidSettings)
    assert (error.field, error.reason) == ("strength", "SETTING_OUT_OF_RANGE")
    assert error.message == str(error) == "What to do."

    delay = error_details_pb2.RetryInfo(
        retry_delay=duration_pb2.Duration(seconds=2, nanos=500_000_000)
    )
    error = from_call(_status(Status.RESOURCE_EXHAUSTED, INFO(reason="QUEUE_FULL"), delay))
    assert isinstance(error, QueueFull)
    assert error.retry_after == 2.5

    unknown_detail = any_pb2.Any(type_url="type.googleapis.com/a.b.C")
    error = from_call(_status(Status.INTERNAL, unknown_detail))
    assert isinstance(error, DaemonError)
    assert error.reason == "INTERNAL"


def test_bugs_stay_what_they_are() -> None:
    bug = ZeroDivisionError()
    assert from_call(bug) is bug
