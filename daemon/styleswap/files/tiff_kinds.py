"""What a TIFF needs before libvips reads it: a refusal by name, or another form of some of it."""

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from . import tiff, tiff_subsampling
from .errors import FileError
from .tiff_packing import PACKED, PackingError, repacked

Encoding = Literal["", "lab", "icclab", "ycbcr"]
"""Colours that come as they stand in the file; "": as libvips gives them."""

_RGB: Final = 2
_CFA: Final = 32803
_LINEAR_RAW: Final = 34892
_BY_NAME: Final = {
    _CFA: "a camera's raw sensor values (CFA)",
    _LINEAR_RAW: "a camera's raw values (LinearRaw)",
    10: "ITU Lab colours",
}
_ENCODINGS: Final[dict[int, Encoding]] = {6: "ycbcr", 8: "lab", 9: "icclab"}
_JPEG: Final = (6, 7)
_UNREADABLE_PACKINGS: Final = {
    33003: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34887: "LERC", 34661: "JBIG",
    50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_RAW_MAKERS: Final = {
    "canon": "Canon raw (CR2)", "nikon": "Nikon raw (NEF)", "sony": "Sony raw (ARW)",
    "pentax": "Pentax raw (PEF)", "samsung": "Samsung raw (SRW)", "epson": "Epson raw (ERF)",
    "hasselblad": "Hasselblad raw (3FR)", "phase one": "Phase One raw (IIQ)",
    "olympus": "Olympus raw (ORF)",
}  # fmt: skip
SAMPLES_LIMIT: Final = 64
"""Most channels of a picture: no program writes as many, and each one costs."""


@dataclass(frozen=True)
class Prepared:
    """A TIFF for libvips."""

    data: tiff.Data
    encoding: Encoding = ""
    premultiplied: bool = False
    """Alpha is multiplied into encoded colours."""
    recipe: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    """Of YCbCr: the shares of red, green and blue in luma, and the values of black and white."""
    pages: int = 1
    """Pictures of the file."""


def prepare(
    name: str, data: bytearray | mmap.mmap, byte_limit: int, measured: Callable[[int], None]
) -> Prepared:
    """Looks at a TIFF's first picture, and changes in place what libvips would misread.

    Args:
        name: of the file, for messages.
        data: the file; writable, changed.
        byte_limit: most bytes of its pixels.
        measured: is told how many there are, before any is decoded.

    Raises:
        FileError: UNSUPPORTED_FORMAT, PICTURE_TOO_LARGE or DAMAGED_IMAGE.
    """
    directory = tiff.first_directory(data)
    if directory is None:
        return Prepared(data)
    _refuse_raw(name, directory)
    measured(_measured(name, directory, byte_limit))
    pages = tiff.count_pages(directory)
    packing = directory.number(tiff.COMPRESSION, 1)
    if packing in _UNREADABLE_PACKINGS:
        raise _unsupported(name, f"is packed with {_UNREADABLE_PACKINGS[packing]}")
    if tiff_subsampling.is_subsampled(directory):
        data, directory = _expanded(name, directory)
    elif packing in PACKED:
        data, directory = _unpacked(name, directory, PACKED[packing])
    elif directory.next:
        # libvips would look at every one of them.
        data[directory.next_at : directory.next_at + 4] = bytes(4)
        if bytes(data[2:4]) in (b"+\0", b"\0+"):
            data[directory.next_at + 4 : directory.next_at + 8] = bytes(4)
    encoding = _encoding(name, directory)
    if not encoding:
        return Prepared(data, pages=pages)
    return Prepared(
        data,
        encoding,
        premultiplied=_as_rgb(data, directory),
        recipe=_recipe(directory),
        pages=pages,
    )


def _unsupported(name: str, what: str) -> FileError:
    return FileError(
        "UNSUPPORTED_FORMAT",
        f"{name} is a TIFF that {what}, which cannot be read; save it as PNG, or as TIFF in RGB "
        "without compression.",
    )


def _damaged(name: str) -> FileError:
    return FileError(
        "DAMAGED_IMAGE",
        f"{name} is a damaged TIFF file; open it in an editor and save it again.",
    )


def _refuse_raw(name: str, directory: tiff.Directory) -> None:
    maker = directory.text(tiff.MAKE).lower()
    kind = ""
    if tiff.DNG_VERSION in directory.entries:
        kind = "camera raw (DNG)"
    elif bytes(directory.data[8:10]) == b"CR":
        kind = _RAW_MAKERS["canon"]
    else:
        own = directory.number(tiff.PHOTOMETRIC, -1)
        others = [
            sub.number(tiff.PHOTOMETRIC, -1)
            for sub in (*tiff.sub_directories(directory), *_second(directory))
        ]
        if own in (_CFA, _LINEAR_RAW) and not maker:
            raise _unsupported(name, f"holds {_BY_NAME[own]}")
        if {own, *others} & {_CFA, _LINEAR_RAW}:
            known = (kind for key, kind in _RAW_MAKERS.items() if maker.startswith(key))
            kind = next(known, "camera raw")
        elif own in _BY_NAME:
            raise _unsupported(name, f"holds {_BY_NAME[own]}")
    if kind:
        raise FileError(
            "UNSUPPORTED_FORMAT",
            f"{name} is a {kind} file, which cannot be read; develop it in a raw converter and "
            "save it as PNG, JPEG or TIFF.",
        )


def _second(directory: tiff.Directory) -> list[tiff.Directory]:
    following = tiff.next_directory(directory)
    return [] if following is None else [following]


def _measured(name: str, directory: tiff.Directory, byte_limit: int) -> int:
    """The bytes of a picture's pixels; refuses one that has too many."""
    samples = directory.number(tiff.SAMPLES, 1)
    width, height = directory.number(tiff.WIDTH, 0), directory.number(tiff.HEIGHT, 0)
    bits = int(max(directory.number(tiff.BITS, 1), 1))
    size = width * height * samples * bits // 8
    if size > byte_limit:
        raise FileError(
            "PICTURE_TOO_LARGE",
            f"{name} would take {size / (1 << 20):.0f} MiB ({width} x {height} pixels, {samples} "
            "channels); make it smaller, or leave channels away.",
        )
    if samples > SAMPLES_LIMIT:
        raise _unsupported(name, f"has {samples} channels")
    return max(size, 0)


def _unpacked(
    name: str, directory: tiff.Directory, packing: str
) -> tuple[bytearray, tiff.Directory]:
    try:
        data = repacked(directory)
    except PackingError as error:
        if str(error) != "damaged":
            raise _unsupported(name, f"is packed with {packing}") from error
        raise _damaged(name) from error
    fresh = tiff.first_directory(data)
    assert fresh is not None
    return data, fresh


def _expanded(name: str, directory: tiff.Directory) -> tuple[bytearray, tiff.Directory]:
    if not tiff_subsampling.is_known(directory):
        raise _unsupported(
            name,
            "holds YCbCr with fewer colours than pixels (subsampling), packed or in a rare form",
        )
    try:
        data = tiff_subsampling.expanded(directory)
    except tiff_subsampling.Unreadable as error:
        raise _damaged(name) from error
    fresh = tiff.first_directory(data)
    assert fresh is not None
    return data, fresh


def _encoding(name: str, directory: tiff.Directory) -> Encoding:
    """How colours are to be read that libvips would take for something else."""
    encoding = _ENCODINGS.get(directory.number(tiff.PHOTOMETRIC, -1), "")
    if not encoding or directory.number(tiff.COMPRESSION, 1) in _JPEG:
        return ""
    samples, bits = directory.number(tiff.SAMPLES, 1), directory.number(tiff.BITS, 1)
    if encoding == "lab" and (samples, bits) == (3, 16):
        return ""  # libvips reads this one
    if samples < 3 or bits not in ((8,) if encoding == "ycbcr" else (8, 16)):
        raise _unsupported(name, f"holds {samples} channels of {bits} bits in {_words(encoding)}")
    return encoding


def _words(encoding: Encoding) -> str:
    return {"lab": "Lab", "icclab": "ICC Lab", "ycbcr": "YCbCr"}.get(encoding, encoding)


def _as_rgb(data: bytearray | mmap.mmap, directory: tiff.Directory) -> bool:
    """Has libvips give the values as they are; returns whether alpha is multiplied into them."""
    _change(data, directory, tiff.PHOTOMETRIC, _RGB)
    if directory.number(tiff.EXTRA_SAMPLES, 0) != 1:
        return False
    # These values are no light: dividing them by alpha comes after their decoding.
    _change(data, directory, tiff.EXTRA_SAMPLES, 2)
    return True


def _change(data: bytearray | mmap.mmap, directory: tiff.Directory, tag: int, value: int) -> None:
    entry = directory.entries[tag]
    form = {1: "B", 3: "H", 4: "I"}.get(entry.kind)
    if form is not None:
        struct.pack_into(f"{directory.order}{form}", data, entry.at, value)


def _recipe(directory: tiff.Directory) -> tuple[tuple[float, ...], tuple[float, ...]]:
    shares = directory.numbers(tiff.YCBCR_COEFFICIENTS)[:3]
    levels = directory.numbers(tiff.REFERENCE_BLACK_WHITE)[:6]
    usable = len(shares) == 3 and min(shares) > 0
    spans = len(levels) == 6 and all(b > a for a, b in zip(levels[::2], levels[1::2], strict=True))
    return (
        shares if usable else (0.299, 0.587, 0.114),
        levels if spans else (0, 255, 128, 255, 128, 255),
    )
