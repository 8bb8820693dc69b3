"""Which layers of a document are paintings of ours.

A name says little: the user changes it, and gives it to other layers. So the document itself keeps
the layers' own ids, which they keep whatever is done to them, in an annotation that Krita saves
with it.
"""

from __future__ import annotations

from typing import Any

from ..qt import QtCore

KEY = "krita_attribute:style_swap_paintings"
"""Of the annotation. What begins so belongs to Krita's own files; others may be written into
exported pictures, some as a colour profile."""
LIMIT = 1000
"""Paintings of one document that are remembered; the newest."""


def remember(document: Any, layer: Any) -> None:
    """Notes that a layer of a document is a painting of ours; it is saved with the document."""
    own = layer.uniqueId().toString()
    kept = [each for each in _ids(document) if each != own][1 - LIMIT :]
    data = "\n".join([*kept, own]).encode()
    document.setAnnotation(KEY, "Layers painted by Style Swap", QtCore.QByteArray(data))


def is_own(document: Any, layer: Any) -> bool:
    """Whether a layer of a document is a painting of ours."""
    return layer.uniqueId().toString() in _ids(document)


def topmost(document: Any, layer: Any) -> Any:
    """Returns the last of the paintings of ours that stand directly above a layer, else the layer.

    Args:
        document: Krita's.
        layer: one of its layers.
    """
    own = set(_ids(document))
    siblings = layer.parentNode().childNodes()  # from below
    place = next(place for place, each in enumerate(siblings) if each == layer)
    for above in siblings[place + 1 :]:
        if above.uniqueId().toString() not in own:
            break
        layer = above
    return layer


def _ids(document: Any) -> list[str]:
    data: bytes = bytes(document.annotation(KEY))
    return data.decode("ascii", "replace").split()
