"""What the command refuses: one line that says what to do, the right exit code, no file."""

import os
import shutil
import struct
import sys
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and has next to nothing in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(bytes(30)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def truncated_jpeg(path) -> bytes:
    Image.effect_noise((200, 200), 60).save(path, "JPEG")
    return path.read_bytes()[:4000]


@pytest.mark.parametrize("role", ["content", "style"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "is not an image"),
        ("empty", "is empty (0 bytes)"),
        ("truncated", "ends too early"),
        ("bomb", "has 60000 x 60000 pixels"),
        ("few bytes", "has only"),
    ],
)
def test_bad_files(kind, said, role, quick, photo, tmp_path):
    bad = tmp_path / "bad.jpg"
    content = {
        "text": lambda: b"Once upon a time there was no picture here.",
        "empty": lambda: b"",
        "truncated": lambda: truncated_jpeg(tmp_path / "whole.jpg"),
        "bomb": lambda: png_header(60000, 60000),
        "few bytes": lambda: png_header(9000, 9000),
    }[kind]()
    bad.write_bytes(content)
    pictures = (bad, photo) if role == "content" else (photo, bad)
    ended = quick("stylize", *pictures, "-o", tmp_path / "out.png")
    assert ended.code == 2
    assert said in ended.complaint
    assert "bad.jpg" in ended.complaint
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--strength", "1.5"], "--strength: 1.5: must be a number from 0 to 1"),
        (["--strength", "nan"], "--strength: nan: must be a number from 0 to 1"),
        (["--strength", "much"], "--strength: 'much': must be a number from 0 to 1"),
        (["--patch-size", "4"], "--patch-size: 4: must be an integer from 1 to 15 in steps of 2"),
        (["--colours", "pink"], "one of style, content, luminance, matched"),
        (["--patch-stride", "5"], "at most patch_size (3)"),
        (["--sharpness", "1"], "there is no option --sharpness"),
        (["--strenght=1"], "there is no option --strenght, perhaps --strength"),
        (["--model", "nonsense"], "There is no model 'nonsense'"),
        (["--quality", "0"], "must be an integer from 1 to 100"),
        (["--timeout", "-3"], "must be a number of seconds above 0"),
    ],
)
def test_settings(flags, said, quick, photo, style, tmp_path):
    ended = quick("stylize", photo, style, "-o", tmp_path / "out.png", *flags)
    assert ended.code == 2
    assert said in ended.complaint
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("No Such Style", "There is no style 'No Such Style'"),
        ("builtin/wodcut", "Did you mean builtin/woodcut"),
        ("sha256:" + "0" * 64, "There is no style"),
        ("missing.png", "There is no file missing.png"),
    ],
)
def test_unknown_styles(style, said, quick, photo, tmp_path):
    ended = quick("stylize", photo, style, "-o", tmp_path / "out.png")
    assert ended.code == 2
    assert said in ended.complaint


def test_a_style_that_is_too_small(quick, photo, tmp_path):
    Image.new("RGB", (7, 7)).save(tmp_path / "tiny.png")
    ended = quick("stylize", photo, tmp_path / "tiny.png", "-o", tmp_path / "out.png")
    assert ended.code == 2
    assert "style" in ended.complaint
    assert "small" in ended.complaint
    assert not (tmp_path / "out.png").exists()


def test_nan_in_a_float_picture(quick, style, tmp_path):
    array = np.full((20, 20, 3), 0.5, np.float32)
    array[3, 4, 1] = np.nan
    tifffile.imwrite(tmp_path / "nan.tif", array, photometric="rgb")
    ended = quick("stylize", tmp_path / "nan.tif", style, "-o", tmp_path / "out.tif")
    assert ended.code == 2
    assert "NaN" in ended.complaint or "not a number" in ended.complaint
    assert not (tmp_path / "out.tif").exists()


