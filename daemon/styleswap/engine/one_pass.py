"""One pass over the content: statistics of the query, picks, painting; tile by tile.

The pass goes through its tiles up to three times, so that no tile is matched twice and the join of
the tiles is the whole. What is kept in between are the picks, so memory stays bounded whatever the
content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.colour import Palette
from styleswap.engine.encoder import CELL, REACH
from styleswap.engine.guide import factors, features
from styleswap.engine.mixture import FAINT, Ingredient, Mixture
from styleswap.engine.model import Model
from styleswap.engine.passes import COARSE_SHARE
from styleswap.engine.progress import Tracker
from styleswap.engine.raster import Source
from styleswap.engine.settings import Settings
from styleswap.engine.style import StyleActivations, StyleCache, encode_style
from styleswap.engine.swap import Picks, covering_size, distinct_share, match, rebuild
from styleswap.engine.tiles import Span, Tile

TILE_SIDE = {"cpu": 512, "cuda": 2048, "mps": 1024}
"""Side of a tile in pixels where the settings leave it open."""

LEAST_CELLS = 4
"""Cells of a side that the networks' reflection padding needs."""

HALO = -(-REACH // CELL)
"""Cells around a region that the encoder must see."""

MEASURED_SIDE = 1024
"""Longest side in pixels of a level that centred matching always measures as a whole."""

MEASURED_AROUND = 16
"""Cells around a region's query that are measured with it where the level is larger than that."""

TRUSTED_RATIO = 5.0
"""How many times smaller or larger a channel's deviation may be in a part that tells of a whole."""

LAYER_AREAS = (16, 16, 4, 4, 1)
"""Pixels per cell at each convolution of the encoder."""


@dataclass
class Job:
    """What all passes of one picture share."""

    content: Source
    mixture: Mixture
    settings: Settings
    model: Model
    tracker: Tracker
    cache: StyleCache | None

    def __post_init__(self) -> None:
        side = TILE_SIDE[self.model.device.type]
        self.tile_side = self.settings.tile_limit or side
        layers = [m for m in self.model.encoder.modules() if isinstance(m, torch.nn.Conv2d)]
        # Multiply-adds per cell; the inverse network's are about as many.
        self.encoder_work = float(
            sum(c.weight.numel() * a for c, a in zip(layers, LAYER_AREAS, strict=True))
        )
        self.inverse_work = 1.2 * self.encoder_work
        self.copies = (4 if self.settings.style_rotations else 1) * (
            2 if self.settings.style_flips else 1
        )
        self.saved = 0.0  # work that the cache has spared

    def activations(
        self,
        style: Ingredient,
        size: tuple[int, int],
        recolouring: tuple[Palette, Palette] | None,
    ) -> StyleActivations:
        """A style's activations at a size, from the cache where they are there."""
        statistics = [t for p in recolouring or () for t in (p.mean, p.covariance)]
        key = (
            style.key,
            self.model.encoder_sha256,
            self.model.inverse_sha256,
            str(self.model.device),
            size,
            self.settings.style_flips,
            self.settings.style_rotations,
            tuple(v for t in statistics for v in t.flatten().tolist()),
        )
        held = self.cache.get(key) if self.cache is not None and style.key else None
        work = self.style_work(size)
        if held is not None:
            self.saved += work
        else:
            tell = self.tracker.within(work)
            held = encode_style(
                style.source,
                size,
                self.settings,
                self.model,
                recolouring,
                self.tracker.poll,
                tell,
            )
            if self.cache is not None and style.key:
                self.cache.put(key, held)
        return held

    def style_work(self, size: tuple[int, int]) -> float:
        """Multiply-adds of a style's encoding at a size."""
        return size[0] * size[1] / CELL**2 * self.copies * self.encoder_work


@dataclass
class Pass:
    """One pass over the content at one level.

    Attributes:
        job: the picture.
        level: halvings of the content.
        height: of the picture at this level, in pixels.
        width: likewise.
        style_sizes: height and width of each style in pixels.
        first: whether there is no pass before.
        styles: the styles' activations; set by `encode_styles`.
        steps: iterations of the optimisation (see `optimise`); 0 is the inverse network's picture.
        before: (3, h, w) float16 in [0, 1], the pass before, at half this size; likewise.
        tall: rows of cells that cover it; `wide` likewise.
        goal: the cells to paint: all of them, unless it is set to a part. No more than these needs
            is matched and read.
    """

    job: Job
    level: int
    height: int
    width: int
    style_sizes: tuple[tuple[int, int], ...]
    first: bool
    steps: int = 0
    styles: tuple[StyleActivations, ...] = field(init=False)
    before: Tensor | None = field(init=False, default=None)
    mean: Tensor = field(init=False)
    deviation: Tensor = field(init=False)

    def __post_init__(self) -> None:
        settings = self.job.settings
        self.size, self.stride = settings.patch_size, settings.patch_stride
        least = max(LEAST_CELLS, self.size)
        self.tall = max(least, -(-self.height // CELL))  # cells
        self.wide = max(least, -(-self.width // CELL))
        self.limit = max(LEAST_CELLS, self.job.tile_side // CELL)
        rows = covering_size(self.tall, self.size, self.stride)
        columns = covering_size(self.wide, self.size, self.stride)
        self.patch_rows = (rows - self.size) // self.stride + 1
        self.patch_columns = (columns - self.size) // self.stride + 1
        self.halo = -(-self.job.model.reach // CELL)
        self.whole = self.goal = Tile(Span(0, self.tall), Span(0, self.wide))

    def encode_styles(self, recolouring: Sequence[tuple[Palette, Palette]] | None) -> None:
        """Compute the styles' activations, or take them from the cache.

        Args:
            recolouring: for each style the palettes to move its colours from and to, or None.
        """
        job, encoded = self.job, []
        for i, (style, size) in enumerate(zip(job.mixture.styles, self.style_sizes, strict=True)):
            encoded.append(job.activations(style, size, recolouring[i] if recolouring else None))
            job.tracker.advance(job.style_work(size))
        self.styles = tuple(encoded)

    # -- what the goal needs ---------------------------------------------------------------------

    @property
    def patches(self) -> Tile:
        """The patches, not cells, that have a part in the goal."""
        return self._patches(*self._outer(self.goal.rows, self.goal.columns, self.halo))

    @property
    def measured(self) -> Tile:
        """The cells that centred matching measures: all, or those around the goal."""
        if self.goal == self.whole or max(self.height, self.width) <= MEASURED_SIDE:
            return self.whole
        cells = self._cells(self.patches)
        return Tile(*self._outer(cells.rows, cells.columns, MEASURED_AROUND))

    @property
    def _overview(self) -> Pass | None:
        """The content in whole and small, where this pass measures a part only."""
        if self.measured == self.whole:
            return None
        content, level = self.job.content, self.level
        while max(content.size(level)) > MEASURED_SIDE:
            level += 1
        height, width = content.size(level)
        return replace(self, level=level, height=height, width=width, first=True)

    def read_of(self, before: Pass) -> Tile:
        """The cells of the pass before that this pass reads."""
        query = self._cells(self.patches)
        if self.job.settings.matching == "centred":
            query = query.joined(self.measured)
        rows, columns = self._outer(query.rows, query.columns, HALO)
        return Tile(
            *(
                _halved(cells.pixels(CELL)).shared(Span(0, side)).cells(CELL)
                for cells, side in ((rows, before.height), (columns, before.width))
            )
        )

    # -- reading ---------------------------------------------------------------------------------

    def _outer(self, rows: Span, columns: Span, halo: int) -> tuple[Span, Span]:
        return rows.grown(halo, halo, self.tall), columns.grown(halo, halo, self.wide)

    def content(self, rows: Span, columns: Span) -> Tensor:
        """Activations of the content over a region of cells: (C', h, w)."""
        return self._encoded(rows, columns, self._content_pixels)

    def query(self, rows: Span, columns: Span) -> Tensor:
        """What is matched over a region of cells: the content, half the pass before.

        Its colours are the content's alone: they guide by the original's tones.
        """
        content = self.content(rows, columns)
        if self.before is None:
            return content
        painted = self._encoded(rows, columns, self._before_pixels)
        channels = self.job.model.encoder.channels
        content[:channels].lerp_(painted[:channels], COARSE_SHARE)
        return content

    def _encoded(self, rows: Span, columns: Span, pixels: Callable[[Span, Span], Tensor]) -> Tensor:
        outer = self._outer(rows, columns, HALO)
        picture = pixels(outer[0].pixels(CELL), outer[1].pixels(CELL))
        encoded = self.job.model.encode(picture, self.job.tracker.poll)[0]
        return encoded[:, rows.within(outer[0]), columns.within(outer[1])]

    def _content_pixels(self, rows: Span, columns: Span) -> Tensor:
        return self.job.content.read(self.level, rows, columns)

    def _before_pixels(self, rows: Span, columns: Span) -> Tensor:
        """The pass before, enlarged x2 (bilinear), over a region of this pass's pixels."""
        assert self.before is not None
        _, height, width = self.before.shape
        high, across = _halved(rows), _halved(columns)
        y = torch.arange(high.start, high.stop).clamp(0, height - 1)
        x = torch.arange(across.start, across.stop).clamp(0, width - 1)
        part = self.before[:, y][:, :, x].float()[None]
        enlarged = F.interpolate(part, scale_factor=2.0, mode="bilinear", align_corners=False)
        inner = rows.within(Span(2 * high.start, 2 * high.stop))
        return enlarged[..., inner, columns.within(Span(2 * across.start, 2 * across.stop))]

    # -- matching --------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Mean and deviation of the query's channels over the whole picture.

        Where only a part is measured, the whole's are estimated: they differ from the part's as
        they do in the content, whose whole is measured at a smaller size.
        """
        self.job.tracker.enter("encoding")
        mean, deviation = self._statistics(self.measured)
        overview = self._overview
        if overview is not None:
            step = 1 << (overview.level - self.level)
            here, spread = overview._statistics(
                Tile(self.measured.rows.cells(step), self.measured.columns.cells(step))
            )
            whole, whole_spread = overview._statistics(overview.whole)
            # A channel that is all but constant here tells nothing: then the small copy's is taken.
            # So are those of colours, which a smaller size hardly changes.
            trusted = _alike(deviation, spread) & _alike(whole_spread, spread)
            trusted[self.job.model.encoder.channels :] = False
            mean = torch.where(trusted, mean + (whole - here) * deviation / spread, whole)
            deviation = torch.where(trusted, deviation * whole_spread / spread, whole_spread)
        self.mean = mean.to(self.job.model.device)
        self.deviation = deviation.to(self.job.model.device)

    def _statistics(self, area: Tile) -> tuple[Tensor, Tensor]:
        """Mean and deviation, at least 1e-5, of the query's features over some cells."""
        channels = self.job.model.encoder.channels
        sums = []
        for tile in area.cut(self.limit):
            cells = features(self.query(tile.rows, tile.columns), channels).flatten(1)
            # float64 on the CPU alone: MPS has none.
            sums.append(torch.stack([cells.sum(1), cells.pow(2).sum(1)]).cpu().double())
            self.job.tracker.advance(self._encoding_work(tile))
        mean, square = torch.stack(sums).sum(0) / (len(area.rows) * len(area.columns))
        deviation = (square - mean.pow(2)).clamp(min=0).sqrt().float().clamp(min=1e-5)
        return mean.float(), deviation

    def match(self) -> tuple[Picks, ...]:
        """Each style's picks that the goal needs, tile by tile.

        They are in arrays of all patches, on the CPU, as int16; the score of patches that a style
        has no part in is -inf.
        """
        if self.job.settings.matching == "centred":
            self._measure()
        job, device = self.job, self.job.model.device
        offered = [self._offered(style) for style in self.styles]
        shape = (self.patch_rows, self.patch_columns)
        # int16 holds any row or column of a style; scores are kept for the report of near-ties.
        picks = tuple(
            Picks(
                torch.zeros(shape, dtype=torch.int16),
                torch.zeros(shape, dtype=torch.int16),
                torch.zeros(shape, dtype=torch.int16),
                torch.full(shape, -torch.inf),
            )
            for _ in self.styles
        )
        for tile in self.patches.cut(self._patch_limit):
            parts = self._parts(tile)
            if not any(parts):
                continue
            job.tracker.enter("encoding")
            query = self._compared(self._covered(self._cells(tile)), self)
            job.tracker.advance(self._query_work(tile))
            job.tracker.enter("matching")
            for i, part in enumerate(parts):
                if part is None:
                    continue
                cells, whole = self._cells(part), self._cells(tile)
                place = cells.rows.within(whole.rows), cells.columns.within(whole.columns)
                work = self._matching_work(part, i)
                tell = job.tracker.within(work)
                found = match(query[:, *place].to(device), offered[i], self.size, self.stride, tell)
                kept = picks[i].part(part.place)
                for target, value in (
                    (kept.copy, found.copy),
                    (kept.row, found.row),
                    (kept.column, found.column),
                    (kept.score, found.score),
                ):
                    target.copy_(value)
                job.tracker.advance(work)
        return picks

    def _offered(self, style: StyleActivations) -> list[Tensor]:
        """What of a style is matched, of each copy."""
        return [self._compared(copy, style) for copy in style.copies]

    def _compared(self, activations: Tensor, measured: Pass | StyleActivations) -> Tensor:
        """What of activations is matched: relu3_1 as it is, or features centred and weighted."""
        settings, channels = self.job.settings, self.job.model.encoder.channels
        if settings.matching == "plain":
            return activations[:channels]
        weights = factors(measured.deviation, channels, settings.tone, settings.hue)
        count = len(weights)
        compared = activations[:count] if count == channels else features(activations, channels)
        return (compared - measured.mean[:count].view(-1, 1, 1)).mul_(weights.view(-1, 1, 1))

    def _parts(self, patches: Tile) -> list[Tile | None]:
        """For each style a rectangle of some patches that holds all that it has a part in."""
        parts: list[Tile | None] = []
        for style in self.job.mixture.styles:
            if style.mask is None:
                parts.append(patches)
                continue
            cells = self.job.mixture.part(style, self.level, self._within(self._cells(patches)))
            needed = None if cells is None else self._patches(cells.rows, cells.columns)
            parts.append(
                needed
                and Tile(patches.rows.shared(needed.rows), patches.columns.shared(needed.columns))
            )
        return parts

    def _cells(self, patches: Tile) -> Tile:
        """The cells that a rectangle of patches covers."""
        rows, columns = (
            Span(run.start * self.stride, (run.stop - 1) * self.stride + self.size)
            for run in (patches.rows, patches.columns)
        )
        return Tile(rows, columns)

    def _covered(self, cells: Tile) -> Tensor:
        """The query over cells, which a stride may let reach beyond the picture."""
        inner = self._within(cells)
        query = self.query(inner.rows, inner.columns)
        missing = len(cells.columns) - len(inner.columns), len(cells.rows) - len(inner.rows)
        if any(missing):
            query = F.pad(query[None], (0, missing[0], 0, missing[1]), mode="replicate")[0]
        return query

    def _within(self, cells: Tile) -> Tile:
        """The cells inside the picture; its last ones of those that lie beyond it."""
        return Tile(
            *(
                Span(min(run.start, count - 1), min(run.stop, count))
                for run, count in ((cells.rows, self.tall), (cells.columns, self.wide))
            )
        )

    # -- painting --------------------------------------------------------------------------------

    def swapped(self, picks: Sequence[Picks], rows: Span, columns: Span) -> Tensor:
        """Φss over a region of cells, mixed of all styles: (C', h, w).

        Where no style has a part it is 0.

        Args:
            picks: of `match`, one of each style.
            rows: of cells.
            columns: likewise.
        """
        if len(self.styles) == 1:
            return self._pasted(self.styles[0], picks[0], rows, columns)
        mixture = self.job.mixture
        channels, device = self.styles[0].copies[0].shape[0], self.job.model.device
        mixed = torch.zeros(channels, len(rows), len(columns), device=device)
        shares = mixture.shares(self.level, rows, columns)
        for i, (style, share) in enumerate(zip(mixture.styles, shares, strict=True)):
            if mixture.part(style, self.level, Tile(rows, columns)) is not None:
                amount = share.to(device) if isinstance(share, Tensor) else share
                mixed += amount * self._pasted(self.styles[i], picks[i], rows, columns)
        return mixed

    def _pasted(self, style: StyleActivations, picks: Picks, rows: Span, columns: Span) -> Tensor:
        """One style's Φss over a region of cells: (C', h, w)."""
        patches = self._patches(rows, columns)
        device = self.job.model.device
        part = picks.part(patches.place)
        copy, row, column = (t.to(device).long() for t in (part.copy, part.row, part.column))
        top, left = patches.rows.start * self.stride, patches.columns.start * self.stride
        whole = rebuild(
            Picks(copy, row, column, part.score),
            style.copies,
            (rows.stop - top, columns.stop - left),
            self.size,
            self.stride,
            centred=self.job.settings.overlap == "centre",
        )
        return whole[:, rows.start - top :, columns.start - left :]

    def distinct(self, picks: Sequence[Picks]) -> float:
        """Share of the styles' patches that were picked for the goal, mean by weight."""
        styles, settings = self.job.mixture.styles, self.job.settings
        total = 0.0
        for style, activations, picked in zip(styles, self.styles, picks, strict=True):
            part = picked.part(self.patches.place)
            found = part.score > -torch.inf
            used = Picks(
                part.copy[found].long(),
                part.row[found].long(),
                part.column[found].long(),
                part.score[found],
            )
            total += style.weight * distinct_share(
                used, activations.copies, settings.patch_size, settings.patch_stride
            )
        return total / sum(style.weight for style in styles)

    def _patches(self, rows: Span, columns: Span) -> Tile:
        """The patches that cover any of some cells."""
        return Tile(
            *(
                Span(
                    max(0, -(-(cells.start - self.size + 1) // self.stride)),
                    min(count, (cells.stop - 1) // self.stride + 1),
                )
                for cells, count in ((rows, self.patch_rows), (columns, self.patch_columns))
            )
        )

    def amount(self, rows: Span, columns: Span, strength: float, *, full: bool) -> float | Tensor:
        """How much of the style a region of cells has: the strength times the coverage.

        Returns:
            A number where the coverage is 1 everywhere, else (h, w) on the CPU; see `paint`.
        """
        coverage = self.job.mixture.cells(self.level, rows, columns)
        if coverage is None:
            return strength
        return strength * ((coverage / FAINT).clamp(max=1) if full else coverage)

    def target(
        self, picks: Sequence[Picks], rows: Span, columns: Span, amount: float | Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """What is painted over a region of cells: H, blended with the content's activations.

        Returns:
            (C', h, w), and the content's where they were blended in.
        """
        activations = self.swapped(picks, rows, columns)
        if isinstance(amount, Tensor):
            amount = amount.to(activations.device)
        elif amount == 1:
            return activations, None
        content = self.content(rows, columns)
        return torch.lerp(content, activations, amount), content

    def paint(
        self,
        picks: Sequence[Picks],
        store: Callable[[Tile, Tensor], None],
        strength: float = 1.0,
        *,
        full: bool = False,
        advance: bool = True,
        side: int = 0,
    ) -> None:
        """Paint the goal's tiles and hand their pixels, (3, h, w) within the picture, to `store`.

        At a strength below 1 the activations are blended with the content's, and what the networks
        lose of the content, C - f(Φ(C)), is given back in the same measure. The coverage of the
        masks multiplies the strength, cell by cell.

        Args:
            picks: of `match`.
            store: takes what is painted.
            strength: 0 is the content, 1 the style.
            full: paint in full whatever is covered more than faintly: for the next pass, which has
                the coverage before itself.
            advance: tell of the progress.
            side: cells of a tile's side at most; 0 is what the settings and the device say.
        """
        job = self.job
        job.tracker.enter("painting")
        for tile in self.goal.cut(side or self.limit):
            job.tracker.poll()
            painted = self._painted(picks, tile, strength, full)
            height = min(tile.rows.stop * CELL, self.height) - tile.rows.start * CELL
            width = min(tile.columns.stop * CELL, self.width) - tile.columns.start * CELL
            if height > 0 and width > 0:
                store(tile, painted[:, :height, :width].clamp(0, 1))
            if advance:
                job.tracker.advance(self._painting_work(tile))

    def _painted(self, picks: Sequence[Picks], tile: Tile, strength: float, full: bool) -> Tensor:
        """One tile of `paint`: (3, h, w), not clamped, with what lies beyond the picture."""
        job = self.job
        outer = self._outer(tile.rows, tile.columns, self.halo)
        inner = (
            slice(None),
            *(
                slice((own.start - out.start) * CELL, (own.stop - out.start) * CELL)
                for own, out in zip((tile.rows, tile.columns), outer, strict=True)
            ),
        )
        original = self._content_pixels(tile.rows.pixels(CELL), tile.columns.pixels(CELL))[0]
        amount = self.amount(*outer, strength, full=full)
        if isinstance(amount, Tensor) and not amount.any():
            return original
        activations, content = self.target(picks, *outer, amount)
        painted = job.model.paint(activations[None], job.tracker.poll)[0][inner]
        if content is None:
            return painted
        rebuilt = job.model.paint(content[None], job.tracker.poll)[0][inner]
        kept = 1 - (enlarged(amount)[inner] if isinstance(amount, Tensor) else amount)
        return painted + kept * (original - rebuilt)

    # -- bookkeeping -----------------------------------------------------------------------------

    @property
    def painted(self) -> bool:
        """Whether the inverse network paints the pass, be it as a start alone."""
        return not self.steps or self.job.settings.needs_inverse

    def painting_work(self, goal: Tile) -> float:
        """Multiply-adds of painting some cells."""
        return sum(self._painting_work(tile) for tile in goal.cut(self.limit))

    def _tiles(self) -> list[Tile]:
        return list(self.goal.cut(self.limit))

    @property
    def _patch_limit(self) -> int:
        return max(1, self.limit // self.stride)

    @property
    def _encodings(self) -> int:
        return 1 if self.first else 2

    def _encoding_work(self, tile: Tile) -> float:
        area = (len(tile.rows) + 2 * HALO) * (len(tile.columns) + 2 * HALO)
        return area * self._encodings * self.job.encoder_work

    def _query_work(self, patches: Tile) -> float:
        return self._encoding_work(self._cells(patches))

    def _matching_work(self, patches: Tile, style: int) -> float:
        count = len(patches.rows) * len(patches.columns)
        height, width = self.style_sizes[style]
        cells = height * width / CELL**2 * self.job.copies
        return 1.3 * count * cells * self.job.model.encoder.channels / self.stride

    def _painting_work(self, tile: Tile) -> float:
        return len(tile.rows) * len(tile.columns) * self.job.inverse_work * 1.3

    def work(self) -> float:
        """Multiply-adds of the pass, for the progress."""
        encoding = matching = 0.0
        for tile in self.patches.cut(self._patch_limit):
            parts = self._parts(tile)
            encoding += self._query_work(tile) if any(parts) else 0.0
            matching += sum(self._matching_work(p, i) for i, p in enumerate(parts) if p)
        painting = self.painting_work(self.goal) if self.painted else 0.0
        if self.job.settings.matching == "centred":
            encoding += self._measuring_work()
        return encoding + matching + painting + self.style_work

    def _measuring_work(self) -> float:
        work = sum(self._encoding_work(tile) for tile in self.measured.cut(self.limit))
        overview = self._overview
        return work if overview is None else work + overview._measuring_work()

    @property
    def style_work(self) -> float:
        """Multiply-adds of the styles' encoding."""
        return sum(self.job.style_work(size) for size in self.style_sizes)

    def describe(self) -> str:
        """Size and tiles, for the report."""
        count = len(self._tiles())
        return f"{self.width}x{self.height}: {count} tile{'s' if count > 1 else ''}"


def enlarged(amount: Tensor) -> Tensor:
    """An amount of cells, (h, w), for their pixels: (1, 4h, 4w), bilinear."""
    return F.interpolate(amount[None, None], scale_factor=float(CELL), mode="bilinear")[0]


def _alike(one: Tensor, other: Tensor) -> Tensor:
    """Whether deviations are of the same order, channel by channel."""
    return (one < TRUSTED_RATIO * other) & (other < TRUSTED_RATIO * one)


def _halved(pixels: Span) -> Span:
    """The pixels at half the size that enlarging them to these by x2, bilinear, reads."""
    return Span(pixels.start // 2 - 1, -(-pixels.stop // 2) + 1)
