"""Cases by the million, tried in processes that are watched.

None may die, hang, take too much memory, or end in anything but what it may.
"""

import importlib
import json
import mmap
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from . import worker

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a case hangs; it takes a millisecond."""
_START_SECONDS = 60.0
"""How long a process may take to begin, besides."""
_POLL = 0.1
_TELL_SECONDS = 120.0
_ENOUGH = 300
"""Findings of one process after which it is no use to go on."""


@dataclass
class Report:
    """What came out."""

    name: str
    deep_name: str
    seed: int
    seconds: float = 0.0
    cases: int = 0
    deep: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    peak: int = 0
    renewed: int = 0
    """Processes that were renewed since they had kept too much memory."""
    findings: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    """The first case of a finding."""

    @property
    def share(self) -> float:
        """Of all cases, those that got as far as they should."""
        return self.deep / max(self.cases, 1)

    def found(self, number: int, what: str) -> None:
        """Takes in a finding; those that differ in numbers alone are one."""
        plain = re.sub(r"0x[0-9a-f]+|\b\d{2,}\b", "N", what)
        self.findings[plain] += 1
        self.first[plain] = min(number, self.first.get(plain, number))

    def lines(self) -> list[str]:
        """The report for people."""
        return [
            (
                f"{self.name}: {self.cases:,} cases of seed {self.seed} in {self.seconds:.0f} s "
                f"({self.cases / max(self.seconds, 1e-9):.0f} a second)"
            ),
            f"  {self.share:.1%} {self.deep_name}",
            *(f"  {count:9,} {name}" for name, count in self.outcomes.most_common()),
            f"  {self.peak >> 20} MiB at most in a process; {self.renewed} were renewed",
            *(
                f"  FOUND {count} times: {what} (first: case {self.first.get(what, '-')})"
                for what, count in self.findings.most_common(60)
            ),
            f"  {len(self.findings)} findings",
        ]


class _Reader:
    """One process after the other, for a share of the numbers."""

    def __init__(
        self, folder: Path, report: Report, trial: str, first: int, stop: int, step: int
    ) -> None:
        self._report = report
        self._outcomes = importlib.import_module(trial).OUTCOMES
        self._said = folder / "said"
        self._crashes = folder / "crashes"
        size = (worker.OUTCOME + len(self._outcomes)) * 8
        (folder / "places").write_bytes(bytes(size))
        with (folder / "places").open("r+b") as file:
            self._places = memoryview(mmap.mmap(file.fileno(), size)).cast("Q")
        (folder / "work").mkdir()
        self._first, self._step, self._stop = first, step, stop
        self._options = {
            "trial": trial,
            "seed": report.seed,
            "stop": stop,
            "step": step,
            "places": str(folder / "places"),
            "crashes": str(self._crashes),
            "folder": str(folder / "work"),
        }
        self._deaths = 0
        self._start()

    def _start(self) -> None:
        self._places[worker.NUMBER] = self._first
        self._places[worker.BEGAN] = round((time.monotonic() + _START_SECONDS) * 1000)
        options = json.dumps({**self._options, "first": self._first})
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.worker", options],
                cwd=REPOSITORY,
                env={**os.environ, "VIPS_CONCURRENCY": "1"},
                stdout=said,
                stderr=said,
            )

    def watch(self) -> bool:
        """Looks after the process; returns whether there is more to do."""
        status = self._process.poll()
        if status is None:
            seconds = (
                time.monotonic() - self._places[worker.BEGAN] / 1000
            )  # below 0 before the first
            if seconds < PATIENCE:
                return True
            self.end()
            return self._go_on(f"hangs: no answer in {PATIENCE:.0f} s")
        if status == 0:
            return False
        if status == worker.RENEWED:
            self._report.renewed += 1
            return self._go_on("")
        if status == worker.GREEDY:
            return self._go_on(f"took {self._places[worker.PEAK] >> 20} MiB")
        words = self._crashes.read_text().strip().splitlines()[:12]
        return self._go_on(
            f"ended the process (begun at case {self._first}) with status {status}: "
            + " | ".join(words)
        )

    def _go_on(self, finding: str) -> bool:
        number = self._places[worker.NUMBER]
        if finding:
            self._report.found(number, finding)
            self._deaths += 1
        self._first = number + self._step
        if self._deaths > _ENOUGH or self._first >= self._stop:
            return False
        self._start()
        return True

    @property
    def cases(self) -> int:
        """How many were tried."""
        return int(self._places[worker.CASES])

    def end(self) -> None:
        """Kills the process."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Ends the process and adds what came out to the report."""
        self.end()
        report, places = self._report, self._places
        for line in self._said.read_text(errors="replace").splitlines():
            if line.startswith('{"number"'):
                said = json.loads(line)
                report.found(said["number"], said["what"])
        report.cases += places[worker.CASES]
        report.deep += places[worker.DEEP]
        report.peak = max(report.peak, places[worker.PEAK])
        for index, outcome in enumerate(self._outcomes, worker.OUTCOME):
            report.outcomes[outcome] += places[index]


def run(
    trial: str,
    seed: int,
    cases: int,
    seconds: float,
    *,
    first: int = 0,
    jobs: int = 2,
    say: Callable[[str], None] = print,
) -> Report:
    """Tries the cases `first` to `first + cases`, or as many as the seconds allow.

    Args:
        trial: name of the module that makes and tries one; it must be called from a folder in
            which `tests` can be imported.
        seed: of all of them.
        cases: how many at most.
        seconds: how long at most.
        first: number of the first.
        jobs: processes at once.
        say: is told now and then how far it is.
    """
    module = importlib.import_module(trial)
    began = time.monotonic()
    report = Report(module.NAME, module.DEEP, seed)
    with TemporaryDirectory(prefix="styleswap-fuzz-") as name:
        readers: list[_Reader] = []
        try:
            for job in range(min(jobs, cases)):
                folder = Path(name) / str(job)
                folder.mkdir()
                readers.append(_Reader(folder, report, trial, first + job, first + cases, jobs))
            busy = list(readers)
            told = began
            while busy and time.monotonic() - began < seconds:
                time.sleep(_POLL)
                busy = [reader for reader in busy if reader.watch()]
                if time.monotonic() - told > _TELL_SECONDS:
                    told = time.monotonic()
                    say(f"  {sum(reader.cases for reader in readers):,} cases so far ...")
        finally:
            for reader in readers:
                reader.close()
    report.seconds = time.monotonic() - began
    if report.cases >= 1000 and report.share < 0.5:
        report.findings[f"less than half of the cases {module.DEEP}"] += 1
    return report
