"""Messages that are none, and fields that this version does not know."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from styleswap.worker.refusals import Refusal, invalid

GARBAGE: Final = object()
"""Stands in for a message whose bytes are no message."""


def not_protobuf() -> Refusal:
    """Returns the error for bytes that are no message."""
    return invalid(
        "NOT_PROTOBUF",
        "request",
        "What was sent is no message of this call; use the contract in protos/styleswap/v1.",
    )


def refuse_unknown(message: Message, path: str) -> None:
    """Refuses fields that this version does not know: they may change what is meant.

    Args:
        message: what the client says.
        path: of the message in the request, for the error; empty for the request itself.

    Raises:
        Refusal: INVALID_ARGUMENT, with the first field.
    """
    for where, part in _parts(message, path):
        fields = UnknownFieldSet(part)
        if len(fields):
            number = min(fields[index].field_number for index in range(len(fields)))
            raise invalid(
                "UNKNOWN_FIELD",
                f"{where or 'request'}.{number}",
                f"The request has a field {number} in {where or 'its message'} that this version "
                "does not know; update the daemon.",
            )


def _parts(message: Message, path: str) -> Iterator[tuple[str, Message]]:
    yield path, message
    for field in message.DESCRIPTOR.fields:
        # Settings have a check of their own, with a sentence of their own.
        if field.message_type is None or field.name == "settings":
            continue
        where = f"{path}.{field.name}" if path else field.name
        if field.is_repeated:
            for position, item in enumerate(getattr(message, field.name)):
                yield from _parts(item, f"{where}[{position}]")
        elif message.HasField(field.name):
            yield from _parts(getattr(message, field.name), where)


class StrictInterceptor(grpc.aio.ServerInterceptor):
    """Hands on `GARBAGE` where gRPC would end a call without a word of why."""

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Passes the call on."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.request_deserializer is None:
            return handler
        read = handler.request_deserializer

        def deserialize(data: bytes) -> Any:
            try:
                return read(data)
            except DecodeError:
                return GARBAGE

        return handler._replace(request_deserializer=deserialize)
