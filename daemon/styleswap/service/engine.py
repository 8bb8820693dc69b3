"""The engine's process, supervised: started on demand, ended when idle, replaced when it dies.

An order that was under way when the process died runs once more in the next one, alone, so that an
order that kills the process again takes no other one with it. If the system killed the process,
as it does when memory is short, the order runs in smaller tiles.
"""

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from styleswap.pixel_format import PixelFormat
from styleswap.processes import SharedMemory, heap
from styleswap.service import limits
from styleswap.service.engine_process import EngineDied, EngineProcess
from styleswap.service.errors import engine_died, engine_unavailable
from styleswap.service.progress_stream import ProgressStream
from styleswap.v1 import stylize_pb2
from styleswap.v1.controls import Value
from styleswap.worker.orders import ModelStatus, Order, SharedPicture
from styleswap.worker.refusals import Refusal, shutting_down

SPARED_AFTER_KILL: Final = 2
"""Ways of `painting.attempts` that are left out after the system has killed the process: the
second drops caches, which a new process does not have."""

STARTS: Final = 5
"""How often in a row the process may be killed at its start before nobody waits for it longer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """A result in the engine's memory, and the report on it, without the time in the queue."""

    picture: SharedPicture
    report: stylize_pb2.StylizeReport
    free: Callable[[bool], None]
    """Gives the picture back; told whether it was read to the end."""


