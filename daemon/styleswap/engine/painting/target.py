"""What is painted at a level: H, mixed of all styles and blended with the content's features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.features.planes import Features
from styleswap.engine.levels.level import Level
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.styles.mixture import FAINT
from styleswap.engine.tiles import CELL, Tile
from styleswap.engine.transforms import Fitted

Amount = float | Tensor
"""How much of the style cells have: a number, or (h, w) on the CPU where masks make it differ."""


@dataclass(frozen=True)
class Target:
    """The features that a level's picture is to have.

    Attributes:
        level: the content at a size.
        fitted: the transform, fitted to it.
        styles: of the painting.
        pictures: a style's pixels at the level, by its place: (1, 3, h, w) of each of its copies.
    """

    level: Level
    fitted: Fitted
    styles: tuple[EncodedStyle, ...]
    pictures: Callable[[int], Sequence[Tensor]]

    def amount(self, cells: Tile, strength: float, *, full: bool) -> Amount:
        """How much of the style some cells have: the strength times the coverage of the masks.

        Args:
            cells: a rectangle.
            strength: 0 is the content, 1 the style.
            full: in full whatever is covered more than faintly: for the next pass, which has the
                coverage before itself.
        """
        mixture = self.level.context.mixture
        coverage = mixture.cells(self.level.halvings, cells)
        if coverage is None:
            return strength
        return strength * ((coverage / FAINT).clamp(max=1) if full else coverage)

    def mixed(self, cells: Tile) -> Features:
        """H over some cells, mixed of all styles; where no style has a part it is 0."""
        if len(self.styles) == 1:
            return self.fitted.features(0, cells)
        context, halvings = self.level.context, self.level.halvings
        like = self.styles[0].copies[0]
        shape = like.values.shape[0], len(cells.rows), len(cells.columns)
        mixed = torch.zeros(shape, device=context.model.device)
        shares = context.mixture.shares(halvings, cells)
        for i, (style, share) in enumerate(zip(context.mixture.styles, shares, strict=True)):
            if context.mixture.part(style, halvings, cells) is not None:
                amount = share.to(mixed.device) if isinstance(share, Tensor) else share
                mixed += amount * self.fitted.features(i, cells).values
        return like.with_values(mixed)

    def blended(self, cells: Tile, amount: Amount) -> tuple[Features, Features | None]:
        """H over some cells, blended with the content's features by the amount of the style.

        Returns:
            What is to be painted, and the content's features where they were blended in.
        """
        mixed = self.mixed(cells)
        if isinstance(amount, Tensor):
            amount = amount.to(mixed.values.device)
        elif amount == 1:
            return mixed, None
        content = self.level.content(cells)
        return mixed.with_values(torch.lerp(content.values, mixed.values, amount)), content


def enlarged(amount: Tensor) -> Tensor:
    """An amount of cells, (h, w), for their pixels: (1, 4h, 4w), bilinear."""
    return F.interpolate(amount[None, None], scale_factor=float(CELL), mode="bilinear")[0]
