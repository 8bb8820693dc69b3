"""Encoded styles that are kept from one painting to the next."""

from collections import OrderedDict
from collections.abc import Hashable

from styleswap.borders import Area
from styleswap.engine.styles.encoded import EncodedStyle

INSIDES = 1000
"""Styles whose borders are remembered."""


class StyleCache:
    """Encoded styles by key; the least recently used leave first.

    Args:
        limit: bytes to keep at most.

    Attributes:
        insides: what lies inside the borders of styles, by their keys; None where there is none.
    """

    def __init__(self, limit: int = 1 << 30) -> None:
        self.limit = limit
        self.insides: dict[str, Area | None] = {}
        self._styles: OrderedDict[Hashable, EncodedStyle] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        return sum(a.bytes for a in self._styles.values())

    def clear(self) -> None:
        """Forget everything."""
        self._styles.clear()
        self.insides.clear()

    def remember_inside(self, key: str, area: Area | None) -> None:
        """Keep what lies inside a style's border, of the last `INSIDES` styles or so."""
        if len(self.insides) >= INSIDES:
            self.insides.clear()
        self.insides[key] = area

    def get(self, key: Hashable) -> EncodedStyle | None:
        """What is held under a key, now the most recently used."""
        if key in self._styles:
            self._styles.move_to_end(key)
        return self._styles.get(key)

    def put(self, key: Hashable, encoded: EncodedStyle) -> None:
        """Keep a style, if it fits at all."""
        if encoded.bytes > self.limit:
            return
        self._styles[key] = encoded
        while self.bytes > self.limit:
            self._styles.popitem(last=False)
