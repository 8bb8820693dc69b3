"""Styles from elsewhere: a file, a layer of this image, another open image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gi.repository import GdkPixbuf, GLib, Gtk, Pango
from styleswap_vendor.styleswap.editing.words import _

from .accessible import describe
from .mnemonics import Mnemonics
from .pixbufs import pixbuf_of, show_sharply, square
from .subject import OpenPicture

SIDE = 40
"""Side of a thumbnail in a list, in the screen's units."""
LIST_HEIGHT = 320
"""Most height of a list."""
SEEN = 256
"""Longest side of a file's picture beside the list of files."""


class Sources(Gtk.Box):
    """The buttons below the gallery."""

    def __init__(
        self,
        pictures: Sequence[OpenPicture],
        file_chosen: Callable[[str, bool], object],
        picture_chosen: Callable[[OpenPicture], object],
        mnemonics: Mnemonics,
    ) -> None:
        """Offers the pictures that are open.

        Args:
            pictures: layers of this image and of others.
            file_chosen: called with a file's path, and whether to add it to the library.
            picture_chosen: called with one of `pictures`.
            mnemonics: takes the buttons' labels.
        """
        super().__init__(spacing=6, homogeneous=False)
        self._file_chosen = file_chosen
        self.file = Gtk.Button()
        mnemonics.add(self.file, _("From a file…"))
        describe(self.file, _("From a file…"), _("Use a picture file as the style"))
        self.file.connect("clicked", self._ask_file)
        layers = [picture for picture in pictures if not picture.image]
        others = [picture for picture in pictures if picture.image]
        self.layer = _list_button(layers, picture_chosen)
        mnemonics.add(self.layer, _("From a layer…"))
        use = _("Use a layer of this image as the style")
        none = _("This image has no other layer that could be the style")
        describe(self.layer, _("From a layer…"), use if layers else none)
        self.image = _list_button(others, picture_chosen)
        mnemonics.add(self.image, _("From an image…"))
        use = _("Use another open image as the style")
        none = _("No other image is open that could be the style")
        describe(self.image, _("From an image…"), use if others else none)
        for button in (self.file, self.layer, self.image):
            self.pack_start(button, True, True, 0)

    def _ask_file(self, *_args: object) -> None:
        dialog = file_dialog(self.get_toplevel())
        try:
            if dialog.run() != Gtk.ResponseType.ACCEPT:
                return
            path, add = dialog.get_filename(), dialog.get_extra_widget().get_active()
        finally:
            dialog.destroy()
        if path:
            self._file_chosen(path, add)


def file_dialog(parent: Gtk.Window) -> Gtk.FileChooserDialog:
    """Returns a dialog for a picture file; its extra widget is the wish to add it."""
    dialog = Gtk.FileChooserDialog(
        title=_("Choose a style"), transient_for=parent, modal=True, use_header_bar=False
    )
    names = Mnemonics()
    names.add(dialog.add_button("", Gtk.ResponseType.CANCEL), _("Cancel"))
    names.add(dialog.add_button("", Gtk.ResponseType.ACCEPT), _("Open"))
    dialog.set_default_response(Gtk.ResponseType.ACCEPT)
    add = Gtk.CheckButton()
    names.add(add, _("Add to the library"))
    describe(add, _("Add to the library"), _("Keep a copy among your own styles"))
    add.show()
    dialog.set_extra_widget(add)
    names.assign()
    pictures = Gtk.FileFilter()
    pictures.set_name(_("Pictures"))
    for kind in ("png", "jpeg", "webp", "tiff"):
        pictures.add_mime_type(f"image/{kind}")
    every = Gtk.FileFilter()
    every.set_name(_("All files"))
    every.add_pattern("*")
    dialog.add_filter(pictures)
    dialog.add_filter(every)
    seen = Gtk.Image()
    dialog.set_preview_widget(seen)
    dialog.connect("update-preview", _show_file, seen)
    return dialog


def _show_file(dialog: Gtk.FileChooserDialog, seen: Gtk.Image) -> None:
    path = dialog.get_preview_filename()
    try:
        pixbuf = GdkPixbuf.Pixbuf.new_from_file_at_size(path, SEEN, SEEN) if path else None
    except GLib.Error:  # a folder, or no picture
        pixbuf = None
    seen.set_from_pixbuf(pixbuf)
    dialog.set_preview_widget_active(pixbuf is not None)


def _list_button(
    pictures: Sequence[OpenPicture], chosen: Callable[[OpenPicture], object]
) -> Gtk.MenuButton:
    """Returns a button that opens a list of pictures; an insensitive one where there are none."""
    button = Gtk.MenuButton(sensitive=bool(pictures))
    if not pictures:
        return button  # a list, even an empty one, would make it sensitive
    rows = Gtk.ListBox(selection_mode=Gtk.SelectionMode.NONE, activate_on_single_click=True)
    images = [rows_image for picture in pictures if (rows_image := _add_row(rows, picture))]
    popover = Gtk.Popover(position=Gtk.PositionType.TOP)
    scrolled = Gtk.ScrolledWindow(
        hscrollbar_policy=Gtk.PolicyType.NEVER,
        propagate_natural_height=True,
        max_content_height=LIST_HEIGHT,
        propagate_natural_width=True,
    )
    scrolled.add(rows)
    scrolled.show_all()
    popover.add(scrolled)
    button.set_popover(popover)

    def activated(_rows: Gtk.ListBox, row: Gtk.ListBoxRow) -> None:
        popover.popdown()
        chosen(pictures[row.get_index()])

    rows.connect("row-activated", activated)
    painting = _thumbnails(pictures, images)
    # Reading the editor's pixels takes its time: only for those who open the list.
    opened: list[bool] = []

    def open_list(*_args: object) -> None:
        if not opened:
            opened.append(True)
            GLib.idle_add(lambda: next(painting, False))

    popover.connect("show", open_list)
    return button


def _add_row(rows: Gtk.ListBox, picture: OpenPicture) -> Gtk.Image:
    """Adds a picture to a list; returns the widget of its thumbnail."""
    image = Gtk.Image()
    image.set_size_request(SIDE, SIDE)
    text = picture.label if not picture.image else f"{picture.image}: {picture.label}"
    label = Gtk.Label(
        label=text, xalign=0.0, ellipsize=Pango.EllipsizeMode.MIDDLE, max_width_chars=36
    )
    line = Gtk.Box(spacing=12)
    line.set_property("margin", 6)
    line.pack_start(image, False, False, 0)
    line.pack_start(label, True, True, 0)
    row = Gtk.ListBoxRow()
    row.add(line)
    describe(row, text)
    rows.add(row)
    return image


def _thumbnails(pictures: Sequence[OpenPicture], images: Sequence[Gtk.Image]) -> Iterator[bool]:
    """Fills in thumbnails, one at each turn of the main loop."""
    for picture, image in zip(pictures, images, strict=True):
        try:
            pixbuf = pixbuf_of(picture.thumbnail())
        except Exception:  # noqa: BLE001, S112 - the editor's errors; a thumbnail is missing
            continue
        show_sharply(image, square(pixbuf, SIDE * image.get_scale_factor()))
        yield True
