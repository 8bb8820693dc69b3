"""Where a painting goes: a new layer, the layer itself, or a new document.

All pixels are put into a layer that is in no document yet; adding that is the one call that the
user sees, and one step of Krita's history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.words import _

from ..errors import Refused
from ..pump import Steps
from .kinds import CONVERTED_PIXELS, Converter, empty_layer, kind_of, turned
from .masking import through
from .own import is_own, remember, topmost
from .source import BAND_BYTES, Pixels, Source, bands, settled

Output = Literal["new-layer", "in-place", "new-document"]
OUTPUTS: tuple[Output, ...] = ("new-layer", "in-place", "new-document")

SOFT_PIXELS = 1 << 14
"""Pixels that are seen through a selection in one step: each one may have to be computed."""
DRAWING_PAUSES = 4
"""Turns of the event loop, 15 ms each, in which Krita begins to draw an added layer."""
ACTIVATION_PAUSES = 12
"""Turns of the event loop, 15 ms each, in which Krita makes an added layer the active one."""


@dataclass
class Placed:
    """Where a painting went."""

    document: Any
    """Krita's."""
    node: Any
    """The layer that holds it."""
    notice: str = ""
    """A sentence where it is not the place that was asked for."""


def check_output(document: Any, node: Any, what: str, output: str) -> None:
    """Refuses an output that cannot be had, before any work is spent on it.

    Raises:
        Refused: the layer cannot be painted in place.
    """
    if output != "in-place" or document is None or node is None:
        return
    if what == "picture":
        raise Refused(_("The whole picture cannot be painted in place; choose a new layer."))
    reason = obstacle(node)
    if reason:
        raise Refused(reason.format(name=node.name()))


def obstacle(node: Any) -> str:
    """Returns why a layer cannot be painted in place, "" where it can."""
    if node.type() == "grouplayer":
        return _("{name} is a group, which has no pixels of its own; choose a new layer as output.")
    above = node
    while above is not None:
        if above.locked():
            return _("The layer {name} is locked; unlock it or choose a new layer as output.")
        above = above.parentNode()
    if node.animated():
        return _(
            "{name} is animated, and all its frames but one would be lost; choose a new layer as "
            "output."
        )
    return ""


def place(
    app: Any, source: Source, result: Pixels, output: Output, style_name: str, found: list[Placed]
) -> Steps:
    """Puts a painting where it was asked for, else where it can be found.

    "new-layer": directly above the source and those paintings of ours that stand directly above
    it, of the selection's size, 100 %, its alpha that of the source times the selection; the active
    layer stays the active one, as the user may be painting.

    "in-place": a copy of the source with the painting in it takes its place. Krita counts that as
    two steps: the first Ctrl+Z brings the source back, the second takes the painting away.

    "new-document": a document of the selection's size in the source's colour space.

    Args:
        app: Krita.
        source: what was painted; its document may have been closed meanwhile.
        result: the painting, complete.
        output: where it goes.
        style_name: for the layer's name: "style – source".
        found: gets where it went.
    """
    name = f"{style_name} – {source.name}"
    document = source.document if is_open(app, source.document) else None
    if document is None:
        notice = _("The document was closed meanwhile; the painting is in a new one.")
        yield from _as_document(app, source, result, name, found, notice)
    elif output == "new-document":
        yield from _as_document(app, source, result, name, found, "")
    else:
        yield from settled(document)
        node = node_of(document, source)
        notice = ""
        if source.what == "layer" and node is None:
            notice = _(
                "The layer {name} was removed meanwhile; the painting is on top of all layers."
            ).format(name=source.name)
        elif output == "in-place" and (reason := _changed(node, source)):
            notice = reason
        if output == "in-place" and not notice:
            yield from _in_place(document, node, source, result, found)
        else:
            yield from _as_layer(document, node, source, result, name, found, notice)


def is_open(app: Any, document: Any) -> bool:
    """Whether a document has not been closed."""
    return any(document == each for each in app.documents())


def node_of(document: Any, source: Source) -> Any:
    """Returns the layer that was painted, as it is in the document now; None where it is not."""
    if source.what == "picture":
        return None
    wanted = source.unique_id
    nodes = _all_nodes(document.rootNode())
    return next((node for node in nodes if node.uniqueId().toString() == wanted), None)


def _all_nodes(parent: Any) -> Iterator[Any]:
    for node in parent.childNodes():
        yield node
        yield from _all_nodes(node)


def _changed(node: Any, source: Source) -> str:
    """Returns why a layer can no longer be painted in place, "" where it can."""
    reason = obstacle(node)
    if not reason and kind_of(node) != source.encoding.kind:
        reason = _("The colour space of {name} changed meanwhile.")
    if reason:
        return reason.format(name=source.name) + " " + _("The painting is in a new layer.")
    return ""


