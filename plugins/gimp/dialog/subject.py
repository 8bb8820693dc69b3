"""What the dialog is told about the picture that is to be painted, and about others at hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from styleswap_vendor.styleswap.client.pictures import Picture


@dataclass(frozen=True)
class OpenPicture:
    """A layer that is open in the editor and may serve as the style."""

    key: Hashable
    """What the answer calls it."""
    label: str
    """Its name."""
    image: str
    """The name of the open image that it belongs to; empty for a layer of the subject's image."""
    thumbnail: Callable[[], Picture]
    """A reduced copy, about 128 pixels long. Called in the main thread."""
    picture: Callable[[], Picture]
    """Its pixels. Called in the main thread, at most once, when it is chosen."""


@dataclass(frozen=True)
class Subject:
    """The picture that is to be painted: what would be sent to the daemon."""

    title: str
    """The name of the layer, or what else says which picture this is."""
    size: tuple[int, int]
    """Width and height in pixels."""
    reduced: Callable[[int], Picture]
    """A copy whose longer side has at most so many pixels. Called in the main thread, once."""
    whole: Callable[[], Picture]
    """All of it, of `size`. Called in the main thread, at most once, for a view at 100 %."""
    pictures: Sequence[OpenPicture] = ()
    """Pictures that may be chosen as the style, this image's layers and those of others."""
