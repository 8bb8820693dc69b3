"""Signals during a training: the step ends, the work is stored, then the signal takes its way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import styleswap
from styleswap.training import checkpoint
from styleswap.training.schedule import Budget
from styleswap.training.stopping import stoppable


class Ended(Exception):
    """What the handler of before raises."""


def steps_with_a_signal(number: int, times: int = 1) -> tuple[int, int]:
    """Count to ten with a signal at three; returns how far it came and what was stored."""
    budget, count, stored = Budget(60), 0, 0

    def ended(*_: object) -> None:
        raise Ended

    before = signal.signal(number, ended)
    try:
        with stoppable(budget):
            over = budget.over
            while not over:
                count += 1
                if count == 3:
                    for _ in range(times):
                        os.kill(os.getpid(), number)
                over = budget.over or count == 10
                if over:
                    stored = count
    except Ended:
        pass
    else:
        raise AssertionError("the signal did not take its way")
    finally:
        assert signal.signal(number, before) is ended
    return count, stored


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_loop_behind_the_step(number: int) -> None:
    assert steps_with_a_signal(number) == (3, 3)


def test_a_second_signal_does_not_wait() -> None:
    assert steps_with_a_signal(signal.SIGTERM, 2) == (3, 0)


def test_what_was_ignored_stays_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    budget = Budget(60)
    try:
        with stoppable(budget):
            os.kill(os.getpid(), signal.SIGHUP)
        assert not budget.over
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_error_inside_is_raised_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), stoppable(Budget(60)):
        _ = 1 // 0
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kind", "number"), [("encoder", signal.SIGINT), ("inverse", signal.SIGTERM)]
)
def test_an_interrupted_training_goes_on_where_it_was(
    tmp_path: Path, photos: Path, paintings: Path, teacher: Path, kind: str, number: int
) -> None:
    """The real command: hours are planned, the signal comes after the first step."""
    out = tmp_path / "out.safetensors"
    words = ["train", kind, "--teacher", teacher, "--photos", photos, "--paintings", paintings]
    words += ["--batch", 4, "--side", 32, "--out", out]
    environment = {**os.environ, "PYTHONPATH": str(Path(styleswap.__file__).parent.parent)}

    def train(*more: object) -> tuple[int, str]:
        command = [sys.executable, "-m", "styleswap", *map(str, [*words, *more])]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("step 1 loss"):
                process.send_signal(number)
                break
        rest = process.stderr.read()
        return process.wait(), rest

    begun = time.time()
    code, rest = train("--minutes", 600)
    assert code == 128 + number, rest
    assert "stopping" in rest
    assert rest.splitlines()[-1] == "styleswap: cancelled."
    _, recipe = checkpoint.load(out)
    assert recipe["steps"] >= 1
    assert recipe["crops"] == 4 * recipe["steps"]
    assert recipe["history"][0]["minutes"] == 600
    assert 0 < recipe["history"][0]["spent"] < (time.time() - begun) / 60
    assert not list(tmp_path.glob("*.tmp"))

    code, rest = train("--minutes", 600, "--resume", out)
    assert code == 128 + number, rest
    _, again = checkpoint.load(out)
    assert again["steps"] > recipe["steps"]
    assert again["crops"] == 4 * again["steps"]
    assert len(again["history"]) == 2
