"""What the matching needs of a style picture: every tone, every direction, no empty stretches.

Style swap can paint only with patches the style picture has, so a picture without darks, or with
lines in one direction only, leaves photographs without a match. And styles that resemble one
another would be wasted places in the gallery.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab

from styleswap import gallery

IDS = [style.id for style in gallery.styles()]


@cache
def pixels(style_id: str, side: int) -> NDArray[np.float64]:
    """The picture at (side, side, 3) in 0..1."""
    with Image.open(gallery.style(style_id).path) as picture:
        small = picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float64) / 255.0


def failing(side: int, is_good: Callable[[NDArray[np.float64]], bool]) -> list[str]:
    """The styles whose luma at (side, side) is not good."""
    return [each for each in IDS if not is_good(pixels(each, side) @ [0.299, 0.587, 0.114])]


def test_tones_run_from_dark_to_light() -> None:
    def is_good(luma: NDArray[np.float64]) -> bool:
        dark, light = np.percentile(luma, [6, 92])
        return bool(dark < 0.25 and light > 0.75)

    assert failing(384, is_good) == []


def test_middle_tones_exist() -> None:
    # Seen from a distance (32 px patches averaged), no sixth of the range between is missing.
    def is_good(luma: NDArray[np.float64]) -> bool:
        low, high = luma.min(), luma.max()
        counts, _ = np.histogram(luma, bins=6, range=(low, high))
        return bool(high - low > 0.45 and counts.min() >= 3)

    assert failing(24, is_good) == []


def test_edges_run_in_every_direction() -> None:
    def is_good(luma: NDArray[np.float64]) -> bool:
        dy, dx = np.gradient(luma)
        # Doubling the angle makes opposite gradients the same edge.
        direction = np.mod(np.arctan2(dy, dx), np.pi)
        share, _ = np.histogram(direction, bins=8, range=(0, np.pi), weights=np.hypot(dy, dx))
        return bool((share / share.sum()).min() > 0.05)

    assert failing(384, is_good) == []


def test_texture_nearly_everywhere() -> None:
    # Standard deviation of luma in each 32 px square of the 768 px picture.
    def is_good(luma: NDArray[np.float64]) -> bool:
        squares = luma.reshape(24, 32, 24, 32).std(axis=(1, 3))
        return bool(np.mean(squares < 0.012) < 0.10)

    assert failing(768, is_good) == []


@dataclass(frozen=True)
class Look:
    """What a picture looks like, without what it shows.

    Attributes:
        palette: CIE Lab colours projected on 32 directions, each sorted, (9216, 32).
        texture: log mean power of L in 5 octaves x 4 directions, (20,).
    """

    palette: NDArray[np.float64]
    texture: NDArray[np.float64]

    def distance(self, other: "Look") -> float:
        """Sliced Wasserstein distance of the palettes (Lab units) + 10 x that of the textures."""
        palette = np.abs(self.palette - other.palette).mean()
        return float(palette + 10 * np.abs(self.texture - other.texture).mean())


def look(picture: Image.Image) -> Look:
    """The look of an RGB picture."""

    def lab(side: int) -> NDArray[np.float64]:
        small = picture.resize((side, side), Image.Resampling.LANCZOS)
        converted: NDArray[np.float64] = rgb2lab(np.asarray(small))
        return converted

    directions = np.random.default_rng(0).normal(size=(32, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    palette = np.sort(lab(96).reshape(-1, 3) @ directions.T, axis=0)

    lightness = lab(512)[..., 0]
    window = np.hanning(512)
    power = np.abs(np.fft.fft2((lightness - lightness.mean()) * np.outer(window, window))) ** 2
    fy, fx = np.meshgrid(np.fft.fftfreq(512), np.fft.fftfreq(512), indexing="ij")
    octave = np.floor(np.log2(np.hypot(fy, fx) * 64 + 1e-12)).astype(int)
    sector = np.floor(np.mod(np.arctan2(fy, fx) + np.pi / 8, np.pi) / (np.pi / 4)).astype(int)
    bands = [(octave == band) & (sector == turn) for band in range(5) for turn in range(4)]
    return Look(palette, np.array([np.log(power[band].mean()) for band in bands]))


def test_styles_are_truly_different() -> None:
    looks = {}
    for each in IDS:
        with Image.open(gallery.style(each).path) as picture:
            looks[each] = look(picture.convert("RGB"))
    # The drawings of one style with other seeds differ by up to 4.5, the nearest two styles by 7.8.
    pairs = itertools.combinations(IDS, 2)
    assert [pair for pair in pairs if looks[pair[0]].distance(looks[pair[1]]) <= 6.0] == []
