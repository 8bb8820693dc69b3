"""The gallery: styles as pictures to choose from, with a search, and a place to drop new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from styleswap_vendor.styleswap.client.style_choice import ID_PREFIXES
from styleswap_vendor.styleswap.editing.shelf import Entry, Shelf, Thumbnails
from styleswap_vendor.styleswap.editing.words import _

from ..qt import QAction, Qt, QtCore, QtGui, QtWidgets, Signal
from .accessible import announce, describe
from .asking import ask_files, ask_name, confirm
from .combo import Combo
from .flow import Flow
from .keys import Keys
from .star import StarButton
from .tiles import Tile, TileView

SIDE = 64
"""Side of a thumbnail, in the screen's units."""
NAME_LINES = 2
NAME_LIMIT = 200
"""Characters of a style's name."""
ROWS, FEWEST_ROWS = 2.4, 1.3
"""Rows of tiles that are seen: where there is room, and at least."""
BUILTIN = "builtin/"
"""How the ids of built-in styles begin."""


@dataclass(frozen=True)
class Pick:
    """A style that is chosen: one of the library, or a file."""

    style: str
    """Its id, or the path of its file."""
    name: str
    """The name to show."""

    @property
    def own(self) -> bool:
        """Whether it is one of the user's own in the library, which can be renamed and deleted."""
        return self.of_library and not self.style.startswith(BUILTIN)

    @property
    def of_library(self) -> bool:
        """Whether it is in the library."""
        return self.style.startswith(ID_PREFIXES)


def pick_of(entry: Entry) -> Pick:
    """Returns the choice of a style."""
    return Pick(entry.id, entry.name)


