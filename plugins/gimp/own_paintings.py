"""Which layers are paintings of this filter: a mark that they carry, whatever they are called."""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp

MARK = "style-swap-painting"
"""The name of the parasite. Files of users hold it: it never changes."""


def mark(layer: Any) -> None:
    """Has a layer known as a painting, in its copies and in the image's file too."""
    layer.attach_parasite(Gimp.Parasite.new(MARK, Gimp.PARASITE_PERSISTENT, b"1"))


def position_above(image: Any, drawable: Any) -> int:
    """Returns the position for a new painting of a layer, among what is in the same group.

    It is seen above all paintings that lie directly on the layer, and under whatever else does.
    """
    parent = drawable.get_parent()
    siblings = image.get_layers() if parent is None else parent.get_children()
    position: int = image.get_item_position(drawable)
    while position > 0 and _is_painting(siblings[position - 1]):
        position -= 1
    return position


def _is_painting(layer: Any) -> bool:
    """Returns whether a layer is a painting, or a group of nothing else."""
    if layer.is_group():
        inside = layer.get_children()
        return bool(inside) and all(_is_painting(each) for each in inside)
    return layer.get_parasite(MARK) is not None
