"""All that the filter asks of the daemon, with its progress in GIMP's own bar.

The image is not touched in here: Cancel in the bar kills the process, and then nothing but results
in buffers of this process must be lost.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import FilterError
from gi.repository import Gimp
from pixels import Result, Source, picture_of
from styleswap_vendor.styleswap import client
from styleswap_vendor.styleswap.client.style_choice import (
    FileStyle,
    LibraryStyle,
    choose_style,
    unknown,
)
from styleswap_vendor.styleswap.editing.patience import until_there_is_room
from styleswap_vendor.styleswap.editing.words import _, progress_text, style_name

UPDATE_SECONDS = 0.05
"""Least time between two movements of the bar: each one is a message to GIMP."""


@dataclass(frozen=True)
class ChosenStyle:
    """A style that a text or a picture stands for."""

    name: str
    """For people, in their language; not empty."""
    text: str
    """Its id or path, by which it is found again; empty where there is none."""
    style: object
    """As the client takes it."""


@dataclass(frozen=True)
class Painted:
    """What came back from the daemon."""

    results: list[Result]
    """One for each source, in their order."""
    notices: list[str]
    """Sentences on what was done with less than was asked for, or with altered input."""


class Bar:
    """GIMP's progress bar."""

    def __init__(self) -> None:
        """Shows an empty bar."""
        self._text = ""
        self._next = 0.0
        Gimp.progress_init(_("Style Swap"))

    def say(self, text: str) -> None:
        """Shows what is going on."""
        if text != self._text:
            self._text = text
            Gimp.progress_set_text(text)

    def show(self, text: str, fraction: float) -> None:
        """Shows what is going on and how far it is, 0 to 1; too frequent moves are left out."""
        self.say(text)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + UPDATE_SECONDS
            Gimp.progress_update(fraction)

    def end(self) -> None:
        """Shows that nothing goes on any more."""
        Gimp.progress_end()


def connect(say: Callable[[str], object] | None = None) -> client.Daemon:
    """Connects to the user's daemon, starting it where none runs.

    Args:
        say: told sentences for the user while that takes time.

    Raises:
        StyleSwapError: no daemon can be had; the sentence names the command that helps.
    """
    return client.connect(message=None if say is None else lambda text: say(_(text)))


def choose(daemon: client.Daemon, text: str) -> ChosenStyle:
    """Returns the style that a text means: an id, a name or how one begins, or the path of a file.

    Raises:
        UnknownStyle: nothing or several things are called so.
    """
    styles = daemon.styles.list()

    async def listing() -> Sequence[client.Style]:
        return styles

    choice = asyncio.run(choose_style(text, listing))
    if isinstance(choice, FileStyle):
        path = Path(choice.path).absolute()
        return ChosenStyle(path.stem, str(path), path)
    assert isinstance(choice, LibraryStyle)
    for style in styles:
        if style.id == choice.id:
            return ChosenStyle(style_name(style), style.id, style)
    raise unknown(text, styles)


def of_layer(layer: Any) -> ChosenStyle:
    """Returns a layer as a style.

    Raises:
        FilterError: it is fully transparent.
    """
    picture = picture_of(layer)
    name = layer.get_name()
    if _is_transparent(picture):
        raise FilterError(
            _("{layer} is fully transparent and can be no style; choose another one.").format(
                layer=name
            )
        )
    return ChosenStyle(name, "", picture)


def _is_transparent(picture: client.Picture) -> bool:
    channels = picture.format.channels
    if channels in (1, 3):
        return False
    data = bytes(picture.data)
    pixel = picture.format.row_bytes // picture.width
    alpha = range(pixel - pixel // channels, pixel)
    return not any(data[place::pixel].strip(b"\0") for place in alpha)


def paint_all(
    daemon: client.Daemon,
    sources: Sequence[Source],
    style: object,
    settings: Mapping[str, object],
    bar: Bar,
) -> Painted:
    """Paints all sources, one after the other, in one style with the same settings.

    Waits while the daemon has no place in its queue.

    Raises:
        StyleSwapError: the daemon refuses, fails or is lost.
    """
    sizes = [source.format.width * source.format.height for source in sources]
    done = 0
    results = []
    notices: list[str] = []
    for number, (source, size) in enumerate(zip(sources, sizes, strict=True), 1):
        count = f" ({number}/{len(sources)})" if len(sources) > 1 else ""

        def progress(
            now: client.Progress, name: str = count, size: int = size, before: int = done
        ) -> None:
            bar.show(progress_text(now) + name, (before + now.fraction * size) / sum(sizes))

        result = source.new_result()
        paint = functools.partial(
            daemon.paint_rows,
            source.format,
            source.read_rows,
            result.write_rows,
            style,
            progress=progress,
            **settings,
        )
        report = until_there_is_room(paint, bar.say)
        results.append(result)
        notices += [*source.notices, *report.notices]
        done += size
    return Painted(results, list(dict.fromkeys(notices)))
