"""The docker in the real Krita: previews, the library, the daemon's state, the last settings."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image

from styleswap.client import Picture

from .krita_painting import (
    SPACES,
    STYLE,
    activate_layer,
    assert_same,
    client_paints,
    inside,
    message,
    press,
    set_values,
    wait_painted,
)
from .screen_session import eventually

pytestmark = pytest.mark.editors
SPACE = SPACES["U8"]
WIDTH, HEIGHT = 120, 90
BOX = [0, 0, WIDTH, HEIGHT]
LOOKS = 7.0
"""Seconds in which the docker looks for the daemon twice."""
UNDER_WAY = "answer = session.queue.jobs != [] or len(nodes()) > 1"
SHOWN = """
pane = panel.preview._pane
def bytes_of(image):
    image = image.convertToFormat(QtGui.QImage.Format.Format_RGBA8888)
    return [image.width(), image.height(), image.constBits().asstring(image.sizeInBytes())]
answer = None
if pane._after is not None and session.connection.state == "connected":
    answer = [bytes_of(pane._before), bytes_of(pane._after)]
"""


def open_photo(studio, width=WIDTH, height=HEIGHT, seed=1):
    studio.create(width, height)
    pixels = SPACE.pixels(width, height, seed)
    studio.add_layer("Photo", [0, 0, width, height], SPACE.to_krita(pixels))
    return pixels


def array(told):
    width, height, data = told
    return np.frombuffer(data, np.uint8).reshape(height, width, 4)


def watch(studio):
    """Have previews made again; return what is shown when one has come."""
    inside(studio, "panel.preview.forget(); panel.previews.again(); panel.previews.watch(True)")
    return eventually("a preview", lambda: inside(studio, SHOWN), 60)


# -- previews


def test_the_preview_of_a_small_picture_is_its_painting(studio):
    pixels = open_photo(studio)
    set_values(studio, strength=0.8)
    before, after = watch(studio)
    np.testing.assert_array_equal(array(before), pixels)
    expected = client_paints(studio.krita.daemon, SPACE, pixels, strength=0.8)
    np.testing.assert_array_equal(array(after), expected)


def test_the_preview_of_a_large_picture_is_its_coarse_stage(studio):
    width, height = 1600, 1000
    pixels = open_photo(studio, width, height)
    set_values(studio)
    before, after = watch(studio)
    assert before[:2] == [768, 480]
    # The same picture, reduced by somebody else: light and colours agree.
    reduced = Image.fromarray(pixels, "RGBA").resize((768, 480), Image.Resampling.BOX)
    whole = array(before)[..., 3] == 255
    difference = array(before).astype(int) - np.asarray(reduced).astype(int)
    assert np.abs(difference[whole][..., :3]).mean() < 2
    data = inside(studio, "answer = bytes(panel.previews._subject.reduced.data)")
    np.testing.assert_array_equal(array([768, 480, data])[whole], array(before)[whole])
    sent = Picture(768, 480, "rgba", "uint8", False, data)
    expected = studio.krita.daemon.paint(
        sent, STYLE, coarse_only=True, reduced_from=(width, height)
    ).picture
    painted = array([expected.width, expected.height, bytes(expected.data)])
    np.testing.assert_array_equal(array(after), painted)


def test_the_preview_shows_an_optimisation_on_its_way(studio):
    pixels = open_photo(studio)
    how = {"method": "optimise", "iterations": 20}
    set_values(studio, **how)
    inside(
        studio,
        """
kept.seen, plain = [], panel.preview.show_painted
def shown(image, notices=()):
    kept.seen.append(bytes_of(image))
    plain(image, notices)
panel.preview.show_painted = shown
"""
        + SHOWN,
    )
    try:
        watch(studio)
        until_idle = "answer = panel.previews._live.idle"
        eventually("the end", lambda: inside(studio, until_idle), 120)
        pictures = [array(told) for told in studio.script("answer = kept.seen")]
    finally:
        inside(studio, "del panel.preview.show_painted")
    assert len(pictures) > 3
    expected = client_paints(studio.krita.daemon, SPACE, pixels, **how)
    np.testing.assert_array_equal(pictures[-1], expected)
    away = [np.abs(each.astype(int) - expected).mean() for each in pictures]
    assert away == sorted(away, reverse=True)


def test_the_preview_follows_the_controls_and_the_layer(studio):
    open_photo(studio)
    set_values(studio, strength=0.8)
    _before, first = watch(studio)
    inside(studio, "panel.controls.show({**panel.controls.values(), 'strength': 0.2})")
    eventually("another preview", lambda: inside(studio, SHOWN)[1] != first)
    other = SPACE.pixels(WIDTH, HEIGHT, 9)
    studio.add_layer("Other", BOX, SPACE.to_krita(other))
    activate_layer(studio, "Other")

    def shown() -> bool:
        told = inside(studio, SHOWN)
        return told is not None and np.array_equal(array(told[0]), other)

    eventually("the other layer", shown)


def test_the_visible_part_is_painted_at_full_size(studio):
    width, height = 640, 480
    pixels = open_photo(studio, width, height)
    set_values(studio)
    studio.script("app.activeWindow().activeView().canvas().setZoomLevel(1.0)")
    inside(studio, "panel.preview.visible_part = True")
    before, after = watch(studio)
    try:
        side_x, side_y = before[:2]
        assert side_x <= 384
        assert side_y <= 384
        assert after[:2] == before[:2]
        # What is shown as the original is a part of the picture, pixel by pixel.
        part = array(before)
        rows = [
            y
            for y in range(height - side_y + 1)
            if (pixels[y, :, :3] == part[0, 0, :3]).all(1).any()
            and any(
                np.array_equal(pixels[y : y + side_y, x : x + side_x], part)
                for x in np.flatnonzero((pixels[y] == part[0, 0]).all(1))
            )
        ]
        assert len(rows) == 1
    finally:
        inside(studio, "panel.preview.visible_part = False")


def test_without_a_picture_the_preview_says_so(studio):
    set_values(studio)
    inside(studio, "panel.previews.watch(True)")
    text = "answer = panel.preview._pane._text"
    eventually("a sentence", lambda: "No picture is open" in inside(studio, text))


def test_looking_whether_anything_has_changed_reads_no_pixels(studio):
    open_photo(studio)
    studio.script(
        """
