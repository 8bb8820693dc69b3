"""One connection to one daemon: the channel, the proofs, the health check.

A daemon is reached by the Unix socket in the private folder, where nobody else can listen. Over
loopback whoever took the port of a dead daemon may answer: there every connection, one that is
dialled anew too, begins with a proof that the server knows the token. The token itself never
travels there.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any

from google.protobuf.wrappers_pb2 import Int32Value, StringValue
from grpclib.client import Channel, Handler, UnaryUnaryMethod
from grpclib.const import Status
from grpclib.events import SendRequest, listen
from grpclib.exceptions import GRPCError
from grpclib.protocol import H2Protocol
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame

from styleswap import proof
from styleswap.client.errors import DaemonNotRunning, Unauthorized, from_call
from styleswap.v1.server_grpc import ProofServiceStub, ServerServiceStub
from styleswap.v1.server_pb2 import ProveRequest, ProveResponse
from styleswap.v1.styles_grpc import StyleServiceStub
from styleswap.v1.stylize_grpc import StylizeServiceStub

DIAL_SECONDS = 5.0
"""Time for a connection; the daemon is on the same machine."""
HEALTH_SECONDS = 10.0
"""Time for a proof, or an answer to a health check; a busy machine may be slow."""
READ_SECONDS = 60.0
"""Time to read an answer that is here, when its server has gone."""
SERVING = 1
"""ServingStatus.SERVING of grpc.health.v1."""
NOT_ANSWERING = "NOT_ANSWERING"
"""The reason where a daemon is there and says nothing."""
_HEALTH = "/grpc.health.v1.Health/"


@dataclass(frozen=True)
class Endpoint:
    """Where a daemon is, and what it wants to hear."""

    address: str
    """Host and port, such as "127.0.0.1:41234"."""
    token: str
    """The token of its runtime file; empty where none is needed."""
    socket: str = ""
    """Path of the Unix socket in its private folder, which is tried first; empty for none."""
    pid: int = 0
    """The daemon's process id, for people; 0 where it is not known."""

    @property
    def name(self) -> str:
        """What a person may know the daemon by."""
        return f"at {self.address}" + (f" (process {self.pid})" if self.pid else "")


class NotProven(Unauthorized):
    """The server does not know the token: another program, or a daemon of another token."""


class CannotProve(DaemonNotRunning):
    """The server has no way to prove anything: another program, or a daemon of an old version."""


class DrainingChannel(Channel):
    """A channel whose calls outlive the server's announcement that it will end.

    A server that drains sends GOAWAY, answers the calls under way, and closes. grpclib and h2 end
    all calls at GOAWAY. Here it only means that no further call takes this connection. And where
    the server closes it, answers that are here whole are still read.
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

    def connection_lost(self, exc: BaseException | None) -> None:
        """Ends calls whose answers are not whole, at once, and the others when they are read."""
        assert isinstance(self.handler, Handler)
        self.handler.connection_lost = True
        streams = self.processor.streams
        whole = [stream for stream in streams.values() if stream.trailers is not None]
        if not whole:
            super().connection_lost(exc)
            return
        # Nothing that is written from now on has anywhere to go.
        vars(self.connection)["flush"] = self.connection._connection.data_to_send
        for stream in streams.values():
            if stream not in whole:
                stream.__terminated__("Connection lost")
        self._end_when_read(asyncio.get_running_loop(), time.monotonic() + READ_SECONDS)

    def _end_when_read(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        if self.processor.streams and time.monotonic() < deadline:
            loop.call_later(0.05, self._end_when_read, loop, deadline)
        else:
            super().connection_lost(None)


class ProvenChannel(DrainingChannel):
    """A channel that knows whom it talks to before any call goes out, and signs the calls."""

    def __init__(self, endpoint: Endpoint, host: str, port: int, patience: float) -> None:
        """Args: host, port: of the endpoint's address; patience: seconds for a proof."""
        super().__init__(host, port)
        self._endpoint = endpoint
        self._patience = patience
        self._header = ""
        listen(self, SendRequest, self._sign)

    async def _create_connection(self) -> H2Protocol:
        """Makes a connection; grpclib calls it for the first one and for each that follows."""
        if self._endpoint.socket:
            try:
                protocol = await asyncio.wait_for(self._connect_socket(), DIAL_SECONDS)
            except (OSError, ValueError, NotImplementedError, asyncio.TimeoutError):
                pass  # dead, out of a sandbox's sight, or on a system without such sockets
            else:
                self._header = f"Bearer {self._endpoint.token}" if self._endpoint.token else ""
                return protocol
        protocol = await asyncio.wait_for(super()._create_connection(), DIAL_SECONDS)
        if self._endpoint.token:
            try:
                self._header = await self._prove(protocol)
            except BaseException:
                protocol.processor.close()
                raise
        return protocol

    async def _connect_socket(self) -> H2Protocol:
        _, protocol = await self._loop.create_unix_connection(
            self._protocol_factory, self._endpoint.socket
        )
        return protocol

    async def _prove(self, protocol: H2Protocol) -> str:
        """Returns what authenticates this connection's calls, when its server has proved itself.

        Raises:
            NotProven: the server gives a wrong proof.
            CannotProve: it gives none.
        """
        nonce = secrets.token_bytes(proof.NONCE_BYTES)
        prove = ProofServiceStub(_Established(self._host, self._port, protocol)).Prove
        try:
            # A task of its own, as grpclib ends a call by cancelling the one that waits for it.
            answer: ProveResponse = await asyncio.ensure_future(
                prove(ProveRequest(nonce=nonce), timeout=self._patience)
            )
        except Exception as error:
            raise self._unproven(error) from error
        token = self._endpoint.token
        if not proof.proves(token, nonce, answer.nonce, answer.proof):
            raise NotProven(
                f"What listens at {self._endpoint.address} does not know the token of the Style "
                "Swap daemon: the token is wrong, or another program has taken the port. Nothing "
                "was sent to it.",
                reason="WRONG_TOKEN",
            )
        return proof.credential(token, nonce, answer.nonce).header()

    def _unproven(self, error: Exception) -> DaemonNotRunning:
        silent = isinstance(error, (asyncio.TimeoutError, TimeoutError))
        if isinstance(error, GRPCError):
            why = f"it answers {error.status.name}"
            silent = error.status is Status.DEADLINE_EXCEEDED
        else:
            why = str(error) or type(error).__name__
        if silent:
            why = f"it says nothing for {self._patience:g} seconds"
        return CannotProve(
            f"What listens at {self._endpoint.address} does not prove to be the Style Swap daemon: "
            f"{why}. Nothing was sent to it.",
            reason="NOT_PROVEN",
        )

    async def _sign(self, event: SendRequest) -> None:
        """Signs a call. Nothing is waited for here: it goes on the connection just looked up."""
        if self._header and not event.method_name.startswith(_HEALTH):
            event.metadata["authorization"] = self._header