class Engine:
    """The engine's process, seen from the event loop.

    Args:
        device: "auto" or one of torch's names.
        weights: folder of the user's weights.
        spool: folder for pictures that are too large for memory.
        ready: called whenever the engine has become usable, or has turned out not to be.
    """

    def __init__(
        self,
        device: str,
        weights: Path,
        spool: Path,
        ready: Callable[[bool], Coroutine[Any, Any, None]],
    ) -> None:
        self._arguments = [
            *("--device", device),
            *("--weights", str(weights)),
            *("--spool", str(spool)),
        ]
        self._ready = ready
        self._process: EngineProcess | None = None
        self._starting = asyncio.Lock()
        self._alone = _Gate()
        self._closed = False
        self._entries: list[ModelStatus] = []
        self.device_name = ""
        """The device in words; empty before the engine was there for the first time."""

    @property
    def loaded(self) -> frozenset[str]:
        """Names of the models in memory."""
        return self._process.loaded if self._process is not None else frozenset()

    @property
    def pid(self) -> int:
        """The process's id, 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    @property
    def running(self) -> bool:
        """Whether the engine is in memory and can be used at once."""
        return self._process is not None and self._process.usable

    async def start(self) -> None:
        """Starts the engine where it does not run; returns when it can be used.

        Raises:
            Refusal: FAILED_PRECONDITION, the engine or the device does not work here;
                UNAVAILABLE, the daemon ends.
        """
        await self._usable()

    async def models(self) -> list[ModelStatus]:
        """Returns all models; those last known where the engine is not in memory."""
        if self.running:
            with contextlib.suppress(EngineDied):
                self._entries = [ModelStatus(**entry) for entry in await self._call("entries")]
        return self._entries

    async def download(self, name: str, stream: ProgressStream | None = None) -> None:
        """Downloads what a model needs and is not there yet; cancelling this ends it.

        Raises:
            Refusal: as `worker.Models.download` refuses.
        """
        if not self._complete(name):
            await self._retried(lambda: self._call("download", {"name": name}, stream))

    async def load(self, name: str) -> None:
        """Loads a model. Raises Refusal as `worker.Models.get` refuses."""
        await self.download(name)
        await self._retried(lambda: self._call("load", {"name": name}))

    async def unload(self, name: str) -> list[str]:
        """Frees a model, or all and what is cached; returns those that were in memory."""
        names = await self._retried(lambda: self._call("unload", {"name": name}))
        return [str(name) for name in names]

    async def unload_if_running(self) -> None:
        """Frees all models of an engine that is in memory; starts none for that."""
        heap.give_back()
        if self.running:
            with contextlib.suppress(EngineDied, Refusal):
                await self._call("unload", {"name": ""})

    async def check_name(self, name: str) -> None:
        """Raises Refusal, INVALID_ARGUMENT, where there is no such model."""
        await self._retried(lambda: self._call("known", {"name": name}))

    async def check(self, settings: dict[str, Value]) -> None:
        """Raises Refusal where the settings' model is unknown or cannot be had."""
        if not self._complete(str(settings["model"])):
            await self._retried(lambda: self._call("check", {"settings": settings}))

    def _complete(self, name: str) -> bool:
        """Tells whether all of a model is in memory: nothing needs to be looked for."""
        process = self._process
        return process is not None and process.usable and name in process.complete

    async def paint(self, order: Order, stream: ProgressStream) -> Lease:
        """Paints a picture; cancelling this ends the work.

        Args:
            order: what; its pictures stay the caller's.
            stream: is told of progress and previews.

        Raises:
            Refusal: as `worker.painting.paint` refuses; INTERNAL, the engine failed or died.
        """
        try:
            async with self._alone.shared():
                return await self._painted(order, stream)
        except EngineDied as died:
            _log.warning("%s; the order runs again", died)
            if died.killed:
                order = replace(order, spared=max(order.spared, SPARED_AFTER_KILL))
        async with self._alone.exclusive():
            try:
                return await self._painted(order, stream)
            except EngineDied as died:
                raise engine_died(str(died), killed=died.killed) from died

    async def stop(self, why: str) -> None:
        """Ends the process, which gives all memory back. The next request starts another."""
        async with self._starting:
            process, self._process = self._process, None
            if process is not None:
                _log.info("the engine leaves memory: %s", why)
                await asyncio.to_thread(process.close)
            heap.give_back()

    async def close(self) -> None:
        """Ends the process for good."""
        self._closed = True
        await self.stop("the daemon ends")

    async def _usable(self) -> "EngineProcess":
        async with self._starting:
            if self._closed:
                raise shutting_down()
            if self._process is None or not self._process.usable:
                self._process = await self._started()
            return self._process

    async def _started(self, starts: int = STARTS) -> "EngineProcess":
        arguments = [
            *self._arguments,
            *("--spool-bytes", str(limits.SPOOL_BYTES)),
            *("--log-level", str(logging.getLogger().level)),
        ]
        process = EngineProcess(arguments)
        try:
            self.device_name = await process.start()
            self._entries = [ModelStatus(**entry) for entry in await process.call("entries")]
        except BaseException as error:
            await asyncio.to_thread(process.close)
            await self._ready(False)
            if isinstance(error, EngineDied) and error.killed and starts > 1:
                # Killed from outside, as at any other time: that is no word on the engine.
                _log.warning("%s at its start; it starts again", error)
                return await self._started(starts - 1)
            if isinstance(error, EngineDied | OSError):
                raise engine_unavailable(str(error)) from error
            raise
        _log.info("engine imported; the device is %s", self.device_name)
        await self._ready(True)
        return process

    async def _call(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        stream: ProgressStream | None = None,
    ) -> Any:
        process = await self._usable()
        return await process.call(name, arguments, stream)

    async def _retried(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        try:
            return await call()
        except EngineDied:
            try:
                return await call()
            except EngineDied as died:
                raise engine_died(str(died), killed=died.killed) from died

    async def _painted(self, order: Order, stream: ProgressStream) -> Lease:
        process = await self._usable()
        message = await process.paint(order, stream)
        form = PixelFormat.from_json(message.values["painted"])
        report = stylize_pb2.StylizeReport()
        report.ParseFromString(base64.b64decode(message.values["report"]))
        memory = SharedMemory.adopt(message.files[0], form.byte_count)

        def free(whole: bool) -> None:
            memory.close()
            process.taken(message.values["id"], again=whole)

        return Lease(SharedPicture(form, memory), report, free)


class _Gate:
    """Lets many pass at once, or one alone."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = 0
        self._taken = False

    @contextlib.asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Passes with others."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._taken)
            self._inside += 1
        try:
            yield
        finally:
            await self._left(inside=1, taken=self._taken)

    @contextlib.asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Passes alone."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._taken)
            self._taken = True
            try:
                await self._changed.wait_for(lambda: not self._inside)
            except BaseException:
                self._taken = False
                self._changed.notify_all()
                raise
        try:
            yield
        finally:
            await self._left(inside=0, taken=False)

    async def _left(self, *, inside: int, taken: bool) -> None:
        async with self._changed:
            self._inside -= inside
            self._taken = taken
            self._changed.notify_all()
