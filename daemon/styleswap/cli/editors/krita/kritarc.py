"""Krita's settings, of which one line is ours: whether the plug-in is loaded.

The file is the user's. Only that line is ever changed, and all else stays as it is, byte by byte.
It is read as KDE's libraries do: groups may come twice, and the last of equal entries counts.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from styleswap.atomic import PartFile

from . import NAME

_GROUP = b"python"
_KEY = b"enable_" + NAME.encode()
_FALSE = (b"false", b"no", b"off", b"0")
_RESOURCES = b"ResourceDirectory"


def enabled(settings: Path) -> bool | None:
    """Returns whether Krita is to load the plug-in; None where nothing is said of it.

    Raises:
        OSError: the file cannot be read.
    """
    return state(_read(settings))


def enable(settings: Path) -> bool:
    """Has Krita load the plug-in from its next start on; returns whether it would not have.

    Raises:
        OSError: the file cannot be read or written; it is as it was.
    """
    return _change(settings, with_entry)


def forget(settings: Path) -> bool:
    """Removes what is said of the plug-in; returns whether something was.

    Raises:
        OSError: the file cannot be read or written; it is as it was.
    """
    return _change(settings, without_entry)


def resource_folder(settings: Path) -> Path | None:
    """Returns the resource folder that a user has chosen in Krita; None for the usual one."""
    try:
        text = _read(settings)
    except OSError:
        return None
    found = None
    for _, line in _lines(text, ()):
        if entry := _entry(line, _RESOURCES):
            options, value = entry
            named = os.fsdecode(value)
            found = Path(os.path.expandvars(named) if b"$e" in options else named)
    return found if found is not None and found.is_absolute() else None


def state(text: bytes) -> bool | None:
    """Returns what the file's text says of the plug-in; see `enabled`."""
    found = None
    for _, line in _lines(text, (_GROUP,)):
        if entry := _entry(line, _KEY):
            options, value = entry
            found = None if b"$d" in options else value.lower() not in _FALSE
    return found


def with_entry(text: bytes) -> bytes:
    """Returns the file's text with the plug-in enabled."""
    if state(text):
        return text
    lines = _split(text)
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    ours = _KEY + b"=true"
    members = list(_lines(text, (_GROUP,)))
    entries = [number for number, line in members if _entry(line, _KEY)]
    if entries:
        line = lines[entries[-1]]
        lines[entries[-1]] = ours + line[len(line.rstrip(b"\r\n")) :]
        return b"".join(lines)
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += end
    header = next((number for number, line in enumerate(lines) if _group(line) == (_GROUP,)), None)
    if header is None:
        lines += [end] if lines else []
        lines.append(b"[" + _GROUP + b"]" + end)
        header = len(lines) - 1
    lines.insert(header + 1, ours + end)
    return b"".join(lines)


def without_entry(text: bytes) -> bytes:
    """Returns the file's text without what it says of the plug-in."""
    dropped = {number for number, line in _lines(text, (_GROUP,)) if _entry(line, _KEY)}
    return b"".join(line for number, line in enumerate(_split(text)) if number not in dropped)


def _split(text: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", text)


def _lines(text: bytes, group: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    """The lines of a group, without its headers, and their numbers."""
    current: tuple[bytes, ...] = ()
    for number, line in enumerate(_split(text)):
        named = _group(line)
        if named is not None:
            current = named
        elif current == group:
            yield number, line


def _group(line: bytes) -> tuple[bytes, ...] | None:
    """The group that a line begins: `[a][b]` lies in `[a]`; None for other lines."""
    header = re.match(rb"\s*((?:\[[^\]]*\])+)(.*)", line)
    if header is None:
        return None
    names = re.findall(rb"\[([^\]]*)\]", header[1])
    # [$i] in the end means that the group cannot be changed elsewhere.
    return tuple(names[:-1] if names[-1] == b"$i" and not header[2].strip() else names)


def _entry(line: bytes, key: bytes) -> tuple[bytes, bytes] | None:
    """Options, such as `[$e]`, and value of the entry of a key; None for other lines."""
    found = re.fullmatch(
        rb"\s*" + key + rb"((?:\[[^\]]*\])*)\s*(?:=(.*))?", line.rstrip(), re.DOTALL
    )
    if found is None or (found[2] is None and b"$d" not in found[1]):
        return None
    return found[1], (found[2] or b"").strip()


def _read(settings: Path) -> bytes:
    try:
        return settings.read_bytes()
    except FileNotFoundError:
        return b""


def _change(settings: Path, change: Callable[[bytes], bytes]) -> bool:
    before = _read(settings)
    after = change(before)
    if after == before:
        return False
    # Of a link, what it leads to is replaced.
    place = Path(os.path.realpath(settings))
    place.parent.mkdir(parents=True, exist_ok=True)
    with PartFile(place) as part:
        part.write(after)
        part.finish(keep_mode=True)
    return True
