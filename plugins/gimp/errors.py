"""What the user is told when the filter cannot do its work: always one sentence."""

from __future__ import annotations

import datetime as dt
import traceback
from pathlib import Path

LOG_FILE = "gimp.log"
"""In the home folder of Style Swap: traces of failures that no sentence foresees."""
LOG_BYTES = 1 << 20
"""The file is begun anew when it is larger."""


class FilterError(Exception):
    """The filter refuses or fails; the message is one sentence that says what to do."""


def explain(error: BaseException) -> str:
    """Returns the sentence for an exception that ended the filter.

    That of a `FilterError` and of what the client raises is their own. For anything else the trace
    goes to the log file, which the sentence names.
    """
    if isinstance(error, FilterError):
        return str(error)
    try:
        from styleswap_vendor.styleswap.client.errors import StyleSwapError
        from styleswap_vendor.styleswap.editing.words import _
        from styleswap_vendor.styleswap.v1.control import ControlError
    except Exception:  # noqa: BLE001 - an incomplete installation must not hide the first error
        return (
            f"Style Swap failed ({_named(error)}). Open a terminal and run: styleswap install gimp"
        )
    if isinstance(error, (StyleSwapError, ControlError)):
        return str(error)
    log = _keep_trace(error)
    if log is None:
        return _("Style Swap failed ({error}). Try again.").format(error=_named(error))
    return _(
        "Style Swap failed ({error}). Try again; if it happens again, {log} tells more."
    ).format(error=_named(error), log=log)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _keep_trace(error: BaseException) -> Path | None:
    """Appends the trace to the log; returns the file, None where it cannot be written."""
    try:
        from styleswap_vendor.styleswap.runtime import home

        folder = home()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = folder / LOG_FILE
        full = log.exists() and log.stat().st_size > LOG_BYTES
        with log.open("w" if full else "a", encoding="utf-8") as out:
            moment = dt.datetime.now().astimezone().isoformat(timespec="seconds")
            print(moment, file=out)
            traceback.print_exception(type(error), error, error.__traceback__, file=out)
    except Exception:  # noqa: BLE001 - the user still gets the sentence
        return None
    return log
