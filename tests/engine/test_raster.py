"""Reading pictures region by region against numpy; alpha; writing back; huge pictures."""

import time

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from styleswap.engine import InvalidPicture, Raster
from styleswap.engine.pictures.colour import to_srgb
from styleswap.engine.pictures.raster import Source
from styleswap.engine.tiles import Span, Tile, rectangle

from .conftest import Picture

Array = npt.NDArray[np.float64]
SCALE = {torch.uint8: 255, torch.uint16: 65535, torch.float32: 1}
DTYPES = list(SCALE)


def quantised(planes: Tensor, dtype: torch.dtype) -> Tensor:
    """(C, H, W) in [0, 1] to (H, W, C) pixels."""
    values = planes.permute(1, 2, 0) * SCALE[dtype]
    return (values if dtype == torch.float32 else values.round()).to(dtype).contiguous()


def plain(values: Tensor) -> Array:
    """(H, W, C) pixels to (C, H, W) in [0, 1]."""
    return values.numpy().astype(np.float64).transpose(2, 0, 1) / SCALE[values.dtype]


def reduced(planes: Array, level: int) -> Array:
    """Means of 2^level squared pixels, the border repeated to whole ones."""
    step = 2**level
    _, height, width = planes.shape
    padded = np.pad(planes, ((0, 0), (0, -height % step), (0, -width % step)), mode="edge")
    channels, height, width = padded.shape
    return padded.reshape(channels, height // step, step, width // step, step).mean((2, 4))


def whole(source: Source, level: int = 0) -> Tensor:
    return source.read(level, rectangle(*source.size(level)))[0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [(24, 32), (23, 37), (1, 1), (1, 9)])
def test_levels_are_means(
    picture: Picture, dtype: torch.dtype, level: int, size: tuple[int, int]
) -> None:
    values = quantised(picture(*size), dtype)
    source = Source(Raster(values), "content")
    wanted = reduced(plain(values), level)
    assert source.size(level) == wanted.shape[1:]
    np.testing.assert_allclose(whole(source, level).numpy(), wanted, atol=1e-6)


@pytest.mark.parametrize("level", [0, 1, 3])
def test_regions_are_parts_of_the_whole(picture: Picture, level: int) -> None:
    """Beyond the lower and right border the last row and column are repeated."""
    source = Source(Raster(quantised(picture(45, 61), torch.uint8)), "content")
    wanted = np.pad(whole(source, level).numpy(), ((0, 0), (0, 9), (0, 9)), mode="edge")
    height, width = source.size(level)
    for rows in (
        Span(0, 3),
        Span(2, height),
        Span(height - 2, height + 6),
        Span(height, height + 3),
    ):
        for columns in (Span(0, width + 9), Span(1, 4), Span(width + 2, width + 5)):
            part = source.read(level, Tile(rows, columns))[0].numpy()
            expected = wanted[:, rows.start : rows.stop, columns.start : columns.stop]
            np.testing.assert_array_equal(part, expected)


def test_bands_do_not_show(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    planes = torch.cat([picture(40, 30), (picture(40, 30, 2)[:1] > 0.5).float()])
    raster = Raster(quantised(planes, torch.uint8))
    before = [whole(Source(raster, "content"), level) for level in (0, 2)]
    monkeypatch.setattr("styleswap.engine.pictures.raster.BAND_VALUES", 500)
    after = [whole(Source(raster, "content"), level) for level in (0, 2)]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_gray_is_read_as_three_equal_channels(picture: Picture) -> None:
    values = quantised(picture(8, 8)[:1], torch.uint16)
    given = whole(Source(Raster(values), "content"))
    np.testing.assert_allclose(given.numpy(), np.repeat(plain(values), 3, 0), atol=1e-7)


@pytest.mark.parametrize("dtype", DTYPES)
def test_linear_light_is_read_on_the_curve(picture: Picture, dtype: torch.dtype) -> None:
    values = quantised(picture(8, 8, channels=4), dtype)
    source = Source(Raster(values, linear=True), "content")
    wanted = to_srgb(torch.from_numpy(plain(values)[:3]))
    np.testing.assert_allclose(whole(source).numpy(), wanted.numpy(), atol=1e-5)
    alpha = source.alpha(0, rectangle(8, 8))
    assert alpha is not None
    np.testing.assert_allclose(alpha.numpy(), plain(values)[3:], atol=1e-7)  # no curve


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("linear", [False, True])
def test_what_is_read_can_be_written_back(
    picture: Picture, dtype: torch.dtype, channels: int, linear: bool
) -> None:
    values = quantised(picture(9, 11, channels=channels), dtype)
    raster = Raster(values, linear)
    target = Raster(torch.zeros_like(values), linear)
    for rows in (Span(0, 4), Span(4, 9)):
        area = Tile(rows, Span(0, 11))
        target.write(area, *raster.region(area))
    difference = np.abs(plain(target.values) - plain(values)).max()
    assert difference <= (0 if dtype == torch.uint8 else 1.5 / 65535)


def test_integers_are_rounded_and_clamped_floats_are_kept() -> None:
    colours = torch.tensor([-0.2, 0.5004, 1.7]).view(3, 1, 1)
    for dtype, wanted in (
        (torch.uint8, [0, 128, 255]),
        (torch.uint16, [0, 32794, 65535]),
        (torch.float32, [-0.2, 0.5004, 1.7]),
    ):
        target = Raster(torch.zeros(1, 1, 3, dtype=dtype))
        target.write(rectangle(1, 1), colours, None)
        np.testing.assert_allclose(target.values.numpy().ravel(), wanted, rtol=1e-6)


def test_gray_is_written_as_the_luma_of_the_painting(picture: Picture) -> None:
    colours = picture(5, 6)
    target = Raster(torch.zeros(5, 6, 1))
    target.write(rectangle(5, 6), colours, None)
    wanted = 0.299 * colours[0] + 0.587 * colours[1] + 0.114 * colours[2]
    torch.testing.assert_close(target.values[..., 0], wanted)


# -- alpha ---------------------------------------------------------------------------------------


def _holes(height: int, width: int) -> Tensor:
    """Alpha with holes of every kind: an edge, a disc, single pixels, a soft rim."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    alpha = ((y - height / 2) ** 2 + (x - width / 2) ** 2).sqrt() / 12
    alpha = (alpha - 0.5).clamp(0, 1)
    alpha[:3] = 0
    alpha[::7, ::5] = 0
    return alpha[None]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("size", [(40, 50), (301, 97)])
def test_hidden_colours_change_nothing_that_is_read(
    picture: Picture, dtype: torch.dtype, channels: int, size: tuple[int, int]
) -> None:
    """To the bit, at every level."""
    alpha = _holes(*size)
    colours = picture(*size)[: channels - 1]
    other = torch.where(alpha > 0, colours, picture(*size, 9)[: channels - 1])
    sources = [
        Source(Raster(quantised(torch.cat([c, alpha]), dtype)), "content") for c in (colours, other)
    ]
    for level in (0, 1, 2):
        first, second = (whole(s, level) for s in sources)
        assert torch.equal(first, second)


def test_the_fill_continues_the_surroundings(picture: Picture) -> None:
    """A hole in one colour is that colour; a hole between two colours lies between them."""
    colours = torch.zeros(3, 32, 32)
    colours[0] = torch.where(torch.arange(32) < 16, 0.25, 0.75)
    alpha = torch.ones(1, 32, 32)
    alpha[:, 8:24, 2:6] = 0
    alpha[:, 10:22, 12:20] = 0
    hidden = torch.where(alpha > 0, colours, picture(32, 32))
    values = quantised(torch.cat([hidden, alpha]), torch.float32)
    read = whole(Source(Raster(values), "content"))
    torch.testing.assert_close(read[:, 9:23, 2:5], colours[:, 9:23, 2:5], rtol=0, atol=0.02)
    middle = read[0, 10:22, 12:20]
    assert 0.25 <= float(middle.min()) < float(middle.max()) <= 0.75
    visible = (alpha > 0).expand(3, -1, -1)
    assert torch.equal(read[visible], colours[visible])


def test_visible_colours_are_read_as_they_are(picture: Picture) -> None:
    alpha = torch.full((1, 16, 16), 1 / 255)
    alpha[:, 4:8] = 0
    values = quantised(torch.cat([picture(16, 16), alpha]), torch.uint8)
    read = whole(Source(Raster(values), "content"))
    np.testing.assert_allclose(read[:, :4].numpy(), plain(values)[:3, :4], atol=1e-7)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_alpha_is_reduced_like_colours(picture: Picture, level: int) -> None:
    values = quantised(picture(21, 34, channels=4), torch.uint16)
    source = Source(Raster(values), "content")
    height, width = source.size(level)
    alpha = source.alpha(level, rectangle(height, width))
    assert alpha is not None
    np.testing.assert_allclose(alpha.numpy(), reduced(plain(values), level)[3:], atol=1e-6)
    part = source.alpha(level, Tile(Span(2, 5), Span(1, width)))
    assert part is not None
    assert torch.equal(part, alpha[:, 2:5, 1:])


def test_a_fully_transparent_picture_is_seen_as_such(picture: Picture) -> None:
    values = quantised(torch.cat([picture(8, 8), torch.zeros(1, 8, 8)]), torch.uint8)
    assert not Source(Raster(values), "content").visible
    assert Source(Raster(values[..., :3]), "content").visible
    values[3, 3, 3] = 1
    source = Source(Raster(values), "content")
    assert source.visible
    shown = plain(values)[:3, 3, 3]
    wanted = np.broadcast_to(shown[:, None, None], (3, 8, 8))
    np.testing.assert_allclose(whole(source).numpy(), wanted, atol=1e-5)


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("channel", [0, 3])
def test_values_that_are_no_numbers_are_refused(value: float, channel: int) -> None:
    values = torch.rand(20, 20, 4)
    values[13, 7, channel] = value
    with pytest.raises(InvalidPicture, match="the style holds values that are no numbers"):
        Source(Raster(values), "style")


def test_values_outside_the_range_are_clamped_and_told(picture: Picture) -> None:
    values = quantised(3 * picture(8, 8) - 1, torch.float32)
    source = Source(Raster(values), "content")
    assert source.beyond
    torch.testing.assert_close(whole(source), values.permute(2, 0, 1).clamp(0, 1))
    assert not Source(Raster(values.clamp(0, 1)), "content").beyond


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (torch.zeros(4, 4), "have the shape"),
        (torch.zeros(4, 4, 5), "have the shape"),
        (torch.zeros(4, 4, 0), "have the shape"),
        (torch.zeros(4, 0, 3), "no pixels"),
        (torch.zeros(4, 4, 3, dtype=torch.float64), "not uint8, uint16 or float32"),
        (torch.zeros(4, 4, 3, dtype=torch.int16), "not uint8, uint16 or float32"),
    ],
)
def test_other_tensors_are_refused(values: Tensor, message: str) -> None:
    with pytest.raises(InvalidPicture, match=message):
        Raster(values)


class Enough(Exception):
    """Raised by a poll."""


def test_a_long_scan_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("styleswap.engine.pictures.raster.BAND_VALUES", 400)
    polled: list[int] = []

    def poll() -> None:
        polled.append(1)
        if len(polled) == 3:
            raise Enough

    with pytest.raises(Enough):
        Source(Raster(torch.rand(100, 10, 3)), "content", poll)
    assert len(polled) == 3


def test_a_huge_picture_is_read_without_copying_it() -> None:
    """16384 x 16384 pixels, of which there is one in memory."""
    side = 16384
    values = torch.tensor([[[10, 20, 30]]], dtype=torch.uint8).expand(side, side, 3)
    began = time.perf_counter()
    source = Source(Raster(values), "content")
    part = source.read(0, Tile(Span(9000, 9064), Span(16380, 16400)))
    small = source.read(5, Tile(Span(100, 116), Span(0, 16)))
    assert time.perf_counter() - began < 2
    for read in (part, small):
        wanted = torch.tensor([10, 20, 30]).view(1, 3, 1, 1) / 255
        torch.testing.assert_close(read, wanted.expand_as(read))
