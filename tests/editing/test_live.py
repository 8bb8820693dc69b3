"""Requests of a dialog, with real threads, and with the real daemon, whose work is cancelled."""

import threading
import time
from concurrent.futures import Future

import numpy as np
import pytest

from styleswap.client import Cancelled, Picture
from styleswap.editing.live import JOIN_SECONDS, SETTLED_SECONDS, Live


class Bench:
    """A live worker whose runs the test ends by hand."""

    def __init__(self, main_loop):
        self.loop = main_loop
        self.started = []
        self.tokens = []
        self.answers = {}
        self.steps = {}  # what is shown on the way
        self.done = []
        self.failed = []
        self.times = []
        self.threads = set()
        self.live = Live(self.work, main_loop.post, self.on_done, self.on_failed)

    def work(self, request, token, show):
        self.times.append(time.monotonic())
        self.threads.add(threading.current_thread())
        self.tokens.append(token)
        for step in self.steps.get(request, ()):
            show(step)
        answer = self.answers.setdefault(request, Future())
        self.started.append(request)
        while not answer.done():
            if token.is_set():
                raise Cancelled("Cancelled.")
            time.sleep(0.002)
        return answer.result()

    def answer(self, request, value):
        self.answers.setdefault(request, Future()).set_result(value)

    def fail(self, request, error):
        self.answers.setdefault(request, Future()).set_exception(error)

    def on_done(self, request, answer):
        assert threading.current_thread() is threading.main_thread()
        self.done.append((request, answer, self.live.idle))

    def on_failed(self, request, error):
        assert threading.current_thread() is threading.main_thread()
        self.failed.append((request, error, self.live.idle))


@pytest.fixture
def bench(main_loop):
    bench = Bench(main_loop)
    yield bench
    bench.live.close()
    assert not bench.live._thread.is_alive()


def test_a_request_is_answered_in_the_callers_thread(bench):
    assert bench.live.idle
    bench.live.ask("a")
    assert not bench.live.idle
    bench.answer("a", 1)
    bench.loop.run_until(lambda: bench.done)
    assert bench.done == [("a", 1, True)]
    assert bench.threads == {bench.live._thread}


def test_none_is_a_request_too(bench):
    bench.answer(None, 0)
    bench.live.ask(None)
    bench.loop.run_until(lambda: bench.done)
    assert bench.done == [(None, 0, True)]


def test_the_newest_wins_and_the_running_one_is_cancelled(bench):
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.started)
    bench.live.ask("b")
    bench.live.ask("c")
    assert bench.tokens[0].is_set()
    bench.answer("c", 3)
    bench.loop.run_until(lambda: bench.done)
    bench.loop.run_for(0.05)
    assert bench.started == ["a", "c"]
    assert bench.done == [("c", 3, True)]
    assert not bench.failed


def test_back_to_the_request_that_was_cancelled(bench):
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.started)
    bench.live.ask("b")
    bench.live.ask("a")
    bench.answer("a", 1)
    bench.loop.run_until(lambda: bench.done)
    assert bench.done == [("a", 1, True)]


def test_the_same_again_is_nothing_new(bench):
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.started)
    bench.live.ask("a")
    assert not bench.tokens[0].is_set()
    bench.answer("a", 1)
    bench.loop.run_until(lambda: bench.done)
    bench.live.ask("a")
    assert bench.live.idle
    bench.loop.run_for(SETTLED_SECONDS + 0.1)
    assert bench.started == ["a"]
    bench.live.ask("a", again=True)
    bench.loop.run_until(lambda: len(bench.done) == 2)
    assert bench.started == ["a", "a"]


@pytest.mark.parametrize("shown_alone", [False, True])
def test_an_answer_on_its_way_is_dropped_when_overtaken(bench, shown_alone):
    """The last one, or what was shown before it."""
    if shown_alone:
        bench.steps["a"] = [0.1, 0.5]
    else:
        bench.answer("a", 1)
    bench.answer("b", 2)
    bench.live.ask("a")
    bench.loop.wait_for_post()
    bench.live.ask("b")
    bench.loop.run_until(lambda: bench.done)
    bench.loop.run_for(0.05)
    assert bench.done == [("b", 2, True)]


def test_what_is_shown_on_the_way_arrives_before_the_answer(bench):
    bench.steps["a"] = [0.1, 0.5]
    bench.live.ask("a")
    bench.loop.run_until(lambda: len(bench.done) == 2)
    assert not bench.live.idle
    bench.answer("a", 1)
    bench.loop.run_until(lambda: bench.live.idle)
    assert bench.done == [("a", 0.1, False), ("a", 0.5, False), ("a", 1, True)]


def test_failures_are_told_and_the_thread_lives_on(bench):
    for number, error in enumerate([ValueError("no"), SystemExit(3), KeyboardInterrupt()]):
        bench.fail(number, error)
        bench.live.ask(number)
        bench.loop.run_until(lambda number=number: len(bench.failed) == number + 1)
    requests = [request for request, _, _ in bench.failed]
    assert requests == [0, 1, 2]
    assert isinstance(bench.failed[0][1], ValueError)
    assert all(isinstance(error, Exception) for _, error, _ in bench.failed)
    assert all(idle for _, _, idle in bench.failed)
    bench.answer("a", 1)
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.done)


def test_a_failed_request_can_be_asked_again(bench):
    bench.fail("a", OSError("gone"))
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.failed)
    bench.answers.clear()
    bench.answer("a", 1)
    bench.live.ask("a", again=True)
    bench.loop.run_until(lambda: bench.done)


