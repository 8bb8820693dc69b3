"""`styleswap styles`."""

import hashlib
import io
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def added(command, daemon, style):
    """The id of a style that is removed again."""
    ended = command("styles", "add", style, "--name", "Of the Test")
    assert (ended.code, ended.err) == (0, "")
    id_, name = ended.out.strip().split("  ")
    assert name == "Of the Test"
    yield id_
    if any(each.id == id_ for each in daemon.styles.list()):
        daemon.styles.remove(id_)


def test_list(command, daemon, added):
    styles = daemon.styles.list()
    ended = command("styles", "list")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split()[0] for line in ended.out.splitlines()] == [style.id for style in styles]
    told = json.loads(command("styles", "list", "--json").out)
    assert [(style["id"], style["name"]) for style in told] == [
        (style.id, style.name) for style in styles
    ]
    assert added in [style["id"] for style in told]


def test_add_rename_show_remove(command, added, style, tmp_path):
    assert added.startswith("sha256:")
    again = command("styles", "add", style)
    assert again.out.startswith(added)
    assert "was in the library already" in again.out
    assert command("styles", "rename", "of the test", "Better").out.strip() == f"{added}  Better"
    ended = command("styles", "show", "Better", "--thumbnail", tmp_path / "t.png", "--size", "24")
    assert (ended.code, ended.err) == (0, "")
    assert added in ended.out
    assert "48 x 48 pixels" in ended.out
    thumbnail = Image.open(tmp_path / "t.png")
    assert thumbnail.size == (24, 24)
    small = Image.open(style).resize((24, 24), Image.Resampling.BOX)
    assert np.abs(np.asarray(thumbnail).astype(int) - np.asarray(small)).mean() < 4
    # The beginning of a name will do, and what was meant is told.
    assert added in command("styles", "show", "bett").out
    assert "There is no style 'Bett'" in command("styles", "remove", "Bett").err
    assert command("styles", "remove", "Better").out.strip() == f"{added}  Better"
    missing = command("styles", "show", "Better")
    assert missing.code == 2
    assert "There is no style 'Better'" in missing.complaint


def test_paint_with_an_added_style(command, added, photo, style, tmp_path):
    for name, chosen in (("a.png", added), ("b.png", "Of the Test"), ("c.png", style)):
        ended = command("stylize", photo, chosen, "-o", tmp_path / name, "--patch-stride", 3)
        assert ended.code == 0, ended.err
    pictures = [np.asarray(Image.open(tmp_path / name)) for name in ("a.png", "b.png", "c.png")]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_the_id_is_the_pixels(command, daemon, style, tmp_path):
    """The same pixels in another format are the same style."""
    Image.open(style).save(tmp_path / "same.tif")
    ids = [command("styles", "add", path).out.split()[0] for path in (style, tmp_path / "same.tif")]
    daemon.styles.remove(ids[0])
    assert ids[0] == ids[1]
    assert len(ids[0]) == len("sha256:") + hashlib.sha256().digest_size * 2


def test_show_a_built_in_style(command):
    told = json.loads(command("styles", "show", "builtin/woodcut", "--json").out)
    assert told["builtin"] is True
    assert told["name"] == "Woodcut"
    assert told["description"]


def test_refusals(quick, daemon, tmp_path):
    before = daemon.styles.list()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "old.png").write_bytes(b"precious")
    for words, code, said in (
        (["add", "text.png"], 2, "'text.png' is not an image"),
        (["add", "missing.png"], 2, "There is no file 'missing.png'"),
        (["add", "a.png", "b.png", "--name", "Two"], 2, "--name is for one file"),
        (["remove", "Nothing Like This"], 2, "There is no style"),
        (["remove", "builtin/woodcut"], 1, "cannot be"),
        (["rename", "builtin/woodcut", "Mine"], 1, "cannot be renamed"),
        (["show", "nothing"], 2, "There is no style 'nothing'"),
        (["show", "woodcut", "--size", "9"], 2, "must be an integer from 16 to 512"),
        (["show", "woodcut", "--thumbnail", "old.png"], 2, "exists already"),
        (["show", "woodcut", "--thumbnail", "old.jpg"], 2, "is a PNG"),
    ):
        ended = quick("styles", *words)
        assert ended.code == code, words
        assert said in ended.complaint
    assert (tmp_path / "old.png").read_bytes() == b"precious"
    assert daemon.styles.list() == before


def test_adding_goes_on_after_a_bad_file(command, daemon, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    buffer = io.BytesIO()
    Image.effect_noise((40, 40), 90).convert("RGB").save(buffer, "PNG")
    (tmp_path / "good.png").write_bytes(buffer.getvalue())
    ended = command("styles", "add", "text.png", "good.png")
    assert ended.code == 1
    assert "1 of 2 files were not added" in ended.err
    id_, name = ended.out.strip().split("  ")
    assert name == "good"
    daemon.styles.remove(id_)
