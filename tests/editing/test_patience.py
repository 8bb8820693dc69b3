"""A daemon with one place, taken by somebody else: the editors wait for it."""

import sys
import threading

import numpy as np
import pytest
from tests.conftest import crowd, stop_daemon

from styleswap.client import Cancelled, CancelToken, Picture, QueueFull, UnknownStyle, connect
from styleswap.client.launch import record_command
from styleswap.editing import previews
from styleswap.editing.patience import (
    LEAST_SECONDS,
    MOST_SECONDS,
    pause_after,
    until_there_is_room,
)
from styleswap.editing.region import Rect

PATIENCE = 60


def picture(width, height, seed=1):
    values = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    return Picture(width, height, "rgb", "uint8", False, values.tobytes())


PHOTO, STYLE, WHERE = picture(36, 24), picture(32, 32, 2), Rect(4, 4, 20, 12)
ASKED = {
    "painting": lambda daemon, cancel, waiting: until_there_is_room(
        lambda: daemon.paint(PHOTO, STYLE, cancel=cancel), waiting, cancel
    ),
    "coarse": lambda daemon, cancel, waiting: previews.coarse(
        daemon, PHOTO, (36, 24), STYLE, {}, cancel, waiting=waiting
    ),
    "crop": lambda daemon, cancel, waiting: previews.crop(
        daemon, PHOTO, WHERE, STYLE, {}, cancel, waiting=waiting
    ),
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A client of a daemon that takes one picture and lets none wait."""
    home = tmp_path_factory.mktemp("narrow")
    record_command(home, [sys.executable, "-m", "styleswap", "serve", "--queue-limit", "0"])
    with connect(home=home) as client:
        yield client
    stop_daemon(home)


@pytest.fixture
def taken(narrow):
    """The token that frees the daemon's one place."""
    with crowd(narrow) as token:
        yield token


@pytest.mark.parametrize("kind", ASKED)
def test_a_place_is_waited_for_with_a_word(narrow, taken, kind):
    said = []

    def waiting(text):
        said.append(text)
        taken.set()

    given = ASKED[kind](narrow, None, waiting)
    assert said
    assert "waiting for a place" in said[0]
    expected = ASKED[kind](narrow, None, pytest.fail)
    assert bytes(given.picture.data) == bytes(expected.picture.data)


@pytest.mark.parametrize("event", [CancelToken, threading.Event])
@pytest.mark.parametrize("kind", ASKED)
def test_waiting_ends_when_the_user_cancels(narrow, taken, kind, event):
    cancel = event()
    with pytest.raises(Cancelled):
        ASKED[kind](narrow, cancel, lambda _text: cancel.set())
    assert narrow.info().queue_length == 1


@pytest.mark.parametrize(
    ("said", "waited"), [(5.5, 5.5), (3600.0, MOST_SECONDS), (0.0, LEAST_SECONDS)]
)
def test_it_waits_as_long_as_the_daemon_says_within_reason(said, waited):
    assert pause_after(QueueFull("Full.", retry_after=said)) == waited


def test_other_refusals_are_handed_on_at_once(narrow):
    with pytest.raises(UnknownStyle):
        until_there_is_room(lambda: narrow.paint(PHOTO, "no such style"), pytest.fail)
