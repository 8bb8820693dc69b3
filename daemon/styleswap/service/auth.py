"""The token that every call must carry or prove to know, health checks and proofs excepted."""

import hmac
import inspect
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio

from styleswap import proof
from styleswap.service.answering import answered
from styleswap.service.errors import abort
from styleswap.v1 import server_pb2, server_pb2_grpc
from styleswap.worker.refusals import Refusal, invalid

METADATA_KEY: Final = "authorization"
SCHEME: Final = "Bearer "

PROOF_SERVICE: Final = server_pb2.DESCRIPTOR.services_by_name["ProofService"].full_name

_EXEMPT: Final = ("/grpc.health.v1.Health/", f"/{PROOF_SERVICE}/")


def new_token() -> str:
    """Returns a random token of 256 bits."""
    return secrets.token_urlsafe(32)


class Proofs:
    """The daemon's side of the proofs: nonces that are good for one connection, kept nowhere."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._secret = secrets.token_bytes(32)

    def answer(self, nonce: bytes, peer: str) -> tuple[bytes, bytes]:
        """Returns the daemon's nonce for a client's, and its proof."""
        answer = self._answer(nonce, peer)
        return answer, proof.server_proof(self._token, nonce, answer)

    def is_of(self, credential: proof.Credential, peer: str) -> bool:
        """Returns whether a credential was made for this connection."""
        return hmac.compare_digest(credential.answer, self._answer(credential.nonce, peer))

    def _answer(self, nonce: bytes, peer: str) -> bytes:
        # A client's port belongs to one connection at a time.
        return hmac.new(self._secret, nonce + peer.encode(), "sha256").digest()


class ProofServicer(server_pb2_grpc.ProofServiceServicer):
    """Proves to clients that this is the daemon."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs

    @answered
    async def Prove(  # noqa: N802 - the contract's name
        self, request: server_pb2.ProveRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> server_pb2.ProveResponse:
        """Proves that the daemon knows the token."""
        if len(request.nonce) != proof.NONCE_BYTES:
            raise invalid(
                "NONCE",
                "nonce",
                f"The nonce has {len(request.nonce)} bytes; give {proof.NONCE_BYTES} random ones.",
            )
        answer, proven = self._proofs.answer(request.nonce, context.peer())
        return server_pb2.ProveResponse(nonce=answer, proof=proven)


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses calls without `authorization: Bearer TOKEN` or `Proof X`; see `ProofService`."""

    def __init__(self, token: str, proofs: Proofs) -> None:
        self._token = token
        self._expected = (SCHEME + token).encode()
        self._proofs = proofs

    async def intercept_service(
        self,
        continuation: Callable[[Any], Awaitable[Any]],
        handler_call_details: Any,
    ) -> Any:
        """Passes the call on, or answers UNAUTHENTICATED in its place."""
        if handler_call_details.method.startswith(_EXEMPT):
            return await continuation(handler_call_details)
        given = dict(handler_call_details.invocation_metadata or ()).get(METADATA_KEY, "")
        if isinstance(given, bytes):
            given = given.decode(errors="replace")
        if given.startswith(proof.SCHEME):
            credential = proof.read_header(self._token, given)
            if credential is None:
                return _REFUSAL
            # Of which connection a call is, its handler is the first to know.
            handler = await continuation(handler_call_details)
            return handler and self._on_its_connection(handler, credential)
        if hmac.compare_digest(given.encode(), self._expected):
            return await continuation(handler_call_details)
        return _REFUSAL

    def _on_its_connection(self, handler: Any, credential: proof.Credential) -> Any:
        """Returns the handler with a look at its connection before it."""
        kind = "stream" if handler.request_streaming else "unary"
        kind += "_stream" if handler.response_streaming else "_unary"
        behaviour = getattr(handler, kind)

        async def called(request: Any, context: Any) -> Any:
            if not self._proofs.is_of(credential, context.peer()):
                await _refuse(request, context)
            return await behaviour(request, context)

        async def generated(request: Any, context: Any) -> AsyncIterator[Any]:
            if not self._proofs.is_of(credential, context.peer()):
                await _refuse(request, context)
            async for response in behaviour(request, context):
                yield response

        return getattr(grpc, f"{kind}_rpc_method_handler")(
            generated if inspect.isasyncgenfunction(behaviour) else called,
            handler.request_deserializer,
            handler.response_serializer,
        )


async def _refuse(_: object, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await abort(
        context,
        Refusal(
            "UNAUTHENTICATED",
            "WRONG_TOKEN",
            "The token is missing or wrong. The daemon's runtime file holds the right one: "
            "read it again, the daemon may have been restarted.",
        ),
    )


# A handler of streams suits every call: it refuses without waiting for a message.
_REFUSAL: Final = grpc.stream_stream_rpc_method_handler(_refuse)
