"""The preview: the picture before and after, as a whole or a part of it at 100 %."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gi.repository import Atk, Gdk, GdkPixbuf, Gtk
from styleswap_vendor.styleswap.client.pictures import Picture
from styleswap_vendor.styleswap.editing.errand import Errand
from styleswap_vendor.styleswap.editing.previews import REDUCED_LONGEST
from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.words import _

from .accessible import announce, describe
from .background import post
from .mnemonics import Mnemonics
from .pixbufs import as_it_is, fitted, pixbuf_of, show_sharply
from .subject import Subject

WIDTH, HEIGHT = 380, 270
"""Least size of the picture's area, in the screen's units."""
MARGIN = 4
"""Free space around the picture, where the focus is shown."""
ENLARGED = 4
"""A small picture is shown at most so many times its size."""
STEP = 64
"""Pixels by which an arrow key moves the part that is seen at 100 %."""
DRAG = 4
"""A pointer that moved less, in the screen's units, has not dragged."""


@dataclass(frozen=True)
class Painted:
    """A preview that has come."""

    region: Rect | None
    """The part of the picture that it shows at 100 %, None for the whole."""
    pixbuf: GdkPixbuf.Pixbuf
    """Its pixels."""
    notices: tuple[str, ...]
    """What the daemon did otherwise than asked."""


