"""One run of the engine's process, seen from the event loop."""

import asyncio
import contextlib
import itertools
import logging
import signal
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from styleswap import processes
from styleswap.pixel_format import PixelFormat
from styleswap.processes import ChannelClosed, Child, InThread, Message, SharedMemory
from styleswap.service import logs
from styleswap.service.errors import internal
from styleswap.service.progress_stream import ProgressStream
from styleswap.v1 import stylize_pb2
from styleswap.worker.orders import Order, SharedPicture
from styleswap.worker.refusals import Refusal

STAGES: Final = {
    "loading": stylize_pb2.STAGE_LOADING,
    "encoding": stylize_pb2.STAGE_ENCODING,
    "matching": stylize_pb2.STAGE_MATCHING,
    "painting": stylize_pb2.STAGE_PAINTING,
    "refining": stylize_pb2.STAGE_REFINING,
}
"""The engine's stages."""

STUBBORN_SECONDS: Final = 60.0
"""How long a cancelled order may go on before its process is given up: the engine looks every
200 ms, so that one which does not has stopped working."""

_log = logging.getLogger(__name__)


class EngineDied(Exception):
    """The engine's process has ended while something was asked of it.

    Attributes:
        killed: the system has killed it, which it does when memory is short.
    """

    def __init__(self, how: str, *, killed: bool) -> None:
        super().__init__(how)
        self.killed = killed


@dataclass
class _Asked:
    """Something that the process was asked for."""

    answer: "asyncio.Future[Message]"
    stream: ProgressStream | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)


