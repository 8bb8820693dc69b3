"""Limits are kept or not, on either side; what was not measured is neither."""

from dataclasses import replace

import pytest

from styleswap.training.judging.gates import Gate, gates
from styleswap.training.judging.pictures import Figures, mean
from styleswap.training.judging.reading import RoundTrip, Swapped
from styleswap.training.judging.tables import (
    gates_table,
    pictures_table,
    reading_table,
    swapped_table,
    weave_table,
)
from styleswap.training.judging.weave import Pattern, Weave

TRIPS = [
    RoundTrip("a", 33.0, 0.30, 25, 0.7, 0.2, 28.0, 0.5),
    RoundTrip("b", 31.5, 0.44, 26, 0.8, 0.9, 30.0, 0.7),
]
SWAPS = [Swapped("a", "b", 0.26, 0.20, 0.22), Swapped("b", "a", 0.28, 0.20, 0.23)]
WEAVES = [
    Weave("a", (Pattern(2, 1.0, 1.1, 0.0), Pattern(4, 0.9, 1.0, 0.0)), 1.1),
    Weave("b", (Pattern(2, 1.8, 1.2, 0.7), Pattern(4, 1.0, 1.1, 0.0)), 1.25),
]
FAITH = {"regret": 0.004, "error": 0.09, "hue_ratio": 1.2, "cosine": 0.98, "centred_regret": 0.01}
OURS = Figures(9.0, 0.38, 1.1, 0.45, 0.3, 0.1, 0.7)
OPTIMISED = Figures(8.0, 0.40, 1.2, 0.40, 0.3, 0.1, 0.8)


def test_each_gate_by_hand() -> None:
    found = gates(TRIPS, SWAPS, WEAVES, FAITH, OURS, OPTIMISED)
    figures = [g.figure for g in found]
    wanted = [32.25, 0.37, 0.9, 1.4, 1.2, 0.004, 0.09, 1.2, 1.125, 1.125, -0.02]
    assert figures == pytest.approx(wanted)
    assert [g.met for g in found] == [
        *(True, True, True),
        *(False, False),
        *(True, False, True),
        *(True, False, True),
    ]


def test_more_of_the_content_than_the_optimiser_keeps_is_no_fault() -> None:
    for similarity, met in ((0.9, True), (0.371, True), (0.369, False)):
        ours = replace(OURS, similarity=similarity)
        assert gates(TRIPS, SWAPS, WEAVES, FAITH, ours, OPTIMISED)[-1].met is met


def test_a_limit_itself_is_met() -> None:
    assert Gate("a", 1.0, 1.0).met
    assert Gate("a", 1.0, 1.0, least=True).met


def test_what_is_not_measured_is_told_with_its_remedy() -> None:
    found = gates(TRIPS, SWAPS, [], {}, replace(OURS, statistics=None), None)
    missing = [g for g in found if g.met is None]
    assert len(missing) == 7
    told = gates_table(found)
    assert told.count("not measured") == 7
    assert told.count("--teacher") == 6
    assert "--styles" in told
    assert "NOT MET" in told


def test_tables_show_every_figure() -> None:
    shown = reading_table(TRIPS)
    assert "32.25" in shown  # the mean
    assert "28.00   0.500" in shown
    assert "published" not in reading_table([replace(t, published_psnr=None) for t in TRIPS])
    shown = pictures_table("grid", {"ours": OURS, "without": replace(OURS, statistics=None)})
    rows = [line.split() for line in shown.splitlines()]
    assert rows[1] == ["ours", "0.450", "9.00", "0.380", "0.700", "30.0%", "10.0%", "1.10"]
    assert rows[2][1] == "-"
    assert rows[5] == ["ours", *"-" * 10]
    faults = Figures(9.0, 0.38, 1.1, None, None, None, None, *(i / 16 for i in range(10)))
    row = pictures_table("grid", {"ours": faults}).splitlines()[-1].split()
    assert row[1:4] == ["43.8%", "0.500", "0.5625"]
    assert row[4:] == ["0.000", "6.2%", "12.5%", "18.8%", "25.0%", "0.312", "0.375"]


def test_means_are_of_the_pictures_that_have_a_figure() -> None:
    assert mean([OURS, OPTIMISED]).palette == 8.5
    assert mean([OURS, replace(OPTIMISED, deviation=None)]).deviation == 0.7
    assert mean([replace(f, distinct=None) for f in (OURS, OPTIMISED)]).distinct is None


def test_swaps_are_told_beside_the_optimiser_and_a_refinement() -> None:
    heading, first, _ = swapped_table(SWAPS).splitlines()
    assert [cell.strip() for cell in heading.split("|")][1:] == [
        *("after 100 steps of Adam", "ratio", "refined by 20", "ratio"),
    ]
    assert first.replace("|", "").split()[3:] == ["0.260", "0.200", "1.30", "0.220", "1.10"]


def test_the_weave_is_told_style_by_style() -> None:
    heading, *rows = weave_table(WEAVES).splitlines()
    assert heading.startswith("weave")
    assert [row.split() for row in rows] == [
        *(["a", "1.00", "1.10", "0.91", "0.00", "|", "0.90", "1.00", "0.90", "0.00", "|", "1.10"],),
        *(["b", "1.80", "1.20", "1.50", "0.70", "|", "1.00", "1.10", "0.91", "0.00", "|", "1.25"],),
    ]
