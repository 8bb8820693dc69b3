"""A minute of `make fuzz`; and that the fuzz is what it says."""

import os
import random

import pytest

from . import fuzz
from .anatomy import anatomy
from .damage import case
from .expected_codes import STREAMS
from .nonsense import nonsense
from .picture_files import samples
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


def test_the_table_knows_every_kind_of_stream() -> None:
    assert set(STREAMS) == set(kinds())
