"""What the plug-in refuses, and the sentence for whatever else ends a painting."""

from __future__ import annotations

from styleswap_vendor.styleswap.editing import failures

LOG_FILE = "krita.log"
"""In the home folder of Style Swap: traces of failures that no sentence foresees."""


class Refused(Exception):
    """The plug-in does not do this; the message is one sentence that says what to do."""


def explain(error: BaseException) -> str:
    """Returns the sentence for an exception; the trace of one nobody foresaw goes to the log."""
    return str(error) if isinstance(error, Refused) else failures.explain(error, LOG_FILE)