from krita import Selection
part = Selection()
part.select(10, 20, 60, 50, 128)
app.activeDocument().setSelection(part)
"""
    )
    activate_layer(studio, "Photo")
    set_values(studio)
    watch(studio)
    studio.script(
        """
import krita
kept.calls = []
def counted(kind, name):
    plain = vars(kind)[name]
    def call(self, *arguments):
        kept.calls.append(name)
        return plain.__get__(self)(*arguments)
    setattr(kind, name, call)
    return lambda: setattr(kind, name, plain)
kept.undo = [
    counted(krita.Selection, "pixelData"),
    counted(krita.Node, "pixelData"),
    counted(krita.Document, "activeNode"),
]
"""
    )
    eventually("some looks", lambda: studio.script("answer = kept.calls.count('activeNode') >= 3"))
    calls = studio.script("[undo() for undo in kept.undo]; answer = kept.calls")
    assert "pixelData" not in calls


# -- the library


def chosen(studio):
    return inside(studio, "answer = panel.gallery.pick and panel.gallery.pick.style")


def test_a_dropped_file_becomes_a_style_and_is_chosen(studio):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 255, (80, 100, 3), np.uint8)
    Image.fromarray(pixels).save(studio.scratch / "dropped.png")
    open_photo(studio)
    set_values(studio)
    assert studio.drop_files([studio.scratch / "dropped.png"], "styles")
    style = eventually(
        "the style", lambda: chosen(studio) if "sha256" in chosen(studio) else None, 60
    )
    styles = {each.id: each for each in studio.krita.daemon.styles.list()}
    assert styles[style].name == "dropped"
    assert (styles[style].width, styles[style].height) == (100, 80)
    copied = inside(studio, "panel._copy(); answer = QtWidgets.QApplication.clipboard().text()")
    assert copied == "styleswap stylize picture.png dropped --output painted.png"
    # One that is gone from the library is not the chosen one any more.
    inside(studio, "session.delete(style)", style=style)
    eventually("another style", lambda: chosen(studio).startswith("builtin/"))


def test_a_file_outside_of_the_library_that_was_used_last_is_there_again(studio):
    Image.new("RGB", (90, 90), (200, 60, 20)).save(studio.scratch / "outside.png")
    pixels = open_photo(studio)
    set_values(studio, style="/scratch/outside.png")
    assert chosen(studio) == "/scratch/outside.png"
    press(studio, "stylise")
    eventually("an order", lambda: inside(studio, UNDER_WAY))
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    style = studio.scratch / "outside.png"
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels, style))
    set_values(studio)


def test_the_active_layer_and_the_selection_become_styles(studio):
    pixels = open_photo(studio)
    pixels[..., 3] = 255
    studio.add_layer("Paper", BOX, SPACE.to_krita(pixels))
    set_values(studio)
    press(studio, "add_layer")
    whole = eventually(
        "the style", lambda: chosen(studio) if "sha256" in chosen(studio) else None, 60
    )
    studio.script(
        """
