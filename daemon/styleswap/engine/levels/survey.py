"""The moments of a level's query over the whole picture, whatever the tiles."""

from collections.abc import Callable
from dataclasses import replace

from styleswap.engine.features.moments import GatheredMoments, Moments, estimated
from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.tiles import Tile

MEASURED_SIDE = 1024
"""Longest side in pixels of a level that is always measured as a whole."""

MEASURED_AROUND = 16
"""Cells around a region's query that are measured with it where the level is larger than that."""

Measured = Callable[[Features], Features]
"""Makes the planes that are measured, of a query's."""


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


def survey(level: Level, area: Tile, measured: Measured) -> Moments:
    """The moments over a whole level, on the model's device.

    Where only a part is measured, the whole's are estimated: they differ from the part's as they do
    in the content, whose whole is measured at a smaller size.

    Args:
        level: the content at a size.
        area: the cells to measure, of `surveyed`.
        measured: makes the planes.
    """
    level.context.tracker.enter("encoding")
    known = _moments(level, area, measured)
    small = _overview(level, area)
    if small is not None:
        part = area.cells(1 << (small.halvings - level.halvings))
        known = estimated(
            known, _moments(small, part, measured), _moments(small, small.whole, measured)
        )
    return known.to(level.context.model.device)


def survey_work(level: Level, area: Tile) -> float:
    """Multiply-adds of a survey."""
    work = sum(level.query_work(tile) for tile in area.cut(level.limit))
    small = _overview(level, area)
    return work if small is None else work + survey_work(small, small.whole)


def _overview(level: Level, area: Tile) -> Level | None:
    """The content in whole and small, where only a part of a level is measured."""
    if area == level.whole:
        return None
    content, halvings = level.context.content, level.halvings
    while max(content.size(halvings)) > MEASURED_SIDE:
        halvings += 1
    height, width = content.size(halvings)
    return replace(level, halvings=halvings, height=height, width=width, first=True)


def _moments(level: Level, area: Tile, measured: Measured) -> Moments:
    gathered = GatheredMoments()
    for tile in area.cut(level.limit):
        gathered.add(measured(level.query(tile)))
        level.context.tracker.advance(level.query_work(tile))
    return gathered.moments()
