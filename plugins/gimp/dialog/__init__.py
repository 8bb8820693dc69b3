"""The dialog of the filter: plain Gtk 3, which knows nothing of the editor.

    values = ask(subject, values, connect)

All texts are translated when the dialog is built; `words.install` comes before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("GdkPixbuf", "2.0")
gi.require_version("Gtk", "3.0")

from .subject import OpenPicture, Subject  # noqa: E402
from .window import Connect, StyleDialog  # noqa: E402

__all__ = ["Connect", "OpenPicture", "StyleDialog", "Subject", "ask"]


def ask(
    subject: Subject,
    values: Mapping[str, Any],
    connect: Connect,
    prepare: Callable[[Any], object] | None = None,
) -> dict[str, Any] | None:
    """Shows the dialog and waits for its answer, with the main loop running.

    Args:
        subject: the picture to paint.
        values: what is chosen at first: "style" (an id, a unique name or a path), "style_drawable"
            (the key of one of the subject's pictures, or None), "output" ("new-layer", "in-place"
            or "new-image"), and the controls by their names. Defaults stand for absent and for
            wrong ones.
        connect: connects to the daemon, starting it where need be. Called in a thread, with a
            function that takes sentences for the user while that takes time.
        prepare: called with the window (a `Gtk.Dialog`) before it is shown, such as to put it
            before the editor's own.

    Returns:
        Values as above, complete; "style" is empty where "style_drawable" is not None. None where
        the user cancelled.
    """
    dialog = StyleDialog(subject, values, connect)
    if prepare is not None:
        prepare(dialog.window)
    return dialog.run()
