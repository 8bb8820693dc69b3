"""One connection to one daemon: the channel, the token, the health check."""

import asyncio
from dataclasses import dataclass
from typing import Any

from google.protobuf.wrappers_pb2 import Int32Value, StringValue
from grpclib.client import Channel, Handler, UnaryUnaryMethod
from grpclib.protocol import H2Protocol
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame

from styleswap.client.errors import DaemonNotRunning, from_call
from styleswap.v1.server_grpc import ServerServiceStub
from styleswap.v1.styles_grpc import StyleServiceStub
from styleswap.v1.stylize_grpc import StylizeServiceStub

DIAL_SECONDS = 5.0
"""Time for a TCP connection; the daemon is on the same machine."""
HEALTH_SECONDS = 10.0
"""Time for an answer to a health check; a busy machine may be slow."""
SERVING = 1
"""ServingStatus.SERVING of grpc.health.v1."""


@dataclass(frozen=True)
class Endpoint:
    """Where a daemon is, and what it wants to hear."""

    address: str
    """Host and port, such as "127.0.0.1:41234"."""
    token: str
    """The token of its runtime file; empty where none is needed."""


class DrainingChannel(Channel):
    """A channel whose calls outlive the server's announcement that it will end.

    A server that drains sends GOAWAY, answers the calls under way, and closes. grpclib and h2 end
    all calls at GOAWAY. Here it only means that no further call takes this connection.
    """

    def __del__(self) -> None:
        """Says nothing, unlike grpclib: a script that just ends has done nothing wrong."""

    def _protocol_factory(self) -> H2Protocol:
        return _DrainingProtocol(Handler(), self._config, self._h2_config)


class _DrainingProtocol(H2Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Puts the reception of GOAWAY frames in other hands than h2's."""
        super().connection_made(transport)
        receivers = self.connection._connection._frame_dispatch_table
        end_at_once = receivers[GoAwayFrame]
        handler = self.handler
        assert isinstance(handler, Handler)

        def receive_goaway(frame: GoAwayFrame) -> Any:
            if frame.error_code != ErrorCodes.NO_ERROR:
                return end_at_once(frame)
            # What the channel asks when it looks for a connection for the next call.
            handler.connection_lost = True
            return [], []

        receivers[GoAwayFrame] = receive_goaway


class Connection:
    """A channel to a daemon, with its stubs. Belongs to the running event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Nothing is dialled yet; must be called inside of a running event loop."""
        host, _, port = endpoint.address.rpartition(":")
        if not port.isdigit():
            raise DaemonNotRunning(
                f"{endpoint.address!r} is no address: give HOST:PORT, such as 127.0.0.1:41234.",
                reason="BAD_ADDRESS",
            )
        self.endpoint = endpoint
        self._channel = DrainingChannel(host.strip("[]"), int(port))
        self.server = ServerServiceStub(self._channel)
        self.styles = StyleServiceStub(self._channel)
        self.stylize = StylizeServiceStub(self._channel)
        # HealthCheckRequest {string service = 1} and HealthCheckResponse {enum status = 1} have
        # the bytes of these two wrappers. grpclib and grpcio each bring a module for the real
        # messages, and a program that loads both (a script that also serves) would fail.
        self._check: UnaryUnaryMethod[StringValue, Int32Value] = UnaryUnaryMethod(
            self._channel, "/grpc.health.v1.Health/Check", StringValue, Int32Value
        )

    @property
    def metadata(self) -> dict[str, str]:
        """What goes with every call."""
        token = self.endpoint.token
        return {"authorization": f"Bearer {token}"} if token else {}

    async def dial(self) -> None:
        """Connects where not connected.

        Raises:
            DaemonNotRunning: nobody listens there.
        """
        try:
            await asyncio.wait_for(self._channel.__connect__(), DIAL_SECONDS)
        except (OSError, asyncio.TimeoutError) as error:
            raise DaemonNotRunning(
                f"No Style Swap daemon answers at {self.endpoint.address}. "
                "Start one with: styleswap serve",
                reason="NOT_RUNNING",
            ) from error

    async def serving(self, timeout: float = HEALTH_SECONDS) -> bool:
        """Returns whether a daemon answers that takes requests.

        Raises:
            DaemonNotRunning: nobody listens there, or somebody who is no daemon.
        """
        await self.dial()
        try:
            status = await asyncio.ensure_future(self._check(StringValue(), timeout=timeout))
        except Exception as error:
            reason = from_call(error)
            raise DaemonNotRunning(
                f"What listens at {self.endpoint.address} gives no sign of health: {reason}",
                reason="NOT_HEALTHY",
            ) from error
        return status.value == SERVING

    def close(self) -> None:
        """Closes the channel; calls under way fail."""
        self._channel.close()
