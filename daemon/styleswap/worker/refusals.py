"""What daemon and engine do not do, as an exception, and as values on the way between them."""

from collections.abc import Mapping
from typing import Any, Self


class Refusal(Exception):
    """A request or an order that is not carried out; the client is told.

    Attributes:
        code: name of the canonical gRPC code, such as "INVALID_ARGUMENT".
        reason: UPPER_SNAKE, stable, for programs.
        message: a sentence for a person that says what to do.
        field: path of the request's wrong field, "" where none is to blame.
        retry_seconds: when trying again makes sense, None where it does not.
        metadata: further facts for programs.
    """

    def __init__(
        self,
        code: str,
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

    def to_values(self) -> dict[str, Any]:
        """Returns it as it travels."""
        return {
            "code": self.code,
            "reason": self.reason,
            "message": self.message,
            "field": self.field,
            "retry_seconds": self.retry_seconds,
            "metadata": self.metadata,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Returns what travelled."""
        return cls(**values)


def invalid(reason: str, field: str, message: str, **metadata: object) -> Refusal:
    """Returns the refusal of a wrong argument; `field` is its path in the request."""
    return Refusal("INVALID_ARGUMENT", reason, message, field=field, metadata=_texts(metadata))


def precondition(reason: str, message: str, **metadata: object) -> Refusal:
    """Returns the refusal of what this machine cannot do until something changes."""
    return Refusal("FAILED_PRECONDITION", reason, message, metadata=_texts(metadata))


def exhausted(reason: str, message: str, retry_seconds: float, **metadata: object) -> Refusal:
    """Returns the refusal for something that is full now; after that time it may not be."""
    return Refusal(
        "RESOURCE_EXHAUSTED",
        reason,
        message,
        retry_seconds=retry_seconds,
        metadata=_texts(metadata),
    )


def shutting_down() -> Refusal:
    """Returns the refusal of what is not begun, or given up, as the daemon ends."""
    return Refusal(
        "UNAVAILABLE",
        "SHUTTING_DOWN",
        "The daemon is ending; start it again with `styleswap serve`.",
    )


def capitalised(text: object) -> str:
    """Returns a text with a capital first letter."""
    words = str(text).strip()
    return words[:1].upper() + words[1:]


def sentence(text: object) -> str:
    """Returns an error's text with a capital and a full stop."""
    words = capitalised(text)
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _texts(metadata: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in metadata.items()}
