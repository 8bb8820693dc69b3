"""Decoding in a process of its own: whatever a file does to its decoder, this process goes on.

A child is started when it is needed, takes one file after the other, and ends when it has been idle
for a while. It may not take more memory or time than a picture of the file's size needs, and it is
killed when nobody waits for the picture any more. Where it dies, that file is refused and nothing
else; since an earlier file may have left it ill, one that has worked before is replaced, and the
file tried once more. Pixels come back in shared memory.

Where processes cannot be handed files (Windows), files are decoded in this one.
"""

import atexit
import base64
import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from styleswap.processes import AVAILABLE, ChannelClosed, Child, SharedMemory

from .errors import Cancelled, FileError, Reason
from .limits import Limits
from .opening import open_regular
from .pixels import CHANNELS, VALUE_BYTES, Pixels

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | SharedMemory

AT_ONCE: Final = 2
"""Most files that are decoded at the same time."""

IDLE_SECONDS: Final = 20.0
"""How long a child waits for the next file."""

SECONDS: Final = 300.0
"""Longest time for a file; its own CPU time is bounded by its size, far below that."""

_TICK: Final = 0.05
"""Seconds between two questions whether somebody waits still."""

_NOTICES: Final = 20
_NOTICE_LENGTH: Final = 1000
_THUMBNAIL_BYTES: Final = 16 << 20

_ROOMS: Final = 2
"""How often a child may ask for memory for a picture: JPEGs are tried twice."""


def decode(
    source: Source,
    *,
    limits: Limits | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Pixels:
    """Reads an image file as `read` does, in a process of its own. Blocks; any thread may call it.

    Args:
        source: a path, the bytes of a file, or shared memory that holds them.
        limits: the largest file and picture.
        cancelled: asked often; true ends the work.

    Raises:
        FileError: as `read`, or DECODING_TIMEOUT.
        Cancelled: `cancelled` said so.
    """
    limits = limits or Limits()
    if not AVAILABLE:
        return _here(source, limits)
    name, suffix = "The picture", ""
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        name, suffix = repr(str(path)), path.suffix
        descriptor, size = open_regular(path)
    elif isinstance(source, SharedMemory):
        descriptor, size = os.dup(source.descriptor), source.size
    else:
        size = memoryview(source).nbytes
        if not size:
            # Memory of no bytes cannot be shared.
            return _here(b"", limits)
        with _shared(name, source) as shared:
            descriptor = os.dup(shared.descriptor)
    request = {
        "do": "read",
        "name": name,
        "suffix": suffix,
        "size": size,
        "limits": {"pixels": limits.pixels, "side": limits.side, "file_bytes": limits.file_bytes},
    }
    try:
        values, memory = _ask(name, request, descriptor, limits.decoded_bytes, cancelled)
    finally:
        os.close(descriptor)
    with memory:
        try:
            return _pixels(values, memory)
        except (KeyError, TypeError, ValueError):
            raise _given_up(name) from None


def thumbnail(pixels: Pixels, size: int) -> bytes:
    """The bytes of a PNG as `thumbnail_png` makes it, in a process of its own.

    Raises:
        ValueError: for a size below 1.
        FileError: the picture is too much for this machine.
    """
    if size < 1:
        raise ValueError(f"a thumbnail needs at least one pixel, not {size}")
    if not AVAILABLE:
        return _thumbnail_here(pixels, size)
    form = {
        name: getattr(pixels, name) for name in ("width", "height", "layout", "depth", "linear")
    }
    with _shared("The picture", pixels.data) as shared:
        request = {"do": "thumbnail", "side": size, "pixels": form, "size": shared.size}
        try:
            _, memory = _ask("The picture", request, shared.descriptor, _THUMBNAIL_BYTES, None)
        except _NoProcess:
            # Pixels, other than files, can do no harm.
            return _thumbnail_here(pixels, size)
    with memory:
        return memory.read(0, memory.size)


class _NoProcess(FileError):
    """A process cannot be started."""


def _thumbnail_here(pixels: Pixels, size: int) -> bytes:
    from .thumbnails import thumbnail_png

    return thumbnail_png(pixels, size)


def _shared(name: str, data: bytes | bytearray | memoryview) -> SharedMemory:
    try:
        return SharedMemory.holding(data)
    except OSError as error:
        raise _too_large(name, error) from None


def _too_large(name: str, error: OSError) -> FileError:
    return FileError(
        "PICTURE_TOO_LARGE",
        f"{name} does not fit into memory ({error.strerror}); make it smaller.",
    )


def _here(source: Source, limits: Limits) -> Pixels:
    from .reading import read

    if isinstance(source, SharedMemory):
        source = source.read(0, source.size)
    return read(
        source, pixel_limit=limits.pixels, side_limit=limits.side, byte_limit=limits.file_bytes
    )


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
    ) -> tuple[dict[str, Any], SharedMemory | None]:
        """The answer to a request, and the memory that the child has filled.

        Raises:
            ChannelClosed: the child is gone, or does not keep to what is agreed.
            TimeoutError: it takes too long.
            Cancelled: `cancelled` said so.
        """
        channel = self._child.channel
        memory: SharedMemory | None = None
        try:
            channel.send(request, [descriptor])
            rooms = 0
            while True:
                self._wait(deadline, cancelled)
                message = channel.receive()
                message.close()
                room = message.values.get("room")
                if room is None:
                    return message.values, memory
                rooms += 1
                if rooms > _ROOMS or type(room) is not int or not 1 <= room <= most:
                    raise ChannelClosed("the child wants more room than was agreed")
                if memory is not None:
                    memory.close()
                memory = SharedMemory.create(room)
                channel.send({}, [memory.descriptor])
        except BaseException:
            if memory is not None:
                memory.close()
            raise

    def _wait(self, deadline: float, cancelled: Callable[[], bool] | None) -> None:
        poll = select.poll()
        poll.register(self._child.channel, select.POLLIN)
        while True:
            if cancelled is not None and cancelled():
                raise Cancelled
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if poll.poll(1000 * min(left, left if cancelled is None else _TICK)):
                return

    def kill(self) -> None:
        """Ends it now."""
        self._child.kill()


