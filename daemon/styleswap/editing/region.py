"""Rectangles of whole pixels, and how much of a layer is sent for a selection."""

from __future__ import annotations

from dataclasses import dataclass

CONTEXT_SHARE = 0.25
"""Context on each side of a selection, as a share of its longer side."""
CONTEXT_LEAST = 64
"""Least context on each side, in pixels: a network sees about that far."""
CONTEXT_MOST = 512
"""Most context on each side, in pixels."""


@dataclass(frozen=True)
class Rect:
    """A rectangle of pixels; empty where it has no width or no height."""

    x: int
    """Column of the left edge."""
    y: int
    """Row of the upper edge."""
    width: int
    """Columns, at least 0."""
    height: int
    """Rows, at least 0."""

    def __post_init__(self) -> None:
        """Raises ValueError where a side is negative."""
        if self.width < 0 or self.height < 0:
            raise ValueError(f"A rectangle cannot be {self.width} x {self.height} pixels large.")

    def __bool__(self) -> bool:
        """Whether it holds a pixel."""
        return self.width > 0 and self.height > 0

    @property
    def right(self) -> int:
        """The column after the last one."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The row after the last one."""
        return self.y + self.height

    def intersect(self, other: Rect) -> Rect:
        """Returns what lies in both; empty where they do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(x, y, max(0, right - x), max(0, bottom - y))

    def grown(self, margin: int, within: Rect) -> Rect:
        """Returns the rectangle with `margin` pixels more on each side, cut at `within`.

        An empty rectangle stays empty.
        """
        if not self:
            return self
        larger = Rect(
            self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin
        )
        return larger.intersect(within)

    def relative_to(self, other: Rect) -> Rect:
        """Returns the same pixels, counted from the upper left corner of `other`."""
        return Rect(self.x - other.x, self.y - other.y, self.width, self.height)


def with_context(kept: Rect, layer: Rect) -> Rect:
    """Returns the part of a layer to send for a result that covers `kept`.

    What lies around a selection decides how it is painted; without it the border would show.

    Args:
        kept: the selection's bounds.
        layer: the layer's bounds, in the same coordinates.

    Returns:
        `kept` with a margin of a quarter of its longer side, at least 64 and at most 512 pixels,
        cut at the layer; empty where `kept` has no pixel of the layer.
    """
    inside = kept.intersect(layer)
    margin = round(max(inside.width, inside.height) * CONTEXT_SHARE)
    return inside.grown(min(max(margin, CONTEXT_LEAST), CONTEXT_MOST), layer)
