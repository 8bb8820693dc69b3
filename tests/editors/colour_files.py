"""Image files of known patches in many colour spaces, and what LittleCMS makes of their colours."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image, ImageCms
from tests.icc import (
    ADOBE_RGB,
    DISPLAY_P3,
    GRAY_18,
    SRGB,
    SRGB_LINEAR,
    narrow_profile,
    tables_profile,
)

Array = npt.NDArray[Any]
LEVELS = (0, 51, 102, 128, 204, 255)
FULL = {"uint8": 255, "uint16": 65535, "float32": 1}


@dataclass(frozen=True)
class ColourFile:
    """One kind of file: its numbers, its profile, and how near GIMP has to come to LittleCMS."""

    name: str
    icc: bytes | None
    depth: str = "uint8"
    gray: bool = False
    indexed: bool = False
    wide: bool = False
    """Whether it holds colours beyond sRGB."""
    narrow: bool = False
    """Whether colours of sRGB are missing in it."""
    steps: float = 1.01
    """Largest difference from LittleCMS at 8 bits, which rounds too; 255 is full."""

    @property
    def patches(self) -> Array:
        """(N, C) 8-bit numbers in the file's own space: corners, edges and inside of the cube."""
        if self.gray:
            return np.arange(256, dtype=np.uint8)[:, None]
        return np.array([*itertools.product(LEVELS, repeat=3)], np.uint8)

    def write(self, path: Path) -> Array:
        """Write the patches in one row; return the (N, C) numbers of the file."""
        patches = self.patches
        if self.indexed:
            image = Image.new("P", (len(patches), 1))
            image.putpalette(patches.tobytes())
            image.putdata(range(len(patches)))
            image.save(path, "PNG", icc_profile=self.icc)
            return patches
        full = FULL[self.depth]
        numbers = (patches / 255 * full).astype(self.depth) if full != 255 else patches
        tifffile.imwrite(
            path,
            numbers[None, :, 0] if self.gray else numbers[None],
            photometric="minisblack" if self.gray else "rgb",
            iccprofile=self.icc,
        )
        return numbers

    def to_srgb(self, patches: Array) -> Array:
        """Return what LittleCMS makes of (N, C) 8-bit numbers: sRGB, (N, 3)."""
        return _convert(patches, self.icc or SRGB, SRGB)

    def from_srgb(self, patches: Array) -> Array:
        """Return what LittleCMS makes of (N, 3) 8-bit numbers in sRGB: the file's, (N, C)."""
        return _convert(patches, SRGB, self.icc or SRGB, gray=self.gray)


def _convert(patches: Array, source: bytes, target: bytes, gray: bool = False) -> Array:
    image = Image.fromarray(patches[None] if patches.shape[1] == 3 else patches[None, :, 0])
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(source)),
        ImageCms.ImageCmsProfile(io.BytesIO(target)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="L" if gray else "RGB",
    )
    return np.asarray(converted).reshape(len(patches), -1)


COLOUR_FILES = (
    ColourFile("srgb", None),
    ColourFile("srgb-16", SRGB, "uint16"),
    ColourFile("adobe", ADOBE_RGB, wide=True),
    ColourFile("adobe-16", ADOBE_RGB, "uint16", wide=True),
    ColourFile("p3", DISPLAY_P3, wide=True),
    ColourFile("narrow", narrow_profile(), narrow=True),
    ColourFile("linear-float", SRGB_LINEAR, "float32"),
    ColourFile("gray-gamma-1.8", GRAY_18, gray=True),
    # LittleCMS itself, at 8 bits, misses the formula by 1.47 in the darkest ones.
    ColourFile("gray-gamma-1.8-16", GRAY_18, "uint16", gray=True, steps=1.5),
    ColourFile("tables", tables_profile(), wide=True, narrow=True),
    ColourFile("indexed", None, indexed=True),
)
