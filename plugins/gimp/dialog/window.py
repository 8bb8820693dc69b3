"""The dialog as a whole: what its parts have to do with each other and with the daemon."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from errors import explain
from gi.repository import Gdk, GdkPixbuf, Gtk
from styleswap_vendor.styleswap.client import (
    Daemon,
    DaemonError,
    DaemonLost,
    DaemonNotRunning,
    Picture,
    Style,
)
from styleswap_vendor.styleswap.client.cancel import CancelToken
from styleswap_vendor.styleswap.client.style_choice import ID_PREFIXES
from styleswap_vendor.styleswap.editing import previews
from styleswap_vendor.styleswap.editing.errand import Errand
from styleswap_vendor.styleswap.editing.live import Live
from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.remembered import Remembered
from styleswap_vendor.styleswap.editing.second_style import Second, mixed, second_in
from styleswap_vendor.styleswap.editing.shelf import DEFAULT_STYLE, Shelf, Thumbnails
from styleswap_vendor.styleswap.editing.words import _, duration
from styleswap_vendor.styleswap.v1.controls import Value
from styleswap_vendor.styleswap.v1.counting import effective

from . import theme
from .accessible import announce, describe
from .adding import Added, add_files
from .background import post
from .controls import Controls
from .dropping import Dropping
from .gallery import Gallery
from .messages import Messages
from .mnemonics import Mnemonics
from .pixbufs import pixbuf_of
from .presets import Presets
from .preview import Painted, Preview
from .second_style import SecondStyle
from .sources import Sources
from .subject import OpenPicture, Subject
from .tiles import Pick, Shown, pick_of

OUTPUTS = ("new-layer", "in-place", "new-image")
WIDTH, HEIGHT = 940, 708
"""Size at the opening, in the screen's units."""
CONTROLS_HEIGHT = 200
"""Least height of the controls, in the screen's units; they get no more than those need that are
seen at first, and the rest is scrolled."""
RESET = 1
"""The response of the button Reset."""

_TEMPORARY = (DaemonError, DaemonLost, DaemonNotRunning)

Connect = Callable[[Callable[[str], object]], Daemon]
"""(told sentences while it takes time) -> a connection. Called in a thread."""


@dataclass(frozen=True)
class _Request:
    """What a preview is made of."""

    pick: Pick
    settings: tuple[tuple[str, Value], ...]
    """Those that count: the others change nothing."""
    region: Rect | None
    second: Second | None


_Answer = tuple[GdkPixbuf.Pixbuf, previews.Preview]