def _as_layer(
    document: Any,
    node: Any,
    source: Source,
    result: Pixels,
    name: str,
    found: list[Placed],
    notice: str,
) -> Steps:
    layer = empty_layer(document, name, source.encoding.kind)
    yield from _fill(layer, document, source, result, source.kept.x, source.kept.y, None)
    parent, above = document.rootNode(), None
    if node is not None:
        parent, above = node.parentNode(), topmost(document, node)
        layer.setInheritAlpha(node.inheritAlpha())
    active = document.activeNode()
    _require(parent.addChildNode(layer, above), source)
    remember(document, layer)
    found.append(Placed(document, layer, notice))
    yield from _keep_active(document, active, layer)


def _in_place(
    document: Any, node: Any, source: Source, result: Pixels, found: list[Placed]
) -> Steps:
    copy = node.duplicate()
    copy.setName(node.name())
    yield from _fill(copy, document, source, result, source.kept.x, source.kept.y, copy)
    active = document.activeNode()
    _require(node.parentNode().addChildNode(copy, node), source)
    if is_own(document, node):
        remember(document, copy)
    node.remove()
    found.append(Placed(document, copy))
    if active != node:
        yield from _keep_active(document, active, copy)


def _as_document(
    app: Any, source: Source, result: Pixels, name: str, found: list[Placed], notice: str
) -> Steps:
    kept, kind = source.kept, source.encoding.kind
    new = app.createDocument(
        kept.width, kept.height, name, kind.model, kind.depth, kind.profile, _resolution(source)
    )
    if new is None:
        raise Refused(_("Krita could not make a new document; close some others and try again."))
    try:
        layer = next(iter(new.topLevelNodes()), None)
        if layer is None:
            layer = empty_layer(new, name, kind)
            new.rootNode().addChildNode(layer, None)
        layer.setName(name)
        yield from _fill(layer, new, source, result, 0, 0, None)
        new.refreshProjection()
    except BaseException:
        new.setModified(False)
        new.close()
        raise
    found.append(Placed(new, layer, notice))
    window = app.activeWindow()
    if window is not None:
        window.addView(new)
    yield False


def _resolution(source: Source) -> float:
    try:
        return float(source.document.resolution())
    except RuntimeError:  # the document is gone
        return 300.0


def _fill(
    layer: Any, document: Any, source: Source, result: Pixels, x: int, y: int, under: Any
) -> Steps:
    """Writes the kept part of a painting into a layer.

    Args:
        layer: of the source's kind, in no document.
        document: any open one.
        source, result: what was painted, and the painting.
        x, y: where it goes.
        under: the layer whose pixels show where nothing is selected; None is nothing.
    """
    encoding, kept, mask = source.encoding, source.kept, source.mask
    inside = kept.relative_to(source.area)
    convert = Converter(document, encoding.sent, encoding.kind).convert
    pixels = BAND_BYTES // encoding.kind.pixel_bytes
    if encoding.converted:
        pixels = CONVERTED_PIXELS
    if mask is not None:
        pixels = SOFT_PIXELS
    for first, rows in bands(kept.width, kept.height, pixels):
        sent = _columns(result, source, Rect(inside.x, inside.y + first, kept.width, rows))
        data = convert(turned(sent, encoding.sent), kept.width, rows)
        if mask is not None:
            part = mask[first * kept.width : (first + rows) * kept.width]
            below = None
            if under is not None:
                below = bytes(under.pixelData(kept.x, kept.y + first, kept.width, rows))
            data = through(below, data, part, encoding.kind)
        layer.setPixelData(data, x, y + first, kept.width, rows)
        yield False


def _columns(result: Pixels, source: Source, part: Rect) -> bytes:
    """Returns a part of a painting, packed."""
    data = result.rows(part.y, part.bottom)
    if part.width == source.area.width:
        return data
    stride = result.format.row_bytes
    size = stride // source.area.width
    starts = range(part.x * size, len(data), stride)
    return b"".join(data[start : start + part.width * size] for start in starts)


def _keep_active(document: Any, active: Any, added: Any) -> Steps:
    """Gives the layer back its place that was the active one: the user may be painting on it.

    Krita makes a layer that was added the active one some events later. Asked which one it is
    before it has drawn the layer, Krita 6 lets everything wait for that.
    """
    for _pause in range(DRAWING_PAUSES):
        yield True
    yield from settled(document)
    for _pause in range(ACTIVATION_PAUSES):
        if active is None or document.activeNode() == added:
            break
        yield True
    if active is not None and document.activeNode() == added:
        document.setActiveNode(active)
    yield False


def _require(done: bool, source: Source) -> None:
    if not done:
        raise Refused(
            _("Krita did not take the painting of {name}; put it back from the history.").format(
                name=source.name
            )
        )
