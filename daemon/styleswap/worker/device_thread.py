"""One thread for the device: who is next, and who may come in between."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

_CLOCK: Final = time.monotonic


class Task:
    """Work for the device's thread.

    Args:
        work: is called there, once; it must not raise.
        brief: it is short, and may run in the midst of one that is not.
    """

    def __init__(self, work: Callable[["Task"], None], *, brief: bool) -> None:
        self.work = work
        self.brief = brief
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Asks it to stop; it looks often. For any thread."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Tells whether it shall stop. For any thread."""
        return self._cancelled.is_set()


class DeviceThread:
    """Runs tasks in the order in which they came, brief ones also in the midst of a long one.

    Brief tasks pass long ones, but not for ever: after each, a long one that waits or runs is owed
    as many seconds as the brief one took, so that it keeps half of the time whatever comes in.
    """

    def __init__(self) -> None:
        self._brief: deque[Task] = deque()
        self._long: deque[Task] = deque()
        self._news = threading.Condition()
        self._owed_until = 0.0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)

    def start(self) -> None:
        """Begins with what was submitted."""
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Hands over a task. For any thread."""
        with self._news:
            (self._brief if task.brief else self._long).append(task)
            self._news.notify()

    def withdraw(self, task: Task) -> bool:
        """Takes back a task; returns whether it had not begun. For any thread."""
        with self._news:
            for waiting in (self._brief, self._long):
                if task in waiting:
                    waiting.remove(task)
                    return True
        return False

    def close(self) -> None:
        """Ends the thread after the task that runs; what waits is not run."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._thread.join()

    def poll(self) -> None:
        """Runs the brief tasks whose turn it is, in the midst of a long one; on this thread."""
        while _CLOCK() >= self._owed_until:
            with self._news:
                if not self._brief:
                    return
                task = self._brief.popleft()
            self._run_brief(task)

    def _run(self) -> None:
        while True:
            with self._news:
                while not (self._closed or self._brief or self._long):
                    self._news.wait()
                if self._closed:
                    return
                owed = self._long and _CLOCK() < self._owed_until
                task = (self._long if owed or not self._brief else self._brief).popleft()
            if task.brief:
                self._run_brief(task)
            else:
                task.work(task)

    def _run_brief(self, task: Task) -> None:
        began = _CLOCK()
        task.work(task)
        ended = _CLOCK()
        self._owed_until = ended + (ended - began)
