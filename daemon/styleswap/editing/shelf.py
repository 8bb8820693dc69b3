"""The gallery as data: which styles to show in which order, and their thumbnails."""

import threading
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

from styleswap.client.answers import Style
from styleswap.client.style_choice import ID_PREFIXES
from styleswap.editing.remembered import Remembered
from styleswap.editing.words import _, style_name

Kind = Literal["favourites", "recent", "builtin", "own"]

DEFAULT_STYLE = "builtin/woodcut"
"""What is chosen where nothing was yet."""
JOIN_SECONDS = 5.0
"""How long `Thumbnails.close` waits for one that is being loaded."""


@dataclass(frozen=True)
class Entry:
    """A style to choose."""

    id: str
    """What to paint with: the style's id, or the path of a file that is not in the library."""
    name: str
    """The name to show, in the user's language."""
    builtin: bool
    """Whether it comes with the program."""
    keywords: str = ""
    """What a search finds it by besides its name."""

    @property
    def path(self) -> Path | None:
        """The image file, where it is one; the library has no thumbnail of it."""
        return None if self.id.startswith(ID_PREFIXES) else Path(self.id)


@dataclass(frozen=True)
class Section:
    """A part of the gallery."""

    kind: Kind
    title: str
    """In the user's language."""
    entries: tuple[Entry, ...]
    """At least one."""


class Shelf:
    """The styles of a library as the user finds them: favourites, recent, built-in, own.

    A snapshot: make another one when the library or what is remembered has changed.
    """

    def __init__(self, styles: Iterable[Style], remembered: Remembered) -> None:
        """Args: styles: the library, in its order."""
        entries = [_entry(style) for style in styles]
        known = {entry.id: entry for entry in entries}
        recent = [known.get(style) or _file_entry(style) for style in remembered.recent]
        favourites = [known.get(style) for style in remembered.favourites]
        self._entries = known
        self.library = tuple(entries)
        """All styles of the library, in its order."""
        self.sections = _sections(
            favourites=favourites,
            recent=recent,
            builtin=[entry for entry in entries if entry.builtin],
            own=[entry for entry in entries if not entry.builtin],
        )
        """Those that are not empty; a favourite stands in its other sections too."""

    def find(self, style: str) -> Entry | None:
        """Returns the entry of a style, given by its id or the path of an existing file."""
        return self._entries.get(style) or _file_entry(style)

    def search(self, text: str) -> tuple[Section, ...]:
        """Returns the sections with the entries in whose names all the words occur.

        Upper and lower case and accents do not matter. Every style is found once. All sections
        where the text is blank.
        """
        words = _plain(text).split()
        if not words:
            return self.sections
        seen: set[str] = set()
        found = []
        for section in self.sections:
            entries = tuple(
                entry
                for entry in section.entries
                if entry.id not in seen
                and all(word in _plain(f"{entry.name} {entry.keywords}") for word in words)
            )
            seen.update(entry.id for entry in entries)
            if entries:
                found.append(Section(section.kind, section.title, entries))
        return tuple(found)


class Thumbnails:
    """Loads thumbnails one after the other in a thread of its own, and keeps them.

    Its methods belong to one thread, the one that `post` leads back to.
    """

    def __init__(
        self, load: Callable[[str, int], bytes], post: Callable[[Callable[[], None]], object]
    ) -> None:
        """Starts the thread.

        Args:
            load: (style's id, longest side in pixels) -> a PNG file, called in the thread, such
                as `daemon.styles.thumbnail`.
            post: has a function called in the caller's thread, such as GLib.idle_add.
        """
        self._load = load
        self._post = post
        self._closed = False
        self._kept: dict[tuple[str, int], bytes] = {}
        self._wanted: dict[tuple[str, int], list[Callable[[bytes], object]]] = {}
        self._queue: SimpleQueue[tuple[str, int] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="styleswap-shelf", daemon=True)
        self._thread.start()

    def fetch(self, style: str, size: int, show: Callable[[bytes], object]) -> None:
        """Has `show` called with a style's thumbnail, at once where it was loaded before.

        It is not called where the thumbnail cannot be loaded; the next call tries again.

        Args:
            style: its id.
            size: longest side in pixels, 16 to 512.
            show: takes a PNG file.
        """
        key = style, size
        if self._closed:
            return
        if key in self._kept:
            show(self._kept[key])
        elif key in self._wanted:
            self._wanted[key].append(show)
        else:
            self._wanted[key] = [show]
            self._queue.put(key)

    def close(self) -> None:
        """Ends the thread; nothing is shown afterwards. Does nothing the second time."""
        self._closed = True
        self._wanted.clear()
        self._queue.put(None)
        self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        while (key := self._queue.get()) is not None and not self._closed:
            try:
                png = self._load(*key)
            except Exception:  # noqa: BLE001 - a picture is missing, nothing else
                png = b""
            try:
                self._post(partial(self._arrive, key, png))
            except Exception:  # noqa: BLE001 - the toolkit is going down
                return

    def _arrive(self, key: tuple[str, int], png: bytes) -> None:
        shows = self._wanted.pop(key, [])
        if png and not self._closed:
            self._kept[key] = png
            for show in shows:
                show(png)


def _entry(style: Style) -> Entry:
    # The English name and the id's word too: a user may know them from elsewhere.
    keywords = f"{style.name} {style.id.removeprefix('builtin/')}" if style.builtin else ""
    return Entry(style.id, style_name(style), style.builtin, keywords)


def _file_entry(style: str) -> Entry | None:
    """Returns the entry of an image file; None for ids, and where there is no such file."""
    if style.startswith(ID_PREFIXES):
        return None
    path = Path(style)
    try:
        return Entry(style, path.stem, False, path.name) if path.is_file() else None
    except (OSError, ValueError):  # names that no file system takes
        return None


def _sections(**entries: Sequence[Entry | None]) -> tuple[Section, ...]:
    titles: dict[Kind, str] = {
        "favourites": _("Favourites"),
        "recent": _("Recently used"),
        "builtin": _("Built in"),
        "own": _("Your own"),
    }
    sections = [
        Section(kind, title, tuple(entry for entry in entries[kind] if entry is not None))
        for kind, title in titles.items()
    ]
    return tuple(section for section in sections if section.entries)


def _plain(text: str) -> str:
    """Returns a text without accents and the difference of upper and lower case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
