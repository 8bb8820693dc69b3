"""What is painted: an open layer, group or picture, and its pixels as they travel."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Any, Literal

from styleswap_vendor.styleswap.client.pictures import Picture, PictureFormat
from styleswap_vendor.styleswap.editing.region import Rect, with_context
from styleswap_vendor.styleswap.editing.words import _

from ..errors import Refused
from ..pump import Steps
from ..qt import QtCore, QtGui
from .kinds import CONVERTED_PIXELS, Converter, Encoding, as_seen, encoding_of, kind_of, turned
from .seen import image_of

Input = Literal["layer", "picture"]
INPUTS: tuple[Input, ...] = ("layer", "picture")
"""The active layer or group, or all that shows."""

BAND_BYTES = 4 << 20
"""Bytes that are read from Krita, or given to it, in one call."""
MEMORY_BYTES = 256 << 20
"""Pictures larger than that are kept in a file without a name."""
IDLE_SECONDS = 5.0
"""How long a picture that Krita is still drawing is waited for."""

_NO_PIXELS = ("vectorlayer", "filterlayer", "filllayer", "filelayer", "clonelayer")


@dataclass(frozen=True)
class Source:
    """What is to be painted; a snapshot of where it lies, not of its pixels.

    All rectangles are in pixels of the document.
    """

    document: Any
    """Krita's."""
    node: Any
    """The layer, the group, or the root of all layers; None once its pixels have been read: a
    painting must not keep a layer in memory that the user has removed."""
    unique_id: str
    """The layer's own id, which it keeps when it is moved or renamed; "" is the root's."""
    name: str
    """Its name, for people."""
    what: Input
    """Which of the two it is."""
    encoding: Encoding
    """How its pixels travel."""
    area: Rect
    """What is sent: `kept` with context."""
    kept: Rect
    """What the result covers: the part that is selected."""
    mask: bytes | None
    """How much of each pixel of `kept` is selected, a byte each; None is all."""
    composed: bool
    """Whether what is painted is what shows of the node, not the pixels that it holds itself."""

    @property
    def format(self) -> PictureFormat:
        """The format of what is sent."""
        return self.encoding.format(self.area.width, self.area.height)

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences on what is lost because of the colour space."""
        return (self.encoding.notice,) if self.encoding.notice else ()

    def cut(self) -> Source:
        """Returns what is selected, without context."""
        return replace(self, area=self.kept, mask=None)

    def read(self, snapshot: Any, part: Rect) -> bytes:
        """Returns pixels of the node as Krita has them."""
        place = (part.x, part.y, part.width, part.height)
        data = snapshot.projectionPixelData(*place) if self.composed else snapshot.pixelData(*place)
        return bytes(data)


class Pixels:
    """The pixels of a picture as they travel, in memory or in a file without a name."""

    def __init__(self, kind: PictureFormat) -> None:
        """All zero until written."""
        self.format = kind
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115

    def rows(self, first: int, end: int) -> bytes:
        """Returns the rows `first` to `end` - 1, packed."""
        size = self.format.row_bytes
        self._file.seek(first * size)
        return self._file.read((end - first) * size)

    def write_rows(self, first: int, data: bytes) -> None:
        """Takes whole rows from `first` on."""
        self._file.seek(first * self.format.row_bytes)
        self._file.write(data)

    def picture(self) -> Picture:
        """Returns all of it."""
        return self.format.picture(self.rows(0, self.format.height))


def open_source(
    document: Any, node: Any, what: Input, *, bare: bool = False, selected: bool = True
) -> Source:
    """Returns what is to be painted of a document.

    Args:
        document: Krita's active one; None where there is none.
        node: the active layer.
        what: the layer, or all that shows.
        bare: the layer's own pixels are wanted, without its masks.
        selected: only the selected part, where there is a selection.

    Raises:
        Refused: there is no document, the layer has no pixels, is empty, or is not selected.
    """
    if document is None:
        raise Refused(_("No picture is open; open or create one to paint."))
    canvas = Rect(0, 0, document.width(), document.height())
    if what == "picture":
        node, name = document.rootNode(), _("Whole picture")
        bounds, composed = canvas, True
    else:
        _require_layer(node)
        name = node.name()
        group = node.type() == "grouplayer"
        composed = group or (bool(node.childNodes()) and not bare)
        bounds = _rect(node.bounds())
        if composed:  # beyond the canvas nothing is composed
            bounds = bounds.intersect(canvas)
        if not bounds:
            raise Refused(
                _("{name} is empty, there is nothing to paint; choose another layer.").format(
                    name=name
                )
            )
    encoding = encoding_of(kind_of(node))
    kept, mask = _selected(document, bounds, name) if selected else (bounds, None)
    area = with_context(kept, bounds)
    return Source(
        document=document,
        node=node,
        unique_id=node.uniqueId().toString() if what == "layer" else "",
        name=name,
        what=what,
        encoding=encoding,
        area=area,
        kept=kept,
        mask=mask,
        composed=composed,
    )


def read(source: Source, target: Pixels) -> Steps:
    """Reads what is to be painted, as it is at this moment.

    Raises:
        Refused: it is fully transparent, or was removed.
    """
    yield from settled(source.document)
    if not source.document.width():
        raise Refused(
            _("The document was closed before {name} was read; nothing was painted.").format(
                name=source.name
            )
        )
    snapshot = source.node if source.composed else source.node.duplicate()
    seen = False
    for first, data in _converted(source, snapshot, source.encoding):
        target.write_rows(first, data)
        seen = seen or _shows(data, first, source)
        yield False
    if not seen:
        raise Refused(
            _(
                "{name} is fully transparent here, there is nothing to paint; choose another "
                "layer or selection."
            ).format(name=source.name)
        )


def read_reduced(source: Source, longest: int, found: list[QtGui.QImage]) -> Steps:
    """Reads a copy of at most so many pixels on the longer side, 8 bits a value.

    Args:
        source: what is to be shown.
        longest: pixels.
        found: gets the copy, RGBA8888.
    """
    yield from settled(source.document)
    area, encoding = source.area, as_seen(source.encoding.kind)
    snapshot = source.node if source.composed else source.node.duplicate()
    # Each band is reduced by a whole number first, so that bands meet.
    factor = max(1, max(area.width, area.height) // longest)
    width, height = max(1, area.width // factor), max(1, area.height // factor)
    rows = []
    for _first, data in _converted(source, snapshot, encoding, factor):
        rows_read = len(data) // (area.width * encoding.sent.pixel_bytes)
        band = image_of(encoding.format(area.width, rows_read).picture(data))
        size = QtCore.QSize(width, max(1, band.height() // factor))
        rows.append(_scaled(band, size) if factor > 1 else band)
        yield False
    whole = QtGui.QImage(width, height, QtGui.QImage.Format.Format_RGBA8888)
    whole.fill(0)
    painter = QtGui.QPainter(whole)
    painter.setCompositionMode(QtGui.QPainter.CompositionMode.CompositionMode_Source)
    top = 0
    for band in rows:
        painter.drawImage(0, top, band)
        top += band.height()
    painter.end()
    yield False
    if max(width, height) > longest:
        size = whole.size().scaled(longest, longest, QtCore.Qt.AspectRatioMode.KeepAspectRatio)
        whole = _scaled(whole, size)
    found.append(whole)


def settled(document: Any) -> Steps:
    """Waits until Krita has drawn what was done so far, but not for ever."""
    end = time.monotonic() + IDLE_SECONDS
    while time.monotonic() < end and document.width():  # 0 where it was closed
        if document.tryBarrierLock():
            document.unlock()
            return
        yield True


def bands(width: int, height: int, pixels: int, step: int = 1) -> Iterator[tuple[int, int]]:
    """Yields first rows and numbers of rows, each band of about so many pixels.

    Args:
        width, height: of all.
        pixels: of a band.
        step: all bands but the last have a multiple of so many rows.
    """
    rows = max(step, pixels // width // step * step)
    for first in range(0, height, rows):
        yield first, min(rows, height - first)


def _converted(
    source: Source, snapshot: Any, encoding: Encoding, step: int = 1
) -> Iterator[tuple[int, bytes]]:
    """Yields first rows and pixels as they travel."""
    area = source.area
    convert = Converter(source.document, encoding.kind, encoding.sent).convert
    pixels = BAND_BYTES // encoding.kind.pixel_bytes
    if encoding.converted:
        pixels = CONVERTED_PIXELS
    for first, rows in bands(area.width, area.height, pixels, step):
        data = source.read(snapshot, Rect(area.x, area.y + first, area.width, rows))
        if len(data) != area.width * rows * encoding.kind.pixel_bytes:
            raise Refused(
                _("{name} was removed while it was read; paint another layer.").format(
                    name=source.name
                )
            )
        yield first, turned(convert(data, area.width, rows), encoding.sent)


def _require_layer(node: Any) -> None:
    if node is None:
        raise Refused(_("No layer is selected; select the one to paint."))
    kind = node.type()
    if kind in ("paintlayer", "grouplayer"):
        return
    if kind in _NO_PIXELS:
        raise Refused(
            _(
                "{name} has no pixels of its own; choose a paint layer, put it into a group and "
                "choose that, or paint the whole picture."
            ).format(name=node.name())
        )
    raise Refused(
        _("{name} is a mask; select the layer itself to paint it.").format(name=node.name())
    )


def _selected(document: Any, bounds: Rect, name: str) -> tuple[Rect, bytes | None]:
    """Returns the selected part of a layer, and how much of each of its pixels is selected."""
    selection = document.selection()
    if selection is None:
        return bounds, None
    chosen = Rect(selection.x(), selection.y(), selection.width(), selection.height())
    kept = chosen.intersect(bounds)
    if not kept:
        raise Refused(
            _("The selection lies outside of the layer {name}; move it or select nothing.").format(
                name=name
            )
        )
    mask = bytes(selection.pixelData(kept.x, kept.y, kept.width, kept.height))
    return kept, mask if mask.strip(b"\xff") else None


def _shows(data: bytes, first: int, source: Source) -> bool:
    """Whether a pixel of a band lies in what is kept and is not fully transparent."""
    size = source.encoding.sent.pixel_bytes
    stride = source.area.width * size
    kept = source.kept.relative_to(source.area)
    rows = range(max(kept.y, first), min(kept.bottom, first + len(data) // stride))
    alpha = range(size - size // source.encoding.sent.channels, size)
    for row in rows:
        start = (row - first) * stride
        line = data[start + kept.x * size : start + kept.right * size]
        if any(line[place::size].strip(b"\0") for place in alpha):
            return True
    return False


def _rect(rect: Any) -> Rect:
    return Rect(rect.x(), rect.y(), max(0, rect.width()), max(0, rect.height()))


def _scaled(image: Any, size: Any) -> Any:
    small = image.scaled(
        size,
        QtCore.Qt.AspectRatioMode.IgnoreAspectRatio,
        QtCore.Qt.TransformationMode.SmoothTransformation,
    )
    # Qt scales colours times alpha, and leaves them so.
    return small.convertToFormat(QtGui.QImage.Format.Format_RGBA8888)
