"""The engine's end of the daemon's channel: orders in; progress, pictures and reports out.

Messages to the engine have an `id` and one of

    paint       an order (see `orders`), with the pictures' files
    cancel      ends the order or the call of that id
    taken       the picture of that id is not needed any more: whether its memory can be used again
    call        a word of `Models`, with arguments: download, load, unload, check, known, entries

Messages from it have the `id` that they are about, and one of

    stage       with a fraction: how far it is
    preview     a format, with the file of the pixels
    painted     a format, with the file of the pixels, and the report's bytes
    answer      what a call has returned
    refused     a `Refusal`
    failed      a trace: a fault of the program

or no id and `ready` (the device in words) or `refused` once at the start, `loaded` (the models in
memory) with `complete` (those of them that have an inverse network) whenever that changes, and
`log` (a record's level, logger, text and request).
"""

import argparse
import base64
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from styleswap.processes import Channel, ChannelClosed, Message, SharedMemory, channel_of, heap
from styleswap.worker.device_thread import DeviceThread, Task
from styleswap.worker.models import Models
from styleswap.worker.orders import Order, SharedPicture
from styleswap.worker.painting import Asker, DeviceLost, check, paint
from styleswap.worker.refusals import Refusal, shutting_down

INTERVAL: Final = 0.05
"""Seconds between two messages of progress in one stage."""

DOWNLOAD_SHARE: Final = 0.5
"""Share of the whole work that the download of a model is told as."""

KEPT_BYTES: Final = 64 << 20
"""Freed memory that is kept: the process goes when nothing is asked for a while."""

SPARE_BYTES: Final = 16 << 20
"""Largest result whose memory is kept for the next one of its size: fresh pages cost time."""

LOST_DEVICE: Final = 75
"""Exit code where the device cannot be used any more by this process."""

_log = logging.getLogger(__name__)


def run(arguments: Sequence[str]) -> None:
    """Serves the daemon until its end of the channel closes, then ends the process.

    Args:
        arguments: the channel's descriptor, then options.
    """
    heap.keep_freed(KEPT_BYTES)
    channel = channel_of(int(arguments[0]))
    options = _options(arguments[1:])
    to_daemon = _ToDaemon(channel)
    logging.basicConfig(level=options.log_level, handlers=[to_daemon], format="%(message)s")
    # Nobody is left to work for. What runs cannot be waited for: it may take minutes.
    serve(channel, options, end=os._exit)


def run_in_thread(channel: Channel, arguments: Sequence[str]) -> None:
    """Serves the daemon from a thread of its own process; see `processes.InThread`."""
    serve(channel, _options(arguments), end=lambda code: None)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="styleswap.worker", description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--spool-bytes", type=int, required=True)
    parser.add_argument("--log-level", type=int, default=logging.INFO)
    return parser.parse_args(arguments)


def serve(channel: Channel, options: argparse.Namespace, end: Callable[[int], object]) -> None:
    """Serves until the other end of the channel closes.

    Args:
        channel: this end.
        options: of `run`.
        end: ends the process with an exit code, where there is one to be ended.
    """

    def room(byte_count: int) -> SharedMemory:
        if byte_count <= options.spool_bytes:
            return SharedMemory.create(byte_count)
        return SharedMemory.create(byte_count, options.spool, reserve=True)

    desk = _Desk(channel, Models(options.device, options.weights), room, end)
    desk.start()
    try:
        while True:
            desk.take(channel.receive())
    except ChannelClosed:
        end(0)