class StyleDialog:
    """The dialog's window and what it shows."""

    def __init__(self, subject: Subject, values: Mapping[str, Any], connect: Connect) -> None:
        """Builds the dialog; arguments are those of `dialog.ask`."""
        self._subject = subject
        self._connect = connect
        self._wanted_style = str(values.get("style") or DEFAULT_STYLE)
        self._wanted_drawable: Hashable | None = values.get("style_drawable")
        self._remembered = Remembered()
        self._daemon: Daemon | None = None
        self._thumbnails: Thumbnails | None = None
        self._styles: list[Style] = []
        self._style_pictures: dict[Hashable, Picture] = {}
        self._errands: list[Errand[Any]] = []
        self._trouble_of_preview = ""
        self._trouble_of_files = ""
        self._live: Live[_Request, _Answer] = Live(
            self._paint, post, self._painted, self._unpainted
        )
        mnemonics = Mnemonics()
        self.window = Gtk.Dialog(title=_("Style Swap: {name}").format(name=subject.title))
        self._reset_button = self.window.add_button("", RESET)
        self._cancel_button = self.window.add_button("", Gtk.ResponseType.CANCEL)
        self._ok_button = self.window.add_button("", Gtk.ResponseType.OK)
        mnemonics.add(self._ok_button, _("OK"), fixed=True)
        mnemonics.add(self._cancel_button, _("Cancel"), fixed=True)
        mnemonics.add(self._reset_button, _("Reset"), fixed=True)
        self.messages = Messages(mnemonics)
        self.preview = Preview(subject, self._refresh, self._trouble, mnemonics)
        self.gallery = Gallery(self._refresh, self._favoured, self._cancel)
        self.sources = Sources(subject.pictures, self._file, self._picture, mnemonics)
        self._preset_label = Gtk.Label(xalign=0.0)
        mnemonics.add(self._preset_label, _("Preset"))
        self.controls = Controls(self._changed, mnemonics)
        self.presets = Presets(
            self._remembered, self.controls.values, self.controls.show, self.messages.say
        )
        self.output = Gtk.ComboBoxText(hexpand=True)
        self._output_label = Gtk.Label(xalign=0.0, mnemonic_widget=self.output)
        mnemonics.add(self._output_label, _("Result"))
        self.second_style = Gtk.Expander()
        mnemonics.add(self.second_style, _("Second style"), late=True)
        self.second = SecondStyle(self._changed, mnemonics)
        self.advanced = Gtk.Expander()
        mnemonics.add(self.advanced, _("Advanced"))
        self._time = Gtk.Label()
        self._arrange()
        mnemonics.assign()
        self.second.show(values)
        self.controls.show(values)
        self.output.set_active_id(str(values.get("output")))
        if self.output.get_active_id() is None:
            self.output.set_active_id(OUTPUTS[0])
        _least, seen_at_first = self._scrolled.get_child().get_preferred_height()
        self._scrolled.set_max_content_height(max(seen_at_first, CONTROLS_HEIGHT))
        self.messages.say(self._remembered.notice)

    def run(self) -> dict[str, Any] | None:
        """Shows the dialog until it is answered; returns the values, None where it is cancelled."""
        self.window.show_all()
        self.window.present()
        post(self._begin)
        try:
            while (response := self.window.run()) == RESET:
                self._reset()
            return self.values() if response == Gtk.ResponseType.OK else None
        finally:
            self._end()

    def values(self) -> dict[str, Any]:
        """Returns what is chosen at this moment."""
        pick = self.gallery.pick
        return {
            "style": pick.style if pick else self._wanted_style,
            "style_drawable": pick.drawable if pick else None,
            "output": self.output.get_active_id(),
            **self.controls.values(),
            **self.second.values(),
        }

    # What it looks like.

    def _arrange(self) -> None:
        theme.apply()
        self.window.get_style_context().add_class("styleswap")
        self.window.set_default_size(WIDTH, HEIGHT)
        self.window.set_default_response(Gtk.ResponseType.OK)
        self.window.set_position(Gtk.WindowPosition.CENTER)
        self.window.connect("key-press-event", self._key)
        for button, text in (
            (self._ok_button, _("Paint the picture")),
            (self._cancel_button, _("Leave the picture as it is")),
            (self._reset_button, _("Give all controls their first values")),
        ):
            button.get_accessible().set_description(text)
        buttons = self._ok_button.get_parent()
        buttons.set_child_secondary(self._reset_button, True)
        buttons.pack_start(self._time, False, False, 0)
        buttons.set_child_non_homogeneous(self._time, True)
        buttons.reorder_child(self._time, 0)
        buttons.set_property("margin", 12)
        buttons.set_property("margin-top", 0)
        self._time.get_style_context().add_class("dim-label")
        content = self.window.get_content_area()
        content.set_spacing(0)
        content.set_border_width(0)
        content.pack_start(self.messages, False, False, 0)
        left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        left.set_hexpand(False)  # else that of the search counts here too
        left.pack_start(self.gallery, True, True, 0)
        left.pack_start(self.sources, False, False, 0)
        # In a larger window it is the preview that is larger.
        right = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        right.pack_start(self.preview, True, True, 0)
        right.pack_start(self._control_column(), False, False, 0)
        columns = Gtk.Box(spacing=18, margin=12)
        columns.pack_start(left, False, False, 0)
        columns.pack_start(right, True, True, 0)
        content.pack_start(columns, True, True, 0)
        content.show_all()
        Dropping(self.window, self.gallery.hint, self._add, self._refuse)

    def _control_column(self) -> Gtk.Widget:
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self._preset_label.set_mnemonic_widget(self.presets.list)
        rows = [
            _row(self._preset_label, self.presets, labels),
            self.controls.basic,
            _row(self._output_label, self.output, labels),
            self.second_style,
            self.advanced,
        ]
        names = {
            "new-layer": _("New layer"),
            "in-place": _("In place"),
            "new-image": _("New image"),
        }
        for nick in OUTPUTS:
            self.output.append(nick, names[nick])
        describe(self.output, _("Result"), _("Where the painted picture goes"))
        for grid in (self.controls.basic, self.controls.advanced, self.second.grid):
            for child in grid.get_children():
                if isinstance(child, Gtk.Label):
                    labels.add_widget(child)
        describe(self.advanced, _("Advanced"), _("Controls that are rarely needed"))
        describe(self.second_style, _("Second style"), _("Mix another style in"))
        for expander, grid in (
            (self.advanced, self.controls.advanced),
            (self.second_style, self.second.grid),
        ):
            grid.set_margin_top(6)
            # Gtk leaves them where letters and a screen reader find them.
            grid.show_all()
            grid.set_no_show_all(True)
            grid.hide()
            expander.add(grid)
            expander.connect("notify::expanded", self._expanded, grid)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        for row in rows:
            column.pack_start(row, False, False, 0)
        self._scrolled = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER, overlay_scrolling=False
        )
        self._scrolled.set_propagate_natural_height(True)
        self._scrolled.set_min_content_height(CONTROLS_HEIGHT)
        self._scrolled.add(column)
        describe(self._scrolled, _("Controls"), tooltip=False)
        return self._scrolled

    def _expanded(self, expander: Gtk.Expander, _property: object, grid: Gtk.Grid) -> None:
        """Brings controls into sight, once there is room for them."""
        grid.set_visible(expander.get_expanded())
        adjustment = self._scrolled.get_vadjustment()

        def show(*_args: object) -> None:
            adjustment.disconnect(waiting)
            if expander.get_expanded():
                adjustment.set_value(expander.get_allocation().y)

        waiting = adjustment.connect("changed", show)

    # What the user does.

    def _key(self, _window: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.state & Gdk.ModifierType.CONTROL_MASK and event.keyval == Gdk.KEY_f:
            self.gallery.search.grab_focus()
            return True
        return False

    def _cancel(self) -> None:
        self.window.response(Gtk.ResponseType.CANCEL)

    def _reset(self) -> None:
        self.output.set_active_id(OUTPUTS[0])
        self.second.show({})
        self.controls.show({})

    def _changed(self) -> None:
        self.presets.match()
        self._refresh()

    def _favoured(self, style: str, favourite: bool) -> None:
        self._remembered.set_favourite(style, favourite)
        self.messages.say(self._remembered.notice)
        self._fill()

    def _file(self, path: str, add: bool) -> None:
        """A file was chosen."""
        if add:
            self._add([path])
        else:
            self._show_file(path)

    def _add(self, paths: Sequence[str]) -> None:
        """Adds files to the library, and chooses the last one."""
        daemon = self._daemon
        if daemon is None:
            self._refuse(_("The file is added when the daemon has been reached; try again then."))
            return
        if self.messages.text == self._trouble_of_files:
            self.messages.say("")
        self.preview.work(True, _("Adding the style to the library…"))

        def added(outcome: Added) -> None:
            self._styles = outcome.styles
            self._fresh()
            if outcome.files.last:
                self._fill()
                entry = self._shelf().find(outcome.files.last)
                if entry is not None:
                    self.gallery.choose(pick_of(entry))
            if outcome.files.sentences:
                self._refuse("\n".join(outcome.files.sentences), error=outcome.files.refused)

        def failed(error: Exception) -> None:
            self._fresh()
            self._trouble(error)

        self._errands.append(Errand(lambda: add_files(daemon, paths), post, added, failed))

    def _refuse(self, sentence: str, *, error: bool = True) -> None:
        """Says why files were not added, or what was altered; it is said until others are."""
        self.messages.say(sentence, error=error)
        self._trouble_of_files = self.messages.text

    def _show_file(self, path: str) -> None:
        entry = self._shelf().find(path)
        if entry is None:
            self.messages.say(_("There is no file {path}.").format(path=path))
            return
        self.gallery.show_extra(Shown(pick_of(entry), None))

    def _picture(self, picture: OpenPicture) -> None:
        """An open picture was chosen."""
        try:
            pixels = self._style_pictures.get(picture.key) or picture.picture()
            thumbnail = pixbuf_of(picture.thumbnail())
        except Exception as error:  # noqa: BLE001 - the editor's errors are of any kind
            self._trouble(error)
            return
        self._style_pictures[picture.key] = pixels
        self.gallery.show_extra(Shown(Pick("", picture.label, picture.key), thumbnail))

    # What the daemon does.

    def _begin(self) -> None:
        self.preview.open()
        wanted = [each for each in self._subject.pictures if each.key == self._wanted_drawable]
        if self._wanted_drawable is not None and wanted:
            self._picture(wanted[0])
        self._reach()

    def _reach(self) -> None:
        """Connects to the daemon and asks for its styles."""
        self.gallery.wait(True)
        self.preview.work(True, _("Looking for the Style Swap daemon…"))

        def say(text: str) -> None:
            post(lambda: self.preview.work(True, text) if self._daemon is None else None)

        def work() -> tuple[Daemon, list[Style]]:
            daemon = self._connect(say)
            try:
                return daemon, daemon.styles.list()
            except BaseException:
                daemon.close()
                raise

        def failed(error: Exception) -> None:
            self.gallery.wait(False)
            self.preview.work(False)
            self._trouble(error, self._reach)
            self.gallery.focus()

        self._errands.append(Errand(work, post, self._reached, failed, lambda got: got[0].close()))

    def _reached(self, got: tuple[Daemon, list[Style]]) -> None:
        self._daemon, self._styles = got
        self._thumbnails = Thumbnails(self._load_thumbnail, post)
        self._fresh()
        self._choose_wanted()
        self._fill(self.gallery.focus)

    def _choose_wanted(self) -> None:
        """Chooses the style of the values, where the user has not chosen another meanwhile."""
        if self.gallery.pick is not None:
            self._refresh()
            return
        shelf = self._shelf()
        wanted = self._wanted_style
        named = [style for style in self._styles if style.name.lower() == wanted.lower()]
        entry = shelf.find(wanted) or (shelf.find(named[0].id) if len(named) == 1 else None)
        entry = entry or shelf.find(DEFAULT_STYLE)
        if entry is None:
            return
        if entry.path is not None:
            self.gallery.show_extra(Shown(pick_of(entry), None))
        else:
            self.gallery.choose(pick_of(entry))

    def _shelf(self) -> Shelf:
        return Shelf(self._styles, self._remembered)

    def _fill(self, filled: Callable[[], object] = lambda: None) -> None:
        if self._thumbnails is not None:
            favourites = self._remembered.favourites
            self.second.fill(self._shelf().library)
            self.gallery.fill(self._shelf(), self._thumbnails, favourites, filled)

    def _load_thumbnail(self, style: str, size: int) -> bytes:
        """Returns a PNG file of a style of the library, or of a file. In a thread."""
        assert self._daemon is not None
        if style.startswith(ID_PREFIXES):
            return self._daemon.styles.thumbnail(style, size)
        pixbuf = GdkPixbuf.Pixbuf.new_from_file_at_size(style, size, size)
        _made, png = pixbuf.save_to_bufferv("png", [], [])
        return bytes(png)

    def _refresh(self) -> None:
        """Asks for the preview of what is chosen now."""
        pick = self.gallery.pick
        if self._daemon is None or pick is None or self.preview.reduced is None:
            return
        settings = tuple(effective(self.controls.values()).items())
        second = second_in(self.second.values())
        self._live.ask(_Request(pick, settings, self.preview.region, second))
        self._fresh()

    def _fresh(self) -> None:
        """Shows whether anything is under way."""
        self.preview.work(not self._live.idle)

    def _paint(
        self, request: _Request, cancel: CancelToken, show: Callable[[_Answer], None]
    ) -> _Answer:
        """Has a preview painted. In the thread of `Live`."""
        daemon = self._daemon
        assert daemon is not None
        pick = request.pick
        style: object = pick.style
        if pick.drawable is not None:
            style = self._style_pictures[pick.drawable]
        style = mixed(style, request.second, lambda text: text)
        settings = dict(request.settings)

        def waiting(text: str) -> None:
            post(lambda: None if cancel.is_set() else self.preview.work(True, text))

        if request.region is None:
            reduced = self.preview.reduced
            assert reduced is not None
            painted = previews.coarse(
                *(daemon, reduced, self._subject.size, style, settings, cancel),
                on_the_way=lambda preview: show((pixbuf_of(preview.picture), preview)),
                waiting=waiting,
            )
        else:
            whole = self.preview.whole
            assert whole is not None
            painted = previews.crop(
                *(daemon, whole, request.region, style, settings, cancel), waiting=waiting
            )
        return pixbuf_of(painted.picture), painted

    def _painted(self, request: _Request, answer: _Answer) -> None:
        pixbuf, preview = answer
        self.preview.show_painted(Painted(request.region, pixbuf, tuple(preview.notices)))
        if preview.seconds_whole is not None:
            text = _("Takes {duration}").format(duration=duration(preview.seconds_whole))
            announce(self._time, text)
        if self.messages.text == self._trouble_of_preview:
            self.messages.say("")
        self._fresh()

    def _unpainted(self, request: _Request, error: Exception) -> None:
        self.preview.forget()
        announce(self._time, "")
        self._fresh()

        def again() -> None:
            self._live.ask(request, again=True)
            self._fresh()

        self._trouble(error, again if isinstance(error, _TEMPORARY) else None)
        self._trouble_of_preview = self.messages.text

    # What is said.

    def _trouble(self, error: Exception, again: Callable[[], object] | None = None) -> None:
        """Tells what went wrong."""
        self.messages.say(explain(error), again, error=True)

    def _end(self) -> None:
        """Closes the window, and ends all work behind it."""
        self.window.hide()
        Gdk.Display.get_default().flush()
        for errand in self._errands:
            errand.forget()
        self._live.close()
        if self._thumbnails is not None:
            self._thumbnails.close()
        if self._daemon is not None:
            self._daemon.close()
        self.window.destroy()


def _row(label: Gtk.Label, widget: Gtk.Widget, labels: Gtk.SizeGroup) -> Gtk.Box:
    labels.add_widget(label)
    row = Gtk.Box(spacing=12)
    row.pack_start(label, False, False, 0)
    row.pack_start(widget, True, True, 0)
    return row
