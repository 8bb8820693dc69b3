"""Paintings under way in the real Krita: cancelled, overtaken by the user, queued, kept."""

from __future__ import annotations

import functools
import re
import time

import pytest
from tests.conftest import crowd

from .krita_painting import (
    SPACES,
    assert_same,
    client_paints,
    inside,
    jobs,
    message,
    press,
    set_values,
    stylise,
    wait_painted,
)
from .screen_session import eventually

pytestmark = pytest.mark.editors
SPACE = SPACES["U8"]
WIDTH, HEIGHT = 90, 70
BOX = [0, 0, WIDTH, HEIGHT]
WIDE, HIGH = 560, 420
LARGE = [0, 0, WIDE, HIGH]
IDLE_SECONDS = 1.0


def open_photo(studio, box=BOX, seed=1):
    studio.create(box[2], box[3])
    pixels = SPACE.pixels(box[2], box[3], seed)
    studio.add_layer("Photo", box, SPACE.to_krita(pixels))
    return pixels


def busy(studio):
    """How many paintings the daemon has under way."""
    return studio.krita.daemon.info().queue_length


def start_large(studio):
    """Begin a painting that takes several seconds; return when the daemon works on it."""
    open_photo(studio, LARGE)
    set_values(studio)
    stylise(studio)
    eventually("the daemon at work", lambda: busy(studio))


@functools.cache
def large_painting(daemon):
    """What becomes of the large photo."""
    return client_paints(daemon, SPACE, SPACE.pixels(WIDE, HIGH))


def wait_idle(studio):
    end = time.monotonic() + IDLE_SECONDS
    while busy(studio):
        assert time.monotonic() < end, "the daemon still works"
        time.sleep(0.02)


def test_cancel_beside_the_bar_works_at_once(studio):
    start_large(studio)
    number = jobs(studio)[0][0]
    press(studio, f"cancel_{number}")
    eventually("an empty queue", lambda: not jobs(studio), 1)
    wait_idle(studio)
    assert [layer["name"] for layer in studio.layers()] == ["Photo"]
    assert message(studio) == ""


def test_a_place_in_a_full_queue_is_waited_for(studio):
    pixels = open_photo(studio)
    set_values(studio)
    word = "The daemon is busy with other pictures; waiting for a place…"
    with crowd(studio.krita.daemon):
        inside(studio, "panel.previews.watch(True)")
        told = "answer = [each.accessibleName() for each in find_all('preview_work')]"
        eventually("the preview waiting", lambda: inside(studio, told) == [word])
        # Orders go before previews; one is given up while it waits.
        stylise(studio)
        stylise(studio)
        eventually("the painting waiting", lambda: jobs(studio)[0][3] == word)
        press(studio, f"cancel_{jobs(studio)[0][0]}")
        eventually("the other one waiting", lambda: [job[3] for job in jobs(studio)] == [word])
        assert message(studio) == ""
    wait_painted(studio)
    assert len(studio.layers()) == 2
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels))
    painted = "answer = panel.preview._pane._after is not None"
    eventually("the preview", lambda: inside(studio, painted), 60)
    set_values(studio)


def test_the_user_goes_on_painting_and_gets_what_was_asked_for(studio):
    start_large(studio)
    studio.script(
        """
node = nodes()[0]
node.setPixelData(QtCore.QByteArray(bytes(4 * wide * high)), 0, 0, wide, high)
settle()
""",
        wide=WIDE,
        high=HIGH,
    )
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, LARGE), WIDE, HIGH)
    assert_same(given, large_painting(studio.krita.daemon))


def test_a_document_that_was_closed_gets_its_painting_in_a_new_one(studio):
    start_large(studio)
    studio.script("close_all()")
    assert len(jobs(studio)) == 1
    wait_painted(studio)
    layers = studio.layers()
    assert len(layers) == 1
    given = SPACE.from_krita(studio.pixels(0, LARGE), WIDE, HIGH)
    assert_same(given, large_painting(studio.krita.daemon))
    assert "closed meanwhile" in message(studio)


@pytest.mark.parametrize("what", ["layer", "picture"])
def test_a_document_that_is_closed_at_once_is_painted_as_it_was(studio, what):
    pixels = open_photo(studio)
    set_values(studio, input=what)
    inside(
        studio,
        """
session.stylise(panel.values())
doc = app.activeDocument()
doc.setModified(False)
doc.close()  # the event loop turns meanwhile
""",
    )
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, pixels))
    assert "closed meanwhile" in message(studio)


@pytest.mark.parametrize("what", ["layer", "picture"])
def test_a_document_that_is_gone_before_it_is_read_is_not_painted(studio, what):
    open_photo(studio)
    set_values(studio)
    inside(
        studio,
        """
from style_swap.host.source import open_source
doc = app.activeDocument()
kept.source = open_source(doc, doc.activeNode(), what)
""",
        what=what,
    )
    studio.script("close_all()")
    eventually("no document", lambda: studio.script("answer = not app.documents()"))
    inside(
        studio,
        """
from style_swap.jobs import Order
session.queue.submit(Order(kept.source, "builtin/woodcut", "W", "builtin/woodcut", {}, "new-layer"))
kept.source = None
""",
    )
    said = eventually("a message", lambda: message(studio))
    assert "was closed before" in said
    assert [state for _n, _t, state, _x in jobs(studio)] == ["failed"]
    # There is nothing to try again with.
    assert not inside(studio, "answer = find('message_again', hidden=True).isVisible()")


