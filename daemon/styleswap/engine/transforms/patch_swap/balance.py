"""The prices of a level: from its own sample, or taken over from the pass before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey, overview
from styleswap.engine.settings import Settings
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.transforms.patch_swap.comparison import Comparison
from styleswap.engine.transforms.patch_swap.lattice import Lattice
from styleswap.engine.transforms.patch_swap.prices import Tones, enlarged, prices
from styleswap.engine.transforms.patch_swap.sample import PatchSample, sampled, varied

Prices = Sequence[Tensor] | None
"""Of the patches of a style's copies, (hp, wp) each, in units of the cosine; None is nothing."""


class Balance:
    """Finds what patches cost.

    Args:
        settings: variety, patch size and stride.
        comparison: makes what is matched.
    """

    def __init__(self, settings: Settings, comparison: Comparison) -> None:
        self.variety = settings.variety
        self.size, self.stride = settings.patch_size, settings.patch_stride
        self.comparison = comparison

    def anew(self, level: Level) -> bool:
        """Whether a level has prices of its own: not a large one after another."""
        return self.variety > 0 and (level.first or overview(level) is None)

    def grids(self, level: Level) -> Sequence[Grid]:
        """The cells of a level that the prices are made of, for each style."""
        return [sample.grid for sample in self._samples(level)] if self.anew(level) else ()

    def prices(
        self,
        level: Level,
        styles: Sequence[EncodedStyle],
        offered: Sequence[Sequence[Tensor]],
        content: Survey | None,
        before: Sequence[Prices] | None,
    ) -> Sequence[Prices]:
        """Prices of each style, times the variety.

        Args:
            level: the content at a size.
            styles: of the painting.
            offered: what is matched of their copies.
            content: with the samples of `grids`.
            before: the prices of the pass before.
        """
        if self.variety == 0:
            return [None] * len(styles)
        if not self.anew(level):
            assert before is not None
            return [
                cost
                and [enlarged(c, s, self.size, self.stride) for c, s in zip(cost, own, strict=True)]
                for cost, own in zip(before, offered, strict=True)
            ]
        assert content is not None
        level.context.tracker.enter("matching")
        poll, found = level.context.tracker.poll, []
        samples = self._samples(overview(level) or level)
        for sample, cells, style, own in zip(
            samples, content.samples, styles, offered, strict=True
        ):
            found.append(self._priced(sample, cells, style, own, content, poll))
        return found

    def _priced(
        self,
        sample: PatchSample,
        cells: Features,
        style: EncodedStyle,
        offered: Sequence[Tensor],
        content: Survey,
        poll: Callable[[], None],
    ) -> Prices:
        patches = sample.patches(self.comparison.of_content(cells, content, style))
        if len(patches) == 0 or not varied(patches):
            return None
        tones = None
        own = self.comparison.tones(cells)
        if own is not None:
            theirs = [self.comparison.tones(copy) for copy in style.copies]
            tones = Tones(
                sample.patches(own).mean((2, 3)),
                [t for t in theirs if t is not None],
                self.comparison.tolerance,
            )
        found = prices(patches, offered, self.size, self.stride, tones, poll)
        return [self.variety * price for price in found]

    def _samples(self, level: Level) -> list[PatchSample]:
        lattice = Lattice(level.whole, self.size, self.stride)
        return [sampled(lattice, level, style) for style in level.context.mixture.styles]
