"""The tiles of the gallery: what can be chosen, as a picture with a name."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from gi.repository import GdkPixbuf, GLib, Gtk, Pango
from styleswap_vendor.styleswap.client.style_choice import ID_PREFIXES
from styleswap_vendor.styleswap.editing.shelf import Entry

from .accessible import describe
from .pixbufs import show_sharply, square

SIDE = 96
"""Side of a thumbnail, in the screen's units."""
TILE = 108
"""Width of a tile."""
COLUMNS = 4
"""Tiles beside each other in the smallest window."""
NAME_WIDTH, NAME_LINES = 13, 2
"""Characters and lines of a name; the tooltip has all of a longer one."""


@dataclass(frozen=True)
class Pick:
    """A style that is chosen: one of the library, a file, or a picture that is open."""

    style: str
    """Its id, or the path of its file; empty for an open picture."""
    name: str
    """The name to show."""
    drawable: Hashable | None = None
    """The key of an open picture."""


@dataclass(frozen=True)
class Shown:
    """A picture of this session that is no style of the library: a file, or an open picture."""

    pick: Pick
    thumbnail: GdkPixbuf.Pixbuf | None
    """None for files, whose thumbnails are loaded as the others are."""


class Tile(Gtk.FlowBoxChild):
    """A thumbnail with a name below."""

    def __init__(self, pick: Pick) -> None:
        """Has no picture yet."""
        super().__init__()
        self.get_style_context().add_class("styleswap-tile")
        self.pick = pick
        self.image = Gtk.Image(halign=Gtk.Align.CENTER)
        self.image.set_size_request(SIDE, SIDE)
        name = Gtk.Label(
            label=pick.name,
            wrap=True,
            wrap_mode=Pango.WrapMode.WORD_CHAR,
            justify=Gtk.Justification.CENTER,
            ellipsize=Pango.EllipsizeMode.END,
            lines=NAME_LINES,
            width_chars=NAME_WIDTH,
            max_width_chars=NAME_WIDTH,
            valign=Gtk.Align.START,
        )
        name.get_style_context().add_class("styleswap-name")
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        column.set_size_request(TILE, -1)
        column.pack_start(self.image, False, False, 0)
        column.pack_start(name, False, False, 0)
        self.add(column)
        long = len(pick.name) > NAME_WIDTH * NAME_LINES
        path = pick.style if is_path(pick) else ""
        describe(self, pick.name, path, tooltip=long or bool(path))
        self.show_all()

    def show_picture(self, pixbuf: GdkPixbuf.Pixbuf) -> None:
        """Shows the middle of a picture."""
        show_sharply(self.image, square(pixbuf, SIDE * self.get_scale_factor()))

    def show_png(self, png: bytes) -> None:
        """Shows the middle of a picture in a PNG file."""
        loader = GdkPixbuf.PixbufLoader.new_with_type("png")
        try:
            loader.write(png)
            loader.close()
        except GLib.Error:
            return  # a thumbnail is missing, nothing else
        self.show_picture(loader.get_pixbuf())


class Part:
    """A section: a heading and its tiles."""

    def __init__(self, title: str) -> None:
        """Has no tiles yet."""
        self.heading = Gtk.Label(label=title, xalign=0.0)
        self.heading.get_style_context().add_class("styleswap-heading")
        self.tiles = Gtk.FlowBox(
            homogeneous=True,
            selection_mode=Gtk.SelectionMode.SINGLE,
            activate_on_single_click=True,
            min_children_per_line=COLUMNS,
            max_children_per_line=16,
            valign=Gtk.Align.START,
            row_spacing=6,
        )
        describe(self.tiles, title, tooltip=False)

    def visible(self) -> list[Tile]:
        """Returns the tiles that the search has left."""
        return [tile for tile in self.tiles.get_children() if tile.get_visible()]

    def narrow(self, wanted: Callable[[Pick], bool]) -> None:
        """Shows the tiles that are wanted, and the section only where it has any."""
        for tile in self.tiles.get_children():
            tile.set_visible(wanted(tile.pick))
        some = bool(self.visible())
        self.heading.set_visible(some)
        self.tiles.set_visible(some)


def pick_of(entry: Entry) -> Pick:
    """Returns the choice of a style."""
    return Pick(entry.id, entry.name)


def is_path(pick: Pick) -> bool:
    """Whether a choice is a file, which is no style of the library."""
    return bool(pick.style) and not pick.style.startswith(ID_PREFIXES)
