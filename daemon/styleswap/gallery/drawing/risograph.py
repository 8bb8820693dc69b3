"""Risograph: a desert garden at dusk in three drums of ink: pink, teal and yellow.

Soy ink in one strength: tone is a coarse grain that the drum prints or does not. Each colour lies a
little beside the others, and where they overlap they mix: orange, green, violet, near black.
"""

import copy

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .canvas import SUPERSAMPLING, grid, reduce, step, window
from .noise import Field, enlarge, fractal_noise, smooth_noise
from .palette import rgb

PINK, TEAL, YELLOW = 0, 1, 2
INKS = ("#ff4f7b", "#12708c", "#ffd23f")


class _Masters:
    """Three masters (3, H, W), how much ink is wanted where, and the patterns to cut into them."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.x, self.y = grid(size)
        self.ink = np.zeros((3, size, size), dtype=np.float32)
        self.mottle = fractal_noise(size, 7, 3, rng)
        x, y = self.x, self.y
        wobble = 0.10 * fractal_noise(size, 20, 2, rng)

        def stripes(angle: float, count: float) -> Field:
            at = (x * np.cos(angle) + y * np.sin(angle)) * count + wobble
            return np.asarray(np.abs(at % 1.0 - 0.5) * 2, dtype=np.float32)

        def dots(count: float) -> Field:
            row = np.floor(y * count)
            u = (x * count + 0.5 * (row % 2) + wobble) % 1.0 - 0.5
            return np.asarray(2 * np.hypot(u, (y * count) % 1.0 - 0.5), dtype=np.float32)

        self.patterns: dict[str, Field] = {
            "right": stripes(0.75, 52), "left": stripes(-0.85, 46), "level": stripes(1.5, 50),
            "plumb": stripes(0.05, 48), "dots": dots(44), "spots": dots(30),
        }  # fmt: skip

    def part(self, left: float, top: float, right: float, bottom: float) -> "_Masters":
        """A window on these masters: what is laid there is laid here."""
        where = window(len(self.x), left, top, right, bottom)
        part = copy.copy(self)
        part.x, part.y, part.mottle = (p[where] for p in (self.x, self.y, self.mottle))
        part.ink = self.ink[:, where[0], where[1]]
        part.patterns = {name: p[where] for name, p in self.patterns.items()}
        return part

    def lay(
        self, mask: NDArray[np.bool_], inks: tuple[Field | float, Field | float, Field | float],
        pattern: str = "", drum: int = TEAL, share: float = 0.5, strength: float = 0.55,
    ) -> None:  # fmt: skip
        """A shape over the others in (pink, teal, yellow), and a pattern of one ink on it."""
        for plate, amount in zip(self.ink, inks, strict=True):
            plate[mask] = np.broadcast_to(np.asarray(amount, dtype=np.float32), mask.shape)[mask]
        if pattern:
            mark = step(share - self.patterns[pattern], 0.0, 0.16)
            plate = self.ink[drum]
            plate[mask] = np.clip(plate + strength * mark, 0, 1)[mask]


def _cactus(
    masters: _Masters, px: float, base: float, tall: float, pink: float, pattern: str
) -> None:
    m = masters.part(px - 0.5 * tall, base - tall - 0.05, px + 0.5 * tall, base + 0.2)
    x, y = m.x, m.y

    def arm(cx: float, top: float, foot: float, r: float) -> None:
        reach = np.hypot(x - cx, y - np.clip(y, top + r, foot))
        u = (x - cx) / r
        rib = np.sin(np.arcsin(np.clip(u, -1, 1)) * 5.0)
        tone = 0.50 + 0.36 * u + 0.22 * rib + 0.08 * m.mottle
        m.lay(
            reach < r,
            (pink + 0.30 * np.clip(u, 0, 1), tone, 0.85 - 0.35 * u),
            pattern,
            TEAL,
            0.34,
            0.35,
        )
        spine = (np.abs(rib) > 0.93) & (np.abs((y * 46) % 1.0 - 0.5) < 0.26) & (reach < 0.85 * r)
        m.lay(spine, (0.0, 0.0, 0.35))

    w = 0.115 * tall
    for side, high in ((-1.0, 0.52), (1.0, 0.66)):
        cx = px + side * 2.1 * w
        elbow = base - tall * (high - 0.22)
        joint = (np.abs(y - elbow) < 0.62 * w) & ((x - px) * side > 0) & ((x - cx) * side < 0)
        m.lay(joint, (pink, 0.55, 0.7), pattern, TEAL, 0.34, 0.35)
        arm(cx, base - tall * (high + 0.12), elbow, 0.66 * w)
    arm(px, base - tall, base + 0.02, w)
    for dx in (-0.5, 0.0, 0.5):
        bud = (
            np.hypot(x - px - dx * w * 1.2, (y - base + tall - 0.2 * w * abs(dx)) * 1.2) < 0.34 * w
        )
        m.lay(bud, (0.95, 0.0, 0.55 - 0.5 * abs(dx)), "dots", TEAL, 0.4, 0.4)


def _agave(
    masters: _Masters, px: float, base: float, r: float, inks: tuple[float, float, float]
) -> None:
    m = masters.part(px - r, base - r, px + r, base + 0.3 * r)
    for k in (0, 8, 1, 7, 2, 6, 3, 5, 4):
        turn = np.pi + (k + 0.5) * np.pi / 9
        u = ((m.x - px) * np.cos(turn) + (m.y - base) * np.sin(turn)) / r
        v = (-(m.x - px) * np.sin(turn) + (m.y - base) * np.cos(turn)) / r
        v = v - 0.16 * np.cos(turn) * u * u
        half = 0.135 * np.clip(np.sin(np.pi * np.clip(0.12 + 0.88 * u, 0, 1) ** 0.8), 0, 1)
        inside = (np.abs(v) < half) & (u > 0) & (u < 1)
        side = v / np.maximum(half, 1e-3)
        pink, teal, yellow = inks
        m.lay(
            inside,
            (pink + 0.45 * (u > 0.8), teal + 0.38 * side - 0.30 * u + 0.12, yellow),
            "plumb" if k % 2 else "",
            PINK,
            0.35,
            0.3,
        )
        m.lay(inside & (np.abs(side) > 0.86), (0.0, 0.05, 0.5))
        m.lay(inside & (np.abs(side) < 0.07) & (u > 0.15), (0.2, 0.95, 0.2))


def _masters(size: int, rng: np.random.Generator) -> _Masters:
    m = _Masters(size, rng)
    x, y, mottle = m.x, m.y, m.mottle
    everywhere = np.ones((size, size), dtype=bool)
    m.lay(
        everywhere,
        (
            np.clip(0.10 + 1.25 * y, 0, 0.9),
            np.clip(0.92 - 2.1 * y + 0.06 * mottle, 0.0, 1),
            np.clip(2.1 * y - 0.30, 0, 0.9),
        ),
        "level",
        PINK,
        0.40,
        0.30,
    )
    for px, py, r in (
        (0.08, 0.10, 0.014),
        (0.20, 0.05, 0.010),
        (0.30, 0.16, 0.012),
        (0.46, 0.06, 0.014),
        (0.86, 0.06, 0.012),
        (0.94, 0.20, 0.014),
        (0.13, 0.23, 0.010),
        (0.40, 0.24, 0.010),
        (0.58, 0.15, 0.010),
    ):
        bearing = np.arctan2(y - py, x - px)
        star = np.hypot(x - px, y - py) < r * (0.75 + 0.55 * np.cos(bearing * 4))
        m.lay(star, (0.0, 0.0, 0.55))
    reach = np.hypot(x - 0.69, y - 0.27)
    halo = (reach < 0.255) & (
        np.abs((np.arctan2(y - 0.27, x - 0.69) / (2 * np.pi) * 44) % 1.0 - 0.5) < 0.27
    )
    m.lay(halo, (0.30, 0.10, 0.85))
    m.lay(
        reach < 0.175,
        (np.clip(0.05 + (y - 0.12) * 3.1, 0, 1), 0.03, 0.95),
        "level",
        PINK,
        0.45,
        0.35,
    )
    for cx, cy, wide in (
        (0.24, 0.30, 0.20),
        (0.84, 0.36, 0.17),
        (0.50, 0.41, 0.13),
        (0.05, 0.16, 0.10),
    ):
        puff = np.full_like(x, -1.0)
        for k in range(6):
            u = k / 5 * 2 - 1
            r = wide * (0.20 + 0.17 * np.cos(u * 1.5) + 0.04 * np.sin(k * 2.7))
            puff = np.maximum(puff, r - np.hypot(x - cx - u * wide * 0.8, (y - cy) * 1.2))
        cloud = (puff > 0) & (y < cy + 0.035)
        m.lay(
            cloud,
            (np.clip(0.14 + (y - cy) / wide * 1.2 + 0.3, 0.05, 0.9), 0.04, 0.12),
            "right",
            PINK,
            0.30,
            0.28,
        )
    ranges = (
        (0.50, 0.13, 0.0, (0.62, 0.35, 0.10), "left"),
        (0.56, 0.11, 2.1, (0.80, 0.20, 0.45), "right"),
        (0.63, 0.09, 4.3, (0.35, 0.72, 0.15), "left"),
        (0.70, 0.07, 1.2, (0.85, 0.06, 0.80), "dots"),
    )  # fmt: skip
    for level, height, phase, (pink, teal, yellow), pattern in ranges:
        fold = np.abs((x * 2.6 + phase) % 1.0 - 0.5) * 2
        ridge = level - height * (1 - fold) ** 1.2 - 0.02 * np.sin(x * 19 + phase) + 0.004 * mottle
        face = np.where((x * 2.6 + phase) % 1.0 > 0.5, 0.35, -0.12) + 0.10 * np.sin(
            (y - ridge) * 90
        )
        m.lay(
            y > ridge,
            (pink + 0.3 * face, teal + face, yellow - 0.2 * face),
            pattern,
            TEAL,
            0.42,
            0.45,
        )
    dune = 0.775 + 0.03 * np.sin(x * 7.0 + 1)
    m.lay(
        y > dune,
        (0.30 + 0.30 * np.sin((y - dune) * 60 + 4 * x), 0.05 + 0.16 * np.sin(x * 9 + y * 20), 0.90),
        "spots",
        PINK,
        0.42,
        0.5,
    )
    near = 0.885 + 0.03 * np.sin(x * 9.0 + 3)
    m.lay(y > near, (0.70, 0.62 + 0.25 * np.sin(x * 14), 0.25), "left", YELLOW, 0.45, 0.65)
    _cactus(m, 0.215, 0.845, 0.50, 0.05, "plumb")
    _cactus(m, 0.80, 0.80, 0.34, 0.40, "right")
    _cactus(m, 0.505, 0.765, 0.20, 0.0, "")
    for px, base, r, inks in (
        (0.50, 0.93, 0.20, (0.0, 0.45, 0.70)), (0.05, 0.95, 0.17, (0.65, 0.45, 0.0)),
        (0.94, 0.96, 0.20, (0.05, 0.60, 0.35)), (0.70, 0.99, 0.14, (0.85, 0.30, 0.2)),
        (0.30, 1.00, 0.13, (0.0, 0.35, 0.95)), (0.645, 0.80, 0.085, (0.0, 0.55, 0.3)),
        (0.37, 0.835, 0.085, (0.8, 0.45, 0.1)),
    ):  # fmt: skip
        _agave(m, px, base, r, inks)
    return m


def _printed(wanted: Field, rng: np.random.Generator) -> Field:
    """Where the drum leaves ink (H, W): a grain of even share, coarse enough to be seen."""
    size = len(wanted)
    coarse = rng.standard_normal((min(size, 1024), min(size, 1024))).astype(np.float32)
    pitch = len(coarse) / 1024
    rough = ndimage.gaussian_filter(coarse, 1.15 * pitch, mode="wrap")
    rough = rough - ndimage.gaussian_filter(coarse, 2.6 * pitch, mode="wrap")
    rough = enlarge(rough, size)
    spread = 0.5 + rough / (4.2 * rough.std())
    return step(np.clip(wanted, 0.03, 0.965), spread, 0.16)


def draw(size: int, seed: int) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    work = size * SUPERSAMPLING
    m = _masters(work, rng)
    paper = rgb("#f7f0e0") * (1.0 + 0.02 * fractal_noise(work, 90, 2, rng))[..., None]
    sheet = np.asarray(paper, dtype=np.float32)
    streak = smooth_noise(work, 40, rng, stretch=(1.0, 12.0))
    for drum, shift in ((YELLOW, (0, 0)), (PINK, (3, -2)), (TEAL, (-2, 2))):
        moved = np.roll(m.ink[drum], tuple(round(s * work / 1536) for s in shift), axis=(0, 1))
        ink = _printed(moved, rng) * np.clip(0.93 + 0.05 * streak, 0, 1)
        sheet = sheet * (1.0 - (1.0 - rgb(INKS[drum])) * ink[..., None])
    return reduce(sheet, size)
