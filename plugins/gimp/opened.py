"""What is open in GIMP, as the dialog is told of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from dialog.subject import OpenPicture, Subject
from gi.repository import Gimp
from pixels import open_sources, picture_of

THUMBNAIL = 128
"""Longest side of a layer's thumbnail, in pixels."""


def subject_of(image: Any, drawables: Sequence[Any]) -> Subject:
    """Returns what is to be painted, and the layers whose style it may get.

    Of several drawables the first one is shown.

    Raises:
        FilterError: there is nothing to paint.
    """
    source = open_sources(image, drawables)[0]
    painted = {drawable.get_id() for drawable in drawables}
    others = [other for other in Gimp.get_images() if other.get_id() != image.get_id()]
    return Subject(
        title=source.name,
        size=(source.format.width, source.format.height),
        reduced=source.reduced,
        whole=source.whole,
        pictures=[
            _picture(layer, "" if owner is image else owner.get_name())
            for owner in (image, *others)
            for layer in _layers(owner.get_layers())
            if layer.get_id() not in painted
        ],
    )


def _picture(layer: Any, image_name: str) -> OpenPicture:
    return OpenPicture(
        key=layer.get_id(),
        label=layer.get_name(),
        image=image_name,
        thumbnail=functools.partial(picture_of, layer, THUMBNAIL),
        picture=functools.partial(picture_of, layer),
    )


def _layers(layers: Sequence[Any]) -> Iterator[Any]:
    """Yields layers and what is inside of groups, from the top of the stack."""
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from _layers(layer.get_children())
