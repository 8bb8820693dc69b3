"""Paintings in the real Krita: their pixels against the client's, their place, their undo."""

from __future__ import annotations

import time

import numpy as np
import pytest

from .krita_painting import (
    SPACES,
    activate_layer,
    assert_same,
    client_paints,
    inside,
    message,
    set_values,
    stylise,
    wait_painted,
)
from .screen_session import eventually

pytestmark = pytest.mark.editors
WIDTH, HEIGHT = 90, 70
BOX = [0, 0, WIDTH, HEIGHT]
ACTIVE = "answer = app.activeDocument().activeNode().name()"


def document(studio, space, *, width=WIDTH, height=HEIGHT):
    studio.create(width, height, model=space.model, depth=space.depth, profile=space.profile)


@pytest.mark.parametrize("name", SPACES)
def test_a_click_adds_a_layer_with_the_clients_pixels(studio, name):
    space = SPACES[name]
    pixels = space.pixels(WIDTH, HEIGHT)
    document(studio, space)
    studio.add_layer("Photo", BOX, space.to_krita(pixels))
    set_values(studio, strength=0.9)
    stylise(studio)
    wait_painted(studio)
    painting, photo = studio.layers()
    assert photo["name"] == "Photo"
    assert "Photo" in painting["name"]
    assert (painting["model"], painting["depth"]) == (space.model, space.depth)
    assert painting["profile"] == space.profile
    assert painting["bounds"] == BOX
    given = space.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    expected = client_paints(studio.krita.daemon, space, pixels, strength=0.9)
    assert_same(given, expected)
    assert studio.pixels("Photo", BOX) == space.to_krita(pixels)
    assert message(studio) == ""


def test_one_undo_takes_the_painting_away(studio):
    space = SPACES["U8"]
    document(studio, space)
    studio.add_layer("Photo", BOX, space.to_krita(space.pixels(WIDTH, HEIGHT)))
    before = studio.layers()
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    assert len(studio.layers()) == 2
    studio.undo()
    assert studio.layers() == before


def layer_of(studio, name="Photo", box=BOX, seed=1, space=SPACES["U8"], **of):
    """Add a layer with a picture; return its pixels, red first."""
    pixels = space.pixels(box[2], box[3], seed)
    studio.add_layer(name, box, space.to_krita(pixels), **of)
    return pixels


def painted(studio, box, layer=0, space=SPACES["U8"]):
    """Return pixels of a layer, red first."""
    return space.from_krita(studio.pixels(layer, box), box[2], box[3])


def select(studio, box, mask):
    """Select with a mask of bytes."""
    studio.script(
        """
chosen = Krita.instance() and __import__("krita").Selection()
chosen.setPixelData(QtCore.QByteArray(mask), *box)
app.activeDocument().setSelection(chosen)
""",
        box=box,
        mask=mask,
    )


def soft_mask(width, height):
    """A selection that is whole in its middle and soft at its edges, (H, W) uint8."""
    y, x = np.mgrid[0:height, 0:width]
    edge = np.minimum.reduce([x + 1, y + 1, width - x, height - y])
    return np.clip(edge * 40, 0, 255).astype(np.uint8)


def with_context(kept, bounds):
    """The part that is sent for a selection: a quarter of its longer side more, 64 to 512."""
    margin = min(max(round(max(kept[2], kept[3]) / 4), 64), 512)
    left, top = max(kept[0] - margin, bounds[0]), max(kept[1] - margin, bounds[1])
    right = min(kept[0] + kept[2] + margin, bounds[0] + bounds[2])
    bottom = min(kept[1] + kept[3] + margin, bounds[1] + bounds[3])
    return left, top, right, bottom


@pytest.mark.parametrize("name", ["U8", "F32"])
def test_a_soft_selection_fades_the_painting_and_leaves_the_rest(studio, name):
    space = SPACES[name]
    bounds = [0, 0, 260, 200]
    document(studio, space, width=260, height=200)
    pixels = layer_of(studio, box=bounds, space=space)
    kept = [30, 40, 60, 50]
    mask = soft_mask(60, 50)
    select(studio, kept, mask.tobytes())
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    layers = [layer for layer in studio.layers() if layer["type"] == "paintlayer"]
    assert layers[0]["bounds"] == kept
    left, top, right, bottom = with_context(kept, bounds)
    assert (left, top, right, bottom) == (0, 0, 154, 154)
    expected = client_paints(studio.krita.daemon, space, pixels[top:bottom, left:right])
    expected = expected[40:90, 30:90].astype(float)
    expected[..., 3] *= mask / 255
    given = painted(studio, kept, layers[0]["name"], space).astype(float)
    step = 0.5 if name == "U8" else 1e-6
    np.testing.assert_allclose(given[..., 3], expected[..., 3], atol=step)
    whole = mask > 0
    np.testing.assert_array_equal(given[..., :3][whole], expected[..., :3][whole])
    assert studio.pixels("Photo", bounds) == space.to_krita(pixels)


