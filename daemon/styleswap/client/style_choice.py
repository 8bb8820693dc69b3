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

_SHOWN = 12
"""How many styles a sentence names."""

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


async def choose_style(style: object, listing: Listing, *, whole: bool = False) -> Choice:
    """Returns which style is meant.

    A text is, in this order: an id ("builtin/..." or "sha256:..."); the path of a file, where it
    looks like one; the name of exactly one style of the library; the path of a file after all; the
    beginning of exactly one name. Upper and lower case are alike in names.

    Args:
        style: a text, a path, a `Style`, a `Picture`, a Pillow image or a NumPy array.
        listing: gives the library; called at most once, and only for names.
        whole: the beginning of a name is not enough.

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
    named = _called(style, styles)
    if named is None and is_file:
        return FileStyle(path)
    if named is None and whole:
        raise unknown(style, styles, looks_like_path)
    return LibraryStyle((named or _beginning(style, styles, looks_like_path)).id)


def style_of(text: str, styles: Sequence[Style], *, whole: bool = False) -> Style:
    """Returns the style of a library that is meant by its id, its name or how that begins.

    Args:
        text: as the user wrote it; upper and lower case are alike in names.
        styles: the library.
        whole: the beginning of a name is not enough: what follows cannot be undone.

    Raises:
        UnknownStyle: no style or several are called so.
    """
    for style in styles:
        if style.id == text:
            return style
    named = _called(text, styles)
    if named is None and whole:
        raise unknown(text, styles)
    return named or _beginning(text, styles)


def _called(text: str, styles: Sequence[Style]) -> Style | None:
    """Returns the style of this name, None where there is none."""
    wanted = text.casefold()
    named = [style for style in styles if style.name.casefold() == wanted]
    if len(named) > 1:
        raise _ambiguous(
            f"{len(named)} styles are called {text!r}; give the id of one",
            named,
            [style.id for style in named],
        )
    return named[0] if named else None


def _beginning(text: str, styles: Sequence[Style], is_path: bool = False) -> Style:
    """Returns the style whose name begins so."""
    wanted = text.casefold()
    begun = [style for style in styles if style.name.casefold().startswith(wanted)]
    if not text.strip() or not begun:
        raise unknown(text, styles, is_path)
    if len(begun) > 1:
        raise _ambiguous(
            f"The names of {len(begun)} styles begin with {text!r}; give more of one, or its id",
            begun,
            [f"{style.name} ({style.id})" for style in begun],
        )
    return begun[0]


def _ambiguous(what: str, styles: Sequence[Style], shown: Sequence[str]) -> UnknownStyle:
    """Returns the error for a text that several styles answer to, with the first of them."""
    more = ["..."] if len(shown) > _SHOWN else []
    return UnknownStyle(
        f"{what}: {', '.join([*shown[:_SHOWN], *more])}.",
        reason="STYLE_AMBIGUOUS",
        field="style",
        suggestions=[style.id for style in styles],
    )


async def choose_id(style: object, listing: Listing, *, whole: bool = False) -> str:
    """Returns the id of the library's style that is meant by an id, a name or a `Style`.

    Args:
        style: what is meant.
        listing: returns the library.
        whole: the beginning of a name is not enough: what follows cannot be undone.

    Raises:
        UnknownStyle: as `choose_style`, and where a file or picture is given.
    """
    choice = await choose_style(style, listing, whole=whole)
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
        name.lower().removeprefix("builtin/"): known_style.id
        for known_style in styles
        for name in (known_style.name, known_style.id)
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
