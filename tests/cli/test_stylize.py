"""`styleswap stylize` on good input."""

import io
import os
import pty
import re
import select
import time

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

DRAFT = ("--scales", "1", "--patch-stride", "3")


def test_paints_a_picture(command, photo, style, tmp_path):
    ended = command("stylize", photo, style, "-o", tmp_path / "out.png", *DRAFT)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"{tmp_path / 'out.png'}\n"
    painted = Image.open(tmp_path / "out.png")
    assert (painted.size, painted.mode) == ((40, 32), "RGB")
    difference = np.abs(np.asarray(painted).astype(int) - np.asarray(Image.open(photo)))
    assert difference.mean() > 5


def test_equals_the_client(command, daemon, photo, style, tmp_path):
    """The command adds nothing of its own to the pixels."""
    settings = {"strength": 0.7, "scales": 1, "patch_stride": 3, "colours": "content"}
    flags = ["--strength", 0.7, *DRAFT, "--colours", "content"]
    ended = command("stylize", photo, style, "-o", tmp_path / "out.png", *flags)
    assert ended.code == 0
    expected = daemon.stylize(Image.open(photo), Image.open(style), **settings)
    difference = np.asarray(Image.open(tmp_path / "out.png")).astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


def test_sample_and_times(command, tmp_path):
    out = tmp_path / "out.png"
    ended = command(
        "stylize", "--sample", "chelsea", "builtin/woodcut", "--output", out, "--times",
        "--preview", "--strength", "0",
    )  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    first, second, *rest = ended.out.splitlines()
    assert first == str(out)
    width, height = Image.open(out).size
    assert f"{width} x {height} pixels" in second
    times = dict(re.fullmatch(r"  (\w+) +([\d.]+) s", line).groups() for line in rest)
    assert list(times) == [
        "reading", "queued", "loading", "encoding", "matching", "painting", "transfer", "writing",
        "total",
    ]  # fmt: skip
    parts = [float(seconds) for stage, seconds in times.items() if stage != "total"]
    assert sum(parts) == pytest.approx(float(times["total"]), abs=0.1)


@pytest.mark.parametrize("depth", ["png", "tif", "float"])
def test_strength_0_returns_every_bit(depth, command, style, tmp_path):
    generator = np.random.default_rng(3)
    content, out = tmp_path / "deep.tif", tmp_path / ("out.png" if depth == "png" else "out.tif")
    if depth == "float":
        array = generator.random((24, 30, 3)).astype(np.float32)
    else:
        array = generator.integers(0, 65536, (24, 30, 3), np.uint16)
    tifffile.imwrite(content, array, photometric="rgb")
    ended = command("stylize", content, style, "-o", out, "--strength", 0)
    assert (ended.code, ended.err) == (0, "")
    if depth == "png":
        command("stylize", out, style, "-o", tmp_path / "again.tif", "--strength", 0)
        out = tmp_path / "again.tif"
    back = tifffile.imread(out)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_16_bit_stays_16_bit(command, style, tmp_path):
    array = np.random.default_rng(4).integers(0, 65536, (24, 30, 3), np.uint16)
    tifffile.imwrite(tmp_path / "deep.tif", array, photometric="rgb")
    ended = command("stylize", tmp_path / "deep.tif", style, "-o", tmp_path / "out.tif", *DRAFT)
    assert ended.code == 0
    painted = tifffile.imread(tmp_path / "out.tif")
    assert painted.dtype == np.uint16
    # Not 8 bits blown up: those would all be multiples of 257.
    assert np.mean(painted % 257 == 0) < 0.1


