"""The filter as a user meets it: menu, dialog, preview, result, undo, repeat, cancel."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from skimage import data
from tests.conftest import crowd

from styleswap.client import CancelToken

from .gimp_window import Desk
from .screen_session import Accessible, eventually

pytestmark = pytest.mark.editors

DIALOG = "^Style Swap"
GIMP_WINDOW = "– GIMP$"
ANSWER_SECONDS = 1.0
"""How long GIMP may take for anything while the filter works, and the daemon to become idle."""
TOOLTIP_SECONDS = 1.0
"""After so long a tooltip is there, if there is one."""
READABLE = 4.5
"""Least contrast of a text."""
LARGE = (2400, 1800)
"""Width and height of a picture that takes a good many seconds to paint."""


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return np.asarray(Image.fromarray(data.coffee()).resize((240, 160)))


def save(desk: Desk, pixels: np.ndarray, name: str) -> None:
    Image.fromarray(pixels).save(desk.gimp.scratch / name)
    desk.open(desk.gimp.scratch / name)


@pytest.fixture
def opened(desk: Desk, photo: np.ndarray) -> Desk:
    """GIMP with the photo in its window, and the daemon running."""
    assert desk.gimp.daemon.health()
    save(desk, photo, "photo.png")
    return desk


@pytest.fixture
def opened_large(desk: Desk, photo: np.ndarray) -> Desk:
    """GIMP with a large picture in its window, and the daemon running."""
    assert desk.gimp.daemon.health()
    save(desk, np.asarray(Image.fromarray(photo).resize(LARGE)), "large.png")
    return desk


def rgb(layer: dict[str, object]) -> np.ndarray:
    """The colours of a layer that is opaque."""
    shape = (layer["height"], layer["width"], 4)
    pixels = np.frombuffer(layer["pixels"], np.uint8).reshape(shape)
    assert (pixels[..., 3] == 255).all()
    return pixels[..., :3]


def wait_for_layers(desk: Desk, count: int) -> list[dict[str, object]]:
    return eventually(
        f"{count} layers", lambda: (found := desk.layers()) and len(found) == count and found
    )


def preview(desk: Desk) -> Accessible:
    """Wait for a finished preview; returns the place where it is shown."""
    desk.accessible(name="Takes .*", window=DIALOG, timeout=90)
    eventually("no work", lambda: desk.gimp.daemon.info().queue_length == 0)
    return desk.accessible("image", "Preview", DIALOG)


def tile(desk: Desk, name: str) -> Accessible:
    return desk.accessible("list item", name, DIALOG)


def choose(desk: Desk, name: str) -> None:
    """Click on a style, after turning the wheel until it is seen."""
    tile(desk, name)
    pane = desk.accessible("scroll pane", "Styles", DIALOG)
    wanted = desk.accessibles("list item", name, DIALOG)[-1]  # before it, the same may be recent
    while wanted.y + wanted.height > pane.y + pane.height:
        desk.click(pane, button=5)
        wanted = desk.accessibles("list item", name, DIALOG)[-1]
    while wanted.y < pane.y:
        desk.click(pane, button=4)
        wanted = desk.accessibles("list item", name, DIALOG)[-1]
    desk.click(wanted)
    eventually(f"{name} chosen", lambda: selected(desk) == [name])


def selected(desk: Desk) -> list[str]:
    """The styles that are chosen: at most one."""
    sections = desk.accessibles("table", window=DIALOG)
    return [name for section in sections for name in section.chosen]


def paint(desk: Desk, press: Callable[[], None]) -> None:
    """Do what begins the painting, and wait until the plug-in has ended."""
    press()
    desk.wait_gone(DIALOG)
    eventually("the plug-in's end", lambda: not desk.plugin_processes)


def is_dirty(desk: Desk) -> bool:
    return desk.script("answer = any(image.is_dirty() for image in Gimp.get_images())")


def test_by_menu_and_mouse_to_a_layer_and_back_by_one_undo(opened: Desk, photo: np.ndarray) -> None:
    desk = opened
    before = desk.layers()
    desk.menu("Filters", "Artistic", r"Style Swap\.\.\.")
    desk.activate(DIALOG)
    choose(desk, "Mosaic")
    preview(desk)
    paint(desk, lambda: desk.click(desk.accessible("button", "OK", DIALOG)))
    painted, *below = wait_for_layers(desk, 2)
    expected = desk.gimp.daemon.stylize(photo, "builtin/mosaic")
    np.testing.assert_array_equal(rgb(painted), expected)
    assert below == before
    assert re.fullmatch("Mosaic – .+", painted["name"])
    assert (painted["mode"], painted["opacity"], painted["offsets"]) == ("normal", 100.0, [0, 0])
    desk.activate(GIMP_WINDOW)
    desk.keys("ctrl+z")
    assert wait_for_layers(desk, 1) == before
    assert not is_dirty(desk)


def test_by_search_and_keyboard_and_repeated(opened: Desk, photo: np.ndarray) -> None:
    desk = opened
    desk.run_filter()
    tile(desk, "Woodcut")
    desk.keys("ctrl+f")
    eventually("the search", lambda: "focused" in search(desk).states)
    desk.type("stained")
    eventually("only one", lambda: len(desk.accessibles("list item", window=DIALOG)) == 1)
    desk.keys("Return")
    eventually("it chosen", lambda: selected(desk) == ["Stained Glass"])
    paint(desk, lambda: desk.keys("alt+o"))
    expected = desk.gimp.daemon.stylize(photo, "builtin/stained-glass")
    np.testing.assert_array_equal(rgb(wait_for_layers(desk, 2)[0]), expected)
    # The same once more, of the photo, which is still selected.
    desk.activate(GIMP_WINDOW)
    desk.keys("ctrl+f")
    wait_for_layers(desk, 3)
    again, first, _ = desk.layers()
    np.testing.assert_array_equal(rgb(again), expected)
    np.testing.assert_array_equal(rgb(first), expected)
    desk.keys("ctrl+z")
    wait_for_layers(desk, 2)


MAXIMISE = """
import subprocess
states = "add,maximized_vert,maximized_horz"
subprocess.run(["wmctrl", "-i", "-r", str(int(window)), "-b", states], check=True)
"""


def dialog_size(desk: Desk) -> tuple[int, int]:
    with Image.open(desk.screenshot("dialog.png", DIALOG)) as shot:
        return shot.size


def test_in_a_larger_dialog_the_preview_is_larger(opened: Desk) -> None:
    desk = opened
    desk.run_filter()
    tile(desk, "Woodcut")

    def sizes() -> list[tuple[int, int]]:
        shown = (("image", "Preview"), ("scroll pane", "Styles"), ("scroll pane", "Controls"))
        places = [desk.accessible(role, name, DIALOG) for role, name in shown]
        return [dialog_size(desk), *((place.width, place.height) for place in places)]

    before, preview_before, styles_before, controls_before = sizes()
    desk.hands(MAXIMISE, window=desk.wait_window(DIALOG))
    eventually("a larger dialog", lambda: dialog_size(desk)[0] > before[0])
    eventually("a larger preview", lambda: sizes()[1] > preview_before)
    after, preview_after, styles_after, controls_after = sizes()
    grown = after[0] - before[0], after[1] - before[1]
    assert preview_after == (preview_before[0] + grown[0], preview_before[1] + grown[1])
    assert styles_after[0] == styles_before[0]
    assert controls_after[1] == controls_before[1]
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def test_nothing_moves_when_a_preset_is_saved_or_a_name_is_long(opened: Desk) -> None:
    desk = opened
    added = desk.gimp.daemon.styles.add(np.full((64, 64, 3), 90, np.uint8), "A style " * 20)
    try:
        desk.run_filter()
        tile(desk, "Woodcut")
        preview(desk)
        size, before = dialog_size(desk), places(desk)
        desk.click(desk.accessible("toggle button", "Save…", DIALOG))
        desk.accessible("text", "Name of the preset", DIALOG)
        desk.type("A preset " * 10)
        desk.keys("Return")
        eventually("it saved", lambda: saved(desk))
        assert places(desk) == before
        assert dialog_size(desk) == size == (940, 708)
    finally:
        desk.gimp.daemon.styles.remove(added.style)
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def saved(desk: Desk) -> bool:
    asked = desk.accessibles("text", "Name of the preset", DIALOG)
    return not asked and "enabled" in desk.accessible("toggle button", "Delete…", DIALOG).states


def places(desk: Desk) -> dict[tuple[str, str], list[tuple[int, int, int, int]]]:
    """Where the named widgets of the dialog are, apart from what lists hold."""
    found: dict[tuple[str, str], list[tuple[int, int, int, int]]] = {}
    for shown in desk.accessibles(window=DIALOG):
        if shown.name and shown.role != "menu item":
            place = shown.x, shown.y, shown.width, shown.height
            found.setdefault((shown.role, shown.name), []).append(place)
    return found


def test_no_tooltip_hides_the_preview(opened: Desk) -> None:
    desk = opened
    desk.run_filter()
    area = preview(desk)
    button = desk.accessible("toggle button", "Before", DIALOG)

    def look(below: int = 0) -> bytes:
        with Image.open(desk.screenshot("look.png")) as screen:
            x, y = area.x, area.y + below
            return screen.crop((x, y, x + area.width, y + area.height)).tobytes()

    before, before_below = look(), look(area.height)
    desk.point(button)
    eventually("its tooltip", lambda: look(area.height) != before_below)
    time.sleep(TOOLTIP_SECONDS)
    desk.point(area)
    time.sleep(TOOLTIP_SECONDS)
    assert look() == before
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def test_a_layer_without_company_offers_none_as_the_style(opened: Desk) -> None:
    desk = opened
    desk.run_filter()
    for name, why in (
        ("From a layer…", "This image has no other layer that could be the style"),
        ("From an image…", "No other image is open that could be the style"),
    ):
        button = desk.accessible("toggle button", name, DIALOG)
        assert "sensitive" not in button.states
        assert button.description == why
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def test_files_that_are_dropped_become_styles(opened: Desk) -> None:
    desk = opened
    scratch, styles = desk.gimp.scratch, desk.gimp.daemon.styles
    Image.fromarray(data.rocket()).resize((96, 64)).save(scratch / "Rocket.png")
    Image.fromarray(data.astronaut()).resize((64, 64)).save(scratch / "Astronaut.png")
    (scratch / "Letter.png").write_text("no picture at all")
    (scratch / "Album").mkdir(exist_ok=True)

    def drop(at: Accessible, *names: str) -> str:
        named = [name if ":" in name else f"/scratch/{name}" for name in names]
        desk.activate(DIALOG)
        return desk.hands("answer = drop_files(paths, end)", paths=named, end=at.middle)

    def said(text: str) -> None:
        desk.accessible(name=f"(?s).*{text}.*", window=DIALOG)

    desk.run_filter()
    tile(desk, "Woodcut")
    before = {style.id for style in styles.list()}
    try:
        assert drop(desk.accessible("scroll pane", "Styles", DIALOG), "Rocket.png") == "CopyAction"
        eventually("it chosen", lambda: selected(desk) == ["Rocket"])
        drop(search(desk), "Letter.png", "Astronaut.png")
        eventually("the other chosen", lambda: selected(desk) == ["Astronaut"])
        said("Letter.png")
        assert search(desk).text == ""
        drop(desk.accessible("image", "Preview", DIALOG), "Album")
        said("Album is a folder; drop picture files here.")
        drop(desk.accessible("button", "Reset", DIALOG), "https://example.org/picture.png")
        said("Only picture files can be dropped here")
        added = sorted(style.name for style in styles.list() if style.id not in before)
        assert added == ["Astronaut", "Rocket"]
    finally:
        for style in styles.list():
            if style.id not in before:
                styles.remove(style)
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


BUSY = "(?s).*waiting for a place.*"


@pytest.fixture
def taken(desk: Desk) -> Iterator[CancelToken]:
    """The token that frees the places of the daemon's queue, which are all taken."""
    with crowd(desk.gimp.daemon) as token:
        yield token


