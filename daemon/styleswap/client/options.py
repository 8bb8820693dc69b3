"""What every way to paint a picture may be told by keyword, as one object."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from styleswap.client.answers import Progress
from styleswap.client.cancel import Stoppable
from styleswap.client.errors import InvalidRequest, InvalidSettings
from styleswap.v1 import stylize_pb2
from styleswap.v1.control import ControlError
from styleswap.v1.settings import to_message

Size = tuple[int, int]
"""Width and height in pixels."""
Region = tuple[int, int, int, int]
"""x, y, width and height in pixels."""
OnProgress = Callable[[Progress], object]
OnPreview = Callable[[Any], object]


@dataclass(frozen=True)
class PaintOptions:
    """The keywords of `AsyncDaemon.stylize`, which says what they mean."""

    progress: OnProgress | None
    preview: OnPreview | None
    timeout: float | None
    cancel: Stoppable | None
    coarse_only: bool
    reduced_from: Size | None
    region: Region | None
    settings: Mapping[str, object]
    """The controls by name."""

    def header(self) -> stylize_pb2.StylizeHeader:
        """Returns a request's header, without planes and styles.

        Raises:
            InvalidSettings: a setting is unknown or out of its range.
            InvalidRequest: reduced_from or region are no numbers of pixels.
        """
        try:
            settings = to_message(self.settings)
        except ControlError as error:
            raise InvalidSettings(str(error), reason="INVALID_SETTING", field=error.name) from None
        header = stylize_pb2.StylizeHeader(
            settings=settings, preview=self.preview is not None, coarse_only=self.coarse_only
        )
        if self.reduced_from is not None:
            size = _numbers(self.reduced_from, ("width", "height"), "reduced_from")
            header.reduced_from.CopyFrom(stylize_pb2.Size(**size))
        if self.region is not None:
            part = _numbers(self.region, ("x", "y", "width", "height"), "region")
            header.region.CopyFrom(stylize_pb2.Region(**part))
        return header


def _numbers(values: Sequence[int], names: tuple[str, ...], field: str) -> dict[str, int]:
    """Returns numbers of pixels by name.

    Raises:
        InvalidRequest: there are not as many, or one is no number of pixels.
    """
    try:
        numbers = [operator.index(value) for value in values]
    except TypeError:
        numbers = []
    if len(numbers) != len(names) or not all(0 <= number < 1 << 31 for number in numbers):
        raise InvalidRequest(
            f"{field} = {values!r}: give {', '.join(names)} as whole numbers of pixels.",
            reason="INVALID_ARGUMENT",
            field=field,
        )
    return dict(zip(names, numbers, strict=True))
