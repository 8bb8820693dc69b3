"""A style as the transforms need it: encoded once for a size and an encoder, in all its copies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.errors import StyleTooSmall
from styleswap.engine.features.moments import moments
from styleswap.engine.features.planes import Features
from styleswap.engine.networks.model import Model
from styleswap.engine.pictures.colour import Palette, move_palette, palette
from styleswap.engine.pictures.raster import Source
from styleswap.engine.progress import Tracker
from styleswap.engine.settings import Settings
from styleswap.engine.styles.cache import StyleCache
from styleswap.engine.styles.encoded import EncodedStyle
from styleswap.engine.styles.mixture import Ingredient
from styleswap.engine.tiles import CELL, rectangle

PALETTE_SIDE = 512
"""Longest side in pixels of the picture whose colours count as the style's."""

STYLE_PATCHES = 4
"""Patches that a style must have along each side."""

Recolouring = tuple[Palette, Palette]
"""The palette to move a style's colours from, and the one to move them to."""


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
    least = least_side(patch_size)
    height, width = source.raster.height, source.raster.width
    if min(height, width) < least:
        raise StyleTooSmall(
            f"the {name} is {width}x{height} px, too small for patches of {patch_size}: "
            f"take a picture of at least {least} px a side, or a smaller patch size",
            position,
        )


def least_side(patch_size: int) -> int:
    """Pixels that a style has a side at least."""
    return CELL * (patch_size + STYLE_PATCHES - 1)


def style_picture(source: Source, size: tuple[int, int]) -> Tensor:
    """The style at a size: (1, 3, H, W) in [0, 1], antialiased where reduced."""
    level = source.level_above(size)
    picture = source.read(level, rectangle(*source.size(level)))
    if source.size(level) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", antialias=True).clamp(0, 1)


def style_palette(source: Source) -> Palette:
    """The Lab mean and covariance of the style at 512 px at most."""
    level = source.level_within(PALETTE_SIDE)
    return palette(source.read(level, rectangle(*source.size(level)))[0])


@dataclass
class StyleEncoder:
    """Encodes the styles of a painting, or takes them from the cache.

    Attributes:
        model: whose encoder.
        settings: which copies; which planes are measured.
        measured: makes the planes whose moments are kept, of a copy's.
        tracker: told of the work.
        cache: of earlier paintings; None keeps nothing.
        saved: multiply-adds that the cache has spared.
    """

    model: Model
    settings: Settings
    measured: Callable[[Features], Features]
    tracker: Tracker
    cache: StyleCache | None
    saved: float = field(init=False, default=0.0)

    def work(self, size: tuple[int, int]) -> float:
        """Multiply-adds of a style's encoding at a height and width in pixels."""
        return size[0] * size[1] / CELL**2 * self.settings.copies * self.model.encoder.work

    def encode_all(
        self,
        styles: Sequence[Ingredient],
        sizes: Sequence[tuple[int, int]],
        recolouring: Sequence[Recolouring] | None,
    ) -> tuple[EncodedStyle, ...]:
        """Encode the styles of a pass.

        Args:
            styles: of the painting.
            sizes: height and width of each in pixels, multiples of 4.
            recolouring: for each style, or None.
        """
        encoded = []
        for i, (style, size) in enumerate(zip(styles, sizes, strict=True)):
            encoded.append(self._encoded(style, size, recolouring[i] if recolouring else None))
            self.tracker.advance(self.work(size))
        return tuple(encoded)

    def _encoded(
        self, style: Ingredient, size: tuple[int, int], recolouring: Recolouring | None
    ) -> EncodedStyle:
        colours = [t for p in recolouring or () for t in (p.mean, p.covariance)]
        key = (
            style.key,
            self.model.encoder_sha256,
            self.model.inverse_sha256,
            str(self.model.device),
            size,
            self.settings.style_flips,
            self.settings.style_rotations,
            self.settings.transform,
            self.settings.guide,
            tuple(v for t in colours for v in t.flatten().tolist()),
        )
        known = self.cache.get(key) if self.cache is not None and style.key else None
        if known is not None:
            self.saved += self.work(size)
            return known
        encoded = self._encode(style.source, size, recolouring)
        if self.cache is not None and style.key:
            self.cache.put(key, encoded)
        return encoded

    def pictures(
        self, source: Source, size: tuple[int, int], recolouring: Recolouring | None
    ) -> list[Tensor]:
        """A style at a size as it is, turned, mirrored: (1, 3, h, w) each."""
        picture = style_picture(source, size)
        if recolouring:
            picture = move_palette(picture, *recolouring)
        turns = range(4) if self.settings.style_rotations else range(1)
        variants = [torch.rot90(picture, k, (2, 3)) for k in turns]
        if self.settings.style_flips:
            variants += [variant.flip(3) for variant in variants]
        return variants

    def _encode(
        self, source: Source, size: tuple[int, int], recolouring: Recolouring | None
    ) -> EncodedStyle:
        """Encode a style and its mirrored and turned copies.

        The copies are pictures that are encoded one by one: activations themselves cannot be
        mirrored, since their channels know directions.
        """
        tell = self.tracker.within(self.work(size))
        variants = self.pictures(source, size, recolouring)
        copies: list[Features] = []
        for variant in variants:
            values = self.model.activations(variant, self.tracker.poll)[0]
            copies.append(Features(values, self.model.layout))
            tell(len(copies) / len(variants))
        return EncodedStyle(tuple(copies), moments([self.measured(copy) for copy in copies]))
