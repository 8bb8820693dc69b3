"""Adobe RGB (1998) as an ICC profile.

Cameras tell it by EXIF alone (DCF 2.0, "optional colour space"): the interoperability index is R03,
and no profile is embedded. The values are those of Adobe's specification (2005-05), its primaries
adapted to D50, as its own profile has them.
"""

import struct
from functools import lru_cache

from . import vips

_GAMMA = 2 + 51 / 256
_XYZ = {
    b"wtpt": (0.95045, 1.0, 1.08905),
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
_D50 = (0.9642, 1.0, 0.8249)


@lru_cache(maxsize=1)
def adobe_rgb_profile() -> bytes:
    """An ICC profile (version 2.1) of Adobe RGB (1998)."""
    name = b"Adobe RGB (1998) compatible"
    described = struct.pack(">4s4xI", b"desc", len(name) + 1) + name + bytes(1 + 4 + 4 + 2 + 1 + 67)
    curve = struct.pack(">4s4xIH", b"curv", 1, round(_GAMMA * 256))
    tags = {
        b"desc": described,
        b"cprt": b"text\0\0\0\0" + b"Public domain\0",
        **{tag: b"XYZ \0\0\0\0" + _fixed(values) for tag, values in _XYZ.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4xI4s4s4s12x4s28x12s",
        start + len(body), 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp", _fixed(_D50),
    )  # fmt: skip
    return head.ljust(128, b"\0") + table + body


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def is_adobe_rgb(image: vips.Image) -> bool:
    """Whether a picture without a profile says in its EXIF that it is Adobe RGB."""
    if image.bands < 3 or image.interpretation not in ("srgb", "rgb", "rgb16"):
        return False
    # Another index, such as R98 for sRGB, overrules the colour space, where 2 is no standard value.
    index = str(vips.field(image, "exif-ifd4-InteroperabilityIndex", "")).strip()
    space = str(vips.field(image, "exif-ifd2-ColorSpace", "")).strip()
    return index.startswith("R03") or (not index and space.split(" ")[0] == "2")
