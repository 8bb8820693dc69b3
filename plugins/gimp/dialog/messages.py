"""The bar above all that says what went wrong, or what is to be known."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gtk
from styleswap_vendor.styleswap.editing.words import _

from .accessible import announce, describe
from .mnemonics import Mnemonics


class Messages(Gtk.InfoBar):
    """Shows one message at a time, with a button where trying again may help."""

    def __init__(self, mnemonics: Mnemonics) -> None:
        """Args: mnemonics: takes the button's label."""
        super().__init__(no_show_all=True, show_close_button=True)
        self._retry: Callable[[], object] | None = None
        # Selectable: it may hold a command.
        self._text = Gtk.Label(wrap=True, xalign=0.0, max_width_chars=90, selectable=True)
        self._text.show()
        self._again = Gtk.Button()
        mnemonics.add(self._again, _("Try again"), late=True)
        describe(self._again, _("Try again"), tooltip=False)
        self._again.connect("clicked", self._try_again)
        self.get_content_area().pack_start(self._text, True, True, 0)
        self.get_action_area().pack_start(self._again, False, False, 0)
        self.connect("response", lambda *_args: self.say(""))

    @property
    def text(self) -> str:
        """What it says; empty where it does not show."""
        return str(self._text.get_text())

    def say(
        self, text: str, again: Callable[[], object] | None = None, *, error: bool = False
    ) -> None:
        """Shows a message in place of the one before.

        Args:
            text: sentences; hides the bar where it is empty.
            again: called by the button that tries again; there is none without it.
            error: something failed.
        """
        self._retry = again
        self.set_message_type(Gtk.MessageType.ERROR if error else Gtk.MessageType.WARNING)
        announce(self._text, text)
        self._again.set_visible(again is not None)
        self.set_visible(bool(text))

    def _try_again(self, *_args: object) -> None:
        retry = self._retry
        self.say("")
        if retry is not None:
            retry()