class _Established(Channel):
    """A channel of one connection that is there already."""

    def __init__(self, host: str, port: int, protocol: H2Protocol) -> None:
        super().__init__(host, port)
        self._only = protocol

    async def __connect__(self) -> H2Protocol:
        return self._only

    def __del__(self) -> None:
        """Leaves the connection to its owner."""


class Connection:
    """A channel to a daemon, with its stubs. Belongs to the running event loop."""

    def __init__(self, endpoint: Endpoint, patience: float = HEALTH_SECONDS) -> None:
        """Nothing is dialled yet; must be called inside of a running event loop.

        Args:
            endpoint: where the daemon is.
            patience: seconds that its proof and its sign of health may take.
        """
        host, port = read_address(endpoint.address)
        if not _is_plain(endpoint.token):
            raise Unauthorized(
                "The token has characters that no token has; copy it from the daemon's runtime "
                "file again.",
                reason="WRONG_TOKEN",
            )
        self.endpoint = endpoint
        self._patience = patience
        self._channel = ProvenChannel(endpoint, host, port, patience)
        self.server = ServerServiceStub(self._channel)
        self.styles = StyleServiceStub(self._channel)
        self.stylize = StylizeServiceStub(self._channel)
        # HealthCheckRequest {string service = 1} and HealthCheckResponse {enum status = 1} have
        # the bytes of these two wrappers. grpclib and grpcio each bring a module for the real
        # messages, and a program that loads both (a script that also serves) would fail.
        self._check: UnaryUnaryMethod[StringValue, Int32Value] = UnaryUnaryMethod(
            self._channel, _HEALTH + "Check", StringValue, Int32Value
        )

    async def dial(self) -> None:
        """Connects where not connected.

        Raises:
            DaemonNotRunning: nobody listens there, or somebody who is no daemon.
            Unauthorized: who listens there does not know the token.
        """
        try:
            await self._channel.__connect__()
        except (OSError, ValueError, asyncio.TimeoutError) as error:
            raise DaemonNotRunning(
                f"No Style Swap daemon answers at {self.endpoint.address}. "
                "Start one with: styleswap serve",
                reason="NOT_RUNNING",
            ) from error

    async def serving(self) -> bool:
        """Returns whether a daemon answers that takes requests.

        Raises:
            DaemonNotRunning: nobody listens there, or somebody who is no daemon, or a daemon that
                is halted: then the reason is NOT_ANSWERING.
            Unauthorized: as `dial`.
        """
        await self.dial()
        try:
            status = await asyncio.ensure_future(self._check(StringValue(), timeout=self._patience))
        except (asyncio.TimeoutError, TimeoutError) as error:
            raise self.not_answering() from error
        except Exception as error:
            if isinstance(error, GRPCError) and error.status is Status.DEADLINE_EXCEEDED:
                raise self.not_answering() from error
            reason = from_call(error)
            raise DaemonNotRunning(
                f"What listens at {self.endpoint.address} gives no sign of health: {reason}",
                reason="NOT_HEALTHY",
            ) from error
        return status.value == SERVING

    def not_answering(self) -> DaemonNotRunning:
        """Returns the error for a daemon that is there and says nothing."""
        return DaemonNotRunning(
            f"The Style Swap daemon {self.endpoint.name} does not answer: it is halted, or the "
            "machine is too busy. Wait, or end it: styleswap stop --force",
            reason=NOT_ANSWERING,
        )

    def close(self) -> None:
        """Closes the channel; calls under way fail."""
        self._channel.close()


def read_address(address: str) -> tuple[str, int]:
    """Returns host and port of an address.

    Raises:
        DaemonNotRunning: it is none.
    """
    host, _, port = address.rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if not 0 < number < 1 << 16 or not host or " " in host or not _is_plain(host):
        raise DaemonNotRunning(
            f"{address!r} is no address: give HOST:PORT, such as 127.0.0.1:41234.",
            reason="BAD_ADDRESS",
        )
    return host.strip("[]"), number


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