def test_orientation_is_applied_and_reset(command, style, tmp_path):
    picture = Image.new("RGB", (40, 24), (30, 60, 90))
    picture.paste((250, 200, 10), (0, 0, 12, 12))
    exif = Image.Exif()
    exif[0x112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    expected = ImageOps.exif_transpose(Image.open(tmp_path / "turned.jpg"))
    ended = command(
        "stylize", tmp_path / "turned.jpg", style, "-o", tmp_path / "out.png", "--strength", 0
    )
    assert ended.code == 0
    back = Image.open(tmp_path / "out.png")
    assert back.size == (24, 40)
    assert back.getexif().get(0x112, 1) == 1
    difference = np.abs(np.asarray(back).astype(int) - np.asarray(expected))
    assert difference.mean() < 1


def test_profile_is_kept(command, style, tmp_path):
    """Into sRGB and out again: the file has its own profile and nearly its own values."""
    lab = ImageCms.createProfile("sRGB")
    icc = bytearray(ImageCms.ImageCmsProfile(lab).tobytes())
    # The same profile with red and blue primaries exchanged: nothing like sRGB, but invertible.
    red, blue = icc.index(b"rXYZ"), icc.index(b"bXYZ")
    icc[red : red + 4], icc[blue : blue + 4] = b"bXYZ", b"rXYZ"
    muted = np.random.default_rng(5).integers(90, 140, (24, 30, 3), np.uint8)
    Image.fromarray(muted).save(tmp_path / "odd.png", icc_profile=bytes(icc))
    ended = command(
        "stylize", tmp_path / "odd.png", style, "-o", tmp_path / "out.png", "--strength", 0
    )
    assert ended.code == 0
    back = Image.open(tmp_path / "out.png")
    assert back.info["icc_profile"] == bytes(icc)
    assert np.abs(np.asarray(back).astype(int) - muted).max() <= 1
    seen = ImageCms.profileToProfile(
        back, ImageCms.ImageCmsProfile(io.BytesIO(bytes(icc))), ImageCms.createProfile("sRGB")
    )
    difference = np.abs(np.asarray(seen).astype(int) - muted[..., ::-1])
    assert difference.max() <= 2  # exchanging the primaries exchanges the channels


def test_what_a_format_cannot_keep_is_said(command, style, tmp_path):
    Image.new("RGBA", (24, 24), (10, 20, 30, 128)).save(tmp_path / "clear.png")
    ended = command(
        "stylize", tmp_path / "clear.png", style, "-o", tmp_path / "out.jpg", "--strength", 0
    )
    assert ended.code == 0
    assert ended.complaint == "note: JPEG has no transparency: the picture was laid over white."


def test_flags_without_effect_are_said_once_and_change_no_bit(command, photo, style, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        Image.open(photo).save(folder / f"{number}.png")
    flags = ["--iterations", 7, "--tone", 0.1, "--start", "content"]
    for out, more in (("plain", []), ("told", flags), ("quiet", [*flags, "--quiet"])):
        (tmp_path / out).mkdir()
        words = ["--matching", "plain", *more]
        ended = command("stylize", folder, style, "-o", tmp_path / out, *words)
        assert ended.code == 0
        assert ended.err.splitlines() == (
            [
                f"styleswap: note: {flag} has no effect: it counts only with {other}."
                for flag, other in (
                    ("--iterations", "--method optimise"),
                    ("--tone", "--matching centred"),
                )
            ]
            if out == "told"
            else []
        )
    for number in range(2):
        painted = [np.asarray(Image.open(tmp_path / out / f"{number}.png")) for out in
                   ("plain", "told", "quiet")]  # fmt: skip
        np.testing.assert_array_equal(painted[1], painted[0])
        np.testing.assert_array_equal(painted[2], painted[0])


def test_options_may_stand_anywhere(command, photo, style, tmp_path):
    out = tmp_path / "out.png"
    ended = command("stylize", "--strength=0", photo, "-q", "-o", out, style, "--overwrite")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    np.testing.assert_array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(photo)))


def test_names_that_are_no_text(command, style, tmp_path):
    """Names of files are bytes."""
    content, out = (os.fsencode(tmp_path) + name for name in (b"/p\xe9.png", b"/o\xe9.png"))
    style.rename(os.fsdecode(content))
    words = ["stylize", os.fsdecode(content), "Woodcut", "-o", os.fsdecode(out), "--strength", 0]
    process = command.start(*words, errors="surrogateescape")
    told, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert os.fsencode(told) == out + b"\n"


def test_style_by_name_and_id(command, photo, tmp_path):
    for number, style in enumerate(("builtin/woodcut", "Woodcut", "wOODCUT")):
        ended = command("stylize", photo, style, "-o", tmp_path / f"{number}.png", "--strength", 0)
        assert ended.code == 0, ended.err


def test_a_folder(command, style, tmp_path, names):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for number, suffix in enumerate(("png", "jpg", "gif")):
        Image.new("RGB", (20 + number, 20), (9, 99, 9)).save(tmp_path / "in" / f"{number}.{suffix}")
    (tmp_path / "in" / "notes.md").write_text("no picture")
    (tmp_path / "in" / ".hidden.png").write_text("no picture either")
    ended = command("stylize", tmp_path / "in", style, "-o", tmp_path / "out", "--strength", 0)
    assert (ended.code, ended.err) == (0, "")
    assert names(tmp_path / "out") == ["0.png", "1.jpg", "2.png"]
    assert Image.open(tmp_path / "out" / "2.png").size == (22, 20)
    assert len(ended.out.splitlines()) == 3


