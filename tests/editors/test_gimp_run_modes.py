"""The filter as users run it: with the dialog, and again with the last values; what it says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap.client.launch import COMMAND_FILE

from .gimp_program import Gimp
from .gimp_window import Desk
from .screen_session import eventually

pytestmark = pytest.mark.editors

PAINTED_SECONDS = 180.0

ADD_STYLE = """
image = Gimp.get_images()[0]
source = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(file))
source.set_name("own painting")
photo = image.get_layers()[0]
image.insert_layer(source, None, 1)
image.set_selected_layers([photo])
"""

SELECT_AND_REMOVE = """
image = Gimp.get_images()[0]
layers = {layer.get_name(): layer for layer in image.get_layers()}
image.set_selected_layers([layers[select]])
if remove:
    image.remove_layer(layers[remove])
Gimp.displays_flush()
"""


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    coarse = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((96, 72), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def painting() -> np.ndarray:
    coarse = np.random.default_rng(4).integers(0, 256, (9, 9, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((80, 80), Image.Resampling.NEAREST))


@pytest.fixture
def opened(desk: Desk, gimp: Gimp, photo: np.ndarray) -> Desk:
    """GIMP with the photo open, and a daemon that runs."""
    assert gimp.daemon.health()
    path = gimp.scratch / "photo.png"
    Image.fromarray(photo).save(path)
    desk.open(path)
    return desk


def colours(layer: dict[str, Any]) -> np.ndarray:
    pixels = np.frombuffer(layer["pixels"], np.uint8)
    return pixels.reshape(layer["height"], layer["width"], 4)[..., :3]


def wait_layers(desk: Desk, count: int) -> list[dict[str, Any]]:
    """The layers, as soon as there are so many."""
    return eventually(
        f"{count} layers",
        lambda: layers if len(layers := desk.layers()) == count else None,
        PAINTED_SECONDS,
    )


def message(desk: Desk) -> str:
    """What GIMP says in a window of its own, which is closed."""
    desk.wait_window("GIMP Message")
    said = [label.name for label in desk.accessibles(role="label", window="GIMP Message")]
    desk.activate("GIMP Message")
    desk.keys("Escape")
    desk.wait_gone("GIMP Message")
    return " ".join(" ".join(said).split())


def test_repeat_paints_with_the_last_values(opened: Desk, gimp: Gimp, photo: np.ndarray) -> None:
    opened.run_filter()
    opened.accessible(role=None, name="Woodcut", window="Style Swap")  # the gallery is there
    opened.keys("alt+o")
    first = wait_layers(opened, 2)[0]
    expected = gimp.daemon.stylize(photo, "builtin/woodcut")
    np.testing.assert_array_equal(colours(first), expected)
    remembered = json.loads((gimp.home / "editing.json").read_text())
    assert remembered["recent"][0] == "builtin/woodcut"
    # The photo is still the selected layer.
    opened.activate(r"– GIMP$")
    opened.keys("ctrl+f")
    second, *below = wait_layers(opened, 3)
    assert [layer["name"] for layer in below] == [first["name"], "Background"]
    np.testing.assert_array_equal(colours(second), expected)


def test_repeat_with_a_layer_as_style(
    opened: Desk, gimp: Gimp, photo: np.ndarray, painting: np.ndarray
) -> None:
    Image.fromarray(painting).save(gimp.scratch / "painting.png")
    opened.script(ADD_STYLE, file="/scratch/painting.png")
    opened.run_filter()
    button = opened.accessible(role="toggle button", name="From a layer…", window="Style Swap")
    opened.click(button)
    opened.click(opened.accessible(name=".*own painting.*", window="Style Swap"))
    opened.keys("alt+o")
    first = wait_layers(opened, 3)[0]
    assert first["name"] == "own painting – Background"
    expected = gimp.daemon.stylize(photo, painting)
    np.testing.assert_array_equal(colours(first), expected)
    opened.script(SELECT_AND_REMOVE, select="Background", remove=first["name"])
    opened.activate(r"– GIMP$")
    opened.keys("ctrl+f")
    np.testing.assert_array_equal(colours(wait_layers(opened, 3)[0]), expected)
    opened.script(SELECT_AND_REMOVE, select="Background", remove="own painting")
    opened.activate(r"– GIMP$")
    opened.keys("ctrl+f")
    said = message(opened)
    assert "The layer that was the style is no longer there; choose a style in the dialog." in said
    assert len(opened.layers()) == 2


def test_repeat_without_a_daemon_names_the_command(opened: Desk, gimp: Gimp) -> None:
    opened.run_filter()
    opened.accessible(role=None, name="Woodcut", window="Style Swap")
    opened.keys("alt+o")
    wait_layers(opened, 2)
    gimp.starter.stop(gimp.home)
    command = gimp.home / COMMAND_FILE
    aside = command.rename(command.with_suffix(".aside"))
    try:
        opened.activate(r"– GIMP$")
        opened.keys("ctrl+f")
        assert "Open a terminal and run: styleswap serve" in message(opened)
        assert len(opened.layers()) == 2
    finally:
        aside.rename(command)
    # With the command it is started.
    opened.activate(r"– GIMP$")
    opened.keys("ctrl+f")
    wait_layers(opened, 3)
    assert gimp.daemon.health()
