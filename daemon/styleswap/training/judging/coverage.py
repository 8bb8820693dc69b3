"""Which of its style's patches a painting is pasted of: how many, how evenly, at what cost.

`appearance.collapse` looks for the style's patches in a painting, whoever made it. This looks at
the picks themselves: of the engine's patch swap, in its last pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.guides import standardised
from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.features.sample import Grid
from styleswap.engine.levels.level import Level
from styleswap.engine.levels.survey import Survey
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.tiles import Tile
from styleswap.engine.transforms import Fitted, Transform
from styleswap.engine.transforms.following import Followed, Following
from styleswap.engine.transforms.patch_swap import PatchSwap, match, pad_to_cover
from styleswap.engine.transforms.patch_swap.swap import Swapped


@dataclass(frozen=True)
class Coverage:
    """How a swap draws on its style's patches.

    Attributes:
        distinct: share of the style's patches that are pasted at least once, 0 to 1.
        evenness: entropy of how often each is pasted, over the largest that so many patches of
            content and style allow: 0 is one patch everywhere, 1 all of them alike.
        cosine_lost: by how much the mean cosine of the content's patches with those pasted for them
            is below that with the best of them: 0 where each has its best match. In the space that
            is matched: relu3_1 as it is, or centred and with the guides.
    """

    distinct: float
    evenness: float
    cosine_lost: float


class Watched:
    """A transform that remembers what it was fitted to last.

    Attributes:
        transform: that does the work.
        fitted: what it gave; None before.
        content: the survey of the query, where it was given one.
    """

    def __init__(self, transform: Transform) -> None:
        self.transform = transform
        self.fitted: Fitted | None = None
        self.content: Survey | None = None

    def __getattr__(self, name: str) -> Any:
        # Only what is not defined here comes this way.
        return getattr(self.transform, name)

    @property
    def least(self) -> int:
        """As of the transform."""
        return self.transform.least

    @property
    def surveys(self) -> bool:
        """As of the transform."""
        return self.transform.surveys

    def measured(self, features: Features) -> Features:
        """As of the transform."""
        return self.transform.measured(features)

    def reads(self, level: Level, cells: Tile) -> Tile:
        """As of the transform."""
        return self.transform.reads(level, cells)

    def work(self, level: Level, cells: Tile, style_sizes: Sequence[tuple[int, int]]) -> float:
        """As of the transform."""
        return self.transform.work(level, cells, style_sizes)

    def grids(self, level: Level) -> Sequence[Grid]:
        """As of the transform."""
        return self.transform.grids(level)

    def fit(
        self,
        level: Level,
        cells: Tile,
        styles: Sequence[EncodedStyle],
        content: Survey | None,
        before: Fitted | None,
    ) -> Fitted:
        """As of the transform; what it gives is kept."""
        self.content = content
        self.fitted = self.transform.fit(level, cells, styles, content, before)
        return self.fitted

    def coverage(self) -> Coverage | None:
        """Of the last pass of a painting in one style; None of what is no patch swap."""
        swap, fitted = self.transform, self.fitted
        while isinstance(swap, Following) and isinstance(fitted, Followed):
            swap, fitted = swap.transform, fitted.fitted
        if not isinstance(swap, PatchSwap) or not isinstance(fitted, Swapped):
            return None
        level, (style,), (picks,) = fitted.level, fitted.styles, fitted.picks
        content = (
            self.content.moments if self.content is not None and swap.comparison.centred else None
        )
        with torch.inference_mode():
            query, *copies = (
                standardised(x, swap.comparison.guides, moments)
                if moments is not None
                else x[RELU3_1]
                for x, moments in (
                    (level.query(level.whole), content),
                    *(
                        (copy, style.moments if swap.comparison.centred else None)
                        for copy in style.copies
                    ),
                )
            )
            places = torch.stack([picks.copy, picks.row, picks.column]).to(query.device).long()
            size, stride = fitted.lattice.size, fitted.lattice.stride
            return coverage(query, copies, places, size, stride)


def coverage(
    content: Tensor, styles: Sequence[Tensor], places: Tensor, patch_size: int = 3, stride: int = 1
) -> Coverage:
    """Measure picks in the space in which they were made.

    Args:
        content: (C, H, W), what was matched.
        styles: (C, h, w) each, copies of the style.
        places: (3, Hp, Wp) of int64: copy, row and column of the patch that each of the content's
            has been given.
        patch_size: p in cells.
        stride: of the patches, in content and style.
    """
    query = pad_to_cover(content, patch_size, stride)
    ours = F.unfold(query[None], patch_size, stride=stride)[0]
    copy, row, column = (x.flatten() for x in places)
    given, counts = ours.new_zeros(len(copy)), []
    for i, style in enumerate(styles):
        theirs = F.unfold(style[None], patch_size, stride=stride)[0]
        here = copy == i
        across = (style.shape[2] - patch_size) // stride + 1
        chosen = (row // stride * across + column // stride)[here]
        counts.append(chosen.bincount(minlength=theirs.shape[1]))
        patches = theirs[:, chosen]
        given[here] = (ours[:, here] * patches).sum(0) / patches.norm(dim=0).clamp(min=1e-8)
    often = torch.cat(counts)
    shares = often[often > 0].double() / len(copy)
    largest = math.log(min(len(copy), len(often)))
    entropy = -float((shares * shares.log()).sum())
    best = match(query, styles, patch_size, stride).score.flatten()
    cosines = (best - given) / ours.norm(dim=0).clamp(min=1e-8)
    return Coverage(
        len(shares) / len(often),
        entropy / largest if largest > 0 else 1.0,
        max(0.0, float(cosines.mean())),  # what is less is rounding
    )
