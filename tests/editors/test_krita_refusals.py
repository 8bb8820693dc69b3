"""What the plug-in refuses in the real Krita: one sentence, and nothing is lost."""

from __future__ import annotations

import json

import pytest

from .krita_painting import (
    SPACES,
    activate_layer,
    inside,
    jobs,
    message,
    set_values,
    stylise,
    wait_painted,
)
from .screen_session import eventually

pytestmark = pytest.mark.editors
SPACE = SPACES["U8"]
BOX = [0, 0, 60, 50]


@pytest.fixture
def photo(studio):
    """A document with one layer, and the panel as at first."""
    studio.create(60, 50)
    studio.add_layer("Photo", BOX, SPACE.to_krita(SPACE.pixels(60, 50)))
    set_values(studio)
    return studio


def refused(studio, *words):
    """Click on Stylise; what is said holds the words, and nothing else has happened."""
    before = studio.layers()
    stylise(studio)
    said = eventually("a message", lambda: message(studio))
    for word in words:
        assert word in said, said
    assert "\n" not in said
    assert not jobs(studio)
    assert studio.layers() == before


def add(studio, script):
    """Add a node, which becomes the active one."""
    name = studio.script(
        "from krita import Selection\nCLEAR = QtCore.QByteArray(bytes([9, 9, 9, 0]) * 100)\n"
        f"doc = app.activeDocument()\n{script}\n"
        "doc.rootNode().addChildNode(node, None)\nsettle()\nanswer = node.name()"
    )
    activate_layer(studio, name)


def test_without_a_document(studio):
    set_values(studio)
    refused(studio, "No picture is open", "open or create")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        ("node = doc.createVectorLayer('Lines')", ("Lines", "no pixels of its own", "group")),
        (
            "node = doc.createFilterLayer('Blur', app.filter('blur'), Selection())",
            ("Blur", "no pixels of its own"),
        ),
        ("node = doc.createNode('Nothing', 'paintlayer')", ("Nothing", "empty")),
        ("node = doc.createGroupLayer('Bare')", ("Bare", "empty")),
        (
            "node = doc.createNode('Clear', 'paintlayer'); node.setPixelData(CLEAR, 0, 0, 10, 10)",
            ("Clear",),
        ),
    ],
    ids=["vector", "filter", "empty", "empty-group", "transparent"],
)
def test_a_layer_that_cannot_be_painted(photo, make, words):
    add(photo, make)
    refused(photo, *words)


def test_a_mask(photo):
    photo.script(
        """
doc = app.activeDocument()
mask = doc.createTransparencyMask("Mask")
nodes()[0].addChildNode(mask, None)
settle()
"""
    )
    activate_layer(photo, "Mask")
    refused(photo, "Mask is a mask", "select the layer")


def test_in_place_of_a_locked_layer(photo):
    photo.script("nodes()[0].setLocked(True)")
    set_values(photo, output="in-place")
    refused(photo, "Photo is locked", "unlock")
    set_values(photo, output="new-layer")
    stylise(photo)
    wait_painted(photo)
    assert len(photo.layers()) == 2


def test_in_place_of_a_group_and_of_the_whole_picture(photo):
    add(photo, "node = doc.createGroupLayer('Group')")
    set_values(photo, output="in-place")
    refused(photo, "Group is a group", "new layer")
    set_values(photo, output="in-place", input="picture")
    refused(photo, "whole picture", "new layer")


def test_a_selection_beside_the_layer(photo):
    photo.script(
        """
chosen = __import__("krita").Selection()
chosen.select(200, 200, 20, 20, 255)
app.activeDocument().setSelection(chosen)
"""
    )
    refused(photo, "outside of the layer Photo")


def test_settings_that_contradict_each_other(photo):
    set_values(photo, patch_size=3, patch_stride=5)
    refused(photo, "patch_stride", "patch_size")


def test_a_document_of_one_pixel(studio):
    studio.create(1, 1)
    studio.add_layer("Dot", [0, 0, 1, 1], bytes([10, 20, 30, 255]))
    set_values(studio)
    stylise(studio)
    # Painted, or refused with a sentence of the daemon: nothing in between.
    eventually(
        "an end",
        lambda: all(state == "failed" for _n, _t, state, _x in jobs(studio)),
        60,
    )
    failed = jobs(studio)
    names = [layer["name"] for layer in studio.layers()]
    assert names[-1] == "Dot"
    assert (len(names) == 2) != bool(failed)
    for _number, _title, _state, text in failed:
        assert "pixel" in text
    inside(studio, "session.queue.close()")


def test_files_that_are_no_pictures(photo):
    folder = photo.scratch / "no-pictures"
    folder.mkdir(exist_ok=True)
    (folder / "notes.txt").write_text("a line")
    styles = inside(photo, "answer = len(session.connection.styles)")
    inside(
        photo,
        "panel._add_files(paths)",
        paths=["/scratch/no-pictures", "/scratch/no-pictures/notes.txt"],
    )
    said = eventually("a message", lambda: "notes.txt" in message(photo) and message(photo))
    assert "no-pictures" in said
    assert inside(photo, "answer = len(session.connection.styles)") == styles


def test_corrupt_values_of_last_time_are_passed_over(photo):
    path = photo.krita.home / "editing.json"
    content = json.loads(path.read_text()) if path.exists() else {}
    bad = {"strength": "much", "patch_size": 4, "output": 7, "input": "mountain", "colours": "x"}
    content["last"] = {"krita": {**bad, "style_scale": 2.0}}
    path.write_text(json.dumps(content))
    values = inside(photo, "session.remembered.reload(); answer = session.last()")
    assert values["style_scale"] == 2.0
    assert (values["input"], values["output"]) == ("layer", "new-layer")
    assert not {"strength", "patch_size", "colours"} & values.keys()
    path.write_text("{ broken")
    values = inside(photo, "session.remembered.reload(); answer = session.last()")
    assert values["style"] == "builtin/woodcut"
    assert inside(photo, "answer = session.remembered.notice")
