"""Kinds of files that need more than libvips gives: against formulas, Pillow and tifffile."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.icc import ADOBE_RGB, SRGB

from styleswap.files import FileError, read, tiff_packing, write

# -- TIFFs put together by hand --------------------------------------------------------------------


def tiff_of(
    array: np.ndarray,
    photometric: int,
    *,
    extra: int | None = None,
    order: str = "<",
    compression: int = 1,
    more: dict[int, tuple[int, list[Any]]] | None = None,
) -> bytes:
    """A TIFF of one strip from (H, W, C) values as they are to stand in the file."""
    height, width, channels = array.shape
    body = array.astype(array.dtype.newbyteorder(order)).tobytes()
    if compression == 8:
        body = zlib.compress(body)
    bits = array.dtype.itemsize * 8
    entries: dict[int, tuple[int, list[Any]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [bits] * channels),
        259: (3, [compression]),
        262: (3, [photometric]),
        273: (4, [8]),
        277: (3, [channels]),
        278: (4, [height]),
        279: (4, [len(body)]),
        **(more or {}),
    }
    if extra is not None:
        entries[338] = (3, [extra])
    body += bytes(len(body) % 2)
    at = 8 + len(body)
    values, table = b"", struct.pack(f"{order}H", len(entries))
    later = at + 2 + 12 * len(entries) + 4
    for tag, (kind, numbers) in sorted(entries.items()):
        form = {1: "B", 2: "s", 3: "H", 4: "I", 5: "II"}[kind]
        if kind == 2:
            packed = numbers[0]
        else:
            packed = struct.pack(f"{order}{len(numbers)}{form[0]}", *numbers)
        count = len(packed) if kind == 2 else len(numbers) // len(form)
        if len(packed) > 4:
            table += struct.pack(f"{order}HHII", tag, kind, count, later + len(values))
            values += packed + bytes(len(packed) % 2)
        else:
            table += struct.pack(f"{order}HHI", tag, kind, count) + packed.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, at)
    return head + body + table + bytes(4) + values


LAB_COLOURS = np.array(
    [[[0, 0, 0], [100, 0, 0], [50, 0, 0]], [[60, 40, 30], [40, -30, 20], [70, 10, -40]]], float
)


def srgb_of_lab(lab: np.ndarray) -> np.ndarray:
    """CIE Lab of D65 as sRGB in [0, 1], by the textbook's formulas."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.95047, 1, 1.08883]
    matrix = np.array(
        [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    )
    linear = (xyz @ matrix.T).clip(0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def encoded_lab(lab: np.ndarray, photometric: int, bits: int) -> np.ndarray:
    """As TIFF 6.0 (8) and Adobe's ICC Lab (9) put it."""
    lightness, ab = lab[..., :1], lab[..., 1:]
    if photometric == 8:
        top, scale = (255, 1) if bits == 8 else (65535, 256)
        kind = np.int8 if bits == 8 else np.int16
        unsigned = np.uint8 if bits == 8 else np.uint16
        return np.concatenate(
            [
                np.round(lightness / 100 * top).astype(unsigned),
                (ab * scale).astype(kind).view(unsigned),
            ],
            -1,
        )
    top, scale = (255, 1) if bits == 8 else (65280, 256)
    values = np.concatenate([lightness / 100 * top, (ab + 128) * scale], -1)
    return np.round(values).astype(np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("alpha", [None, 0.5, 1])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [8, 9], ids=["lab", "icclab"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_lab(photometric, bits, alpha, order, values):
    array = encoded_lab(LAB_COLOURS, photometric, bits)
    top = 255 if bits == 8 else 65535
    if alpha is not None:
        share = np.full((*array.shape[:2], 1), round(alpha * top), array.dtype)
        share[0, 0] = 0
        array = np.concatenate([array, share], -1)
    raw = tiff_of(array, photometric, extra=None if alpha is None else 2, order=order)
    pixels = read(raw)
    assert (pixels.format.depth, pixels.format.layout) == (
        "uint16",
        "rgb" if alpha is None else "rgba",
    )
    got = values(pixels) / 65535
    expected = srgb_of_lab(LAB_COLOURS)
    assert np.abs(got[..., :3] - expected).max() < (0.012 if bits == 8 else 0.006)
    if alpha is not None:
        np.testing.assert_allclose(got[..., 3], share[..., 0] / top)


def test_lab_with_premultiplied_alpha_becomes_straight(values):
    lab = np.full((2, 2, 3), (60.0, 40, -30))
    array = encoded_lab(lab / 2, 8, 16)
    array = np.concatenate([array, np.full((2, 2, 1), 32768, np.uint16)], -1)
    got = values(read(tiff_of(array, 8, extra=1))) / 65535
    assert np.abs(got[..., :3] - srgb_of_lab(lab)).max() < 0.006


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("profile", [False, True])
def test_cmyk_keeps_its_alpha(bits, profile, ramps, values):
    inks = np.asarray(Image.fromarray(ramps).convert("CMYK"))
    alpha = np.arange(inks.shape[0] * inks.shape[1]).reshape(*inks.shape[:2], 1) % 256
    scale = 1 if bits == 8 else 257
    kind = np.uint8 if bits == 8 else np.uint16
    array = (np.concatenate([inks, alpha], -1) * scale).astype(kind)
    pixels = read(tiff_of(array, 5, extra=2))
    plain = read(tiff_of(array[..., :4], 5))
    assert (pixels.format.layout, plain.format.layout) == ("rgba", "rgb")
    np.testing.assert_array_equal(values(pixels)[..., :3], values(plain))
    np.testing.assert_array_equal(values(pixels)[..., 3:], alpha)


YCBCR_BT601 = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])


@pytest.mark.parametrize("compression", [1, 8])
def test_ycbcr(compression, ramps, values):
    array = np.asarray(Image.fromarray(ramps).convert("YCbCr"))
    raw = tiff_of(array, 6, compression=compression, more={530: (3, [1, 1])})
    expected = (array - [0, 128.0, 128]) @ YCBCR_BT601.T
    assert np.abs(values(read(raw)) - expected.round().clip(0, 255)).max() <= 1
    assert np.abs(values(read(raw)).astype(int) - ramps).max() <= 3


def test_ycbcr_of_video_levels(values):
    """Black at 16, white at 235, by the file's own reference; the shares of BT.709."""
    array = np.array([[[16, 128, 128], [235, 128, 128], [126, 128, 128]]], np.uint8)
    levels = [number for level in (16, 235, 128, 240, 128, 240) for number in (level, 1)]
    shares = [2126, 10000, 7152, 10000, 722, 10000]
    raw = tiff_of(array, 6, more={530: (3, [1, 1]), 529: (5, shares), 532: (5, levels)})
    expected = [[[0] * 3, [255] * 3, [round(110 / 219 * 255)] * 3]]
    np.testing.assert_array_equal(values(read(raw)), expected)


def units_of(array: np.ndarray, across: int, down: int) -> bytes:
    """YCbCr in TIFF's units: so many values of luma, and the first pixel's Cb and Cr."""
    height, width, _ = array.shape
    pad = ((0, -height % down), (0, -width % across), (0, 0))
    full = np.pad(array, pad, mode="edge")
    units = []
    for top in range(0, full.shape[0], down):
        for left in range(0, full.shape[1], across):
            unit = full[top : top + down, left : left + across]
            units.append(unit[..., 0].tobytes() + unit[0, 0, 1:].tobytes())
    return b"".join(units)


def subsampled_tiff(
    parts: list[bytes], width: int, height: int, more: dict[int, Any], **options: Any
) -> bytes:
    """A TIFF in YCbCr of these strips, one after the other."""
    body = np.frombuffer(b"".join(parts), np.uint8).reshape(1, -1, 1)
    sizes = [len(part) for part in parts]
    places = [8 + sum(sizes[:index]) for index in range(len(sizes))]
    entries = {
        256: (4, [width]), 257: (4, [height]), 258: (3, [8] * 3), 277: (3, [3]),
        278: (4, [height]), 273: (4, places), 279: (4, sizes), **more,
    }  # fmt: skip
    return tiff_of(body, 6, more=entries, **options)


def by_libtiff(parts: list[bytes], width: int, height: int, more: dict[int, Any]) -> np.ndarray:
    """As Pillow's libtiff decodes the same values, which it does where they are packed."""
    packed = zlib.compress(b"".join(parts))
    raw = subsampled_tiff([packed], width, height, {**more, 259: (3, [8])})
    with Image.open(io.BytesIO(raw)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def ycbcr() -> np.ndarray:
    """(35, 50, 3) YCbCr of colours that change slowly, so that all are in sRGB."""
    generator = np.random.default_rng(1)
    small = generator.integers(70, 190, (5, 7, 3), np.uint8)
    large = Image.fromarray(small).resize((50, 35), Image.Resampling.BILINEAR)
    return np.asarray(large)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("rows", [35, 12, 4])
@pytest.mark.parametrize(
    ("across", "down"), [(2, 2), (2, 1), (1, 2), (4, 1), (4, 2), (4, 4)], ids=str
)
def test_ycbcr_with_fewer_colours_than_pixels(across, down, rows, order, ycbcr, values):
    said: dict[int, Any] = {} if (across, down) == (2, 2) else {530: (3, [across, down])}
    parts = [units_of(ycbcr[top : top + rows], across, down) for top in range(0, 35, rows)]
    more = {**said, 278: (4, [rows])}
    got = values(read(subsampled_tiff(parts, 50, 35, more, order=order))).astype(int)
    coarse = ycbcr[::down, ::across].repeat(down, 0).repeat(across, 1)[:35, :50]
    full = np.concatenate([ycbcr[..., :1], coarse[..., 1:]], -1)
    expected = ((full - [0, 128.0, 128]) @ YCBCR_BT601.T).round().clip(0, 255)
    assert np.abs(got - expected).max() <= 1
    # Where units of 4 x 4 are cut off at the right, libtiff itself errs in their last row.
    sure = np.s_[:, :48] if (across, down) == (4, 4) else np.s_[:]
    assert np.abs(got - by_libtiff(parts, 50, 35, said))[sure].max() <= 2


def test_ycbcr_with_fewer_colours_than_pixels_by_the_file_s_own_recipe(ycbcr, values):
    """Levels of video, shares of BT.709. Libtiff rounds in between, to whole steps of colour."""
    levels = [number for level in (16, 235, 128, 240, 128, 240) for number in (level, 1)]
    more = {529: (5, [2126, 10000, 7152, 10000, 722, 10000]), 532: (5, levels)}
    parts = [units_of(ycbcr, 2, 2)]
    got = values(read(subsampled_tiff(parts, 50, 35, more))).astype(int)
    assert np.abs(got - by_libtiff(parts, 50, 35, more)).max() <= 3


def test_tiles_of_ycbcr_with_fewer_colours_than_pixels(ycbcr, values):
    whole = np.pad(ycbcr, ((0, 13), (0, 14), (0, 0)))
    parts = [
        units_of(whole[top : top + 16, left : left + 32], 2, 2)
        for top in (0, 16, 32)
        for left in (0, 32)
    ]
    strips = subsampled_tiff(parts, 50, 35, {322: (4, [32]), 323: (4, [16])})
    renamed = strips
    for strip_tag, tile_tag in ((273, 324), (279, 325)):
        entry = struct.pack("<HHI", strip_tag, 4, 6)
        assert renamed.count(entry) == 1
        renamed = renamed.replace(entry, struct.pack("<HHI", tile_tag, 4, 6))
    expected = values(read(subsampled_tiff([units_of(ycbcr, 2, 2)], 50, 35, {})))
    np.testing.assert_array_equal(values(read(renamed)), expected)


def test_large_ycbcr_with_fewer_colours_than_pixels(values):
    """More than libvips takes in a strip; a row of its own at the end."""
    unit = bytes([10, 60, 110, 160, 128, 128])
    raw = subsampled_tiff([unit * (2000 * 2251)], 4000, 4501, {})
    pixels = values(read(raw))
    assert pixels.shape == (4501, 4000, 3)
    for row, column, level in ((0, 0, 10), (0, 3999, 60), (4499, 0, 110), (4500, 3999, 60)):
        assert (pixels[row, column] == level).all()


@pytest.mark.parametrize(
    "more",
    [
        {279: (4, [10])},
        {273: (4, [1 << 20])},
        {273: (4, [0])},
        {273: (4, [8, 8])},
        {278: (4, [0])},
        {278: (4, [2])},
        {257: (4, [400])},
        {256: (4, [1 << 14]), 257: (4, [1 << 14])},
        {256: (4, [1]), 257: (4, [1 << 30]), 278: (4, [1])},
        # Many strips that are all the same bytes.
        {257: (4, [1000]), 278: (4, [2]), 273: (4, [8] * 500), 279: (4, [150] * 500)},
        {322: (4, [50]), 323: (4, [35]), 324: (4, [8]), 325: (4, [2700])},
        {322: (4, [0]), 323: (4, [16]), 324: (4, [8]), 325: (4, [2700])},
    ],
    ids=lambda more: " ".join(map(str, more)),
)
def test_ycbcr_with_fewer_colours_than_pixels_and_fewer_bytes_than_both(more, ycbcr):
    with pytest.raises(FileError) as caught:
        read(subsampled_tiff([units_of(ycbcr, 2, 2)], 50, 35, more))
    assert caught.value.reason == "DAMAGED_IMAGE"


@pytest.mark.parametrize("packing", ["lzma", "zstd"])
@pytest.mark.parametrize(
    ("shape", "dtype", "options"),
    [
        ((30, 40, 3), np.uint8, {}),
        ((30, 40, 3), np.uint16, {"predictor": 2}),
        ((30, 40, 3), np.float32, {}),
        ((30, 40, 4), np.uint8, {"extrasamples": ["unassalpha"], "rowsperstrip": 7}),
        ((40, 50, 3), np.uint16, {"tile": (16, 32)}),
        ((30, 40, 3), np.uint8, {"byteorder": ">"}),
        ((30, 40, 3), np.uint8, {"bigtiff": True}),
        ((3, 30, 40), np.uint8, {"planarconfig": "separate"}),
        ((2, 30, 40, 3), np.uint8, {}),
    ],
)
def test_packings_that_libvips_lacks(packing, shape, dtype, options, tiff_file, values):
    generator = np.random.default_rng(1)
    array = (generator.random(shape) * 200).astype(dtype)
    plain = tiff_file(array, photometric="rgb", compression="zlib", **options)
    expected = read(plain)
    raw = other_packing(plain, packing)
    pixels = read(raw)
    assert pixels.format == expected.format
    np.testing.assert_array_equal(values(pixels), values(expected))
    assert pixels.notices == expected.notices
    with pytest.raises(FileError) as caught:
        read(raw[: len(raw) // 3])
    assert caught.value.reason in ("DAMAGED_IMAGE", "TRUNCATED_IMAGE")


@pytest.mark.parametrize("rows", [30, 12, 7])
def test_large_strips_are_cut(rows, tiff_file, values, monkeypatch):
    """libvips takes no strips of more than 50 MiB."""
    array = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    plain = tiff_file(array, photometric="rgb", compression="zlib", predictor=2, rowsperstrip=rows)
    monkeypatch.setattr(tiff_packing, "STRIP_BYTES", 5 * 40 * 3)
    np.testing.assert_array_equal(values(read(other_packing(plain, "lzma"))), array)


def test_strips_of_more_than_libvips_takes(tiff_file, values):
    array = np.zeros((4500, 4000, 3), np.uint8)
    array[::7] = 9
    plain = tiff_file(array, photometric="rgb", compression="zlib", rowsperstrip=4500)
    np.testing.assert_array_equal(values(read(other_packing(plain, "lzma"))), array)


def zstd(data: bytes) -> bytes:
    """A frame of stored blocks (RFC 8878): every decoder takes it, none is needed to write it."""
    frame = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data))
    parts = [data[at : at + 100_000] for at in range(0, len(data), 100_000)]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        frame += struct.pack("<I", len(part) << 3 | last)[:3] + part
    return frame


def other_packing(raw: bytes, packing: str) -> bytes:
    """A TIFF whose strips are packed otherwise, at its end."""
    import lzma

    import tifffile

    pack = {"lzma": lambda data: lzma.compress(data, preset=0), "zstd": zstd}[packing]
    number = {"lzma": 34925, "zstd": 50000}[packing]
    data = bytearray(raw)
    with tifffile.TiffFile(io.BytesIO(raw)) as file:
        order, big = file.byteorder, file.is_bigtiff
        for page in file.pages:
            fresh, sizes = [], []
            for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
                packed = pack(zlib.decompress(raw[offset : offset + size]))
                fresh.append(len(data))
                sizes.append(len(packed))
                data += packed
            struct.pack_into(f"{order}H", data, page.tags[259].valueoffset, number)
            names = ("TileOffsets", "TileByteCounts") if page.is_tiled else (
                "StripOffsets", "StripByteCounts",
            )  # fmt: skip
            for name, numbers in zip(names, (fresh, sizes), strict=True):
                tag = page.tags[name]
                form = {3: "H", 4: "I", 16: "Q"}[tag.dtype]
                if form == "H":  # too small for the new values: the tag's type changes
                    struct.pack_into(f"{order}H", data, tag.offset + 2, 4)
                    form = "I"
                    at = tag.offset + (12 if big else 8)
                    if len(numbers) * 4 > (8 if big else 4):
                        struct.pack_into(f"{order}{'Q' if big else 'I'}", data, at, len(data))
                        data += struct.pack(f"{order}{len(numbers)}I", *numbers)
                        continue
                    struct.pack_into(f"{order}{len(numbers)}I", data, at, *numbers)
                else:
                    struct.pack_into(
                        f"{order}{len(numbers)}{form}", data, tag.valueoffset, *numbers
                    )
    return bytes(data)


# -- files that are refused by name ----------------------------------------------------------------

GRAY = np.zeros((4, 4, 1), np.uint16)
RGB = np.zeros((4, 4, 3), np.uint8)


def sub_raw() -> bytes:
    """A small picture in front, as cameras write it, and the sensor's values below it."""
    raw = bytearray(tiff_of(RGB, 2, more={271: (2, [b"NIKON CORPORATION\0"]), 330: (4, [0])}))
    (at,) = struct.unpack_from("<I", raw, 4)
    (count,) = struct.unpack_from("<H", raw, at)
    for place in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack_from("<H", raw, place)[0] == 330:
            struct.pack_into("<I", raw, place + 8, len(raw))
    tags = {256: 4, 257: 4, 258: 16, 259: 1, 262: 32803, 273: 8, 277: 1, 278: 4, 279: 32}
    raw += struct.pack("<H", len(tags))
    raw += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return bytes(raw + bytes(4))


def boxes(main: bytes, *others: bytes, item: bytes = b"") -> bytes:
    body = main + bytes(4) + b"".join(others)
    return struct.pack(">I4s", 8 + len(body), b"ftyp") + body + b"\0\0\0\x40meta" + item.ljust(56)


def targa() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((5, 6, 3), np.uint8)).save(buffer, "TGA")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (tiff_of(GRAY, 32803), "(CFA)"),
        (tiff_of(np.repeat(GRAY, 3, 2), 34892), "(LinearRaw)"),
        (tiff_of(GRAY, 32803, more={50706: (1, [1, 4, 0, 0])}), "(DNG)"),
        (tiff_of(RGB, 2, more={50706: (1, [1, 4, 0, 0])}), "(DNG)"),
        (sub_raw(), "(NEF)"),
        (tiff_of(GRAY, 32803, more={271: (2, [b"SONY\0"])}), "(ARW)"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(200), "(CR2)"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(200), "(RAF)"),
        (b"IIRO\x08\0\0\0" + bytes(200), "(ORF)"),
        (b"IIU\0\x18\0\0\0" + bytes(200), "(RW2)"),
        (boxes(b"crx ", b"crx ", b"isom"), "(CR3)"),
        (boxes(b"heic", b"mif1"), "HEVC"),
        (boxes(b"mif1", b"mif1", b"heic"), "HEVC"),
        (boxes(b"mif1", b"mif1", item=b"infe hvc1"), "HEVC"),
        (boxes(b"isom", b"avc1"), "video"),
        (targa(), "TGA"),
        (tiff_of(RGB, 6, compression=8), "subsampling"),
        (tiff_of(RGB, 6, more={284: (3, [2])}), "subsampling"),
        (tiff_of(RGB, 6, more={530: (3, [3, 1])}), "subsampling"),
        (tiff_of(RGB, 6, more={530: (5, [1, 0, 2, 1])}), "subsampling"),
        (tiff_of(RGB, 6, more={530: (3, [2])}), "subsampling"),
        (tiff_of(np.repeat(GRAY, 4, 2), 6, extra=2), "subsampling"),
        (tiff_of(RGB, 2, compression=34712), "JPEG 2000"),
        (tiff_of(RGB, 2, compression=50001), "WebP"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_by_name(raw, said):
    with pytest.raises(FileError) as caught:
        read(raw)
    assert caught.value.reason == "UNSUPPORTED_FORMAT"
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"miaf"])
def test_avif_by_the_brands_that_it_is_compatible_with(brand, ramps, pillow_file, values):
    raw = pillow_file(ramps, "AVIF")
    assert raw[8:12] == b"avif"
    other = raw[:8] + brand + raw[12:]
    np.testing.assert_array_equal(values(read(other)), values(read(raw)))
    # No brand tells AV1 any more, but the list of items does.
    (size,) = struct.unpack_from(">I", other)
    hidden = other[:16] + other[16:size].replace(b"avif", b"mif1") + other[size:]
    np.testing.assert_array_equal(values(read(hidden)), values(read(raw)))


def test_avif_with_damaged_names_of_its_parts(ramps, pillow_file):
    raw = pillow_file(
        ramps, "AVIF", exif=Image.Exif().tobytes() or b"Exif\0\0II*\0\x08\0\0\0" + bytes(8)
    )
    at = raw.index(b"infe", raw.index(b"infe") + 1) + 12
    assert raw[at : at + 4] == b"Exif"
    with pytest.raises(FileError, match="a damaged AVIF file"):
        read(raw[: at + 2] + b"\xc8" + raw[at + 3 :])


# -- PNG, JPEG -------------------------------------------------------------------------------------


def test_png_with_latin_1_keywords(noise, png_file, values):
    """As its specification has them; 0xF6 is a letter there, and no UTF-8."""
    array = noise("uint8", 3)
    raw = png_file(array)
    body = "Schlüsselwörter".encode("latin-1") + b"\0" + "Öl auf Holz".encode("latin-1")
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + body))
    np.testing.assert_array_equal(values(read(raw[:33] + chunk + raw[33:])), array)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 3}])
