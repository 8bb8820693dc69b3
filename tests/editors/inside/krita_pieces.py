"""The widgets of the Krita plug-in, each in a window of its own, for scripts (see `qt_scripts`)."""

from __future__ import annotations

import functools
import importlib
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from style_swap import vendored

vendored.load()

from style_swap.background import post  # noqa: E402
from style_swap.docker.controls import Controls  # noqa: E402
from style_swap.docker.gallery import Gallery, Pick  # noqa: E402
from style_swap.docker.history import HistoryView, Kept  # noqa: E402
from style_swap.docker.messages import Messages  # noqa: E402
from style_swap.docker.presets import Presets  # noqa: E402
from style_swap.docker.preview import Preview  # noqa: E402
from style_swap.docker.queue import JobShown, QueueView  # noqa: E402
from style_swap.docker.tiles import lines_of  # noqa: E402
from style_swap.qt import BINDING, Qt, QtCore, QtGui, QtWidgets  # noqa: E402
from styleswap_vendor.styleswap.client.answers import Style  # noqa: E402
from styleswap_vendor.styleswap.editing import words  # noqa: E402
from styleswap_vendor.styleswap.editing.remembered import Remembered  # noqa: E402
from styleswap_vendor.styleswap.editing.shelf import Shelf, Thumbnails  # noqa: E402

QTest = importlib.import_module(f"{BINDING}.QtTest").QTest

__all__ = [
    "Controls",
    "Gallery",
    "HistoryView",
    "JobShown",
    "Kept",
    "Messages",
    "Path",
    "Pick",
    "Presets",
    "Preview",
    "QTest",
    "Qt",
    "QueueView",
    "Remembered",
    "Shelf",
    "Style",
    "Thumbnails",
    "Window",
    "buttons_of",
    "click",
    "colours",
    "drag",
    "drop",
    "entries",
    "hold",
    "keys",
    "lines_of",
    "menu",
    "move",
    "near",
    "picture",
    "post",
    "press",
    "shelf",
    "themed",
    "tile",
    "turn",
    "typed",
    "until",
    "wheel",
    "words",
]


class Window(QtWidgets.QScrollArea):
    """A panel with widgets below each other, scrolled where it is low."""

    def __init__(self, *widgets: QtWidgets.QWidget, width: int = 320, height: int = 700) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(panel)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(panel)
        self.resize(width, height)
        self.show()
        self.activateWindow()
        turn(0.02)


def turn(seconds: float = 0.0) -> None:
    """Let the event loop turn."""
    end = time.monotonic() + seconds
    while True:
        QtWidgets.QApplication.processEvents()
        QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        if time.monotonic() >= end:
            return
        time.sleep(0.002)


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the event loop turn until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        turn(0.005)


def click(widget: Any, place: tuple[int, int] | None = None, button: str = "Left") -> None:
    """Press and let go the mouse on a widget, in its middle by default."""
    point = QtCore.QPoint(*place) if place else widget.rect().center()
    which = getattr(Qt.MouseButton, f"{button}Button")
    QTest.mouseClick(widget, which, Qt.KeyboardModifier.NoModifier, point)
    turn()


