"""Several styles and masks on the command line."""

import numpy as np
import pytest
from PIL import Image

from styleswap.client import Styled


@pytest.fixture
def sized(photo):
    """Width and height of the photo."""
    with Image.open(photo) as picture:
        return picture.size


@pytest.fixture
def left(sized, tmp_path):
    """A mask that is white at the left half, soft at its edge."""
    width, height = sized
    ramp = np.clip((width // 2 - np.arange(width)) / 8, 0, 1) * 255
    values = np.tile(ramp.astype(np.uint8), (height, 1))
    Image.fromarray(values).save(tmp_path / "left.png")
    return values


def result(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_two_styles_are_mixed_as_by_the_client(command, daemon, photo, style, tmp_path):
    out = tmp_path / "out.png"
    ended = command("stylize", photo, "--mix", "Woodcut", "0.5", "--weight", 2, style, "-o", out)
    assert ended.code == 0, ended.err
    with Image.open(photo) as picture:
        given = np.asarray(picture.convert("RGB"))
    wanted = daemon.stylize(given, [Styled(style, 2), Styled("builtin/woodcut", 0.5)])
    np.testing.assert_array_equal(result(out), wanted)


def test_a_mask_leaves_the_rest_as_it_is(command, daemon, photo, style, tmp_path, left, sized):
    with Image.open(photo) as picture:
        given = np.asarray(picture.convert("RGB"))
    # In colours, with an alpha that says nothing.
    opaque = Image.fromarray(left).convert("RGB")
    opaque.putalpha(128)
    opaque.save(tmp_path / "coloured.png")
    for name in ("left.png", "coloured.png"):
        out = tmp_path / f"of-{name}"
        words = ("--mask", name, "--mix", "Mosaic", "1")
        assert command("stylize", photo, style, "-o", out, *words).code == 0
        painted = result(out)
        np.testing.assert_array_equal(painted[left == 0], given[left == 0])
        wanted = daemon.stylize(given, [Styled(style, 1, left), Styled("Mosaic", 1, left)])
        np.testing.assert_array_equal(painted, wanted)


def test_masked_styles_lie_one_over_the_other(command, daemon, photo, style, tmp_path, left, sized):
    width, height = sized
    top = np.zeros((height, width), np.uint16)
    top[: height // 2] = 65535
    Image.fromarray(top).save(tmp_path / "top.png")
    out = tmp_path / "out.png"
    words = ("--masked", "Mosaic", "left.png", "--masked", "Woodcut", "top.png")
    assert command("stylize", photo, style, *words, "-o", out).code == 0
    with Image.open(photo) as picture:
        given = np.asarray(picture.convert("RGB"))
    measure, above = (m.astype(np.float32) / np.iinfo(m.dtype).max for m in (left, top))
    wanted = daemon.stylize(
        given,
        [
            Styled(style, 1, (1 - above) * (1 - measure)),
            Styled("Mosaic", 1, (1 - above) * measure),
            Styled("Woodcut", 1, above),
        ],
    )
    assert np.abs(result(out).astype(int) - wanted).max() <= 1
    # Together they cover all: nothing of the photo is left.
    assert np.abs(result(out).astype(int) - given).mean() > 5


def test_a_mask_of_another_size_is_refused_for_each_picture(
    quick, photo, style, tmp_path, left, sized
):
    width, height = sized
    Image.new("L", (10, 20)).save(tmp_path / "small.png")
    for words in (("--mask", "small.png"), ("--masked", "Mosaic", "small.png")):
        ended = quick("stylize", photo, style, "-o", "out.png", *words)
        assert ended.code == 2
        assert "'small.png' has 10x20 pixels" in ended.complaint
        assert f"{width}x{height}" in ended.complaint
        assert not (tmp_path / "out.png").exists()
    (tmp_path / "many").mkdir()
    Image.new("RGB", (30, 30)).save(tmp_path / "other.png")
    ended = quick("stylize", photo, "other.png", style, "-o", "many", "--mask", "left.png")
    assert ended.code == 1
    assert "'other.png' has 30x30" in ended.err
    assert [path.name for path in (tmp_path / "many").iterdir()] == [photo.name]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mix", "Mosaic", "much"], "--mix Mosaic 'much': must be a number from 0 on"),
        (["--mix", "Mosaic", "-1"], "must be a number from 0 on"),
        (["--mix", "Mosaic", "nan"], "must be a number from 0 on"),
        (["--weight", "inf"], "--weight: 'inf': must be a number from 0 on"),
        (["--weight", "0"], "All weights are 0"),
        (["--mix", "Nothing", "1"], "There is no style 'Nothing'"),
        (["--mask", "missing.png"], "missing.png"),
        (["--masked", "Mosaic", "missing.png"], "missing.png"),
        (["--masked", "Nothing", "white.png"], "There is no style 'Nothing'"),
        (["--mix", "Mosaic"], "--mix: expected 2 arguments"),
        (["--mix", "Mosaic", "1"] * 8, "9 styles"),
    ],
)
def test_what_cannot_be_mixed(quick, photo, style, tmp_path, sized, words, said):
    Image.new("L", sized, 255).save(tmp_path / "white.png")
    ended = quick("stylize", photo, style, "-o", tmp_path / "out.png", *words)
    assert ended.code == 2
    assert said in ended.complaint
    assert not (tmp_path / "out.png").exists()


def test_a_mask_that_is_no_picture(quick, photo, style, tmp_path):
    (tmp_path / "mask.png").write_text("once upon a time")
    ended = quick("stylize", photo, style, "-o", "out.png", "--mask", "mask.png")
    assert ended.code == 2
    assert "mask.png" in ended.complaint
