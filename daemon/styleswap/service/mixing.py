"""Which styles a request mixes, with which weights and masks: checked before any room is made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from styleswap.pixel_format import PixelFormat
from styleswap.service import limits
from styleswap.service.pixels import read_format
from styleswap.service.uploads import Upload
from styleswap.v1 import pictures_pb2, stylize_pb2
from styleswap.worker.refusals import invalid


@dataclass(frozen=True)
class StyleWish:
    """One style of a request."""

    id: str
    """Of the library's; "" where the style is sent along."""
    upload: Upload | None
    """The plane of a style that is sent along."""
    weight: float
    """At least 0; of all styles some are above."""
    mask: Upload | None
    """The plane that says where the style goes; None is everywhere."""


def read_mask_format(message: pictures_pb2.PixelFormat, field: str) -> PixelFormat:
    """Returns the checked format of a mask.

    Values of a mask are a measure, not light: its transfer may be left out and is not applied.

    Raises:
        Refusal: INVALID_ARGUMENT; it is not gray, or as `read_format`.
    """
    told = pictures_pb2.PixelFormat()
    told.CopyFrom(message)
    if told.transfer == pictures_pb2.TRANSFER_UNSPECIFIED:
        told.transfer = pictures_pb2.TRANSFER_SRGB
    form = read_format(told, field)
    if form.layout != "gray":
        raise invalid(
            "MASK_LAYOUT",
            f"{field}.layout",
            f"A mask has the layout {form.layout}; it must be gray, one value a pixel.",
        )
    return form


def read_styles(
    header: stylize_pb2.StylizeHeader, uploads: Sequence[Upload], content: PixelFormat
) -> tuple[StyleWish, ...]:
    """Returns the checked styles of a request.

    Args:
        header: of the request.
        uploads: its planes, in their order.
        content: the content's format.

    Raises:
        Refusal: INVALID_ARGUMENT, with the field that is wrong.
    """
    count = len(header.styles)
    if not 1 <= count <= limits.STYLES:
        raise invalid(
            "STYLE_COUNT",
            "header.styles",
            f"The request names {count} styles; it must name 1 to {limits.STYLES}.",
            limit=limits.STYLES,
        )
    _refuse_wrong_sizes(uploads, content)
    wishes = tuple(
        _read_style(reference, uploads, f"header.styles[{position}]")
        for position, reference in enumerate(header.styles)
    )
    if not any(wish.weight for wish in wishes):
        raise invalid(
            "NO_WEIGHT",
            "header.styles",
            "The styles' weights sum to 0, so that nothing is to be painted; give one more.",
        )
    for kind, used in (
        ("style", [wish.upload for wish in wishes]),
        ("mask", [wish.mask for wish in wishes]),
    ):
        if any(upload.name == kind and upload not in used for upload in uploads):
            raise invalid(
                "UNUSED_PLANE",
                "header.planes",
                f"There is a {kind} plane that no style refers to.",
            )
    return wishes


def _read_style(
    reference: stylize_pb2.StyleRef, uploads: Sequence[Upload], field: str
) -> StyleWish:
    source = reference.WhichOneof("source")
    if source is None or (source == "id" and not reference.id):
        raise invalid("NO_STYLE", field, "The style says neither an id nor a plane; choose one.")
    weight = reference.weight if reference.HasField("weight") else 1.0
    if not (weight >= 0 and math.isfinite(weight)):
        raise invalid(
            "STYLE_WEIGHT",
            f"{field}.weight",
            f"A style's weight is {weight:g}; it must be a finite number from 0 on.",
        )
    upload = mask = None
    if source == "plane":
        upload = _plane(uploads, "style", reference.plane, "style", f"{field}.plane")
    if reference.HasField("mask"):
        mask = _plane(uploads, "mask", reference.mask, "style's mask", f"{field}.mask")
    return StyleWish(reference.id if source == "id" else "", upload, weight, mask)


def _plane(uploads: Sequence[Upload], name: str, index: int, what: str, field: str) -> Upload:
    for upload in uploads:
        if upload.name == name and upload.index == index:
            return upload
    raise invalid(
        "UNKNOWN_PLANE",
        field,
        f"The {what} is said to be plane {index}, but there is no {name} plane with that index.",
    )


def _refuse_wrong_sizes(uploads: Sequence[Upload], content: PixelFormat) -> None:
    """Refuses masks of another size than the content, and files that are too large together."""
    total = 0
    for position, upload in enumerate(uploads):
        form = upload.format
        if form is None:
            total += upload.byte_count
            if total > limits.FILE_BYTES:
                raise invalid(
                    "FILE_TOO_LARGE",
                    f"header.planes[{position}].encoded.byte_count",
                    f"The styles' files have {total} bytes together; at most {limits.FILE_BYTES} "
                    "are taken. Save them smaller.",
                    limit=limits.FILE_BYTES,
                )
        elif upload.name == "mask" and (form.width, form.height) != (content.width, content.height):
            raise invalid(
                "MASK_SIZE",
                f"header.planes[{position}].pixels",
                f"A mask has {form.width}x{form.height} pixels, but the content has "
                f"{content.width}x{content.height}; give a mask of the content's size.",
            )
