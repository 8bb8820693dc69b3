"""The last paintings, kept so that they can be put back, as far as memory allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from styleswap_vendor.styleswap.editing.words import _, control_texts
from styleswap_vendor.styleswap.v1.controls import CONTROLS
from styleswap_vendor.styleswap.v1.counting import counts

from .host.seen import image_of
from .host.source import Pixels
from .jobs import Job, Order

ITEMS = 12
"""Paintings that are kept."""
BYTES = 256 << 20
"""Bytes that they may have together; the newest is kept whatever its size."""
THUMBNAIL = 128
"""Longest side of a picture in the list, in pixels."""


@dataclass(frozen=True)
class Kept:
    """A painting of this session."""

    number: int
    order: Order
    pixels: Pixels
    image: Any
    """A small QImage."""
    time: str
    """Of the day when it was done, such as "14:05:32"."""

    @property
    def title(self) -> str:
        """The style, which tells it from others of the same layer."""
        return self.order.style_name

    @property
    def detail(self) -> str:
        """The settings that count and are not the usual ones, and what was painted, for people."""
        texts = control_texts()
        told = []
        if self.order.second is not None:
            told.append(_("Second style: {share} %").format(share=self.order.second.share))
        for control in CONTROLS:
            value = self.order.settings.get(control.name, control.default)
            if value != control.default and counts(control, self.order.settings):
                text = texts[control.name]
                shown = text.choices.get(str(value), f"{value:g}" if _number(value) else str(value))
                told.append(f"{text.label}: {shown}")
        return ", ".join([*told, self.order.source.name])


class History:
    """The last paintings, the newest first. Belongs to the main thread."""

    def __init__(self, changed: Callable[[], object]) -> None:
        """Args: changed: called when `items` has changed."""
        self._changed = changed
        self.items: list[Kept] = []

    def add(self, job: Job) -> None:
        """Keeps a job that is done; lets the oldest ones go where there are too many."""
        order = job.order
        image = _thumbnail(job.result)
        time = dt.datetime.now().astimezone().strftime("%H:%M:%S")
        self.items.insert(0, Kept(job.number, order, job.result, image, time))
        size = 0
        for place, item in enumerate(self.items):
            size += item.pixels.format.byte_count
            if place >= ITEMS or (place and size > BYTES):
                del self.items[place:]
                break
        self._changed()

    def find(self, number: int) -> Kept | None:
        """Returns the painting of a number; None where it was let go."""
        return next((item for item in self.items if item.number == number), None)

    def forget(self, number: int) -> None:
        """Lets a painting go."""
        self.items = [item for item in self.items if item.number != number]
        self._changed()


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _thumbnail(result: Pixels) -> Any:
    """Returns a small picture: every so many pixels of every so many rows."""
    kind = result.format
    step = max(1, -(-max(kind.width, kind.height) // THUMBNAIL))
    size = kind.row_bytes // kind.width
    columns, rows = range(0, kind.width, step), range(0, kind.height, step)
    lines = (result.rows(row, row + 1) for row in rows)
    data = b"".join(line[x * size : (x + 1) * size] for line in lines for x in columns)
    small = replace(kind, width=len(columns), height=len(rows))
    return image_of(small.picture(data))
