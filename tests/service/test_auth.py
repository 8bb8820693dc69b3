"""The token."""

from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from styleswap.v1 import pictures_pb2, server_pb2, server_pb2_grpc, stylize_pb2, stylize_pb2_grpc


def with_token(token: str | None) -> Any:
    return None if token is None else [("authorization", token)]


@pytest.mark.parametrize("token", [None, "", "Bearer ", "Bearer wrong", "bearer"])
def test_unary_call_without_the_right_token_is_refused(daemon: Any, token: Any) -> None:
    stub = server_pb2_grpc.ServerServiceStub(daemon.channel)
    failure = daemon.refused(
        lambda: stub.GetServerInfo(
            server_pb2.GetServerInfoRequest(), metadata=with_token(token), timeout=30
        )
    )
    assert failure.code is grpc.StatusCode.UNAUTHENTICATED
    assert failure.reason == "WRONG_TOKEN"


def test_token_of_another_length_or_with_a_changed_end_is_refused(daemon: Any) -> None:
    stub = server_pb2_grpc.ServerServiceStub(daemon.channel)
    right = daemon.runtime.token
    for token in (right[:-1], right + "x", right[:-1] + ("a" if right[-1] != "a" else "b"), right):
        metadata = with_token(f"Bearer {token}")
        request = server_pb2.GetServerInfoRequest()
        if token == right:
            assert stub.GetServerInfo(request, metadata=metadata, timeout=30).version
        else:
            with pytest.raises(grpc.RpcError) as caught:
                stub.GetServerInfo(request, metadata=metadata, timeout=30)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_stream_without_token_is_refused_before_anything_is_sent(daemon: Any) -> None:
    """The refusal comes although the client never sends a message."""
    stub = stylize_pb2_grpc.StylizeServiceStub(daemon.channel)
    blocked = stylize_pb2.StylizeRequest(chunk=pictures_pb2.Chunk(plane=0, offset=0, data=b"x"))

    def endless() -> Any:
        import time

        time.sleep(5)
        yield blocked

    failure = daemon.refused(lambda: list(stub.Stylize(endless(), timeout=30)))
    assert failure.code is grpc.StatusCode.UNAUTHENTICATED


def test_health_needs_no_token(daemon: Any) -> None:
    assert daemon.checked() == health_pb2.HealthCheckResponse.SERVING
    watch = daemon.health.Watch(health_pb2.HealthCheckRequest(service=""), timeout=30)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


def test_reflection_needs_the_token_and_names_the_services(daemon: Any) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(daemon.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    with pytest.raises(grpc.RpcError) as caught:
        next(stub.ServerReflectionInfo(iter([request]), timeout=30))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    metadata = with_token(f"Bearer {daemon.runtime.token}")
    answer = next(stub.ServerReflectionInfo(iter([request]), metadata=metadata, timeout=30))
    names = {service.name for service in answer.list_services_response.service}
    assert names >= {
        "styleswap.v1.ServerService",
        "styleswap.v1.StyleService",
        "styleswap.v1.StylizeService",
        "grpc.health.v1.Health",
    }
