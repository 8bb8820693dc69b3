"""The docker without a daemon, with one of another version, and when one comes and goes."""

from __future__ import annotations

import pytest

from styleswap.client.launch import COMMAND_FILE, record_command

from .krita_painting import SPACES, inside, jobs, message, press, set_values, wait_painted
from .other_version import daemon_of_another_version
from .screen_session import eventually

pytestmark = pytest.mark.editors
STATE = "answer = [session.connection.state, session.connection.text]"
SHOWN = "answer = [find('status').text(), find('connect', hidden=True).isVisible()]"


def state(studio):
    return inside(studio, STATE)


@pytest.fixture
def alone(studio):
    """A Krita that has not met a daemon yet; there is none, and nobody knows how to start one."""
    set_values(studio)
    studio.krita.starter.stop(studio.krita.home)
    (studio.krita.home / COMMAND_FILE).unlink(missing_ok=True)
    inside(
        studio,
        """
connection = session.connection
daemon, connection._daemon = connection._daemon, None
if daemon is not None:
    daemon.close()
connection.styles = []
connection._show("unknown", "")
""",
    )
    yield studio
    studio.krita.starter.record(studio.krita.home)
    assert studio.krita.daemon.health()
    inside(studio, "session.connection.reach()")
    eventually("a connection", lambda: state(studio)[0] == "connected")


def test_without_one_the_docker_says_what_to_do_and_connects_when_it_comes(alone):
    inside(alone, "session.connection.reach()")
    eventually("the remedy", lambda: state(alone)[0] == "absent")
    text, button = inside(alone, SHOWN)
    assert "is not running" in text
    assert "Open a terminal and run: styleswap serve" in text
    assert button
    alone.krita.starter.start(alone.krita.home).close()
    eventually("a connection", lambda: state(alone)[0] == "connected")
    eventually("the styles", lambda: inside(alone, "answer = len(panel.gallery.shown)") > 0)
    text, button = inside(alone, SHOWN)
    assert "Connected" in text
    assert not button


def test_a_painting_without_one_fails_with_the_remedy_and_can_be_tried_again(alone):
    space = SPACES["U8"]
    alone.create(90, 70)
    alone.add_layer("Photo", [0, 0, 90, 70], space.to_krita(space.pixels(90, 70)))
    inside(alone, "panel._choose('builtin/woodcut', 'Woodcut')")
    press(alone, "stylise")
    said = eventually("the remedy", lambda: message(alone))
    assert "Open a terminal and run: styleswap serve" in said
    assert len(alone.layers()) == 1
    alone.krita.starter.start(alone.krita.home).close()
    # The remedy goes with its cause; what can be done now is said in its place.
    again = "Woodcut – Photo: The daemon is there again; try again."
    eventually("another word", lambda: message(alone) == again)
    assert [text for _n, _t, _s, text in jobs(alone)] == ["The daemon is there again; try again."]
    press(alone, "message_again")
    eventually(
        "the painting under way",
        lambda: inside(alone, "answer = [j.state for j in session.queue.jobs] != ['failed']"),
    )
    wait_painted(alone)
    assert [layer["name"] for layer in alone.layers()] == ["Woodcut – Photo", "Photo"]
    assert message(alone) == ""


def test_a_command_that_is_gone(alone):
    record_command(alone.krita.home, ["/opt/gone/styleswap", "serve"])
    inside(alone, "session.connection.reach()")
    eventually("the reason", lambda: state(alone)[0] == "absent")
    assert "cannot be started with /opt/gone/styleswap serve" in state(alone)[1]


def test_one_of_another_version_is_named_with_what_to_update(alone):
    with daemon_of_another_version(alone.krita.home):
        inside(alone, "session.connection.reach()")
        eventually("the reason", lambda: state(alone)[0] == "absent")
        text, _button = inside(alone, SHOWN)
    assert "The Style Swap daemon 9.9 speaks revisions 2 to 5" in text
    assert "Update this program's Style Swap client or plug-in." in text
