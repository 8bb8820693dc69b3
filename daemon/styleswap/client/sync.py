"""The client for ordinary programs: the asyncio client, with its event loop in a thread of its own.

Callbacks run in the thread that made the call, which waits there anyway: an editor may touch its
own objects in them.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine
from os import PathLike
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from styleswap.client.aio import AsyncDaemon
from styleswap.client.connecting import connect_async
from styleswap.client.errors import Forked
from styleswap.client.event_loop import EventLoopThread, Here
from styleswap.client.launch import START_SECONDS, Message
from styleswap.client.styles import AsyncStyles

P = ParamSpec("P")
T = TypeVar("T")


def _in_thread(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], *callbacks: str
) -> Callable[Concatenate[Any, P], T]:
    """Returns a method of the asyncio client as one that waits, with signature and documentation.

    Args:
        method: of the object that `self` has as `_asynchronous`. Where it takes any keyword, its
            own `self` must be positional: a keyword may be called so.
        callbacks: the arguments that are functions to be called in the thread that waits.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def wait(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        given = signature.bind(self._asynchronous, *args, **kwargs)

        def make(here: Here) -> Coroutine[Any, Any, T]:
            for name in given.arguments.keys() & callbacks:
                given.arguments[name] = here(given.arguments[name])
            return method(*given.args, **given.kwargs)

        return self._thread.run(make)

    # Of this module and its classes, for `help`.
    wait.__module__ = __name__
    wait.__qualname__ = method.__qualname__.removeprefix("Async")
    return wait


class Daemon:
    """A connection to a daemon. Made by `connect`; any thread may use it, several at once.

    A daemon that went away between two calls is found, or started, anew. Callbacks run in the
    thread that made the call.
    """

    def __init__(self, thread: EventLoopThread, daemon: AsyncDaemon) -> None:
        """Args: thread: runs the loop that `daemon` belongs to; both are closed with this."""
        self._thread = thread
        self._asynchronous = daemon
        self.styles = Styles(thread, daemon)

    def __enter__(self) -> "Daemon":
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection."""
        self.close()

    def close(self) -> None:
        """Closes the connection; the daemon goes on."""
        try:
            self._thread.run(lambda here: self._asynchronous.close())
        except Forked:
            raise
        except RuntimeError:  # closed already
            pass
        self._thread.close()

    @property
    def address(self) -> str:
        """Host and port of the daemon."""
        return self._asynchronous.address

    stylize = _in_thread(AsyncDaemon.stylize, "progress", "preview")
    paint = _in_thread(AsyncDaemon.paint, "progress", "preview")
    paint_rows = _in_thread(
        AsyncDaemon.paint_rows, "read_rows", "write_rows", "begin", "progress", "preview"
    )
    info = _in_thread(AsyncDaemon.info)
    health = _in_thread(AsyncDaemon.health)
    load = _in_thread(AsyncDaemon.load)
    unload = _in_thread(AsyncDaemon.unload)
    shutdown = _in_thread(AsyncDaemon.shutdown)


class Styles:
    """The style library of a daemon."""

    def __init__(self, thread: EventLoopThread, daemon: AsyncDaemon) -> None:
        """Belongs to a daemon, as its attribute `styles`."""
        self._thread = thread
        self._asynchronous = daemon.styles

    list = _in_thread(AsyncStyles.list)
    add = _in_thread(AsyncStyles.add)
    remove = _in_thread(AsyncStyles.remove)
    rename = _in_thread(AsyncStyles.rename)
    thumbnail = _in_thread(AsyncStyles.thumbnail)


def connect(
    *,
    start: bool = True,
    address: str = "",
    token: str = "",
    home: str | PathLike[str] | None = None,
    message: Message | None = None,
    timeout: float = START_SECONDS,
) -> Daemon:
    """Connects to the user's daemon, starting it where none runs.

    Arguments and errors are those of `connect_async`; `message` runs in this thread, and is silent
    about a daemon that must be started again later.
    """
    thread = EventLoopThread()
    connected = False

    async def open_daemon(here: Here) -> AsyncDaemon:
        message_here = here(message)

        async def tell(sentence: str) -> None:
            # Later nobody waits here any more who could run a callback.
            if message_here is not None and not connected:
                await message_here(sentence)

        return await connect_async(
            start=start, address=address, token=token, home=home, message=tell, timeout=timeout
        )

    try:
        daemon = Daemon(thread, thread.run(open_daemon))
    except BaseException:
        thread.close()
        raise
    connected = True
    return daemon
