"""The style library: built-in pictures, and the user's own in a folder.

A user's style is stored under the SHA-256 of its pixels: NAME.json (what it is), NAME.pixels (its
values, zlib-compressed: exact for every depth) and NAME.png (a thumbnail of the largest size).
Every file is written under another name, brought to the disk, and renamed; the JSON comes last and
goes first, so a style is either there with all its files or not there. Only the daemon that holds
the lock writes in the folder.
"""

import errno
import json
import logging
import os
import secrets
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import grpc

from styleswap import files, gallery
from styleswap.service import limits
from styleswap.service.errors import ServiceError, exhausted, invalid, precondition
from styleswap.service.pixels import Picture, canonical, digest, refuse_not_finite, values
from styleswap.worker.orders import Format

PREFIX: Final = "sha256:"
"""What the ids of the user's styles begin with."""

_THUMBNAILS: Final = 256

_KEPT_BYTES: Final = 16 << 20
"""Decoded styles that are kept in memory, so that a series of pictures decodes its style once."""

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Style:
    """A style of the library."""

    id: str
    name: str
    width: int
    height: int
    builtin: bool


@dataclass(frozen=True)
class _Stored:
    """A user's style as its JSON file tells it."""

    name: str
    format: Format


def decode(data: bytes | bytearray | memoryview) -> Picture:
    """Returns the picture of an image file.

    Takes long for large files: not for the event loop.

    Raises:
        ServiceError: INVALID_ARGUMENT; the reason is that of `files.FileError`.
    """
    try:
        pixels = files.read(
            data,
            pixel_limit=limits.FILE_PIXELS,
            side_limit=limits.SIDE,
            byte_limit=limits.FILE_BYTES,
        )
    except files.FileError as error:
        raise invalid(error.reason, "chunk.data", str(error)) from error
    form = Format(pixels.width, pixels.height, pixels.layout, pixels.depth, pixels.linear)
    picture = Picture(form, pixels.data)
    if form.depth == "float32":
        refuse_not_finite(values(picture), "style")
    return picture


