"""One pass over the content: statistics of the query, picks, painting; tile by tile.

The pass goes through its tiles up to three times, so that no tile is matched twice and the join of
the tiles is the whole. What is kept in between are the picks, so memory stays bounded whatever the
content.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.colour import Palette
from styleswap.engine.encoder import CELL, REACH
from styleswap.engine.model import Model
from styleswap.engine.passes import COARSE_SHARE
from styleswap.engine.progress import Tracker
from styleswap.engine.raster import Source
from styleswap.engine.settings import Settings
from styleswap.engine.style import StyleActivations, StyleCache, encode_style
from styleswap.engine.swap import Picks, covering_size, match, rebuild
from styleswap.engine.tiles import Span, Tile, spans, tiles

TILE_SIDE = {"cpu": 512, "cuda": 2048, "mps": 1024}
"""Side of a tile in pixels where the settings leave it open."""

LEAST_CELLS = 4
"""Cells of a side that the networks' reflection padding needs."""

HALO = -(-REACH // CELL)
"""Cells around a region that the encoder must see."""

LAYER_AREAS = (16, 16, 4, 4, 1)
"""Pixels per cell at each convolution of the encoder."""


@dataclass
class Job:
    """What all passes of one picture share."""

    content: Source
    style: Source
    settings: Settings
    model: Model
    tracker: Tracker
    cache: StyleCache | None
    style_key: str

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

    def activations(
        self, size: tuple[int, int], recolouring: tuple[Palette, Palette] | None
    ) -> StyleActivations:
        """The style's activations at a size, from the cache where they are there."""
        statistics = [t for p in recolouring or () for t in (p.mean, p.covariance)]
        key = (
            self.style_key,
            self.model.encoder_sha256,
            self.model.inverse.colours,
            str(self.model.device),
            size,
            self.settings.style_flips,
            self.settings.style_rotations,
            tuple(v for t in statistics for v in t.flatten().tolist()),
        )
        held = self.cache.get(key) if self.cache is not None and self.style_key else None
        if held is None:
            work = size[0] * size[1] / CELL**2 * self.copies * self.encoder_work
            tell = self.tracker.within(work)
            held = encode_style(
                self.style,
                size,
                self.settings,
                self.model,
                recolouring,
                self.tracker.poll,
                tell,
            )
            if self.cache is not None and self.style_key:
                self.cache.put(key, held)
        return held


@dataclass
class Pass:
    """One pass over the content at one level.

    Attributes:
        job: the picture.
        level: halvings of the content.
        style_size: height and width of the style in pixels.
        first: whether there is no pass before.
        style: the style's activations; set before `run`.
        before: (3, h, w) float16 in [0, 1], the pass before, at half this size; likewise.
        height: of the picture at this level, in pixels; `width` likewise.
        tall: rows of cells that cover it; `wide` likewise.
    """

    job: Job
    level: int
    style_size: tuple[int, int]
    first: bool
    style: StyleActivations = field(init=False)
    before: Tensor | None = field(init=False, default=None)
    mean: Tensor = field(init=False)
    deviation: Tensor = field(init=False)

    def __post_init__(self) -> None:
        settings = self.job.settings
        self.size, self.stride = settings.patch_size, settings.patch_stride
        self.height, self.width = self.job.content.size(self.level)
        least = max(LEAST_CELLS, self.size)
        self.tall = max(least, -(-self.height // CELL))  # cells
        self.wide = max(least, -(-self.width // CELL))
        self.limit = max(LEAST_CELLS, self.job.tile_side // CELL)
        rows = covering_size(self.tall, self.size, self.stride)
        columns = covering_size(self.wide, self.size, self.stride)
        self.patch_rows = (rows - self.size) // self.stride + 1
        self.patch_columns = (columns - self.size) // self.stride + 1

    # -- reading ---------------------------------------------------------------------------------

    def _outer(self, rows: Span, columns: Span, halo: int) -> tuple[Span, Span]:
        return rows.grown(halo, halo, self.tall), columns.grown(halo, halo, self.wide)

    def content(self, rows: Span, columns: Span) -> Tensor:
        """Activations of the content over a region of cells: (C', h, w)."""
        return self._encoded(rows, columns, self._content_pixels)

    def query(self, rows: Span, columns: Span) -> Tensor:
        """What is matched over a region of cells: the content, half the pass before."""
        content = self.content(rows, columns)
        if self.before is None:
            return content
        painted = self._encoded(rows, columns, self._before_pixels)
        return torch.lerp(content, painted, COARSE_SHARE)

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
        top, left = rows.start // 2 - 1, columns.start // 2 - 1
        y = torch.arange(top, -(-rows.stop // 2) + 1).clamp(0, height - 1)
        x = torch.arange(left, -(-columns.stop // 2) + 1).clamp(0, width - 1)
        part = self.before[:, y][:, :, x].float()[None]
        enlarged = F.interpolate(part, scale_factor=2.0, mode="bilinear", align_corners=False)
        inner = Span(rows.start - 2 * top, rows.stop - 2 * top)
        across = Span(columns.start - 2 * left, columns.stop - 2 * left)
        return enlarged[..., inner.start : inner.stop, across.start : across.stop]

    # -- matching --------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Mean and deviation of the query's channels over the whole picture."""
        self.job.tracker.enter("encoding")
        channels = self.job.model.encoder.channels
        total = torch.zeros(2, channels, dtype=torch.float64)
        for tile in self._tiles():
            cells = self.query(tile.rows, tile.columns)[:channels].flatten(1)
            total += torch.stack([cells.sum(1), cells.pow(2).sum(1)]).double().cpu()
            self.job.tracker.advance(self._encoding_work(tile))
        mean, square = total / (self.tall * self.wide)
        self.mean = mean.float().view(-1, 1, 1).to(self.job.model.device)
        deviation = (square - mean.pow(2)).clamp(min=0).sqrt().float()
        self.deviation = deviation.clamp(min=1e-5).view(-1, 1, 1).to(self.job.model.device)

    def match(self) -> Picks:
        """The picks of the whole pass, found tile by tile; on the CPU, positions as int16."""
        if self.job.settings.matching == "centred":
            self._measure()
        job, device = self.job, self.job.model.device
        channels = job.model.encoder.channels
        centred = job.settings.matching == "centred"
        copies = [copy[:channels] for copy in self.style.copies]
        if centred:
            copies = [(c - self.style.mean) / self.style.deviation for c in copies]
        shape = (self.patch_rows, self.patch_columns)
        # int16 holds any row or column of a style; scores are kept for the report of near-ties.
        copy, row, column = (torch.zeros(shape, dtype=torch.int16) for _ in range(3))
        score = torch.zeros(shape)
        limit = max(1, self.limit // self.stride)
        for rows in spans(self.patch_rows, limit):
            for columns in spans(self.patch_columns, limit):
                job.tracker.enter("encoding")
                query = self._covered(self._cells(rows), self._cells(columns))[:channels]
                if centred:
                    query = (query - self.mean) / self.deviation
                job.tracker.advance(self._region_encoding_work(rows, columns))
                job.tracker.enter("matching")
                work = self._matching_work(len(rows) * len(columns))
                found = match(
                    query.to(device), copies, self.size, self.stride, job.tracker.within(work)
                )
                place = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
                copy[place], row[place] = found.copy.short().cpu(), found.row.short().cpu()
                column[place], score[place] = found.column.short().cpu(), found.score.cpu()
                job.tracker.advance(work)
        return Picks(copy, row, column, score)

    def _cells(self, patches: Span) -> Span:
        """The cells that a run of patches covers."""
        return Span(patches.start * self.stride, (patches.stop - 1) * self.stride + self.size)

    def _covered(self, rows: Span, columns: Span) -> Tensor:
        """The query over cells, which a stride may let reach beyond the picture."""
        inner = Span(min(rows.start, self.tall - 1), min(rows.stop, self.tall))
        across = Span(min(columns.start, self.wide - 1), min(columns.stop, self.wide))
        query = self.query(inner, across)
        missing = len(columns) - len(across), len(rows) - len(inner)
        if any(missing):
            query = F.pad(query[None], (0, missing[0], 0, missing[1]), mode="replicate")[0]
        return query

    # -- painting --------------------------------------------------------------------------------

    def swapped(self, picks: Picks, rows: Span, columns: Span) -> Tensor:
        """Φss over a region of cells: (C', h, w)."""
        first_row, stop_row = self._patches(rows, self.patch_rows)
        first_column, stop_column = self._patches(columns, self.patch_columns)
        place = slice(first_row, stop_row), slice(first_column, stop_column)
        device = self.job.model.device
        copy, row, column = (
            t[place].to(device).long() for t in (picks.copy, picks.row, picks.column)
        )
        part = Picks(copy, row, column, picks.score[place])
        top, left = first_row * self.stride, first_column * self.stride
        whole = rebuild(
            part,
            self.style.copies,
            (rows.stop - top, columns.stop - left),
            self.size,
            self.stride,
            centred=self.job.settings.overlap == "centre",
        )
        return whole[:, rows.start - top :, columns.start - left :]

    def _patches(self, cells: Span, count: int) -> tuple[int, int]:
        """The patches that cover any of some cells."""
        first = max(0, -(-(cells.start - self.size + 1) // self.stride))
        return first, min(count, (cells.stop - 1) // self.stride + 1)

    def paint(
        self,
        picks: Picks,
        store: Callable[[Tile, Tensor], None],
        strength: float = 1.0,
        *,
        advance: bool = True,
    ) -> None:
        """Paint every tile and hand its pixels, (3, h, w) within the picture, to `store`.

        At a strength below 1 the activations are blended with the content's, and what the networks
        lose of the content, C - f(Φ(C)), is given back in the same measure.
        """
        job = self.job
        halo = -(-job.model.inverse.reach // CELL)
        job.tracker.enter("painting")
        for tile in self._tiles():
            job.tracker.poll()
            outer = self._outer(tile.rows, tile.columns, halo)
            activations = self.swapped(picks, *outer)
            inner = (
                slice(None),
                *(
                    slice((own.start - out.start) * CELL, (own.stop - out.start) * CELL)
                    for own, out in zip((tile.rows, tile.columns), outer, strict=True)
                ),
            )
            if strength < 1:
                content = self.content(*outer)
                activations = torch.lerp(content, activations, strength)
                kept = job.model.paint(content[None], job.tracker.poll)[0][inner]
            painted = job.model.paint(activations[None], job.tracker.poll)[0][inner]
            if strength < 1:
                original = self._content_pixels(tile.rows.pixels(CELL), tile.columns.pixels(CELL))[
                    0
                ]
                painted = painted + (1 - strength) * (original - kept)
            height = min(tile.rows.stop * CELL, self.height) - tile.rows.start * CELL
            width = min(tile.columns.stop * CELL, self.width) - tile.columns.start * CELL
            if height > 0 and width > 0:
                store(tile, painted[:, :height, :width].clamp(0, 1))
            if advance:
                job.tracker.advance(self._painting_work(tile))

    # -- bookkeeping -----------------------------------------------------------------------------

    def _tiles(self) -> list[Tile]:
        return list(tiles(self.tall, self.wide, self.limit))

    @property
    def _encodings(self) -> int:
        return 1 if self.first else 2

    def _encoding_work(self, tile: Tile) -> float:
        area = (len(tile.rows) + 2 * HALO) * (len(tile.columns) + 2 * HALO)
        return area * self._encodings * self.job.encoder_work

    def _region_encoding_work(self, rows: Span, columns: Span) -> float:
        return self._encoding_work(Tile(self._cells(rows), self._cells(columns)))

    def _matching_work(self, patches: int) -> float:
        cells = self.style_size[0] * self.style_size[1] / CELL**2 * self.job.copies
        return 1.3 * patches * cells * self.job.model.encoder.channels / self.stride

    def _painting_work(self, tile: Tile) -> float:
        return len(tile.rows) * len(tile.columns) * self.job.inverse_work * 1.3

    def work(self) -> float:
        """Multiply-adds of the whole pass, for the progress."""
        limit = max(1, self.limit // self.stride)
        encoding = sum(
            self._region_encoding_work(rows, columns)
            for rows in spans(self.patch_rows, limit)
            for columns in spans(self.patch_columns, limit)
        )
        painting = sum(self._painting_work(tile) for tile in self._tiles())
        matching = self._matching_work(self.patch_rows * self.patch_columns)
        if self.job.settings.matching == "centred":
            encoding += sum(self._encoding_work(tile) for tile in self._tiles())
        return encoding + matching + painting + self.style_work

    @property
    def style_work(self) -> float:
        """Multiply-adds of the style's encoding."""
        cells = self.style_size[0] * self.style_size[1] / CELL**2
        return cells * self.job.copies * self.job.encoder_work

    def describe(self) -> str:
        """Size and tiles, for the report."""
        count = len(self._tiles())
        return f"{self.width}x{self.height}: {count} tile{'s' if count > 1 else ''}"
