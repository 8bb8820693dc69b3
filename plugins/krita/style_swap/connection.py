"""The daemon, as the docker sees it: looked for, connected, or absent with a remedy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from styleswap_vendor.styleswap import client
from styleswap_vendor.styleswap.client import Daemon, DaemonNotRunning, Style
from styleswap_vendor.styleswap.editing.errand import Errand
from styleswap_vendor.styleswap.editing.words import _

from .background import post
from .errors import explain
from .qt import QtCore

LOOK_MILLISECONDS = 3000
"""How often an absent daemon is looked for, and a connected one asked whether it still lives."""

State = Literal["unknown", "looking", "connected", "absent"]


class Connection:
    """One connection for all windows. Its methods belong to the main thread, but for `require`."""

    def __init__(self, changed: Callable[[], object], styles_came: Callable[[], object]) -> None:
        """Does nothing until something is asked for.

        Args:
            changed: called when `state` or `text` has changed.
            styles_came: called when `styles` were listed anew.
        """
        self._changed = changed
        self._styles_came = styles_came
        self._lock = threading.Lock()
        self._daemon: Daemon | None = None
        self._closed = False
        self._errand: Errand[object] | None = None
        self._timer = QtCore.QTimer()
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self.state: State = "unknown"
        self.text = ""
        """One sentence for people on the state: what goes on, or what to do."""
        self.styles: list[Style] = []
        """The library as it was listed last."""

    @property
    def daemon(self) -> Daemon | None:
        """The daemon, where it was reached."""
        return self._daemon

    def reach(self) -> None:
        """Connects where that was not done, starting the daemon where none runs."""
        if self.state in ("unknown", "absent"):
            self._begin(start=True)

    def watch(self, watching: bool) -> None:
        """Keeps `state` true while somebody looks at it."""
        if watching and not self._closed:
            self._timer.start()
        else:
            self._timer.stop()

    def require(self, say: Callable[[str], object]) -> Daemon:
        """Returns the daemon, reaching and starting it where need be. For any thread; waits.

        Args:
            say: told sentences while that takes time, in the calling thread.

        Raises:
            StyleSwapError: none can be had; the sentence says what to do.
        """
        with self._lock:
            if self._daemon is None:
                self._daemon = client.connect(message=lambda text: say(_(text)))
                post(lambda: self._reached(None))
            return self._daemon

    def lose(self, error: Exception) -> None:
        """Takes note that somebody was told, by this error, that no daemon can be had."""
        self._lost(error)

    def list_styles(self) -> None:
        """Lists the styles anew, such as after a change."""
        daemon = self._daemon
        if daemon is not None:
            Errand(daemon.styles.list, post, self._listed, self._lost)

    def close(self) -> None:
        """Ends the connection; the daemon goes on."""
        self._closed = True
        self._timer.stop()
        if self._errand is not None:
            self._errand.forget()
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.close()

    def _begin(self, *, start: bool) -> None:
        if start:
            self._show("looking", _("Looking for the Style Swap daemon…"))

        def say(text: str) -> None:
            post(lambda: self._show("looking", text) if self.state == "looking" else None)

        def work() -> list[Style]:
            with self._lock:
                fresh = self._daemon is None
                daemon = self._daemon or client.connect(
                    start=start, message=lambda text: say(_(text))
                )
                try:
                    # A call would start one that the user has stopped on purpose.
                    if not start and not daemon.health():
                        raise DaemonNotRunning("nobody is told: it is looked for again")
                    styles = daemon.styles.list()
                except BaseException:
                    if fresh:
                        daemon.close()
                    raise
                self._daemon = daemon
                return styles

        failed = self._lost if start else self._still_absent
        self._errand = Errand(work, post, self._reached, failed)

    def _reached(self, styles: list[Style] | None) -> None:
        self._errand = None
        if self._closed:
            return
        self._show("connected", _("Connected to the Style Swap daemon."))
        if styles is None:
            self.list_styles()
        else:
            self._listed(styles)

    def _listed(self, styles: list[Style]) -> None:
        if not self._closed:
            self.styles = styles
            self._styles_came()

    def _lost(self, error: Exception) -> None:
        self._errand = None
        if not self._closed:
            self._show("absent", explain(error))

    def _still_absent(self, _error: Exception) -> None:
        self._errand = None

    def _look(self) -> None:
        """Notices that the daemon came, or went."""
        if self._errand is not None:
            return
        if self.state == "absent":
            self._begin(start=False)
        elif self.state == "connected":
            daemon = self._daemon
            if daemon is not None:
                self._errand = Errand(daemon.health, post, self._answered, self._lost)

    def _answered(self, healthy: bool) -> None:
        self._errand = None
        if not healthy and not self._closed:
            self._show(
                "absent", _("The Style Swap daemon has ended; it is started again when needed.")
            )

    def _show(self, state: State, text: str) -> None:
        if (state, text) != (self.state, self.text):
            self.state, self.text = state, text
            self._changed()
