"""Settings, their table, and the work that is counted."""

import dataclasses

import pytest
import torch

from styleswap.devices.choice import pin_precision
from styleswap.engine import Cancelled, Progress, Settings
from styleswap.engine.progress import Tracker
from styleswap.engine.tiles import Span, Tile, rectangle, spans
from styleswap.v1.controls import CONTROLS


def test_settings_are_the_table_of_controls() -> None:
    """Same names and defaults; the model is chosen outside the engine."""
    table = {c.name: c.default for c in CONTROLS if c.name != "model"}
    assert dataclasses.asdict(Settings()) == table


@pytest.mark.parametrize("size", [0, 2, -1, 4])
def test_patches_are_odd(size: int) -> None:
    with pytest.raises(ValueError, match=f"patch_size is {size}: it must be odd"):
        Settings(patch_size=size)


def test_products_are_not_rounded() -> None:
    pin_precision()
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.parametrize(("cells", "limit"), [(1, 4), (4, 4), (5, 4), (37, 4), (100, 33)])
def test_spans_cut_an_axis_evenly(cells: int, limit: int) -> None:
    parts = spans(cells, limit)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(cells))
    assert all(1 <= len(part) <= limit for part in parts)
    assert len(parts) == -(-cells // limit)


def test_tiles_cover_a_picture_once() -> None:
    seen = torch.zeros(23, 31)
    for tile in rectangle(23, 31).cut(7):
        seen[tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop] += 1
    assert torch.equal(seen, torch.ones(23, 31))
    for tile in Tile(Span(3, 20), Span(5, 6)).cut(7):
        seen[tile.place] += 1
    assert int(seen[3:20, 5].sum()) == int(seen.sum()) - (23 * 31 - 17) == 2 * 17
    assert Tile(Span(3, 8), Span(0, 4)).around(4).shared(rectangle(10, 6)) == Tile(
        Span(0, 10), Span(0, 6)
    )
    assert list(range(10))[Span(3, 5).within(Span(2, 9))] == [1, 2]


def test_progress_tells_shares_and_stages() -> None:
    told: list[Progress] = []
    tracker = Tracker(10.0, told.append)
    tracker.enter("encoding")
    tracker.advance(2)
    tracker.enter("matching")
    tracker.within(4)(0.5)
    tracker.advance(4)
    tracker.advance(40)
    assert told == [
        Progress("encoding", 0.0),
        Progress("encoding", 0.2),
        Progress("matching", 0.2),
        Progress("matching", 0.4),
        Progress("matching", pytest.approx(0.6)),
        Progress("matching", 1.0),
    ]
    tracker.finish()
    assert set(tracker.seconds) == {"encoding", "matching"}
    assert min(tracker.seconds.values()) >= 0


def test_every_poll_asks_whether_to_stop() -> None:
    tracker = Tracker(1.0, None, lambda: True)
    for ask in (tracker.poll, lambda: tracker.advance(1), lambda: tracker.within(1)(0.1)):
        with pytest.raises(Cancelled):
            ask()
