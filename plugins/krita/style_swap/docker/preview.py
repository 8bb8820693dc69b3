"""The preview: the picture before and after, as a whole or the part that is seen in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from styleswap_vendor.styleswap.editing.words import _

from ..qt import Qt, QtCore, QtGui, QtWidgets, number_of
from .accessible import announce, describe
from .combo import Combo
from .elided import ElidedLabel
from .flow import Flow
from .spinner import Spinner

LOWEST, HIGHEST = 48, 240
"""Least and most height of the picture's place, in the screen's units."""
EMPTY_HEIGHT = 110
"""Height where there is no picture."""
ENLARGED = 4
"""A small picture is shown at most so many times its size."""
CHECK = 8
"""Side of the squares behind transparent pixels, in the screen's units."""


class Preview(QtWidgets.QWidget):
    """A picture with the buttons that choose what is seen of it."""

    def __init__(self, changed: Callable[[], object], refresh: Callable[[], object]) -> None:
        """Shows no picture.

        Args:
            changed: called when another part is to be painted.
            refresh: called at the button Refresh.
        """
        super().__init__()
        self._changed = changed
        self._pane = _Pane()
        describe(
            self._pane,
            "preview",
            _("Preview"),
            _("Hold the mouse, Space or B to see the picture as it is"),
        )
        self._work = _Work(self._pane)
        self._part = Combo()
        self._part.addItem(_("Whole picture"), False)
        self._part.addItem(_("Visible part"), True)
        # As wide as its texts: it stands in a row of buttons.
        self._part.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToContents)
        describe(
            self._part,
            "visible_part",
            _("Part"),
            _("What is previewed: the whole picture, or the part that its window shows"),
        )
        self._part.currentIndexChanged.connect(lambda _index: self._changed())
        self._before = QtWidgets.QToolButton()
        self._before.setText(_("Before"))
        self._before.setCheckable(True)
        describe(self._before, "before", _("Before"), _("See the picture as it is now"))
        self._before.toggled.connect(self._pane.show_before)
        self._refresh = QtWidgets.QToolButton()
        self._refresh.setText(_("Refresh"))
        describe(self._refresh, "refresh", _("Refresh"), _("Preview the picture as it is by now"))
        self._refresh.clicked.connect(lambda *_args: refresh())
        self._notices = QtWidgets.QToolButton()
        self._notices.setText(_("Notices"))
        self._notices.setCheckable(True)
        self._notices.hide()
        describe(self._notices, "notices", _("Notices"))
        self._notice_text = QtWidgets.QLabel()
        self._notice_text.setWordWrap(True)
        self._notice_text.setTextFormat(Qt.TextFormat.PlainText)
        self._notice_text.hide()
        describe(self._notice_text, "notice_text", "", tooltip=False)
        self._notices.toggled.connect(self._notice_text.setVisible)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._pane)
        column.addWidget(Flow([self._part, self._before, self._refresh, self._notices]))
        column.addWidget(self._notice_text)
        self.empty("")

    @property
    def visible_part(self) -> bool:
        """Whether only the part that its window shows is previewed."""
        return bool(self._part.currentData())

    @visible_part.setter
    def visible_part(self, only: bool) -> None:
        self._part.setCurrentIndex(self._part.findData(only))

    @property
    def shows_before(self) -> bool:
        """Whether the picture is seen as it was."""
        return self._pane.shows_before

    def show_before(self, image: QtGui.QImage | None, full_size: tuple[int, int]) -> None:
        """Shows the picture as it is; what was painted of another one is forgotten.

        Args:
            image: a copy, reduced or not; None for no picture.
            full_size: width and height in pixels of what is painted.
        """
        self._pane.set_before(image, full_size)
        self._tell([])

    def show_painted(self, image: QtGui.QImage, notices: Sequence[str] = ()) -> None:
        """Shows a preview, and tells what the daemon did otherwise than asked."""
        self._pane.set_after(image)
        self._tell(notices)

    def forget(self) -> None:
        """Shows the picture as it was until another preview comes."""
        self._pane.set_after(None)
        self._tell([])

    def empty(self, text: str) -> None:
        """Shows no picture but a sentence on why."""
        self._pane.set_text(text)
        self._tell([])

    def work(self, text: str) -> None:
        """Shows what is under way; "" ends it."""
        self._work.say(text)

    def _tell(self, notices: Sequence[str]) -> None:
        text = "\n".join(notices)
        self._notice_text.setText(text)
        self._notice_text.setAccessibleName(text)
        self._notices.setAccessibleDescription(" ".join(notices))
        self._notices.setToolTip(text or _("Notices"))
        self._notices.setVisible(bool(notices))
        self._notice_text.setVisible(bool(notices) and self._notices.isChecked())