def test_in_place_a_soft_selection_blends_and_nothing_else_changes(studio):
    space = SPACES["U8"]
    document(studio, space)
    pixels = layer_of(studio)
    kept, mask = [20, 10, 40, 30], soft_mask(40, 30)
    select(studio, kept, mask.tobytes())
    set_values(studio, output="in-place")
    before = [layer for layer in studio.layers() if layer["type"] == "paintlayer"]
    stylise(studio)
    wait_painted(studio)
    layers = [layer for layer in studio.layers() if layer["type"] == "paintlayer"]
    assert [layer["name"] for layer in layers] == ["Photo"]
    given = painted(studio, BOX, "Photo").astype(float)
    whole = client_paints(studio.krita.daemon, space, pixels).astype(float)
    share = np.zeros((HEIGHT, WIDTH, 1))
    share[10:40, 20:60, 0] = mask / 255
    np.testing.assert_array_equal(given[share[..., 0] == 0], pixels[share[..., 0] == 0])
    np.testing.assert_array_equal(given[share[..., 0] == 1], whole[share[..., 0] == 1])
    # Light is mixed in proportion to its opacity.
    heavy, light = whole[..., 3:] * share, pixels[..., 3:] * (1 - share)
    alpha = heavy + light
    mixed = (whole[..., :3] * heavy + pixels[..., :3] * light) / alpha
    np.testing.assert_allclose(given[..., :3], mixed, atol=0.51)
    np.testing.assert_allclose(given[..., 3:], alpha, atol=0.51)
    # Two steps of the history: first the source comes back, then the painting goes.
    studio.undo()
    studio.undo()
    after = [layer for layer in studio.layers() if layer["type"] == "paintlayer"]
    assert after == before
    assert studio.pixels("Photo", BOX) == space.to_krita(pixels)


def test_in_place_replaces_the_pixels_and_keeps_all_else(studio):
    space = SPACES["U8"]
    document(studio, space)
    layer_of(studio, "Below", seed=2)
    pixels = layer_of(studio, "Photo", setOpacity=128, setBlendingMode="multiply")
    layer_of(studio, "Above", seed=3)
    activate_layer(studio, "Photo")
    set_values(studio, output="in-place")
    stylise(studio)
    wait_painted(studio)
    layers = studio.layers()
    assert [layer["name"] for layer in layers] == ["Above", "Photo", "Below"]
    assert (layers[1]["opacity"], layers[1]["mode"]) == (128, "multiply")
    given = painted(studio, BOX, "Photo")
    assert_same(given, client_paints(studio.krita.daemon, space, pixels))
    assert inside(studio, ACTIVE) == "Photo"


def test_a_layer_beyond_the_canvas_is_painted_where_it_lies(studio):
    space = SPACES["U8"]
    document(studio, space)
    box = [-25, -13, 80, 60]
    pixels = layer_of(studio, box=box)
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    assert studio.layers()[0]["bounds"] == box
    given = painted(studio, box)
    assert_same(given, client_paints(studio.krita.daemon, space, pixels))


def test_a_group_is_painted_as_it_looks(studio):
    space = SPACES["U8"]
    document(studio, space)
    layer_of(studio, "Below", seed=5)
    pixels = space.pixels(WIDTH, HEIGHT, 6)
    pixels[..., 3] = 255
    studio.script(
        """
doc = app.activeDocument()
group = doc.createGroupLayer("Group")
doc.rootNode().addChildNode(group, None)
for name, data, box in layers:
    node = doc.createNode(name, "paintlayer")
    node.setPixelData(QtCore.QByteArray(data), *box)
    group.addChildNode(node, None)
settle()
""",
        layers=[
            ["one", space.to_krita(pixels), BOX],
            ["two", bytes([10, 20, 30, 255]) * 200, [5, 5, 20, 10]],
        ],
    )
    activate_layer(studio, "Group")
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    names = [layer["name"] for layer in studio.layers()]
    assert names[1:] == ["Group", "two", "one", "Below"]
    pixels[5:15, 5:25] = (30, 20, 10, 255)
    given = painted(studio, BOX)
    assert_same(given, client_paints(studio.krita.daemon, space, pixels))


