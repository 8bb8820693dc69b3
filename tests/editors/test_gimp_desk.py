"""The harness of the window: what the hands do, the eyes see. Tried with filters of GIMP's own."""

import numpy as np
import pytest
from PIL import Image

from .screen_session import eventually

pytestmark = pytest.mark.editors


@pytest.fixture
def pixels():
    return np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)


@pytest.fixture
def desk_with_picture(desk, pixels):
    path = desk.gimp.scratch / "picture.png"
    Image.fromarray(pixels).save(path)
    desk.open(path)
    return desk


def test_an_image_is_read_as_it_was_opened(desk_with_picture, pixels):
    (layer,) = desk_with_picture.layers()
    read = np.frombuffer(layer["pixels"], np.uint8).reshape(60, 80, 4)
    assert (read[..., :3] == pixels).all()
    assert (layer["width"], layer["height"], layer["offsets"]) == (80, 60, [0, 0])


def test_keys_reach_the_image(desk_with_picture):
    desk = desk_with_picture
    desk.keys("ctrl+shift+n")
    desk.activate("New Layer")
    desk.keys("Return")
    eventually("two layers", lambda: len(desk.layers()) == 2)
    desk.activate(r"– GIMP$")
    desk.keys("ctrl+z")
    eventually("one layer", lambda: len(desk.layers()) == 1)


def test_a_dialog_is_read_and_used_by_mouse_and_keyboard(desk_with_picture):
    desk = desk_with_picture
    desk.run_filter("Fog")
    named = desk.accessible("text", window="^Fog")
    assert named.text == "Clouds"
    assert "focused" in desk.accessible("button", "OK", "^Fog").states
    desk.click(named, times=3)
    desk.type("Mist")
    desk.click(desk.accessible("button", "OK", "^Fog"))
    desk.wait_gone("^Fog")
    eventually("the fog", lambda: [layer["name"] for layer in desk.layers()][:1] == ["Mist"])


def test_a_dialog_that_is_left_changes_nothing(desk_with_picture):
    desk = desk_with_picture
    before = desk.layers()
    desk.run_filter("Fog")
    desk.keys("Escape")
    desk.wait_gone("^Fog")
    assert desk.layers() == before


def test_a_menu_item_is_chosen_by_clicks(desk_with_picture):
    desk = desk_with_picture
    desk.menu("Filters", "Decor", r"Fog\.\.\.")
    desk.wait_window("^Fog")


def test_a_screenshot_shows_the_light_theme(desk_with_picture):
    path = desk_with_picture.screenshot("screen.png", r"– GIMP$")
    with Image.open(path) as shot:
        assert shot.width > 400
        assert np.median(np.asarray(shot.convert("L"))[:30]) > 200
