"""Pictures with names to choose from: a list that wraps at any width."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from styleswap_vendor.styleswap.editing.shelf import Thumbnails

from ..qt import Qt, QtCore, QtGui, QtWidgets, number_of
from .star import draw_star

PADDING = 4
"""Space around a picture, in pixels."""
MARGIN = 2
"""Space beside a name."""
ROUND = 3
"""Radius of corners."""
NAME_SIZE = 0.92
"""Size of the names' letters, as a share of those around."""
SMALLER = (1.0, 0.95, 0.9, 0.85, 0.8)
"""Shares of that to try where a word would have to be broken."""
STAR = 16
"""Side of the mark of a favourite."""
KEPT = 400
"""Pictures that are kept ready to be drawn."""
THUMBNAIL_LIMIT = 512
"""Longest side of a thumbnail that the daemon makes."""
CENTRED = number_of(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | number_of(
    Qt.TextFlag.TextDontClip
)


@dataclass(frozen=True)
class Tile:
    """One picture to choose."""

    key: str
    """What it stands for."""
    name: str
    """Stands below it."""
    tip: str = ""
    """Shown at the pointer; the name where it is empty."""
    starred: bool = False
    below: str = ""
    """A last line, which the name leaves room for."""


class Pictures:
    """The pictures of tiles by key, loaded when they are first seen."""

    def __init__(self, arrived: Callable[[str], object]) -> None:
        """Args: arrived: called with the key of a picture that has come."""
        self._arrived = arrived
        self._thumbnails: Thumbnails | None = None
        self._given: dict[str, QtGui.QImage] = {}
        self._asked: set[tuple[str, int]] = set()
        self._kept: OrderedDict[tuple[str, int], QtGui.QPixmap] = OrderedDict()

    def load_from(self, thumbnails: Thumbnails) -> None:
        """Has pictures loaded from there; those that could not be are asked for once more."""
        self._thumbnails = thumbnails
        self._asked.clear()

    def give(self, key: str, image: QtGui.QImage) -> None:
        """Has a picture that is not loaded."""
        self._given[key] = image
        for known in [known for known in self._kept if known[0] == key]:
            del self._kept[known]

    def forget(self, key: str) -> None:
        """Forgets a picture that was given."""
        self._given.pop(key, None)
        for known in [known for known in self._kept if known[0] == key]:
            del self._kept[known]

    def of(self, key: str, side: int, ratio: float) -> QtGui.QPixmap | None:
        """Returns a picture, None where it has yet to come.

        Args:
            key: its tile's.
            side: of the square that it fills, in the screen's units.
            ratio: pixels a unit.
        """
        pixels = math.ceil(side * ratio)
        if (key, pixels) in self._kept:
            self._kept.move_to_end((key, pixels))
        elif key in self._given:
            self._keep(key, pixels, self._given[key])
        elif self._thumbnails is not None and (key, pixels) not in self._asked:
            self._asked.add((key, pixels))
            # The middle of a thumbnail is shown: its shorter side counts.
            size = min(THUMBNAIL_LIMIT, 2 * pixels)
            self._thumbnails.fetch(key, size, lambda png: self._loaded(key, pixels, png))
        pixmap = self._kept.get((key, pixels))
        if pixmap is not None:
            pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _loaded(self, key: str, pixels: int, png: bytes) -> None:
        image = QtGui.QImage.fromData(png)
        self._asked.discard((key, pixels))
        if image.isNull():
            self._asked.add((key, pixels))  # a thumbnail is missing, nothing else
            return
        self._keep(key, pixels, image)
        self._arrived(key)

    def _keep(self, key: str, pixels: int, image: QtGui.QImage) -> None:
        self._kept[key, pixels] = QtGui.QPixmap.fromImage(square(image, pixels))
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class Tiles(QtCore.QAbstractListModel):
    """The tiles as Qt's list wants them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Tile] = []

    def fill(self, rows: Sequence[Tile]) -> None:
        """Has other tiles."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def row_of(self, key: str) -> int:
        """Returns the row of a tile, -1 where there is none."""
        return next((row for row, tile in enumerate(self.rows) if tile.key == key), -1)

    def touch(self, key: str) -> None:
        """Has a tile drawn anew."""
        row = self.row_of(key)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802
        """Returns the number of tiles; a tile has none of its own."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Returns texts of a tile; its picture is the delegate's."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        tile = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tile.name}, {tile.below}" if tile.below else tile.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tile.tip or tile.name
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return tile.tip
        return None


class _Drawing(QtWidgets.QStyledItemDelegate):
    """Draws a tile."""

    def __init__(self, view: TileView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: Any, _index: Any) -> QtCore.QSize:  # noqa: N802
        """Returns the size of any tile."""
        return self._view.gridSize()

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        """Draws one."""
        view, style = self._view, QtWidgets.QStyle.StateFlag
        tile = view.tiles.rows[index.row()]
        chosen = bool(option.state & style.State_Selected)
        groups = QtGui.QPalette.ColorGroup
        group = groups.Active if option.state & style.State_Active else groups.Inactive
        palette, roles = option.palette, QtGui.QPalette.ColorRole
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        cell = QtCore.QRectF(option.rect).adjusted(1, 1, -1, -1)
        if chosen or option.state & style.State_MouseOver:
            colour = palette.color(group, roles.Highlight)
            if not chosen:
                colour.setAlpha(60)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(cell, ROUND, ROUND)
        self._picture(painter, option, tile)
        ink = palette.color(group, roles.HighlightedText if chosen else roles.Text)
        self._name(painter, option, tile, ink)
        if option.state & style.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(ink)
            painter.drawRoundedRect(cell.adjusted(1.5, 1.5, -1.5, -1.5), ROUND, ROUND)
        painter.restore()

    def _picture(self, painter: Any, option: Any, tile: Tile) -> None:
        side = self._view.side
        left = option.rect.x() + (option.rect.width() - side) // 2
        place = QtCore.QRect(left, option.rect.y() + PADDING, side, side)
        ratio = self._view.devicePixelRatioF()
        pixmap = self._view.pictures.of(tile.key, side, ratio)
        if pixmap is None:
            roles = QtGui.QPalette.ColorRole
            colour = option.palette.color(roles.Text)
            colour.setAlpha(30)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRect(place)
        else:
            painter.drawPixmap(place.topLeft(), pixmap)
        if tile.starred:
            corner = QtCore.QRectF(place.right() - STAR, place.y() + 1, STAR, STAR)
            roles = QtGui.QPalette.ColorRole
            # Both of them: one is seen on any picture.
            edge, filling = roles.Base, roles.Text
            draw_star(painter, corner, option.palette.color(edge), option.palette.color(filling))

    def _name(self, painter: Any, option: Any, tile: Tile, ink: Any) -> None:
        width = option.rect.width() - 2 * MARGIN
        font = fitted(tile.name, self._view.name_font(), width)
        painter.setFont(font)
        painter.setPen(ink)
        height = QtGui.QFontMetrics(font).lineSpacing()
        top = option.rect.y() + PADDING + self._view.side + PADDING // 2
        for number, line in enumerate(lines_of(tile, font, width, self._view.lines)):
            place = QtCore.QRect(option.rect.x() + MARGIN, top + number * height, width, height)
            painter.drawText(place, CENTRED, line)


class TileView(QtWidgets.QListView):
    """Tiles in columns that fill the width."""

    def __init__(self, side: int, lines: int) -> None:
        """Is empty.

        Args:
            side: of a picture, in the screen's units.
            lines: of a name.
        """
        super().__init__()
        self.side = side
        self.lines = lines
        self.tiles = Tiles()
        self.pictures = Pictures(self.tiles.touch)
        self.setModel(self.tiles)
        self.setItemDelegate(_Drawing(self))
        self.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.setMovement(QtWidgets.QListView.Movement.Static)
        self.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.setFlow(QtWidgets.QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(False)
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setTabKeyNavigation(False)
        self._grid()

    def row_height(self) -> int:
        """Returns the height of a tile."""
        text = self.lines * QtGui.QFontMetrics(self.name_font()).lineSpacing()
        return self.side + text + 2 * PADDING + PADDING // 2 + 2

    def name_font(self) -> QtGui.QFont:
        """Returns the font of the names."""
        return _sized(self.font(), NAME_SIZE)

    def current_key(self) -> str:
        """Returns the key of the tile that is chosen, "" where none is."""
        rows = self.selectionModel().selectedIndexes()
        return self.tiles.rows[rows[0].row()].key if rows else ""

    def mark(self, key: str) -> None:
        """Chooses a tile, or none where there is none of this key."""
        row = self.tiles.row_of(key)
        if row < 0:
            self.selectionModel().clear()
            return
        flags = QtCore.QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self.tiles.index(row), flags.ClearAndSelect)

    def reveal(self) -> None:
        """Scrolls to the tile that is chosen."""
        index = self.currentIndex()
        if index.isValid():
            self.scrollTo(index)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        """Has as many columns as there is room for."""
        self._grid()
        super().resizeEvent(event)

    def changeEvent(self, event: Any) -> None:  # noqa: N802
        """Another font needs other room."""
        super().changeEvent(event)
        if event.type() in (QtCore.QEvent.Type.FontChange, QtCore.QEvent.Type.StyleChange):
            self._grid()

    def _grid(self) -> None:
        # Qt lays tiles out as if the scroll bar were always there, and fills no line to its end.
        bar = self.verticalScrollBar().sizeHint().width()
        width = self.maximumViewportSize().width() - bar - 2
        columns = max(1, width // (self.side + 2 * PADDING))
        self.setGridSize(QtCore.QSize(width // columns, self.row_height()))


def lines_of(tile: Tile, font: QtGui.QFont, width: int, lines: int) -> list[str]:
    """Returns what stands below a picture: its name, and what is to be told of it in any case."""
    if not tile.below:
        return broken(tile.name, font, width, lines)
    last = QtGui.QFontMetrics(font).elidedText(tile.below, Qt.TextElideMode.ElideRight, width)
    return [*broken(tile.name, font, width, lines - 1), last]


def broken(text: str, font: QtGui.QFont, width: int, lines: int) -> list[str]:
    """Returns a text in lines of so many pixels, the last one with an ellipsis where it is cut."""
    layout = QtGui.QTextLayout(text, font)
    option = QtGui.QTextOption()
    option.setWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    found: list[str] = []
    layout.beginLayout()
    while len(found) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        start = line.textStart()
        rest = text[start:]
        if len(found) < lines - 1:
            rest = rest[: line.textLength()]
        found.append(rest.strip())
    layout.endLayout()
    if found:
        right = Qt.TextElideMode.ElideRight
        found[-1] = QtGui.QFontMetrics(font).elidedText(found[-1], right, width)
    return found


def fitted(text: str, font: QtGui.QFont, width: int) -> QtGui.QFont:
    """Returns a smaller font where that spares a break within a word, else the same one."""
    longest = max(text.split(), key=QtGui.QFontMetrics(font).horizontalAdvance, default="")
    for share in SMALLER:
        sized = _sized(font, share)
        # Breaks count from the exact widths, so a pixel is to spare.
        if QtGui.QFontMetricsF(sized).horizontalAdvance(longest) <= width - 1:
            return sized
    return font


def _sized(font: QtGui.QFont, share: float) -> QtGui.QFont:
    sized = QtGui.QFont(font)
    if font.pointSizeF() > 0:
        sized.setPointSizeF(font.pointSizeF() * share)
    else:
        sized.setPixelSize(max(1, int(font.pixelSize() * share)))
    return sized


def square(image: QtGui.QImage, side: int) -> QtGui.QImage:
    """Returns the middle of a picture as a square of `side` pixels."""
    shorter = min(image.width(), image.height())
    middle = image.copy(
        (image.width() - shorter) // 2, (image.height() - shorter) // 2, shorter, shorter
    )
    return middle.scaled(
        side,
        side,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