class _Pane(QtWidgets.QFrame):
    """The picture itself, as large as the width allows."""

    def __init__(self) -> None:
        super().__init__()
        self._before: QtGui.QImage | None = None
        self._after: QtGui.QImage | None = None
        self._full_size = 0, 0
        self._text = ""
        self._before_wanted = False
        self._held = False
        self._scaled: tuple[tuple[int, int, int], QtGui.QPixmap] | None = None
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QtWidgets.QSizePolicy(
            QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Preferred
        )
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def shows_before(self) -> bool:
        """Whether the picture is seen as it was."""
        return self._before_wanted or self._held or self._after is None

    def set_before(self, image: QtGui.QImage | None, full_size: tuple[int, int]) -> None:
        """Shows another picture."""
        self._before, self._after = image, None
        self._full_size, self._text = full_size, ""
        announce(self, _("Preview"))
        self._renew()

    def set_after(self, image: QtGui.QImage | None) -> None:
        """Shows what was painted of it."""
        self._after = image
        self._renew()

    def set_text(self, text: str) -> None:
        """Shows a sentence and no picture."""
        self._before = self._after = None
        self._text = text
        announce(self, f"{_('Preview')}: {text}" if text else _("Preview"))
        self._renew()

    def show_before(self, wanted: bool) -> None:
        """Shows the picture as it was until this is called again."""
        self._before_wanted = wanted
        self.update()

    # How large it is.

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        """Returns True: the picture keeps its proportions."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Returns the height that a picture of this width has, up to a limit."""
        if self._before is None:
            return max(EMPTY_HEIGHT, self._text_height(width))
        edges = 2 * self.frameWidth()
        _, height = self._fitted(max(1, width - edges), HIGHEST - edges)
        return max(LOWEST, height + edges)

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns a size for a panel of usual width."""
        return QtCore.QSize(HIGHEST, self.heightForWidth(HIGHEST))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns a size that any picture gives way to."""
        return QtCore.QSize(80, 40)

    def _fitted(self, width: int, height: int) -> tuple[int, int]:
        """Returns the largest size of the picture within a room, in the screen's units."""
        sides = [max(1, side) for side in self._full_size]
        share = min(width / sides[0], height / sides[1], ENLARGED)
        return max(1, round(sides[0] * share)), max(1, round(sides[1] * share))

    def _text_height(self, width: int) -> int:
        room = QtCore.QRect(0, 0, max(1, width - 24), 10_000)
        return int(self.fontMetrics().boundingRect(room, _WRAPPED, self._text).height()) + 24

    def _renew(self) -> None:
        self._scaled = None
        self.updateGeometry()
        self.update()

    # What it looks like.

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Draws the picture, or the sentence."""
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        inside = self.contentsRect()
        image = self._before if self.shows_before else self._after
        if image is None:
            place = inside.adjusted(12, 12, -12, -12)
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.WindowText))
            painter.drawText(place, _WRAPPED, self._text)
        else:
            width, height = self._fitted(inside.width(), inside.height())
            place = QtCore.QRect(
                inside.x() + (inside.width() - width) // 2,
                inside.y() + (inside.height() - height) // 2,
                width,
                height,
            )
            if image.hasAlphaChannel():
                self._draw_checks(painter, place)
            painter.drawPixmap(place.topLeft(), self._pixmap(image, width, height))
            if self.shows_before and self._after is not None:
                self._draw_note(painter, place)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            colour = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
            painter.setPen(QtGui.QPen(colour, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _pixmap(self, image: QtGui.QImage, width: int, height: int) -> QtGui.QPixmap:
        """Returns a picture in the pixels of the screen."""
        ratio = self.devicePixelRatioF()
        size = max(1, round(width * ratio)), max(1, round(height * ratio))
        key = (int(image.cacheKey()), *size)
        if self._scaled is None or self._scaled[0] != key:
            scaled = image.scaled(
                *size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            pixmap = QtGui.QPixmap.fromImage(scaled)
            pixmap.setDevicePixelRatio(ratio)
            self._scaled = key, pixmap
        return self._scaled[1]

    def _draw_checks(self, painter: Any, place: Any) -> None:
        """Draws squares in two shades of the panel, dark or light as it is."""
        window = self.palette().color(QtGui.QPalette.ColorRole.Window)
        painter.fillRect(place, window.darker(112))
        light = window.lighter(125 if window.lightness() < 128 else 108)
        painter.save()
        painter.setClipRect(place)
        for y in range(0, place.height(), CHECK):
            for x in range(CHECK * (y // CHECK % 2), place.width(), 2 * CHECK):
                painter.fillRect(place.x() + x, place.y() + y, CHECK, CHECK, light)
        painter.restore()

    def _draw_note(self, painter: Any, place: Any) -> None:
        """Writes upon the picture that it is the one before."""
        text, palette, roles = _("Before"), self.palette(), QtGui.QPalette.ColorRole
        size = self.fontMetrics().boundingRect(text).size() + QtCore.QSize(10, 4)
        note = QtCore.QRect(QtCore.QPoint(place.x() + 4, place.y() + 4), size)
        back = palette.color(roles.Window)
        back.setAlpha(200)
        painter.fillRect(note, back)
        painter.setPen(palette.color(roles.WindowText))
        painter.drawText(note, number_of(Qt.AlignmentFlag.AlignCenter), text)

    # What the user does.

    def mousePressEvent(self, event: Any) -> None:  # noqa: N802
        """Shows the picture as it was while the button is down."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold(True)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Shows what was painted again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold(False)
        else:
            super().mouseReleaseEvent(event)

    def event(self, event: Any) -> bool:
        """Takes its keys before the shortcuts of the editor do, which are letters too."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and _holds(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Shows the picture as it was while a key is down."""
        if _holds(event):
            self._hold(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: Any) -> None:  # noqa: N802
        """Shows what was painted again."""
        if not _holds(event):
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._hold(False)

    def focusOutEvent(self, event: Any) -> None:  # noqa: N802
        """The key may be let go elsewhere."""
        self._hold(False)
        super().focusOutEvent(event)

    def _hold(self, held: bool) -> None:
        self._held = held
        self.update()


