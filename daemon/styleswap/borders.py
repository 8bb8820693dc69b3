"""The border of a picture: a frame, a mat, the wall around it, the margin of a scan.

Looked for in a small copy, in plain Python, since both the engine, which is torch alone, and the
daemon, which is without torch, must find the same. A painting without a border must not be cut, so
whatever is in doubt is none:

* A margin is plain, up to a straight line across the whole side, which may be slanted a little. On
  all four sides it may have any colour; fewer sides must be of the black or white of a scanner.
* A frame has straight lines of its own, as far from the edge on all four sides. Within a plain
  margin (a wall), or at the picture's edge.
* What is inside must be a picture: at least half of each side, and not of one colour.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

SIDE: Final = 192
"""Longest side in pixels of the copy that is looked at."""

LEAST_SIDE: Final = 32
"""Pixels of the copy's shorter side under which nothing is looked for."""

_PEELS: Final = 4
"""Layers at most: a wall, a frame, a mat, the paper of a print."""

_INSIDE: Final = 0.5
"""Share of each side that is never taken."""

_STEP: Final = 22
"""Difference of a channel, of 255, that ends a plain margin."""

_SLANTS: Final = tuple(k / 100 for k in range(-4, 5))
"""Pixels by which a margin's end moves per pixel along it: up to 2.3 degrees."""

_ACROSS: Final = 0.85
"""Share of a side that a margin's end must be found on."""

_HIDDEN: Final = 0.5
"""The same of sides beside two that are sure: there the picture may be of the margin's colour."""

_SCANNED: Final = 0.93
"""The same where not all sides have a margin."""

_SCAN_DEPTH: Final = 0.2
"""Share of a side that is taken at most where not all four have a margin."""

_ALIKE: Final = 60
"""Largest difference of a channel between the margins of four sides."""

_EVEN: Final = 24
"""Largest deviation of a margin's lightness: it may be lit from one side, but is no picture."""

_GRAIN: Final = 8
"""Largest mean difference in lightness of a margin's neighbours."""

_LINE: Final = 8
"""Difference of lightness, of 255, that makes a line of a frame."""

_LINED: Final = 0.8
"""Share of a side that a frame's line must be seen on, always lighter or always darker."""

_RARE: Final = 0.3
"""By how much that share must be above the usual one of the picture."""

_FRAME_DEPTH: Final = 0.2
"""Share of the shorter side that a frame takes at most."""

_PLAIN: Final = 10
"""Deviation of a channel under which what is inside is no picture."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Area:
    """A rectangle of pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not (self.height and self.width)

    def less(self, cuts: Sequence[int]) -> "Area":
        """The rectangle without rows above and below and columns left and right."""
        above, below, left, right = cuts
        return Area(self.top + above, self.bottom - below, self.left + left, self.right - right)


_ALL_BORDER: Final = Area(0, 0, 0, 0)


@lru_cache(maxsize=32)
def small_inside(pixels: bytes, height: int, width: int) -> Area | None:
    """What of a small picture lies inside its border.

    Args:
        pixels: red, green, blue of each pixel, row by row.
        height: rows, `SIDE` at most.
        width: likewise.

    Returns:
        The inside; None where no border is found. It is empty where the border would be more than
        half of a side, or nothing but one colour is in it: all of it is border.
    """
    if min(height, width) < LEAST_SIDE:
        return None
    values = iter(pixels)
    picture = _Picture(list(zip(values, values, values, strict=True)), height, width)
    whole = area = Area(0, height, 0, width)
    for _ in range(_PEELS):
        cuts = _plain_margins(picture, area) or _frame(picture, area)
        if cuts is None:
            break
        peeled = area.less(cuts)
        if peeled.height < _INSIDE * height or peeled.width < _INSIDE * width:
            return _ALL_BORDER if area == whole else area
        area = peeled
    if area == whole:
        return None
    return area if picture.varied(area) else _ALL_BORDER


