"""The budget of minutes and its learning rate."""

import math

import pytest

from styleswap.training import schedule
from styleswap.training.schedule import LONGEST_STEP, Budget


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in an element that a test sets."""
    now = [100.0]
    monkeypatch.setattr(schedule.time, "monotonic", lambda: now[0])
    return now


def test_it_counts_the_seconds_of_steps(clock: list[float]) -> None:
    budget = Budget(1.0, _last=clock[0])
    assert (budget.share, budget.over) == (0, False)
    for _ in range(10):
        clock[0] += 3
        budget.step()
    assert budget.steps == 10
    assert budget.spent == pytest.approx(30)
    assert budget.share == pytest.approx(0.5)
    for _ in range(11):
        clock[0] += 3
        budget.step()
    assert (budget.share, budget.over) == (1, True)


def test_a_pause_does_not_cost_the_budget(clock: list[float]) -> None:
    budget = Budget(10.0, _last=clock[0])
    clock[0] += 3600
    budget.step()
    assert budget.spent == LONGEST_STEP
    clock[0] += 2
    budget.step()
    assert budget.spent == pytest.approx(LONGEST_STEP + 2)


def test_no_minutes_are_over_at_once() -> None:
    assert Budget(0).over


def test_the_rate_warms_up_and_falls_to_zero_as_a_cosine(clock: list[float]) -> None:
    budget = Budget(10.0, warm_up=4, _last=clock[0])
    rates = []
    for _ in range(4):
        rates.append(budget.rate(2.0))
        budget.step()  # no time passes
    assert rates == pytest.approx([0.5, 1.0, 1.5, 2.0])
    for share in (0.25, 0.5, 0.75, 1.0):
        while budget.spent < share * 600 - 1e-6:
            clock[0] += 5
            budget.step()
        assert budget.rate(2.0) == pytest.approx(1 + math.cos(math.pi * share), abs=1e-9)


def test_the_last_crops_are_larger_and_fewer(clock: list[float]) -> None:
    budget = Budget(1.0, _last=clock[0])
    assert budget.size(32, 96) == (32, 96)
    while budget.share < 1 - schedule.FINISH:
        assert budget.size(32, 96) == (32, 96)
        clock[0] += 3
        budget.step()
    assert budget.size(32, 96) == (8, 192)
    assert budget.size(12, 96) == (2, 192)
    assert budget.size(2, 32) == (2, 64)
