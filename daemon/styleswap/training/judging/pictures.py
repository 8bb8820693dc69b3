"""The grid's pictures: painted, and measured beside their style and content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

import torch
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, StyleCache, stylize
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.transforms import transform_of
from styleswap.training import appearance, outlines
from styleswap.training.bands import bands
from styleswap.training.judging.coverage import Coverage, Watched
from styleswap.training.judging.grid import Subject
from styleswap.training.judging.store import quantised
from styleswap.training.judging.weave import PERIODS
from styleswap.training.spectrum import power_spectrum, prominence
from styleswap.training.texture import smooth_tiles, texture_distance, tile_grams, tile_side

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
        texture: distance of the smooth tiles' Gram matrices from the style's; see `texture`.
        steps: share of the smooth area with steps of luma; see `bands`.
        contours: likewise with steps along the content's contours.
        chance: likewise across them.
        flat: share of the smooth area in which nothing is painted.
        faces: correlation of gradients with the content's in its faces; see `outlines`.
        lines: likewise at its thin lines.
        pasted: share of the style's patches that are picked; see `coverage`.
        evenness: of the picks.
        cosine_lost: of the content's patches with those picked for them.

    `statistics` to `texture` are None without the teacher; `texture` to `lines` where the content
    has nothing of the kind; the last three of pictures that the engine's swap has not made.
    """

    palette: float
    similarity: float
    weave: float
    statistics: float | None = None
    distinct: float | None = None
    score_lost: float | None = None
    deviation: float | None = None
    texture: float | None = None
    steps: float | None = None
    contours: float | None = None
    chance: float | None = None
    flat: float | None = None
    faces: float | None = None
    lines: float | None = None
    pasted: float | None = None
    evenness: float | None = None
    cosine_lost: float | None = None


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
        self._textures: dict[tuple[str, int], Tensor] = {}
        self._outlines: dict[str, _Outlines] = {}

    def _levels(self, picture: Tensor) -> Levels:
        assert self.teacher is not None
        with torch.no_grad():
            return self.teacher.levels(picture.to(self.device), kept=appearance.STATISTICS_LEVELS)

    def _known(self, kind: str, subject: Subject) -> Levels:
        key = f"{kind} {subject.name}"
        if key not in self._seen:
            self._seen[key] = self._levels(subject.pixels)
        return self._seen[key]

    def figures(
        self,
        painted: Tensor,
        content: Subject,
        style: Subject,
        coverage: Coverage | None = None,
    ) -> Figures:
        """Measure a painting.

        Args:
            painted: (1, 3, H, W) in [0, 1], the content's size.
            content: what was painted.
            style: in which style.
            coverage: of the picks that it was painted of, where there were any.
        """
        found = self._plain(painted, content, style)
        if self.teacher is not None:
            found = replace(found, **self._seen_by_teacher(painted, content, style))  # type: ignore[arg-type]
        found = replace(found, **self._kept(painted, content))  # type: ignore[arg-type]
        if coverage is None:
            return found
        return replace(
            found,
            pasted=coverage.distinct,
            evenness=coverage.evenness,
            cosine_lost=coverage.cosine_lost,
        )

    def _plain(self, painted: Tensor, content: Subject, style: Subject) -> Figures:
        if style.name not in self._weaves:
            self._weaves[style.name] = _prominences(style.pixels)
        ratios = (
            a / b for a, b in zip(_prominences(painted), self._weaves[style.name], strict=True)
        )
        return Figures(
            appearance.palette_distance(painted, style.pixels),
            appearance.similarity(painted, content.pixels),
            max(ratios),
        )

    def _seen_by_teacher(
        self, painted: Tensor, content: Subject, style: Subject
    ) -> dict[str, float | None]:
        """What is measured in the teacher's space."""
        given = self._levels(painted)
        subject, manner = self._known("content", content), self._known("style", style)
        last = appearance.STATISTICS_LEVELS[-1]
        drawn = appearance.collapse(given[last], subject[last], manner[last])
        side = tile_side(*content.pixels.shape[2:])
        smooth = smooth_tiles(content.pixels, side)
        texture = None
        if smooth.any():
            key = style.name, side
            if key not in self._textures:
                self._textures[key] = tile_grams(manner, side)
            texture = texture_distance(tile_grams(given, side), smooth, self._textures[key])
        return {
            "statistics": appearance.statistics_distance(given, manner),
            "distinct": drawn.distinct,
            "score_lost": drawn.score_lost,
            "deviation": appearance.deviation_kept(given[last], manner[last]),
            "texture": texture,
        }

    def _kept(self, painted: Tensor, content: Subject) -> dict[str, float | None]:
        """What is measured where the content is smooth, and where it has lines and faces."""
        if content.name not in self._outlines:
            self._outlines[content.name] = _Outlines(content)
        known = self._outlines[content.name]
        found: dict[str, float | None] = known.correlations(painted)
        banded = bands(painted, content.pixels)
        return found if banded is None else {**found, **asdict(banded)}


class _Outlines:
    """What a content has to keep."""

    def __init__(self, content: Subject) -> None:
        self.gradients = outlines.gradient_magnitude(content.pixels)
        height, width = self.gradients.shape
        self.areas = {"lines": outlines.thin_lines(content.pixels)}
        if content.face is not None:
            left, top, right, bottom = content.face
            face = torch.zeros(height, width, dtype=torch.bool)
            rows = slice(round(top * height), round(bottom * height))
            face[rows, round(left * width) : round(right * width)] = True
            self.areas["faces"] = face

    def correlations(self, painted: Tensor) -> dict[str, float | None]:
        given = outlines.gradient_magnitude(painted)
        return {
            name: outlines.correlation(given, self.gradients, area)
            for name, area in self.areas.items()
            if float(area.float().mean()) >= outlines.LEAST_AREA
        }


def _prominences(picture: Tensor) -> tuple[float, ...]:
    power = power_spectrum([picture])
    return tuple(prominence(power, 1 / period) for period in PERIODS)


def mean(figures: Sequence[Figures]) -> Figures:
    """The mean of each figure over the pictures that have it; None where none has."""
    means = {}
    for field in fields(Figures):
        values = [getattr(f, field.name) for f in figures]
        known = [value for value in values if value is not None]
        means[field.name] = sum(known) / len(known) if known else None
    return Figures(**means)  # type: ignore[arg-type]


class EnginePainter:
    """Paints as the program does, with the values of an 8-bit file.

    Attributes:
        coverages: of the picks of what was painted.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        self._model, self._settings, self._cache = model, settings, StyleCache()
        self.coverages: dict[Pair, Coverage | None] = {}

    def __call__(self, content: Subject, style: Subject) -> Tensor:
        """A `Painter`."""
        subject, manner = (
            Raster(s.pixels[0].permute(1, 2, 0).contiguous()) for s in (content, style)
        )
        watched = Watched(transform_of(self._settings))
        report = stylize(
            subject,
            manner,
            self._settings,
            self._model,
            style_key=style.name,
            cache=self._cache,
            transform=watched,
        )
        self.coverages[content.name, style.name] = watched.coverage()
        return quantised(report.values.permute(2, 0, 1)[None])


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
    painter: Painter | None = None,
) -> dict[Pair, Figures]:
    """Measure every picture of a grid; of the engine's own painter its picks too."""
    known = painter.coverages if isinstance(painter, EnginePainter) else {}
    return {
        (c.name, s.name): judge.figures(painted[c.name, s.name], c, s, known.get((c.name, s.name)))
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
