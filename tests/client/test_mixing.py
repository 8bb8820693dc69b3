"""Several styles, weights and masks as a program gives them, through a real daemon."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap.client import (
    Daemon,
    InvalidPicture,
    InvalidRequest,
    Picture,
    Styled,
    UnknownStyle,
    connect_async,
)
from styleswap.client.mixing import as_styled, open_mask


@pytest.fixture
def left(photo: Any) -> Any:
    """(24, 36) uint8: the left half."""
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


@pytest.fixture
def other(noise: Any) -> Any:
    return noise((32, 40, 3), seed=9)


def test_a_list_of_one_is_that_style(daemon: Daemon, photo: Any, style: Any) -> None:
    alone = daemon.stylize(photo, style)
    for given in (
        [style],
        (Styled(style),),
        Styled(style, weight=0.2),
        [Styled(style), Styled("woodcut", 0)],
    ):
        np.testing.assert_array_equal(daemon.stylize(photo, given), alone)


def test_styles_of_every_kind_are_mixed(
    daemon: Daemon, photo: Any, style: Any, other: Any, tmp_path: Path
) -> None:
    path = tmp_path / "other.png"
    Image.fromarray(other).save(path)
    first = daemon.stylize(
        photo, [style, Styled(path, 2), "Woodcut", Styled("builtin/mosaic", 0.5)]
    )
    second = daemon.stylize(
        photo,
        [
            Styled("builtin/mosaic", 1),
            Styled(style, 2),
            Styled(Image.fromarray(other), 4),
            Styled("builtin/woodcut", 2),
        ],
    )
    # The order in which floats are added differs.
    assert np.abs(first.astype(int) - second).max() <= 1
    assert np.abs(first.astype(int) - daemon.stylize(photo, style)).mean() > 2


@pytest.mark.parametrize(
    "kind", ["array", "bool", "float", "L", "1", "RGB", "RGBA", "Picture", "16 bit"]
)
def test_masks_of_every_kind_leave_the_rest_as_it_is(
    daemon: Daemon, photo: Any, style: Any, left: Any, kind: str
) -> None:
    image = Image.fromarray(left)
    mask = {
        "array": left[..., None],
        "bool": left > 0,
        "float": (left / 255).astype(np.float64),
        "L": image,
        "1": image.convert("1"),
        "RGB": image.convert("RGB"),
        "RGBA": image.convert("RGBA"),
        "Picture": Picture(36, 24, "gray", "uint8", True, left.tobytes()),
        "16 bit": left.astype(np.uint16) * 257,
    }[kind]
    result = daemon.stylize(photo, [Styled(style, mask=mask)])
    np.testing.assert_array_equal(result[:, 16:], photo[:, 16:])
    wanted = daemon.stylize(photo, Styled(style, mask=left))
    np.testing.assert_array_equal(result, wanted)
    assert not np.array_equal(result[:, :16], photo[:, :16])


def test_a_style_per_mask(daemon: Daemon, photo: Any, style: Any, other: Any, left: Any) -> None:
    result = daemon.paint(photo, [Styled(style, mask=left), Styled(other, mask=255 - left)])
    # Far from the border between them each is alone, but for the networks' reach.
    assert 0 < result.report.distinct_patches <= 1
    assert not np.array_equal(result.picture, daemon.stylize(photo, style))


def test_a_shared_mask_is_sent_once_and_counts_once(
    daemon: Daemon, photo: Any, style: Any, other: Any, left: Any
) -> None:
    half = np.full(photo.shape[:2], 128, np.uint8)
    shared = daemon.stylize(photo, [Styled(style, mask=half), Styled(other, mask=half)])
    apart = daemon.stylize(photo, [Styled(style, mask=half), Styled(other, mask=half.copy())])
    weak = daemon.stylize(photo, [style, other], strength=128 / 255)
    assert np.abs(shared.astype(int) - weak).max() <= 1
    assert np.abs(apart.astype(int) - weak).mean() > 2


def test_rows_too(daemon: Daemon, photo: Any, style: Any, left: Any) -> None:
    from styleswap.client import PictureFormat

    rows = bytearray()
    report = daemon.paint_rows(
        PictureFormat(36, 24, "rgb"),
        lambda y0, y1: photo[y0:y1].tobytes(),
        lambda y0, data: rows.extend(data),
        [Styled(style, mask=left), Styled("woodcut", 0.5, left)],
    )
    result = np.frombuffer(bytes(rows), np.uint8).reshape(photo.shape)
    np.testing.assert_array_equal(result[:, 16:], photo[:, 16:])
    assert report.distinct_patches > 0


async def test_asyncio_too(
    daemon: Daemon, daemon_home: Path, photo: Any, style: Any, left: Any
) -> None:
    given = [Styled(style, 2, left), Styled("woodcut")]
    async with connect_async(home=daemon_home, start=False) as other:
        result = await other.stylize(photo, given)
    np.testing.assert_array_equal(result, daemon.stylize(photo, given))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([], "STYLE_COUNT"),
        ([Styled("woodcut", -1)], "STYLE_WEIGHT"),
        ([Styled("woodcut", float("nan"))], "STYLE_WEIGHT"),
        (Styled("woodcut", float("inf")), "STYLE_WEIGHT"),
        (Styled("woodcut", "much"), "STYLE_WEIGHT"),  # type: ignore[arg-type]
        ([Styled("woodcut", 0), Styled("mosaic", 0)], "NO_WEIGHT"),
    ],
)
def test_weights_that_cannot_be_used(given: Any, reason: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        as_styled(given)
    assert caught.value.reason == reason
    assert caught.value.field in ("style", "weight")


@pytest.mark.parametrize(
    "mask",
    ["sky.png", 3, np.zeros((24, 36, 3), np.uint8), Picture(1, 1, "rgb", "uint8", False, b"abc")],
)
def test_masks_that_cannot_be_used(mask: Any) -> None:
    with pytest.raises(InvalidPicture) as caught:
        open_mask(mask)
    assert caught.value.field == "mask"
    assert "mask" in caught.value.message


def test_what_the_daemon_refuses(daemon: Daemon, photo: Any, style: Any, left: Any) -> None:
    with pytest.raises(InvalidPicture, match="36x24") as caught:
        daemon.stylize(photo, [Styled(style), Styled(style, mask=left[:, :20])])
    assert "20x24" in caught.value.message
    assert caught.value.reason == "MASK_SIZE"
    with pytest.raises(InvalidRequest, match="9 styles"):
        daemon.stylize(photo, ["woodcut"] * 9)
    with pytest.raises(UnknownStyle, match="builtin/woodcut") as unknown:
        daemon.stylize(photo, [style, "builtin/mosaic", "builtin/wodcut"])
    assert "builtin/woodcut" in unknown.value.suggestions
    with pytest.raises(UnknownStyle, match="int"):
        daemon.stylize(photo, [style, 5])
    broken = np.full(photo.shape[:2], np.nan, np.float32)
    with pytest.raises(InvalidPicture, match="mask"):
        daemon.stylize(photo, Styled(style, mask=broken))
