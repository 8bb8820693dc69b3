"""The style swap as a transform: tile by tile it is matched once, and pasted as often as wanted.

What is kept in between are the picks, so memory stays bounded whatever the content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import CELL, Tile
from styleswap.engine.transforms.patch_swap.balance import Balance, Prices
from styleswap.engine.transforms.patch_swap.coherence import AROUND, MARGIN, coherent
from styleswap.engine.transforms.patch_swap.comparison import Comparison
from styleswap.engine.transforms.patch_swap.lattice import Lattice
from styleswap.engine.transforms.patch_swap.matching import match
from styleswap.engine.transforms.patch_swap.pasting import paste
from styleswap.engine.transforms.patch_swap.picks import Picks, distinct_share, no_picks
from styleswap.engine.transforms.patch_swap.sample import SIDE
from styleswap.engine.transforms.transform import Fitted


class PatchSwap:
    """Replaces every patch of the query by the style's patch that is most like it.

    Args:
        settings: patch size and stride, matching, guide, overlap, and which copies styles have.
    """

    pieces = True

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.comparison = Comparison(settings)
        self.balance = Balance(settings, self.comparison)
        self.surveys = self.comparison.centred or settings.variety > 0
        # A large patch is coherent by itself.
        looking = settings.variety > 0 and settings.patch_size <= SIDE
        self.around = AROUND if looking else 0
        self.least = settings.patch_size

    def measured(self, features: Features) -> Features:
        """What centred matching compares, before it is centred."""
        return self.comparison.measured(features)

    def lattice(self, level: Level) -> Lattice:
        """The patches of a level."""
        return Lattice(level.whole, self.settings.patch_size, self.settings.patch_stride)

    def grids(self, level: Level) -> Sequence[Grid]:
        """Of each style a sample of the patches that it has a part in, for its prices."""
        return self.balance.grids(level)

    def reads(self, level: Level, cells: Tile) -> Tile:
        """The cells of all patches that cover any of these, and of the patches around them."""
        lattice = self.lattice(level)
        return lattice.cells(self._with_neighbours(lattice, lattice.over(cells)))

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        """As of every transform."""
        lattice = self.lattice(level)
        work = 0.0
        for inner in lattice.over(cells).cut(self._limit(level)):
            tile = self._with_neighbours(lattice, inner)
            parts = self._parts(level, tile)
            if any(parts):
                work += level.query_work(lattice.cells(tile))
            for part, size in zip(parts, style_sizes, strict=True):
                if part is not None:
                    cells_offered = size[0] * size[1] / CELL**2 * self.settings.copies
                    work += self._matching_work(level, part, cells_offered)
        return work

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Swapped:
        """Match every patch that the cells need, tile by tile."""
        poll = level.context.tracker.poll
        lattice, tracker = self.lattice(level), level.context.tracker
        device = level.context.model.device
        # Positions as int16 hold any row or column of a style.
        picks = tuple(no_picks(lattice.patches) for _ in styles)
        compare = self.comparison
        offered = [[compare.of_style(c, style) for c in style.copies] for style in styles]
        earlier = before.prices if isinstance(before, Swapped) else None
        prices = self.balance.prices(level, styles, offered, content, earlier)
        for inner in lattice.over(cells).cut(self._limit(level)):
            tile = self._with_neighbours(lattice, inner)
            parts = self._parts(level, tile)
            if not any(parts):
                continue
            tracker.enter("encoding")
            covered = lattice.cells(tile)
            query = self._query(level, lattice, covered)
            # One for all styles, but for tones that are compared as they are.
            alike = styles if compare.absolute else styles[:1]
            asked = [compare.of_content(query, content, style) for style in alike]
            tracker.advance(level.query_work(covered))
            tracker.enter("matching")
            for i, (copies, part, own) in enumerate(zip(offered, parts, picks, strict=True)):
                if part is None:
                    continue
                work = self._matching_work(
                    level, part, sum(c.shape[1] * c.shape[2] for c in copies)
                )
                place = lattice.cells(part).within(covered)
                matched = asked[i % len(asked)][:, *place].to(device)
                size, stride, cost = lattice.size, lattice.stride, prices[i]
                found = match(matched, copies, size, stride, tracker.within(work), cost)
                if cost is not None and self.around:
                    margin, counted = MARGIN * self.settings.variety, self._counted(level, i, part)
                    found = coherent(
                        found, matched, copies, size, stride, cost, margin, counted, poll
                    )
                kept = part.shared(inner)
                own.part(kept.place).copy_(found.part(kept.within(part)))
                tracker.advance(work)
        centre = self.settings.overlap == "centre"
        return Swapped(level, lattice, tuple(styles), picks, tuple(prices), centre)

    def _query(self, level: Level, lattice: Lattice, cells: Tile) -> Features:
        """The query over cells, which a stride may let reach beyond the picture."""
        inner = lattice.inside(cells)
        query = level.query(inner)
        below = len(cells.rows) - len(inner.rows)
        right = len(cells.columns) - len(inner.columns)
        if not (below or right):
            return query
        padded = F.pad(query.values[None], (0, right, 0, below), mode="replicate")[0]
        return query.with_values(padded)

    def _with_neighbours(self, lattice: Lattice, patches: Tile) -> Tile:
        """Patches, and those around them that they look at."""
        return patches.around(self.around).shared(lattice.patches)

    def _counted(self, level: Level, index: int, patches: Tile) -> Tensor | None:
        """Which of some patches a style has a part in: (h, w) of bool; None is all."""
        mask = level.context.mixture.styles[index].mask
        if mask is None:
            return None
        lattice = self.lattice(level)
        cells = lattice.cells(patches)
        inner = lattice.inside(cells)
        coverage = mask.cells(level.halvings, inner)
        beyond = (0, len(cells.columns) - len(inner.columns), 0, len(cells.rows) - len(inner.rows))
        coverage = F.pad(coverage[None], beyond, mode="replicate")
        covered = F.max_pool2d(coverage, lattice.size, lattice.stride)[0] > 0
        return covered.to(level.context.model.device)

    def _parts(self, level: Level, patches: Tile) -> list[Tile | None]:
        """For each style a rectangle of some patches that holds all that it has a part in."""
        lattice, mixture = self.lattice(level), level.context.mixture
        parts: list[Tile | None] = []
        for style in mixture.styles:
            if style.mask is None:
                parts.append(patches)
                continue
            inside = lattice.inside(lattice.cells(patches))
            cells = mixture.part(style, level.halvings, inside)
            parts.append(cells and patches.shared(lattice.over(cells)))
        return parts

    def _limit(self, level: Level) -> int:
        """Patches of a tile's side at most."""
        return max(1, level.limit // self.settings.patch_stride)

    def _matching_work(self, level: Level, patches: Tile, style_cells: float) -> float:
        """Multiply-adds of matching patches with a style of so many cells in all its copies."""
        count = len(patches.rows) * len(patches.columns)
        channels = level.context.model.encoder.channels
        return 1.3 * count * style_cells * channels / self.settings.patch_stride


@dataclass(frozen=True)
class Swapped:
    """A level, matched with the styles.

    Attributes:
        level: the content at a size.
        lattice: its patches.
        styles: what is pasted.
        picks: of each style, of all patches; the score of those that it has no part in is -inf.
        prices: of each style, of its copies' patches; None is nothing.
        centred: whether a patch counts most at its centre where patches overlap.
    """

    level: Level
    lattice: Lattice
    styles: tuple[EncodedStyle, ...]
    picks: tuple[Picks, ...]
    prices: tuple[Prices, ...]
    centred: bool

    def features(self, style: int, cells: Tile) -> Features:
        """One style's Φss over some cells."""
        # The paper's average has fewer patches at an edge. Where they are all the same one, its own
        # edge would become a line there, so those of the other overlap go on beyond.
        patches = self.lattice.around(cells) if self.centred else self.lattice.over(cells)
        picks, counted = self.picks[style].continued(patches)
        copies = self.styles[style].copies
        covered = self.lattice.cells(patches)
        top, left = covered.rows.start, covered.columns.start
        whole = paste(
            picks.to(copies[0].values.device),
            [copy.values for copy in copies],
            (cells.rows.stop - top, cells.columns.stop - left),
            self.lattice.size,
            self.lattice.stride,
            centred=self.centred,
            counted=counted,
        )
        values = whole[:, cells.rows.start - top :, cells.columns.start - left :]
        return copies[0].with_values(values)

    def distinct(self, cells: Tile) -> float:
        """Share of the styles' patches that were picked for some cells, mean by weight."""
        ingredients = self.level.context.mixture.styles
        place = self.lattice.over(cells).place
        total = 0.0
        for ingredient, style, picks in zip(ingredients, self.styles, self.picks, strict=True):
            copies = [copy.values for copy in style.copies]
            share = distinct_share(
                picks.part(place).found(), copies, self.lattice.size, self.lattice.stride
            )
            total += ingredient.weight * share
        return total / sum(ingredient.weight for ingredient in ingredients)
