"""Who may use the device: calls on their way in, those that wait, the one that paints."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from styleswap.worker.refusals import exhausted, shutting_down


class Slot:
    """A call's place, from its header until its last byte is sent."""

    def __init__(self, task: "asyncio.Task[object] | None") -> None:
        self.task = task
        self.receiving = True
        """Its pictures are still coming: it takes no place in the queue yet."""
        self.given_up = False
        """The daemon ends, and does not wait for it any longer."""
        self.ended = False
        """The call is over; its work may still be about to stop."""
        self.moved: Callable[[int], None] | None = None
        self.turn: asyncio.Future[None] | None = None

    def give_up(self) -> None:
        """Ends the call."""
        self.given_up = True
        if self.task is not None:
            self.task.cancel()


class DeviceQueue:
    """The calls that want the device. All on the event loop.

    One painting has its turn at a time. A preview needs none: the engine takes it in between.

    Args:
        limit: requests that may wait besides the one that runs.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._slots: set[Slot] = set()
        self._waiting: list[Slot] = []
        self._painting: Slot | None = None
        self._brief: list[Slot] = []
        self._closing = False
        self._seconds = 5.0  # the last painting's time: when a full queue may have room
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

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Holds a slot for the call of the current task.

        Raises:
            Refusal: RESOURCE_EXHAUSTED, the queue is full now, so that nothing needs to be
                sent; UNAVAILABLE, the daemon ends.
        """
        if self._closing:
            raise shutting_down()
        self._refuse_where_full()
        slot = Slot(asyncio.current_task())
        self._slots.add(slot)
        self._idle.clear()
        try:
            yield slot
        except asyncio.CancelledError:
            if not slot.given_up:
                raise
            if slot.task is not None:
                slot.task.uncancel()
            raise shutting_down() from None
        finally:
            # Reached by every end: done, failed, cancelled, past the deadline, client gone.
            slot.ended, slot.receiving = True, False
            if slot is not self._painting and slot not in self._brief:
                self._discard(slot)

    def enter(self, slot: Slot) -> None:
        """Takes a place in the queue: all of the call's pictures are there.

        Raises:
            Refusal: RESOURCE_EXHAUSTED; the queue is full.
        """
        self._refuse_where_full()
        slot.receiving = False

    @contextlib.asynccontextmanager
    async def turn(
        self, slot: Slot, moved: Callable[[int], None], *, brief: bool
    ) -> AsyncIterator[None]:
        """Waits until the device is a slot's, and holds it.

        Args:
            slot: that has entered.
            moved: called with the number of requests in front, at once and whenever it changes.
            brief: it is a preview, which passes all others.
        """
        slot.moved = moved
        if brief:
            self._brief.append(slot)
            self._report()
            try:
                yield
            finally:
                self._brief.remove(slot)
                self._left(slot)
            return
        slot.turn = asyncio.get_running_loop().create_future()
        self._waiting.append(slot)
        self._report()
        self._advance()
        try:
            await slot.turn
            began = time.monotonic()
            yield
            self._seconds = min(max(time.monotonic() - began, 1.0), 60.0)
        finally:
            if slot is self._painting:
                self._painting = None
            else:
                self._waiting.remove(slot)
            self._left(slot)
            self._advance()

    async def drain(self) -> None:
        """Takes no more requests, and waits until none is left."""
        self._closing = True
        await self._idle.wait()

    def give_up(self, *, receiving: bool = False) -> None:
        """Ends all calls, or those whose pictures are still coming; they end with UNAVAILABLE."""
        for slot in list(self._slots):
            if slot.receiving or not receiving:
                slot.give_up()

    def _refuse_where_full(self) -> None:
        count = sum(not slot.receiving for slot in self._slots)
        if count > self.limit:
            raise exhausted(
                "QUEUE_FULL",
                f"{count} pictures are in work or waiting, the most that this daemon takes; try "
                "again when one is done.",
                self._seconds,
                queue_limit=self.limit,
            )

    def _advance(self) -> None:
        if self._painting is None and self._waiting:
            self._painting = self._waiting.pop(0)
            assert self._painting.turn is not None
            if not self._painting.turn.done():
                self._painting.turn.set_result(None)
        self._report()

    def _left(self, slot: Slot) -> None:
        if slot.ended:
            self._discard(slot)  # its call has ended before its work has
        self._report()

    def _discard(self, slot: Slot) -> None:
        self._slots.discard(slot)
        if not self._slots:
            self._idle.set()
            self._emptied()

    def _report(self) -> None:
        ahead = self._painting is not None
        for position, slot in enumerate((*self._brief, *self._waiting)):
            if slot.moved is not None and not slot.ended:
                slot.moved(position + ahead)
