"""Where a valid file's compressed pixels lie and where its structure, and how to mend the latter.

Random bytes in a picture's file end mostly at a checksum or a count in its head. What is changed in
the pixels' own bytes, with checksums and sizes made right again, gets as far as their decoder.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import tifffile

from .picture_files import Sample

Span = tuple[int, int]
"""Start and end of some bytes."""


@dataclass
class Anatomy:
    """A file's parts."""

    body: list[Span] = field(default_factory=list)
    """Compressed pixels, as raw as the decoder gets them."""
    head: list[Span] = field(default_factory=list)
    """Structure and metadata: sizes, types, tables, profiles."""


@cache
def anatomy(sample: Sample) -> Anatomy:
    """The parts of a valid file."""
    return {
        "PNG": _png,
        "JPEG": _jpeg,
        "WebP": _webp,
        "TIFF": _tiff,
        "GIF": _gif,
        "AVIF": _avif,
    }[sample.kind](sample.data)


def mend(kind: str, data: bytearray) -> None:
    """Makes checksums and sizes right after a change that kept all lengths."""
    if kind == "PNG":
        for start, end in png_chunks(data):
            name = start - 4
            struct.pack_into(">I", data, end, zlib.crc32(data[name:end]))
    elif kind == "WebP":
        struct.pack_into("<I", data, 4, len(data) - 8)


def png_chunks(data: bytes | bytearray) -> Iterator[Span]:
    """The spans of the chunks' contents; four bytes before each is its name."""
    position = 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        start, end = position + 8, position + 8 + length
        if end + 4 > len(data):
            return
        yield start, end
        position = end + 4


def _png(data: bytes) -> Anatomy:
    found = Anatomy()
    first = True
    for start, end in png_chunks(data):
        if data[start - 4 : start] in (b"IDAT", b"fdAT"):
            # The two bytes of zlib's own head are structure.
            found.body.append((start + 2 * first, end))
            first = False
        elif end > start:
            found.head.append((start, end))
    return found


def _jpeg(data: bytes) -> Anatomy:
    found = Anatomy()
    position = 2
    while position + 4 <= len(data):
        marker = data[position + 1]
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, position + 2)
        found.head.append((position + 4, position + 2 + length))
        position += 2 + length
        if marker != 0xDA:
            continue
        start = position
        while data[position] != 0xFF or data[position + 1] in (0, *range(0xD0, 0xD8)):
            # What is a marker, or stands for one, stays: else the scan would end there.
            if data[position] == 0xFF:
                found.body.append((start, position))
                position += 2
                start = position
            else:
                position += 1
        found.body.append((start, position))
    found.body = [span for span in found.body if span[1] > span[0]]
    found.head = [span for span in found.head if span[1] > span[0]]
    return found


def _webp(data: bytes) -> Anatomy:
    found = Anatomy()
    # What of a chunk's content is structure; the rest is pixels.
    heads = {b"VP8 ": 10, b"VP8L": 5, b"ALPH": 1}

    def walk(position: int, stop: int) -> None:
        while position + 8 <= stop:
            name = data[position : position + 4]
            (length,) = struct.unpack_from("<I", data, position + 4)
            start, end = position + 8, position + 8 + length
            if name == b"ANMF":
                found.head.append((start, start + 16))
                walk(start + 16, end)
            elif name in heads:
                found.head.append((start, start + heads[name]))
                found.body.append((start + heads[name], end))
            else:
                found.head.append((start, end))
            position = end + length % 2

    walk(12, len(data))
    return found


def _tiff(data: bytes) -> Anatomy:
    found = Anatomy()
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        entry = 20 if file.is_bigtiff else 12
        for page in file.pages:
            for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
                found.body.append((offset, offset + count))
            for tag in page.tags:
                found.head.append((tag.offset, tag.offset + entry))
                if not tag.offset <= tag.valueoffset < tag.offset + entry:
                    found.head.append((tag.valueoffset, tag.valueoffset + tag.valuebytecount))
    return found


def _gif(data: bytes) -> Anatomy:
    def table(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    found = Anatomy(head=[(6, 13)])
    position = 13 + table(data[10])
    found.head.append((13, position))

    def blocks(position: int, spans: list[Span]) -> int:
        while data[position]:
            spans.append((position + 1, position + 1 + data[position]))
            position += 1 + data[position]
        return position + 1

    while data[position] != 0x3B:
        if data[position] == 0x21:
            position = blocks(position + 2, found.head)
        else:
            start = position + 1
            position = start + 9 + table(data[start + 8]) + 1
            found.head.append((start, position))
            position = blocks(position, found.body)
    found.head = [span for span in found.head if span[1] > span[0]]
    return found


def _avif(data: bytes) -> Anatomy:
    found = Anatomy()
    position = 0
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + length if length else len(data)
        (found.body if name == b"mdat" else found.head).append((position + 8, end))
        position = end
    return found
