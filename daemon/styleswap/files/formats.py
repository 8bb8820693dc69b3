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

HEAD_BYTES = 1024
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
    (0, b"FUJIFILMCCD-RAW", FileKind("Fuji raw (RAF)")),
    (0, b"IIRO", FileKind("Olympus raw (ORF)")),
    (0, b"IIRS", FileKind("Olympus raw (ORF)")),
    (0, b"MMOR", FileKind("Olympus raw (ORF)")),
    (0, b"IIU\0", FileKind("Panasonic raw (RW2)")),
    (6, b"HEAPCCDR", FileKind("Canon raw (CRW)")),
    (0, b"FOVb", FileKind("Sigma raw (X3F)")),
    (0, b"\0MRM", FileKind("Minolta raw (MRW)")),
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
                return FileKind(f"camera raw ({suffix[1:].upper()})")
            return kind
    if head[4:8] == b"ftyp":
        return _boxed(head)
    # "BM" alone would take a text about BMWs for a bitmap: the reserved field must be zero too.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return FileKind("BMP")
    if head[:1] == b"P" and head[1:2] in b"1234567" and head[2:3].isspace():
        return FileKind("Netpbm")
    if head.lstrip()[:5] == b"<?xml" and suffix.lower() == ".svg":
        return FileKind("SVG")
    return FileKind("TGA") if _is_targa(head) else None


# ISO/IEC 14496-12 (the file's brands) and 23008-12 (pictures); only AV1 inside can be read.
_AV1_BRANDS = frozenset((b"avif", b"avis"))
_HEVC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"))
_PICTURE_BRANDS = frozenset((b"mif1", b"mif2", b"msf1", b"miaf", b"1pic"))


def _boxed(head: bytes) -> FileKind | None:
    """The kind of a file of boxes, by its main brand and those that it is compatible with."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    main = head[8:12]
    brands = {main, *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if main == b"crx ":
        return FileKind("Canon raw (CR3)")
    if main not in _AV1_BRANDS and brands & _HEVC_BRANDS:
        return FileKind("HEIC (HEVC)")
    # Where brands tell pictures and no coding, the list of items does.
    if brands & _AV1_BRANDS or (brands & _PICTURE_BRANDS and b"av01" in head[end:]):
        return FileKind("AVIF", "heifload")
    if brands & _PICTURE_BRANDS:
        return FileKind("HEIC (HEVC)" if b"hvc1" in head[end:] else "HEIF")
    return FileKind("video")


def _is_targa(head: bytes) -> bool:
    """Whether a head is that of a TGA file, which has no signature: all fields are in range."""
    if len(head) < 18 or head[1] > 1 or head[2] not in (1, 2, 3, 9, 10, 11):
        return False
    mapped = head[2] in (1, 9)
    fits = head[1] == 1 if mapped else head[1] == 0 and head[3:8] == bytes(5)
    depths = {1: (8, 16), 9: (8, 16), 3: (8, 16), 11: (8, 16)}.get(head[2], (15, 16, 24, 32))
    return fits and head[16] in depths and any(head[12:14]) and any(head[14:16])


def writable_kind(path: PurePath) -> str | None:
    """The format that a path's suffix asks for, or None where none can be written."""
    return WRITABLE_SUFFIXES.get(path.suffix.lower())