class Gallery(QtWidgets.QWidget):
    """Search, filter, tiles, and the buttons for new styles."""

    def __init__(
        self,
        *,
        chosen: Callable[[], object],
        favoured: Callable[[str, bool], object],
        renamed: Callable[[str, str], object],
        deleted: Callable[[str], object],
        dropped: Callable[[list[str]], object],
        add_layer: Callable[[], object],
        add_selection: Callable[[], object],
        refused: Callable[[str], object],
    ) -> None:
        """Has no styles until `fill`.

        Args:
            chosen: called when another style is chosen, which `pick` tells.
            favoured: called with a style's id when it becomes a favourite, or no longer is one.
            renamed: called with an id and the name that the user wants.
            deleted: called with the id of a style that the user wants gone, after confirmation.
            dropped: called with the paths of files that were dropped here, or chosen for adding.
            add_layer: called at the button Add layer.
            add_selection: called at the button Add selection.
            refused: called with a sentence when something else was dropped.
        """
        super().__init__()
        self._chosen = chosen
        self._favoured = favoured
        self._renamed = renamed
        self._deleted = deleted
        self._dropped = dropped
        self._refused = refused
        self._pick: Pick | None = None
        self._shelf: Shelf | None = None
        self._favourites: frozenset[str] = frozenset()
        self._extra: list[Pick] = []
        self._quiet = False
        self._waiting = ""
        self.search = QtWidgets.QLineEdit()
        self.filter = Combo()
        self.favourite = StarButton()
        self.view = _Styles(SIDE, NAME_LINES)
        self._nothing = QtWidgets.QLabel()
        self._pages = QtWidgets.QStackedWidget()
        self._hint = _DropHint(self)
        self.setAcceptDrops(True)
        Keys(self, {"Ctrl+F": self.focus_search})
        self._arrange(add_layer, add_selection)
        self._fill_filter()
        self._show()

    # What the panel does.

    @property
    def pick(self) -> Pick | None:
        """What is chosen."""
        return self._pick

    @property
    def shown(self) -> tuple[Pick, ...]:
        """The styles that search and filter leave, in their order."""
        return tuple(Pick(tile.key, tile.name) for tile in self.view.tiles.rows)

    def fill(self, shelf: Shelf, thumbnails: Thumbnails, favourites: Iterable[str]) -> None:
        """Shows the styles of a shelf in place of those before.

        Args:
            shelf: the styles.
            thumbnails: where their pictures come from, as the tiles come into sight.
            favourites: ids of the favourites.
        """
        self._shelf = shelf
        self._waiting = ""
        self._favourites = frozenset(favourites)
        self.view.pictures.load_from(thumbnails)
        self._fill_filter()
        self._show()

    def wait(self, text: str) -> None:
        """Shows a sentence in place of the tiles, until `fill`; "" shows them again."""
        self._waiting = text
        self._turn_page()

    def show_extra(self, pick: Pick, image: QtGui.QImage | None = None) -> None:
        """Adds a file that is not in the library in front of all, and chooses it.

        Args:
            pick: the file.
            image: its picture, where it is not to be loaded as the others are.
        """
        if image is not None:
            self.view.pictures.give(pick.style, image)
        self._extra = [pick, *(each for each in self._extra if each.style != pick.style)]
        self._show()
        self.choose(pick)

    def choose(self, pick: Pick) -> None:
        """Chooses a style as if the user had."""
        self._pick = pick
        self._mark()
        self.view.reveal()
        self._chosen()

    def focus_search(self) -> None:
        """Puts the focus on the search, with what stands there selected."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # What it looks like.

    def _arrange(
        self, add_layer: Callable[[], object], add_selection: Callable[[], object]
    ) -> None:
        self.search.setPlaceholderText(_("Search styles"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # a file is a style, wherever it is dropped
        describe(
            self.search,
            "search",
            _("Search styles"),
            _("Shows the styles that have this name (Ctrl+F)"),
        )
        self.search.textChanged.connect(lambda _text: self._show())
        self.search.installEventFilter(self)
        describe(self.filter, "filter", _("Show"), _("Which styles are shown"))
        self.filter.currentIndexChanged.connect(self._filtered)
        describe(
            self.favourite,
            "favourite",
            _("Favourite"),
            _("Keep this style among the favourites"),
        )
        self.favourite.toggled.connect(self._favour)
        describe(self.view, "styles", _("Styles"), tooltip=False)
        self.view.selectionModel().selectionChanged.connect(lambda *_args: self._selected())
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.typed.connect(self._type)
        self.view.installEventFilter(self)
        height = self.view.row_height()
        self.view.setMinimumHeight(round(FEWEST_ROWS * height))
        self.view.wanted_height = round(ROWS * height)
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setMargin(12)
        self._nothing.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        describe(self._nothing, "no_styles", "", tooltip=False)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._nothing)
        top = QtWidgets.QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.filter, 1)
        top.addWidget(self.favourite)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addLayout(top)
        column.addWidget(self._pages, 1)
        column.addWidget(
            Flow(
                [
                    self._button(
                        "add_file",
                        _("Add file…"),
                        _("Keep a copy of picture files among your own styles"),
                        lambda: ask_files(self, self._dropped),
                    ),
                    self._button(
                        "add_layer",
                        _("Add layer"),
                        _("Keep a copy of the active layer among your own styles"),
                        add_layer,
                    ),
                    self._button(
                        "add_selection",
                        _("Add selection"),
                        _("Keep a copy of what is selected among your own styles"),
                        add_selection,
                    ),
                ]
            )
        )

    def _button(
        self, name: str, text: str, description: str, pressed: Callable[[], object]
    ) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setText(text)
        describe(button, name, text, description)
        button.clicked.connect(lambda *_args: pressed())
        return button

    def _fill_filter(self) -> None:
        """Offers the sections that there are."""
        titles = {
            "": _("All styles"),
            "favourites": _("Favourites"),
            "recent": _("Recently used"),
            "builtin": _("Built in"),
            "own": _("Your own"),
        }
        chosen = self.filter.currentData() or ""
        sections = self._shelf.sections if self._shelf is not None else ()
        kinds = {"", *(section.kind for section in sections)}
        self._quiet = True
        if self.filter.count() == 0:
            for kind, title in titles.items():
                self.filter.addItem(title, kind)
        for row, kind in enumerate(titles):
            self.filter.model().item(row).setEnabled(kind in kinds)
        if chosen not in kinds:
            self.filter.setCurrentIndex(0)
        self._quiet = False

    def _show(self) -> None:
        """Shows what search and filter leave."""
        entries = self._wanted()
        rows = [
            Tile(pick.style, pick.name, _tip(pick), pick.style in self._favourites)
            for pick in entries
        ]
        if rows != self.view.tiles.rows:
            place = self.view.verticalScrollBar().value()
            self._quiet = True
            self.view.tiles.fill(rows)
            self._quiet = False
            self._mark()
            self.view.verticalScrollBar().setValue(place)
        else:
            self._mark()
        self._turn_page()

    def _wanted(self) -> list[Pick]:
        text = self.search.text()
        if self._shelf is None:
            return []
        kind = self.filter.currentData() or ""
        order = ("builtin", "own", "favourites", "recent") if not kind else (kind,)
        found = {section.kind: section.entries for section in self._shelf.search(text)}
        if text.strip():
            every = {entry.id for entries in found.values() for entry in entries}
            found = {
                section.kind: tuple(entry for entry in section.entries if entry.id in every)
                for section in self._shelf.sections
            }
        picks = [pick_of(entry) for each in order for entry in found.get(each, ())]
        if not kind:
            words = text.casefold().split()
            named = [each for each in self._extra if _named(each, words)]
            picks = [*named, *picks]
        return list({pick.style: pick for pick in picks}.values())

    def _turn_page(self) -> None:
        text = self._waiting
        if not text and not self.view.tiles.rows and self._shelf is not None:
            text = _("No style has this name.")
        if not text and self._shelf is None:
            text = _("The styles appear here when the daemon runs.")
        self._nothing.setText(text)
        announce(self._nothing, text)
        self._pages.setCurrentWidget(self._nothing if text else self.view)

    def _mark(self) -> None:
        """Shows which style is chosen."""
        self._quiet = True
        pick = self._pick
        self.view.mark(pick.style if pick is not None else "")
        known = pick is not None and pick.of_library and self._shelf is not None
        self.favourite.setEnabled(known)
        self.favourite.setChecked(known and pick is not None and pick.style in self._favourites)
        self._quiet = False

    # What the user does.

    def _filtered(self, _index: int) -> None:
        if not self._quiet:
            self._show()

    def _selected(self) -> None:
        if self._quiet:
            return
        key = self.view.current_key()
        if not key:  # something is chosen at any time
            self._mark()
            return
        if self._pick is None or key != self._pick.style:
            tile = self.view.tiles.rows[self.view.tiles.row_of(key)]
            self._pick = Pick(tile.key, tile.name)
            self._mark()
            self._chosen()

    def _favour(self, favourite: bool) -> None:
        if not self._quiet and self._pick is not None:
            self._favoured(self._pick.style, favourite)

    def _type(self, text: str) -> None:
        """Letters typed among the tiles search."""
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.setText(self.search.text() + text)

    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802
        """Keys in the search and among the tiles that do something here."""
        kind = event.type()
        keys = QtCore.QEvent.Type.ShortcutOverride, QtCore.QEvent.Type.KeyPress
        if kind in keys and (act := self._act(watched, event)) is not None:
            event.accept()  # else a shortcut of the editor's window gets it
            if kind == QtCore.QEvent.Type.KeyPress:
                act()
            return True
        return bool(super().eventFilter(watched, event))

    def _act(self, watched: Any, event: Any) -> Callable[[], object] | None:
        """Returns what a key does, None where it does nothing of this."""
        key, keys = event.key(), Qt.Key
        if event.modifiers() not in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            return None
        if watched is self.search:
            if key == keys.Key_Escape and self.search.text():
                return self.search.clear
            if key in (keys.Key_Return, keys.Key_Enter) and self.search.text():
                return self._take_first
            if key == keys.Key_Down and self.view.tiles.rows:
                return self._enter_tiles
            return None
        if key == keys.Key_F2 and self._pick is not None and self._pick.own:
            return self._rename
        if key == keys.Key_Delete and self._pick is not None and self._pick.own:
            return self._delete
        return None

    def _take_first(self) -> None:
        rows = self.view.tiles.rows
        if rows:
            self.view.mark(rows[0].key)
            self.view.setFocus()

    def _enter_tiles(self) -> None:
        if not self.view.current_key():
            self.view.mark(self.view.tiles.rows[0].key)
        self.view.setFocus()

    def _open_menu(self, place: Any) -> None:
        index = self.view.indexAt(place)
        if not index.isValid() or self._pick is None:
            return
        pick = self._pick
        menu = QtWidgets.QMenu(self)
        menu.setObjectName("style_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        favourite = QAction(_("Favourite"), menu)
        favourite.setCheckable(True)
        favourite.setChecked(pick.style in self._favourites)
        favourite.setEnabled(pick.of_library)
        favourite.triggered.connect(lambda checked: self._favoured(pick.style, checked))
        rename = QAction(_("Rename…"), menu)
        rename.setEnabled(pick.own)
        rename.triggered.connect(lambda *_args: self._rename())
        delete = QAction(_("Delete…"), menu)
        delete.setEnabled(pick.own)
        delete.triggered.connect(lambda *_args: self._delete())
        for name, action in (("favourite", favourite), ("rename", rename), ("delete", delete)):
            action.setObjectName(f"style_{name}")
            menu.addAction(action)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _rename(self) -> None:
        pick = self._pick
        assert pick is not None

        def named(name: str) -> None:
            if name != pick.name:
                self._renamed(pick.style, name)

        ask_name(
            self, _("Name of the style"), pick.name, NAME_LIMIT, lambda _name: _("Rename"), named
        )

    def _delete(self) -> None:
        pick = self._pick
        assert pick is not None
        question = _("Delete the style “{name}” from the library?").format(name=pick.name)
        confirm(self, question, _("Delete"), lambda: self._deleted(pick.style))

    # What is dropped.

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Takes whatever comes, to say why where it cannot be used."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if _files(event.mimeData()):
            self._hint.show_over(self._pages)

    def dragMoveEvent(self, event: Any) -> None:  # noqa: N802
        """Takes it anywhere here."""
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, _event: Any) -> None:  # noqa: N802
        """It was dragged on."""
        self._hint.hide()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Hands on the files, and says what is refused."""
        self._hint.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        files = _files(event.mimeData())
        folders = [path for path in files if Path(path).is_dir()]
        files = [path for path in files if path not in folders]
        # The source of the drag waits until this returns.
        if folders:
            sentence = _("{name} is a folder; drop picture files here.")
            sentence = sentence.format(name=Path(folders[0]).name)
            QtCore.QTimer.singleShot(0, lambda: self._refused(sentence))
        elif not files:
            sentence = _(
                "Only picture files can be dropped here; save the picture to a file first, or "
                "press “Add layer” for a layer."
            )
            QtCore.QTimer.singleShot(0, lambda: self._refused(sentence))
        if files:
            QtCore.QTimer.singleShot(0, lambda: self._dropped(files))


