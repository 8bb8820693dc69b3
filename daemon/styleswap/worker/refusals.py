"""What the engine does not do, as an exception here and as values on the way to the daemon."""

from collections.abc import Mapping
from typing import Any, Self


class Refusal(Exception):
    """An order that is not carried out.

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


def invalid(reason: str, field: str, message: str) -> Refusal:
    """Returns the refusal of a wrong argument; `field` is its path in the request."""
    return Refusal("INVALID_ARGUMENT", reason, message, field=field)


def precondition(reason: str, message: str, **metadata: str) -> Refusal:
    """Returns the refusal of what this machine cannot do until something changes."""
    return Refusal("FAILED_PRECONDITION", reason, message, metadata=metadata)


def shutting_down() -> Refusal:
    """Returns the refusal of an order that is given up."""
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