PAINT_ALL = """
from gimp_layers import *
import painting

class Heard(painting.Bar):
    def say(self, text):
        super().say(text)
        open("/scratch/said", "a").write(text)

image = load("/scratch/photo.png")
with painting.connect() as daemon:
    style = painting.choose(daemon, "builtin/mosaic").style
    sources = open_sources(image, image.get_layers())
    painting.paint_all(daemon, sources, style, {}, Heard())
"""


def test_a_full_queue_is_waited_for_and_the_bar_says_so(opened: Desk, taken: CancelToken) -> None:
    said = opened.gimp.scratch / "said"
    said.unlink(missing_ok=True)

    def free() -> None:
        with contextlib.suppress(AssertionError):
            eventually("a word", lambda: said.exists() and re.match(BUSY, said.read_text()))
        taken.set()

    guest = threading.Thread(target=free)
    guest.start()
    opened.gimp.console(PAINT_ALL)
    guest.join()
    assert re.match(BUSY + "Painting", said.read_text())


def test_dialog_and_painting_wait_for_a_place(
    opened: Desk, taken: CancelToken, photo: np.ndarray
) -> None:
    desk = opened
    desk.run_filter()
    choose(desk, "Mosaic")
    desk.accessible(name=BUSY, window=DIALOG)
    desk.keys("alt+o")
    desk.wait_gone(DIALOG)
    desk.accessible("progress bar", window=GIMP_WINDOW)
    time.sleep(ANSWER_SECONDS)
    assert len(desk.plugin_processes) == 1
    taken.set()
    painted, _ = wait_for_layers(desk, 2)
    expected = desk.gimp.daemon.stylize(photo, "builtin/mosaic")
    np.testing.assert_array_equal(rgb(painted), expected)


