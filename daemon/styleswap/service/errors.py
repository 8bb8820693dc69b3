"""Errors of the daemon as the client sees them.

Canonical codes with `google.rpc` details: an ErrorInfo always, field violations where an argument
is wrong, a delay where trying again may help. The message is a sentence for a person. Stack traces
go to the log only, with the request's id.
"""

from typing import Any, Final, NoReturn

import grpc
import grpc.aio
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from styleswap.service import logs
from styleswap.worker.refusals import Refusal, exhausted, precondition

DOMAIN: Final = "styleswap"
"""The domain of every ErrorInfo."""


def engine_died(how: str, *, killed: bool) -> Refusal:
    """Returns the error for a request at which the engine's process has ended twice.

    Args:
        how: a clause on its end.
        killed: the system has killed it, which it does when memory is short.
    """
    if killed:
        return exhausted(
            "OUT_OF_MEMORY",
            "The system has ended the engine twice at this picture, as it does when memory is "
            "short; close other programs or take a smaller picture.",
            10,
        )
    return Refusal(
        "INTERNAL",
        "ENGINE_DIED",
        f"Twice at this picture, {how}; the log has its last words. Other pictures can be painted. "
        "Please report it.",
    )


def engine_unavailable(how: str) -> Refusal:
    """Returns the error for an engine that cannot be started; `how` is a clause on why."""
    return precondition(
        "ENGINE_UNAVAILABLE",
        f"The engine cannot be started ({how}); run `styleswap doctor` to see what is missing.",
    )


def internal() -> Refusal:
    """Returns the error for a fault of the program, of which the log has the trace."""
    return Refusal(
        "INTERNAL",
        "INTERNAL",
        "The daemon failed at this request; its log has the details under request "
        f"{logs.request_id.get()}. Please report it.",
    )


def status(error: Refusal) -> grpc.Status:
    """Returns the status that carries the error and its details."""
    info = error_details_pb2.ErrorInfo(
        reason=error.reason,
        domain=DOMAIN,
        metadata={**error.metadata, "request_id": logs.request_id.get()},
    )
    details: list[Any] = [info]
    if error.code == grpc.StatusCode.INVALID_ARGUMENT.name:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=error.message
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if error.retry_seconds is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_seconds * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    message = status_pb2.Status(code=grpc.StatusCode[error.code].value[0], message=error.message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        message.details.append(packed)
    return rpc_status.to_status(message)


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: Refusal) -> NoReturn:
    """Ends the call with the error."""
    await context.abort_with_status(status(error))
    raise AssertionError("abort_with_status returned")
