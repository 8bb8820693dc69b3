"""The selection as it is at one moment, whatever the user selects while a painting is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gegl_buffers import bands, new_buffer, rectangle
from gi.repository import Gegl, Gimp
from styleswap_vendor.styleswap.editing.region import Rect


def selected(drawable: Any) -> Rect | None:
    """Returns the selection's bounds, counted from the drawable's corner; None where there is none.

    They may lie outside of the drawable.
    """
    found, some, left, top, right, bottom = Gimp.Selection.bounds(drawable.get_image())
    if not found or not some:
        return None
    return Rect(left, top, right - left, bottom - top).relative_to(_place(drawable))


def mask_of(drawable: Any, part: Rect, kind: str) -> Any:
    """Returns how much of each pixel is selected: a copy, a Gegl.Buffer that lies at `part`.

    Args:
        drawable: GIMP's.
        part: in pixels from the drawable's corner, inside of the image.
        kind: GEGL's name of the numbers, such as "u8".
    """
    mask = new_buffer(f"Y {kind}", part)
    place = _place(drawable)
    there = Rect(part.x + place.x, part.y + place.y, part.width, part.height)
    current = drawable.get_image().get_selection().get_buffer()
    current.copy(rectangle(there), Gegl.AbyssPolicy.NONE, mask, rectangle(part))
    return mask


@contextmanager
def selection_of(drawable: Any, part: Rect, mask: Any | None, kind: str) -> Iterator[None]:
    """Has an earlier selection for the time of the block, if another one is there now.

    Args:
        drawable: GIMP's, in whose image the selection is.
        part: the earlier selection's bounds on the drawable, from the drawable's corner.
        mask: what `mask_of` gave for it; None where nothing was selected.
        kind: as for `mask_of`.
    """
    if _is_current(drawable, part, mask, kind):
        yield
        return
    image = drawable.get_image()
    now = None if Gimp.Selection.is_empty(image) else Gimp.Selection.save(image)
    try:
        if mask is None:
            Gimp.Selection.none(image)
        else:
            _select(image, mask, part, _place(drawable), kind)
        yield
    finally:
        if now is None:
            Gimp.Selection.none(image)
        else:
            image.select_item(Gimp.ChannelOps.REPLACE, now)
            image.remove_channel(now)


def _place(drawable: Any) -> Rect:
    _ok, x, y = drawable.get_offsets()
    return Rect(x, y, drawable.get_width(), drawable.get_height())


def _is_current(drawable: Any, part: Rect, mask: Any | None, kind: str) -> bool:
    chosen = selected(drawable)
    if mask is None or chosen is None:
        return mask is None and chosen is None
    place = _place(drawable)
    if chosen.intersect(Rect(0, 0, place.width, place.height)) != part:
        return False
    now = mask_of(drawable, part, kind)
    return all(
        mask.get(rectangle(band), 1.0, f"Y {kind}", Gegl.AbyssPolicy.NONE)
        == now.get(rectangle(band), 1.0, f"Y {kind}", Gegl.AbyssPolicy.NONE)
        for band in bands(part, 4 * part.width)
    )


def _select(image: Any, mask: Any, part: Rect, place: Rect, kind: str) -> None:
    """Selects as much of each pixel as a mask says, by way of a channel: all of GIMP's own."""
    channel = Gimp.Channel.new(
        image, "", image.get_width(), image.get_height(), 100.0, Gegl.Color.new("black")
    )
    # A selection takes a channel's numbers as they are. Those of 8-bit images follow the curve of
    # sRGB, all others are plain.
    curved = image.get_precision() == Gimp.Precision.U8_NON_LINEAR
    numbers = channel.get_buffer()
    for band in bands(part, 4 * part.width):
        data = mask.get(rectangle(band), 1.0, f"Y {kind}", Gegl.AbyssPolicy.NONE)
        there = Rect(band.x + place.x, band.y + place.y, band.width, band.height)
        numbers.set(rectangle(there), f"Y{chr(39) if curved else ''} {kind}", data)
    numbers.flush()
    image.insert_channel(channel, None, 0)
    image.select_item(Gimp.ChannelOps.REPLACE, channel)
    image.remove_channel(channel)
