"""What the user is told when the filter cannot do its work: always one sentence."""

from __future__ import annotations

LOG_FILE = "gimp.log"
"""In the home folder of Style Swap: traces of failures that no sentence foresees."""


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
        from styleswap_vendor.styleswap.editing import failures
    except Exception:  # noqa: BLE001 - an incomplete installation must not hide the first error
        return (
            f"Style Swap failed ({type(error).__name__}: {error}). "
            "Open a terminal and run: styleswap install gimp"
        )
    return failures.explain(error, LOG_FILE)
