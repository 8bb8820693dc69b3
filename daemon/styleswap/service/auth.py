"""The token that every call must carry, health checks excepted."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio

from styleswap.service.errors import ServiceError, abort

METADATA_KEY: Final = "authorization"
SCHEME: Final = "Bearer "

_EXEMPT: Final = "/grpc.health.v1.Health/"


def new_token() -> str:
    """Returns a random token of 256 bits."""
    return secrets.token_urlsafe(32)


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses every call without `authorization: Bearer TOKEN`; health checks need none."""

    def __init__(self, token: str) -> None:
        self._expected = (SCHEME + token).encode()

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[Any]],
        handler_call_details: Any,
    ) -> Any:
        """Passes the call on, or answers UNAUTHENTICATED in its place."""
        if handler_call_details.method.startswith(_EXEMPT):
            return await continuation(handler_call_details)
        given = dict(handler_call_details.invocation_metadata or ()).get(METADATA_KEY, "")
        if isinstance(given, str):
            given = given.encode()
        if hmac.compare_digest(given, self._expected):
            return await continuation(handler_call_details)
        return _REFUSAL


async def _refuse(_: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await abort(
        context,
        ServiceError(
            grpc.StatusCode.UNAUTHENTICATED,
            "WRONG_TOKEN",
            "The token is missing or wrong. The daemon's runtime file holds the right one: "
            "read it again, the daemon may have been restarted.",
        ),
    )


# A handler of streams suits every call: it refuses without waiting for a message.
_REFUSAL: Final = grpc.stream_stream_rpc_method_handler(_refuse)
