"""The library's styles in memory that the engine's process shares, so that a series copies none."""

import threading
from collections import OrderedDict
from typing import Final

from styleswap.processes import SharedMemory
from styleswap.service.styles import Library
from styleswap.worker.orders import SharedPicture

_KEPT_BYTES: Final = 16 << 20

KEPT_STYLES: Final = 64
"""Styles at most: each holds a descriptor, and small ones are many in those bytes."""


class SharedStyles:
    """Styles by their ids. For any thread.

    Nothing is ever closed here: a picture goes when it is neither kept nor part of an order.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, SharedPicture] = OrderedDict()

    def has(self, id_: str) -> bool:
        """Tells whether a style is there at once."""
        with self._lock:
            return id_ in self._kept

    def get(self, id_: str) -> SharedPicture:
        """Returns a style; blocks where it must be read.

        Raises:
            Refusal: as `Library.picture`.
        """
        with self._lock:
            if id_ in self._kept:
                self._kept.move_to_end(id_)
                return self._kept[id_]
        picture = self._library.picture(id_)
        shared = SharedPicture(picture.format, SharedMemory.holding(picture.data))
        with self._lock:
            self._kept[id_] = shared
            while len(self._kept) > KEPT_STYLES or self._bytes > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return shared

    @property
    def _bytes(self) -> int:
        return sum(kept.memory.size for kept in self._kept.values())
