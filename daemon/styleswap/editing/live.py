"""Work that follows what a user does: the newest request wins.

A dialog asks for a preview at every move of a slider. At most one is being made at a time; when
another is asked for, the running one is cancelled, and only the newest is ever answered.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from styleswap.client.cancel import CancelToken

Request = TypeVar("Request")
Answer = TypeVar("Answer")

SETTLED_SECONDS = 0.5
"""A request that has stood so long unchanged no longer waits for its turn."""
JOIN_SECONDS = 5.0
"""How long `close` waits for work that does not end when cancelled."""

_log = logging.getLogger(__name__)


class Live(Generic[Request, Answer]):
    """Runs requests one after the other in a thread of its own, leaving out those overtaken.

    Its methods belong to one thread, the one that `post` leads back to.
    """

    def __init__(
        self,
        work: Callable[[Request, CancelToken, Callable[[Answer], None]], Answer],
        post: Callable[[Callable[[], None]], object],
        done: Callable[[Request, Answer], object],
        failed: Callable[[Request, Exception], object],
    ) -> None:
        """Starts the thread.

        Args:
            work: answers a request, in the thread; must end soon when the token is set. Answers
                that are not the last it hands to its third argument. It must not wait for the
                thread that `post` leads to.
            post: has a function called in the caller's thread, such as GLib.idle_add.
            done: called through `post` with the newest request and its answer, and before that
                with what it was on its way, while not `idle`.
            failed: called through `post` with the newest request and what `work` raised.
        """
        self._work = work
        self._post = post
        self._done = done
        self._failed = failed
        self._changed = threading.Condition()
        # All below is read and written under the condition's lock.
        self._closed = False
        self._number = 0  # of the newest request; answers to others are stale
        self._newest: list[Request] = []  # at most one: None may be a request
        self._waiting = False  # the newest has not been started
        self._answered = True  # the newest has its answer, or nothing was asked
        self._asked_at = 0.0
        self._token = CancelToken()  # of what runs
        self._thread = threading.Thread(target=self._run, name="styleswap-live", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing waits, runs, or is on its way back. True within `done` and `failed`."""
        with self._changed:
            return self._answered

    def ask(self, request: Request, *, again: bool = False) -> None:
        """Asks for the answer to a request, in place of all earlier ones.

        A start follows the last one by at least the time that a run took, so that a moving
        slider does not drown the daemon; a request that stays the newest for half a second is
        started at any rate.

        Args:
            request: compared by `==`; nothing happens where it equals the one asked last.
            again: even where it equals the one asked last.
        """
        with self._changed:
            if self._closed or (self._newest and self._newest[0] == request and not again):
                return
            self._supersede()
            self._newest = [request]
            self._waiting = True
            self._answered = False
            self._asked_at = time.monotonic()
            self._changed.notify_all()

    def drop(self) -> None:
        """Cancels and forgets what was asked; whatever is asked next is new."""
        with self._changed:
            self._supersede()

    def close(self) -> None:
        """Cancels and ends the thread; nothing is answered afterwards. Does nothing twice."""
        with self._changed:
            self._closed = True
            self._supersede()
            self._changed.notify_all()
        self._thread.join(JOIN_SECONDS)

    def _supersede(self) -> None:
        """Makes everything asked so far stale. Under the lock."""
        self._number += 1
        self._newest = []
        self._waiting = False
        self._answered = True
        self._token.set()

    def _run(self) -> None:
        started_at = -float("inf")
        run_seconds = 0.0
        while True:
            with self._changed:
                while not self._closed and (pause := self._pause(started_at + run_seconds)) != 0:
                    self._changed.wait(pause)
                if self._closed:
                    return
                number, request = self._number, self._newest[0]
                self._waiting = False
                self._token = token = CancelToken()
            started_at = time.monotonic()
            deliver = self._answer(number, request, token)
            if deliver is None:
                continue
            run_seconds = time.monotonic() - started_at
            self._send(number, deliver, last=True)

    def _pause(self, turn: float) -> float | None:
        """Returns the seconds until the newest request is to be started. Under the lock.

        Args:
            turn: when, by the monotonic clock, a run may be started that has not settled.

        Returns:
            0 for now, None while there is none.
        """
        if not self._waiting:
            return None
        return max(0.0, min(turn, self._asked_at + SETTLED_SECONDS) - time.monotonic())

    def _answer(
        self, number: int, request: Request, token: CancelToken
    ) -> Callable[[], object] | None:
        """Does the work; returns what delivers its outcome, None where nobody wants it."""

        def show(answer: Answer) -> None:
            self._send(number, lambda: self._done(request, answer), last=False)

        try:
            answer = self._work(request, token, show)
        except BaseException as error:  # noqa: BLE001 - handed on; the thread must live
            if token.is_set():
                return None
            failure = error if isinstance(error, Exception) else RuntimeError(repr(error))
            return lambda: self._failed(request, failure)
        return None if token.is_set() else lambda: self._done(request, answer)

    def _send(self, number: int, deliver: Callable[[], object], *, last: bool) -> None:
        """Has an answer delivered in the caller's thread, unless it is stale by then."""

        def arrive() -> None:
            with self._changed:
                if number != self._number:
                    return
                self._answered = last
            deliver()

        try:
            self._post(arrive)
        except Exception:  # noqa: BLE001 - logged
            # The toolkit is going down; the thread must still end in order.
            _log.exception("An answer could not be delivered.")
