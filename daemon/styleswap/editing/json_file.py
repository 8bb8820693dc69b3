"""A small JSON file that several programs change: locked, replaced whole, never half written."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from styleswap import atomic, locks

LOCK_SECONDS = 2.0
"""How long another program may take for its change; a change takes milliseconds."""
_POLL_SECONDS = 0.01

Content = dict[str, Any]


class JsonFile:
    """An object of JSON in a file."""

    def __init__(self, path: Path) -> None:
        """Args: path: need not exist, nor its folder."""
        self.path = path

    @property
    def broken_path(self) -> Path:
        """Where a file that holds no JSON object is set aside."""
        return self.path.with_name(self.path.name + ".broken")

    def read(self) -> tuple[Content, bool]:
        """Returns what the file holds, {} where there is none, and whether it was broken.

        A broken file is set aside first, in place of one set aside earlier.

        Raises:
            OSError: it cannot be read, or not be set aside.
        """
        try:
            return self._content(), False
        except (ValueError, RecursionError):
            with self._locked():
                return self._sound_content()

    def update(self, change: Callable[[Content], object]) -> Content:
        """Changes what the file holds, as it is on the disk now; returns the new content.

        Args:
            change: alters the content in place.

        Raises:
            OSError: it cannot be read or written; the file is as it was.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            content, _ = self._sound_content()
            change(content)
            # A link stays a link: what it points to is replaced.
            target = Path(os.path.realpath(self.path))
            atomic.write_whole(target, json.dumps(content, indent=1).encode())
        return content

    def _content(self) -> Content:
        """Returns the content; raises ValueError or RecursionError where it is broken."""
        try:
            content = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        if not isinstance(content, dict):
            raise ValueError("no JSON object")
        return content

    def _sound_content(self) -> tuple[Content, bool]:
        try:
            return self._content(), False
        except (ValueError, RecursionError):
            self.path.replace(self.broken_path)
            return {}, True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Holds the lock beside the file; the system gives it back when a process is killed.

        Goes on without it when it is not to be had in time, or not at all on this file system:
        then the last one to write wins.
        """
        path = self.path.with_name(f"{self.path.name}.lock")
        deadline = time.monotonic() + LOCK_SECONDS
        lock = None
        with contextlib.suppress(locks.NoLocks):
            while (lock := locks.take(path)) is None and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            if lock is not None:
                os.close(lock)
