"""Watches what the daemon needs to stay the only one, and to be found."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from styleswap import runtime
from styleswap.service import logs, ownership

_SECONDS: Final = 1.0
"""How often it looks."""

_log = logging.getLogger(__name__)


class Guard:
    """Looks after the lock and the runtime file of a daemon that runs."""

    def __init__(
        self, home: Path, lock: ownership.Lock, told: runtime.Runtime, stop: Callable[[], None]
    ) -> None:
        """Args: told: what the runtime file says; stop: called when another daemon took over."""
        self._home = home
        self._lock = lock
        self._told = told
        self._stop = stop

    async def watch(self) -> None:
        """Looks until it is cancelled, or until another daemon has taken over."""
        while True:
            await asyncio.sleep(_SECONDS)
            logs.bound_output(self._home)
            try:
                if not self._look():
                    self._stop()
                    return
            except OSError as error:
                # Nothing can be written there now: a full disk, a read-only one.
                _log.debug("the folder %s cannot be looked after: %s", self._home, error)

    def _look(self) -> bool:
        """Puts right what is amiss; returns whether this is still the user's daemon."""
        if not self._lock.sound():
            if not self._lock.retake():
                _log.error("another daemon holds the lock in %s: this one ends", self._home)
                return False
            _log.warning("the lock file in %s was gone; it is locked anew", self._home)
        if not runtime.runtime_file(self._home).exists():
            ownership.write_runtime(self._home, self._told)
            _log.warning("the runtime file in %s was gone; it is written anew", self._home)
        return True
