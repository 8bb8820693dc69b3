"""A server's announcement that it will end (GOAWAY) ends no call that is under way."""

import asyncio
from typing import Any

import grpc
import grpc.aio
import pytest
from grpclib.exceptions import GRPCError, StreamTerminatedError

from styleswap.client.dial import Connection, Endpoint
from styleswap.client.errors import Cancelled, DaemonLost, DaemonNotRunning, from_call
from styleswap.client.transfer import exchange
from styleswap.v1 import server_pb2, server_pb2_grpc, stylize_pb2, stylize_pb2_grpc


class SlowServer(server_pb2_grpc.ServerServiceServicer):
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def GetServerInfo(self, request: Any, context: Any) -> Any:
        self.asked.set()
        await self.answer.wait()
        return server_pb2.GetServerInfoResponse(version="9.9")


@pytest.fixture
async def draining() -> Any:
    """A server, what answers in it, and a connection to it."""
    server = grpc.aio.server()
    slow = SlowServer()
    server_pb2_grpc.add_ServerServiceServicer_to_server(slow, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    connection = Connection(Endpoint(f"127.0.0.1:{port}", ""))
    yield server, slow, connection
    connection.close()
    await server.stop(0)


async def test_call_under_way_is_answered_after_the_announcement(draining: Any) -> None:
    server, slow, connection = draining
    request = server_pb2.GetServerInfoRequest()
    call = asyncio.ensure_future(connection.server.GetServerInfo(request))
    await slow.asked.wait()
    stopping = asyncio.ensure_future(server.stop(20))
    async with asyncio.timeout(10):
        # No further call takes the connection once the announcement is there.
        while connection._channel._connected:
            await asyncio.sleep(0.01)
    assert not call.done()
    slow.answer.set()
    response = await asyncio.wait_for(call, 10)
    assert response.version == "9.9"
    await stopping


async def test_next_call_looks_for_another_server(draining: Any) -> None:
    server, slow, connection = draining
    slow.answer.set()
    await connection.server.GetServerInfo(server_pb2.GetServerInfoRequest())
    await server.stop(5)
    async with asyncio.timeout(10):
        while connection._channel._connected:
            await asyncio.sleep(0.01)
    with pytest.raises(DaemonNotRunning):
        await connection.dial()


async def test_connection_that_breaks_ends_its_calls(draining: Any) -> None:
    server, slow, connection = draining
    call = asyncio.ensure_future(connection.server.GetServerInfo(server_pb2.GetServerInfoRequest()))
    await slow.asked.wait()
    stopping = asyncio.ensure_future(server.stop(0.1))
    with pytest.raises((GRPCError, StreamTerminatedError)) as caught:
        await asyncio.wait_for(call, 10)
    assert isinstance(from_call(caught.value), DaemonLost | Cancelled)
    await stopping


async def test_answer_that_is_here_is_read_though_its_server_has_gone() -> None:
    """However long the program takes over each part of it."""

    class Painter(stylize_pb2_grpc.StylizeServiceServicer):
        async def Stylize(self, request_iterator: Any, context: Any) -> Any:
            async for _ in request_iterator:
                pass
            for position in range(5):
                told = stylize_pb2.Progress(queue_position=position)
                yield stylize_pb2.StylizeResponse(progress=told)

    server = grpc.aio.server()
    stylize_pb2_grpc.add_StylizeServiceServicer_to_server(Painter(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    connection = Connection(Endpoint(f"127.0.0.1:{port}", ""))
    positions: list[int] = []

    async def messages() -> Any:
        yield stylize_pb2.StylizeRequest(header=stylize_pb2.StylizeHeader())

    async def receive(response: stylize_pb2.StylizeResponse) -> None:
        if not positions:
            await server.stop(5)
            async with asyncio.timeout(10):
                while not connection._channel._protocol.connection._transport.is_closing():
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        positions.append(response.progress.queue_position)

    call = exchange(connection.stylize.Stylize, messages(), receive, timeout=30)
    await asyncio.ensure_future(call)
    assert positions == [0, 1, 2, 3, 4]
    connection.close()
