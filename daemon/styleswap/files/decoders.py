"""The processes in which files are decoded: started, watched, reused and ended.

One is started when it is needed, takes one file after the other, and ends when it has been idle for
a while. It may not take more memory or time than a picture of the file's size needs, and is killed
when nobody waits for the picture any more. Where it dies, that file is refused and nothing else;
since an earlier file may have left it ill, one that has worked before is replaced, and the file
tried once more.
"""

import atexit
import contextlib
import errno
import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

from styleswap.processes import Channel, ChannelClosed, Child, SharedMemory

from .errors import Cancelled, FileError, Reason

AT_ONCE: Final = 2
"""Most files from elsewhere that are decoded at the same time."""

IDLE_SECONDS: Final = 20.0
"""How long a child waits for the next file."""

SECONDS: Final = 300.0
"""Longest time for a file; its own CPU time is bounded by its size, far below that."""

_TICK: Final = 0.05
"""Seconds between two questions whether somebody waits still."""

_ROOMS: Final = 2
"""How often a child may ask for memory for a picture: JPEGs are tried twice."""


class TooLong(Exception):
    """A file takes too long."""


class NoProcess(FileError):
    """A process cannot be started."""


def start_one() -> None:
    """Starts a process where none is idle; it gets ready meanwhile.

    Raises:
        OSError: none can be started.
    """
    workers = _pools[False]
    workers.give(workers.take())


def ask(
    name: str,
    request: Mapping[str, Any],
    descriptor: int,
    most: int,
    cancelled: Callable[[], bool] | None,
    *,
    own: bool = False,
) -> tuple[dict[str, Any], memoryview]:
    """Has a process do something. Blocks; any thread may call it.

    Args:
        name: of the file, for messages.
        request: what to do, see `decoding_child`.
        descriptor: of the open file that it concerns.
        most: bytes that may come back beside the answer.
        cancelled: asked often; true ends the work.
        own: it concerns nothing that comes from elsewhere, so that it neither waits for what does
            nor has a process that something of that kind has been in.

    Returns:
        The answer, and the bytes that came with it.

    Raises:
        FileError: whatever is wrong with the file, with the process, or with its answer.
        Cancelled: `cancelled` said so.
    """
    workers = _pools[own]
    deadline = time.monotonic() + SECONDS
    with workers.place(cancelled):
        while True:
            try:
                worker = workers.take()
            except OSError as error:
                raise NoProcess(
                    "FILE_UNREADABLE",
                    f"{name} cannot be read: no process can be started ({error.strerror}); close "
                    "other programs.",
                ) from None
            try:
                values, data = worker.ask(request, descriptor, most, deadline, cancelled)
            except ChannelClosed:
                worker.kill()
                if worker.worked:
                    continue
                raise given_up(name) from None
            except TooLong:
                worker.kill()
                raise FileError(
                    "DECODING_TIMEOUT",
                    f"{name} takes too long to read; save it in another format, such as PNG.",
                ) from None
            except OSError as error:
                worker.kill()
                raise too_large(name, error) from None
            except BaseException:
                worker.kill()
                raise
            worker.worked = True
            workers.give(worker)
            failure = values.get("error")
            if failure is None and data is not None:
                return values, data
            raise _told(name, failure)


def _told(name: str, failure: Any) -> FileError:
    """The error that a child tells."""
    told = failure if isinstance(failure, dict) else {}
    known: tuple[Reason, ...] = get_args(Reason)
    for reason in known:
        if told.get("reason") == reason and isinstance(told.get("message"), str):
            return FileError(reason, told["message"])
    return given_up(name)


def given_up(name: str) -> FileError:
    """The error for a file that no process could decode."""
    return FileError(
        "DAMAGED_IMAGE",
        f"{name} cannot be decoded: it is damaged, or too large for this machine's memory; open "
        "it in an editor and save it again, or smaller.",
    )


def too_large(name: str, error: OSError) -> FileError:
    """The error for a file for which there is no memory."""
    return FileError(
        "PICTURE_TOO_LARGE",
        f"{name} does not fit into memory ({error.strerror}); make it smaller.",
    )


class _Patience:
    """How long somebody waits for an answer."""

    def __init__(self, deadline: float, cancelled: Callable[[], bool] | None) -> None:
        self._deadline = deadline
        self._cancelled = cancelled

    def wait(self, source: Channel | int) -> None:
        """Returns when something is there to be read.

        Raises:
            TooLong: it takes too long.
            Cancelled: nobody waits any more.
        """
        poll = select.poll()
        poll.register(source, select.POLLIN)
        while True:
            if self._cancelled is not None and self._cancelled():
                raise Cancelled
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TooLong
            if poll.poll(1000 * (left if self._cancelled is None else min(left, _TICK))):
                return