def test_jpeg_without_its_end_marker(options, ramps, pillow_file, values, tmp_path: Path):
    raw = pillow_file(np.kron(ramps, np.ones((4, 4, 1), np.uint8)), "JPEG", **options)
    assert raw.endswith(b"\xff\xd9")
    path = tmp_path / "photo.jpg"
    path.write_bytes(raw[:-2])
    for source in (raw[:-2], path, raw[:-1]):
        pixels = read(source)
        np.testing.assert_array_equal(values(pixels), values(read(raw)))
        assert len(pixels.notices) == 1
        assert "lacks its end marker" in pixels.notices[0]
    assert read(raw).notices == ()


def test_jpeg_that_ends_between_its_scans(ramps, pillow_file):
    """Every row is there, coarsely; the rest is missing."""
    raw = pillow_file(np.kron(ramps, np.ones((4, 4, 1), np.uint8)), "JPEG", progressive=True)
    scans = [at for at in range(len(raw) - 1) if raw[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 3
    tables = [at for at in range(len(raw) - 1) if raw[at : at + 2] == b"\xff\xc4"]
    ends = sorted({max(at for at in (*tables, *scans[:-1]) if at < scan) for scan in scans[1:]})
    for end in (*ends, *scans[1:]):
        with pytest.raises(FileError) as caught:
            read(raw[:end])
        assert caught.value.reason == "TRUNCATED_IMAGE"


@pytest.mark.parametrize(
    ("index", "space", "adobe"),
    [
        (b"R03\0", 65535, True),
        (b"", 2, True),
        (b"R98\0", 1, False),
        (b"R98\0", 65535, False),
        (b"", 1, False),
    ],
)
def test_adobe_rgb_told_by_exif_alone(index, space, adobe, pillow_file, values, tmp_path: Path):
    muted = np.random.default_rng(6).integers(90, 150, (8, 8, 3), np.uint8)
    muted = np.kron(muted, np.ones((8, 8, 1), np.uint8))
    exif = exif_of(index, space)
    raw = pillow_file(muted, "JPEG", exif=exif, quality=98, subsampling=0)
    decoded = Image.open(io.BytesIO(raw)).convert("RGB")
    expected = decoded
    if adobe:
        expected = ImageCms.profileToProfile(
            decoded,
            ImageCms.ImageCmsProfile(io.BytesIO(ADOBE_RGB)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        assert np.abs(np.asarray(expected).astype(int) - np.asarray(decoded)).max() > 10
    pixels = read(raw)
    assert np.abs(values(pixels).astype(int) - np.asarray(expected)).max() <= 2
    assert (pixels.profile is not None) == adobe
    # A profile in the file counts more than its EXIF.
    tagged = read(
        pillow_file(muted, "JPEG", exif=exif, quality=98, subsampling=0, icc_profile=SRGB)
    )
    assert np.abs(values(tagged).astype(int) - np.asarray(decoded)).max() <= 2
    if adobe:
        write(pixels, tmp_path / "back.png")
        back = Image.open(tmp_path / "back.png")
        assert np.abs(np.asarray(back.convert("RGB")).astype(int) - np.asarray(decoded)).max() <= 3
        name = ImageCms.getProfileDescription(
            ImageCms.ImageCmsProfile(io.BytesIO(back.info["icc_profile"]))
        )
        assert "Adobe RGB" in name


def exif_of(index: bytes, space: int) -> bytes:
    """EXIF with a colour space and an interoperability index, as cameras write them."""

    def directory(at: int, entries: list[tuple[int, int, int, bytes]]) -> bytes:
        parts = [struct.pack("<H", len(entries))]
        parts += [struct.pack("<HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries]
        return b"".join(parts) + bytes(4)

    first = directory(8, [(0x8769, 4, 1, struct.pack("<I", 26))])
    own = [(0xA001, 3, 1, struct.pack("<H", space))]
    if index:
        own.append((0xA005, 4, 1, struct.pack("<I", 26 + 2 + 24 + 4)))
    second = directory(26, own)
    third = directory(56, [(1, 2, 4, index)]) if index else b""
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + third
