"""Cases of wrong streams: the same seed and number always give the same messages."""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf.message import DecodeError

from styleswap.v1 import pictures_pb2, styles_pb2, stylize_pb2

from .damage import case as damaged_picture

WIDTH, HEIGHT = 16, 12
CONTENT, STYLE, MASK = 0, 1, 2
"""Indices of the planes of the requests."""
LAYOUT_BYTES = 3
_PIXELS = bytes(range(192)) * 3

PAINT = "/styleswap.v1.StylizeService/Stylize"
PUT = "/styleswap.v1.StyleService/PutStyle"

# Kinds that cost much more than the others come less often.
_RARE = {"many planes": 0.02, "large chunk": 0.1, "many styles": 0.3, "huge message": 0.02}
_COMMON = {"changed bytes": 6.0, "no protobuf": 2.0, "damaged style": 3.0}


@dataclass
class StreamCase:
    """One stream."""

    number: int
    kind: str
    """As in `expected_codes.STREAMS`."""
    method: str
    messages: list[bytes] = field(default_factory=list)
    leaves: float | None = None
    """Seconds after which the client goes away; None: it waits for the answer."""


def _format(**more: int) -> pictures_pb2.PixelFormat:
    return pictures_pb2.PixelFormat(
        **{
            "width": WIDTH,
            "height": HEIGHT,
            "layout": pictures_pb2.LAYOUT_RGB,
            "depth": pictures_pb2.DEPTH_UINT8,
            "transfer": pictures_pb2.TRANSFER_SRGB,
            **more,
        }
    )


def painting() -> stylize_pb2.StylizeHeader:
    """A valid header: at strength 0 the picture comes back as it is, and the engine rests."""
    header = stylize_pb2.StylizeHeader()
    header.settings.strength = 0.0
    header.planes.add(role=pictures_pb2.PLANE_ROLE_CONTENT, index=CONTENT, pixels=_format())
    header.styles.add(id="builtin/woodcut")
    return header


def _putting(name: str = "Fuzz") -> styles_pb2.PutStyleHeader:
    plane = pictures_pb2.Plane(role=pictures_pb2.PLANE_ROLE_STYLE, index=CONTENT, pixels=_format())
    return styles_pb2.PutStyleHeader(name=name, plane=plane)


