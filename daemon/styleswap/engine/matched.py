"""Matched colours: what the painting's are, and what they are to become."""

from __future__ import annotations

from torch import Tensor

from styleswap.engine.colour import Gathered, Palette, palette
from styleswap.engine.encoder import CELL
from styleswap.engine.one_pass import Job, Pass
from styleswap.engine.optimise import Painter
from styleswap.engine.style import style_palette
from styleswap.engine.tiles import Span, Tile


def of_picture(one: Pass, canvas: Tensor) -> tuple[Palette, Palette]:
    """The palette of what a pass has painted, and that of the styles.

    Args:
        one: the pass.
        canvas: (3, H, W), all of its picture.
    """
    mixture = one.job.mixture
    coverage = mixture.pixels(one.level, Span(0, one.height), Span(0, one.width))
    return palette(canvas.float(), coverage), _wanted(one.job)


def of_last_pass(one: Pass, painter: Painter) -> tuple[Palette, Palette]:
    """The same of the last pass, whatever its size: its tiles are painted, counted and left.

    Args:
        one: the pass, whose goal is all of it.
        painter: paints it.
    """
    gathered, mixture = Gathered(), one.job.mixture

    def count(tile: Tile, painted: Tensor) -> None:
        rows = Span(0, painted.shape[1]).moved(tile.rows.start * CELL)
        columns = Span(0, painted.shape[2]).moved(tile.columns.start * CELL)
        gathered.add(painted, mixture.pixels(one.level, rows, columns))

    if one.steps:
        # An optimised picture is not made twice: its own colours are measured, at any strength.
        painter.paint(count, one.job.settings.strength)
    else:
        painter.paint(count, full=True)
    return gathered.palette(), _wanted(one.job)


def _wanted(job: Job) -> Palette:
    """The palette of the styles."""
    mixture = job.mixture
    return mixture.palette([style_palette(style.source) for style in mixture.styles])
