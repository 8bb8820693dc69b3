"""All three kinds of fuzz, one after the other."""

from collections.abc import Callable

from . import stream_fuzz, watched

SHARES = {"pictures": 0.8, "streams": 0.1, "entries": 0.1}
"""What is fuzzed, and the share of the cases that it gets."""
SHARES_OF_TIME = {"pictures": 0.5, "streams": 0.3, "entries": 0.2}
"""Of the time of all, where that is limited."""
_TRIALS = {"pictures": "tests.soak.picture_trial", "entries": "tests.soak.entry_trial"}

Report = watched.Report | stream_fuzz.Report


def run(
    seed: int,
    cases: int,
    seconds: float,
    *,
    only: str | None = None,
    first: int = 0,
    say: Callable[[str], None] = print,
) -> list[Report]:
    """Tries cases of all kinds, or of one.

    Args:
        seed: of all of them.
        cases: how many in all.
        seconds: how long in all, at most.
        only: one of `SHARES`.
        first: number of the first case of each kind.
        say: gets the report of each kind when it is there.
    """
    reports: list[Report] = []
    for name in SHARES if only is None else [only]:
        count = max(round(cases * SHARES[name]), 1) if only is None else cases
        time = seconds * SHARES_OF_TIME[name] if only is None else seconds
        report: Report
        if name in _TRIALS:
            report = watched.run(_TRIALS[name], seed, count, time, first=first, say=say)
        else:
            report = stream_fuzz.run(seed, count, time, first=first)
        say("\n".join(report.lines()))
        reports.append(report)
    return reports
