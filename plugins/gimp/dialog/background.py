"""The way back from a thread to the thread of the dialog."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GLib


def post(call: Callable[[], object]) -> None:
    """Has a function called once by the main loop. For any thread."""

    def once() -> bool:
        call()
        return False

    GLib.idle_add(once)
