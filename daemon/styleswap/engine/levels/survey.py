"""What is known of a level's query over the whole picture, whatever the tiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from styleswap.engine.features.moments import GatheredMoments, Moments, estimated
from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import GatheredSample, Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.tiles import Tile

MEASURED_SIDE = 1024
"""Longest side in pixels of a level that is always measured as a whole."""

MEASURED_AROUND = 16
"""Cells around a region's query that are measured with it where the level is larger than that."""

Measured = Callable[[Features], Features]
"""Makes the planes that are measured, of a query's."""

Grids = Callable[[Level], Sequence[Grid]]
"""The cells of a level that are sampled."""


@dataclass(frozen=True)
class Survey:
    """What is known of a query over the whole picture, on the model's device.

    Attributes:
        moments: of the planes that are measured.
        samples: the features of each sampled grid. Of a level that is larger than `MEASURED_SIDE`
            they are taken in a smaller copy of the content.
    """

    moments: Moments
    samples: tuple[Features, ...]


def surveyed(level: Level, goal: Tile, query: Tile) -> Tile:
    """The cells that are measured: all, or of a large level those around a region's query.

    Args:
        level: the content at a size.
        goal: the cells that are to be painted.
        query: the cells that they need.
    """
    if goal == level.whole or max(level.height, level.width) <= MEASURED_SIDE:
        return level.whole
    return level.around(query, MEASURED_AROUND)


def survey(level: Level, area: Tile, measured: Measured, grids: Grids) -> Survey:
    """Go through a level's query.

    Where only a part is measured, the whole's moments are estimated: they differ from the part's as
    they do in the content, whose whole is measured at a smaller size.

    Args:
        level: the content at a size.
        area: the cells to measure, of `surveyed`.
        measured: makes the planes.
        grids: of the level, or of the smaller copy.
    """
    level.context.tracker.enter("encoding")
    small = overview(level)
    samples = [GatheredSample(grid) for grid in _sampled(level, grids)]
    known = _moments(level, area, measured, samples if small is None else ())
    if small is not None and area != level.whole:
        part = area.cells(1 << (small.halvings - level.halvings))
        known = estimated(
            known,
            _moments(small, part, measured),
            _moments(small, small.whole, measured, samples),
        )
    elif small is not None and samples:
        _moments(small, small.whole, measured, samples)
    moments = known.to(level.context.model.device)
    return Survey(moments, tuple(sample.features() for sample in samples))


def survey_work(level: Level, area: Tile, grids: Grids) -> float:
    """Multiply-adds of a survey."""
    work = sum(level.query_work(tile) for tile in area.cut(level.limit))
    small = overview(level)
    if small is None or (area == level.whole and not _sampled(level, grids)):
        return work
    return work + sum(small.query_work(tile) for tile in small.whole.cut(small.limit))


def overview(level: Level) -> Level | None:
    """The content in whole and small, of a level that is larger than `MEASURED_SIDE`."""
    if max(level.height, level.width) <= MEASURED_SIDE:
        return None
    content, halvings = level.context.content, level.halvings
    while max(content.size(halvings)) > MEASURED_SIDE:
        halvings += 1
    height, width = content.size(halvings)
    return replace(level, halvings=halvings, height=height, width=width, first=True)


def _sampled(level: Level, grids: Grids) -> Sequence[Grid]:
    """The grids of a level, or of its smaller copy: none of a large one after another."""
    small = overview(level)
    return grids(small or level) if small is None or level.first else ()


def _moments(
    level: Level, area: Tile, measured: Measured, samples: Sequence[GatheredSample] = ()
) -> Moments:
    gathered = GatheredMoments()
    for tile in area.cut(level.limit):
        query = level.query(tile)
        gathered.add(measured(query))
        for sample in samples:
            sample.add(tile, query)
        level.context.tracker.advance(level.query_work(tile))
    return gathered.moments()