def test_waiting_for_a_place_is_cancelled(opened: Desk, taken: CancelToken) -> None:
    desk = opened
    before = desk.layers()
    desk.run_filter()
    tile(desk, "Woodcut")
    desk.keys("alt+o")
    desk.wait_gone(DIALOG)
    desk.accessible("progress bar", window=GIMP_WINDOW)
    time.sleep(ANSWER_SECONDS)
    desk.click(desk.accessible("button", "Cancel", GIMP_WINDOW))
    eventually("the plug-in's end", lambda: not desk.plugin_processes, ANSWER_SECONDS)
    assert not taken.is_set()
    assert desk.layers() == before
    assert not is_dirty(desk)


def search(desk: Desk) -> Accessible:
    return desk.accessible("text", "Search styles", DIALOG)


def test_arrow_keys_walk_through_the_gallery(opened: Desk) -> None:
    desk = opened
    desk.run_filter()
    choose(desk, "Pointillism")
    desk.keys("Right")
    eventually("the next one", lambda: selected(desk) == ["Palette Knife"])
    desk.keys("Left")
    eventually("the one before", lambda: selected(desk) == ["Pointillism"])
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def test_the_preview_shows_the_first_pass_and_the_picture_before(
    opened: Desk, photo: np.ndarray
) -> None:
    desk = opened
    desk.run_filter()
    choose(desk, "Pop Print")
    area = preview(desk)
    painted = desk.gimp.daemon.stylize(photo, "builtin/halftone", coarse_only=True)

    def shown_is_like(wanted: np.ndarray, other: np.ndarray) -> bool:
        shown = seen_in(desk, area, photo)
        return distance(shown, wanted) < 0.5 * distance(shown, other)

    eventually("the painted one", lambda: shown_is_like(painted, photo))
    desk.click(desk.accessible("toggle button", "Before", DIALOG))
    eventually("the photo", lambda: shown_is_like(photo, painted))
    desk.keys("Escape")
    desk.wait_gone(DIALOG)


