"""Pictures as they are handed in, read region by region as the networks want them.

A picture may be far larger than memory for float32 copies allows, so nothing here converts a whole
picture: regions are read, at full size or at a power of two below it, and results are written back
the same way.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.errors import InvalidPicture
from styleswap.engine.pictures.colour import to_linear, to_srgb
from styleswap.engine.tiles import Span, Tile, rectangle, spans

SCALE = {torch.uint8: 255.0, torch.uint16: 65535.0, torch.float32: 1.0}
BAND_VALUES = 1 << 24
"""Values converted at once: 64 MiB of float32."""

FILL_SIDE = 128
"""Longest side of the small picture that hidden colours are filled from."""


@dataclass(frozen=True)
class Raster:
    """Pixels.

    Attributes:
        values: (H, W, C) uint8, uint16 or float32, any strides; C is 1 (gray), 2 (gray, alpha),
            3 (RGB) or 4 (RGB, alpha), alpha straight. 1.0 is 255, 65535 or 1.0.
        linear: colours are in linear light instead of the sRGB curve. Alpha never has a curve.

    Raises:
        InvalidPicture: another type, another number of channels, or no pixels.
    """

    values: Tensor
    linear: bool = False

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or self.values.shape[2] not in (1, 2, 3, 4):
            raise InvalidPicture(
                f"pixels have the shape {tuple(self.values.shape)}, not (H, W, 1..4)"
            )
        if self.values.dtype not in SCALE:
            raise InvalidPicture(f"pixels are {self.values.dtype}, not uint8, uint16 or float32")
        if 0 in self.values.shape:
            raise InvalidPicture("the picture has no pixels")

    @property
    def height(self) -> int:
        """Rows."""
        return self.values.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.values.shape[1]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.values.shape[2] in (2, 4)

    @property
    def whole(self) -> Tile:
        """All pixels."""
        return rectangle(self.height, self.width)

    def part(self, area: Tile) -> Tensor:
        """The values of a region inside the picture, in place."""
        return self.values[area.place]

    def region(self, area: Tile) -> tuple[Tensor, Tensor | None]:
        """Read a region inside the picture as it is, neither clamped nor filled.

        Returns:
            Colours (3, h, w) on the sRGB curve, and alpha (1, h, w) or None; float32.
        """
        planes = self.part(area).to(torch.float32).permute(2, 0, 1) / SCALE[self.values.dtype]
        alpha = planes[-1:] if self.has_alpha else None
        colours = planes[:1].expand(3, -1, -1) if len(planes) < 3 else planes[:3]
        return (to_srgb(colours) if self.linear else colours), alpha

    def write(self, area: Tile, colours: Tensor, alpha: Tensor | None) -> None:
        """Store a region; the inverse of `region`. Integers are rounded and clamped."""
        if self.linear:
            colours = to_linear(colours)
        if self.values.shape[2] < 3:
            # Gray of a coloured painting: its luma, which for gray is the gray itself.
            luma = colours.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
            colours = (colours * luma).sum(0, keepdim=True)
        planes = torch.cat([colours, alpha]) if alpha is not None else colours
        dtype = self.values.dtype
        stored = planes.permute(1, 2, 0)
        if dtype != torch.float32:
            stored = (stored * SCALE[dtype]).round_().clamp_(0, SCALE[dtype])
        self.part(area).copy_(stored.to(dtype))


def restore(values: Tensor, given: Tensor, where: Tensor) -> None:
    """Copy pixels to the bit, in place.

    Args:
        values: (H, W, C), of any type of a raster.
        given: the same.
        where: (H, W), true for the pixels to copy.
    """
    if values.dtype == torch.uint16:  # torch cannot index it
        values, given = values.view(torch.int16), given.view(torch.int16)
    values[where] = given[where]


def bands(height: int, width: int) -> list[Tile]:
    """All of a picture, in bands of rows of a bounded number of values."""
    side, columns = max(1, BAND_VALUES // (4 * width)), Span(0, width)
    return [Tile(Span(i, min(i + side, height)), columns) for i in range(0, height, side)]


def inside(area: Tile, size: tuple[int, int]) -> Tile:
    """What of an area lies in a picture of a height and width; at least its last row and column."""
    return Tile(
        *(
            Span(min(span.start, side - 1), min(span.stop, side))
            for span, side in zip((area.rows, area.columns), size, strict=True)
        )
    )


class Source:
    """A picture to read from: finite, in [0, 1], on the sRGB curve, opaque.

    Colours under alpha 0 are replaced by their surroundings, so that hidden colours neither bleed
    into the result nor attract patches.

    Args:
        raster: the pixels.
        name: what to call the picture in errors.
        poll: called between bands; raises to stop.

    Raises:
        InvalidPicture: a value is NaN or infinite.

    Attributes:
        beyond: whether values outside [0, 1] were found; they are clamped in what is read.
        visible: whether any pixel has an alpha above 0.
    """

    def __init__(self, raster: Raster, name: str, poll: Callable[[], None] = lambda: None) -> None:
        self.raster = raster
        self.beyond = False
        self.visible = not raster.has_alpha
        hidden = False
        if raster.has_alpha or raster.values.dtype == torch.float32:
            for band in bands(raster.height, raster.width):
                poll()
                hidden |= self._scan(band, name)
        self._hidden = hidden and self.visible
        self._poll = poll

    def _scan(self, band: Tile, name: str) -> bool:
        """Look for what cannot be painted as it is; returns whether alpha is 0 anywhere."""
        part = self.raster.part(band)
        if part.dtype == torch.float32:
            low, high = float(part.amin()), float(part.amax())
            if not (abs(low) < torch.inf and abs(high) < torch.inf):
                raise InvalidPicture(
                    f"the {name} holds values that are no numbers (NaN or infinite): "
                    "clean the layer, for instance by converting it to 16-bit integer"
                )
            self.beyond |= low < 0 or high > 1
        if not self.raster.has_alpha:
            return False
        alpha = part[..., -1]
        if alpha.dtype == torch.uint16:
            alpha = alpha.view(torch.int16)  # torch compares no uint16, and zero is zero
        shown = alpha > 0 if alpha.dtype == torch.float32 else alpha != 0
        self.visible |= bool(shown.any())
        return not bool(shown.all())

    def size(self, level: int) -> tuple[int, int]:
        """Height and width in pixels at `level` halvings."""
        step = 1 << level
        return -(-self.raster.height // step), -(-self.raster.width // step)

    def level_within(self, side: int) -> int:
        """The fewest halvings that leave a longest side of at most this."""
        level = 0
        while max(self.size(level)) > side:
            level += 1
        return level

    def level_above(self, size: tuple[int, int]) -> int:
        """The most halvings that leave at least this height and width."""
        level = 0
        while min(a / (2 * b) for a, b in zip(self.size(level), size, strict=True)) >= 1:
            level += 1
        return level

    def reduced(self, size: tuple[int, int]) -> Raster:
        """The picture, antialiased, at a smaller height and width, in its own format."""
        level = self.level_above(size)
        whole = rectangle(*self.size(level))
        planes, alpha = self.read(level, whole), self.alpha(level, whole)
        if alpha is not None:
            planes = torch.cat([planes, alpha[None]], 1)
        planes = F.interpolate(planes, size, mode="bicubic", antialias=True)[0].clamp(0, 1)
        given = self.raster.values
        small = Raster(torch.empty(*size, given.shape[2], dtype=given.dtype), self.raster.linear)
        small.write(small.whole, planes[:3], planes[3:] if self.raster.has_alpha else None)
        return small

    def read(self, level: int, area: Tile) -> Tensor:
        """Read a region at a level.

        Args:
            level: halvings; 0 is the full size. A pixel is the mean of 2^level squared ones.
            area: may reach beyond the right and lower edges, where the last column and row repeat.

        Returns:
            (1, 3, h, w) float32 in [0, 1].
        """
        step, known = 1 << level, inside(area, self.size(level))
        side = max(1, BAND_VALUES // (4 * step * step * len(known.columns)))
        parts = [
            self._reduced(Tile(rows, known.columns), step)
            for rows in spans(len(known.rows), side, known.rows.start)
        ]
        return _extended(torch.cat(parts, 1)[None], len(area.rows), len(area.columns))

    def _reduced(self, area: Tile, step: int) -> Tensor:
        pixels = area.pixels(step).shared(self.raster.whole)
        colours, alpha = self.raster.region(pixels)
        colours = colours.clamp(0, 1)
        if self._hidden and alpha is not None:
            colours = torch.where(alpha > 0, colours, self._filling(pixels))
        return _pooled(colours, area, step)

    def alpha(self, level: int, area: Tile) -> Tensor | None:
        """Alpha of a region inside the picture: (1, h, w) in [0, 1], or None."""
        if not self.raster.has_alpha:
            return None
        step = 1 << level
        alpha = self.raster.region(area.pixels(step).shared(self.raster.whole))[1]
        assert alpha is not None
        return _pooled(alpha, area, step)

    @functools.cached_property
    def _surroundings(self) -> Tensor:
        """A small opaque picture: visible colours spread into hidden areas, from fine to coarse."""
        level = self.level_within(FILL_SIDE)
        step, (height, width) = 1 << level, self.size(level)
        rows = []
        for band in spans(height, max(1, BAND_VALUES // (4 * step * self.raster.width))):
            self._poll()
            area = Tile(band, Span(0, width)).pixels(step).shared(self.raster.whole)
            colours, alpha = self.raster.region(area)
            assert alpha is not None
            shown = (alpha > 0).float()
            stack = torch.cat([colours.clamp(0, 1) * shown, shown])
            missing = width * step - stack.shape[2], -stack.shape[1] % step
            rows.append(F.avg_pool2d(F.pad(stack, (0, missing[0], 0, missing[1])), step))
        return _spread(torch.cat(rows, 1)[None])

    def _filling(self, area: Tile) -> Tensor:
        """The fill at native pixels, bilinear, by their place in the whole picture."""
        y, x = (
            (torch.arange(span.start, span.stop) + 0.5) / side * 2 - 1
            for span, side in zip((area.rows, area.columns), self.size(0), strict=True)
        )
        grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]
        filled = F.grid_sample(self._surroundings, grid, padding_mode="border", align_corners=False)
        return filled[0]


def _extended(planes: Tensor, height: int, width: int) -> Tensor:
    """Planes (1, c, h, w) up to a height and width, the last row and column repeated."""
    missing = width - planes.shape[3], height - planes.shape[2]
    if not any(missing):
        return planes
    return F.pad(planes, (0, missing[0], 0, missing[1]), mode="replicate")


def _pooled(planes: Tensor, area: Tile, step: int) -> Tensor:
    """The means of the squares of pixels, (c, h, w), that an area is made of."""
    if step == 1:
        return planes
    whole = _extended(planes[None], len(area.rows) * step, len(area.columns) * step)
    return F.avg_pool2d(whole, step)[0]


def _spread(weighted: Tensor) -> Tensor:
    """Fill pixels of weight 0 from coarser versions (push-pull, Gortler et al. 1996).

    Args:
        weighted: (1, 4, H, W): colours times weight, and weight.

    Returns:
        (1, 3, H, W).
    """
    colours, weight = weighted[:, :3], weighted[:, 3:]
    _, _, height, width = weighted.shape
    known = colours / weight.clamp(min=1e-6)
    if height == 1 and width == 1:
        return known
    padded = F.pad(weighted, (0, width % 2, 0, height % 2))
    coarser = _spread(F.avg_pool2d(padded, 2))
    around = F.interpolate(coarser, scale_factor=2.0, mode="bilinear")[..., :height, :width]
    return torch.where(weight > 0, known, around)
