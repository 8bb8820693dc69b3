"""What the docker says in the real Krita goes when its cause is gone, and not before."""

from __future__ import annotations

import numpy as np
import pytest

from styleswap.client import Picture

from .krita_painting import (
    SPACES,
    activate_layer,
    inside,
    jobs,
    message,
    press,
    set_values,
    stylise,
)
from .screen_session import eventually

pytestmark = pytest.mark.editors
SPACE = SPACES["U8"]
BOX = [0, 0, 60, 50]


@pytest.fixture
def photo(studio):
    """A document with one layer; the docker looks what is at hand, as it always does."""
    studio.create(60, 50)
    studio.add_layer("Photo", BOX, SPACE.to_krita(SPACE.pixels(60, 50)))
    set_values(studio)
    inside(studio, "panel.previews.watch(True)")
    yield studio
    set_values(studio)
    inside(studio, "panel.messages.say('')")


def look(studio):
    """Have the docker look what is at hand, as it does all the time."""
    inside(studio, "panel.previews.look()")


def gone(studio):
    eventually("no message", lambda: message(studio) == "")


def refused(studio, words):
    """Click on Stylise; what is said stays while nothing has changed."""
    stylise(studio)
    assert words in message(studio)
    look(studio)
    inside(studio, "panel.controls.show({**panel.controls.values(), 'strength': 0.3})")
    look(studio)
    assert words in message(studio)


def test_choose_a_layer_goes_when_one_is_chosen(photo):
    photo.script(
        """
mask = app.activeDocument().createTransparencyMask("Mask")
nodes()[0].addChildNode(mask, None)
settle()
"""
    )
    activate_layer(photo, "Mask")
    refused(photo, "Mask is a mask; select the layer itself")
    activate_layer(photo, "Photo")
    gone(photo)


def test_open_a_picture_goes_when_one_is_open(photo):
    photo.script("close_all()")
    eventually("no document", lambda: photo.script("answer = not app.documents()"))
    # Krita hides the docker without a document, but not its shortcut.
    inside(photo, "session.again()")
    assert "No picture is open" in message(photo)
    photo.create(60, 50)
    photo.add_layer("Photo", BOX, SPACE.to_krita(SPACE.pixels(60, 50)))
    gone(photo)


def test_select_something_goes_when_something_is_selected(photo):
    press(photo, "add_selection")
    eventually("a message", lambda: "Nothing is selected" in message(photo))
    photo.script(
        """
chosen = __import__("krita").Selection()
chosen.select(5, 5, 20, 20, 255)
app.activeDocument().setSelection(chosen)
"""
    )
    gone(photo)


def test_unlock_it_goes_when_it_is_unlocked_or_need_not_be(photo):
    photo.script("nodes()[0].setLocked(True)")
    inside(photo, "panel.output.setCurrentIndex(panel.output.findData('in-place'))")
    refused(photo, "Photo is locked")
    photo.script("nodes()[0].setLocked(False)")
    gone(photo)
    photo.script("nodes()[0].setLocked(True)")
    refused(photo, "Photo is locked")
    inside(photo, "panel.output.setCurrentIndex(panel.output.findData('new-layer'))")
    gone(photo)


def test_a_contradiction_goes_with_the_last_of_its_settings(photo):
    show = "panel.controls.show({**panel.controls.values(), **given})"
    inside(photo, show, given={"patch_size": 3, "patch_stride": 5})
    refused(photo, "patch_stride")
    inside(photo, show, given={"patch_stride": 2})
    assert message(photo) == ""


def test_a_failure_goes_with_its_painting(photo):
    inside(
        photo,
        """
values = {**panel.values(), "style": "builtin/nothing", "style_name": "Nothing"}
session.stylise(values)
""",
    )
    said = eventually("a message", lambda: message(photo))
    assert said.startswith("Nothing – Photo: ")
    press(photo, f"dismiss_{jobs(photo)[0][0]}")
    gone(photo)


def test_what_was_copied_is_told_as_long_as_it_is_there(photo):
    inside(photo, "panel._copy()")
    assert message(photo).startswith("Copied: styleswap stylize")
    photo.script("QtWidgets.QApplication.clipboard().setText('something else')")
    gone(photo)


def test_a_preview_that_failed_is_tried_again_and_its_message_goes(photo):
    values = np.random.default_rng(5).integers(0, 255, (40, 40, 3), np.uint8)
    paper = Picture(40, 40, "rgb", "uint8", False, values.tobytes())
    library = photo.krita.daemon.styles
    style = library.add(paper, "Paper").style
    try:
        inside(photo, "session.connection.list_styles()")
        known = "answer = any(each.id == style for each in session.connection.styles)"
        eventually("the style", lambda: inside(photo, known, style=style.id))
        library.remove(style)
        inside(photo, "panel._choose(style, '')", style=style.id)
        eventually("a message", lambda: message(photo))
        library.add(paper, "Paper")
        press(photo, "message_again")
        painted = "answer = panel.preview._pane._after is not None and panel.previews._live.idle"
        eventually("the preview", lambda: inside(photo, painted), 60)
        assert message(photo) == ""
    finally:
        library.remove(style)
        inside(photo, "session.connection.list_styles()")