class _Styles(TileView):
    """The tiles of the gallery, in which letters search."""

    typed = Signal(str)
    wanted_height = 0

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Returns the size in which some rows are seen."""
        return QtCore.QSize(super().sizeHint().width(), self.wanted_height)

    def event(self, event: Any) -> bool:
        """Takes letters before the shortcuts of the editor do, which are letters too."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and _letter(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Hands on letters."""
        letter = _letter(event)
        if letter:
            self.typed.emit(letter)
        else:
            super().keyPressEvent(event)


class _DropHint(QtWidgets.QLabel):
    """Says that files can be dropped where it is seen."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(_("Drop to add to your styles"), parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(12)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("drop_hint")
        self.setForegroundRole(QtGui.QPalette.ColorRole.HighlightedText)
        self.hide()

    def show_over(self, widget: QtWidgets.QWidget) -> None:
        """Covers a widget beside it."""
        self.setGeometry(widget.geometry())
        self.raise_()
        self.show()

    def paintEvent(self, event: Any) -> None:  # noqa: N802
        """Lets the tiles shine through."""
        painter = QtGui.QPainter(self)
        colour = self.palette().color(QtGui.QPalette.ColorRole.Highlight)
        colour.setAlpha(215)
        painter.fillRect(self.rect(), colour)
        painter.end()
        super().paintEvent(event)


def _letter(event: Any) -> str:
    """Returns the letter or digit that a key types, "" for all other keys."""
    text = str(event.text())
    plain = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    return text if event.modifiers() in plain and len(text) == 1 and text.isalnum() else ""


def _named(pick: Pick, words: Sequence[str]) -> bool:
    return all(word in pick.name.casefold() for word in words)


def _tip(pick: Pick) -> str:
    return "" if pick.of_library else f"{pick.name}\n{pick.style}"


def _files(mime: Any) -> list[str]:
    """Returns the paths of local files that are dragged."""
    urls = mime.urls() if mime.hasUrls() else []
    return [str(url.toLocalFile()) for url in urls if url.isLocalFile()]