class _Work(QtWidgets.QFrame):
    """A line over the picture that says what is under way."""

    def __init__(self, pane: QtWidgets.QWidget) -> None:
        super().__init__(pane)
        self._label = ElidedLabel()
        describe(self._label, "preview_work", "", tooltip=False)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.setSpacing(6)
        row.addWidget(Spinner())
        row.addWidget(self._label, 1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        pane.installEventFilter(self)
        self.hide()

    def say(self, text: str) -> None:
        """Shows a text; "" hides the line."""
        if text != self._label.text():
            self._label.setText(text)
            announce(self._label, text)
        self._place()
        self.setVisible(bool(text))

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Stays at the lower edge."""
        if event.type() == QtCore.QEvent.Type.Resize:
            self._place()
        return bool(super().eventFilter(watched, event))

    def paintEvent(self, _event: Any) -> None:  # noqa: N802
        """Lets the picture shine through."""
        painter = QtGui.QPainter(self)
        colour = self.palette().color(QtGui.QPalette.ColorRole.Window)
        colour.setAlpha(225)
        painter.fillRect(self.rect(), colour)
        painter.end()

    def _place(self) -> None:
        pane = self.parentWidget()
        inside = pane.contentsRect()
        height = self.sizeHint().height()
        self.setGeometry(inside.x(), inside.bottom() + 1 - height, inside.width(), height)


_WRAPPED = number_of(Qt.AlignmentFlag.AlignCenter) | number_of(Qt.TextFlag.TextWordWrap)


def _holds(event: Any) -> bool:
    plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
    return plain and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_B)
