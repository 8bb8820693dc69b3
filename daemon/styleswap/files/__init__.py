"""Image files to pixels and back.

`read` turns a PNG, JPEG, WebP, TIFF, GIF or AVIF file into `Pixels`: upright, sRGB primaries,
straight alpha, in the file's own depth (8-bit, 16-bit or float). `write` does the reverse for PNG,
JPEG, WebP and TIFF, through a temporary file that is renamed when it is complete. Whatever goes
wrong is a `FileError` with a reason for programs and a sentence for people.

Decoding and encoding are libvips's, colour conversion LittleCMS's through it.
"""

from .errors import FileError
from .formats import READABLE_SUFFIXES, WRITABLE_SUFFIXES
from .pixels import Pixels
from .reading import BYTE_LIMIT, PIXEL_LIMIT, SIDE_LIMIT, read
from .thumbnails import thumbnail_png
from .writing import check_output, write

__all__ = [
    "BYTE_LIMIT",
    "PIXEL_LIMIT",
    "READABLE_SUFFIXES",
    "SIDE_LIMIT",
    "WRITABLE_SUFFIXES",
    "FileError",
    "Pixels",
    "check_output",
    "read",
    "thumbnail_png",
    "write",
]