class EngineProcess:
    """One run of the engine's process."""

    def __init__(self, arguments: list[str]) -> None:
        self._arguments = arguments
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Asked] = {}
        self._begun: asyncio.Future[str] = self._loop.create_future()
        self._child: Child | InThread | None = None
        self._ended = False
        self.loaded: frozenset[str] = frozenset()
        self.complete: frozenset[str] = frozenset()

    @property
    def usable(self) -> bool:
        """Whether it is ready and has not died."""
        return not self._ended and self._begun.done()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid if self._child is not None else 0

    async def start(self) -> str:
        """Starts it; returns the device in words when the engine is imported.

        Raises:
            Refusal: the engine or the device does not work here.
            EngineDied: it ended.
            OSError: no process can be started.
        """
        self._child = await asyncio.to_thread(self._new_child)
        threading.Thread(
            target=self._listen, args=(self._child,), name="engine", daemon=True
        ).start()
        return await self._begun

    def _new_child(self) -> Child | InThread:
        if processes.AVAILABLE:
            return Child("styleswap.worker", self._arguments)
        from styleswap.worker.serving import run_in_thread

        return InThread(run_in_thread, self._arguments)

    async def call(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        stream: ProgressStream | None = None,
    ) -> Any:
        """Calls a function of the process (see `worker.serving`); returns what it returns.

        Args:
            name: of the function.
            arguments: for it.
            stream: is told of progress.

        Raises:
            Refusal: the function has refused.
            EngineDied: the process ended.
        """
        id_, asked = self._ask({"call": name, "arguments": arguments or {}}, stream=stream)
        try:
            return (await asked.answer).values["answer"]
        except asyncio.CancelledError:
            self._tell({"id": id_, "cancel": True})
            raise
        finally:
            self._asked.pop(id_, None)

    def taken(self, id_: int, *, again: bool) -> None:
        """Tells that the picture of an order is not needed any more.

        Args:
            id_: of the message with the picture.
            again: its memory was read to the end, and may be written to.
        """
        self._tell({"id": id_, "taken": again})

    async def paint(self, order: Order, stream: ProgressStream) -> Message:
        """Has an order carried out; returns the message with the picture, to be `taken`."""
        values, files = order.to_message()
        request = {"paint": values, "request": logs.request_id.get()}
        id_, asked = self._ask(request, files, stream)
        try:
            return await asyncio.shield(asked.answer)
        except asyncio.CancelledError:
            await self._cancel(id_, asked)
            raise
        finally:
            self._asked.pop(id_, None)

    def close(self) -> None:
        """Ends it; blocks for a moment."""
        if self._child is not None:
            self._child.close()

    def _ask(
        self,
        values: dict[str, Any],
        files: list[int] | None = None,
        stream: ProgressStream | None = None,
    ) -> tuple[int, _Asked]:
        if self._ended or self._child is None:
            raise EngineDied("the engine's process has ended", killed=False)
        id_ = next(self._numbers)
        asked = self._asked[id_] = _Asked(self._loop.create_future(), stream)
        try:
            self._child.channel.send({"id": id_, **values}, files or [])
        except ChannelClosed as closed:
            del self._asked[id_]
            raise EngineDied("the engine's process has ended", killed=False) from closed
        return id_, asked

    async def _cancel(self, id_: int, asked: _Asked) -> None:
        """Ends an order and waits until it has stopped: until then it occupies the device."""
        asked.stream = None
        self._tell({"id": id_, "cancel": True})
        waiting = asyncio.ensure_future(self._stopped(asked))
        # A caller that is cancelled once more does not make the device free.
        while not waiting.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(waiting)

    def _tell(self, values: dict[str, Any]) -> None:
        """Sends what needs no answer; a process that is gone has no use for it."""
        assert self._child is not None
        with contextlib.suppress(ChannelClosed):
            self._child.channel.send(values)

    async def _stopped(self, asked: _Asked) -> None:
        began = asyncio.ensure_future(asked.began.wait())
        answer = asked.answer
        await asyncio.wait((began, answer), return_when=asyncio.FIRST_COMPLETED)
        began.cancel()
        done, _ = await asyncio.wait((answer,), timeout=STUBBORN_SECONDS)
        if not done:
            _log.error("an order that was cancelled goes on; its process is ended")
            assert self._child is not None
            await asyncio.to_thread(self._child.kill)
            await asyncio.wait((answer,))
        if not answer.cancelled() and answer.exception() is None:
            self._unwanted(answer.result())

    def _unwanted(self, message: Message) -> None:
        """Gives back what came for nobody."""
        message.close()
        if "painted" in message.values:
            self.taken(message.values["id"], again=False)

    def _listen(self, child: Child | InThread) -> None:
        """Takes what comes, in a thread of its own, until the process is gone."""
        try:
            while True:
                message = child.channel.receive()
                self._loop.call_soon_threadsafe(self._take, message)
        except ChannelClosed:
            # It closes its end by ending; one that has lost its way is not waited for.
            code = child.wait(5.0)
            if code is None:
                code = child.kill()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._died, code)

    def _take(self, message: Message) -> None:
        """Sorts a message; on the event loop."""
        values = message.values
        if "log" in values:
            level, name, text, request = values["log"]
            logs.relay(level, name, text, request)
        elif "loaded" in values:
            self.loaded = frozenset(values["loaded"])
            self.complete = frozenset(values["complete"])
        elif "ready" in values:
            self._begun.set_result(str(values["ready"]))
        elif "id" not in values:
            self._begun.set_exception(Refusal.from_values(values["refused"]))
        else:
            self._answered(message)

    def _answered(self, message: Message) -> None:
        values = message.values
        asked = self._asked.get(values["id"])
        if asked is None or asked.answer.done():
            self._unwanted(message)
        elif "stage" in values:
            asked.began.set()
            if asked.stream is not None and values["stage"]:
                asked.stream.stage(STAGES[values["stage"]], values["fraction"])
        elif "preview" in values:
            form = PixelFormat.from_json(values["preview"])
            picture = SharedPicture(form, SharedMemory.adopt(message.files[0], form.byte_count))
            if asked.stream is not None:
                asked.stream.preview(picture)
            else:
                picture.memory.close()
        elif "refused" in values:
            asked.answer.set_exception(Refusal.from_values(values["refused"]))
            asked.answer.exception()  # looked at: a cancelled caller does not come for it
        elif "failed" in values:
            _log.error("the engine failed:\n%s", values["failed"])
            asked.answer.set_exception(internal())
            asked.answer.exception()
        else:
            asked.answer.set_result(message)

    def _died(self, code: int) -> None:
        self._ended = True
        self.loaded = self.complete = frozenset()
        how = f"the engine's process has ended ({_how(code)})"
        waiting: list[asyncio.Future[Any]] = [asked.answer for asked in self._asked.values()]
        for future in (self._begun, *waiting):
            if not future.done():
                # One each: an error holds the trace of whoever raises it.
                future.set_exception(EngineDied(how, killed=code == -signal.SIGKILL))
                future.exception()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