def seen_in(desk: Desk, area: Accessible, like: np.ndarray) -> np.ndarray:
    """What the screen shows of a picture that is fitted into an area, in the picture's size."""
    height, width = like.shape[:2]
    with Image.open(desk.screenshot("preview.png")) as screen:
        scale = min(area.width / width, area.height / height)
        half = width * scale / 2, height * scale / 2
        x, y = area.x + area.width / 2, area.y + area.height / 2
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        return np.asarray(screen.convert("RGB").resize((width, height), box=box))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference of two pictures, small details left out."""
    small = [np.asarray(Image.fromarray(each).resize((24, 16))) for each in (one, other)]
    return float(np.abs(small[0].astype(float) - small[1]).mean())


def test_another_open_image_is_the_style(desk: Desk, photo: np.ndarray) -> None:
    assert desk.gimp.daemon.health()
    style = np.asarray(Image.fromarray(data.rocket()).resize((160, 120)))
    save(desk, style, "style.png")
    save(desk, photo, "photo.png")
    desk.run_filter()
    tile(desk, "Woodcut")
    desk.click(desk.accessible("toggle button", "From an image…", DIALOG))
    rows = desk.accessible("list box", window=DIALOG), desk.accessibles("list item", window=DIALOG)
    desk.click(rows[0])
    eventually("it chosen", lambda: selected(desk) and "Woodcut" not in selected(desk))
    paint(desk, lambda: desk.keys("alt+o"))
    painted, _ = wait_for_layers(desk, 2)
    np.testing.assert_array_equal(rgb(painted), desk.gimp.daemon.stylize(photo, style))


@pytest.mark.parametrize("leave", ["Escape", "Cancel", "the window's button"])
def test_a_dialog_that_is_left_changes_nothing(opened: Desk, leave: str) -> None:
    desk = opened
    before = desk.layers()
    desk.run_filter()
    tile(desk, "Woodcut")
    if leave == "Escape":
        desk.keys("Escape")
    elif leave == "Cancel":
        desk.click(desk.accessible("button", "Cancel", DIALOG))
    else:
        desk.keys("alt+F4")
    desk.wait_gone(DIALOG)
    eventually("the plug-in's end", lambda: not desk.plugin_processes)
    assert desk.layers() == before
    assert not is_dirty(desk)
    # A preview that was under way ends when its call is seen to have gone.
    eventually("nothing to paint", lambda: desk.gimp.daemon.info().queue_length == 0, 5)


def wait_for_work(desk: Desk) -> None:
    eventually("work", lambda: desk.gimp.daemon.info().queue_length == 1)


def wait_idle(desk: Desk) -> None:
    eventually("idle", lambda: desk.gimp.daemon.info().queue_length == 0, ANSWER_SECONDS)


def begin(desk: Desk) -> None:
    """Begin to paint what takes long."""
    desk.run_filter()
    tile(desk, "Woodcut")
    desk.keys("alt+o")
    desk.wait_gone(DIALOG)
    wait_for_work(desk)
    desk.accessible("progress bar", window=GIMP_WINDOW)


def test_gimp_lives_while_it_works_and_cancel_ends_it(opened_large: Desk) -> None:
    desk = opened_large
    before = desk.layers()
    begin(desk)
    started = time.monotonic()
    assert desk.script("answer = len(Gimp.get_images())") == 1
    assert time.monotonic() - started < ANSWER_SECONDS
    desk.click(desk.accessible("menu", "Colors", GIMP_WINDOW))
    desk.accessible("menu item", "Invert", timeout=ANSWER_SECONDS)
    desk.keys("Escape", "Escape")
    bar = desk.accessible("progress bar", window=GIMP_WINDOW)
    eventually("progress", lambda: progress(desk) > (bar.value or 0.0))
    assert desk.gimp.daemon.info().queue_length == 1
    desk.click(desk.accessible("button", "Cancel", GIMP_WINDOW))
    wait_idle(desk)
    eventually("the plug-in's end", lambda: not desk.plugin_processes, ANSWER_SECONDS)
    assert desk.layers() == before
    assert not is_dirty(desk)


def progress(desk: Desk) -> float:
    return desk.accessible("progress bar", window=GIMP_WINDOW).value or 0.0


def test_the_run_after_a_cancelled_one_is_fine(opened_large: Desk, photo: np.ndarray) -> None:
    desk = opened_large
    begin(desk)
    desk.click(desk.accessible("button", "Cancel", GIMP_WINDOW))
    wait_idle(desk)
    save(desk, photo, "photo.png")
    desk.run_filter()
    choose(desk, "Charcoal and Chalk")
    paint(desk, lambda: desk.keys("alt+o"))
    painted, _ = wait_for_layers(desk, 2)
    expected = desk.gimp.daemon.stylize(photo, "builtin/charcoal")
    np.testing.assert_array_equal(rgb(painted), expected)


def test_a_daemon_that_is_killed_half_way_leaves_a_clear_message(opened_large: Desk) -> None:
    desk = opened_large
    before = desk.layers()
    begin(desk)
    desk.gimp.starter.kill(desk.gimp.home)
    said = message(desk)
    assert "broke in the middle" in said
    assert desk.layers() == before
    assert not is_dirty(desk)


def message(desk: Desk) -> str:
    """Wait for GIMP's message about the filter; returns its text."""
    return desk.accessible("label", "(?s).*Style Swap.*", "GIMP Message").name