class _Maker:
    """Makes one case; a method for each kind, of the kind's name."""

    def __init__(self, chance: random.Random, number: int, kind: str) -> None:
        self.chance = chance
        self.paints = chance.random() < 0.7
        self.header: Any = painting() if self.paints else _putting()
        self.chunks = [pictures_pb2.Chunk(plane=CONTENT, data=_PIXELS)]
        self.case = StreamCase(number, kind, "")

    def make(self) -> StreamCase:
        getattr(self, "_" + self.case.kind.replace(" ", "_"))()
        self.case.method = PAINT if self.paints else PUT
        if not self.case.messages:
            self.case.messages = self._messages()
        return self.case

    def _request(self, **part: Any) -> bytes:
        kind = stylize_pb2.StylizeRequest if self.paints else styles_pb2.PutStyleRequest
        return kind(**part).SerializeToString()

    def _messages(self) -> list[bytes]:
        chunks = [self._request(chunk=chunk) for chunk in self.chunks]
        return [self._request(header=self.header), *chunks]

    def _only_paint(self) -> None:
        if not self.paints:
            self.paints, self.header = True, painting()

    def _plane(self) -> pictures_pb2.Plane:
        return self.header.planes[0] if self.paints else self.header.plane

    def _unknown(self, message: Any) -> None:
        number = self.chance.choice((100, 999, 2**29 - 1))
        value = bytearray()
        tag = number << 3
        while tag > 127:
            value.append(tag & 127 | 128)
            tag >>= 7
        value += bytes([tag, self.chance.randrange(1, 127)])
        message.MergeFromString(bytes(value))

    def _valid(self) -> None:
        pass

    def _client_leaves(self) -> None:
        self.case.leaves = self.chance.choice((0.0, 0.001, 0.01))
        self.case.messages = self._messages()[: self.chance.randrange(3)]

    def _no_protobuf(self) -> None:
        self.case.messages = [_garbage(self.chance), *self._messages()[self.chance.randrange(2) :]]

    def _no_protobuf_later(self) -> None:
        self.case.messages = [self._messages()[0], _garbage(self.chance)]

    def _nothing(self) -> None:
        self.case.messages = []
        self._messages = list  # type: ignore[method-assign]

    def _empty_message(self) -> None:
        self.case.messages = [b"", *self._messages()[: self.chance.randrange(3)]]

    def _chunk_first(self) -> None:
        self.case.messages = self._messages()[1:]

    def _header_twice(self) -> None:
        self.case.messages = [self._messages()[0]] * 2

    def _header_only(self) -> None:
        self.chunks = []

    def _fewer_bytes(self) -> None:
        self.chunks[0].data = _PIXELS[: self.chance.randrange(1, len(_PIXELS))]

    def _more_bytes(self) -> None:
        if self.chance.random() < 0.5:
            self.chunks[0].data += bytes(self.chance.randrange(1, 4000))
        else:
            self.chunks.append(
                pictures_pb2.Chunk(plane=CONTENT, offset=len(_PIXELS), data=bytes(99))
            )

    def _wrong_offset(self) -> None:
        self.chunks[0].offset = self.chance.choice((1, 575, 576, 2**32, 2**63, 2**64 - 1))

    def _wrong_plane(self) -> None:
        self.chunks[0].plane = self.chance.choice((1, 7, 2**31, 2**32 - 1))

    def _empty_chunk(self) -> None:
        self.chunks[0].data = b""

    def _large_chunk(self) -> None:
        self.chunks[0].data = _megabytes(self.chance.choice(((1 << 20) + 1, 3 << 20)))

    def _huge_message(self) -> None:
        self.chunks[0].data = _megabytes(5 << 20)

    def _unknown_field_in_the_header(self) -> None:
        plane = self._plane()
        parts = [self.header, plane, plane.pixels]
        if self.paints:
            parts += [self.header.settings, self.header.styles[0]]
        self._unknown(self.chance.choice(parts))

    def _unknown_field_in_a_chunk(self) -> None:
        if self.chance.random() < 0.5:
            self._unknown(self.chunks[0])
            return
        kind = stylize_pb2.StylizeRequest if self.paints else styles_pb2.PutStyleRequest
        at = self.chance.randrange(2)
        messages = [kind.FromString(data) for data in self._messages()]
        self._unknown(messages[at])
        self.case.messages = [message.SerializeToString() for message in messages]

    def _wrong_role(self) -> None:
        own = pictures_pb2.PLANE_ROLE_CONTENT if self.paints else pictures_pb2.PLANE_ROLE_STYLE
        others = [role for role in (0, 1, 2, 77) if role != own]
        self._plane().role = self.chance.choice(others)

    def _wrong_size(self) -> None:
        side = self.chance.choice(("width", "height"))
        setattr(self._plane().pixels, side, self.chance.choice((0, 16385, 2**31, 2**32 - 1)))

    def _wrong_format(self) -> None:
        way = self.chance.randrange(5)
        plane = self._plane()
        if way == 0:
            plane.ClearField("pixels")
        elif way == 4:
            plane.pixels.layout = pictures_pb2.LAYOUT_RGBA
        else:
            name = ("layout", "depth", "transfer")[way - 1]
            setattr(plane.pixels, name, self.chance.choice((0, 9, 2**31 - 1, -1)))

    def _many_planes(self) -> None:
        self._only_paint()
        self.case.messages = [_many(self.chance.choice((1000, 60000)))]

    def _many_styles(self) -> None:
        self._only_paint()
        for _ in range(self.chance.choice((8, 100, 20000))):
            self.header.styles.add(id="builtin/mosaic")

    def _weights(self) -> None:
        self._only_paint()
        self.header.styles[0].weight = self.chance.choice(
            (-1.0, -1e-9, float("nan"), float("inf"), float("-inf"), 0.0)
        )

    def _setting(self) -> None:
        self._only_paint()
        wrong: list[Callable[[Any], None]] = [
            lambda s: setattr(s, "strength", self.chance.choice((-0.1, 1.1, float("nan"), 3e38))),
            lambda s: setattr(s, "scales", self.chance.choice((9, 2**32 - 1))),
            lambda s: setattr(s, "patch_size", self.chance.choice((0, 2, 16, 2**32 - 1))),
            lambda s: setattr(s, "patch_stride", self.chance.choice((0, 4, 16))),
            lambda s: setattr(s, "method", self.chance.choice((3, 99, -1))),
            lambda s: setattr(
                s, "model", self.chance.choice(("", "none", "../x", "\0", "x" * 9999))
            ),
            lambda s: setattr(s, "tile_limit", self.chance.choice((1, 63, 4097))),
            lambda s: setattr(s, "iterations", self.chance.choice((0, 1001))),
        ]
        self.chance.choice(wrong)(self.header.settings)

    def _region(self) -> None:
        self._only_paint()
        x, y, width, height = self.chance.choice(
            ((0, 0, 0, 5), (0, 0, 5, 0), (1, 0, 16, 12), (2**32 - 1, 0, 2**32 - 1, 1), (0, 9, 1, 4))
        )
        self.header.region.CopyFrom(stylize_pb2.Region(x=x, y=y, width=width, height=height))

    def _reduced(self) -> None:
        self._only_paint()
        self.header.coarse_only = self.chance.random() < 0.8
        width, height = self.chance.choice(((8, 6), (160, 1200), (2**32 - 1, 12), (1600, 12)))
        self.header.reduced_from.width, self.header.reduced_from.height = width, height

    def _mask(self) -> None:
        self._only_paint()
        form = _format(layout=pictures_pb2.LAYOUT_GRAY)
        plane = self.header.planes.add(role=pictures_pb2.PLANE_ROLE_MASK, index=MASK, pixels=form)
        self.header.styles[0].mask = MASK
        way = self.chance.randrange(4)
        if way == 0:
            plane.pixels.layout = pictures_pb2.LAYOUT_RGB
        elif way == 1:
            plane.pixels.width = 17
        elif way == 2:
            plane.encoded.byte_count = 50
        else:
            self.header.styles[0].ClearField("mask")

    def _unknown_style(self) -> None:
        self._only_paint()
        self.header.styles[0].id = self.chance.choice(
            ("builtin/wodcut", "sha256:" + "0" * 64, "sha256:../../x", "\0", "é" * 3000, "builtin/")
        )

    def _not_finite(self) -> None:
        self._plane().pixels.depth = pictures_pb2.DEPTH_FLOAT32
        values = [0.5] * (WIDTH * HEIGHT * LAYOUT_BYTES)
        at = self.chance.randrange(len(values))
        values[at] = self.chance.choice((float("nan"), float("inf"), float("-inf")))
        self.chunks[0].data = struct.pack(f"<{len(values)}f", *values)

    def _damaged_style(self) -> None:
        data = damaged_picture(self.chance.getrandbits(32), 0).data or b"\0"
        self.chunks[0].data = data
        if not self.paints:
            self.header.plane.encoded.byte_count = len(data)
            return
        self.header.styles[0].plane = STYLE
        self.header.planes.add(role=pictures_pb2.PLANE_ROLE_STYLE, index=STYLE)
        self.header.planes[1].encoded.byte_count = len(data)
        self.chunks[0].plane = STYLE
        self.chunks.insert(0, pictures_pb2.Chunk(plane=CONTENT, data=_PIXELS))

    def _style_name(self) -> None:
        self.paints = False
        self.header = _putting(self.chance.choice(("x" * 201, "a\nb", "\u202ename", "\x7f", "a\0")))

    def _changed_bytes(self) -> None:
        messages = [bytearray(data) for data in self._messages()]
        for _ in range(self.chance.choice((1, 1, 2, 5))):
            message = messages[self.chance.choice((0, 0, 0, 1))]
            at = self.chance.randrange(min(len(message), 120))
            message[at] = self.chance.choice((self.chance.randrange(256), 0, 1, 0x7F, 0x80, 0xFF))
        self.case.messages = [bytes(message) for message in messages]

    def _changed_order(self) -> None:
        third = len(_PIXELS) // 3
        self.chunks = [
            pictures_pb2.Chunk(plane=CONTENT, offset=at, data=_PIXELS[at : at + third])
            for at in range(0, len(_PIXELS), third)
        ]
        messages = self._messages()
        while (order := self.chance.sample(messages, len(messages))) == messages:
            pass
        self.case.messages = order


