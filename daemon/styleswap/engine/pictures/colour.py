"""Colour spaces and colour statistics.

Pictures are (3, H, W) or (B, 3, H, W) float32, red, green, blue with sRGB primaries; "sRGB" values
carry the curve of IEC 61966-2-1, "linear" ones are proportional to light. Lab is CIE 1976 under
D65.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to XYZ under D65 (IEC 61966-2-1)."""

EPSILON = (6 / 29) ** 3
KAPPA = (29 / 6) ** 2 / 3


def to_linear(picture: Tensor) -> Tensor:
    """SRGB curve to linear light; negative values are mirrored."""
    size = picture.abs()
    curve = ((size + 0.055) / 1.055).clamp(min=1e-8) ** 2.4
    return torch.where(size <= 0.04045, size / 12.92, curve).copysign(picture)


def to_srgb(picture: Tensor) -> Tensor:
    """Linear light to the sRGB curve; negative values are mirrored."""
    size = picture.abs()
    curve = 1.055 * size.clamp(min=1e-8) ** (1 / 2.4) - 0.055
    return torch.where(size <= 0.0031308, size * 12.92, curve).copysign(picture)


def _mixed(matrix: Tensor, picture: Tensor) -> Tensor:
    # Rounded before it goes to the device: MPS has no float64.
    matrix = matrix.to(picture.dtype).to(picture.device)
    return torch.einsum("ij,...jhw->...ihw", matrix, picture)


def to_lab(picture: Tensor) -> Tensor:
    """SRGB to Lab: L in 0..100, a and b about -110..110.

    Args:
        picture: (..., 3, H, W) in [0, 1].
    """
    matrix = torch.tensor(RGB_TO_XYZ)
    xyz = _mixed(matrix / matrix.sum(1, keepdim=True), to_linear(picture))
    f = torch.where(xyz > EPSILON, xyz.clamp(min=1e-8) ** (1 / 3), KAPPA * xyz + 4 / 29)
    x, y, z = f.unbind(-3)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -3)


def from_lab(lab: Tensor) -> Tensor:
    """Lab to sRGB, not clamped: colours outside the gamut lie outside [0, 1]."""
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], -3)
    xyz = torch.where(f > 6 / 29, f**3, (f - 4 / 29) / KAPPA)
    matrix = torch.tensor(RGB_TO_XYZ, dtype=torch.float64)
    inverse = torch.linalg.inv(matrix / matrix.sum(1, keepdim=True))
    return to_srgb(_mixed(inverse, xyz))


@dataclass(frozen=True)
class Palette:
    """Mean (3,) and covariance (3, 3) of a picture's Lab colours, float64."""

    mean: Tensor
    covariance: Tensor


def palette(picture: Tensor) -> Palette:
    """Lab mean and covariance of an sRGB picture on the CPU: (3, H, W) in [0, 1]."""
    values = to_lab(picture).reshape(3, -1).double()
    mean = values.mean(1)
    centred = values - mean[:, None]
    return Palette(mean, centred @ centred.T / values.shape[1])


class Gathered:
    """The palette of a picture that comes in parts, such as one too large for float64 copies."""

    def __init__(self) -> None:
        self._weight = 0.0
        self._sum = torch.zeros(3, dtype=torch.float64)
        self._square = torch.zeros(3, 3, dtype=torch.float64)

    def add(self, picture: Tensor, weights: Tensor | None = None) -> None:
        """Count a part.

        Args:
            picture: (3, h, w) in [0, 1].
            weights: (h, w), how much each pixel counts, from 0 on; None is all alike.
        """
        values = to_lab(picture).reshape(3, -1).double()
        counted = values
        if weights is None:
            self._weight += values.shape[1]
        else:
            shares = weights.double().flatten()
            self._weight += float(shares.sum())
            counted = values * shares
        self._sum += counted.sum(1)
        self._square += counted @ values.T

    def palette(self) -> Palette:
        """Of all parts together; at least one weight was above 0."""
        mean = self._sum / self._weight
        return Palette(mean, self._square / self._weight - torch.outer(mean, mean))


def _root(matrix: Tensor, power: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp(min=1e-4) ** power) @ vectors.T


def move_palette(picture: Tensor, source: Palette, target: Palette) -> Tensor:
    """Give a picture another Lab mean and covariance.

    The map is the linear one that moves colours least: optimal transport between the two normal
    distributions (Pitié & Kokaram 2007, "The linear Monge-Kantorovitch colour mapping").

    Args:
        picture: (..., 3, H, W) sRGB in [0, 1].
        source: the palette to leave; of this picture, or of a larger one that it is part of.
        target: the palette to reach.

    Returns:
        The same shape, in [0, 1].
    """
    half, inverse = _root(source.covariance, 0.5), _root(source.covariance, -0.5)
    matrix = inverse @ _root(half @ target.covariance @ half, 0.5) @ inverse
    lab = to_lab(picture)
    shift = target.mean - matrix @ source.mean
    moved = _mixed(matrix, lab) + shift.to(lab).view(3, 1, 1)
    return from_lab(moved).clamp(0, 1)


def with_colours_of(lightness: Tensor, colours: Tensor) -> Tensor:
    """The lightness of one sRGB picture with a and b of another, in [0, 1]."""
    a, b = to_lab(lightness), to_lab(colours)
    return from_lab(torch.cat([a[..., :1, :, :], b[..., 1:, :, :]], -3)).clamp(0, 1)
