"""A minute of `make fuzz`; and that the fuzz is what it says."""

import os
import random

import pytest

from . import dying_trial, fuzz, watched
from .anatomy import anatomy
from .damage import case
from .expected_codes import STREAMS
from .nonsense import nonsense
from .picture_files import samples
from .real_daemon import flat
from .streams import kinds, stream_case

SEED = int(os.environ.get("FUZZ_SEED") or 1)
SECONDS = float(os.environ.get("FUZZ_SECONDS") or 60)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("only", list(fuzz.SHARES))
def test_no_death_no_hang_and_the_codes_of_the_table(only: str) -> None:
    (report,) = fuzz.run(SEED, 1_000_000, SECONDS * fuzz.SHARES_OF_TIME[only], only=only)
    assert not report.findings, "\n".join(report.lines())
    assert report.cases > 0


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    numbers = range(200)
    assert [case(3, n).data for n in numbers] == [case(3, n).data for n in reversed(numbers)][::-1]
    assert [stream_case(3, n).messages for n in numbers] == [
        stream_case(3, n).messages for n in numbers
    ]
    assert [_entry(n) for n in numbers] == [_entry(n) for n in reversed(numbers)][::-1]
    assert len({case(3, number).data for number in numbers}) > 190


def _entry(number: int) -> bytes:
    return nonsense(random.Random(number), {"name": "Harbour", "format": {"width": 4, "more": []}})


def test_every_sample_is_read_and_has_pixels_to_damage() -> None:
    for sample in samples():
        parts = anatomy(sample)
        assert sum(end - start for start, end in parts.body) > 100, sample.name
        assert all(0 <= start < end <= len(sample.data) for start, end in parts.head), sample.name
    assert {sample.kind for sample in samples()} == {"PNG", "JPEG", "WebP", "TIFF", "GIF", "AVIF"}


@pytest.mark.slow
def test_what_dies_hangs_or_takes_too_much_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "PATIENCE", 8.0)
    report = watched.run("tests.soak.dying_trial", 1, 100, 600)
    found = {number: what for what, number in report.first.items()}
    assert set(found) == {
        dying_trial.DIES,
        dying_trial.HANGS,
        dying_trial.GREEDY,
        dying_trial.RAISES,
        dying_trial.FINDS,
    }
    assert "Aborted" in found[dying_trial.DIES]
    assert "hangs" in found[dying_trial.HANGS]
    assert "MiB" in found[dying_trial.GREEDY]
    assert "KeyError" in found[dying_trial.RAISES]
    assert found[dying_trial.FINDS] == "not so well"
    # All others were tried all the same.
    assert report.outcomes["well"] == 97


def test_growth_is_found_and_noise_is_not() -> None:
    noise = [100, 108, 95, 103, 99, 107, 96, 104, 101, 98, 106, 100]
    assert flat("x", noise, share=0.1, constant=2)[0] == ""
    grown = [number + 2 * place for place, number in enumerate(noise)]
    assert flat("x", grown, share=0.1, constant=2)[0].startswith("x grew")


def test_the_table_knows_every_kind_of_stream() -> None:
    assert set(STREAMS) == set(kinds())
