"""What a daemon announces is looked at before room is made for it."""

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from grpc_health.v1 import health, health_pb2_grpc

from styleswap.client import Picture, StyleSwapError, connect_async
from styleswap.v1 import pictures_pb2, server_pb2, server_pb2_grpc, stylize_pb2, stylize_pb2_grpc

CONTENT = Picture(40, 30, "rgb", "uint8", False, bytes(3600))
HUGE = 1 << 16


class Teller(stylize_pb2_grpc.StylizeServiceServicer, server_pb2_grpc.ServerServiceServicer):
    """Announces pictures, whatever is asked for."""

    def __init__(self) -> None:
        self.announced: list[tuple[int, dict[str, Any]]] = []

    async def GetServerInfo(self, request: Any, context: Any) -> Any:
        return server_pb2.GetServerInfoResponse(version="1", api_oldest=1, api_newest=1)

    async def Stylize(self, request_iterator: Any, context: Any) -> Any:
        async for _ in request_iterator:
            pass
        for index, change in self.announced:
            values = {
                "width": 40,
                "height": 30,
                "layout": pictures_pb2.LAYOUT_RGB,
                "depth": pictures_pb2.DEPTH_UINT8,
                "transfer": pictures_pb2.TRANSFER_SRGB,
                **change,
            }
            start = stylize_pb2.PictureStart(index=index, format=pictures_pb2.PixelFormat(**values))
            yield stylize_pb2.StylizeResponse(start=start)


@pytest.fixture
async def teller() -> AsyncIterator[Any]:
    server = grpc.aio.server()
    teller = Teller()
    stylize_pb2_grpc.add_StylizeServiceServicer_to_server(teller, server)
    server_pb2_grpc.add_ServerServiceServicer_to_server(teller, server)
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connect_async(address=f"127.0.0.1:{port}") as client:
        yield teller, client
    await server.stop(0)


@pytest.mark.parametrize(
    ("announced", "wishes"),
    [
        ([(0, {"width": HUGE, "height": HUGE})], {}),
        ([(0, {"width": 39})], {}),
        ([(0, {"width": 0})], {}),
        ([(0, {"layout": pictures_pb2.LAYOUT_RGBA})], {}),
        ([(0, {"depth": pictures_pb2.DEPTH_FLOAT32})], {}),
        ([(0, {"transfer": pictures_pb2.TRANSFER_LINEAR})], {}),
        ([(0, {"layout": 99})], {}),
        ([(0, {"height": HUGE})], {"coarse_only": True}),
        ([(0, {})], {"region": (1, 2, 10, 8)}),
        ([(0, {}), (0, {})], {}),
        ([(1, {})], {}),
        ([(1, {"width": HUGE, "height": HUGE})], {"preview": print}),
        ([(7, {"width": HUGE, "height": HUGE})], {"preview": print}),
    ],
)
async def test_picture_that_was_not_asked_for(teller: Any, announced: Any, wishes: Any) -> None:
    told, client = teller
    told.announced = announced
    tracemalloc.start()
    # Not "half a result": that comes when the announcement was believed, and no pixel came.
    refusal = "not asked for|another format|no known format"
    with pytest.raises(StyleSwapError, match=f"sent a .*({refusal}).*update both") as caught:
        await client.stylize(CONTENT, CONTENT, **wishes)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.reason == "GARBLED_ANSWER"
    assert most < 16 << 20


@pytest.mark.parametrize(
    ("announced", "wishes"),
    [
        ([(0, {})], {}),
        ([(0, {"width": 10, "height": 8})], {"region": (1, 2, 10, 8)}),
        ([(0, {"width": 20, "height": 15})], {"coarse_only": True}),
        ([(1, {"width": 20, "height": 15}), (1, {"width": 20, "height": 15})], {"preview": print}),
    ],
)
async def test_picture_that_was_asked_for(teller: Any, announced: Any, wishes: Any) -> None:
    told, client = teller
    told.announced = announced
    with pytest.raises(StyleSwapError, match="half a result"):  # no pixel comes
        await client.stylize(CONTENT, CONTENT, **wishes)
