"""The sentence for whatever ends a painting in an editor, and a log for what nobody foresaw."""

from __future__ import annotations

import datetime as dt
import traceback
from pathlib import Path

from styleswap.client.errors import StyleSwapError
from styleswap.editing.words import _
from styleswap.runtime import home
from styleswap.v1.control import ControlError

LOG_BYTES = 1 << 20
"""A log is begun anew when it is larger."""


def explain(error: BaseException, log_name: str) -> str:
    """Returns the sentence for an exception.

    That of what the client raises is its own. For anything else the trace goes to a log, which the
    sentence names.

    Args:
        error: what ended the work.
        log_name: of the log, in the home folder of Style Swap.
    """
    if isinstance(error, (StyleSwapError, ControlError)):
        return str(error)
    named = f"{type(error).__name__}: {error}"
    log = _keep_trace(error, log_name)
    if log is None:
        return _("Style Swap failed ({error}). Try again.").format(error=named)
    return _(
        "Style Swap failed ({error}). Try again; if it happens again, {log} tells more."
    ).format(error=named, log=log)


def _keep_trace(error: BaseException, log_name: str) -> Path | None:
    """Appends the trace to the log; returns the file, None where it cannot be written."""
    try:
        folder = home()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = folder / log_name
        full = log.exists() and log.stat().st_size > LOG_BYTES
        with log.open("w" if full else "a", encoding="utf-8") as out:
            moment = dt.datetime.now().astimezone().isoformat(timespec="seconds")
            print(moment, file=out)
            traceback.print_exception(type(error), error, error.__traceback__, file=out)
    except Exception:  # noqa: BLE001 - the user still gets the sentence
        return None
    return log
