"""Several styles and masks through the daemon, on a real socket."""

from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
import pytest

from styleswap.v1 import pictures_pb2

from .conftest import Answer, chunks_of, format_of

SIZE = (40, 56)


@dataclass
class Wish:
    """A style of a request: an id, or values to send; with a mask to send."""

    style: str | np.ndarray
    weight: float | None = None
    mask: np.ndarray | None = None


def mixed(daemon: Any, content: np.ndarray, *wishes: Wish, **more: Any) -> Answer:
    """Paints; a mask that several wishes share is sent once."""
    header = daemon.header(content, "builtin/woodcut", **more)
    header.ClearField("styles")
    sent = [(0, content)]
    masks: dict[int, int] = {}
    for wish in wishes:
        reference = header.styles.add()
        if isinstance(wish.style, str):
            reference.id = wish.style
        else:
            reference.plane = len(sent)
            header.planes.add(
                role=pictures_pb2.PLANE_ROLE_STYLE, index=len(sent), pixels=format_of(wish.style)
            )
            sent.append((len(sent), wish.style))
        if wish.weight is not None:
            reference.weight = wish.weight
        if wish.mask is not None:
            if id(wish.mask) not in masks:
                form = format_of(wish.mask)
                form.ClearField("transfer")  # of no meaning for a mask
                header.planes.add(role=pictures_pb2.PLANE_ROLE_MASK, index=len(sent), pixels=form)
                masks[id(wish.mask)] = len(sent)
                sent.append((len(sent), wish.mask))
            reference.mask = masks[id(wish.mask)]
    answer = Answer()
    chunks = [chunk for index, values in sent for chunk in chunks_of(index, values.tobytes())]
    for response in daemon.send(header, chunks):
        answer.take(response)
    return answer


@pytest.fixture
def content() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (*SIZE, 4), np.uint8)


