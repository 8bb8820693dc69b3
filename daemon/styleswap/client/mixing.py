"""Several styles in one painting: what callers say of each, and the planes of its request."""

import math
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from styleswap.client.errors import InvalidPicture, InvalidRequest
from styleswap.client.pictures import Picture, require_picture
from styleswap.client.style_choice import Choice, FileStyle, LibraryStyle, PixelStyle
from styleswap.client.transfer import file_parts, file_size, picture_parts
from styleswap.v1 import pictures_pb2, stylize_pb2

_TO_GRAY = ("LA", "RGB", "RGBA", "1", "P", "PA", "La", "RGBa", "RGBX", "YCbCr")
"""Pillow modes whose luminance makes a mask."""


@dataclass(frozen=True)
class Styled:
    """A style with its share in a painting.

    Every style is painted on its own and they are mixed, each by its weight times its mask. Where
    the masks of all styles sum to less than 1, the content shows through.
    """

    style: object
    """As the style of `stylize`: an id, a name, a path, or a picture."""
    weight: float = 1.0
    """A finite number from 0 on; only the ratios of weights count, and 0 leaves the style out."""
    mask: object = None
    """Where the style goes, from 0, nowhere, to 1: a gray picture of the content's size, None for
    everywhere. A Pillow image, a NumPy array (of bool as well), or a `Picture`. Styles that are
    given the very same object share it: it counts once towards what is covered."""


def as_styled(style: object) -> tuple[Styled, ...]:
    """Returns what a caller gave as the style, one or a sequence, with the weights checked.

    Raises:
        InvalidRequest: no styles, a weight that cannot be used, or only weights of 0.
    """
    given = style if isinstance(style, (list, tuple)) else (style,)
    styles = tuple(item if isinstance(item, Styled) else Styled(item) for item in given)
    if not styles:
        raise InvalidRequest(
            "There are no styles; give at least one.", reason="STYLE_COUNT", field="style"
        )
    for styled in styles:
        try:
            usable = math.isfinite(styled.weight) and styled.weight >= 0
        except TypeError:
            usable = False
        if not usable:
            raise InvalidRequest(
                f"weight = {styled.weight!r}: must be a finite number from 0 on.",
                reason="STYLE_WEIGHT",
                field="weight",
            )
    if not any(styled.weight for styled in styles):
        raise InvalidRequest(
            "The styles' weights sum to 0, so that nothing is to be painted; give one more.",
            reason="NO_WEIGHT",
            field="weight",
        )
    return styles


def open_mask(mask: object) -> Picture:
    """Returns a mask's pixels, gray.

    Raises:
        InvalidPicture: it is no picture, or has several channels.
    """
    pillow, numpy = sys.modules.get("PIL.Image"), sys.modules.get("numpy")
    given: Any = mask
    if pillow is not None and isinstance(given, pillow.Image) and given.mode in _TO_GRAY:
        # Of LA and RGBA the alpha goes: it says what is visible, not what is to be painted.
        given = given.convert("L")
    elif numpy is not None and isinstance(given, numpy.ndarray) and given.dtype == bool:
        given = given.astype(numpy.uint8) * 255
    picture = require_picture(given, "mask").picture
    if picture.layout != "gray":
        raise InvalidPicture(
            f"The mask has the layout {picture.layout}; give one value a pixel: a gray picture, or "
            "an array of shape (height, width).",
            field="mask",
        )
    return picture


class Planes:
    """The planes and style references of a request, and the bytes to send."""

    def __init__(self, header: stylize_pb2.StylizeHeader) -> None:
        """Args: header: of the request, with the content's plane."""
        self._header = header
        self._masks: dict[int, int] = {}
        self.uploads: list[tuple[int, AsyncGenerator[bytes, None]]] = []

    def add(self, styled: Styled, choice: Choice) -> None:
        """Adds a style.

        Raises:
            InvalidPicture: its file is not there, or its mask is no gray picture.
        """
        reference = self._header.styles.add()
        if styled.weight != 1:
            reference.weight = styled.weight
        if isinstance(choice, LibraryStyle):
            reference.id = choice.id
        else:
            reference.plane = self._index()
            plane, parts = style_plane(choice, reference.plane)
            self._header.planes.append(plane)
            self.uploads.append((plane.index, parts))
        if styled.mask is not None:
            reference.mask = self._mask(styled.mask)

    def _mask(self, mask: object) -> int:
        """Returns the index of a mask's plane; a mask that is given again is sent once."""
        if id(mask) not in self._masks:
            picture = open_mask(mask)
            plane = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_MASK, index=self._index())
            plane.pixels.CopyFrom(picture.format.message())
            self._header.planes.append(plane)
            self.uploads.append((plane.index, picture_parts(picture)))
            self._masks[id(mask)] = plane.index
        return self._masks[id(mask)]

    def _index(self) -> int:
        return max(plane.index for plane in self._header.planes) + 1


def style_plane(
    choice: FileStyle | PixelStyle, index: int
) -> tuple[pictures_pb2.Plane, AsyncGenerator[bytes, None]]:
    """Returns the plane of a style that is sent along, and its bytes."""
    plane = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, index=index)
    if isinstance(choice, PixelStyle):
        picture = choice.opened.picture
        plane.pixels.CopyFrom(picture.format.message())
        return plane, picture_parts(picture)
    plane.encoded.byte_count = file_size(choice.path)
    return plane, file_parts(choice.path)