def test_a_failure_of_a_stale_request_is_not_told(main_loop):
    """Work that does not end by a `Cancelled`, and not at once."""
    failed, done = [], []

    def work(request, token, show):
        if request == "a":
            while not token.is_set():
                time.sleep(0.001)
            time.sleep(0.05)
            raise OSError("the connection broke while it was cancelled")
        return 2

    live = Live(
        work, main_loop.post, lambda *told: done.append(told), lambda *told: failed.append(told)
    )
    live.ask("a")
    time.sleep(0.05)
    live.ask("b")
    main_loop.run_until(lambda: done)
    live.close()
    assert done == [("b", 2)]
    assert not failed


def test_dropped_requests_are_forgotten(bench):
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.started)
    bench.live.drop()
    assert bench.live.idle
    assert bench.tokens[0].is_set()
    bench.answer("a", 1)
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.done)
    assert len(bench.started) == 2


def test_nothing_arrives_after_close(bench):
    bench.answer("a", 1)
    bench.live.ask("a")
    bench.loop.wait_for_post()
    bench.live.close()
    bench.live.close()
    bench.live.ask("b")
    bench.loop.run_for(0.1)
    assert not bench.done
    assert bench.started == ["a"]
    assert bench.live.idle
    assert not bench.live._thread.is_alive()


def test_close_cancels_what_runs(bench):
    bench.live.ask("a")
    bench.loop.run_until(lambda: bench.started)
    began = time.monotonic()
    bench.live.close()
    assert time.monotonic() - began < JOIN_SECONDS
    assert bench.tokens[0].is_set()
    assert not bench.live._thread.is_alive()
    bench.loop.run_for(0.05)
    assert not bench.done
    assert not bench.failed


def test_starts_are_as_far_apart_as_a_run_is_long(main_loop):
    """A slider that moves all the time."""
    times, done = [], []

    def work(request, token, show):
        times.append(time.monotonic())
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            if token.is_set():
                raise Cancelled("Cancelled.")
            time.sleep(0.002)
        return request

    live = Live(work, main_loop.post, lambda *told: done.append(told), print)
    live.ask(-1)
    main_loop.run_until(lambda: done)
    for request in range(100):
        live.ask(request)
        main_loop.run_for(0.01)
    main_loop.run_until(lambda: live.idle)
    live.close()
    assert done[-1] == (99, 99)
    gaps = np.diff(times)
    assert len(gaps) > 3
    assert (gaps > 0.19).all()


def test_a_request_that_stands_is_started_though_runs_are_long(main_loop):
    """After a run of two seconds and one that was cancelled, nobody waits two seconds."""
    times, done = [], []

    def work(request, token, show):
        times.append(time.monotonic())
        end = time.monotonic() + (2 if request == 0 else 0)
        while (time.monotonic() < end) or request == 1:
            if token.is_set():
                raise Cancelled("Cancelled.")
            time.sleep(0.002)
        return request

    live = Live(work, main_loop.post, lambda *told: done.append(told), print)
    live.ask(0)
    main_loop.run_until(lambda: done)
    live.ask(1)
    main_loop.run_until(lambda: len(times) == 2)
    asked = time.monotonic()
    live.ask(2)
    main_loop.run_until(lambda: len(done) == 2)
    live.close()
    assert SETTLED_SECONDS - 0.01 < times[2] - asked < SETTLED_SECONDS + 0.4


def test_waiting_takes_no_processor_time(main_loop):
    """Neither with nothing to do nor with a request whose turn has not come."""

    def work(request, token, show):
        time.sleep(0.4)

    live = Live(work, main_loop.post, lambda *told: None, print)
    before = time.process_time()
    live.ask(0)
    main_loop.run_until(lambda: live.idle)
    for request in range(1, 4):
        live.ask(request)
    main_loop.run_for(0.6)
    used = time.process_time() - before
    live.close()
    assert used < 0.15


def test_many_threads_of_requests_lose_none(main_loop):
    """Whatever the moment in which a request comes: the last one is always answered."""
    done = []
    live = Live(
        lambda request, token, show: time.sleep(0.0005) or request,
        main_loop.post,
        lambda request, answer: done.append(request),
        print,
    )
    for last in range(300):
        live.ask(last)
        if last % 3 == 0:
            main_loop.run_for(0.001)
        if last % 50 == 0:
            main_loop.run_until(lambda last=last: done and done[-1] == last)
    main_loop.run_until(lambda: live.idle)
    live.close()
    assert done[-1] == 299
    assert done == sorted(set(done))


def test_a_stale_request_is_cancelled_in_the_daemon(daemon, main_loop):
    noise = np.random.default_rng(0).integers(0, 255, (640, 640, 3), np.uint8)
    picture = Picture(640, 640, "rgb", "uint8", False, noise.tobytes())
    matching = threading.Event()
    done, failed = [], []

    def work(request, token, show):
        def progress(told):
            if told.stage == "matching":
                matching.set()

        style, settings = request
        return daemon.stylize(picture, style, progress=progress, cancel=token, **settings)

    live = Live(
        work, main_loop.post, lambda *told: done.append(told), lambda *told: failed.append(told)
    )
    slow = (picture, {"style_rotations": True})
    live.ask(slow)
    main_loop.run_until(matching.is_set, 60)
    assert daemon.info().queue_length == 1
    live.ask(("builtin/woodcut", {"strength": 0}))
    main_loop.run_until(lambda: done or failed)
    assert not failed
    assert done[0][1] == picture

    matching.clear()
    live.ask(slow)
    main_loop.run_until(matching.is_set, 60)
    live.close()
    began = time.monotonic()
    while daemon.info().queue_length:
        assert time.monotonic() - began < 5, "the daemon still works"
        time.sleep(0.02)
    main_loop.run_for(0.1)
    assert len(done) == 1
    assert not failed