from krita import Selection
part = Selection()
part.select(10, 20, 60, 50, 255)
app.activeDocument().setSelection(part)
"""
    )
    activate_layer(studio, "Paper")
    press(studio, "add_selection")
    part = eventually(
        "the part", lambda: chosen(studio) if chosen(studio) not in (whole, STYLE) else None, 60
    )
    styles = {each.id: each for each in studio.krita.daemon.styles.list()}
    assert styles[whole].name == styles[part].name == "Paper"
    assert (styles[whole].width, styles[whole].height) == (WIDTH, HEIGHT)
    assert (styles[part].width, styles[part].height) == (60, 50)
    seen = Image.open(io.BytesIO(studio.krita.daemon.styles.thumbnail(part, 60)))
    np.testing.assert_allclose(
        np.asarray(seen.convert("RGB")).astype(int), pixels[20:70, 10:70, :3].astype(int), atol=3
    )
    for style in (whole, part):
        studio.krita.daemon.styles.remove(style)


def test_without_a_selection_none_becomes_a_style(studio):
    open_photo(studio)
    set_values(studio)
    before = len(studio.krita.daemon.styles.list())
    press(studio, "add_selection")
    eventually("a message", lambda: "Nothing is selected" in message(studio))
    assert len(studio.krita.daemon.styles.list()) == before


# -- the last settings


def test_the_action_paints_with_the_last_settings(studio):
    pixels = open_photo(studio)
    set_values(studio, strength=0.65)
    inside(studio, "panel._keep()")
    studio.activate_main()
    studio.keys("ctrl+alt+y")
    eventually("an order", lambda: inside(studio, UNDER_WAY))
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels, strength=0.65))


def test_a_script_paints_with_the_last_settings(studio):
    pixels = open_photo(studio)
    set_values(studio, strength=0.55)
    inside(studio, "panel._keep()")
    studio.script("app.action('style_swap_again').trigger()")
    wait_painted(studio)
    studio.script("import style_swap; answer = style_swap.again().number")
    wait_painted(studio)
    assert len(studio.layers()) == 3
    expected = client_paints(studio.krita.daemon, SPACE, pixels, strength=0.55)
    for layer in (0, 1):
        given = SPACE.from_krita(studio.pixels(layer, BOX), WIDTH, HEIGHT)
        assert_same(given, expected)


def test_values_are_there_again_after_a_restart(studio):
    set_values(studio, strength=0.45, output="new-document", style="builtin/mosaic")
    inside(studio, "panel._keep()")
    values = inside(
        studio,
        """
from style_swap.session import Session
again = Session(app)
from style_swap.docker.panel import Panel
other = Panel(again)
answer = other.values()
other.deleteLater()
again.close()
""",
    )
    assert (values["strength"], values["output"]) == (0.45, "new-document")
    assert values["style"] == "builtin/mosaic"
    set_values(studio)
    inside(studio, "panel._keep()")


def test_values_that_do_not_count_stay_and_are_not_told(studio):
    pixels = open_photo(studio)
    idle = {"iterations": 7, "start": "noise", "smoothness": 0.3}
    set_values(studio, strength=0.6, **idle)
    inside(studio, "panel._keep(); panel.messages.say('')")
    studio.script("import style_swap; answer = style_swap.again().number")
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels, strength=0.6))
    assert message(studio) == ""
    values, detail, command = inside(
        studio,
        """
kept = session.history.items[0]
order = kept.order
line = session.command(order.source.document, order.style_text, order.settings, order.second)
answer = [session.last(), kept.detail, line]
""",
    )
    assert {name: values[name] for name in idle} == idle
    assert detail == "Strength: 0.6, Photo"
    assert "--strength 0.6" in command
    assert "--iterations" not in command
    set_values(studio)
    inside(studio, "panel._keep()")


# -- the daemon


def status(studio):
    return inside(studio, "answer = [session.connection.state, session.connection.text]")


def test_a_daemon_that_was_killed_is_noticed_and_started_again(studio):
    pixels = open_photo(studio)
    set_values(studio)
    eventually("a connection", lambda: status(studio)[0] == "connected")
    studio.krita.starter.kill(studio.krita.home)
    state = eventually("its end", lambda: status(studio) if status(studio)[0] == "absent" else None)
    assert "started again when needed" in state[1]
    time.sleep(LOOKS)
    assert status(studio)[0] == "absent", "who stopped it wants it stopped"
    press(studio, "stylise")
    eventually("an order", lambda: inside(studio, UNDER_WAY))
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels))
    eventually("a connection", lambda: status(studio)[0] == "connected")


def test_no_call_of_krita_is_made_off_the_main_thread(studio):
    open_photo(studio)
    set_values(studio)
    studio.script(
        """
import threading
import krita
main = threading.main_thread().ident
here = threading.get_ident()
kept.threads = set()
def watched(kind, name):
    plain = vars(kind)[name]  # not bound to the class
    def call(self, *arguments):
        kept.threads.add((name, threading.get_ident() == here))
        return plain.__get__(self)(*arguments)
    setattr(kind, name, call)
    return lambda: setattr(kind, name, plain)
kept.undo = [
    watched(kind, name)
    for kind, names in (
        (krita.Node, ("pixelData", "setPixelData", "addChildNode", "name", "bounds", "duplicate")),
        (krita.Document, ("createNode", "selection", "width", "rootNode", "activeNode")),
        (krita.Krita, ("documents", "activeDocument", "activeWindow")),
    )
    for name in names
]
"""
    )
    try:
        press(studio, "stylise")
        eventually(
            "an order",
            lambda: inside(studio, UNDER_WAY),
        )
        wait_painted(studio)
    finally:
        seen = studio.script(
            """
for undo in kept.undo:
    undo()
answer = sorted(kept.threads)
"""
        )
    names = {name for name, _main in seen}
    assert {"setPixelData", "addChildNode", "pixelData", "createNode"} <= names
    assert all(main for _name, main in seen), seen
