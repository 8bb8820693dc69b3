"""A request's header, checked whole before anything is allocated for it."""

from dataclasses import dataclass

from styleswap.pixel_format import PixelFormat
from styleswap.service import limits
from styleswap.service.mixing import StyleWish, read_mask_format, read_styles
from styleswap.service.pixels import read_format, read_size
from styleswap.service.uploads import Upload
from styleswap.v1 import counting, pictures_pb2, settings, styles_pb2, stylize_pb2
from styleswap.v1.controls import ControlError, Value
from styleswap.worker.refusals import invalid

_ROLES = {
    pictures_pb2.PLANE_ROLE_CONTENT: "content",
    pictures_pb2.PLANE_ROLE_STYLE: "style",
    pictures_pb2.PLANE_ROLE_MASK: "mask",
}


@dataclass(frozen=True)
class StylizeRequest:
    """What a stylize header asks for."""

    uploads: tuple[Upload, ...]
    """The planes, in the order in which their bytes come."""
    content: Upload
    format: PixelFormat
    """The content's."""
    styles: tuple[StyleWish, ...]
    """The styles to mix, at least one."""
    settings: dict[str, Value]
    """All settings, defaults filled in."""
    preview: bool
    coarse_only: bool
    reduced_from: tuple[int, int] | None
    """Width and height of the picture that the content is a reduced copy of."""
    region: tuple[int, int, int, int] | None
    """The part to paint: x, y, width, height."""
    notices: tuple[str, ...]
    """Sentences on what of it has no effect."""


def read_stylize(header: stylize_pb2.StylizeHeader) -> StylizeRequest:
    """Returns the checked request.

    Raises:
        Refusal: INVALID_ARGUMENT, with the field that is wrong.
    """
    try:
        chosen = settings.from_message(header.settings)
    except ControlError as error:
        unknown = error.name.startswith("field ")
        raise invalid(
            "UNKNOWN_SETTING" if unknown else "SETTING_OUT_OF_RANGE",
            f"header.settings.{error.name.removeprefix('field ')}",
            str(error),
        ) from error

    if len(header.planes) > limits.PLANES:
        raise invalid(
            "PLANE_COUNT",
            "header.planes",
            f"The request has {len(header.planes)} planes; at most {limits.PLANES} are of use.",
            limit=limits.PLANES,
        )
    uploads = tuple(
        _upload(plane, f"header.planes[{position}]", files=_is_style(plane))
        for position, plane in enumerate(header.planes)
    )
    total = sum(upload.byte_count for upload in uploads)
    if total > limits.HELD_BYTES:
        raise invalid(
            "REQUEST_TOO_LARGE",
            "header.planes",
            f"The request's planes have {total} bytes together; at most {limits.HELD_BYTES} are "
            "taken. Take a smaller picture, or masks of 8 bits.",
            limit=limits.HELD_BYTES,
        )
    contents = [upload for upload in uploads if upload.name == "content"]
    if len({upload.index for upload in uploads}) != len(uploads):
        raise invalid("PLANE_INDEX_TWICE", "header.planes", "Two planes have the same index.")
    if len(contents) != 1:
        raise invalid(
            "CONTENT_COUNT",
            "header.planes",
            f"The request has {len(contents)} content planes; it must have exactly one.",
        )
    (content,) = contents
    assert content.format is not None

    return StylizeRequest(
        uploads=uploads,
        content=content,
        format=content.format,
        styles=read_styles(header, uploads, content.format),
        settings=chosen,
        preview=header.preview,
        coarse_only=header.coarse_only,
        reduced_from=_read_reduced_from(header, content.format),
        region=_read_region(header, content.format),
        notices=tuple(counting.idle_notice(control) for control in counting.idle(chosen)),
    )


def read_put_style(header: styles_pb2.PutStyleHeader) -> tuple[str, Upload]:
    """Returns the checked name and picture of a style's upload.

    Raises:
        Refusal: INVALID_ARGUMENT, with the field that is wrong.
    """
    name = read_name(header.name, "header.name") if header.name.strip() else "Untitled"
    upload = _upload(header.plane, "header.plane", files=True)
    if upload.name != "style":
        raise invalid(
            "PLANE_ROLE", "header.plane.role", "The picture of a style must have the role style."
        )
    return name, upload


def read_name(text: str, field: str) -> str:
    """Returns a style's display name without the space around it.

    Raises:
        Refusal: INVALID_ARGUMENT; it is empty, too long or has control characters.
    """
    name = text.strip()
    if not 1 <= len(name) <= limits.NAME_LENGTH or not name.isprintable():
        raise invalid(
            "STYLE_NAME",
            field,
            f"A style's name has 1 to {limits.NAME_LENGTH} printable characters.",
        )
    return name


