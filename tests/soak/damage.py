"""Cases of damaged pictures: the same seed and number always give the same bytes."""

import random
import struct
import zlib
from dataclasses import dataclass

from .anatomy import Span, anatomy, mend, png_chunks
from .picture_files import Sample, samples

# How often what is damaged; the first two are to reach the decoder of pixels.
_WAYS = {"pixels": 56, "rows": 8, "structure": 18, "both": 8, "bytes": 10}
_KINDS = {"PNG": 4, "JPEG": 4, "WebP": 3, "TIFF": 5, "GIF": 3, "AVIF": 2}
_EDGES = (0, 1, 2, 3, 7, 8, 15, 16, 127, 128, 255, 256, 32767, 32768, 65535, 65536)


@dataclass(frozen=True)
class Case:
    """One damaged picture."""

    number: int
    sample: Sample
    way: str
    """What was damaged: pixels, rows, structure, both or bytes."""
    data: bytes


def case(seed: int, number: int) -> Case:
    """The case of this number."""
    chance = random.Random(f"{seed}/{number}")
    sample = _sample(chance)
    (way,) = chance.choices(list(_WAYS), list(_WAYS.values()))
    data = bytearray(sample.data)
    parts = anatomy(sample)
    if way == "rows" and sample.kind != "PNG":
        way = "pixels"
    if way == "rows":
        data = _other_rows(chance, data)
    if way in ("pixels", "both"):
        _change(chance, data, parts.body, entropy_coded=sample.kind == "JPEG")
    if way in ("structure", "both"):
        _restructure(chance, data, parts.head)
    if way == "bytes":
        data = _any_bytes(chance, data)
    else:
        mend(sample.kind, data)
        if chance.random() < 0.04:
            # Cut within the pixels: a file that came in part.
            start, end = chance.choice(parts.body or [(0, len(data))])
            del data[chance.randrange(start, max(end, start + 1)) :]
    return Case(number, sample, way, bytes(data))


def _sample(chance: random.Random) -> Sample:
    (kind,) = chance.choices(list(_KINDS), list(_KINDS.values()))
    # The way from CMYK to RGB takes 50 times as long as all else.
    found = [
        sample
        for sample in samples()
        if sample.kind == kind and ("cmyk" not in sample.name or chance.random() < 0.05)
    ]
    return chance.choice(found)


def _position(chance: random.Random, spans: list[Span]) -> int:
    weights = [end - start for start, end in spans]
    ((start, end),) = chance.choices(spans, weights)
    return chance.randrange(start, end)


def _change(
    chance: random.Random, data: bytearray, spans: list[Span], *, entropy_coded: bool
) -> None:
    """Changes compressed pixels in place."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 9, 20))):
        at = _position(chance, spans)
        end = next(end for start, end in spans if start <= at < end)
        way = chance.randrange(5)
        if way == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            data[at] = chance.randrange(256)
        elif way == 2:
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
        else:
            length = min(chance.choice((2, 4, 8, 32)), end - at)
            if way == 3:
                data[at : at + length] = bytes([chance.choice((0, 0x55, 0xFE))]) * length
            else:
                other = _position(chance, spans)
                piece = data[other : other + length]
                data[at : at + len(piece)] = piece
        if entropy_coded:
            # 0xFF would begin a marker.
            for start, end in spans:
                if start <= at < end:
                    data[at:end] = data[at:end].replace(b"\xff", b"\xfe")


def _restructure(chance: random.Random, data: bytearray, spans: list[Span]) -> None:
    """Changes sizes, types, tables and metadata in place."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        start, end = chance.choice(spans)
        at = chance.randrange(start, end)
        way = chance.randrange(4)
        if way == 0:
            data[at] = chance.randrange(256)
        elif way == 1:
            data[at] ^= 1 << chance.randrange(8)
        else:
            form = chance.choice(("B", "<H", ">H", "<I", ">I"))
            size = struct.calcsize(form)
            value = chance.choice(_EDGES) if chance.random() < 0.8 else chance.getrandbits(32)
            at = min(at, max(end - size, start), len(data) - size)
            struct.pack_into(form, data, at, value & (1 << 8 * size) - 1)


def _other_rows(chance: random.Random, data: bytearray) -> bytearray:
    """A PNG whose compressed stream is whole, and whose rows are not what they should be."""
    spans = [span for span in png_chunks(data) if data[span[0] - 4 : span[0]] == b"IDAT"]
    rows = bytearray(zlib.decompress(b"".join(bytes(data[start:end]) for start, end in spans)))
    for _ in range(chance.choice((1, 2, 8))):
        way = chance.randrange(4)
        if way == 0 and len(rows) > 8:
            del rows[chance.randrange(len(rows)) :]
        elif way == 1:
            rows += bytes(chance.randrange(2000))
        elif rows:
            rows[chance.randrange(len(rows))] = chance.randrange(256)
    packed = zlib.compress(rows, chance.randrange(10))
    chunk = struct.pack(">I", len(packed)) + b"IDAT" + packed + bytes(4)
    return data[: spans[0][0] - 8] + chunk + data[spans[-1][1] + 4 :]


def _any_bytes(chance: random.Random, data: bytearray) -> bytearray:
    """Anything at all: nothing is mended."""
    way = chance.randrange(6)
    at = chance.randrange(len(data))
    if way == 0:
        del data[at:]
    elif way == 1:
        del data[at : at + chance.randrange(1, 64)]
    elif way == 2:
        data[at:at] = chance.randbytes(chance.randrange(1, 64))
    elif way == 3:
        other = chance.choice(samples()).data
        data[at:] = other[min(at, len(other) - 1) :]
    elif way == 4:
        data[at:] = chance.randbytes(len(data) - at)
    else:
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    return data
