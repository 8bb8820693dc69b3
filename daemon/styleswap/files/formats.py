"""Which kind of file some bytes are, judged by the bytes and never by the name."""

from dataclasses import dataclass
from pathlib import PurePath

READABLE_SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".gif", ".avif")
)
WRITABLE_SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}

HEAD_BYTES = 64
"""How many leading bytes `recognise` looks at."""

# Camera raw files are TIFFs whose first image is a thumbnail; nothing in their head says so.
_RAW_SUFFIXES = frozenset(
    (
        ".3fr",
        ".arw",
        ".cr2",
        ".dng",
        ".erf",
        ".iiq",
        ".kdc",
        ".mef",
        ".mos",
        ".nef",
        ".nrw",
        ".orf",
        ".pef",
        ".rw2",
        ".sr2",
        ".srw",
    )
)


@dataclass(frozen=True)
class FileKind:
    """What a file is: its usual name, and libvips's name for its loader (empty: not read)."""

    name: str
    loader: str = ""


_SIGNATURES: tuple[tuple[int, bytes, FileKind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", FileKind("PNG", "pngload")),
    (0, b"\xff\xd8\xff", FileKind("JPEG", "jpegload")),
    (8, b"WEBPVP8", FileKind("WebP", "webpload")),
    (0, b"II*\0", FileKind("TIFF", "tiffload")),
    (0, b"MM\0*", FileKind("TIFF", "tiffload")),
    (0, b"II+\0", FileKind("TIFF", "tiffload")),
    (0, b"MM\0+", FileKind("TIFF", "tiffload")),
    (0, b"GIF87a", FileKind("GIF", "gifload")),
    (0, b"GIF89a", FileKind("GIF", "gifload")),
    (4, b"ftypavif", FileKind("AVIF", "heifload")),
    (4, b"ftypavis", FileKind("AVIF", "heifload")),
    (4, b"ftypheic", FileKind("HEIC")),
    (4, b"ftypheix", FileKind("HEIC")),
    (4, b"ftypmif1", FileKind("HEIF")),
    (0, b"8BPS", FileKind("Photoshop")),
    (0, b"gimp xcf", FileKind("GIMP (XCF)")),
    (38, b"application/x-krita", FileKind("Krita")),
    (38, b"image/openraster", FileKind("OpenRaster")),
    (0, b"\xff\x0a", FileKind("JPEG XL")),
    (4, b"JXL \r\n", FileKind("JPEG XL")),
    (4, b"jP  \r\n", FileKind("JPEG 2000")),
    (0, b"\x76\x2f\x31\x01", FileKind("OpenEXR")),
    (0, b"#?RADIANCE", FileKind("Radiance HDR")),
    (0, b"%PDF-", FileKind("PDF")),
    (0, b"<svg", FileKind("SVG")),
    (0, b"DDS ", FileKind("DDS")),
    (0, b"\0\0\1\0", FileKind("icon")),
)


def recognise(head: bytes, suffix: str = "") -> FileKind | None:
    """The kind of the file that begins with `head`, or None where it is no known image.

    `suffix` (with its dot) only tells camera raw files from the TIFFs they look like.
    """
    for offset, signature, kind in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            if kind.name == "TIFF" and suffix.lower() in _RAW_SUFFIXES:
                return FileKind("camera raw")
            return kind
    # "BM" alone would take a text about BMWs for a bitmap: the reserved field must be zero too.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return FileKind("BMP")
    if head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace():
        return FileKind("Netpbm")
    if head.lstrip()[:5] == b"<?xml" and suffix.lower() == ".svg":
        return FileKind("SVG")
    return None


def writable_kind(path: PurePath) -> str | None:
    """The format that a path's suffix asks for, or None where none can be written."""
    return WRITABLE_SUFFIXES.get(path.suffix.lower())
