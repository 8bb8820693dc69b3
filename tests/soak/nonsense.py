"""Nonsense in the place of a JSON file: other values, other shapes, other bytes."""

import copy
import json
import random
from typing import Any

_DEEP, _HUGE, _NAN = "@deep@", "@huge@", "@nan@"
_DEPTH = 100_000

_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    -5,
    3,
    40.0,
    0.5,
    -0.0,
    1e12,
    10**12,
    2**31,
    2**63,
    1e308,
    _HUGE,
    _NAN,
    _DEEP,
    "",
    " ",
    "x",
    "rgb",
    "uint8",
    "\ud800",
    "a\udfffb",
    "\0",
    "a\nb",
    "\u202e",
    "x" * 100_000,
    "../../etc/passwd",
    "99999999999999999999",
    "NaN",
    [],
    [[]],
    [1, 2],
    {},
    {"": {}},
)


def nonsense(
    chance: random.Random, valid: dict[str, Any], *, values: tuple[Any, ...] = ()
) -> bytes:
    """The bytes of a file that is not what it should be, or not quite.

    Args:
        chance: decides.
        valid: what a right file holds.
        values: further ones to be put in.
    """
    way = chance.randrange(10)
    if way == 0:
        return _anything(chance)
    content = copy.deepcopy(valid)
    for _ in range(chance.choice((1, 1, 2, 4)) if way > 2 else 0):
        _alter(chance, content, _VALUES + values)
    text = json.dumps(content, indent=chance.choice((None, 1)))
    for mark, there in (
        (_DEEP, "[" * _DEPTH + "]" * _DEPTH),
        (_HUGE, "7" * 5000),
        (_NAN, chance.choice(("NaN", "Infinity", "-Infinity"))),
    ):
        text = text.replace(f'"{mark}"', there)
    data = bytearray(text.encode())
    if way <= 2:
        _damage(chance, data)
    return bytes(data)


def _alter(chance: random.Random, content: Any, values: tuple[Any, ...]) -> None:
    """Changes one place, at any depth."""
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        keys = list(part) if isinstance(part, dict) else range(len(part))
        for key in keys:
            places.append((part, key))
            if isinstance(part[key], dict | list):
                walk(part[key])

    walk(content)
    if not places:
        return
    part, key = chance.choice(places)
    way = chance.randrange(8)
    if way == 0:
        del part[key]
    elif way == 1 and isinstance(part, dict):
        part[chance.choice(("", "name", "extra", "\ud800", "x" * 1000))] = copy.deepcopy(
            chance.choice(values)
        )
    else:
        part[key] = copy.deepcopy(chance.choice(values))


def _damage(chance: random.Random, data: bytearray) -> None:
    way = chance.randrange(4)
    at = chance.randrange(len(data))
    if way == 0:
        del data[at:]
    elif way == 1:
        data[at] = chance.randrange(256)
    elif way == 2:
        data[at:at] = chance.choice((b"\0", b"\xff", b"\n", b'"', b"{", b"\xed\xa0\x80"))
    else:
        data[:0] = b"\xef\xbb\xbf"


def _anything(chance: random.Random) -> bytes:
    return chance.choice(
        (
            b"",
            b"\n",
            b"null",
            b"[]",
            b"{}",
            b"0",
            b'"x"',
            b"{" * 10_000,
            b"[" * _DEPTH,
            b"\xff\xfe{\0}\0",
            bytes(4000),
            chance.randbytes(chance.randrange(1, 200)),
        )
    )
