"""Training pictures: random crops with scale and colour augmentation; a fixed validation set."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
VALIDATION_SHARE = 20
"""One picture in so many is kept for validation, chosen by the hash of its file's name."""


def is_validation(path: Path) -> bool:
    """Whether a picture belongs to the validation split; depends on its file's name alone."""
    return zlib.crc32(path.name.encode()) % VALIDATION_SHARE == 0


class Pictures:
    """A folder of pictures, decoded once and held in memory.

    Args:
        folder: searched with its subfolders.
        validation: take the validation split instead of the training split.

    Raises:
        ValueError: there is no picture of that split.
    """

    def __init__(self, folder: Path, *, validation: bool = False) -> None:
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        self.pictures = [_decode(p) for p in paths if is_validation(p) == validation]
        if not self.pictures:
            raise ValueError(
                f"no {'validation' if validation else 'training'} pictures in {folder}: "
                "give a folder with JPEG, PNG or WebP files"
            )

    def crop(self, side: int, rng: np.random.Generator, zoom: tuple[float, float]) -> Tensor:
        """One random crop, enlarged by a random factor.

        Args:
            side: pixels of the crop after enlargement.
            rng: source of randomness.
            zoom: smallest and largest enlargement, drawn evenly on a logarithmic axis. It is
                limited so that the crop fits into the picture.

        Returns:
            (3, side, side) uint8.
        """
        picture = self.pictures[int(rng.integers(len(self.pictures)))]
        width, height = picture.size
        factor = float(np.exp(rng.uniform(np.log(zoom[0]), np.log(zoom[1]))))
        window = min(side / factor, float(min(width, height)))
        left = float(rng.uniform(0, width - window))
        top = float(rng.uniform(0, height - window))
        if abs(factor - 1) < 0.05:  # do not blur what needs no resampling
            window, left, top = float(min(side, width, height)), round(left), round(top)
            left, top = min(left, width - window), min(top, height - window)
        box = (left, top, left + window, top + window)
        resized = picture.resize((side, side), Image.Resampling.BICUBIC, box=box)
        crop = torch.from_numpy(np.array(resized)).permute(2, 0, 1)
        return crop.flip(2) if rng.random() < 0.5 else crop

    def batch(
        self, count: int, side: int, rng: np.random.Generator, zoom: tuple[float, float]
    ) -> Tensor:
        """A stack of crops: (count, 3, side, side) float32 in [0, 1]."""
        return torch.stack([self.crop(side, rng, zoom) for _ in range(count)]).float() / 255


def _decode(path: Path) -> Image.Image:
    with Image.open(path) as file:
        return file.convert("RGB")


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
    matrices = torch.eye(3).repeat(batch.shape[0], 1, 1)
    offsets = torch.zeros(batch.shape[0], 3, 1, 1)
    for i in range(batch.shape[0]):
        if rng.random() >= share:
            continue
        permutation = torch.from_numpy(np.eye(3, dtype=np.float32)[rng.permutation(3)])
        mix = torch.eye(3) + torch.from_numpy(rng.normal(0, 0.25, (3, 3)).astype(np.float32))
        mix = mix / mix.sum(1, keepdim=True).clamp(min=0.3)
        matrices[i] = (permutation @ mix) * float(np.exp(rng.normal(0, 0.2)))
        offsets[i] = torch.from_numpy(rng.normal(0, 0.1, (3, 1, 1)).astype(np.float32))
    mixed = torch.einsum("bij,bjhw->bihw", matrices, batch - 0.5) + 0.5 + offsets
    return mixed.clamp(0, 1)


def smooth_some(batch: Tensor, rng: np.random.Generator, share: float = 0.06) -> Tensor:
    """Replace a share of a batch by flat colours, gradients, and blurred crops.

    Without them, skies and other smooth areas are painted with a texture of their own.
    """
    _, _, height, width = batch.shape
    out = batch.clone()
    for i in range(batch.shape[0]):
        if rng.random() >= share:
            continue
        kind = rng.integers(3)
        if kind == 0:
            colour = torch.from_numpy(rng.random((3, 1, 1)).astype(np.float32))
            out[i] = colour
        elif kind == 1:
            corners = torch.from_numpy(rng.random((1, 3, 2, 2)).astype(np.float32))
            out[i] = F.interpolate(corners, (height, width), mode="bilinear", align_corners=True)[0]
        else:
            small = F.interpolate(
                batch[i : i + 1], scale_factor=1 / float(rng.choice([4, 8, 16])), mode="area"
            )
            out[i] = F.interpolate(small, (height, width), mode="bicubic")[0].clamp(0, 1)
    return out
