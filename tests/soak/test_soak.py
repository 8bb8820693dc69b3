"""A minute of `make soak`."""

import os

import pytest

from . import soak

SEED = int(os.environ.get("SOAK_SEED") or 1)
SECONDS = float(os.environ.get("SOAK_SECONDS") or 60)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 900)
def test_nothing_kills_it_and_nothing_is_lost() -> None:
    report = soak.run(SEED, SECONDS)
    print("\n".join(report.lines()))
    assert not report.findings, "\n".join(report.lines())
    # It was no idle minute.
    done = {name for name, _ in report.actions}
    assert {"paint", "cancel", "kill_client", "damaged_style", "style_life"} <= done
    assert report.rests