def test_a_pattern_and_a_format(command, style, tmp_path, names):
    (tmp_path / "out").mkdir()
    for name in ("a1", "a2", "b1"):
        Image.new("RGB", (20, 20)).save(tmp_path / f"{name}.png")
    ended = command(
        "stylize", tmp_path / "a*.png", style, "-o", tmp_path / "out", "--format", "webp",
        "--strength", 0,
    )  # fmt: skip
    assert ended.code == 0
    assert names(tmp_path / "out") == ["a1.webp", "a2.webp"]
    assert Image.open(tmp_path / "out" / "a1.webp").format == "WEBP"


def test_folders_with_brackets_are_meant_as_they_are_called(command, style, tmp_path, names):
    folder = tmp_path / "Trip [2024]"
    folder.mkdir()
    (tmp_path / "Trip 2").mkdir()  # what the brackets would mean in a pattern
    for place, name in ((folder, "a[1].png"), (folder, "b.png"), (tmp_path / "Trip 2", "no.png")):
        Image.new("RGB", (20, 20)).save(place / name)
    for number, (pattern, expected) in enumerate(
        (
            ("Trip [2024]/*.png", ["a[1].png", "b.png"]),
            (folder / "[b].*", ["b.png"]),
            ("Trip*/a[1].png", ["a[1].png"]),
        )
    ):
        out = tmp_path / f"out{number}"
        out.mkdir()
        ended = command("stylize", pattern, style, "-o", out, "--strength", 0)
        assert (ended.code, ended.err) == (0, "")
        assert names(out) == expected


def test_notes_on_a_styles_file_are_shown(command, photo, tmp_path):
    noise = [Image.effect_noise((48, 48), 90 + page).convert("RGB") for page in range(2)]
    noise[0].save(tmp_path / "pages.tif", save_all=True, append_images=noise[1:])
    arguments = ["stylize", photo, tmp_path / "pages.tif", "--strength", 0]
    ended = command(*arguments, "-o", tmp_path / "a.png")
    assert ended.code == 0
    assert "note: " in ended.complaint
    assert "pages.tif' holds 2 pictures; only the first was read." in ended.complaint
    quiet = command(*arguments, "-o", tmp_path / "b.png", "--quiet")
    assert (quiet.code, quiet.err) == (0, "")


def test_a_batch_goes_on_after_a_bad_file(command, photo, style, tmp_path, names):
    (tmp_path / "out").mkdir()
    (tmp_path / "bad.png").write_text("no picture at all")
    Image.new("RGB", (20, 20)).save(tmp_path / "last.png")
    ended = command(
        "stylize", tmp_path / "bad.png", photo, tmp_path / "missing.png", tmp_path / "last.png",
        style, "-o", tmp_path / "out", "--strength", 0,
    )  # fmt: skip
    assert ended.code == 1
    assert names(tmp_path / "out") == ["last.png", "photo.png"]
    first, second, summary = ended.err.splitlines()
    assert "bad.png' is not an image" in first
    assert "There is no file" in second
    assert "2 of 4 pictures were not painted" in summary
    assert "bad.png" in summary
    assert "missing.png" in summary


def test_two_results_of_one_name(command, style, tmp_path, names):
    (tmp_path / "out").mkdir()
    (tmp_path / "more").mkdir()
    for folder in (tmp_path, tmp_path / "more"):
        Image.new("RGB", (20, 20)).save(folder / "same.png")
    ended = command(
        "stylize", tmp_path / "same.png", tmp_path / "more" / "same.png", style,
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert ended.code == 2
    assert "would both become" in ended.complaint
    assert names(tmp_path / "out") == []


def test_the_bar_on_a_terminal(command, photo, style, tmp_path):
    """stderr is a terminal: stages and share are shown, and nothing is left behind."""
    ours, theirs = pty.openpty()
    process = command.start(
        "stylize", photo, style, "-o", tmp_path / "out.png", *DRAFT, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux's way of saying that the other end is closed
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == f"{tmp_path / 'out.png'}\n"
    assert b"photo.png: reading" in shown
    assert b"painting" in shown
    assert re.search(rb"\d+%", shown)
