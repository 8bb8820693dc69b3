"""The client for ordinary programs: the asyncio client, with its event loop in a thread of its own.

Callbacks run in the thread that made the call, which waits there anyway: an editor may touch its
own objects in them.
"""

import asyncio
import concurrent.futures
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from os import PathLike
from types import TracebackType
from typing import Any, TypeVar

from styleswap.client.aio import (
    ADD_SECONDS,
    AsyncDaemon,
    OnPreview,
    OnProgress,
    Region,
    Size,
    connect_async,
)
from styleswap.client.answers import Added, Model, Report, Result, ServerInfo, Style
from styleswap.client.cancel import Stoppable
from styleswap.client.errors import CallerFailed, Cancelled, Forked
from styleswap.client.launch import START_SECONDS, Message
from styleswap.client.pictures import PictureFormat

T = TypeVar("T")
_Here = Callable[[Any], Any]

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

    def run(self, make: Callable[[_Here], Coroutine[Any, Any, T]]) -> T:
        """Runs a coroutine in the loop and returns what it returns.

        Args:
            make: gets a function that wraps callbacks so that they run in the calling thread
                (None stays None), and returns the coroutine.
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


class Daemon:
    """A connection to a daemon. Made by `connect`; any thread may use it, several at once.

    A daemon that went away between two calls is found, or started, anew.
    """

    def __init__(self, thread: EventLoopThread, daemon: AsyncDaemon) -> None:
        """Args: thread: runs the loop that `daemon` belongs to; both are closed with this."""
        self._thread = thread
        self._daemon = daemon
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
            self._thread.run(lambda here: self._daemon.close())
        except Forked:
            raise
        except RuntimeError:  # closed already
            pass
        self._thread.close()

    @property
    def address(self) -> str:
        """Host and port of the daemon."""
        return self._daemon.address

    def stylize(
        self,
        content: T,
        style: object,
        *,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> T:
        """Paints `content` in `style`; returns a picture of the content's kind.

        Arguments and errors are those of `AsyncDaemon.stylize`. Callbacks run in this thread.
        """
        result = self.paint(
            content,
            style,
            progress=progress,
            preview=preview,
            timeout=timeout,
            cancel=cancel,
            coarse_only=coarse_only,
            reduced_from=reduced_from,
            region=region,
            **settings,
        )
        return result.picture

    def paint(
        self,
        content: object,
        style: object,
        *,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> Result:
        """As `stylize`, and also returns the report on what was used."""
        return self._thread.run(
            lambda here: self._daemon.paint(
                content,
                style,
                progress=here(progress),
                preview=here(preview),
                timeout=timeout,
                cancel=cancel,
                coarse_only=coarse_only,
                reduced_from=reduced_from,
                region=region,
                **settings,
            )
        )

    def paint_rows(
        self,
        format: PictureFormat,
        read_rows: Callable[[int, int], Any],
        write_rows: Callable[[int, bytes], object],
        style: object,
        *,
        begin: Callable[[PictureFormat], object] | None = None,
        progress: OnProgress | None = None,
        preview: OnPreview | None = None,
        timeout: float | None = None,
        cancel: Stoppable | None = None,
        coarse_only: bool = False,
        reduced_from: Size | None = None,
        region: Region | None = None,
        **settings: object,
    ) -> Report:
        """Paints a picture that its owner keeps: rows are read and written in bands.

        Arguments and errors are those of `AsyncDaemon.paint_rows`. Callbacks run in this thread.
        """
        return self._thread.run(
            lambda here: self._daemon.paint_rows(
                format,
                here(read_rows),
                here(write_rows),
                style,
                begin=here(begin),
                progress=here(progress),
                preview=here(preview),
                timeout=timeout,
                cancel=cancel,
                coarse_only=coarse_only,
                reduced_from=reduced_from,
                region=region,
                **settings,
            )
        )

    def info(self) -> ServerInfo:
        """Returns what the daemon is and can do."""
        return self._thread.run(lambda here: self._daemon.info())

    def health(self) -> bool:
        """Returns whether the daemon takes requests; False too where none answers."""
        return self._thread.run(lambda here: self._daemon.health())

    def load(self, model: str = "") -> Model:
        """Loads a model (by default the embedded one), so that no picture waits for it."""
        return self._thread.run(lambda here: self._daemon.load(model))

    def unload(self, model: str = "") -> tuple[str, ...]:
        """Frees a model's memory, that of all where none is named; returns the names."""
        return self._thread.run(lambda here: self._daemon.unload(model))

    def shutdown(self, wait: float = 0.0) -> bool:
        """Ends the daemon when the running requests are done; see `AsyncDaemon.shutdown`."""
        return self._thread.run(lambda here: self._daemon.shutdown(wait))


class Styles:
    """The style library of a daemon."""

    def __init__(self, thread: EventLoopThread, daemon: AsyncDaemon) -> None:
        """Belongs to a daemon, as its attribute `styles`."""
        self._thread = thread
        self._styles = daemon.styles

    def list(self) -> list[Style]:
        """Returns the library: the built-in styles in their order, then the user's by name."""
        return self._thread.run(lambda here: self._styles.list())

    def add(
        self,
        picture: object,
        name: str = "",
        *,
        timeout: float | None = ADD_SECONDS,
        cancel: Stoppable | None = None,
    ) -> Added:
        """Adds a picture to the library; arguments are those of `AsyncStyles.add`."""
        return self._thread.run(
            lambda here: self._styles.add(picture, name, timeout=timeout, cancel=cancel)
        )

    def remove(self, style: object) -> None:
        """Removes one of the user's styles, given by id, unique name or as a `Style`."""
        self._thread.run(lambda here: self._styles.remove(style))

    def rename(self, style: object, name: str) -> Style:
        """Gives one of the user's styles another name, of 1 to 200 characters."""
        return self._thread.run(lambda here: self._styles.rename(style, name))

    def thumbnail(self, style: object, size: int = 128) -> bytes:
        """Returns a PNG file of a style, its longest side `size` pixels (16 to 512)."""
        return self._thread.run(lambda here: self._styles.thumbnail(style, size))


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

    async def open_daemon(here: _Here) -> AsyncDaemon:
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
