"""An event loop in a thread of its own, whose work other threads wait for."""

import asyncio
import concurrent.futures
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from styleswap.client.errors import CallerFailed, Cancelled, Forked

T = TypeVar("T")

Here = Callable[[Any], Any]
"""Wraps a callback so that it runs in the thread that waits; None stays None."""

UNWIND_SECONDS = 5.0
"""How long an interrupted call may take to close its request."""


class EventLoopThread:
    """An event loop in a daemon thread, and a way to wait for its work from other threads."""

    def __init__(self) -> None:
        """Starts the thread."""
        self._closed = False
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="styleswap-client", daemon=True)
        self._thread.start()

    def run(self, make: Callable[[Here], Coroutine[Any, Any, T]]) -> T:
        """Runs a coroutine in the loop and returns what it returns.

        Args:
            make: gets what wraps callbacks, and returns the coroutine.
        """
        self._check_process()
        if self._closed:
            raise RuntimeError("This connection to the daemon is closed; connect again.")
        calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        ended = threading.Event()

        def here(callback: Callable[..., Any] | None) -> Any:
            if callback is None:
                return None

            async def call(*arguments: object) -> Any:
                answer: concurrent.futures.Future[Any] = concurrent.futures.Future()

                def answering() -> None:
                    if not answer.set_running_or_notify_cancel():
                        return
                    try:
                        answer.set_result(callback(*arguments))
                    except Exception as error:  # noqa: BLE001 - raised again by the call
                        # Wrapped, as a future takes no StopIteration. KeyboardInterrupt and its
                        # like leave through this thread and end the call from here.
                        answer.set_exception(CallerFailed(error))

                calls.put(answering)
                return await asyncio.wrap_future(answer)

            return call

        async def work() -> T:
            try:
                return await make(here)
            finally:
                ended.set()
                calls.put(None)

        future = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            while (call := calls.get()) is not None:
                call()
            return future.result()
        except concurrent.futures.CancelledError:
            raise Cancelled("The connection to the daemon was closed.", reason="CLOSED") from None
        except BaseException:
            # KeyboardInterrupt while waiting: the request must not go on behind the program's back.
            if not future.done():
                future.cancel()
                ended.wait(UNWIND_SECONDS)
            raise

    def close(self) -> None:
        """Stops the loop and joins the thread; does nothing the second time."""
        self._check_process()
        if not self._closed:
            self._closed = True
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(UNWIND_SECONDS)

    def _check_process(self) -> None:
        # A fork has a copy of the loop, but not the thread in which it runs.
        if os.getpid() != self._process:
            raise Forked

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
