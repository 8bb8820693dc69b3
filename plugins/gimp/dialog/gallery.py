"""The gallery: styles as pictures to choose from, with a search."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator

from gi.repository import Gdk, GdkPixbuf, GLib, GObject, Gtk
from styleswap_vendor.styleswap.editing.shelf import Section, Shelf, Thumbnails
from styleswap_vendor.styleswap.editing.words import _

from .accessible import describe
from .background import post
from .tiles import COLUMNS, SIDE, TILE, Part, Pick, Shown, Tile, is_path, pick_of

STEP_SECONDS = 0.01
"""How long tiles are made before the main loop has its turn."""


class Gallery(Gtk.Box):
    """Search, favourite button, and the tiles in their sections."""

    def __init__(
        self,
        chosen: Callable[[], object],
        favoured: Callable[[str, bool], object],
        cancelled: Callable[[], object],
    ) -> None:
        """Has no styles until `fill`.

        Args:
            chosen: called when another style is chosen, which `pick` tells.
            favoured: called with a style's id when it becomes a favourite, or no longer is one.
            cancelled: called at Escape in an empty search.
        """
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._chosen = chosen
        self._favoured = favoured
        self._cancelled = cancelled
        self._pick: Pick | None = None
        self._shelf: Shelf | None = None
        self._extra: list[Shown] = []
        self._parts: dict[str, Part] = {}
        self._filling = 0
        self._quiet = False
        self._hidden = False  # the chosen tile may be out of sight
        self.search = Gtk.SearchEntry(hexpand=True)
        self.favourite = Gtk.ToggleButton(label="☆", sensitive=False)
        self._column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._column.set_property("margin", 6)
        self._scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self._nothing = Gtk.Label(wrap=True, margin=12)
        self._waiting = Gtk.Spinner(active=True)
        self._stack = Gtk.Stack()
        self._hint = Gtk.Label(label=_("Drop to add to your styles"), no_show_all=True)
        self._arrange()

    @property
    def pick(self) -> Pick | None:
        """What is chosen."""
        return self._pick

    @property
    def tiles(self) -> list[Tile]:
        """All tiles that are not hidden by the search, in their order."""
        return [tile for part in self._parts.values() for tile in part.visible()]

    def fill(
        self,
        shelf: Shelf,
        thumbnails: Thumbnails,
        favourites: Iterable[str],
        filled: Callable[[], object] = lambda: None,
    ) -> None:
        """Shows the styles of a shelf in place of those before.

        Args:
            shelf: the styles.
            thumbnails: where their pictures come from.
            favourites: ids of the favourites.
            filled: called when all tiles are there.
        """
        self._shelf = shelf
        self._thumbnails = thumbnails
        self._favourites = frozenset(favourites)
        self._filling += 1
        making = self._make_tiles(self._filling, filled)
        GLib.idle_add(lambda: next(making, False))

    def wait(self, waiting: bool) -> None:
        """Shows that the styles are not there yet, or nothing where there will be none."""
        if self._shelf is None:
            self._nothing.set_text(_("The styles appear here when the daemon runs."))
            self._stack.set_visible_child(self._waiting if waiting else self._nothing)

    def hint(self, shown: bool) -> None:
        """Shows what becomes of files that are dragged over the dialog."""
        self._hint.set_visible(shown)

    def show_extra(self, shown: Shown) -> None:
        """Adds a picture of this session in front of all, and chooses it."""
        self._extra = [shown, *(each for each in self._extra if each.pick != shown.pick)]
        self.choose(shown.pick)
        if self._shelf is not None:
            self.fill(self._shelf, self._thumbnails, self._favourites)

    def choose(self, pick: Pick) -> None:
        """Chooses a style as if the user had."""
        self._pick = pick
        self._mark()
        self._reveal()
        self._chosen()

    def focus(self) -> None:
        """Puts the focus on the chosen tile, else on the search."""
        tile = self._tile_of(self._pick)
        (tile or self.search).grab_focus()

    def _arrange(self) -> None:
        self.search.set_placeholder_text(_("Search styles"))
        describe(
            self.search, _("Search styles"), _("Shows the styles that have this name (Ctrl+F)")
        )
        self.search.connect("search-changed", self._narrow)
        self.search.connect("activate", self._take_first)
        self.search.connect("stop-search", self._stop)
        self.search.connect("key-press-event", self._leave_search)
        describe(self.favourite, _("Favourite"), _("Keep this style among the favourites"))
        self.favourite.connect("toggled", self._favour)
        row = Gtk.Box(spacing=6)
        row.pack_start(self.search, True, True, 0)
        row.pack_start(self.favourite, False, False, 0)
        self.pack_start(row, False, False, 0)
        self._scrolled.add(self._column)
        # Also before there is a tile, so that nothing moves when they come.
        self._stack.set_size_request(COLUMNS * (TILE + 14) + 12 + 14, -1)
        describe(self._scrolled, _("Styles"), tooltip=False)
        self._nothing.get_style_context().add_class("dim-label")
        self._waiting.set_size_request(32, 32)
        self._waiting.set_halign(Gtk.Align.CENTER)
        describe(self._waiting, _("The styles are on their way"), tooltip=False)
        for child in (self._waiting, self._scrolled, self._nothing):
            self._stack.add(child)
        frame = Gtk.Frame()
        frame.get_style_context().add_class("styleswap-frame")
        frame.get_style_context().add_class("view")
        self._hint.get_style_context().add_class("styleswap-drop")
        overlay = Gtk.Overlay()
        overlay.add(self._stack)
        overlay.add_overlay(self._hint)
        frame.add(overlay)
        self.pack_start(frame, True, True, 0)
        self._column.connect("key-press-event", self._type)
        self._column.connect("size-allocate", self._laid_out)
        self._column.connect("focus", self._tab)

    def _make_tiles(self, number: int, filled: Callable[[], object]) -> Iterator[bool]:
        """Makes all tiles, a few at each turn of the main loop."""
        assert self._shelf is not None
        for child in self._column.get_children():
            self._column.remove(child)
            child.destroy()
        self._parts = {}
        pause = time.monotonic() + STEP_SECONDS
        for kind, title, shown in self._contents(self._shelf.sections):
            part = self._add_part(kind, title)
            for pick, pixbuf in shown:
                tile = Tile(pick)
                part.tiles.add(tile)
                if pixbuf is not None:
                    tile.show_picture(pixbuf)
                else:
                    size = min(512, 2 * SIDE * self.get_scale_factor())
                    self._thumbnails.fetch(pick.style, size, tile.show_png)
                if time.monotonic() >= pause:
                    yield True
                    if number != self._filling:  # begun anew meanwhile
                        return
                    pause = time.monotonic() + STEP_SECONDS
        self._narrow()
        self._mark()
        self._hidden = True
        filled()
        yield False

    def _contents(
        self, sections: Iterable[Section]
    ) -> Iterator[tuple[str, str, list[tuple[Pick, GdkPixbuf.Pixbuf | None]]]]:
        if self._extra:
            yield "extra", _("Chosen"), [(each.pick, each.thumbnail) for each in self._extra]
        for section in sections:
            yield section.kind, section.title, [(pick_of(each), None) for each in section.entries]

    def _add_part(self, kind: str, title: str) -> Part:
        part = Part(title)
        self._parts[kind] = part
        part.tiles.connect("selected-children-changed", self._selected)
        part.tiles.connect("keynav-failed", self._to_neighbour)
        self._column.pack_start(part.heading, False, False, 0)
        self._column.pack_start(part.tiles, False, False, 0)
        part.heading.show()
        part.tiles.show()
        return part

    def _narrow(self, *_args: object) -> None:
        """Shows what the search finds."""
        if self._shelf is None:
            return
        text = self.search.get_text()
        found = {
            section.kind: {entry.id for entry in section.entries}
            for section in self._shelf.search(text)
        }
        for kind, part in self._parts.items():
            named = _named(text) if kind == "extra" else _among(found.get(kind, set()))
            part.narrow(named)
        some = any(part.heading.get_visible() for part in self._parts.values())
        self._nothing.set_text(_("No style has this name."))
        self._stack.set_visible_child(self._scrolled if some else self._nothing)

    def _tile_of(self, pick: Pick | None) -> Tile | None:
        """Returns the tile that shows the choice: the one chosen, else the first of its style."""
        if pick is None:
            return None
        alike = [
            tile
            for part in self._parts.values()
            for tile in part.tiles.get_children()
            if tile.pick.style == pick.style and tile.pick.drawable == pick.drawable
        ]
        return next((tile for tile in alike if tile.is_selected()), next(iter(alike), None))

    def _mark(self) -> None:
        """Shows which style is chosen."""
        self._quiet = True
        marked = self._tile_of(self._pick)
        for part in self._parts.values():
            if marked is not None and marked.get_parent() is part.tiles:
                part.tiles.select_child(marked)
            else:
                part.tiles.unselect_all()
        style = self._pick.style if self._pick is not None else ""
        of_library = bool(style) and self._pick is not None and not is_path(self._pick)
        self.favourite.set_sensitive(of_library and self._shelf is not None)
        favourite = of_library and self._shelf is not None and style in self._favourites
        self.favourite.set_active(favourite)
        self.favourite.set_label("★" if favourite else "☆")
        self._quiet = False

    def _laid_out(self, *_args: object) -> None:
        if self._hidden:
            post(self._reveal)  # not while sizes are being given out

    def _reveal(self) -> None:
        """Scrolls to the chosen tile."""
        tile = self._tile_of(self._pick)
        if tile is None or not tile.get_mapped():
            return
        self._hidden = False
        place = tile.translate_coordinates(self._column, 0, 0)
        if place is not None:
            height = tile.get_allocated_height()
            self._scrolled.get_vadjustment().clamp_page(place[1], place[1] + height)

    def _selected(self, tiles: Gtk.FlowBox) -> None:
        """The user chose a tile."""
        selected = tiles.get_selected_children()
        if self._quiet:
            return
        if not selected:  # something is chosen at any time
            self._mark()
            return
        self._quiet = True
        for part in self._parts.values():
            if part.tiles is not tiles:
                part.tiles.unselect_all()
        self._quiet = False
        if selected[0].pick != self._pick:
            self.choose(selected[0].pick)

    def _to_neighbour(self, tiles: Gtk.FlowBox, direction: Gtk.DirectionType) -> bool:
        """Leads an arrow key from a section's edge into the next section."""
        steps = {
            Gtk.DirectionType.UP: -1,
            Gtk.DirectionType.LEFT: -1,
            Gtk.DirectionType.DOWN: 1,
            Gtk.DirectionType.RIGHT: 1,
        }
        shown = [part for part in self._parts.values() if part.visible()]
        step = steps.get(direction, 0)
        here = next(place for place, part in enumerate(shown) if part.tiles is tiles)
        if not step or not 0 <= here + step < len(shown):
            return False
        row = shown[here + step].visible()
        column = 0
        if direction in (Gtk.DirectionType.UP, Gtk.DirectionType.DOWN):
            left = tiles.get_focus_child()
            column = left.get_allocation().x if left is not None else 0
            edge = row[0 if step > 0 else -1].get_allocation().y
            row = [tile for tile in row if tile.get_allocation().y == edge]
            target = min(row, key=lambda tile: abs(tile.get_allocation().x - column))
        else:
            target = row[0 if step > 0 else -1]
        target.get_parent().select_child(target)
        target.grab_focus()
        return True

    def _tab(self, column: Gtk.Box, direction: Gtk.DirectionType) -> bool:
        """Tab enters at the chosen tile and leaves at once: only arrow keys lead through them."""
        if direction not in (Gtk.DirectionType.TAB_FORWARD, Gtk.DirectionType.TAB_BACKWARD):
            return False
        tile = self._tile_of(self._pick)
        entered = column.get_focus_child() is None and tile is not None and tile.get_mapped()
        if entered or column.get_focus_child() is not None:
            GObject.signal_stop_emission_by_name(column, "focus")
        if entered and tile is not None:
            tile.grab_focus()
        return entered

    def _take_first(self, *_args: object) -> None:
        """Enter in the search chooses the first style that it finds."""
        tiles = self.tiles
        if tiles and self.search.get_text():
            tiles[0].get_parent().select_child(tiles[0])
            tiles[0].grab_focus()

    def _stop(self, *_args: object) -> None:
        if self.search.get_text():
            self.search.set_text("")
        else:
            self._cancelled()

    def _leave_search(self, _search: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.keyval not in (Gdk.KEY_Down, Gdk.KEY_KP_Down) or not self.tiles:
            return False
        tile = self._tile_of(self._pick)
        (tile if tile is not None and tile.get_visible() else self.tiles[0]).grab_focus()
        return True

    def _type(self, _column: Gtk.Widget, event: Gdk.EventKey) -> bool:
        """Letters typed among the tiles search."""
        command = Gdk.ModifierType.CONTROL_MASK | Gdk.ModifierType.MOD1_MASK
        letter = chr(Gdk.keyval_to_unicode(event.keyval))
        if event.state & command or not letter.isalnum():
            return False
        self.search.grab_focus_without_selecting()
        self.search.set_position(-1)
        return bool(self.search.event(event))

    def _favour(self, *_args: object) -> None:
        if not self._quiet and self._pick is not None:
            self._favoured(self._pick.style, self.favourite.get_active())


def _named(text: str) -> Callable[[Pick], bool]:
    return lambda pick: text.casefold() in pick.name.casefold()


def _among(ids: Collection[str]) -> Callable[[Pick], bool]:
    return lambda pick: pick.style in ids