def test_the_whole_picture_is_painted_on_top(studio):
    space = SPACES["U8"]
    document(studio, space)
    below = layer_of(studio, "Below", seed=2)
    layer_of(studio, "Hidden", seed=3, setVisible=False)
    set_values(studio, input="picture")
    stylise(studio)
    wait_painted(studio)
    assert [layer["name"] for layer in studio.layers()][1:] == ["Hidden", "Below"]
    given = painted(studio, BOX)
    assert_same(given, client_paints(studio.krita.daemon, space, below))


def paint_once_more(studio, style, **values):
    """Paint Photo in a style; return the names of all layers, top first."""
    activate_layer(studio, "Photo")
    set_values(studio, style=f"builtin/{style}", **values)
    stylise(studio)
    wait_painted(studio)
    return [layer["name"] for layer in studio.layers()]


RENAME = "next(node for node in nodes() if node.name() == name).setName(new)"


def test_every_painting_of_a_layer_goes_above_those_before(studio):
    document(studio, SPACES["U8"])
    for name in ("Below", "Photo", "Above"):
        layer_of(studio, name)
    names = paint_once_more(studio, "woodcut")
    assert names == ["Above", "Woodcut – Photo", "Photo", "Below"]
    studio.script(RENAME, name="Woodcut – Photo", new="Sky")
    names = paint_once_more(studio, "mosaic")
    assert names == ["Above", "Mosaic – Photo", "Sky", "Photo", "Below"]
    # One of the user's own ends the run, whatever its name is.
    studio.script(RENAME, name="Above", new="Mosaic – Photo")
    names = paint_once_more(studio, "windswept")
    ours = ["Windswept – Photo", "Mosaic – Photo", "Sky", "Photo", "Below"]
    assert names == ["Mosaic – Photo", *ours]
    # A painting that was painted over in place is still one of ours.
    activate_layer(studio, "Sky")
    set_values(studio, output="in-place")
    stylise(studio)
    wait_painted(studio)
    names = paint_once_more(studio, "pointillism")
    assert names == ["Mosaic – Photo", "Pointillism – Photo", *ours]


def test_a_saved_document_knows_its_paintings(studio):
    document(studio, SPACES["U8"])
    layer_of(studio)
    paint_once_more(studio, "woodcut")
    studio.script(RENAME, name="Woodcut – Photo", new="Sky")
    studio.script(
        """
doc = app.activeDocument()
doc.setBatchmode(True)
answer = doc.saveAs("/scratch/paintings.kra")
close_all()
"""
    )
    eventually("no document", lambda: studio.script("answer = not app.documents()"))
    studio.open(studio.scratch / "paintings.kra")
    assert paint_once_more(studio, "mosaic") == ["Mosaic – Photo", "Sky", "Photo"]


def test_a_new_document_holds_the_painting_alone(studio):
    space = SPACES["U16"]
    document(studio, space)
    pixels = layer_of(studio, space=space)
    set_values(studio, output="new-document")
    stylise(studio)
    wait_painted(studio)
    documents = inside(
        studio, "answer = [(d.width(), d.height(), d.colorDepth()) for d in app.documents()]"
    )
    assert documents == [[WIDTH, HEIGHT, "U16"]] * 2
    layers = studio.layers()  # of the active document, which is the new one
    assert len(layers) == 1
    given = painted(studio, BOX, space=space)
    assert_same(given, client_paints(studio.krita.daemon, space, pixels))


def test_the_active_layer_stays_the_active_one(studio):
    document(studio, SPACES["U8"])
    layer_of(studio)
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    time.sleep(0.5)  # Krita makes an added layer the active one only later
    assert inside(studio, ACTIVE) == "Photo"


def test_a_layer_with_a_mask_is_painted_as_it_looks(studio):
    space = SPACES["U8"]
    document(studio, space)
    pixels = layer_of(studio)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, 60:] = 0
    studio.script(
        """
doc = app.activeDocument()
chosen = __import__("krita").Selection()
chosen.setPixelData(QtCore.QByteArray(mask), *box)
covering = doc.createTransparencyMask("Mask")
covering.setSelection(chosen)
nodes()[0].addChildNode(covering, None)
settle()
""",
        box=BOX,
        mask=mask.tobytes(),
    )
    activate_layer(studio, "Photo")
    set_values(studio)
    stylise(studio)
    wait_painted(studio)
    pixels[:, 60:] = 0
    expected = client_paints(studio.krita.daemon, space, pixels)
    given = painted(studio, BOX)
    np.testing.assert_array_equal(given[:, :60], expected[:, :60])
    assert not given[:, 60:, 3].any()
    # In place, the mask is still there and works on the painting.
    set_values(studio, output="in-place")
    stylise(studio)
    wait_painted(studio)
    names = [layer["name"] for layer in studio.layers()]
    assert names[-2:] == ["Photo", "Mask"]