def test_a_daemon_that_does_not_run_is_started(opened: Desk, photo: np.ndarray) -> None:
    desk = opened
    desk.gimp.starter.stop(desk.gimp.home)
    desk.run_filter()
    said = desk.accessible(name="Starting the Style Swap daemon.*", window=DIALOG)
    assert contrast(desk, said) > READABLE
    choose(desk, "Mosaic")
    paint(desk, lambda: desk.keys("alt+o"))
    painted, _ = wait_for_layers(desk, 2)
    expected = desk.gimp.daemon.stylize(photo, "builtin/mosaic")
    np.testing.assert_array_equal(rgb(painted), expected)


def contrast(desk: Desk, text: Accessible) -> float:
    """The contrast of a text to what it stands on, 1 to 21, as the WCAG have it."""
    with Image.open(desk.screenshot("text.png")) as screen:
        box = text.x, text.y, text.x + text.width, text.y + text.height
        values = np.asarray(screen.convert("RGB").crop(box)).reshape(-1, 3) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    luminance = light @ [0.2126, 0.7152, 0.0722]
    ground = np.median(luminance)
    letters = max(luminance.min(), luminance.max(), key=lambda each: abs(each - ground))
    darker, brighter = sorted((ground, letters))
    return float((brighter + 0.05) / (darker + 0.05))


def test_a_daemon_that_cannot_be_had_is_told_in_the_dialog(opened: Desk) -> None:
    desk = opened
    command = desk.gimp.home / "daemon-command.json"
    desk.gimp.starter.stop(desk.gimp.home)
    aside = command.rename(command.with_suffix(".aside"))
    try:
        desk.run_filter()
        desk.accessible(name="(?s).*run: styleswap serve.*", window=DIALOG)
    finally:
        aside.rename(command)
    desk.click(desk.accessible("button", "Try again", DIALOG))
    tile(desk, "Woodcut")
    desk.keys("Escape")
    desk.wait_gone(DIALOG)
