"""The grid's pictures: painted, and measured beside their style and content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields

import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, StyleCache, stylize
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.networks.encoder import Encoder
from styleswap.training import appearance
from styleswap.training.judging.grid import Subject
from styleswap.training.judging.store import quantised
from styleswap.training.judging.weave import PERIODS
from styleswap.training.spectrum import power_spectrum, prominence

Painter = Callable[[Subject, Subject], Tensor]
"""Content and style to a picture of the content's size, (1, 3, H, W) in [0, 1]."""

Pair = tuple[str, str]
"""Names of content and style."""

Levels = dict[str, Tensor]
"""Activations by layer, (1, C, H, W)."""


@dataclass(frozen=True)
class Figures:
    """What is measured of one picture, or the mean over several; see `appearance`.

    Attributes:
        palette: sliced Wasserstein distance to the style's colours, in units of Lab.
        similarity: SSIM with the content.
        weave: how far a pattern of 2 or 4 px stands out, over the same of the style.
        statistics: distance of the style statistics.
        distinct: share of the style's patches that are seen.
        score_lost: of the content's best scores.
        deviation: standard deviation at relu3_1 over the style's.

    The last four are None without the teacher.
    """

    palette: float
    similarity: float
    weave: float
    statistics: float | None = None
    distinct: float | None = None
    score_lost: float | None = None
    deviation: float | None = None


class Judge:
    """Measures pictures; keeps what it knows of contents and styles.

    Args:
        teacher: VGG-19; without it the measures that need it are None.
        device: of the teacher.
    """

    def __init__(self, teacher: Encoder | None, device: torch.device) -> None:
        self.teacher, self.device = teacher, device
        self._seen: dict[str, Levels] = {}
        self._weaves: dict[str, tuple[float, ...]] = {}

    def _levels(self, picture: Tensor) -> Levels:
        assert self.teacher is not None
        with torch.no_grad():
            return self.teacher.levels(picture.to(self.device), kept=appearance.STATISTICS_LEVELS)

    def _known(self, kind: str, subject: Subject) -> Levels:
        key = f"{kind} {subject.name}"
        if key not in self._seen:
            self._seen[key] = self._levels(subject.pixels)
        return self._seen[key]

    def figures(self, painted: Tensor, content: Subject, style: Subject) -> Figures:
        """Measure a painting.

        Args:
            painted: (1, 3, H, W) in [0, 1], the content's size.
            content: what was painted.
            style: in which style.
        """
        if style.name not in self._weaves:
            self._weaves[style.name] = _prominences(style.pixels)
        ratios = (
            a / b for a, b in zip(_prominences(painted), self._weaves[style.name], strict=True)
        )
        plain = Figures(
            appearance.palette_distance(painted, style.pixels),
            appearance.similarity(painted, content.pixels),
            max(ratios),
        )
        if self.teacher is None:
            return plain
        given = self._levels(painted)
        subject, manner = self._known("content", content), self._known("style", style)
        last = appearance.STATISTICS_LEVELS[-1]
        drawn = appearance.collapse(given[last], subject[last], manner[last])
        return Figures(
            plain.palette,
            plain.similarity,
            plain.weave,
            appearance.statistics_distance(given, manner),
            drawn.distinct,
            drawn.score_lost,
            appearance.deviation_kept(given[last], manner[last]),
        )


def _prominences(picture: Tensor) -> tuple[float, ...]:
    power = power_spectrum([picture])
    return tuple(prominence(power, 1 / period) for period in PERIODS)


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure; None where one is missing."""
    columns = zip(*(astuple(f) for f in figures), strict=True)
    means = (None if None in column else sum(column) / len(column) for column in columns)
    return Figures(**dict(zip((f.name for f in fields(Figures)), means, strict=True)))  # type: ignore[arg-type]


def engine_painter(model: Model, settings: Settings) -> Painter:
    """Paints as the program does, with the values of an 8-bit file."""
    cache = StyleCache()

    def paint(content: Subject, style: Subject) -> Tensor:
        subject, manner = (
            Raster(s.pixels[0].permute(1, 2, 0).contiguous()) for s in (content, style)
        )
        report = stylize(subject, manner, settings, model, style_key=style.name, cache=cache)
        return quantised(report.values.permute(2, 0, 1)[None])

    return paint


def paint_grid(
    painter: Painter,
    contents: Sequence[Subject],
    styles: Sequence[Subject],
    done: Callable[[], None] = lambda: None,
) -> dict[Pair, Tensor]:
    """Paint every content in every style.

    Args:
        painter: how.
        contents: what.
        styles: in which styles.
        done: called after each picture.
    """
    painted = {}
    for style in styles:
        for content in contents:
            painted[content.name, style.name] = painter(content, style)
            done()
    return painted


def judge_grid(
    judge: Judge,
    painted: Mapping[Pair, Tensor],
    contents: Sequence[Subject],
    styles: Sequence[Subject],
) -> dict[Pair, Figures]:
    """Measure every picture of a grid."""
    return {
        (c.name, s.name): judge.figures(painted[c.name, s.name], c, s)
        for s in styles
        for c in contents
    }


def pasted_deviation(
    model: Model, settings: Settings, contents: Sequence[Subject], styles: Sequence[Subject]
) -> float:
    """Standard deviation of the pasted activations over the style's, the mean over the grid.

    In the encoder's own space, for one pass at the pictures' size, without guide and turned copies
    of the style: what matching and overlap alone leave of the style's contrast.
    """
    kept = []
    with torch.no_grad():
        theirs = {s.name: model.features(s.pixels)[RELU3_1] for s in styles}
        for content in contents:
            ours = model.features(content.pixels)[RELU3_1]
            for style in styles:
                target = appearance.pasted(
                    ours,
                    theirs[style.name],
                    settings.patch_size,
                    settings.patch_stride,
                    standardised=settings.matching == "centred",
                    weighted=settings.overlap == "centre",
                )
                kept.append(appearance.deviation_kept(target[None], theirs[style.name][None]))
    return sum(kept) / len(kept)