class Preview(Gtk.Box):
    """A picture with the buttons that choose what is seen of it."""

    def __init__(
        self,
        subject: Subject,
        changed: Callable[[], object],
        failed: Callable[[Exception], object],
        mnemonics: Mnemonics,
    ) -> None:
        """Shows nothing until `open`.

        Args:
            subject: what is painted.
            changed: called when another part is to be painted.
            failed: called with what the subject raised.
            mnemonics: takes the buttons' labels.
        """
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._subject = subject
        self._changed = changed
        self._failed = failed
        self._reduced: Picture | None = None
        self._whole: Picture | None = None
        self._original: GdkPixbuf.Pixbuf | None = None
        self._painted: Painted | None = None
        self._middle = (subject.size[0] / 2, subject.size[1] / 2)
        self._grip: tuple[float, float] | None = None  # where the pointer went down
        self._gripped_middle = self._middle
        self._dragged = False
        self._area = Gtk.EventBox(can_focus=True)
        self._image = Gtk.Image(halign=Gtk.Align.CENTER, valign=Gtk.Align.CENTER)
        self._work = Gtk.Box(spacing=6, no_show_all=True)
        self._spinner = Gtk.Spinner()
        self._message = Gtk.Label(no_show_all=True, wrap=True, max_width_chars=40)
        self._entire = Gtk.RadioButton(draw_indicator=False)
        self._full = Gtk.RadioButton(draw_indicator=False, group=self._entire)
        self._before = Gtk.ToggleButton()
        self._notices = Gtk.MenuButton(no_show_all=True)
        self._notice_text = Gtk.Label(wrap=True, max_width_chars=48, xalign=0.0, margin=12)
        self._arrange(mnemonics)

    @property
    def region(self) -> Rect | None:
        """The part that is seen at 100 %, None where the whole is seen."""
        return self._region() if self._whole is not None and self._full.get_active() else None

    @property
    def reduced(self) -> Picture | None:
        """The copy that is painted for the view of the whole, None before `open`."""
        return self._reduced

    @property
    def whole(self) -> Picture | None:
        """All of the picture, None before it was looked at in full size."""
        return self._whole

    @property
    def painted(self) -> Painted | None:
        """The newest preview that came."""
        return self._painted

    @property
    def shows_before(self) -> bool:
        """Whether the picture is seen as it was."""
        return self._before.get_active() or self._grip is not None

    def open(self) -> None:
        """Takes the reduced copy of the subject and shows it."""
        try:
            reduced = self._reduced = self._subject.reduced(REDUCED_LONGEST)
        except Exception as error:  # noqa: BLE001 - the editor's errors are of any kind
            self._failed(error)
            return
        # Floats take a while.
        Errand(lambda: pixbuf_of(reduced), post, self._opened, self._failed)

    def _opened(self, pixbuf: GdkPixbuf.Pixbuf) -> None:
        self._original = pixbuf
        self._draw()

    def show_painted(self, painted: Painted) -> None:
        """Shows a preview."""
        self._painted = painted
        self._notices.set_visible(bool(painted.notices))
        self._notice_text.set_text("\n".join(painted.notices))
        self._notices.get_accessible().set_description(" ".join(painted.notices))
        self._draw()

    def forget(self) -> None:
        """Shows the picture as it was until another preview comes."""
        self._painted = None
        self._notices.hide()
        self._draw()

    def work(self, busy: bool, message: str = "") -> None:
        """Shows whether a preview is being made, and a sentence on what is waited for."""
        self._spinner.set_property("active", busy)
        announce(self._message, message)
        self._message.set_visible(bool(message))
        self._work.set_visible(busy)

    def _arrange(self, mnemonics: Mnemonics) -> None:
        self._area.set_size_request(WIDTH, HEIGHT)
        self._area.get_style_context().add_class("styleswap-picture")
        self._area.add_events(
            Gdk.EventMask.BUTTON_PRESS_MASK
            | Gdk.EventMask.BUTTON_RELEASE_MASK
            | Gdk.EventMask.BUTTON1_MOTION_MASK
            | Gdk.EventMask.KEY_PRESS_MASK
        )
        self._area.connect("button-press-event", self._press)
        self._area.connect("motion-notify-event", self._drag)
        self._area.connect("button-release-event", self._release)
        self._area.connect("key-press-event", self._key)
        self._area.connect("size-allocate", self._resized)
        describe(
            self._area,
            _("Preview"),
            _(
                "Hold, or press Space, to see the picture as it is; at 100 %, drag or use the "
                "arrow keys to see other parts"
            ),
            tooltip=False,  # it would hide what the pointer is on
        )
        self._area.get_accessible().set_role(Atk.Role.IMAGE)
        describe(self._spinner, _("The preview is being painted"), tooltip=False)
        self._spinner.set_size_request(20, 20)
        self._spinner.show()
        self._work.pack_start(self._spinner, False, False, 0)
        self._work.pack_start(self._message, False, False, 0)
        self._work.set_halign(Gtk.Align.END)
        self._work.set_valign(Gtk.Align.START)
        self._work.set_property("margin", 12)
        self._work.get_style_context().add_class("styleswap-message")
        overlay = Gtk.Overlay()
        overlay.add(self._area)
        for child in (self._image, self._work):
            overlay.add_overlay(child)
            overlay.set_overlay_pass_through(child, True)
        frame = Gtk.Frame()
        frame.get_style_context().add_class("styleswap-frame")
        frame.add(overlay)
        self.pack_start(frame, True, True, 0)
        views = Gtk.Box()
        views.get_style_context().add_class("linked")
        for button, text, description in (
            (self._entire, _("Whole"), _("See the whole picture, painted coarsely")),
            (
                self._full,
                _("At 100 %"),
                _("See a part of the picture as it will be; drag it to see other parts"),
            ),
        ):
            mnemonics.add(button, text)
            describe(button, text, description)
            views.pack_start(button, False, False, 0)
        self._full.connect("toggled", self._viewed)
        mnemonics.add(self._before, _("Before"))
        describe(
            self._before,
            _("Before"),
            _("See the picture as it is now; holding the mouse on the preview does the same"),
        )
        self._before.connect("toggled", lambda *_: self._draw())
        self._notices.set_image(
            Gtk.Image.new_from_icon_name("dialog-information-symbolic", Gtk.IconSize.BUTTON)
        )
        describe(self._notices, _("Notices"))
        popover = Gtk.Popover()
        popover.add(self._notice_text)
        self._notice_text.show()
        self._notices.set_popover(popover)
        buttons = Gtk.Box(spacing=6)
        buttons.pack_start(views, False, False, 0)
        buttons.pack_start(self._before, False, False, 0)
        buttons.pack_end(self._notices, False, False, 0)
        self.pack_start(buttons, False, False, 0)

    def _space(self) -> tuple[int, int]:
        """Returns the area for the picture, in the screen's units."""
        width = self._area.get_allocated_width() - 2 * MARGIN
        height = self._area.get_allocated_height() - 2 * MARGIN
        return max(width, 16), max(height, 16)

    def _region(self) -> Rect:
        """Returns the part of the picture that fits into the area at 100 %."""
        factor = self.get_scale_factor()
        sides = [
            min(side * factor, full)
            for side, full in zip(self._space(), self._subject.size, strict=True)
        ]
        starts = [
            min(max(round(middle - side / 2), 0), full - side)
            for middle, side, full in zip(self._middle, sides, self._subject.size, strict=True)
        ]
        return Rect(starts[0], starts[1], sides[0], sides[1])

    def _resized(self, *_args: object) -> None:
        size = self._space()
        if size != self._drawn_for:
            # Not while sizes are being given out.
            Gdk.threads_add_idle(0, self._fit)

    _drawn_for = (0, 0)

    def _fit(self) -> bool:
        if self._space() != self._drawn_for:
            self._draw()
            if self.region is not None:
                self._changed()
        return False

    def _draw(self) -> None:
        self._drawn_for = self._space()
        pixbuf = self._visible()
        if pixbuf is None:
            return
        show_sharply(self._image, pixbuf)

    def _visible(self) -> GdkPixbuf.Pixbuf | None:
        region = self.region
        painted = self._painted
        after = painted is not None and painted.region == region and not self.shows_before
        if region is not None:
            assert self._whole is not None
            return as_it_is(painted.pixbuf if painted and after else pixbuf_of(self._whole, region))
        pixbuf = painted.pixbuf if painted and after else self._original
        if pixbuf is None:
            return None
        factor = self.get_scale_factor()
        width, height = self._space()
        sides = self._subject.size
        share = min(width / sides[0], height / sides[1], ENLARGED)
        return fitted(
            pixbuf,
            max(1, round(sides[0] * share)) * factor,
            max(1, round(sides[1] * share)) * factor,
        )

    def _viewed(self, *_args: object) -> None:
        """Another view was chosen."""
        if self._full.get_active() and self._whole is None:
            try:
                with _waiting(self):
                    self._whole = self._subject.whole()
            except Exception as error:  # noqa: BLE001 - the editor's errors are of any kind
                self._entire.set_active(True)
                self._failed(error)
                return
        self._draw()
        self._changed()

    def _press(self, _area: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if event.button != 1:
            return False
        self._area.grab_focus()
        if event.type == Gdk.EventType.DOUBLE_BUTTON_PRESS and not self._full.get_active():
            self._grip = None
            self._middle = self._pixel_at(event.x, event.y)
            self._full.set_active(True)
        elif event.type == Gdk.EventType.BUTTON_PRESS:
            self._grip = (event.x, event.y)
            self._gripped_middle = self._middle
            self._dragged = False
            self._draw()
        return True

    def _pixel_at(self, x: float, y: float) -> tuple[float, float]:
        """Returns the pixel of the picture under a point of the area, the whole being seen."""
        width, height = self._area.get_allocated_width(), self._area.get_allocated_height()
        room = self._space()
        sides = self._subject.size
        share = min(room[0] / sides[0], room[1] / sides[1], ENLARGED)
        return sides[0] / 2 + (x - width / 2) / share, sides[1] / 2 + (y - height / 2) / share

    def _drag(self, _area: Gtk.Widget, event: Gdk.EventMotion) -> bool:
        if self._grip is None or self.region is None:
            return False
        x, y = event.x - self._grip[0], event.y - self._grip[1]
        self._dragged = self._dragged or max(abs(x), abs(y)) >= DRAG
        if self._dragged:
            factor = self.get_scale_factor()
            middle = self._gripped_middle
            self._move_to(middle[0] - x * factor, middle[1] - y * factor)
        return True

    def _move_to(self, x: float, y: float) -> None:
        """Puts the middle of the part that is seen as near to a pixel as the edges allow."""
        self._middle = (x, y)
        region = self._region()
        self._middle = (region.x + region.width / 2, region.y + region.height / 2)
        self._draw()

    def _release(self, _area: Gtk.Widget, event: Gdk.EventButton) -> bool:
        if event.button != 1 or self._grip is None:
            return False
        self._grip = None
        self._draw()
        if self._dragged:
            self._changed()
        return True

    def _key(self, _area: Gtk.Widget, event: Gdk.EventKey) -> bool:
        if event.state & (Gdk.ModifierType.CONTROL_MASK | Gdk.ModifierType.MOD1_MASK):
            return False
        if event.keyval in (Gdk.KEY_space, Gdk.KEY_KP_Space):
            self._before.set_active(not self._before.get_active())
            return True
        if self.region is None or event.keyval not in _ARROWS:
            return False
        x, y = _ARROWS[event.keyval]
        self._move_to(self._middle[0] + STEP * x, self._middle[1] + STEP * y)
        self._changed()
        return True


@contextlib.contextmanager
def _waiting(widget: Gtk.Widget) -> Iterator[None]:
    """Shows a pointer that waits while the main loop stands still."""
    window, display = widget.get_toplevel().get_window(), widget.get_display()
    window.set_cursor(Gdk.Cursor.new_from_name(display, "wait"))
    display.flush()
    try:
        yield
    finally:
        window.set_cursor(None)


_ARROWS = {
    Gdk.KEY_Left: (-1, 0),
    Gdk.KEY_Right: (1, 0),
    Gdk.KEY_Up: (0, -1),
    Gdk.KEY_Down: (0, 1),
    Gdk.KEY_KP_Left: (-1, 0),
    Gdk.KEY_KP_Right: (1, 0),
    Gdk.KEY_KP_Up: (0, -1),
    Gdk.KEY_KP_Down: (0, 1),
}
