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
from styleswap.engine.tiles import Span

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

    def part(self, rows: Span, columns: Span) -> Tensor:
        """The values of a region inside the picture, in place."""
        return self.values[rows.start : rows.stop, columns.start : columns.stop]

    def region(self, rows: Span, columns: Span) -> tuple[Tensor, Tensor | None]:
        """Read a region inside the picture as it is, neither clamped nor filled.

        Returns:
            Colours (3, h, w) on the sRGB curve, and alpha (1, h, w) or None; float32.
        """
        part = self.part(rows, columns)
        planes = part.to(torch.float32).permute(2, 0, 1) / SCALE[self.values.dtype]
        channels = planes.shape[0]
        alpha = planes[-1:] if self.has_alpha else None
        colours = planes[:1].expand(3, -1, -1) if channels < 3 else planes[:3]
        return (to_srgb(colours) if self.linear else colours), alpha

    def write(self, rows: Span, columns: Span, colours: Tensor, alpha: Tensor | None) -> None:
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
        self.part(rows, columns).copy_(stored.to(dtype))


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


def bands(height: int, width: int) -> list[Span]:
    """Bands of rows of a bounded number of values."""
    side = max(1, BAND_VALUES // (4 * width))
    return [Span(i, min(i + side, height)) for i in range(0, height, side)]


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

    def _scan(self, band: Span, name: str) -> bool:
        part = self.raster.values[band.start : band.stop]
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

    def level_above(self, size: tuple[int, int]) -> int:
        """The most halvings that leave at least this height and width."""
        level = 0
        while min(a / (2 * b) for a, b in zip(self.size(level), size, strict=True)) >= 1:
            level += 1
        return level

    def reduced(self, size: tuple[int, int]) -> Raster:
        """The picture, antialiased, at a smaller height and width, in its own format."""
        level = self.level_above(size)
        height, width = self.size(level)
        rows, columns = Span(0, height), Span(0, width)
        planes = self.read(level, rows, columns)
        alpha = self.alpha(level, rows, columns)
        if alpha is not None:
            planes = torch.cat([planes, alpha[None]], 1)
        planes = F.interpolate(planes, size, mode="bicubic", antialias=True)[0].clamp(0, 1)
        given = self.raster.values
        small = Raster(torch.empty(*size, given.shape[2], dtype=given.dtype), self.raster.linear)
        alpha = planes[3:] if self.raster.has_alpha else None
        small.write(Span(0, size[0]), Span(0, size[1]), planes[:3], alpha)
        return small

    def read(self, level: int, rows: Span, columns: Span) -> Tensor:
        """Read a region at a level.

        Args:
            level: halvings; 0 is the full size. A pixel is the mean of 2^level squared ones.
            rows: may reach beyond the lower edge, where the last row is repeated.
            columns: likewise.

        Returns:
            (1, 3, h, w) float32 in [0, 1].
        """
        step = 1 << level
        height, width = self.size(level)
        inner = Span(min(rows.start, height - 1), min(rows.stop, height))
        across = Span(min(columns.start, width - 1), min(columns.stop, width))
        side = max(1, BAND_VALUES // (4 * step * step * len(across)))
        parts = [
            self._reduced(Span(i, min(i + side, inner.stop)), across, step)
            for i in range(inner.start, inner.stop, side)
        ]
        region = torch.cat(parts, 1)[None]
        missing = len(columns) - len(across), len(rows) - len(inner)
        if any(missing):
            region = F.pad(region, (0, missing[0], 0, missing[1]), mode="replicate")
        return region

    def _reduced(self, rows: Span, columns: Span, step: int) -> Tensor:
        high = min(rows.stop * step, self.raster.height)
        wide = min(columns.stop * step, self.raster.width)
        inner, across = Span(rows.start * step, high), Span(columns.start * step, wide)
        colours, alpha = self.raster.region(inner, across)
        colours = colours.clamp(0, 1)
        if self._hidden and alpha is not None:
            colours = torch.where(alpha > 0, colours, self._filling(inner, across))
        if step == 1:
            return colours
        missing = len(columns) * step - len(across), len(rows) * step - len(inner)
        colours = F.pad(colours[None], (0, missing[0], 0, missing[1]), mode="replicate")
        return F.avg_pool2d(colours, step)[0]

    def alpha(self, level: int, rows: Span, columns: Span) -> Tensor | None:
        """Alpha of a region inside the picture: (1, h, w) in [0, 1], or None."""
        if not self.raster.has_alpha:
            return None
        step = 1 << level
        inner = Span(rows.start * step, min(rows.stop * step, self.raster.height))
        across = Span(columns.start * step, min(columns.stop * step, self.raster.width))
        alpha = self.raster.region(inner, across)[1]
        if step == 1 or alpha is None:
            return alpha
        missing = len(columns) * step - len(across), len(rows) * step - len(inner)
        padded = F.pad(alpha[None], (0, missing[0], 0, missing[1]), mode="replicate")
        return F.avg_pool2d(padded, step)[0]

    @functools.cached_property
    def _surroundings(self) -> Tensor:
        """A small opaque picture: visible colours spread into hidden areas, from fine to coarse."""
        longest = max(self.raster.height, self.raster.width)
        step = 1
        while longest / step > FILL_SIDE:
            step *= 2
        height, width = -(-self.raster.height // step), -(-self.raster.width // step)
        side = max(1, BAND_VALUES // (4 * step * self.raster.width))
        rows = []
        for i in range(0, height, side):
            self._poll()
            span = Span(i * step, min((i + side) * step, self.raster.height))
            colours, alpha = self.raster.region(span, Span(0, self.raster.width))
            assert alpha is not None
            shown = (alpha > 0).float()
            stack = torch.cat([colours.clamp(0, 1) * shown, shown])
            missing = width * step - stack.shape[2], -stack.shape[1] % step
            rows.append(F.avg_pool2d(F.pad(stack, (0, missing[0], 0, missing[1])), step))
        return _spread(torch.cat(rows, 1)[None])

    def _filling(self, rows: Span, columns: Span) -> Tensor:
        """The fill at native pixels, bilinear, by their place in the whole picture."""
        y = (torch.arange(rows.start, rows.stop) + 0.5) / self.raster.height * 2 - 1
        x = (torch.arange(columns.start, columns.stop) + 0.5) / self.raster.width * 2 - 1
        grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]
        return F.grid_sample(self._surroundings, grid, padding_mode="border", align_corners=False)[
            0
        ]


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
