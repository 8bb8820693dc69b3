"""Styles that the command line names as files."""

from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from .outcome import CommandError


def open_style(style: str, note: Callable[[str], None]) -> Any:
    """The style as the client takes it: pixels where it is a file, else its id or name.

    A file is read here, once for all pictures, and with its name in every complaint.

    Args:
        style: as it was named.
        note: is told what of the file was altered or left out.

    Raises:
        CommandError: nothing of it can be seen.
        FileError: it cannot be read.
    """
    from styleswap.files import READABLE_SUFFIXES

    path = Path(style)
    if style.startswith(("builtin/", "sha256:")):
        return style
    named_like_file = path.name != style or path.suffix.lower() in READABLE_SUFFIXES
    if not (named_like_file and path.exists()):
        return style
    return read_style(path, note)


def read_style(path: Path, note: Callable[[str], None]) -> Any:
    """The pixels of a style's file, as the client takes them.

    Raises:
        CommandError: nothing of it can be seen.
        FileError: it cannot be read.
    """
    from styleswap.client import PictureFormat
    from styleswap.files import decode

    pixels = decode(path)
    if not pixels.visible:
        raise CommandError(
            f"{str(path)!r} is wholly transparent, so that it has no colours to take; choose "
            "another picture, or save it with its layer visible."
        )
    for notice in pixels.notices:
        note(notice)
    return PictureFormat(*astuple(pixels.format)).picture(pixels.data)
