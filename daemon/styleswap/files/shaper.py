"""ICC profiles that are three primaries and three curves, in floating point.

Tag and curve formats: ICC.1:2022, sections 10.6 (curveType), 10.18 (parametricCurveType), 10.31
(XYZType) and annex F.3 (the three-component matrix-based model) and F.2 (monochrome).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Curve = Callable[[Values], Values]

# Columns: sRGB's red, green and blue adapted to D50 (the profile connection space's white).
SRGB_TO_XYZ = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


@dataclass(frozen=True)
class Shaper:
    """Curves to linear light and back, and the matrix from there to linear sRGB."""

    decode: tuple[Curve, ...]
    encode: tuple[Curve, ...]
    matrix: npt.NDArray[np.float64] | None
    """(3, 3), device's linear light to linear sRGB; None: gray, or sRGB's own primaries."""

    def to_linear(self, values: Values) -> Values:
        """(..., C) device values to linear sRGB; C is 1 or 3. Values outside [0, 1] are kept."""
        linear = _apply(self.decode, values)
        return linear if self.matrix is None else linear @ self.matrix.T.astype(np.float32)

    def from_linear(self, values: Values) -> Values:
        """(..., C) linear sRGB to device values."""
        if self.matrix is not None:
            values = values @ np.linalg.inv(self.matrix).T.astype(np.float32)
        return _apply(self.encode, values)


def srgb_to_linear(values: Values) -> Values:
    """The sRGB curve (IEC 61966-2-1) undone; odd below 0, continued above 1."""
    size = np.abs(values)
    linear = np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return (np.sign(values) * linear).astype(np.float32)


def parse_shaper(profile: bytes) -> Shaper | None:
    """Reads a matrix or gray profile; None where it is another kind, or damaged."""
    try:
        tags = _tags(profile)
        if profile[16:20] == b"GRAY":
            if b"A2B0" in tags:
                return None
            decode, encode = _curve(tags[b"kTRC"])
            return Shaper((decode,), (encode,), None)
        if profile[16:20] != b"RGB " or b"A2B0" in tags or profile[20:24] != b"XYZ ":
            return None
        primaries = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
        curves = [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")]
        matrix = np.linalg.inv(SRGB_TO_XYZ) @ primaries
        own = bool(np.abs(matrix - np.eye(3)).max() < 2e-3)
        np.linalg.inv(matrix)  # a singular one cannot be converted back
    except (KeyError, ValueError, struct.error, np.linalg.LinAlgError):
        return None
    return Shaper(
        tuple(decode for decode, _ in curves),
        tuple(encode for _, encode in curves),
        None if own else matrix,
    )


def _apply(curves: tuple[Curve, ...], values: Values) -> Values:
    bands = [curve(values[..., index]) for index, curve in enumerate(curves)]
    return np.stack(bands, axis=-1)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for index in range(min(count, 256)):
        name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        tags[name] = profile[offset : offset + size]
    return tags


def _xyz(tag: bytes) -> npt.NDArray[np.float64]:
    if tag[:4] != b"XYZ ":
        raise ValueError("not an XYZ tag")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> tuple[Curve, Curve]:
    """Device value to linear light, and the inverse."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return _power(1.0)
        if count == 1:
            return _power(struct.unpack_from(">H", tag, 12)[0] / 256)
        return _table(np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535)
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        count = (1, 3, 4, 5, 7)[kind] if kind < 5 else 0
        if not count:
            raise ValueError("an unknown kind of curve")
        return _parametric(kind, [n / 65536 for n in struct.unpack_from(f">{count}i", tag, 12)])
    raise ValueError("not a curve")


def _power(gamma: float) -> tuple[Curve, Curve]:
    """The power `x ** gamma`, continued as an odd function below 0."""
    if gamma <= 0:
        raise ValueError("a curve that does not rise")
    if gamma == 1:
        return (lambda x: x), (lambda y: y)
    return (
        lambda x: np.sign(x) * np.abs(x) ** np.float32(gamma),
        lambda y: np.sign(y) * np.abs(y) ** np.float32(1 / gamma),
    )


def _table(table: npt.NDArray[np.float64]) -> tuple[Curve, Curve]:
    """Interpolates between evenly spaced values; beyond them its ends hold, as tables have no more.

    A run of equal values has no inverse: the strictly rising points alone decide it.
    """
    if np.any(np.diff(table) < 0):
        raise ValueError("a curve that falls")
    positions = np.linspace(0, 1, len(table))
    rising = np.concatenate([[True], np.diff(table) > 0])
    return (
        lambda x: np.interp(x, positions, table).astype(np.float32),
        lambda y: np.interp(y, table[rising], positions[rising]).astype(np.float32),
    )


def _parametric(kind: int, numbers: list[float]) -> tuple[Curve, Curve]:
    """(a x + b) ** g + e from x = d on, c x + f below it."""
    g = numbers[0]
    a, b, c, d, e, f = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind == 0:
        return _power(g)
    a, b = numbers[1:3]
    if kind == 1:
        d = -b / a
    elif kind == 2:
        e = f = numbers[3]
        d = -b / a
    else:
        c, d = numbers[3:5]
        if kind == 4:
            e, f = numbers[5:7]
    if g <= 0 or a <= 0:
        raise ValueError("a curve that does not rise")
    knee = (max(a * d + b, 0.0)) ** g + e

    def decode(x: Values) -> Values:
        upper = np.maximum(a * x + b, 0) ** g + e
        return np.where(x >= d, upper, c * x + f).astype(np.float32)

    def encode(y: Values) -> Values:
        upper = (np.maximum(y - e, 0) ** (1 / g) - b) / a
        lower = (y - f) / c if c > 0 else np.full_like(y, min(d, 0.0) if d <= 0 else 0.0)
        return np.where(y >= knee, upper, lower).astype(np.float32)

    return decode, encode
