"""Calls to a daemon, over a connection that is dialled anew where it was lost."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from grpclib.client import UnaryUnaryMethod
from grpclib.exceptions import GRPCError

from styleswap.client.cancel import run_cancellable
from styleswap.client.dial import Connection
from styleswap.client.errors import (
    CallerFailed,
    DaemonNotRunning,
    Forked,
    Unauthorized,
    from_call,
)
from styleswap.client.transfer import exchange

T = TypeVar("T")

SMALL_CALL_SECONDS = 60.0
"""Deadline of calls that only ask."""

Dial = Callable[[bool], Awaitable[Connection]]
"""(may start a daemon) -> a connection that works."""


class Caller:
    """Makes calls to a daemon; belongs to one event loop and one process."""

    def __init__(self, connection: Connection, dial: Dial) -> None:
        """Args: connection: one that works; dial: makes another when it is lost."""
        self._closed = False
        self._process = os.getpid()
        self._connection = connection
        self._dial = dial
        self._redialling = asyncio.Lock()

    @property
    def address(self) -> str:
        """Host and port of the daemon."""
        return self._connection.endpoint.address

    def close(self) -> None:
        """Closes the connection; the daemon goes on."""
        self._check_process()
        self._closed = True
        self._connection.close()

    async def connection(self, start: bool = True) -> Connection:
        """Returns a connection that is up, dialling anew where it was lost.

        Args:
            start: a daemon may be started for it.
        """
        self._check_process()
        if self._closed:
            raise RuntimeError("This connection to the daemon is closed; connect again.")
        connection = self._connection
        try:
            await connection.dial()
            return connection
        except (DaemonNotRunning, Unauthorized):
            # Gone; or another one has its place, whose token the runtime file knows.
            async with self._redialling:
                if self._connection is connection:
                    self._connection = await self._dial(start)
                    connection.close()
            return self._connection

    async def unary(
        self,
        method: Callable[[Connection], UnaryUnaryMethod[Any, Any]],
        request: Any,
        timeout: float = SMALL_CALL_SECONDS,
    ) -> Any:
        """Makes a call of one message and one answer."""
        connection = await self.connection()
        return await translated(method(connection)(request, timeout=timeout))

    async def stream(
        self,
        method: Callable[[Connection], Any],
        messages: AsyncGenerator[Any, None],
        receive: Callable[[Any], Awaitable[None]],
        timeout: float | None,
    ) -> None:
        """Runs a streaming call in a task of its own; see `exchange`."""
        connection = await self.connection()
        await translated(exchange(method(connection), messages, receive, timeout=timeout))

    def _check_process(self) -> None:
        # What is sent from a fork would fall into the midst of what its parent sends.
        if os.getpid() != self._process:
            raise Forked


async def translated(call: Coroutine[Any, Any, T]) -> T:
    """Runs a call in a task of its own and turns what it raises into our errors."""
    try:
        return await run_cancellable(call)
    except Exception as error:
        ours = from_call(error)
        if ours is error:
            raise
        # A status says all there is to say; of a broken connection the cause may help.
        raise ours from (None if isinstance(error, GRPCError | CallerFailed) else error)
