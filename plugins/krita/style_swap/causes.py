"""Why a message shows: when one of its causes is gone, it goes too."""

from __future__ import annotations

from styleswap_vendor.styleswap.client.errors import (
    DaemonNotRunning,
    InvalidSettings,
    Unauthorized,
    VersionMismatch,
)
from styleswap_vendor.styleswap.v1.control import ControlError

from .errors import Refused

DAEMON = "daemon"
"""None can be had; gone when one is connected."""
PICTURE = "picture"
"""What is active or selected in Krita cannot be taken; gone when something else is."""
SETTINGS = "settings"
"""They contradict each other; gone when they do not."""
PREVIEW = "preview"
"""One could not be made; gone when another one is asked for."""
LIBRARY = "library"
"""Of styles: a change failed; gone when one has not."""
ADDING = "adding"
"""A style is on its way into the library; gone when it has arrived."""
PRESETS = "presets"
"""One could not be saved; gone when one is."""
MEMORY = "memory"
"""What is remembered cannot be read or written; gone when it can."""
CLIPBOARD = "clipboard"
"""What is told to be there; gone when something else is."""
_JOB = "job "


def of_job(number: int) -> str:
    """The cause that a painting failed; gone when it is tried again, or dismissed."""
    return f"{_JOB}{number}"


def is_of_job(cause: str) -> bool:
    """Whether a cause is that some painting failed."""
    return cause.startswith(_JOB)


def causes_of(error: BaseException) -> tuple[str, ...]:
    """Returns what an error comes from that may pass; nothing where only the sentence tells."""
    if isinstance(error, (DaemonNotRunning, Unauthorized, VersionMismatch)):
        return (DAEMON,)
    if isinstance(error, (ControlError, InvalidSettings)):
        return (SETTINGS,)
    return (PICTURE,) if isinstance(error, Refused) else ()