@pytest.fixture
def other(style: np.ndarray) -> np.ndarray:
    """Another style."""
    return np.ascontiguousarray(style[::-1, :, ::-1] // 2)


@pytest.fixture
def left() -> np.ndarray:
    mask = np.zeros((*SIZE, 1), np.uint8)
    mask[:, :24] = 255
    return mask


def test_the_result_is_the_engines(
    daemon: Any, content: np.ndarray, style: np.ndarray, other: np.ndarray, left: np.ndarray
) -> None:
    import torch

    from styleswap import engine, weights

    soft = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(*SIZE, 1)
    answer = mixed(
        daemon, content, Wish(style, 0.25), Wish(other, mask=left), Wish(style, 2, mask=soft)
    )
    first, second, measure, fine = (
        engine.Raster(torch.from_numpy(v)) for v in (style, other, left, soft)
    )
    report = engine.stylize(
        engine.Raster(torch.from_numpy(content)),
        [
            engine.Styled(first, weight=0.25),
            engine.Styled(second, mask=measure),
            engine.Styled(first, weight=2, mask=fine),
        ],
        engine.Settings(),
        weights.load("embedded", torch.device(answer.report.device.split()[0])),
    )
    difference = np.abs(report.values.numpy().astype(float) - answer.picture().astype(float))
    assert np.quantile(difference, 0.999) <= 1
    assert answer.report.distinct_patches == pytest.approx(report.distinct_patches, abs=0.01)


def test_a_weight_left_out_is_1_and_one_of_0_has_no_part(
    daemon: Any, content: np.ndarray, style: np.ndarray, other: np.ndarray, left: np.ndarray
) -> None:
    alone = mixed(daemon, content, Wish(style)).picture()
    for wishes in (
        (Wish(style, 5.0),),
        (Wish(style, mask=np.full_like(left, 255)),),
        (Wish("builtin/mosaic", 0.0), Wish(style), Wish(other, 0.0, left)),
    ):
        np.testing.assert_array_equal(mixed(daemon, content, *wishes).picture(), alone)
    once, twice = (
        mixed(daemon, content, Wish(style, a), Wish(other, b)).picture()
        for a, b in ((None, 2.0), (2.0, 4.0))
    )
    np.testing.assert_array_equal(once, twice)
    assert not np.array_equal(once, alone)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_outside_of_a_shared_mask_every_byte_is_the_contents(
    daemon: Any, style: np.ndarray, other: np.ndarray, left: np.ndarray, dtype: str
) -> None:
    top = {"uint8": 255, "uint16": 65535, "float32": 1.0}[dtype]
    content = (np.random.default_rng(4).random((*SIZE, 4), np.float32) * top).astype(dtype)
    mask = (left / 255 * top).astype(dtype)
    answer = mixed(daemon, content, Wish(style, mask=mask), Wish(other, mask=mask), linear=True)
    result = answer.picture()
    np.testing.assert_array_equal(result[:, 24:], content[:, 24:])
    assert (result[:, :24, :3] != content[:, :24, :3]).mean() > 0.9


def test_a_mask_may_come_in_pieces_and_must_come_whole(
    daemon: Any, content: np.ndarray, left: np.ndarray
) -> None:
    header = daemon.header(content, "builtin/woodcut")
    header.planes.add(role=pictures_pb2.PLANE_ROLE_MASK, index=9, pixels=format_of(left))
    header.styles[0].mask = 9
    chunks = list(chunks_of(0, content.tobytes()))
    whole = [*chunks, *chunks_of(9, left.tobytes(), 999)]
    answer = Answer()
    for response in daemon.send(header, whole):
        answer.take(response)
    np.testing.assert_array_equal(answer.picture()[:, 24:], content[:, 24:])
    for spoilt in (whole[:-1], chunks, [*whole, whole[-1]]):
        failure = daemon.refused(lambda spoilt=spoilt: list(daemon.send(header, spoilt)))
        assert failure.code == grpc.StatusCode.INVALID_ARGUMENT
        assert "mask" in failure.message


def test_a_mask_of_numbers_that_are_none_is_refused(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    mask = np.full((*SIZE, 1), np.nan, np.float32)
    failure = daemon.refused(lambda: mixed(daemon, content, Wish(style, mask=mask)))
    assert failure.reason == "NOT_FINITE"
    assert "mask" in failure.message


def test_the_second_of_two_styles_is_told_to_be_too_small(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    failure = daemon.refused(
        lambda: mixed(daemon, content, Wish(style), Wish(np.ascontiguousarray(style[:9, :9])))
    )
    assert (failure.reason, failure.fields) == ("STYLE_TOO_SMALL", ["header.styles[1]"])
    assert "style 2" in failure.message


def test_an_unknown_style_among_several_is_not_found(
    daemon: Any, content: np.ndarray, style: np.ndarray
) -> None:
    failure = daemon.refused(lambda: mixed(daemon, content, Wish(style), Wish("builtin/nothing")))
    assert (failure.code, failure.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_STYLE")


def test_masks_go_with_parts(daemon: Any, content: np.ndarray, left: np.ndarray) -> None:
    wish = Wish("builtin/mosaic", mask=left)
    whole = mixed(daemon, content, wish).picture()
    region = {"x": 10, "y": 4, "width": 30, "height": 20}
    part = mixed(daemon, content, wish, region=region).picture()
    difference = np.abs(part.astype(int) - whole[4:24, 10:40])
    assert difference.max() <= 1
    copy = mixed(
        daemon, content, wish, coarse_only=True, reduced_from={"width": 112, "height": 80}
    ).picture()
    assert copy.shape == content.shape
    np.testing.assert_array_equal(copy[:, 24:], content[:, 24:])


def test_what_no_budget_can_hold_is_refused_at_once(daemon: Any, content: np.ndarray) -> None:
    """Waiting for room would be in vain."""
    large = np.zeros((1, 1, 4), np.float32)
    header = daemon.header(large, "builtin/woodcut")
    pixels = header.planes[0].pixels
    pixels.width = pixels.height = 16384
    for index in range(1, 9):
        plane = header.planes.add(role=pictures_pb2.PLANE_ROLE_MASK, index=index)
        plane.pixels.CopyFrom(pixels)
        plane.pixels.layout = pictures_pb2.LAYOUT_GRAY
        plane.pixels.alpha_kind = pictures_pb2.ALPHA_KIND_UNSPECIFIED
        header.styles.add(id="builtin/woodcut", mask=index)
    del header.styles[0]
    failure = daemon.refused(lambda: list(daemon.send(header, [])))
    assert failure.code is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.reason == "REQUEST_TOO_LARGE"
