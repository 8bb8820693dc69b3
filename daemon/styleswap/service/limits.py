"""What the daemon accepts, in one place."""

from typing import Final

API: Final = 1
"""Revision of the API, oldest and newest."""

SIDE: Final = 16384
"""Largest width and height of a picture in pixels."""

PIXELS: Final = SIDE * SIDE
"""Largest number of pixels of a picture."""

FILE_BYTES: Final = 256 << 20
"""Largest image file."""

FILE_PIXELS: Final = 100_000_000
"""Most pixels of a style, sent as such or as a file: a small file can claim any size."""

CHUNK_BYTES: Final = 1 << 20
"""Largest chunk, either way."""

SPOOL_BYTES: Final = 256 << 20
"""A picture beyond this lies in an unlinked file instead of in memory."""

NAME_LENGTH: Final = 200
"""Longest display name of a style in characters."""

THUMBNAIL_SIDES: Final = (16, 512)
"""Smallest and largest longest side of a thumbnail."""

THUMBNAIL_DEFAULT: Final = 128
"""Longest side of a thumbnail where none is asked for."""

HELD_BYTES: Final = 8 << 30
"""Bytes of pictures that all calls together may hold: two of the largest pictures."""

HELD_MEMORY_BYTES: Final = 1 << 30
"""Bytes of them that may lie in memory; what comes beyond lies in unlinked files."""

UPLOAD_RATE: Final = 64 << 10
"""Bytes a second that a client must send."""

UPLOAD_GRACE: Final = 60.0
"""Seconds that a client may be behind that rate: it may still be reading what it sends."""

STALL_SECONDS: Final = 120.0
"""How long a client may not take a chunk."""

STYLES: Final = 8
"""Most styles that one painting mixes."""

PLANES: Final = 1 + 2 * STYLES
"""Most planes of one request: the content, and for each style its picture and its mask."""

DECODES: Final = 4
"""Style pictures that are decoded at once."""

ENGINE_SECONDS: Final = 60.0
"""How long the engine's process stays without a request, at the least: its start takes seconds."""

KEPT_BYTES: Final = 32 << 20
"""Freed memory that the daemon keeps for the next parts of pictures, until it is idle."""