def inside(area: Area, small: tuple[int, int], size: tuple[int, int]) -> Area:
    """What a small copy's inside is in the picture itself.

    Args:
        area: of `small_inside`.
        small: height and width of the copy.
        size: of the picture.
    """
    down, across = size[0] / small[0], size[1] / small[1]
    return Area(
        -int(-area.top * down // 1),
        int(area.bottom * down),
        -int(-area.left * across // 1),
        int(area.right * across),
    )


def small_size(height: int, width: int) -> tuple[int, int]:
    """The height and width of the copy to look at."""
    factor = min(1.0, SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


class _Picture:
    def __init__(self, pixels: list[Colour], height: int, width: int) -> None:
        self.pixels, self.height, self.width = pixels, height, width
        self.light = [(3 * r + 6 * g + b) / 10 for r, g, b in pixels]

    def varied(self, area: Area) -> bool:
        """Whether there is more than one colour, or a gradient, in an area."""
        rows = [
            self.pixels[y * self.width + area.left : y * self.width + area.right]
            for y in range(area.top, area.bottom)
        ]
        for channel in range(3):
            values = [pixel[channel] for row in rows for pixel in row]
            mean = sum(values) / len(values)
            if sum((v - mean) ** 2 for v in values) / len(values) > _PLAIN**2:
                return True
        return False


@dataclass(frozen=True)
class _Side:
    """One side of an area: `at(depth, place)` is the index of a pixel, from the edge inwards."""

    at: Callable[[int, int], int]
    length: int
    extent: int


def _sides(picture: _Picture, area: Area) -> tuple[_Side, ...]:
    """Above, below, left, right."""
    w = picture.width
    return (
        _Side(lambda d, x: (area.top + d) * w + area.left + x, area.width, area.height),
        _Side(lambda d, x: (area.bottom - 1 - d) * w + area.left + x, area.width, area.height),
        _Side(lambda d, y: (area.top + y) * w + area.left + d, area.height, area.width),
        _Side(lambda d, y: (area.top + y) * w + area.right - 1 - d, area.height, area.width),
    )


# -- plain margins --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Margin:
    depth: int
    share: float
    colour: tuple[float, float, float]
    spread: float


def _plain_margins(picture: _Picture, area: Area) -> list[int] | None:
    sides = _sides(picture, area)
    runs = [
        [_run(picture, side, place, int(0.35 * side.extent)) for place in range(side.length)]
        for side in sides
    ]
    # At first without the corners, where two margins meet; then between those that were found.
    rough = [
        _margin(picture, side, run, side.length // 5, side.length - side.length // 5)
        for side, run in zip(sides, runs, strict=True)
    ]
    depths = [margin.depth if margin else 0 for margin in rough]
    margins = []
    for i, (side, run) in enumerate(zip(sides, runs, strict=True)):
        first, last = (depths[2], depths[3]) if i < 2 else (depths[0], depths[1])
        margins.append(
            _margin(picture, side, run, first + 1, side.length - last - 1) if rough[i] else None
        )
    found = [margin for margin in margins if margin is not None]
    if not found:
        return None
    sure = sum(margin.share >= _ACROSS for margin in found)
    all_alike = len(found) == len(margins) and _alike([margin.colour for margin in found])
    if all_alike and sure >= 2:
        return [margin.depth for margin in found]
    cuts = []
    for side, margin in zip(sides, margins, strict=True):
        scanned = (
            margin is not None
            and margin.share >= _SCANNED
            and margin.depth <= _SCAN_DEPTH * side.extent
            and margin.spread < 6
            and (max(margin.colour) < 32 or min(margin.colour) > 224)
        )
        cuts.append(margin.depth if margin is not None and scanned else 0)
    return cuts if any(cuts) else None


def _run(picture: _Picture, side: _Side, place: int, depth: int) -> int:
    """How far a plain margin reaches at a place of a side; it may change slowly."""
    pixels, at = picture.pixels, side.at
    r: float
    g: float
    b: float
    r, g, b = pixels[at(1, place)]
    for d in range(1, depth):
        for further in (d, d + 1):  # a speck is no end
            p, q, s = pixels[at(further, place)]
            if abs(p - r) <= _STEP and abs(q - g) <= _STEP and abs(s - b) <= _STEP:
                break
        else:
            return d
        if further == d:
            r, g, b = (3 * r + p) / 4, (3 * g + q) / 4, (3 * b + s) / 4
    return depth


def _margin(
    picture: _Picture, side: _Side, runs: Sequence[int], first: int, last: int
) -> _Margin | None:
    """The margin of a side, if its end is a straight line between two places."""
    if last - first < LEAST_SIDE // 2:
        return None
    limit = int(0.35 * side.extent)
    middle = (first + last) / 2
    # Of equal lines the one that slants least, then the deeper one.
    near, _, end, slant = max(
        (_near(counts, end), -abs(slant), end, slant)
        for slant in _SLANTS
        for counts in (_ends(runs, first, last, slant),)
        for end in counts
    )
    share = near / (last - first)
    if share < _HIDDEN:
        return None
    if end < 2 or end >= limit - 1:
        return None
    depth = end + 2 + int(abs(slant) * (last - first) / 2)
    if depth > limit:
        return None
    # Where the margin ends too soon, something crosses it.
    soon = sum(runs[x] - slant * (x - middle) < end - 2 for x in range(first, last))
    if soon > 0.06 * (last - first):
        return None
    shown = [
        picture.pixels[side.at(d, x)]
        for x in range(first, last)
        for d in range(max(1, min(runs[x] - 1, end - 1)))
    ]
    means = tuple(sum(p[c] for p in shown) / len(shown) for c in range(3))
    light = [sum(p) / 3 for p in shown]
    mean = sum(light) / len(light)
    spread = (sum((v - mean) ** 2 for v in light) / len(light)) ** 0.5
    grain = [
        abs(picture.light[side.at(d, x)] - picture.light[side.at(d, x + 1)])
        for x in range(first, last - 1)
        for d in range(end - 1)
        if min(runs[x], runs[x + 1]) > d
    ]
    # Its end is a larger step than what there is within it.
    steps = [
        abs(picture.light[side.at(runs[x] + 1, x)] - picture.light[side.at(runs[x] - 1, x)])
        for x in range(first, last)
        if 1 < runs[x] < limit
    ]
    if sum(steps) < 1.5 * spread * len(steps):
        return None
    if spread > _EVEN or sum(grain) > _GRAIN * len(grain):
        return None
    return _Margin(depth, share, (means[0], means[1], means[2]), spread)


def _ends(runs: Sequence[int], first: int, last: int, slant: float) -> Counter[int]:
    """Where margins end that slant, as many places each."""
    middle = (first + last) / 2
    return Counter(round(runs[x] - slant * (x - middle)) for x in range(first, last))


def _near(counts: Counter[int], end: int) -> int:
    """Places whose margin ends at most a pixel from here."""
    return counts[end - 1] + counts[end] + counts[end + 1]


def _alike(colours: Sequence[tuple[float, float, float]]) -> bool:
    return all(
        max(colour[c] for colour in colours) - min(colour[c] for colour in colours) <= _ALIKE
        for c in range(3)
    )


# -- frames ---------------------------------------------------------------------------------------


def _frame(picture: _Picture, area: Area) -> list[int] | None:
    """The innermost of lines as far from the edge on all four sides."""
    deepest = int(_FRAME_DEPTH * min(area.height, area.width))
    if deepest < 4:
        return None
    sides = _sides(picture, area)
    strengths = []
    for side in sides:
        lined = [0.0, *(_lined(picture, side, d, d) for d in range(1, deepest + 4))]
        usual = sorted(
            _lined(picture, side, d, deepest) for d in range(deepest, side.extent // 2, 2)
        )
        base = usual[int(0.8 * (len(usual) - 1))] if usual else 1.0
        strengths.append([s if s >= _LINED and s - base >= _RARE else 0.0 for s in lined])
    for depth in range(deepest, 2, -1):
        off = max(1, round(0.15 * depth))
        cuts = []
        for strength in strengths:
            near = [d for d in range(depth - off, depth + off + 1) if 0 < d < len(strength)]
            near = [d for d in near if strength[d]]
            if not near:
                break
            cuts.append(max(near) + 2)
        else:
            return cuts
    return None


def _lined(picture: _Picture, side: _Side, depth: int, inset: int) -> float:
    """Share of a side on which it gets lighter, or darker, across one depth."""
    light, at = picture.light, side.at
    up = down = 0
    places = range(inset, side.length - inset)
    for x in places:
        change = light[at(depth + 1, x)] - light[at(depth - 1, x)]
        if change > _LINE:
            up += 1
        elif change < -_LINE:
            down += 1
    return max(up, down) / max(1, len(places))
