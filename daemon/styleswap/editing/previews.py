"""What a dialog asks of the daemon before the picture is painted: both are the very painting.

The coarse preview is the first pass of the painting, which lays it out; it needs a reduced copy of
the picture alone. The crop is a part of the painting at full size.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from styleswap.client.answers import Result
from styleswap.client.cancel import Stoppable
from styleswap.client.pictures import Picture
from styleswap.client.sync import Daemon
from styleswap.editing.patience import until_there_is_room
from styleswap.editing.region import Rect

REDUCED_LONGEST = 768
"""Longest side in pixels of a copy that suffices for `coarse`, whatever the picture's size; the
daemon needs 724."""


@dataclass(frozen=True)
class Preview:
    """What came back."""

    picture: Picture
    """The painted pixels, in the format of those that were sent but for the size."""
    seconds_whole: float | None
    """Estimated seconds that the whole painting takes, without waiting and loading; None of what an
    optimisation has reached on its way."""
    notices: tuple[str, ...]
    """Sentences on what was done with less than was asked for, or with altered input."""


def coarse(
    daemon: Daemon,
    picture: Picture,
    full_size: tuple[int, int],
    style: object,
    settings: Mapping[str, Any],
    cancel: Stoppable | None = None,
    on_the_way: Callable[[Preview], object] | None = None,
    waiting: Callable[[str], object] = lambda _: None,
) -> Preview:
    """Returns the first, coarsest pass of a painting.

    Args:
        daemon: any thread's.
        picture: a reduced copy of what is to be painted, `REDUCED_LONGEST` pixels on its longer
            side, or itself where it is smaller than that. Where the settings name the number of
            scales, the first pass may be larger; it is then painted from less, and a notice says
            so.
        full_size: width and height in pixels of what is to be painted.
        style, cancel: as `Daemon.paint` takes them.
        settings: the controls by name.
        on_the_way: called with what an optimisation has reached by then, a few times. Of other
            settings nothing can be seen before the end.
        waiting: told a sentence whenever the daemon's queue is full, which is waited for.

    Raises:
        StyleSwapError: as `Daemon.paint`.
    """

    def show(picture: Picture) -> None:
        if on_the_way is not None:
            on_the_way(Preview(picture, None, ()))

    whole = full_size == (picture.width, picture.height)
    return _preview(
        until_there_is_room(
            lambda: daemon.paint(
                picture,
                style,
                coarse_only=True,
                reduced_from=None if whole else full_size,
                cancel=cancel,
                preview=show if _optimises(settings) else None,
                **settings,
            ),
            waiting,
            cancel,
        )
    )


def crop(
    daemon: Daemon,
    picture: Picture,
    region: Rect,
    style: object,
    settings: Mapping[str, Any],
    cancel: Stoppable | None = None,
    waiting: Callable[[str], object] = lambda _: None,
) -> Preview:
    """Returns a part of a painting at full size.

    Args:
        picture: all of what is to be painted.
        region: the part, within the picture.
        daemon, style, settings, cancel, waiting: as in `coarse`.

    Raises:
        StyleSwapError: as `Daemon.paint`.
    """
    part = (region.x, region.y, region.width, region.height)
    return _preview(
        until_there_is_room(
            lambda: daemon.paint(picture, style, region=part, cancel=cancel, **settings),
            waiting,
            cancel,
        )
    )


def _optimises(settings: Mapping[str, Any]) -> bool:
    return settings.get("method") == "optimise" or settings.get("refine", 0) > 0


def _preview(result: Result) -> Preview:
    return Preview(result.picture, result.report.whole_seconds, result.report.notices)
