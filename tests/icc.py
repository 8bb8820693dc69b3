"""Colour profiles made byte by byte from the ICC's specification."""

import struct

import numpy as np
from PIL import ImageCms

# D50-adapted colorants (ICC's registry, Display P3) and the parameters of sRGB's curve.
P3_COLORANTS = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))


def parametric(*numbers: float) -> bytes:
    kind = {1: 0, 3: 1, 4: 2, 5: 3, 7: 4}[len(numbers)]
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + b"".join(map(fixed, numbers))


def table(numbers) -> bytes:
    points = [round(number * 65535) for number in numbers]
    return b"curv\0\0\0\0" + struct.pack(f">I{len(points)}H", len(points), *points)


def profile(
    colours: bytes, tags: dict[bytes, bytes], space: bytes = b"XYZ ", version: int = 4
) -> bytes:
    """A display profile with the tags that conversion needs."""
    white = fixed(0.9642) + fixed(1) + fixed(0.8249)  # D50
    tags = {b"wtpt": b"XYZ \0\0\0\0" + white, **tags}
    position = 132 + 12 * len(tags)
    directory, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        directory += struct.pack(">4sII", name, position + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    header = struct.pack(
        ">I4sI4s4s4s12s4s40s", position + len(bodies), b"\0\0\0\0", version << 24,
        b"mntr", colours, space, bytes(12), b"acsp", bytes(28) + white,
    )  # fmt: skip
    return header.ljust(128, b"\0") + directory + bodies


def rgb_profile(colorants, curve: bytes) -> bytes:
    tags = {name: b"XYZ \0\0\0\0" + b"".join(map(fixed, xyz)) for name, xyz in colorants.items()}
    return profile(b"RGB ", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


DISPLAY_P3 = rgb_profile(P3_COLORANTS, parametric(*SRGB_CURVE))
P3_TABLE = rgb_profile(P3_COLORANTS, table(np.linspace(0, 1, 1024) ** 2.2))
GRAY_18 = profile(b"GRAY", {b"kTRC": parametric(1.8)})
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SRGB_COLORANTS = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
SRGB_LINEAR = rgb_profile(SRGB_COLORANTS, table([]))
# Gamma-2.2 primaries of Adobe RGB (1998), and those of a profile that is smaller than sRGB.
ADOBE_COLORANTS = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
ADOBE_RGB = rgb_profile(ADOBE_COLORANTS, parametric(2.19921875))


def narrow_profile(share: float = 0.8) -> bytes:
    """A profile whose primaries are those of sRGB, mixed with so much less of their own colour."""
    colorants = np.array(list(SRGB_COLORANTS.values()))
    mixed = share * colorants + (1 - share) * colorants.mean(axis=0)
    return rgb_profile(dict(zip(SRGB_COLORANTS, mixed, strict=True)), parametric(*SRGB_CURVE))


def tables_profile(grid: int = 33) -> bytes:
    """Adobe RGB's colours as version 2 of the specification has them in tables, through Lab.

    Programs that only know matrices cannot use it.
    """
    matrix = np.array(list(ADOBE_COLORANTS.values())).T
    white = np.array([0.9642, 1, 0.8249])
    scale, zero = np.array([100 / 65280, 1 / 256, 1 / 256]), np.array([0, 128, 128])

    def to_lab(rgb):
        t = rgb**2.2 @ matrix.T / white
        f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
        x, y, z = np.moveaxis(f, -1, 0)
        return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)

    def from_lab(lab):
        y = (lab[..., 0] + 16) / 116
        f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
        t = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * white
        return np.clip(t @ np.linalg.inv(matrix).T, 0, 1) ** (1 / 2.2)

    def lut(values):
        identity = b"".join(fixed(float(at % 4 == 0)) for at in range(9))
        ends = struct.pack(">HH", 0, 65535) * 3
        head = struct.pack(">4s4xBBBx", b"mft2", 3, 3, grid) + identity + struct.pack(">HH", 2, 2)
        return head + ends + np.clip(np.round(values), 0, 65535).astype(">u2").tobytes() + ends

    axis = np.linspace(0, 1, grid)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    tags = {
        b"A2B0": lut(to_lab(nodes) / scale + zero / scale),
        b"B2A0": lut(from_lab(nodes * 65535 * scale - zero) * 65535),
    }
    return profile(b"RGB ", tags, space=b"Lab ", version=2)