_KINDS = tuple(
    name.removeprefix("_").replace("_", " ")
    for name, value in vars(_Maker).items()
    if name.startswith("_")
    and not name.startswith("__")
    and name not in ("_request", "_messages", "_only_paint", "_plane", "_unknown")
    and callable(value)
)


def kinds() -> tuple[str, ...]:
    """All kinds of streams."""
    return _KINDS


def stream_case(seed: int, number: int) -> StreamCase:
    """The case of this number."""
    chance = random.Random(f"stream {seed}/{number}")
    weights = [_RARE.get(kind, _COMMON.get(kind, 1.0)) for kind in _KINDS]
    (kind,) = chance.choices(_KINDS, weights)
    return _Maker(chance, number, kind).make()


def _garbage(chance: random.Random) -> bytes:
    """Bytes that are no message."""
    while True:
        first = chance.choice(
            (b"\x0b", b"\x07", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 11, b"\x0a\x7f")
        )
        data = first + chance.randbytes(chance.randrange(60))
        try:
            stylize_pb2.StylizeRequest.FromString(data)
            styles_pb2.PutStyleRequest.FromString(data)
        except DecodeError:
            return data


@cache
def _megabytes(count: int) -> bytes:
    return bytes(count)


@cache
def _many(count: int) -> bytes:
    header = painting()
    for index in range(1, count):
        header.planes.add(role=pictures_pb2.PLANE_ROLE_STYLE, index=index, pixels=_format())
    return stylize_pb2.StylizeRequest(header=header).SerializeToString()
