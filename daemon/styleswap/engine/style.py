"""Style activations: computed once for a style, a size and an encoder, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.colour import Palette, move_palette, palette
from styleswap.engine.encoder import CELL
from styleswap.engine.errors import StyleTooSmall
from styleswap.engine.guide import features
from styleswap.engine.model import Model
from styleswap.engine.passes import STYLE_PATCHES
from styleswap.engine.raster import Source
from styleswap.engine.settings import Settings
from styleswap.engine.tiles import Span

PALETTE_SIDE = 512
"""Longest side in pixels of the picture whose colours count as the style's."""


@dataclass(frozen=True)
class StyleActivations:
    """A style as the swap needs it.

    Attributes:
        copies: (C + colours, h, w) each: as it is, mirrored, turned.
        mean: (C + 3,) of the features over all copies (see `guide`), (C,) without colours.
        deviation: likewise, positive.
    """

    copies: tuple[Tensor, ...]
    mean: Tensor
    deviation: Tensor

    @property
    def bytes(self) -> int:
        """Bytes of all copies."""
        return sum(c.numel() * c.element_size() for c in self.copies)


class StyleCache:
    """Style activations by key; the least recently used leave first.

    Args:
        limit: bytes to keep at most.
    """

    def __init__(self, limit: int = 1 << 30) -> None:
        self.limit = limit
        self._held: OrderedDict[Hashable, StyleActivations] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        return sum(a.bytes for a in self._held.values())

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()

    def get(self, key: Hashable) -> StyleActivations | None:
        """What is held under a key, now the most recently used."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: Hashable, activations: StyleActivations) -> None:
        """Keep activations, if they fit at all."""
        if activations.bytes > self.limit:
            return
        self._held[key] = activations
        while self.bytes > self.limit:
            self._held.popitem(last=False)


def check_style(source: Source, patch_size: int, name: str = "style", position: int = 0) -> None:
    """Refuse a style with fewer than four patches a side.

    Args:
        source: the style.
        patch_size: p in cells.
        name: what to call it in the error.
        position: its place among the styles of a painting.

    Raises:
        StyleTooSmall: with the size it would need.
    """
    least = CELL * (patch_size + STYLE_PATCHES - 1)
    height, width = source.raster.height, source.raster.width
    if min(height, width) < least:
        raise StyleTooSmall(
            f"the {name} is {width}x{height} px, too small for patches of {patch_size}: "
            f"take a picture of at least {least} px a side, or a smaller patch size",
            position,
        )


def style_picture(source: Source, size: tuple[int, int]) -> Tensor:
    """The style at a size: (1, 3, H, W) in [0, 1], antialiased where reduced."""
    level = source.level_above(size)
    height, width = source.size(level)
    picture = source.read(level, Span(0, height), Span(0, width))
    if (height, width) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", antialias=True).clamp(0, 1)


def style_palette(source: Source) -> Palette:
    """The Lab mean and covariance of the style at 512 px at most."""
    level = 0
    while max(source.size(level)) > PALETTE_SIDE:
        level += 1
    height, width = source.size(level)
    return palette(source.read(level, Span(0, height), Span(0, width))[0])


def _variants(picture: Tensor, settings: Settings) -> list[Tensor]:
    turns = range(4) if settings.style_rotations else range(1)
    turned = [torch.rot90(picture, k, (2, 3)) for k in turns]
    return turned + [t.flip(3) for t in turned] if settings.style_flips else turned


def encode_style(
    source: Source,
    size: tuple[int, int],
    settings: Settings,
    model: Model,
    recolouring: tuple[Palette, Palette] | None,
    poll: Callable[[], None],
    tell: Callable[[float], None],
) -> StyleActivations:
    """Compute the activations of a style and its mirrored and turned copies.

    The copies are pictures that are encoded one by one: activations themselves cannot be mirrored,
    since their channels know directions.

    Args:
        source: the style.
        size: height and width in pixels, multiples of 4.
        settings: which copies.
        model: whose encoder.
        recolouring: palettes to move the style's colours from and to, or None.
        poll: raises to stop.
        tell: given the finished share, 0 to 1.
    """
    picture = style_picture(source, size)
    if recolouring:
        picture = move_palette(picture, *recolouring)
    copies: list[Tensor] = []
    variants = _variants(picture, settings)
    for variant in variants:
        copies.append(model.activations(variant, poll)[0])
        tell(len(copies) / len(variants))
    channels = model.encoder.channels
    cells = torch.cat([features(copy, channels).flatten(1) for copy in copies], 1)
    deviation, mean = torch.std_mean(cells, 1, correction=0)
    return StyleActivations(tuple(copies), mean, deviation.clamp(min=1e-5))
