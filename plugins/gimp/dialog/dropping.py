"""Files that are dragged to the dialog from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gi.repository import Gdk, Gio, Gtk
from styleswap_vendor.styleswap.editing.words import _

from .background import post

URIS = "text/uri-list"


class Dropping:
    """Has files dropped anywhere on a window, and says what is refused."""

    def __init__(
        self,
        window: Gtk.Window,
        over: Callable[[bool], object],
        dropped: Callable[[Sequence[str]], object],
        refused: Callable[[str], object],
    ) -> None:
        """Takes drops from now on.

        Args:
            window: with all its widgets.
            over: called with True while files are dragged over the window, and with False after.
            dropped: called with the paths of files.
            refused: called with a sentence where something else was dropped.
        """
        self._over = over
        self._dropped = dropped
        self._refused = refused
        for widget in _within(window):
            if isinstance(widget, Gtk.Entry):  # it would take a path as text, or refuse it
                widget.drag_dest_unset()
        window.drag_dest_set(Gtk.DestDefaults(0), [], Gdk.DragAction.COPY)
        window.connect("drag-motion", self._move)
        window.connect("drag-leave", self._leave)
        window.connect("drag-drop", self._drop)
        window.connect("drag-data-received", self._receive)

    def _move(self, _window: Gtk.Widget, context: Any, _x: int, _y: int, time: int) -> bool:
        """Takes whatever comes, to say why where it cannot be used."""
        Gdk.drag_status(context, Gdk.DragAction.COPY, time)
        self._over(_files_in(context) is not None)
        return True

    def _leave(self, *_args: object) -> None:
        self._over(False)

    def _drop(self, window: Gtk.Widget, context: Any, _x: int, _y: int, time: int) -> bool:
        files = _files_in(context)
        if files is not None:
            window.drag_get_data(context, files, time)
        else:
            Gtk.drag_finish(context, False, False, time)
            post(lambda: self._take([]))
        return True

    def _receive(
        self,
        _window: Gtk.Widget,
        context: Any,
        _x: int,
        _y: int,
        data: Any,
        _info: int,
        time: int,
    ) -> None:
        places = [Gio.File.new_for_uri(uri).get_path() for uri in data.get_uris()]
        Gtk.drag_finish(context, bool(places), False, time)
        post(lambda: self._take([path for path in places if path]))

    def _take(self, paths: Sequence[str]) -> None:
        folders = [path for path in paths if Path(path).is_dir()]
        files = [path for path in paths if path not in folders]
        if folders:
            sentence = _("{name} is a folder; drop picture files here.")
            self._refused(sentence.format(name=Path(folders[0]).name))
        elif not files:
            self._refused(
                _(
                    "Only picture files can be dropped here; save the picture to a file first, or "
                    "choose “From a layer…” for a layer."
                )
            )
        if files:
            self._dropped(files)


def _files_in(context: Any) -> Any | None:
    """Returns the kind of data by which files are dragged, None where there are none."""
    return next((kind for kind in context.list_targets() if kind.name() == URIS), None)


def _within(widget: Gtk.Widget) -> Iterator[Gtk.Widget]:
    yield widget
    if isinstance(widget, Gtk.Container):
        children: list[Gtk.Widget] = []
        widget.forall(children.append)
        for child in children:
            yield from _within(child)
