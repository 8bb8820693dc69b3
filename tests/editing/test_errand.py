"""Work in a thread of its own, and what comes of it in the thread of a main loop."""

import threading
import time

import pytest

from styleswap.editing.errand import Errand


class Outcome:
    """What an errand called, and in which thread."""

    def __init__(self):
        self.calls = []
        self.threads = []

    def note(self, what):
        def call(value):
            self.calls.append((what, value))
            self.threads.append(threading.current_thread())

        return call

    def errand(self, work, main_loop):
        return Errand(
            work, main_loop.post, self.note("done"), self.note("failed"), self.note("unwanted")
        )


@pytest.fixture
def outcome():
    return Outcome()


def test_the_result_comes_back_to_the_main_thread(main_loop, outcome):
    threads = []

    def work():
        threads.append(threading.current_thread())
        return 7

    outcome.errand(work, main_loop)
    main_loop.wait_for_post()
    assert outcome.calls == []
    main_loop.run_until(lambda: outcome.calls)
    assert outcome.calls == [("done", 7)]
    assert outcome.threads == [threading.main_thread()]
    assert threads != [threading.main_thread()]


def test_what_the_work_raised_comes_back_too(main_loop, outcome):
    error = ValueError("no")

    def work():
        raise error

    outcome.errand(work, main_loop)
    main_loop.run_until(lambda: outcome.calls)
    assert outcome.calls == [("failed", error)]
    assert outcome.threads == [threading.main_thread()]


def test_a_result_forgotten_while_it_was_worked_for_is_given_back_in_the_thread(main_loop, outcome):
    go_on = threading.Event()
    errand = outcome.errand(lambda: go_on.wait(20), main_loop)
    errand.forget()
    go_on.set()
    # The main loop stands still: it may have ended.
    end = time.monotonic() + 20
    while not outcome.calls and time.monotonic() < end:
        time.sleep(0.002)
    assert outcome.calls == [("unwanted", True)]
    assert outcome.threads != [threading.main_thread()]


@pytest.mark.parametrize("fails", [False, True])
def test_a_result_forgotten_on_its_way_is_given_back_in_the_main_thread(main_loop, outcome, fails):
    def work():
        return 1 // (0 if fails else 1)

    errand = outcome.errand(work, main_loop)
    main_loop.wait_for_post()
    errand.forget()
    main_loop.run_for(0.05)
    assert outcome.calls == ([] if fails else [("unwanted", 1)])
    assert all(thread is threading.main_thread() for thread in outcome.threads)