class _Desk:
    """Takes messages and sends what becomes of them."""

    def __init__(
        self,
        channel: Channel,
        models: Models,
        room: Callable[[int], SharedMemory],
        end: Callable[[int], object],
    ) -> None:
        self._channel = channel
        self._end = end
        self._models = models
        self._room = room
        self._device = DeviceThread()
        self._tasks: dict[int, Task] = {}
        self._lock = threading.Lock()
        self._loaded: dict[str, list[str]] = {}
        self._lent: dict[int, SharedMemory] = {}
        """Results that the daemon has not done with."""
        self._spare: SharedMemory | None = None

    def start(self) -> None:
        """Imports the engine on the device's thread, before anything else is done there."""
        self._device.submit(Task(self._begin, brief=True))
        self._device.start()

    def take(self, message: Message) -> None:
        """Does what a message says, or hands it to the device's thread."""
        values = message.values
        id_ = values["id"]
        if "taken" in values:
            self._taken(id_, again=values["taken"])
        elif "cancel" in values:
            with self._lock:
                task = self._tasks.get(id_)
            if task is None:
                return
            task.cancel()
            if self._device.withdraw(task):
                self._answered(id_, _refuse_cancelled)
        elif "paint" in values:
            order = Order.from_message(values["paint"], message.files)
            request = values.get("request", "-")

            def work(task: Task) -> None:
                # It may run in the midst of another one.
                outer, _request.name = _request.name, request
                self._answered(id_, lambda: self._paint(id_, order, task))
                _request.name = outer

            self._submit(id_, Task(work, brief=order.brief))
        else:
            task = Task(lambda task: self._call(id_, values, task), brief=True)
            if values["call"] in ("load", "unload"):
                self._submit(id_, task)
                return
            # Not behind a painting, nor on this thread, which hears cancels.
            with self._lock:
                self._tasks[id_] = task
            threading.Thread(target=task.work, args=(task,), daemon=True).start()

    def _submit(self, id_: int, task: Task) -> None:
        with self._lock:
            self._tasks[id_] = task
        self._device.submit(task)

    def _begin(self, task: Task) -> None:
        try:
            self._models.start()
        except Refusal as refusal:
            self._send({"refused": refusal.to_values()})
            return
        self._send({"ready": self._models.device_name})

    def _answered(self, id_: int, work: Callable[[], None]) -> None:
        """Does some work; what it raises is sent in place of an answer."""
        try:
            work()
        except Refusal as refusal:
            if refusal.__cause__ is not None:
                _log.debug("refused because of", exc_info=refusal.__cause__)
            self._send({"id": id_, "refused": refusal.to_values()})
        except ChannelClosed:
            pass  # nobody listens any more
        except Exception as error:  # noqa: BLE001 - told to the daemon, which logs it
            self._failed(id_, error)
        finally:
            with self._lock:
                self._tasks.pop(id_, None)
            self._tell_loaded()

    def _failed(self, id_: int, error: Exception) -> None:
        from styleswap.devices.memory import is_device_lost

        text = "".join(traceback.format_exception(error))
        if isinstance(error, DeviceLost) or is_device_lost(error):
            # Nothing can be done with the device in this process any more.
            _log.error("the device is lost:\n%s", text)
            self._end(LOST_DEVICE)
        self._send({"id": id_, "failed": text})

    def _call(self, id_: int, values: dict[str, Any], task: Task) -> None:
        def work() -> None:
            result: Any = None
            arguments = values.get("arguments", {})
            if values["call"] == "download":
                throttle = self._throttle(id_)
                self._models.download(
                    told=lambda share: throttle("loading", share * DOWNLOAD_SHARE),
                    cancelled=task.cancelled,
                    **arguments,
                )
            elif values["call"] == "load":
                self._models.get(**arguments)
            elif values["call"] == "unload":
                result = self._models.unload(**arguments)
            elif values["call"] == "entries":
                result = [asdict(entry) for entry in self._models.entries()]
            elif values["call"] == "known":
                self._models.known(**arguments)
            else:
                check(self._models, arguments["settings"])
            # Before the answer: whoever has it may ask what is in memory.
            self._tell_loaded()
            self._send({"id": id_, "answer": result})

        self._answered(id_, work)

    def _paint(self, id_: int, order: Order, task: Task) -> None:
        told = self._throttle(id_)

        def cancelled() -> bool:
            if not task.brief:
                self._device.poll()
            return task.cancelled()

        def shown(picture: SharedPicture) -> None:
            with picture.memory:
                self._send({"id": id_, "preview": asdict(picture.format)}, picture)

        try:
            self._send({"id": id_, "stage": "", "fraction": 0.0})  # it has begun
            asker = Asker(told, shown, cancelled, self._room_for_result)
            painted = paint(order, self._models, asker)
        finally:
            for picture in (
                order.content,
                *(style.picture for style in order.styles),
                *(style.mask for style in order.styles if style.mask is not None),
            ):
                picture.memory.close()
        # Before the answer: whoever has it may ask what is in memory.
        self._tell_loaded()
        with self._lock:
            self._lent[id_] = painted.picture.memory
        self._send(
            {
                "id": id_,
                "painted": asdict(painted.picture.format),
                "report": base64.b64encode(painted.report.SerializeToString()).decode(),
            },
            painted.picture,
        )

    def _room_for_result(self, byte_count: int) -> SharedMemory:
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None and spare.size == byte_count:
            return spare
        if spare is not None:
            spare.close()
        return self._room(byte_count)

    def _taken(self, id_: int, *, again: bool) -> None:
        with self._lock:
            memory = self._lent.pop(id_)
            old: SharedMemory | None = memory
            if again and memory.size <= SPARE_BYTES:
                old, self._spare = self._spare, memory
        if old is not None:
            old.close()

    def _throttle(self, id_: int) -> "_Throttle":
        return _Throttle(
            lambda stage, share: self._send({"id": id_, "stage": stage, "fraction": share})
        )

    def _tell_loaded(self) -> None:
        loaded = {
            "loaded": sorted(self._models.loaded),
            "complete": sorted(self._models.complete),
        }
        with self._lock:
            news, self._loaded = loaded != self._loaded, loaded
        if news:
            self._send(loaded)

    def _send(self, values: dict[str, Any], picture: SharedPicture | None = None) -> None:
        try:
            self._channel.send(values, [] if picture is None else [picture.memory.descriptor])
        except ChannelClosed:
            self._end(0)


def _refuse_cancelled() -> None:
    raise shutting_down()


class _Throttle:
    """Passes on progress, but not every bit of it."""

    def __init__(self, tell: Callable[[str, float], None]) -> None:
        self._tell = tell
        self._stage = ""
        self._told = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._told >= INTERVAL:
            self._stage, self._told = stage, now
            self._tell(stage, fraction)


class _Request(threading.local):
    """The id of the request that a thread works for, for the log."""

    name = "-"


_request = _Request()


class _ToDaemon(logging.Handler):
    """Sends records to the daemon's log."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one; a daemon that is gone has no log."""
        try:
            log = [record.levelno, record.name, self.format(record), _request.name]
            self._channel.send({"log": log})
        except ChannelClosed:
            pass
