"""Errors of the daemon as the client sees them.

Canonical codes with `google.rpc` details: an ErrorInfo always, field violations where an argument
is wrong, a delay where trying again may help. The message is a sentence for a person. Stack traces
go to the log only, with the request's id.
"""

from collections.abc import Mapping
from typing import Any, Final, NoReturn

import grpc
import grpc.aio
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from styleswap.service import logs
from styleswap.worker.refusals import Refusal

DOMAIN: Final = "styleswap"
"""The domain of every ErrorInfo."""


class ServiceError(Exception):
    """An error that is told to the client.

    Attributes:
        code: the canonical code.
        reason: UPPER_SNAKE, stable, for programs.
        message: a sentence for a person that says what to do.
        field: path of the request's wrong field, "" where none is to blame.
        retry_seconds: when trying again makes sense, None where it does not.
        metadata: further facts for programs.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        reason: str,
        message: str,
        *,
        field: str = "",
        retry_seconds: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.field = field
        self.retry_seconds = retry_seconds
        self.metadata = dict(metadata or {})


def invalid(reason: str, field: str, message: str, **metadata: object) -> ServiceError:
    """Returns the error for a wrong argument; `field` is its path in the request."""
    return ServiceError(
        grpc.StatusCode.INVALID_ARGUMENT,
        reason,
        message,
        field=field,
        metadata={name: str(value) for name, value in metadata.items()},
    )


def precondition(reason: str, message: str, **metadata: object) -> ServiceError:
    """Returns the error for a request that this machine cannot serve until something changes."""
    return ServiceError(
        grpc.StatusCode.FAILED_PRECONDITION,
        reason,
        message,
        metadata={name: str(value) for name, value in metadata.items()},
    )


def exhausted(reason: str, message: str, retry_seconds: float, **metadata: object) -> ServiceError:
    """Returns the error for something that is full now, and the time after which it may not be."""
    return ServiceError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        reason,
        message,
        retry_seconds=retry_seconds,
        metadata={name: str(value) for name, value in metadata.items()},
    )


def shutting_down() -> ServiceError:
    """Returns the error for a request that the daemon does not take, or gives up, as it ends."""
    return ServiceError(
        grpc.StatusCode.UNAVAILABLE,
        "SHUTTING_DOWN",
        "The daemon is ending; start it again with `styleswap serve`.",
    )


def refused(refusal: Refusal) -> ServiceError:
    """Returns the error for what the engine does not do."""
    return ServiceError(
        grpc.StatusCode[refusal.code],
        refusal.reason,
        refusal.message,
        field=refusal.field,
        retry_seconds=refusal.retry_seconds,
        metadata=refusal.metadata,
    )


def engine_died(how: str, *, killed: bool) -> ServiceError:
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
    return ServiceError(
        grpc.StatusCode.INTERNAL,
        "ENGINE_DIED",
        f"Twice at this picture, {how}; the log has its last words. Other pictures can be painted. "
        "Please report it.",
    )


def engine_unavailable(how: str) -> ServiceError:
    """Returns the error for an engine that cannot be started; `how` is a clause on why."""
    return precondition(
        "ENGINE_UNAVAILABLE",
        f"The engine cannot be started ({how}); run `styleswap doctor` to see what is missing.",
    )


def internal() -> ServiceError:
    """Returns the error for a fault of the program, of which the log has the trace."""
    return ServiceError(
        grpc.StatusCode.INTERNAL,
        "INTERNAL",
        "The daemon failed at this request; its log has the details under request "
        f"{logs.request_id.get()}. Please report it.",
    )


def status(error: ServiceError) -> grpc.Status:
    """Returns the status that carries the error and its details."""
    info = error_details_pb2.ErrorInfo(
        reason=error.reason,
        domain=DOMAIN,
        metadata={**error.metadata, "request_id": logs.request_id.get()},
    )
    details: list[Any] = [info]
    if error.code is grpc.StatusCode.INVALID_ARGUMENT:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=error.message
        )
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if error.retry_seconds is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_seconds * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    message = status_pb2.Status(code=error.code.value[0], message=error.message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        message.details.append(packed)
    return rpc_status.to_status(message)


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: ServiceError) -> NoReturn:
    """Ends the call with the error."""
    await context.abort_with_status(status(error))
    raise AssertionError("abort_with_status returned")
