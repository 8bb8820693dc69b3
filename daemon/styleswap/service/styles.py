"""The style library: built-in pictures, and the user's own in a folder."""

import logging
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from styleswap import files, gallery
from styleswap.files import Pixels
from styleswap.service import limits
from styleswap.service.pixels import digest
from styleswap.service.style_folder import Kind, Stored, StyleFolder
from styleswap.service.style_pictures import as_style, decode, reduced, refuse_invisible
from styleswap.worker.refusals import Refusal, exhausted, precondition

PREFIX: Final = "sha256:"
"""What the ids of the user's styles begin with."""

_KEPT_BYTES: Final = 16 << 20
"""Decoded styles that are kept in memory, so that a series of pictures decodes its style once."""

_THUMBNAIL_BYTES: Final = 16 << 20
"""Thumbnails that are kept in memory."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Style:
    """A style of the library."""

    id: str
    name: str
    width: int
    height: int
    builtin: bool
    kind: Kind = "picture"


@dataclass(frozen=True)
class Added:
    """What became of a picture that was to be stored."""

    style: Style
    existed: bool
    """The same pixels were there before: the style keeps the name that it had."""
    notices: tuple[str, ...]
    """Sentences on what of the picture was altered."""


class Library:
    """The built-in styles and those in a folder. Its methods block; they may run in any thread.

    Args:
        folder: the user's styles; made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = StyleFolder(folder)
        self._lock = threading.Lock()
        self._builtin = {style.id: style for style in gallery.styles()}
        self._stored = self._folder.scan()
        self._recent: OrderedDict[str, Pixels] = OrderedDict()
        self._thumbnails: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def list(self) -> list[Style]:
        """Returns the built-in styles in their order, then the user's by name."""
        with self._lock:
            own = [self._style(PREFIX + name, stored) for name, stored in self._stored.items()]
        own.sort(key=lambda style: (style.name.casefold(), style.id))
        return [self.get(id_) for id_ in self._builtin] + own

    def get(self, id_: str) -> Style:
        """Returns the style with this id.

        Raises:
            Refusal: NOT_FOUND.
        """
        if id_ in self._builtin:
            return Style(id_, self._builtin[id_].name, gallery.SIDE, gallery.SIDE, True)
        return self._style(id_, self._find(id_))

    def picture(self, id_: str) -> Pixels:
        """Returns the style's pixels.

        Raises:
            Refusal: NOT_FOUND; DATA_LOSS, its file was damaged.
        """
        with self._lock:
            if id_ in self._recent:
                self._recent.move_to_end(id_)
                return self._recent[id_]
        picture = self._read(id_)
        with self._lock:
            # Not one that was deleted in the meantime.
            if self._is_there(id_):
                self._recent[id_] = picture
            while sum(kept.format.byte_count for kept in self._recent.values()) > _KEPT_BYTES:
                self._recent.popitem(last=False)
        return picture

    def put(self, picture: Pixels, name: str) -> Added:
        """Stores a picture.

        Raises:
            Refusal: INVALID_ARGUMENT, it is wholly transparent; RESOURCE_EXHAUSTED, the disk
                is full; FAILED_PRECONDITION, the folder cannot be written.
        """
        picture = as_style(picture)
        key = digest(picture)
        id_ = PREFIX + key
        with self._lock:
            if key in self._stored:
                return Added(self._style(id_, self._stored[key]), True, picture.notices)
        stored = Stored(name, picture.format)
        contents = {
            "pixels": zlib.compress(picture.data, 1),
            "png": _thumbnail(picture, limits.THUMBNAIL_SIDES[1]),
        }
        with self._lock:
            # Another request may have stored the same pixels in the meantime.
            existed = key in self._stored
            if not existed:
                self._folder.add(key, stored, contents)
                self._stored[key] = stored
            return Added(self._style(id_, self._stored[key]), existed, picture.notices)

    def rename(self, id_: str, name: str) -> Style:
        """Gives one of the user's styles another name.

        Raises:
            Refusal: NOT_FOUND; FAILED_PRECONDITION, it is a built-in one, or the folder
                cannot be written; RESOURCE_EXHAUSTED, the disk is full.
        """
        self._refuse_builtin(id_, "renamed")
        key = id_.removeprefix(PREFIX)
        with self._lock:
            stored = replace(self._find(id_), name=name)
            self._folder.describe(key, stored)
            self._stored[key] = stored
        return self._style(id_, stored)

    def delete(self, id_: str) -> None:
        """Removes one of the user's styles.

        Raises:
            Refusal: as `rename`.
        """
        self._refuse_builtin(id_, "deleted")
        key = id_.removeprefix(PREFIX)
        with self._lock:
            self._find(id_)
            self._folder.remove(key)
            del self._stored[key]
            self._recent.pop(id_, None)
            for small in [small for small in self._thumbnails if small[0] == id_]:
                del self._thumbnails[small]
            self._folder.remove_contents(key)

    def thumbnail(self, id_: str, size: int) -> bytes:
        """Returns a PNG file of the style whose longest side is at most `size` pixels.

        A border that paintings leave out is pale in it: it is there, should they keep it. What is
        stored has it as it is.

        Raises:
            Refusal: NOT_FOUND; DATA_LOSS, its file was damaged.
        """
        key = id_, size
        with self._lock:
            if key in self._thumbnails:
                self._thumbnails.move_to_end(key)
                return self._thumbnails[key]
        png = _thumbnail(self._thumbnail_source(id_), size, dimmed=True)
        with self._lock:
            # Not of one that was deleted in the meantime.
            if self._is_there(id_):
                self._thumbnails[key] = png
            while sum(map(len, self._thumbnails.values())) > _THUMBNAIL_BYTES:
                self._thumbnails.popitem(last=False)
        return png

    def _read(self, id_: str) -> Pixels:
        if id_ in self._builtin:
            return decode(self._builtin[id_].path.read_bytes(), own=True)
        form = self._find(id_).format
        try:
            # Bounded: a damaged file must not fill the memory.
            data = zlib.decompressobj().decompress(
                self._folder.read(id_.removeprefix(PREFIX), "pixels"), form.byte_count
            )
            picture = Pixels(form, data) if len(data) == form.byte_count else None
            if picture is not None and PREFIX + digest(picture) == id_:
                # Older versions stored them of any size, and invisible ones.
                refuse_invisible(picture)
                return reduced(picture)
            cause = "its pixels are not those that were stored"
        except (OSError, files.FileError, zlib.error) as error:
            cause = str(error)
        raise Refusal(
            "DATA_LOSS",
            "STYLE_DAMAGED",
            f"The style {self._style(id_, self._find(id_)).name!r} cannot be read any more "
            f"({cause}); delete it and add the picture again.",
            metadata={"id": id_},
        )

    def _thumbnail_source(self, id_: str) -> Pixels:
        if id_ not in self._builtin:
            self._find(id_)
            key = id_.removeprefix(PREFIX)
            try:
                return decode(self._folder.read(key, "png"), own=True)
            except (OSError, files.FileError, Refusal):
                _log.warning("the thumbnail of %s is gone; taking the picture", id_)
        return self.picture(id_)

    def _is_there(self, id_: str) -> bool:
        return id_ in self._builtin or id_.removeprefix(PREFIX) in self._stored

    def _find(self, id_: str) -> Stored:
        stored = self._stored.get(id_.removeprefix(PREFIX)) if id_.startswith(PREFIX) else None
        if stored is None:
            raise Refusal(
                "NOT_FOUND",
                "UNKNOWN_STYLE",
                f"There is no style {id_[:100]!r} in the library; list the styles for those that "
                "there are.",
                metadata={"id": id_[:100]},
            )
        return stored

    def _style(self, id_: str, stored: Stored) -> Style:
        form = stored.format
        return Style(id_, stored.name, form.width, form.height, False, stored.kind)

    def _refuse_builtin(self, id_: str, what: str) -> None:
        if id_ in self._builtin:
            raise precondition(
                "BUILTIN_STYLE", f"{id_!r} comes with the program and cannot be {what}.", id=id_
            )


def _thumbnail(picture: Pixels, size: int, *, dimmed: bool = False) -> bytes:
    try:
        return files.thumbnail(picture, size, dimmed=dimmed)
    except files.FileError as error:
        raise exhausted("OUT_OF_MEMORY", str(error), 10) from None