def read_thumbnail_size(size: int) -> int:
    """Returns the longest side of a thumbnail, the default for 0.

    Raises:
        Refusal: INVALID_ARGUMENT; it is out of range.
    """
    if size == 0:
        return limits.THUMBNAIL_DEFAULT
    smallest, largest = limits.THUMBNAIL_SIDES
    if not smallest <= size <= largest:
        raise invalid(
            "THUMBNAIL_SIZE",
            "size",
            f"A thumbnail of {size} pixels was asked for; {smallest} to {largest} can be had.",
        )
    return size


def _read_reduced_from(
    header: stylize_pb2.StylizeHeader, form: PixelFormat
) -> tuple[int, int] | None:
    if not header.HasField("reduced_from"):
        return None
    if not header.coarse_only:
        raise invalid(
            "WITHOUT_COARSE_ONLY",
            "header.reduced_from",
            "A reduced copy was sent, but the whole painting is wanted; ask for the coarsest pass "
            "only, or send the whole picture.",
        )
    width, height = read_size(header.reduced_from, "header.reduced_from")
    for side, own, full in (("width", form.width, width), ("height", form.height, height)):
        if full < own:
            raise invalid(
                "NOT_REDUCED",
                f"header.reduced_from.{side}",
                f"The content has a {side} of {own}, more than the {full} of the picture that it "
                "was reduced from.",
            )
    # Each side was rounded by less than a pixel.
    wide = (form.width - 1) * height, (form.width + 1) * height
    high = (form.height - 1) * width, (form.height + 1) * width
    if wide[0] >= high[1] or high[0] >= wide[1]:
        raise invalid(
            "ASPECT",
            "header.reduced_from",
            f"The content has {form.width}x{form.height} pixels, which is no reduced copy of "
            f"{width}x{height}; keep the proportions of the sides.",
        )
    return width, height


def _read_region(
    header: stylize_pb2.StylizeHeader, form: PixelFormat
) -> tuple[int, int, int, int] | None:
    if not header.HasField("region"):
        return None
    wished = {field.name for field, _ in header.ListFields()}
    for name in ("coarse_only", "reduced_from", "preview"):
        if name in wished:
            raise invalid(
                "REGION_WITH_OTHERS",
                "header.region",
                f"A region is painted at full size; leave {name} out, or the region.",
            )
    region = header.region
    for start, side in (("x", "width"), ("y", "height")):
        offset, length, room = getattr(region, start), getattr(region, side), getattr(form, side)
        if length == 0:
            raise invalid(
                "EMPTY_REGION",
                f"header.region.{side}",
                f"The region has a {side} of 0; it must be at least 1.",
            )
        if offset + length > room:
            raise invalid(
                "REGION_OUTSIDE",
                f"header.region.{side}",
                f"The region ends at {start} = {offset + length}, beyond the picture's {side} of "
                f"{room}; give one that lies inside.",
            )
    return region.x, region.y, region.width, region.height


def _is_style(plane: pictures_pb2.Plane) -> bool:
    return plane.role == pictures_pb2.PLANE_ROLE_STYLE


def _upload(plane: pictures_pb2.Plane, field: str, *, files: bool) -> Upload:
    name = _ROLES.get(plane.role)
    if name is None:
        raise invalid(
            "PLANE_ROLE",
            f"{field}.role",
            f"A plane's role is missing or unknown to this daemon ({plane.role}).",
        )
    kind = plane.WhichOneof("format")
    if kind == "pixels":
        read = read_mask_format if name == "mask" else read_format
        form = read(plane.pixels, f"{field}.pixels")
        if name == "style" and form.width * form.height > limits.FILE_PIXELS:
            raise invalid(
                "PICTURE_TOO_LARGE",
                f"{field}.pixels",
                f"The style has {form.width} x {form.height} pixels; at most "
                f"{limits.FILE_PIXELS} in all are taken. Make it smaller.",
                limit=limits.FILE_PIXELS,
            )
        return Upload(plane.index, form.byte_count, form, name)
    if kind != "encoded":
        raise invalid("NO_FORMAT", field, f"The {name} does not say in which format it comes.")
    if not files:
        raise invalid(
            f"ENCODED_{name.upper()}",
            f"{field}.encoded",
            f"The {name} must come as uncompressed pixels; only a style may be an image file.",
        )
    return Upload(plane.index, _file_size(plane.encoded.byte_count, field), None, name)


def _file_size(byte_count: int, field: str) -> int:
    if byte_count == 0:
        raise invalid(
            "EMPTY_FILE",
            f"{field}.encoded.byte_count",
            "The style's file is empty (0 bytes); choose another file.",
        )
    if byte_count > limits.FILE_BYTES:
        raise invalid(
            "FILE_TOO_LARGE",
            f"{field}.encoded.byte_count",
            f"The style's file has {byte_count} bytes; at most {limits.FILE_BYTES} are taken. "
            "Save it smaller.",
            limit=limits.FILE_BYTES,
        )
    return byte_count
