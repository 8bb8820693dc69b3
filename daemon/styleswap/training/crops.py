"""Training pictures: random crops with scale and colour augmentation; a fixed validation set.

Pictures lie decoded in one tensor on the training's device, and a whole batch is cut out,
enlarged and recoloured there at once: on a GPU, crops made one by one on the CPU would take many
times as long as the training itself. Random choices are drawn on the host, whose generator serves
every device alike.
"""

from __future__ import annotations

import logging
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
VALIDATION_SHARE = 20
"""One picture in so many is kept for validation, chosen by the hash of its file's name."""

LEAST_SIDE = 64
"""Shortest side in pixels of a picture that is trained on: smaller ones are icons."""

CPU = torch.device("cpu")
CUBIC_REACH = 2.0
"""Half the width of the bicubic kernel, in pixels of the coarser of the two grids."""


def is_validation(path: Path) -> bool:
    """Whether a picture belongs to the validation split; depends on its file's name alone."""
    return zlib.crc32(path.name.encode()) % VALIDATION_SHARE == 0


def on(device: torch.device, values: np.ndarray[Any, Any]) -> Tensor:
    """Drawn values on a device, without waiting for the work that is queued there.

    Floats become float32.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    if tensor.is_floating_point():
        tensor = tensor.float()
    return tensor.to(device, non_blocking=device.type == "cuda")


class Pictures:
    """A folder of pictures, decoded once and held on a device.

    Gray, CMYK and 16-bit pictures become RGB, transparent ones lie on white, and of an animated one
    the first frame is taken: so are photos of several exposures in one file. What cannot be decoded
    or is shorter than 64 px on a side is skipped, counted and named in the log.

    Args:
        folder: searched with its subfolders.
        validation: take the validation split instead of the training split.
        device: where they are held and crops are made.

    Attributes:
        pictures: (H, W, 3) uint8 each, parts of one tensor.
        skipped: files that were not taken, and why.

    Raises:
        ValueError: there is no usable picture of that split.
    """

    def __init__(
        self, folder: Path, *, validation: bool = False, device: torch.device = CPU
    ) -> None:
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        chosen = [p for p in paths if is_validation(p) == validation]
        if not chosen:
            raise ValueError(
                f"no {'validation' if validation else 'training'} pictures in {folder}: "
                "give a folder with JPEG, PNG or WebP files"
            )
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(_decode, chosen))
        decoded = [picture for picture in found if isinstance(picture, Tensor)]
        self.skipped = {
            path: reason
            for path, reason in zip(chosen, found, strict=True)
            if isinstance(reason, str)
        }
        if self.skipped:
            names = "; ".join(f"{path}: {reason}" for path, reason in self.skipped.items())
            log.warning("%d of %d pictures are skipped: %s", len(self.skipped), len(chosen), names)
        if not decoded:
            raise ValueError(f"none of the {len(chosen)} pictures in {folder} can be used: {names}")
        self._heights = np.array([len(p) for p in decoded])
        self._widths = np.array([p.shape[1] for p in decoded])
        counts = self._heights * self._widths
        self._starts = np.cumsum(counts) - counts
        self._pixels = torch.cat([p.view(-1, 3) for p in decoded]).to(device)
        self.pictures = [
            part.view(height, width, 3)
            for part, height, width in zip(
                self._pixels.split(counts.tolist()), self._heights, self._widths, strict=True
            )
        ]

    def batch(
        self, count: int, side: int, rng: np.random.Generator, zoom: tuple[float, float]
    ) -> Tensor:
        """Random crops, each enlarged by a random factor and mirrored at random.

        Args:
            count: B, how many.
            side: pixels of a crop after enlargement.
            rng: source of randomness.
            zoom: smallest and largest enlargement, drawn evenly on a logarithmic axis. It is
                limited so that the crop fits into the picture.

        Returns:
            (B, 3, side, side) float32 in [0, 1], steps of 1/255.
        """
        chosen = rng.integers(len(self._starts), size=count)
        height, width = self._heights[chosen], self._widths[chosen]
        factor = np.exp(rng.uniform(np.log(zoom[0]), np.log(zoom[1]), count))
        factor[np.abs(factor - 1) < 0.05] = 1  # do not blur what needs no resampling
        window = np.minimum(side / factor, np.minimum(height, width))
        top, left = rng.random(count) * (height - window), rng.random(count) * (width - window)
        whole = window == side
        top[whole], left[whole] = top[whole].round(), left[whole].round()
        mirrored = rng.random(count) < 0.5
        device = self._pixels.device
        scale = window / side  # pixels of the picture per pixel of the crop
        taps = int(np.ceil(2 * CUBIC_REACH * max(1.0, scale.max()) + window.max())) + 1
        rows, y = _resampling(top, scale, height, side, taps, device)
        columns, x = _resampling(left, scale, width, side, taps, device)
        columns = torch.where(on(device, mirrored)[:, None, None], columns.flip(1), columns)
        start = on(device, self._starts[chosen])[:, None]
        lines = start + y * on(device, width)[:, None]
        seen = self._pixels[(lines[:, :, None] + x[:, None, :]).view(-1)]
        seen = seen.view(count, taps, taps * 3).float()
        high = (rows @ seen).view(count, side, taps, 3)
        crops = high.permute(0, 3, 1, 2) @ columns.transpose(1, 2)[:, None]
        return crops.round().clamp(0, 255) / 255


def _decode(path: Path) -> Tensor | str:
    """A picture as (H, W, 3) uint8, or why it is not taken."""
    try:
        with Image.open(path) as file:
            if min(file.size) < LEAST_SIDE:  # before the pixels, of which there may be many
                return f"{file.width}x{file.height} px, less than {LEAST_SIDE} on a side"
            return torch.from_numpy(np.array(_rgb(file)))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # What Pillow's decoders raise on damage: SyntaxError is PNG's.
        return f"cannot be read ({str(error) or type(error).__name__})"


def _rgb(file: Image.Image) -> Image.Image:
    if file.mode.startswith("I"):  # 16 bits of gray, which Pillow would clip to 8
        return Image.fromarray(
            (np.array(file).clip(0, 65535) / 257).round().astype(np.uint8)
        ).convert("RGB")
    if file.has_transparency_data:
        # Below full transparency a file may hold any colour.
        picture = file.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return file.convert("RGB")


def _resampling(
    start: np.ndarray[Any, Any],
    scale: np.ndarray[Any, Any],
    length: np.ndarray[Any, Any],
    side: int,
    taps: int,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """One axis of a bicubic resampling with antialiasing (Pillow's), as a matrix per crop.

    Args:
        start: (B,) where each window starts, in pixels of its picture.
        scale: (B,) pixels of the picture per pixel of the crop.
        length: (B,) of the picture's axis.
        side: pixels of a crop.
        taps: pixels of the picture that are looked at: T.
        device: of the result.

    Returns:
        (B, side, T) weights, each row with sum 1, and (B, T) int64 places in the picture.
    """
    width = np.maximum(scale, 1)
    first = np.floor(start - CUBIC_REACH * width)
    offset, scale_, width_ = (on(device, v)[:, None, None] for v in (start - first, scale, width))
    centres = offset + (torch.arange(side, device=device)[:, None] + 0.5) * scale_
    distance = ((torch.arange(taps, device=device) + 0.5 - centres) / width_).abs()
    near = (1.5 * distance - 2.5) * distance * distance + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weights = torch.where(distance < 1, near, torch.where(distance < CUBIC_REACH, far, 0))
    places = on(device, first.astype(np.int64))[:, None] + torch.arange(taps, device=device)
    last = on(device, length - 1)[:, None]
    weights = weights * ((places >= 0) & (places <= last))[:, None]
    weights = weights / weights.sum(2, keepdim=True)
    return weights, torch.minimum(places.clamp(min=0), last)


def recolour(batch: Tensor, rng: np.random.Generator, share: float = 0.5) -> Tensor:
    """Give a share of a batch other colours: channels permuted and mixed, gain, offset.

    Natural pictures hold few purples and greens, so an encoder or inverse network that sees only
    those loses such hues. Any recoloured picture is as good a sample, since the teacher labels it.

    Args:
        batch: (B, 3, H, W) in [0, 1].
        rng: source of randomness.
        share: probability that a picture is changed.

    Returns:
        A batch of the same shape, in [0, 1].
    """
    count = len(batch)
    changed = rng.random(count) < share
    order = rng.permuted(np.tile(np.arange(3), (count, 1)), axis=1)
    mix = np.eye(3) + rng.normal(0, 0.25, (count, 3, 3))
    mix = mix / mix.sum(2, keepdims=True).clip(min=0.3)
    matrices = np.take_along_axis(mix, order[:, :, None], 1)  # rows permuted: P M
    matrices = matrices * np.exp(rng.normal(0, 0.2, (count, 1, 1)))
    matrices = np.where(changed[:, None, None], matrices, np.eye(3))
    offsets = rng.normal(0, 0.1, (count, 3, 1, 1)) * changed[:, None, None, None]
    linear = on(batch.device, matrices) @ (batch - 0.5).flatten(2)
    mixed = linear.view_as(batch) + 0.5 + on(batch.device, offsets)
    return mixed.clamp(0, 1)


def smooth_some(batch: Tensor, rng: np.random.Generator, share: float = 0.06) -> Tensor:
    """Replace a share of a batch by flat colours, gradients, and blurred crops.

    Without them, skies and other smooth areas are painted with a texture of their own.
    """
    count, _, height, width = batch.shape
    device = batch.device
    # 0 leaves alone, 1 is flat, 2 a gradient, 3, 4, 5 are blurred by 4, 8, 16.
    kinds = np.where(
        rng.random(count) < share, rng.choice(6, count, p=[0, 1 / 3, 1 / 3, *3 * [1 / 9]]), 0
    )
    out = batch.clone()
    for kind in range(1, 6):
        chosen = np.flatnonzero(kinds == kind)
        if not len(chosen):
            continue
        places = on(device, chosen)
        if kind == 1:
            smooth = on(device, rng.random((len(chosen), 3, 1, 1))).expand(-1, -1, height, width)
        elif kind == 2:
            corners = on(device, rng.random((len(chosen), 3, 2, 2)))
            smooth = F.interpolate(corners, (height, width), mode="bilinear", align_corners=True)
        else:
            small = F.interpolate(batch[places], scale_factor=0.5 ** (kind - 1), mode="area")
            smooth = F.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)
        out[places] = smooth
    return out
