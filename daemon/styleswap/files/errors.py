"""What can go wrong with an image file."""

from typing import Literal

Reason = Literal[
    "DAMAGED_IMAGE",
    "DECODING_TIMEOUT",
    "DISK_FULL",
    "EMPTY_FILE",
    "FILE_NOT_FOUND",
    "FILE_TOO_LARGE",
    "FILE_UNREADABLE",
    "NOT_AN_IMAGE",
    "OUTPUT_EXISTS",
    "OUTPUT_UNWRITABLE",
    "PICTURE_TOO_LARGE",
    "TRUNCATED_IMAGE",
    "UNSUPPORTED_FORMAT",
]


class FileError(Exception):
    """An image file could not be read or written.

    `str()` is a sentence for a person that says what to do; `reason` is for programs.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class Cancelled(Exception):
    """Nobody waits for the picture any more."""
