"""What callers call a style by: an id, a name, a file, or a picture at hand."""

import difflib
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from styleswap.client.answers import Style
from styleswap.client.errors import UnknownStyle
from styleswap.client.pictures import OpenPicture, open_picture

ID_PREFIXES = ("builtin/", "sha256:")
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")

Listing = Callable[[], Awaitable[Sequence[Style]]]


@dataclass(frozen=True)
class LibraryStyle:
    """A style of the library."""

    id: str


@dataclass(frozen=True)
class FileStyle:
    """A style in an image file, sent as it is."""

    path: str | os.PathLike[str]


@dataclass(frozen=True)
class PixelStyle:
    """A style whose pixels the caller has."""

    opened: OpenPicture


Choice = LibraryStyle | FileStyle | PixelStyle


async def choose_style(style: object, listing: Listing) -> Choice:
    """Returns which style is meant.

    A text is, in this order: an id ("builtin/..." or "sha256:..."); the path of a file, where it
    looks like one; the name of exactly one style of the library, upper and lower case alike; the
    path of a file after all.

    Args:
        style: a text, a path, a `Style`, a `Picture`, a Pillow image or a NumPy array.
        listing: gives the library; called at most once, and only for names.

    Raises:
        UnknownStyle: nothing or several things are called so.
        InvalidPicture: as `open_picture`.
    """
    if isinstance(style, Style):
        return LibraryStyle(style.id)
    if isinstance(style, os.PathLike):
        return FileStyle(style)
    if not isinstance(style, str):
        opened = open_picture(style, "style")
        if opened is None:
            raise UnknownStyle(
                f"The style is a {type(style).__name__}: give an id or name of the library, the "
                "path of an image file, or a picture.",
                reason="STYLE_KIND",
                field="style",
            )
        return PixelStyle(opened)
    if style.startswith(ID_PREFIXES):
        return LibraryStyle(style)
    path = Path(style)
    looks_like_path = path.name != style or path.suffix.lower() in _PICTURE_SUFFIXES
    is_file = _is_file(path)
    if looks_like_path and is_file:
        return FileStyle(path)
    styles = await listing()
    named = [candidate for candidate in styles if candidate.name.lower() == style.lower()]
    if len(named) == 1:
        return LibraryStyle(named[0].id)
    if named:
        ids = [candidate.id for candidate in named]
        raise UnknownStyle(
            f"{len(named)} styles are called {style!r}; give the id of one: {', '.join(ids)}.",
            reason="STYLE_AMBIGUOUS",
            field="style",
            suggestions=ids,
        )
    if is_file:
        return FileStyle(path)
    raise unknown(style, styles, looks_like_path)


async def choose_id(style: object, listing: Listing) -> str:
    """Returns the id of the library's style that is meant by an id, a name or a `Style`.

    Raises:
        UnknownStyle: as `choose_style`, and where a file or picture is given.
    """
    choice = await choose_style(style, listing)
    if isinstance(choice, LibraryStyle):
        return choice.id
    raise UnknownStyle(
        f"{style if isinstance(style, str) else type(style).__name__} is a picture, not a style "
        "of the library; give a style's id or name.",
        reason="STYLE_KIND",
        field="style",
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # names that no file system takes
        return False


def unknown(style: str, styles: Sequence[Style], is_path: bool = False) -> UnknownStyle:
    """Returns the error for a text that no style answers to, naming similar ones."""
    # The part of an id before the name is alike in all: it says nothing about likeness.
    known = {
        name.lower().removeprefix("builtin/"): each.id
        for each in styles
        for name in (each.name, each.id)
    }
    wanted = style.lower().removeprefix("builtin/")
    matches = difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)
    suggestions = list(dict.fromkeys(known[match] for match in matches))
    if is_path:
        what = f"There is no file {style}, and no style has this name."
    else:
        what = f"There is no style {style!r}."
    if suggestions:
        advice = f"Did you mean {' or '.join(suggestions)}?"
    else:
        advice = "styleswap styles list shows those of the library."
    return UnknownStyle(f"{what} {advice}", field="style", suggestions=suggestions)
