"""Image files of known patches in many colour spaces, and what LittleCMS makes of their colours."""

from __future__ import annotations

import ctypes
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL
import tifffile
from PIL import Image
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
# Of LittleCMS: numbers of pixels, an intent, and a flag.
_RGB_DOUBLE, _GRAY_DOUBLE = (1 << 22) | (4 << 16) | (3 << 3), (1 << 22) | (3 << 16) | (1 << 3)
_RELATIVE_COLORIMETRIC, _NOT_OPTIMISED = 1, 0x0100
STEPS = 0.55
"""Largest difference from LittleCMS in steps of 8 bits: half of one, and what profiles round."""
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

    def to_srgb(self, numbers: Array) -> Array:
        """Return what LittleCMS makes of (N, C) numbers: sRGB, (N, 3); 255 is full."""
        return _convert(numbers, self.icc or SRGB, SRGB)

    def from_srgb(self, numbers: Array) -> Array:
        """Return what LittleCMS makes of (N, 3) numbers in sRGB: (N, C); 255 is full."""
        return _convert(numbers, SRGB, self.icc or SRGB)


def _convert(numbers: Array, source: bytes, target: bytes) -> Array:
    """Convert by LittleCMS in double precision, without clipping where the profiles allow that.

    In integers, as Pillow and libvips have it, it misses the formulas by up to 2 in dark colours.
    """
    # The library that Pillow brings along.
    library = next(Path(PIL.__file__).parents[1].glob("pillow.libs/liblcms2*"))
    lcms = ctypes.CDLL(str(library))
    for function in (lcms.cmsOpenProfileFromMem, lcms.cmsCreateTransform):
        function.restype = ctypes.c_void_p
    profiles = [
        ctypes.c_void_p(lcms.cmsOpenProfileFromMem(icc, len(icc))) for icc in (source, target)
    ]
    kinds = [_GRAY_DOUBLE if icc[16:20] == b"GRAY" else _RGB_DOUBLE for icc in (source, target)]
    transform = lcms.cmsCreateTransform(
        profiles[0], kinds[0], profiles[1], kinds[1], _RELATIVE_COLORIMETRIC, _NOT_OPTIMISED
    )
    assert transform
    given = np.ascontiguousarray(numbers, np.float64) / 255
    result = np.zeros((len(given), 1 if kinds[1] == _GRAY_DOUBLE else 3))
    address = ctypes.c_void_p
    lcms.cmsDoTransform(
        address(transform), address(given.ctypes.data), address(result.ctypes.data), len(given)
    )
    return result * 255


COLOUR_FILES = (
    ColourFile("srgb", None),
    ColourFile("srgb-16", SRGB, "uint16"),
    ColourFile("adobe", ADOBE_RGB, wide=True),
    ColourFile("adobe-16", ADOBE_RGB, "uint16", wide=True),
    ColourFile("p3", DISPLAY_P3, wide=True),
    ColourFile("narrow", narrow_profile(), narrow=True),
    ColourFile("linear-float", SRGB_LINEAR, "float32"),
    ColourFile("gray-gamma-1.8", GRAY_18, gray=True),
    ColourFile("gray-gamma-1.8-16", GRAY_18, "uint16", gray=True),
    ColourFile("tables", tables_profile(), wide=True, narrow=True),
    ColourFile("indexed", None, indexed=True),
)
