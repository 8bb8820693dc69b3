"""Pictures as styles: decoded, visible, and no larger than any painting uses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from styleswap import files
from styleswap.files import Pixels
from styleswap.processes import SharedMemory
from styleswap.service import limits
from styleswap.service.pixels import canonical, refuse_not_finite, values
from styleswap.worker.refusals import invalid

SIDE: Final = 4096
"""Longest side of a style in pixels. The engine reads a style at 2048 pixels at most, and begins
with halving it as often as that leaves so many: what is halved here would be halved there."""

_LEAST: Final = 144
"""No side of a long style is halved below this: the largest patches need 72 pixels a side."""

_BAND_VALUES: Final = 1 << 24
"""Values that are averaged at once: 64 MiB of float32."""


def decode(
    source: bytes | bytearray | memoryview | SharedMemory,
    cancelled: Callable[[], bool] | None = None,
    *,
    own: bool = False,
) -> Pixels:
    """Returns the picture of an image file, without profile, decoded in a process of its own.

    Takes long for large files: not for the event loop.

    Args:
        source: the file's bytes.
        cancelled: asked often; true ends the work.
        own: the file is one of the program's own, and need not wait for those of clients.

    Raises:
        Refusal: INVALID_ARGUMENT; the reason is that of `files.FileError`.
        Cancelled: `cancelled` said so.
    """
    bounds = files.Limits(limits.FILE_PIXELS, limits.SIDE, limits.FILE_BYTES)
    try:
        pixels = files.decode(source, limits=bounds, cancelled=cancelled, own=own)
    except files.FileError as error:
        raise invalid(error.reason, "chunk.data", str(error)) from None
    picture = Pixels(pixels.format, pixels.data, notices=pixels.notices)
    if pixels.format.depth == "float32":
        refuse_not_finite(values(picture), "style")
    return picture


def as_style(picture: Pixels) -> Pixels:
    """Returns a picture as the library keeps styles: canonical, and reduced where it is too large.

    Its notices are of that alone.

    Raises:
        Refusal: INVALID_ARGUMENT; nothing of it can be seen.
    """
    refuse_invisible(picture)
    small = reduced(picture)
    if small is picture:
        return canonical(picture)
    given, form = picture.format, small.format
    notice = (
        f"The style has {given.width} x {given.height} pixels, more than any painting uses; it was "
        f"reduced to {form.width} x {form.height}."
    )
    return replace(canonical(small), notices=(notice,))


def refuse_invisible(picture: Pixels) -> None:
    """Raises a Refusal, INVALID_ARGUMENT, if a picture is transparent everywhere."""
    if picture.format.has_alpha and not (values(picture)[..., -1] > 0).any():
        raise invalid(
            "STYLE_TRANSPARENT",
            "chunk.data",
            "The style is wholly transparent, so that it has no colours to take; choose another "
            "picture, or save it with its layer visible.",
        )


def reduced(picture: Pixels) -> Pixels:
    """Returns a picture halved until its longest side is at most `SIDE`; itself where it is.

    Each pixel is the mean of those that it covers, without the hidden colours of transparent ones;
    the last row and column stand for those beyond the edge.
    """
    form = picture.format
    step = 1
    while max(form.width, form.height) > SIDE * step:
        if min(form.width, form.height) < 2 * step * _LEAST:
            break
        step *= 2
    if step == 1:
        return picture
    small = form.sized(-(-form.height // step), -(-form.width // step))
    given = values(picture)
    result = np.empty((small.height, small.width, small.channels), given.dtype)
    rows = max(1, _BAND_VALUES // (step * form.width * form.channels))
    for top in range(0, small.height, rows):
        band = given[top * step : (top + rows) * step]
        result[top : top + rows] = _means(band, step, alpha=form.has_alpha)
    return Pixels(small, result.tobytes())


def _means(band: npt.NDArray[Any], step: int, *, alpha: bool) -> npt.NDArray[Any]:
    """The means of squares of `step` pixels a side, as values of the same type."""
    whole = band.astype(np.float32)
    if band.dtype.kind == "f":
        # Colours beyond the displayable range are limited in every painting.
        whole = whole.clip(0, 1)
    edges = ((0, -band.shape[0] % step), (0, -band.shape[1] % step), (0, 0))
    whole = np.pad(whole, edges, mode="edge")
    height, width, channels = whole.shape
    squares = whole.reshape(height // step, step, width // step, step, channels)
    means = squares.mean((1, 3))
    if alpha:
        shown = (squares[..., -1:] > 0).astype(np.float32)
        weights = shown.sum((1, 3))
        colours = (squares[..., :-1] * shown).sum((1, 3)) / np.maximum(weights, 1)
        means[..., :-1] = np.where(weights > 0, colours, means[..., :-1])
    return means if band.dtype.kind == "f" else np.rint(means).astype(band.dtype)
