"""The files of the user's styles.

A style is stored under the SHA-256 of its pixels: NAME.json (what it is), NAME.pixels (its values,
zlib-compressed: exact for every depth) and NAME.png (a thumbnail of the largest size). Every file
is written under another name, brought to the disk, and renamed; the JSON comes last and goes
first, so a style is either there with all its files or not there. Whatever else lies in the folder
is the user's own and is left alone.
"""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from styleswap import atomic
from styleswap.files import FileError, open_regular
from styleswap.pixel_format import PixelFormat
from styleswap.service import limits
from styleswap.worker.refusals import exhausted, precondition

_NAME: Final = re.compile(r"([0-9a-f]{64})\.(json|pixels|png)")
_TEMPORARY: Final = re.compile(r"\.[0-9a-f]{16}\.part")

_DESCRIPTION_BYTES: Final = 64 << 10
"""Most that is read of a description; its name has 200 characters."""

_log = logging.getLogger(__name__)


Kind = Literal["picture"]
"""What a style of the library is."""


@dataclass(frozen=True)
class Stored:
    """A user's style as its JSON file tells it."""

    name: str
    format: PixelFormat
    kind: Kind = "picture"


class StyleFolder:
    """The folder with the files of the user's styles. Only the daemon with the lock writes there.

    Args:
        folder: made when the first style is added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str, suffix: str) -> Path:
        """Returns where a file of the style with this hash lies."""
        return self._folder / f"{key}.{suffix}"

    def look(self) -> tuple[dict[str, Stored], dict[Path, str]]:
        """Returns what is stored, by hash, and why other descriptions are none, by file.

        Raises:
            OSError: the folder cannot be read.
        """
        stored: dict[str, Stored] = {}
        damaged: dict[Path, str] = {}
        for match in map(_NAME.fullmatch, self._names()):
            if match is None or match[2] != "json":
                continue
            path = self.path(match[1], "json")
            try:
                stored[match[1]] = _from_json(_read(path, _DESCRIPTION_BYTES).decode("utf-8"))
            except (OSError, FileError, ValueError, RecursionError) as error:
                damaged[path] = str(error) or type(error).__name__
        return stored, damaged

    def scan(self) -> dict[str, Stored]:
        """Returns what is stored, by hash; removes what an interrupted write has left.

        A description that is damaged is skipped, with a warning in the log.
        """
        try:
            stored, damaged = self.look()
            names = self._names()
        except OSError as error:
            _log.warning("the style library %s cannot be read: %s", self._folder, error.strerror)
            return {}
        for path, cause in damaged.items():
            _log.warning(
                "a style was left out of the library: %s is not the description of one (%s); "
                "delete it and its .pixels and add the picture again, or take the version of Style "
                "Swap that wrote it",
                path,
                cause,
            )
        described = {*stored, *(path.stem for path in damaged)}
        ours = [match for name in names if (match := _NAME.fullmatch(name))]
        orphans = [match[0] for match in ours if match[1] not in described]
        for name in (*orphans, *filter(_TEMPORARY.fullmatch, names)):
            try:
                (self._folder / name).unlink()
            except OSError as error:
                _log.warning("%s cannot be removed: %s", self._folder / name, error.strerror)
        return stored

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return []

    def read(self, key: str, suffix: str) -> bytes:
        """Returns one of a style's files.

        Raises:
            FileError: it is not there, or cannot be read.
            OSError: as it is read.
        """
        descriptor, _ = open_regular(self.path(key, suffix))
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def add(self, key: str, stored: Stored, contents: Mapping[str, bytes]) -> None:
        """Stores a style: all its files, or none.

        Args:
            key: its hash.
            stored: what it is.
            contents: the other files, by suffix.

        Raises:
            Refusal: RESOURCE_EXHAUSTED, the disk is full; FAILED_PRECONDITION, the folder
                cannot be written.
        """
        written: list[Path] = []
        with self._writing():
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                for suffix, data in {**contents, "json": _to_json(stored)}.items():
                    written.append(self.path(key, suffix))
                    _write(written[-1], data)
            except BaseException:
                for path in reversed(written):
                    path.unlink(missing_ok=True)
                raise

    def describe(self, key: str, stored: Stored) -> None:
        """Writes anew what a style is.

        Raises:
            Refusal: as `add`.
        """
        with self._writing():
            _write(self.path(key, "json"), _to_json(stored))

    def remove(self, key: str) -> None:
        """Removes a style's description; `remove_contents` does the rest.

        Raises:
            Refusal: as `add`.
        """
        with self._writing():
            self.path(key, "json").unlink(missing_ok=True)

    def remove_contents(self, key: str) -> None:
        """Removes the other files of a style that was removed.

        Raises:
            Refusal: as `add`.
        """
        with self._writing():
            for suffix in ("pixels", "png"):
                self.path(key, suffix).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if atomic.is_full(error):
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


def _write(path: Path, data: bytes) -> None:
    atomic.write_whole(path, data, name="", mode=0o666)


def _read(path: Path, most: int) -> bytes:
    descriptor, size = open_regular(path)
    with os.fdopen(descriptor, "rb") as file:
        if size > most:
            raise ValueError(f"it has {size} bytes")
        return file.read(most)


def _to_json(stored: Stored) -> bytes:
    return json.dumps(asdict(stored), indent=1).encode()


def _from_json(text: str) -> Stored:
    """Returns what a description says; raises ValueError where that can be no style's."""
    told: Any = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("it does not tell a format")
    kind = told.get("kind", "picture")
    if kind not in get_args(Kind):
        raise ValueError(f"it is a {str(kind)[:40]!r}, a kind that this version does not know")
    form = told.get("format")
    if not isinstance(form, dict):
        raise ValueError("it does not tell a format")
    try:
        format_ = PixelFormat.from_json(form)
    except ValueError:
        raise ValueError("it tells a format that there is not") from None
    if max(format_.width, format_.height) > limits.SIDE:
        raise ValueError(f"more than {limits.SIDE} pixels a side")
    name = told.get("name")
    # What cannot be shown cannot be sent either: half a surrogate pair is no UTF-8.
    if not (isinstance(name, str) and name.isprintable() and 1 <= len(name) <= limits.NAME_LENGTH):
        raise ValueError("its name cannot be shown")
    return Stored(name, format_, kind)