class Library:
    """The built-in styles and those in a folder. Its methods block; they may run in any thread.

    Args:
        folder: the user's styles; made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._builtin = {style.id: style for style in gallery.styles()}
        self._builtin_sizes: dict[str, tuple[int, int]] = {}
        self._stored: dict[str, _Stored] = {}
        self._recent: OrderedDict[str, Picture] = OrderedDict()
        self._thumbnails: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._scan()

    def list(self) -> list[Style]:
        """Returns the built-in styles in their order, then the user's by name."""
        with self._lock:
            own = [self._style(PREFIX + name, stored) for name, stored in self._stored.items()]
        own.sort(key=lambda style: (style.name.casefold(), style.id))
        return [self.get(id_) for id_ in self._builtin] + own

    def get(self, id_: str) -> Style:
        """Returns the style with this id.

        Raises:
            ServiceError: NOT_FOUND.
        """
        if id_ in self._builtin:
            width, height = self._builtin_size(id_)
            return Style(id_, self._builtin[id_].name, width, height, True)
        return self._style(id_, self._find(id_))

    def picture(self, id_: str) -> Picture:
        """Returns the style's pixels.

        Raises:
            ServiceError: NOT_FOUND; DATA_LOSS, its file was damaged.
        """
        with self._lock:
            if id_ in self._recent:
                self._recent.move_to_end(id_)
                return self._recent[id_]
        picture = self._read(id_)
        with self._lock:
            # Not one that was deleted in the meantime.
            if id_ in self._builtin or id_.removeprefix(PREFIX) in self._stored:
                self._recent[id_] = picture
            while sum(kept.format.byte_count for kept in self._recent.values()) > _KEPT_BYTES:
                self._recent.popitem(last=False)
        return picture

    def put(self, picture: Picture, name: str) -> tuple[Style, bool]:
        """Stores a picture.

        Returns:
            The style, and whether the same pixels were there before: the style then keeps the name
            that it had.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED, the disk is full; FAILED_PRECONDITION, the folder
                cannot be written.
        """
        picture = canonical(picture)
        key = digest(picture)
        id_ = PREFIX + key
        with self._lock:
            if key in self._stored:
                return self._style(id_, self._stored[key]), True
        stored = _Stored(name, picture.format)
        packed = zlib.compress(picture.data, 1)
        thumbnail = _thumbnail(picture, limits.THUMBNAIL_SIDES[1])
        with self._lock, self._writing():
            # Another request may have stored the same pixels in the meantime.
            if key in self._stored:
                return self._style(id_, self._stored[key]), True
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._path(id_, "pixels"), packed)
            self._write(self._path(id_, "png"), thumbnail)
            self._write(self._path(id_, "json"), _to_json(stored))
            self._stored[key] = stored
        return self._style(id_, stored), False

    def rename(self, id_: str, name: str) -> Style:
        """Gives one of the user's styles another name.

        Raises:
            ServiceError: NOT_FOUND; FAILED_PRECONDITION, it is a built-in one, or the folder
                cannot be written; RESOURCE_EXHAUSTED, the disk is full.
        """
        self._refuse_builtin(id_, "renamed")
        with self._lock, self._writing():
            stored = replace(self._find(id_), name=name)
            self._write(self._path(id_, "json"), _to_json(stored))
            self._stored[id_.removeprefix(PREFIX)] = stored
        return self._style(id_, stored)

    def delete(self, id_: str) -> None:
        """Removes one of the user's styles.

        Raises:
            ServiceError: as `rename`.
        """
        self._refuse_builtin(id_, "deleted")
        with self._lock, self._writing():
            self._find(id_)
            self._path(id_, "json").unlink(missing_ok=True)
            del self._stored[id_.removeprefix(PREFIX)]
            self._recent.pop(id_, None)
            for key in [key for key in self._thumbnails if key[0] == id_]:
                del self._thumbnails[key]
            for suffix in ("pixels", "png"):
                self._path(id_, suffix).unlink(missing_ok=True)

    def thumbnail(self, id_: str, size: int) -> bytes:
        """Returns a PNG file of the style whose longest side is at most `size` pixels.

        Raises:
            ServiceError: NOT_FOUND; DATA_LOSS, its file was damaged.
        """
        key = id_, size
        with self._lock:
            if key in self._thumbnails:
                self._thumbnails.move_to_end(key)
                return self._thumbnails[key]
        png = _thumbnail(self._thumbnail_source(id_), size)
        with self._lock:
            self._thumbnails[key] = png
            while len(self._thumbnails) > _THUMBNAILS:
                self._thumbnails.popitem(last=False)
        return png

    def _read(self, id_: str) -> Picture:
        if id_ in self._builtin:
            return decode(self._builtin[id_].path.read_bytes())
        form = self._find(id_).format
        path = self._path(id_, "pixels")
        try:
            # Bounded: a damaged file must not fill the memory.
            data = zlib.decompressobj().decompress(path.read_bytes(), form.byte_count)
            picture = Picture(form, data)
            if len(data) == form.byte_count and PREFIX + digest(picture) == id_:
                return picture
            cause = "its pixels are not those that were stored"
        except (OSError, zlib.error) as error:
            cause = str(error)
        raise ServiceError(
            grpc.StatusCode.DATA_LOSS,
            "STYLE_DAMAGED",
            f"The style {self._style(id_, self._find(id_)).name!r} cannot be read any more "
            f"({cause}); delete it and add the picture again.",
            metadata={"id": id_},
        )

    def _thumbnail_source(self, id_: str) -> Picture:
        if id_ not in self._builtin:
            self._find(id_)
            try:
                return decode(self._path(id_, "png").read_bytes())
            except (OSError, ServiceError):
                _log.warning("the thumbnail of %s is gone; taking the picture", id_)
        return self.picture(id_)

    def _builtin_size(self, id_: str) -> tuple[int, int]:
        if id_ not in self._builtin_sizes:
            form = self.picture(id_).format
            self._builtin_sizes[id_] = form.width, form.height
        return self._builtin_sizes[id_]

    def _find(self, id_: str) -> _Stored:
        stored = self._stored.get(id_.removeprefix(PREFIX)) if id_.startswith(PREFIX) else None
        if stored is None:
            raise ServiceError(
                grpc.StatusCode.NOT_FOUND,
                "UNKNOWN_STYLE",
                f"There is no style {id_[:100]!r} in the library; list the styles for those that "
                "there are.",
                metadata={"id": id_[:100]},
            )
        return stored

    def _style(self, id_: str, stored: _Stored) -> Style:
        return Style(id_, stored.name, stored.format.width, stored.format.height, False)

    def _refuse_builtin(self, id_: str, what: str) -> None:
        if id_ in self._builtin:
            raise precondition(
                "BUILTIN_STYLE", f"{id_!r} comes with the program and cannot be {what}.", id=id_
            )

    def _path(self, id_: str, suffix: str) -> Path:
        return self._folder / f"{id_.removeprefix(PREFIX)}.{suffix}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise exhausted(
                    "DISK_FULL",
                    f"The disk with the style library ({self._folder}) is full; free some space.",
                    30,
                ) from error
            raise precondition(
                "LIBRARY_NOT_WRITABLE",
                f"The style library ({self._folder}) cannot be changed: {error.strerror}. Make "
                "the folder writable.",
                folder=self._folder,
            ) from error

    def _write(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _scan(self) -> None:
        """Reads what is stored, and removes what an interrupted write has left."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob("*.json")):
            try:
                self._stored[path.stem] = _from_json(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.warning("%s is not the description of a style: %s", path, error)
        for path in self._folder.iterdir():
            left = path.name.startswith(".") and path.suffix == ".part"
            orphan = path.suffix in (".pixels", ".png") and not path.with_suffix(".json").exists()
            if left or orphan:
                try:
                    path.unlink()
                except OSError as error:
                    _log.warning("%s cannot be removed: %s", path, error)


def _thumbnail(picture: Picture, size: int) -> bytes:
    form = picture.format
    pixels = files.Pixels(
        form.width,
        form.height,
        form.layout,
        form.depth,
        form.linear,
        picture.data if isinstance(picture.data, bytes) else memoryview(picture.data),
    )
    return files.thumbnail_png(pixels, size)


def _to_json(stored: _Stored) -> bytes:
    return json.dumps({"name": stored.name, "format": asdict(stored.format)}, indent=1).encode()


def _from_json(text: str) -> _Stored:
    stored = json.loads(text)
    form = Format(**stored["format"])
    if form.byte_count < 1 or not isinstance(stored["name"], str):
        raise ValueError("its format or name is wrong")
    return _Stored(stored["name"], form)
