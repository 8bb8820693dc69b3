"""A drawable as GIMP shows it by itself: with its non-destructive filters, without its own mask.

The image is only read. What GIMP has to compute, it computes in an image that nobody sees.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from colours import canvas, canvas_like
from gi.repository import Gimp
from styleswap_vendor.styleswap.editing.region import Rect


@dataclass(frozen=True)
class Rendered:
    """The pixels of a drawable."""

    buffer: Any
    """A Gegl.Buffer whose first pixel is the upper left one of `bounds`."""
    bounds: Rect
    """Where they lie, counted from the drawable's own upper left corner; a filter such as a drop
    shadow paints beyond the drawable."""
    alpha: bool
    """Whether there is alpha."""


def has_filters(drawable: Any) -> bool:
    """Returns whether non-destructive filters change what is seen of a drawable."""
    return any(each.get_visible() for each in drawable.get_filters())


def rendered(drawable: Any, by_gimp: bool) -> Rendered:
    """Returns the pixels of a layer, a group or a channel.

    A drawable without filters is not copied: its pixels are those of the moment of reading.

    Args:
        drawable: GIMP's.
        by_gimp: GIMP has to convert the pixels to sRGB; see `colours.Gamut`.
    """
    width, height = drawable.get_width(), drawable.get_height()
    plain = not isinstance(drawable, Gimp.Layer) or not (by_gimp or has_filters(drawable))
    if plain:
        return Rendered(drawable.get_buffer(), Rect(0, 0, width, height), drawable.has_alpha())
    # Outside of a mask nothing is seen, whatever filters paint there.
    grow_x, grow_y = (0, 0) if drawable.get_mask() is not None else _growth(drawable)
    bounds = Rect(-grow_x, -grow_y, width + 2 * grow_x, height + 2 * grow_y)
    # Filters may make holes.
    alpha = drawable.has_alpha() or has_filters(drawable)
    with ExitStack() as images:
        shown = images.enter_context(canvas_like(drawable.get_image(), bounds.width, bounds.height))
        target = shown
        if by_gimp:
            precision = Gimp.Precision.FLOAT_NON_LINEAR
            target = images.enter_context(canvas(bounds.width, bounds.height, precision))
        _insert_bare(drawable, shown, bounds)
        flat = Gimp.Layer.new_from_visible(shown, target, "")
        if grow_x or grow_y:
            target.insert_layer(flat, None, 0)
            target.autocrop_selected_layers(flat)
            _ok, x, y = flat.get_offsets()
            bounds = Rect(bounds.x + x, bounds.y + y, flat.get_width(), flat.get_height())
        return Rendered(flat.get_buffer().dup(), bounds, alpha)


def _insert_bare(drawable: Any, image: Any, bounds: Rect) -> Any:
    """Returns a copy in another image, with filters; of mask, mode and opacity it has none.

    `bounds` is what of the drawable the image shows. The copy is moved before it is seen: GIMP does
    not repaint all that a moved filter covered.
    """
    copy = Gimp.Layer.new_from_drawable(drawable, image)
    copy.set_lock_position(False)
    copy.set_lock_visibility(False)
    copy.set_visible(True)
    copy.set_mode(Gimp.LayerMode.NORMAL)
    copy.set_opacity(100.0)
    copy.set_offsets(-bounds.x, -bounds.y)
    image.insert_layer(copy, None, 0)
    if copy.get_mask() is not None:
        copy.remove_mask(Gimp.MaskApplyMode.DISCARD)
    return copy


def _growth(drawable: Any) -> tuple[int, int]:
    """Returns by how many columns and rows filters enlarge what is seen, with a seam around it.

    GIMP 3.0 knows how large a layer becomes when its filters are merged, but not where it lies
    then: so there has to be room on each side. The seam is what autocrop sees to be empty.
    """
    if not has_filters(drawable):
        return 0, 0
    width, height = drawable.get_width(), drawable.get_height()
    with canvas_like(drawable.get_image(), width, height) as alone:
        merged = _insert_bare(drawable, alone, Rect(0, 0, width, height))
        if merged.is_group():
            merged = merged.merge()
        else:
            merged.merge_filters()
        columns, rows = merged.get_width() - width, merged.get_height() - height
    return (max(0, columns) + 1, max(0, rows) + 1) if columns > 0 or rows > 0 else (0, 0)