def _through_pipe(channel: Channel, size: int, patience: _Patience) -> memoryview:
    """Bytes that a child writes, as many as there come."""
    reader, writer = os.pipe()
    try:
        try:
            channel.send({}, [writer])
        finally:
            os.close(writer)
        data = memoryview(bytearray(size))
        count = 0
        while count < size:
            patience.wait(reader)
            part = os.read(reader, min(size - count, 1 << 20))
            if not part:
                break
            data[count : count + len(part)] = part
            count += len(part)
        return data[:count]
    finally:
        os.close(reader)


class _Worker:
    """A child that decodes, one file at a time."""

    def __init__(self) -> None:
        self._child = Child("styleswap.files.decoding_child", environment=_environment())
        self.worked = False
        """Whether it has taken a file before."""
        self.since = time.monotonic()
        """When it became idle."""

    def ask(
        self,
        request: Mapping[str, Any],
        descriptor: int,
        most: int,
        deadline: float,
        cancelled: Callable[[], bool] | None,
    ) -> tuple[dict[str, Any], memoryview | None]:
        """The answer to a request, and the bytes that came with it.

        Raises:
            ChannelClosed: the child is gone, or does not keep to what is agreed.
            TooLong: it takes too long.
            Cancelled: `cancelled` said so.
            OSError: there is no room.
        """
        channel = self._child.channel
        patience = _Patience(deadline, cancelled)
        data: memoryview | None = None
        memory: SharedMemory | None = None
        try:
            channel.send(request, [descriptor])
            for _ in range(_ROOMS + 1):
                message = channel.receive(patience.wait)
                message.close()
                room = message.values.get("room")
                if room is None:
                    if "error" in message.values:
                        # Whoever keeps the refusal must not keep the memory.
                        return message.values, None
                    if memory is not None:
                        data = memoryview(memory.map())
                    return message.values, data
                if type(room) is not int or not 1 <= room <= most:
                    break
                if memory is not None:
                    memory.close()
                    memory = None
                try:
                    memory = SharedMemory.create(room)
                except OSError as error:
                    if error.errno != errno.EFBIG:
                        raise
                    # Where files may not be as large, memory that is one may not either.
                    data = _through_pipe(channel, room, patience)
                else:
                    channel.send({}, [memory.descriptor])
            raise ChannelClosed("the child wants more room than was agreed")
        finally:
            if memory is not None:
                memory.close()

    def kill(self) -> None:
        """Ends it now."""
        self._child.kill()


class _Workers:
    """Children: at most some at once, kept for the next file, ended when idle."""

    def __init__(self, at_once: int) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._places = threading.BoundedSemaphore(at_once)
        self._watching = False

    @contextlib.contextmanager
    def place(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        """Waits for the right to run a child.

        Raises:
            Cancelled: `cancelled` said so.
        """
        while not self._places.acquire(timeout=None if cancelled is None else _TICK):
            if cancelled is not None and cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._places.release()

    def take(self) -> _Worker:
        """An idle child, or a new one."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Worker()

    def give(self, worker: _Worker) -> None:
        """Keeps a child for the next file."""
        worker.since = time.monotonic()
        with self._lock:
            self._idle.append(worker)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="decoders", daemon=True).start()

    def end(self) -> None:
        """Ends all that are idle."""
        with self._lock:
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.kill()

    def _watch(self) -> None:
        while True:
            with self._lock:
                oldest = min((worker.since for worker in self._idle), default=None)
                if oldest is None:
                    self._watching = False
                    return
            time.sleep(min(max(0.0, oldest + IDLE_SECONDS - time.monotonic()), 1.0))
            limit = time.monotonic() - IDLE_SECONDS
            with self._lock:
                ended = [worker for worker in self._idle if worker.since <= limit]
                self._idle = [worker for worker in self._idle if worker.since > limit]
            for worker in ended:
                worker.kill()


def _new_pools() -> dict[bool, _Workers]:
    return {False: _Workers(AT_ONCE), True: _Workers(1)}


_pools = _new_pools()
"""Those for files from elsewhere, and those for our own."""


def _forget_workers() -> None:
    """In a forked process: the children are those of the other one."""
    _pools.update(_new_pools())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


@atexit.register
def _end_workers() -> None:
    for workers in _pools.values():
        workers.end()


def _environment() -> dict[str, str]:
    """The children's: as this process's, but for what bounds their threads and memory."""
    return {
        **os.environ,
        # Each arena of the C library takes 64 MiB of the address space that is limited.
        "MALLOC_ARENA_MAX": "2",
        "VIPS_CONCURRENCY": str(min(4, os.cpu_count() or 1)),
    }
