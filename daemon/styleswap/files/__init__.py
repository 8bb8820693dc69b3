"""Image files to pixels and back.

`decode` turns a PNG, JPEG, WebP, TIFF, GIF or AVIF file into `Pixels`: upright, sRGB primaries,
straight alpha, in the file's own depth (8-bit, 16-bit or float). It does so in a process of its
own, since nobody knows what is in a file; `read` is the same in this one. `write` does the reverse
for PNG, JPEG, WebP and TIFF, through a temporary file that is renamed when it is complete. Whatever
goes wrong is a `FileError` with a reason for programs and a sentence for people.

Decoding and encoding are libvips's, colour conversion LittleCMS's through it. Importing this room
does not load them.
"""

from typing import TYPE_CHECKING, Any

from .errors import Cancelled, FileError
from .formats import READABLE_SUFFIXES, WRITABLE_SUFFIXES
from .limits import BYTE_LIMIT, PIXEL_LIMIT, SIDE_LIMIT, Limits
from .opening import open_regular
from .pixels import Pixels

if TYPE_CHECKING:
    from .decoding import decode, get_ready, thumbnail
    from .reading import read
    from .thumbnails import thumbnail_png
    from .writing import check_output, write

__all__ = [
    "BYTE_LIMIT",
    "PIXEL_LIMIT",
    "READABLE_SUFFIXES",
    "SIDE_LIMIT",
    "WRITABLE_SUFFIXES",
    "Cancelled",
    "FileError",
    "Limits",
    "Pixels",
    "check_output",
    "decode",
    "get_ready",
    "open_regular",
    "read",
    "thumbnail",
    "thumbnail_png",
    "write",
]

_LATER = {
    "check_output": "writing",
    "decode": "decoding",
    "get_ready": "decoding",
    "read": "reading",
    "thumbnail": "decoding",
    "thumbnail_png": "thumbnails",
    "write": "writing",
}


def __getattr__(name: str) -> Any:
    """Imports what is heavy at its first use."""
    import importlib

    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
