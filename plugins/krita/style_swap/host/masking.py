"""Pixels seen through a selection: one byte a pixel, 0 is outside, 255 inside.

Krita has no call that does this to pixels which are in no document, so it is done here: whole runs
of the selection's inside and outside are copied, only its soft edge is computed value by value.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import chain

from .kinds import Kind

_RUNS = re.compile(rb"\x00+|\xff+|[^\x00\xff]+")
_WHOLE = "BH"


def through(under: bytes | None, over: bytes, mask: bytes, kind: Kind) -> bytes:
    """Returns `over` where the selection is, `under` where it is not, and a blend at soft edges.

    A blend is one of light and opacity at once: colours count by their alpha.

    Args:
        under: pixels of the kind; None is nothing, where only alpha shrinks.
        over: as many pixels of the kind.
        mask: as many bytes.
    """
    size = kind.pixel_bytes
    assert len(over) == len(mask) * size
    parts = []
    for run in _RUNS.finditer(mask):
        start, end = run.start() * size, run.end() * size
        first = mask[run.start()]
        if first == 255:
            parts.append(over[start:end])
        elif first == 0:
            parts.append(bytes(end - start) if under is None else under[start:end])
        else:
            below = None if under is None else under[start:end]
            parts.append(_soft(below, over[start:end], run.group(), kind))
    return b"".join(parts)


def _soft(under: bytes | None, over: bytes, mask: bytes, kind: Kind) -> bytes:
    count = len(mask) * kind.channels
    form = f"<{count}{kind.code}"
    above = struct.unpack(form, over)
    below = struct.unpack(form, under) if under is not None else (0,) * count
    whole = kind.code in _WHOLE
    values = chain.from_iterable(_blends(below, above, mask, kind.channels, under is None))
    return struct.pack(form, *(map(round, values) if whole else values))


def _blends(
    below: tuple[float, ...], above: tuple[float, ...], mask: bytes, channels: int, fade: bool
) -> Iterator[tuple[float, ...]]:
    """Yields blended pixels."""
    for number, part in enumerate(mask):
        share = part / 255
        first, last = number * channels, (number + 1) * channels - 1
        over, under = above[first:last], below[first:last]
        if fade:
            yield (*over, above[last] * share)
            continue
        heavy, light = above[last] * share, below[last] * (1 - share)
        alpha = heavy + light
        if alpha:
            colours = ((o * heavy + u * light) / alpha for o, u in zip(over, under))  # noqa: B905
        else:
            colours = (o * share + u * (1 - share) for o, u in zip(over, under))  # noqa: B905
        yield (*colours, alpha)