def test_a_layer_that_was_removed_gets_its_painting_on_top(studio):
    start_large(studio)
    studio.add_layer("Other", BOX, bytes(4 * WIDTH * HEIGHT))
    studio.script("next(node for node in nodes() if node.name() == 'Photo').remove(); settle()")
    wait_painted(studio)
    names = [layer["name"] for layer in studio.layers()]
    assert "Photo" in names[0]
    assert names[1:] == ["Other"]
    assert "removed meanwhile" in message(studio)


def test_a_layer_that_was_locked_meanwhile_is_left_alone(studio):
    pixels = open_photo(studio, LARGE)
    set_values(studio, output="in-place")
    stylise(studio)
    eventually("the daemon at work", lambda: busy(studio))
    studio.script("nodes()[0].setLocked(True)")
    wait_painted(studio)
    layers = studio.layers()
    assert [layer["name"] for layer in layers][1:] == ["Photo"]
    assert studio.pixels("Photo", LARGE) == SPACE.to_krita(pixels)
    assert "locked" in message(studio)


def test_two_documents_are_painted_one_after_the_other(studio):
    start_large(studio)
    second = open_photo(studio, seed=2)
    stylise(studio)
    waiting = jobs(studio)
    assert [state for _n, _t, state, _x in waiting] == ["painting", "waiting"]
    wait_painted(studio)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    assert_same(given, client_paints(studio.krita.daemon, SPACE, second))
    large = studio.script(
        """
doc = next(each for each in app.documents() if each.width() == wide)
answer = pixels(nodes(doc)[0], box)
""",
        box=LARGE,
        wide=WIDE,
    )
    given = SPACE.from_krita(large, WIDE, HIGH)
    assert_same(given, large_painting(studio.krita.daemon))


def test_a_painting_is_put_back_from_the_history(studio):
    pixels = open_photo(studio)
    set_values(studio, strength=0.75)
    stylise(studio)
    wait_painted(studio)
    studio.undo()
    assert [layer["name"] for layer in studio.layers()] == ["Photo"]
    # What is kept holds no layer of Krita's in memory.
    assert inside(studio, "answer = session.history.items[0].order.source.node is None")
    number = inside(studio, "answer = session.history.items[0].number")
    inside(studio, "session.put_back(number)", number=number)
    eventually("two layers", lambda: len(studio.layers()) == 2)
    given = SPACE.from_krita(studio.pixels(0, BOX), WIDTH, HEIGHT)
    expected = client_paints(studio.krita.daemon, SPACE, pixels, strength=0.75)
    assert_same(given, expected)


def test_the_history_tells_paintings_of_one_layer_apart(studio):
    open_photo(studio)
    studio.script("nodes()[0].setName('Background of a picture with a long name')")
    for style in ("woodcut", "mosaic"):
        set_values(studio, style=f"builtin/{style}", strength=0.7)
        stylise(studio)
        wait_painted(studio)
    shown = inside(
        studio,
        """
view = panel.history.view
answer = [[tile.name, tile.tip] for tile in view.tiles.rows[:2]]
""",
    )
    assert [name for name, _tip in shown] == ["Mosaic", "Woodcut"]
    for _name, tip in shown:
        _style, moment, detail = tip.split("\n")
        assert re.fullmatch(r"\d\d:\d\d:\d\d", moment)
        assert detail == "Strength: 0.7, Background of a picture with a long name"
    assert shown[0][1] != shown[1][1]


def test_the_history_forgets_the_oldest_when_it_grows_too_large(studio):
    open_photo(studio)
    set_values(studio)
    sizes = inside(
        studio,
        """
import style_swap.history as h
kept, h.BYTES = h.BYTES, 60_000  # two paintings of 25,200 bytes
try:
    counts = []
    order = session.stylise(panel.values()).order
    class Done: pass
    from style_swap.host.source import Pixels
    log = h.History(lambda: counts.append(len(log.items)))
    for number in range(5):
        job = Done()
        job.number, job.order, job.result = number, order, Pixels(order.source.format)
        job.result.write_rows(0, bytes(order.source.format.byte_count))
        log.add(job)
finally:
    h.BYTES = kept
answer = [counts, [item.number for item in log.items]]
""",
    )
    assert sizes == [[1, 2, 2, 2, 2], [4, 3]]
    wait_painted(studio)


def test_the_settings_of_a_painting_are_taken_up_again_and_copied(studio):
    open_photo(studio)
    set_values(studio, strength=0.6, patch_size=5, style="builtin/mosaic")
    stylise(studio)
    wait_painted(studio)
    set_values(studio)
    values = inside(
        studio,
        """
number = session.history.items[0].number
panel._use(number)
panel._copy_kept(number)
answer = [panel.values(), QtWidgets.QApplication.clipboard().text()]
""",
    )
    assert (values[0]["strength"], values[0]["patch_size"]) == (0.6, 5)
    assert values[0]["style"] == "builtin/mosaic"
    line = "styleswap stylize picture.png builtin/mosaic --strength 0.6 --patch-size 5"
    assert values[1] == f"{line} --output painted.png"


def test_krita_killed_at_work_leaves_an_idle_daemon(studio):
    start_large(studio)
    studio.kill()
    wait_idle(studio)
