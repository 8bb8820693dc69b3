"""Ctrl-C and its like during a training: the step under way ends, the checkpoint is written."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from styleswap.training.schedule import Budget

log = logging.getLogger(__name__)

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def stoppable(budget: Budget) -> Iterator[None]:
    """While inside, a signal to end stops the budget instead; at the end it takes its usual way.

    A signal in the middle of a step would leave weights that are half old, half new. A second one
    takes its usual way at once: checkpoints are written beside the old ones and renamed, so that
    nothing is lost but the work since the last.

    Args:
        budget: of the loop inside, which ends when the budget is over and stores its work.
    """
    asked: list[int] = []
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []  # Python gives handlers to the main thread alone
    # nohup and shells have signals ignored on purpose: that stays.
    numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:
        if asked:
            restore()
            signal.raise_signal(number)
            return
        asked.append(number)
        budget.stopped = True
        log.warning("stopping: the checkpoint is written; once more to leave without")

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        restore()
    if asked:
        signal.raise_signal(asked[0])
