"""The gallery as data, and thumbnails of the real library."""

import threading
import time
import zlib
from functools import partial

import pytest

from styleswap.client import Style
from styleswap.editing.remembered import Remembered
from styleswap.editing.shelf import Entry, Shelf, Thumbnails

LIBRARY = [
    Style("builtin/woodcut", "Woodcut", 768, 768, True),
    Style("builtin/halftone", "Pop Print", 768, 768, True),
    Style("sha256:aa", "Café à la nuit", 900, 700, False),
    Style("sha256:bb", "Woodcut", 900, 700, False),
]


@pytest.fixture
def remembered(tmp_path):
    return Remembered(tmp_path / "editing.json")


def layout(sections):
    return {section.kind: [entry.id for entry in section.entries] for section in sections}


def test_sections_in_their_order(remembered, tmp_path):
    picture = tmp_path / "My picture.png"
    picture.touch()
    for style in ("sha256:gone", str(tmp_path / "gone.png"), "builtin/woodcut", str(picture)):
        remembered.used(style)
    remembered.set_favourite("sha256:bb", True)
    remembered.set_favourite("sha256:gone", True)
    shelf = Shelf(LIBRARY, remembered)
    assert layout(shelf.sections) == {
        "favourites": ["sha256:bb"],
        "recent": [str(picture), "builtin/woodcut"],
        "builtin": ["builtin/woodcut", "builtin/halftone"],
        "own": ["sha256:aa", "sha256:bb"],
    }
    assert list(layout(shelf.sections)) == ["favourites", "recent", "builtin", "own"]
    recent = shelf.sections[1].entries
    assert recent[0].path == picture
    assert recent[0].name == "My picture"
    assert recent[1].path is None


def test_empty_sections_are_left_out(remembered):
    assert layout(Shelf(LIBRARY[:1], remembered).sections) == {"builtin": ["builtin/woodcut"]}
    assert Shelf([], remembered).sections == ()
    assert Shelf([], remembered).search("x") == ()


def test_find(remembered, tmp_path):
    shelf = Shelf(LIBRARY, remembered)
    assert shelf.find("sha256:aa").name == "Café à la nuit"
    assert shelf.find("sha256:cc") is None
    assert shelf.find(str(tmp_path / "gone.png")) is None
    assert shelf.find("\0") is None
    (tmp_path / "there.png").touch()
    assert shelf.find(str(tmp_path / "there.png")) == Entry(
        str(tmp_path / "there.png"), "there", False, "there.png"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wood", {"recent": ["builtin/woodcut"], "own": ["sha256:bb"]}),
        ("CUT  wood", {"recent": ["builtin/woodcut"], "own": ["sha256:bb"]}),
        # By the word of its id, too.
        ("halft", {"builtin": ["builtin/halftone"]}),
        ("cafe nuit", {"own": ["sha256:aa"]}),
        ("CAFÉ", {"own": ["sha256:aa"]}),
        ("sha256", {}),
        ("builtin", {}),
        ("cafe wood", {}),
    ],
)
def test_search(remembered, text, found):
    remembered.used("builtin/woodcut")
    assert layout(Shelf(LIBRARY, remembered).search(text)) == found


def test_a_blank_search_shows_everything(remembered):
    remembered.used("builtin/woodcut")
    shelf = Shelf(LIBRARY, remembered)
    assert shelf.search("  ") == shelf.sections


def test_thumbnails_come_from_another_thread_and_are_kept(main_loop):
    loads, shown = [], []

    def load(style, size):
        assert threading.current_thread() is not threading.main_thread()
        time.sleep(0.02)
        loads.append((style, size))
        return f"{style} {size}".encode()

    def show(png):
        assert threading.current_thread() is threading.main_thread()
        shown.append(png)

    thumbnails = Thumbnails(load, main_loop.post)
    thumbnails.fetch("a", 64, show)
    thumbnails.fetch("a", 64, show)  # on its way already
    thumbnails.fetch("a", 128, show)
    assert not shown
    main_loop.run_until(lambda: len(shown) == 3)
    thumbnails.fetch("a", 128, show)
    assert shown == [b"a 64", b"a 64", b"a 128", b"a 128"]
    assert loads == [("a", 64), ("a", 128)]
    thumbnails.close()
    assert not thumbnails._thread.is_alive()


def test_a_thumbnail_that_fails_is_tried_again(main_loop):
    tries, shown = [], []

    def load(style, size):
        tries.append(style)
        if len(tries) == 1:
            raise OSError("gone")
        return b"png"

    thumbnails = Thumbnails(load, main_loop.post)
    thumbnails.fetch("a", 64, shown.append)
    main_loop.run_until(lambda: tries)
    main_loop.run_for(0.05)
    assert not shown
    thumbnails.fetch("a", 64, shown.append)
    main_loop.run_until(lambda: shown)
    thumbnails.close()


def test_nothing_is_shown_after_close(main_loop):
    shown = []
    begun, end = threading.Event(), threading.Event()

    def load(style, size):
        begun.set()
        end.wait(10)
        return b"png"

    thumbnails = Thumbnails(load, main_loop.post)
    for style in "abc":
        thumbnails.fetch(style, 64, shown.append)
    assert begun.wait(10)
    threading.Timer(0.05, end.set).start()
    thumbnails.close()
    thumbnails.close()
    thumbnails.fetch("a", 64, shown.append)
    main_loop.run_for(0.05)
    assert not shown
    assert not thumbnails._thread.is_alive()


def test_thumbnails_of_the_library(daemon, main_loop, remembered):
    shelf = Shelf(daemon.styles.list(), remembered)
    (builtin,) = [section for section in shelf.sections if section.kind == "builtin"]
    pictures = {}
    thumbnails = Thumbnails(daemon.styles.thumbnail, main_loop.post)
    for entry in builtin.entries:
        thumbnails.fetch(entry.id, 48, partial(pictures.setdefault, entry.id))
    main_loop.run_until(lambda: len(pictures) == len(builtin.entries))
    thumbnails.close()
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
    assert len({zlib.crc32(png) for png in pictures.values()}) == len(pictures) >= 6
