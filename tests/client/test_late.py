"""Deadlines that pass before a call could even begin."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from grpc_health.v1 import health, health_pb2_grpc

from styleswap.client import DeadlineExceeded, Picture, connect_async
from styleswap.v1 import server_pb2, server_pb2_grpc, stylize_pb2_grpc

CONTENT = Picture(40, 30, "rgb", "uint8", False, bytes(3600))
TIMEOUT = 0.2


class Mute(stylize_pb2_grpc.StylizeServiceServicer, server_pb2_grpc.ServerServiceServicer):
    """Takes one call at a time, and never answers a picture."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def GetServerInfo(self, request: Any, context: Any) -> Any:
        return server_pb2.GetServerInfoResponse(version="1", api_oldest=1, api_newest=1)

    async def Stylize(self, request_iterator: Any, context: Any) -> None:
        self.asked.set()
        await asyncio.Event().wait()


@pytest.fixture
async def mute() -> AsyncIterator[Any]:
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 1)])
    mute = Mute()
    stylize_pb2_grpc.add_StylizeServiceServicer_to_server(mute, server)
    server_pb2_grpc.add_ServerServiceServicer_to_server(mute, server)
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connect_async(address=f"127.0.0.1:{port}") as client:
        yield mute, client
    await server.stop(0)


async def test_call_that_ends_late_in_the_moment_it_is_given_up(mute: Any) -> None:
    """The call's own deadline and its caller's: of what the one raised nobody is told."""
    server, client = mute
    loop = asyncio.get_running_loop()
    reported: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, told: reported.append(told))
    first = asyncio.ensure_future(client.stylize(CONTENT, CONTENT))
    await server.asked.wait()
    second = asyncio.ensure_future(client.stylize(CONTENT, CONTENT, timeout=TIMEOUT))
    # Both deadlines pass while the loop is busy: it finds the two at once.
    loop.call_later(TIMEOUT / 2, time.sleep, TIMEOUT)
    with pytest.raises(DeadlineExceeded):
        await second
    del second
    first.cancel()
    await asyncio.wait({first})
    gc.collect()
    assert reported == []
