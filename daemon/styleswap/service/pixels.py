"""Uncompressed pixels as they travel and as they are stored."""

import hashlib
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from styleswap.files import Pixels
from styleswap.pixel_format import Layout, PixelFormat
from styleswap.service import limits
from styleswap.v1 import pictures_pb2, stylize_pb2
from styleswap.v1.pictures import DEPTHS, LAYOUTS, TRANSFERS
from styleswap.worker.refusals import invalid

_ALPHA_KINDS: Final = (pictures_pb2.ALPHA_KIND_UNSPECIFIED, pictures_pb2.ALPHA_KIND_STRAIGHT)

_OPAQUE: Final = {"uint8": 255, "uint16": 65535, "float32": 1.0}


def read_size(message: pictures_pb2.PixelFormat | stylize_pb2.Size, field: str) -> tuple[int, int]:
    """Returns the checked width and height of a message that has them.

    Args:
        message: what the client says.
        field: path of the message in the request, for the error.

    Raises:
        Refusal: INVALID_ARGUMENT; a side is 0 or beyond the limit.
    """
    for side in ("width", "height"):
        value = getattr(message, side)
        if value < 1:
            raise invalid(
                "EMPTY_PICTURE",
                f"{field}.{side}",
                f"The picture has a {side} of 0; it must be 1 to {limits.SIDE}.",
            )
        if value > limits.SIDE:
            raise invalid(
                "PICTURE_TOO_LARGE",
                f"{field}.{side}",
                f"The picture has a {side} of {value}; this daemon takes at most {limits.SIDE} "
                "pixels a side. Scale the picture down first.",
                limit=limits.SIDE,
            )
    return message.width, message.height


def read_format(message: pictures_pb2.PixelFormat, field: str) -> PixelFormat:
    """Returns the checked format of a message.

    Args:
        message: what the client says.
        field: path of the message in the request, for the error.

    Raises:
        Refusal: INVALID_ARGUMENT; something is missing, unknown, or beyond the limits.
    """
    width, height = read_size(message, field)
    names: dict[str, Any] = {}
    for name, known in (("layout", LAYOUTS), ("depth", DEPTHS), ("transfer", TRANSFERS)):
        value = getattr(message, name)
        if value not in known:
            raise invalid(
                f"UNKNOWN_{name.upper()}",
                f"{field}.{name}",
                f"The picture's {name} is missing or unknown to this daemon ({value}).",
            )
        names[name] = known[value]
    alpha = message.alpha_kind
    has_alpha = names["layout"].endswith("a")
    if alpha not in _ALPHA_KINDS or (has_alpha and alpha != pictures_pb2.ALPHA_KIND_STRAIGHT):
        raise invalid(
            "UNKNOWN_ALPHA_KIND",
            f"{field}.alpha_kind",
            "A picture with an alpha channel must say that its alpha is straight.",
        )
    return PixelFormat(width, height, names["layout"], names["depth"], names["transfer"])


def values(picture: Pixels) -> npt.NDArray[Any]:
    """Returns the picture's values, (H, W, C), sharing its memory."""
    form = picture.format
    flat = np.frombuffer(picture.data, np.dtype(form.depth).newbyteorder("<"))
    return flat.reshape(form.height, form.width, form.channels)


def refuse_not_finite(numbers: npt.NDArray[Any], name: str) -> None:
    """Raises a Refusal, INVALID_ARGUMENT, if there are NaN or infinite numbers.

    Args:
        numbers: float values of a picture.
        name: of what, for the message.
    """
    if not np.isfinite(numbers).all():
        raise invalid(
            "NOT_FINITE",
            "chunk.data",
            f"The {name} has values that are not numbers (NaN) or infinite; replace them, for "
            "instance by converting the layer to 16-bit integers.",
        )


def canonical(picture: Pixels) -> Pixels:
    """Returns the same picture in the one form that the library stores and hashes.

    Gray becomes RGB, and an alpha channel that is opaque everywhere goes: neither depends on what
    file the pixels came in. Depth and transfer stay.
    """
    form = picture.format
    given = values(picture)
    colours = given[..., :-1] if form.has_alpha else given
    if colours.shape[2] == 1:
        colours = np.repeat(colours, 3, axis=2)
    layout: Layout = "rgb"
    if form.has_alpha and (given[..., -1] != _OPAQUE[form.depth]).any():
        colours, layout = np.concatenate((colours, given[..., -1:]), axis=2), "rgba"
    return Pixels(replace(form, layout=layout), colours.tobytes())


def digest(picture: Pixels) -> str:
    """Returns the SHA-256 of a canonical picture: its size and form, then its pixels."""
    form = picture.format
    header = f"{form.width}x{form.height} {form.layout} {form.depth} {form.linear}\n"
    result = hashlib.sha256(header.encode())
    result.update(memoryview(picture.data))
    return result.hexdigest()