def test_places(quick, photo, style, tmp_path, names):
    before = [*names(tmp_path), "taken.png"]
    (tmp_path / "taken.png").write_bytes(b"precious")
    for out, said in (
        ("no/such/folder/out.png", "does not exist; create it first"),
        ("out.bmp", "does not say which format"),
        ("out", "does not say which format"),
        ("taken.png", "exists already; choose another name, or overwrite it with --overwrite."),
        (photo, "is the picture itself"),
        ("/proc/self/out.png", "is read-only; choose another one"),
    ):
        ended = quick("stylize", photo, style, "-o", out, "--strength", 0)
        assert ended.code == 2
        assert said in ended.complaint
    several = quick("stylize", photo, photo.parent / "style.png", style, "-o", "out.png")
    assert several.code == 2
    assert "is no folder" in several.complaint
    assert (tmp_path / "taken.png").read_bytes() == b"precious"
    assert names(tmp_path) == sorted(before)


def test_a_read_only_folder(command, photo, style, tmp_path, names):
    prefix: list[str] = []
    if os.geteuid() == 0:  # to whom modes do not apply, unless this right is given up
        if not shutil.which("setpriv"):
            pytest.skip("as root, this needs setpriv")
        rights = "-dac_override,-dac_read_search"
        prefix = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    ended = command("stylize", photo, style, "-o", folder / "out.png", prefix=prefix)
    folder.chmod(0o755)
    assert ended.code == 2
    assert "is read-only; choose another one" in ended.complaint
    assert names(folder) == []


def test_a_full_disk(command, style, tmp_path, names):
    """The kernel's limit on a file's size stands in for it."""
    Image.effect_noise((64, 64), 80).convert("RGB").save(tmp_path / "noise.png")
    out = tmp_path / "out"
    out.mkdir()
    limited = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    prefix = [sys.executable, "-c", limited]
    ended = command(
        "stylize", tmp_path / "noise.png", style, "-o", out / "out.png", "--strength", 0,
        prefix=prefix,
    )  # fmt: skip
    assert ended.code == 1
    assert "there is no room for it" in ended.complaint
    assert names(out) == []


def test_missing_words(quick, photo):
    for words, said in (
        ([], "required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["stylize", "-o", "out.png"], "Name the pictures and, last, the style"),
        (["stylize", photo, "-o", "out.png"], "a picture and a style are needed"),
        (["stylize", photo, "woodcut"], "required: -o/--output"),
        (["stylize", "--sample", "coffee", photo, "woodcut", "-o", "x.png"], "leave"),
        (["stylize", "nothing*.png", "woodcut", "-o", "x.png"], "There are no pictures"),
        (["status", "now"], "'now' is one argument too many"),
    ):
        ended = quick(*words)
        assert ended.code == 2
        assert said in ended.complaint


def test_a_wholly_transparent_style_is_refused_by_its_name(quick, photo, tmp_path):
    Image.new("RGBA", (48, 48), (200, 30, 30, 0)).save(tmp_path / "layer.png")
    for words in (
        ["stylize", photo, tmp_path / "layer.png", "-o", tmp_path / "out.png"],
        ["styles", "add", tmp_path / "layer.png"],
    ):
        ended = quick(*words)
        assert ended.code == 2
        assert "layer.png' is wholly transparent" in ended.complaint
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("role", ["content", "style"])
def test_pipes_and_devices_are_refused_without_waiting(role, quick, photo, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for name in (tmp_path / "pipe.png", "/dev/zero", "/dev/tty"):
        pictures = (name, photo) if role == "content" else (photo, name)
        ended = quick("stylize", *pictures, "-o", tmp_path / "out.png")
        assert ended.code == 2
        assert "is not a regular file" in ended.complaint


def test_the_daemon_serves_on(command, daemon, photo, style, tmp_path):
    """After everything above, the same daemon paints."""
    assert daemon.health()
    ended = command("stylize", photo, style, "-o", tmp_path / "out.png", "--strength", 0)
    assert ended.code == 0