def hold(widget: Any, down: bool, place: tuple[int, int] | None = None) -> None:
    """Press the mouse on a widget, or let it go."""
    point = QtCore.QPoint(*place) if place else widget.rect().center()
    act = QTest.mousePress if down else QTest.mouseRelease
    act(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    turn()


def move(widget: Any, place: tuple[int, int]) -> None:
    """Move the mouse over a widget while its left button is down."""
    point = QtCore.QPointF(*place)
    event = QtGui.QMouseEvent(
        QtCore.QEvent.Type.MouseMove,
        point,
        QtCore.QPointF(widget.mapToGlobal(point.toPoint())),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QtWidgets.QApplication.sendEvent(widget, event)
    turn()


def keys(widget: Any, *names: str) -> None:
    """Type keys, such as "Down" or "Ctrl+F", into a widget."""
    for name in names:
        *marks, key = name.split("+")
        modifiers = Qt.KeyboardModifier.NoModifier
        for mark in marks:
            full = {"Ctrl": "Control"}.get(mark, mark)
            modifiers |= getattr(Qt.KeyboardModifier, f"{full}Modifier")
        QTest.keyClick(widget, getattr(Qt.Key, f"Key_{key}"), modifiers)
        turn()


def press(widget: Any, name: str, down: bool) -> None:
    """Press a key, or let it go."""
    (QTest.keyPress if down else QTest.keyRelease)(widget, getattr(Qt.Key, f"Key_{name}"))
    turn()


def typed(widget: Any, text: str) -> None:
    """Type letters."""
    QTest.keyClicks(widget, text)
    turn()


def wheel(widget: Any, notches: int) -> None:
    """Turn the wheel over a widget; what does not take it leaves it to what is around."""
    while widget is not None:
        middle = QtCore.QPointF(widget.rect().center())
        event = QtGui.QWheelEvent(
            middle,
            QtCore.QPointF(widget.mapToGlobal(middle.toPoint())),
            QtCore.QPoint(),
            QtCore.QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        # As Qt does it: what is disabled does not take it, whatever the event says.
        taken = QtWidgets.QApplication.sendEvent(widget, event) and event.isAccepted()
        widget = None if taken else widget.parentWidget()
    turn()


def menu(name: str) -> Any:
    """Return the open menu of that name."""
    turn()
    found = [
        each
        for each in QtWidgets.QApplication.topLevelWidgets()
        if isinstance(each, QtWidgets.QMenu) and each.objectName() == name and each.isVisible()
    ]
    assert found, f"no open menu {name!r}"
    return found[-1]


def buttons_of(widget: Any) -> list[Any]:
    """Return all that can be operated within a widget and shows."""
    kinds = (
        QtWidgets.QAbstractButton,
        QtWidgets.QComboBox,
        QtWidgets.QAbstractSpinBox,
        QtWidgets.QAbstractSlider,
        QtWidgets.QLineEdit,
        QtWidgets.QListView,
    )
    found = [each for each in widget.findChildren(QtWidgets.QWidget) if isinstance(each, kinds)]
    # What Qt's own widgets are made of.
    parts = (QtWidgets.QComboBox, QtWidgets.QAbstractSpinBox, QtWidgets.QLineEdit)
    return [
        each
        for each in found
        if each.isVisible()
        and not isinstance(each.parentWidget(), parts)
        and not isinstance(each, QtWidgets.QScrollBar)
    ]


def picture(colour: str, width: int = 64, height: int = 48) -> Any:
    """Return a picture of one colour, such as "#ff0000" or "#80ff0000"."""
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32)
    image.fill(QtGui.QColor(colour))
    return image


def png(image: Any) -> bytes:
    """Return a picture as a file."""
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def colours(widget: Any, *places: tuple[int, int]) -> list[str]:
    """Return what a widget shows at places."""
    turn()
    image = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    return [image.pixelColor(round(x * ratio), round(y * ratio)).name() for x, y in places]


def near(one: str, other: str, most: int = 24) -> bool:
    """Whether two colours look alike."""
    pair = [QtGui.QColor(each).getRgb()[:3] for each in (one, other)]
    return all(abs(a - b) <= most for a, b in zip(*pair, strict=True))


BUILTIN = ("Woodcut", "Stained Glass", "Mosaic", "Indigo Waves")
OWN = ("My painting", "Scan")
THUMBNAIL = {"Woodcut": "#c02020", "Mosaic": "#2020c0", "My painting": "#20a020"}


def entries(own: Iterable[str] = OWN) -> list[Style]:
    """Return a small library."""
    builtin = [
        Style(f"builtin/{name.lower().replace(' ', '-')}", name, 64, 48, True) for name in BUILTIN
    ]
    return [
        *builtin,
        *(Style(f"sha256:{n:064x}", name, 64, 48, False) for n, name in enumerate(own)),
    ]


def shelf(
    styles: Iterable[Style] | None = None,
    favourites: Iterable[str] = (),
    recent: Iterable[str] = (),
) -> tuple[Shelf, Thumbnails, tuple[str, ...]]:
    """Return what `Gallery.fill` takes."""
    styles = entries() if styles is None else list(styles)
    remembered = Remembered(Path(tempfile.mkdtemp()) / "editing.json")
    for style in favourites:
        remembered.set_favourite(style, True)
    for style in reversed([*recent]):
        remembered.used(style)
    names = {style.id: style.name for style in styles}

    def load(style: str, size: int) -> bytes:
        colour = THUMBNAIL.get(names.get(style, ""), "#808080")
        return png(picture(colour, size, 3 * size // 4))

    return Shelf(styles, remembered), Thumbnails(load, post), remembered.favourites


def tile(view: Any, name: str) -> tuple[int, int]:
    """Return the middle of the tile of that name, in the viewport of its list."""
    for row, each in enumerate(view.tiles.rows):
        if each.name == name:
            view.scrollTo(view.tiles.index(row))
            turn()
            middle = view.visualRect(view.tiles.index(row)).center()
            return middle.x(), middle.y()
    raise LookupError(f"no tile {name!r} among {[each.name for each in view.tiles.rows]}")


def drag(widget: Any, urls: Iterable[str] = (), text: str = "", kind: str = "") -> Any:
    """Drag files or a text into a widget; return what is dragged."""
    mime = QtCore.QMimeData()
    if urls:
        mime.setUrls([QtCore.QUrl(url) for url in urls])
    if text:
        mime.setText(text)
    if kind:
        mime.setData(kind, b"data")
    event = QtGui.QDragEnterEvent(
        QtCore.QPoint(20, 60),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QtWidgets.QApplication.sendEvent(widget, event)
    turn()
    return mime


def drop(widget: Any, mime: Any) -> str:
    """Drop what was dragged into a widget; return the name of the action that it took."""
    event = QtGui.QDropEvent(
        QtCore.QPointF(20, 60),
        Qt.DropAction.CopyAction | Qt.DropAction.MoveAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QtWidgets.QApplication.sendEvent(widget, event)
    taken = event.dropAction() if event.isAccepted() else None
    turn(0.02)
    return "copy" if taken == Qt.DropAction.CopyAction else str(taken)


@functools.cache
def _plain_palette() -> Any:
    return QtWidgets.QApplication.palette()


def themed(dark: bool) -> None:
    """Have a dark or a light theme, with letters of a usual size."""
    plain = _plain_palette()
    program = QtWidgets.QApplication.instance()
    program.setStyle("Fusion")
    program.setFont(QtGui.QFont("DejaVu Sans", 9))
    palette, roles = QtGui.QPalette(plain), QtGui.QPalette.ColorRole
    shades = {
        "Window": "#2f2f2f",
        "WindowText": "#d8d8d8",
        "Base": "#252525",
        "AlternateBase": "#3a3a3a",
        "Text": "#d8d8d8",
        "Button": "#383838",
        "ButtonText": "#d8d8d8",
        "PlaceholderText": "#888888",
        "Highlight": "#3d7eb3",
        "HighlightedText": "#ffffff",
    }
    for name, colour in shades.items() if dark else ():
        palette.setColor(getattr(roles, name), QtGui.QColor(colour))
    program.setPalette(palette)
    turn()
