"""Cases that die, hang, take much memory or find something: to see that this is seen."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from . import worker
from .worker import Attempt

NAME = "cases that die"
DEEP = "were well"
OUTCOMES = ("well",)
DIES, HANGS, GREEDY, RAISES, FINDS = 11, 20, 33, 42, 55


def prepare(folder: Path) -> Callable[[int, int], Attempt]:
    """Returns what tries the case of a seed and a number."""
    return attempt


def attempt(seed: int, number: int) -> Attempt:
    """Ends well, but for five numbers."""
    if number == DIES:
        os.kill(os.getpid(), signal.SIGABRT)
    if number == HANGS:
        time.sleep(1000)
    if number == GREEDY:
        assert bytearray(b"x") * worker.MEMORY_LIMIT
    if number == RAISES:
        raise KeyError("nobody expected this")
    if number == FINDS:
        return Attempt("well", True, "not so well")
    return Attempt("well", True)