class _Workers:
    """The children: at most `AT_ONCE`, kept for the next file, ended when idle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._places = threading.BoundedSemaphore(AT_ONCE)
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
        worker.worked = True
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
            time.sleep(max(0.0, oldest + IDLE_SECONDS - time.monotonic()))
            limit = time.monotonic() - IDLE_SECONDS
            with self._lock:
                ended = [worker for worker in self._idle if worker.since <= limit]
                self._idle = [worker for worker in self._idle if worker.since > limit]
            for worker in ended:
                worker.kill()


_workers = _Workers()


def _forget_workers() -> None:
    """In a forked process: the children are those of the other one."""
    global _workers  # noqa: PLW0603
    _workers = _Workers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


@atexit.register
def _end_workers() -> None:
    _workers.end()


def _ask(
    name: str,
    request: Mapping[str, Any],
    descriptor: int,
    most: int,
    cancelled: Callable[[], bool] | None,
) -> tuple[dict[str, Any], SharedMemory]:
    """Has a child do something; its answer, and the memory that it has filled."""
    workers = _workers
    deadline = time.monotonic() + SECONDS
    with workers.place(cancelled):
        while True:
            try:
                worker = workers.take()
            except OSError as error:
                raise _NoProcess(
                    "FILE_UNREADABLE",
                    f"{name} cannot be read: no process can be started ({error.strerror}); close "
                    "other programs.",
                ) from None
            try:
                values, memory = worker.ask(request, descriptor, most, deadline, cancelled)
            except ChannelClosed:
                worker.kill()
                if worker.worked:
                    continue
                raise _given_up(name) from None
            except TimeoutError:
                worker.kill()
                raise FileError(
                    "DECODING_TIMEOUT",
                    f"{name} takes too long to read; save it in another format, such as PNG.",
                ) from None
            except OSError as error:
                worker.kill()
                raise _too_large(name, error) from None
            except BaseException:
                worker.kill()
                raise
            workers.give(worker)
            failure = values.get("error")
            if failure is None and memory is not None:
                return values, memory
            if memory is not None:
                memory.close()
            raise _told(name, failure)


def _told(name: str, failure: Any) -> FileError:
    """The error that a child tells."""
    told = failure if isinstance(failure, dict) else {}
    known: tuple[Reason, ...] = get_args(Reason)
    for reason in known:
        if told.get("reason") == reason and isinstance(told.get("message"), str):
            return FileError(reason, told["message"])
    return _given_up(name)


def _given_up(name: str) -> FileError:
    return FileError(
        "DAMAGED_IMAGE",
        f"{name} cannot be decoded: it is damaged, or too large for this machine's memory; open "
        "it in an editor and save it again, or smaller.",
    )


def _pixels(values: Mapping[str, Any], memory: SharedMemory) -> Pixels:
    """The picture that a child tells; raises where that is none."""
    form, profile, resolution = values["form"], values["profile"], values["resolution"]
    if form["layout"] not in CHANNELS or form["depth"] not in VALUE_BYTES:
        raise ValueError("an unknown form")
    width, height, linear = form["width"], form["height"], form["linear"]
    if type(width) is not int or type(height) is not int or type(linear) is not bool:
        raise ValueError("an unknown form")
    if resolution is not None:
        across, down = resolution
        resolution = float(across), float(down)
    notices = tuple(str(notice)[:_NOTICE_LENGTH] for notice in values["notices"][:_NOTICES])
    return Pixels(
        width=width,
        height=height,
        layout=form["layout"],
        depth=form["depth"],
        linear=linear,
        data=memoryview(memory.map()),
        profile=None if profile is None else base64.b64decode(profile),
        resolution=resolution,
        notices=notices,
    )


def _environment() -> dict[str, str]:
    """The children's: as this process's, but for what bounds their threads and memory."""
    return {
        **os.environ,
        # Each arena of the C library takes 64 MiB of the address space that is limited.
        "MALLOC_ARENA_MAX": "2",
        "VIPS_CONCURRENCY": str(min(4, os.cpu_count() or 1)),
    }
