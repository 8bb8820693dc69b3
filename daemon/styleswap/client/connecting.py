"""The way to a daemon, for asyncio: found, started, or reached by its address."""

from collections.abc import Callable, Coroutine, Generator
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

from styleswap.client.aio import AsyncDaemon
from styleswap.client.dial import HEALTH_SECONDS, Connection, Endpoint
from styleswap.client.errors import DaemonNotRunning
from styleswap.client.finding import find, reach
from styleswap.client.launch import START_SECONDS, Message, find_or_start


class Connecting:
    """A connection to come: `await` it, or use it in `async with`."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, AsyncDaemon]]) -> None:
        """Args: connect: makes the connection."""
        self._connect = connect
        self._daemon: AsyncDaemon | None = None

    def __await__(self) -> Generator[Any, None, AsyncDaemon]:
        """Returns the daemon; the caller closes it."""
        return self._connect().__await__()

    async def __aenter__(self) -> AsyncDaemon:
        """Returns the daemon."""
        self._daemon = await self._connect()
        return self._daemon

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection."""
        if self._daemon is not None:
            await self._daemon.close()


def connect_async(
    *,
    start: bool = True,
    address: str = "",
    token: str = "",
    home: str | PathLike[str] | None = None,
    message: Message | None = None,
    timeout: float = START_SECONDS,
) -> Connecting:
    """Connects to the user's daemon: await what this returns, or use it in `async with`.

    Args:
        start: start a daemon where none runs.
        address: "HOST:PORT" of a certain daemon, in place of the user's own.
        token: the token of the daemon at `address`.
        home: folder of the daemon's files, by default `styleswap.runtime.home()`.
        message: called with sentences for a person while a daemon starts.
        timeout: seconds that a daemon may take to answer.

    Raises:
        DaemonNotRunning: none answers, or none can be started.
        VersionMismatch: it speaks other revisions of the API, or cannot prove itself.
        Unauthorized: it does not take the token, or does not know it.
    """
    folder = None if home is None else Path(home)

    async def dial(may_start: bool) -> Connection:
        if address:
            return await reach(Endpoint(address, token), min(HEALTH_SECONDS, timeout))
        if may_start:
            return await find_or_start(folder, message=message, timeout=timeout)
        connection = await find(folder, patience=min(HEALTH_SECONDS, timeout))
        if connection is None:
            raise DaemonNotRunning(
                "No Style Swap daemon is running. Start one with: styleswap serve",
                reason="NOT_RUNNING",
            )
        return connection

    async def connect() -> AsyncDaemon:
        return AsyncDaemon(await dial(start), lambda may_start: dial(start and may_start))

    return Connecting(connect)
