"""One device, one queue: what runs there, what waits for it, and how it is cancelled."""

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from styleswap.service.errors import exhausted, shutting_down

Result = TypeVar("Result")


class Slot:
    """A place in the queue, from the request's header until its last byte is sent."""

    def __init__(self, moved: Callable[[int], None] | None = None) -> None:
        self._cancelled = threading.Event()
        self.moved = moved

    def cancel(self) -> None:
        """Asks the work to stop; it looks often."""
        self._cancelled.set()

    def cancelled(self) -> bool:
        """Tells whether the work shall stop. For any thread."""
        return self._cancelled.is_set()


class Device:
    """The one thread that works on the device, and the requests that wait for it.

    All but the work itself happens on the event loop.

    Args:
        limit: requests that may wait besides the one that runs.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._slots: set[Slot] = set()
        self._waiting: list[Slot] = []
        self._running: list[Slot] = []  # a preview on top of the picture that it interrupts
        self._urgent: deque[Callable[[], None]] = deque()
        self._closing = False
        self._seconds = 5.0  # the last job's time: when a full queue may have room
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="device")
        self._emptied: Callable[[], None] = lambda: None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def length(self) -> int:
        """Requests that wait, run, or are on their way in or out."""
        return len(self._slots)

    def on_empty(self, emptied: Callable[[], None]) -> None:
        """Sets what is called whenever the last slot is given back."""
        self._emptied = emptied

    def reserve(self) -> Slot:
        """Returns a place in the queue, to be given back with `release`.

        Raises:
            ServiceError: RESOURCE_EXHAUSTED, the queue is full; UNAVAILABLE, the daemon ends.
        """
        if self._closing:
            raise shutting_down()
        if len(self._slots) > self.limit:
            raise exhausted(
                "QUEUE_FULL",
                f"{len(self._slots)} pictures are in work or waiting, the most that this daemon "
                "takes; try again when one is done.",
                self._seconds,
                queue_limit=self.limit,
            )
        slot = Slot()
        self._slots.add(slot)
        self._idle.clear()
        return slot

    def release(self, slot: Slot) -> None:
        """Gives the place back and stops what still runs for it."""
        slot.cancel()
        if slot in self._running:
            return  # its thread still works: it counts until it has stopped
        self._slots.discard(slot)
        if not self._slots:
            self._idle.set()
            self._emptied()

    async def work(
        self,
        slot: Slot,
        function: Callable[[], Result],
        moved: Callable[[int], None],
        *,
        urgent: bool = False,
    ) -> Result:
        """Runs a slot's function on the device's thread, after those that came before.

        Args:
            slot: of `reserve`; cancelled when this call is.
            function: the work; it must call `poll`, or where it is urgent `slot.cancelled`, often.
            moved: called with the number of requests in front, at once and whenever it changes.
            urgent: it is short and passes all others, also the one that runs, at its next `poll`.

        Returns:
            What the function returns; its exceptions are passed on.
        """
        loop = asyncio.get_running_loop()
        slot.moved = moved
        self._waiting.insert(len(self._urgent) if urgent else len(self._waiting), slot)
        self._report()
        outcome: asyncio.Future[Result] = loop.create_future()

        def run() -> None:
            loop.call_soon_threadsafe(self._started, slot)
            began = loop.time()
            result: Result | None = None
            error: BaseException | None = None
            try:
                if slot.cancelled():
                    raise shutting_down()
                result = function()
            except BaseException as raised:  # noqa: BLE001 - passed on to the waiting handler
                error = raised
            seconds = loop.time() - began

            def tell() -> None:
                self._seconds = min(max(seconds, 1.0), 60.0)
                self._left(slot)
                if outcome.done():
                    return
                if error is not None:
                    outcome.set_exception(error)
                else:
                    outcome.set_result(result)  # type: ignore[arg-type]

            loop.call_soon_threadsafe(tell)

        context = contextvars.copy_context()
        if urgent:
            self._urgent.append(lambda: context.run(run))
            self._executor.submit(self._run_urgent)
        else:
            self._executor.submit(context.run, run)
        try:
            return await outcome
        finally:
            slot.cancel()
            self._withdraw(slot)

    def poll(self, slot: Slot) -> bool:
        """Runs the urgent work that waits, in the midst of a slot's own.

        On the device's thread.

        Returns:
            Whether the slot's work shall stop.
        """
        while self._urgent:
            self._run_urgent()
        return slot.cancelled()

    async def call(self, function: Callable[[], Result]) -> Result:
        """Runs a short function on the device's thread, between the requests."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, context.run, function)

    async def drain(self) -> None:
        """Takes no more requests, and waits until none is left."""
        self._closing = True
        await self._idle.wait()

    def cancel_all(self) -> None:
        """Stops the work of all requests; their calls end with UNAVAILABLE."""
        for slot in self._slots:
            slot.cancel()

    def close(self) -> None:
        """Ends the thread when its current work is done."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _run_urgent(self) -> None:
        # Nothing is left where a poll was faster than the thread's own turn.
        if self._urgent:
            self._urgent.popleft()()

    def _started(self, slot: Slot) -> None:
        self._running.append(slot)
        self._withdraw(slot)

    def _left(self, slot: Slot) -> None:
        self._running.remove(slot)
        self._withdraw(slot)
        if slot.cancelled():
            self.release(slot)
        self._report()

    def _withdraw(self, slot: Slot) -> None:
        if slot in self._waiting:
            self._waiting.remove(slot)
            self._report()

    def _report(self) -> None:
        ahead = len(self._running)
        for position, slot in enumerate(self._waiting):
            if slot.moved is not None:
                slot.moved(position + ahead)
