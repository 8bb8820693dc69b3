"""What can go wrong between a program and its daemon, as exceptions.

Every message is a sentence for a person that says what to do. The daemon's own refusals arrive as
gRPC statuses with `google.rpc` details; `from_call` turns them into these classes.
"""

import asyncio
from collections.abc import Iterable

from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpclib.const import Status
from grpclib.exceptions import GRPCError


class StyleSwapError(Exception):
    """Anything that Style Swap refuses or fails to do."""

    def __init__(self, message: str, *, reason: str = "", field: str = "") -> None:
        """Keeps the sentence, the reason and the field that it is about.

        Args:
            message: a sentence for a person, saying what to do.
            reason: a word in UPPER_SNAKE for programs; the daemon's own where it refused.
            field: the part of the request that is to blame, such as "settings.strength".
        """
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.field = field


class InvalidRequest(StyleSwapError):
    """The request cannot be carried out as it is; `field` says which part is to blame."""


class InvalidPicture(InvalidRequest):
    """A picture has a format, size or content that cannot be painted."""


class InvalidSettings(InvalidRequest):
    """A setting is unknown or out of its range; `field` is its name."""


class UnknownStyle(StyleSwapError):
    """No style, or more than one, answers to what was given; `suggestions` may hold ids."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "STYLE_NOT_FOUND",
        field: str = "",
        suggestions: Iterable[str] = (),
    ) -> None:
        """As `StyleSwapError`; `suggestions` are the ids of styles that may have been meant."""
        super().__init__(message, reason=reason, field=field)
        self.suggestions = tuple(suggestions)


class NotFound(StyleSwapError):
    """Something else than a style is not there, such as a model."""


class Refused(StyleSwapError):
    """The daemon cannot do this as things are, such as deleting a built-in style."""


class OutOfMemory(StyleSwapError):
    """The daemon's machine or device has not enough memory for the request."""


class QueueFull(StyleSwapError):
    """Too many requests wait already; try again in `retry_after` seconds."""

    def __init__(
        self, message: str, *, reason: str = "", field: str = "", retry_after: float = 1.0
    ) -> None:
        """As `StyleSwapError`; `retry_after` is in seconds."""
        super().__init__(message, reason=reason, field=field)
        self.retry_after = retry_after


class Unauthorized(StyleSwapError):
    """The daemon does not take the token."""


class Cancelled(StyleSwapError):
    """The request was cancelled."""


class DeadlineExceeded(StyleSwapError):
    """The request was not done within its time."""


class DaemonError(StyleSwapError):
    """The daemon failed; its log tells more."""


class DaemonLost(StyleSwapError):
    """The connection broke while a request was under way."""


class DaemonNotRunning(StyleSwapError):
    """No daemon answers, and none could be started."""


class Forked(StyleSwapError, RuntimeError):
    """A connection was made in the process that this one is a fork of."""

    def __init__(self) -> None:
        """Says what to do."""
        super().__init__(
            "This connection to the daemon was made before the process forked, and stays with the "
            "parent; connect in the child process.",
            reason="FORKED",
        )


class VersionMismatch(StyleSwapError):
    """Client and daemon do not speak the same revision of the API."""


class CallerFailed(Exception):
    """Carries what a caller's own callback raised through the machinery of a call."""

    def __init__(self, cause: BaseException) -> None:
        """Keeps the exception, to be raised again as it was."""
        super().__init__(cause)
        self.cause = cause


_BY_STATUS: dict[Status, type[StyleSwapError]] = {
    Status.CANCELLED: Cancelled,
    Status.DEADLINE_EXCEEDED: DeadlineExceeded,
    Status.UNAUTHENTICATED: Unauthorized,
    Status.PERMISSION_DENIED: Unauthorized,
    Status.FAILED_PRECONDITION: Refused,
    Status.RESOURCE_EXHAUSTED: Refused,
    Status.ALREADY_EXISTS: Refused,
    Status.OUT_OF_RANGE: InvalidRequest,
    Status.UNIMPLEMENTED: VersionMismatch,
    Status.UNAVAILABLE: DaemonLost,
}
_BY_REASON: dict[str, type[StyleSwapError]] = {
    "OUT_OF_MEMORY": OutOfMemory,
    "SHUTTING_DOWN": DaemonNotRunning,
    "UNKNOWN_MODEL": NotFound,
}

_LOST = (
    "The connection to the Style Swap daemon broke in the middle of the request. Try again; "
    "if it happens again, look into daemon.log in the folder of Style Swap."
)
LATE = (
    "The time for the request is over. Give it a longer timeout, or choose a smaller picture "
    "or fewer scales."
)


def from_call(error: BaseException) -> BaseException:
    """Returns what to raise for an exception that ended a call.

    Statuses and broken connections become a `StyleSwapError`; what a caller's callback raised
    comes out as it was; everything else is returned unchanged.
    """
    if isinstance(error, CallerFailed):
        return error.cause
    if isinstance(error, (StyleSwapError, asyncio.CancelledError)):
        return error
    if isinstance(error, GRPCError):
        return _from_status(error)
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return DeadlineExceeded(LATE, reason="DEADLINE_EXCEEDED")
    if is_transport(error):
        return DaemonLost(_LOST, reason="CONNECTION_LOST")
    return error


def is_transport(error: BaseException) -> bool:
    """Returns whether an exception comes from the connection and its protocol."""
    module = type(error).__module__.split(".")
    return (
        isinstance(error, (ConnectionError, OSError, EOFError))
        or "grpclib" in module
        or "h2" in module
    )


def _from_status(error: GRPCError) -> StyleSwapError:
    kind: type[StyleSwapError]
    details = list(error.details or ())
    reason = next((item.reason for item in details if isinstance(item, ErrorInfo)), "")
    if not reason and error.status is Status.DEADLINE_EXCEEDED:
        # gRPC's own word, where its clock was ahead of ours; the daemon's would have a reason.
        return DeadlineExceeded(LATE, reason=error.status.name)
    reason = reason or error.status.name
    message = error.message or f"The daemon answered {error.status.name} without a word."
    violations = [
        violation
        for item in details
        if isinstance(item, BadRequest)
        for violation in item.field_violations
    ]
    field = violations[0].field if violations else ""
    if reason in _BY_REASON:
        return _BY_REASON[reason](message, reason=reason, field=field)
    part, _, rest = field.removeprefix("header.").partition(".")
    if error.status is Status.INVALID_ARGUMENT:
        if part == "settings":
            return InvalidSettings(message, reason=reason, field=rest)
        picture = part.partition("[")[0] in _PICTURE_FIELDS
        kind = InvalidPicture if picture else InvalidRequest
        return kind(message, reason=reason, field=field)
    if error.status is Status.NOT_FOUND:
        kind = UnknownStyle if "STYLE" in reason else NotFound
        return kind(message, reason=reason, field=field)
    if reason in ("QUEUE_FULL", "TOO_MANY_BYTES"):
        return QueueFull(message, reason=reason, field=field, retry_after=_retry_after(details))
    return _BY_STATUS.get(error.status, DaemonError)(message, reason=reason, field=field)


_PICTURE_FIELDS = frozenset({"plane", "planes", "styles", "chunk"})


def _retry_after(details: Iterable[object]) -> float:
    for item in details:
        if isinstance(item, RetryInfo):
            return float(item.retry_delay.seconds + item.retry_delay.nanos / 1e9)
    return 1.0
