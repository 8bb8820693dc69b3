"""The device's thread: who is next, and who may come in between."""

import threading

import pytest

from styleswap.worker import device_thread
from styleswap.worker.device_thread import DeviceThread, Task


@pytest.fixture
def clock(monkeypatch):
    """A clock that only work moves."""
    now = [100.0]
    monkeypatch.setattr(device_thread, "_CLOCK", lambda: now[0])
    return now


@pytest.fixture
def thread():
    thread = DeviceThread()
    yield thread
    thread.close()


class Diary:
    """What was done, in order."""

    def __init__(self, clock, thread):
        self.clock, self.thread = clock, thread
        self.done = []
        self.ended = threading.Semaphore(0)

    def task(self, name, *, brief=False, seconds=1.0, polls=0):
        def work(task):
            for _ in range(polls):
                self.clock[0] += seconds / polls
                self.thread.poll()
            if not polls:
                self.clock[0] += seconds
            self.done.append(name)
            self.ended.release()

        return Task(work, brief=brief)

    def wait(self, count):
        for _ in range(count):
            assert self.ended.acquire(timeout=30)


def test_tasks_run_in_their_order_and_brief_ones_first(clock, thread):
    diary = Diary(clock, thread)
    for name, brief in (("a", False), ("b", False), ("preview", True)):
        thread.submit(diary.task(name, brief=brief))
    thread.start()
    diary.wait(3)
    assert diary.done == ["preview", "a", "b"]


def test_brief_ones_come_into_the_midst_of_a_long_one(clock, thread):
    diary = Diary(clock, thread)
    long = diary.task("long", seconds=10.0, polls=10)
    thread.submit(long)
    entered = threading.Event()
    work = long.work

    def begin(task):
        entered.set()
        thread.submit(diary.task("preview", brief=True))
        work(task)

    long.work = begin
    thread.start()
    diary.wait(2)
    assert diary.done == ["preview", "long"]


def test_a_long_one_keeps_half_of_the_time_whatever_comes_in(clock, thread):
    """Of 10 seconds of its own, previews of 1 second each take 10 more at most."""
    diary = Diary(clock, thread)
    thread.submit(diary.task("long", seconds=10.0, polls=100))
    for number in range(50):
        thread.submit(diary.task(f"preview {number}", brief=True))
    thread.start()
    diary.wait(51)
    assert diary.done.index("long") in (9, 10, 11)


def test_what_is_withdrawn_never_runs(clock, thread):
    diary = Diary(clock, thread)
    first, second = diary.task("first"), diary.task("second", brief=True)
    thread.submit(first)
    thread.submit(second)
    assert thread.withdraw(second)
    thread.start()
    diary.wait(1)
    assert not thread.withdraw(first)
    assert diary.done == ["first"]
