"""Damaged pictures by the million, read in processes that are watched.

None may die, hang, take too much memory, or answer with anything but a picture or a `FileError` of
the documented reasons; and at least half of the cases must get as far as the pixels.
"""

import json
import mmap
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from . import picture_worker as worker

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a case hangs; it takes a millisecond."""
_POLL = 0.1


@dataclass
class Report:
    """What came out."""

    seed: int
    seconds: float = 0.0
    cases: int = 0
    decoded: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    peak: int = 0
    renewed: int = 0
    """Processes that were renewed since they had kept too much memory."""
    findings: list[str] = field(default_factory=list)

    @property
    def share_decoded(self) -> float:
        """Of all cases, those that got as far as the pixels."""
        return self.decoded / max(self.cases, 1)

    def lines(self) -> list[str]:
        """The report for people."""
        return [
            f"damaged pictures: {self.cases:,} cases of seed {self.seed} in {self.seconds:.0f} s "
            f"({self.cases / max(self.seconds, 1e-9):.0f} a second)",
            f"  {self.share_decoded:.1%} got as far as the pixels",
            "  " + ", ".join(f"{name} {count:,}" for name, count in self.outcomes.items()),
            f"  {self.peak >> 20} MiB at most in a process; {self.renewed} were renewed",
            *(f"  FOUND: {finding}" for finding in self.findings[:50]),
            f"  {len(self.findings)} findings",
        ]


class _Reader:
    """One process after the other, for a share of the numbers."""

    def __init__(self, folder: Path, name: str, seed: int, first: int, stop: int, step: int):
        self.report = Report(seed)
        self._options = {"seed": seed, "first": first, "stop": stop, "step": step}
        self._folder, self._name = folder, name
        self._said = folder / f"{name}.said"
        places = folder / f"{name}.places"
        places.write_bytes(bytes(worker.PLACES * 8))
        with places.open("r+b") as file:
            self.places = memoryview(mmap.mmap(file.fileno(), worker.PLACES * 8)).cast("Q")
        self._options["places"] = str(places)
        self._options["crashes"] = str(folder / f"{name}.crashes")
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    def _start(self) -> None:
        self.places[worker.BEGAN] = round(time.monotonic() * 1000)
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.picture_worker", json.dumps(self._options)],
                cwd=REPOSITORY,
                env={**os.environ, "VIPS_CONCURRENCY": "1"},
                stdout=said,
                stderr=subprocess.DEVNULL,
            )

    def watch(self) -> bool:
        """Looks after the process; returns whether there is more to do."""
        assert self._process is not None
        status = self._process.poll()
        number = self.places[worker.NUMBER]
        if status is None:
            seconds = time.monotonic() - self.places[worker.BEGAN] / 1000
            if seconds < PATIENCE:
                return True
            self.end()
            return self._go_on(f"case {number} hangs: no answer in {PATIENCE:.0f} s")
        if status == 0:
            return False
        if status == worker.RENEWED:
            self.report.renewed += 1
            return self._go_on()
        if status == worker.GREEDY:
            return self._go_on(f"case {number} took {self.places[worker.PEAK] >> 20} MiB")
        words = Path(str(self._options["crashes"])).read_text().strip().splitlines()
        return self._go_on(
            f"case {number} ended the process with status {status} (begun at case "
            f"{self._options['first']}): " + " | ".join(words[:12])
        )

    def _go_on(self, *findings: str) -> bool:
        self.report.findings += findings
        number = max(self.places[worker.NUMBER], int(self._options["first"]))
        self._options["first"] = number + int(self._options["step"])
        if len(self.report.findings) > 200 or self._options["first"] >= self._options["stop"]:
            return False
        self._start()
        return True

    def end(self) -> None:
        """Kills the process."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Ends the process and gathers what it said."""
        self.end()
        for line in self._said.read_text().splitlines():
            said = json.loads(line)
            self.report.findings.append(f"case {said['number']}: {said['what']}")


def run(seed: int, cases: int, seconds: float, first: int = 0, jobs: int = 2) -> Report:
    """Reads the cases `first` to `first + cases`, or as many as the seconds allow."""
    began = time.monotonic()
    report = Report(seed)
    with TemporaryDirectory(prefix="styleswap-fuzz-") as name:
        readers = [
            _Reader(Path(name), str(job), seed, first + job, first + cases, jobs)
            for job in range(min(jobs, cases))
        ]
        busy = list(readers)
        try:
            while busy and time.monotonic() - began < seconds:
                time.sleep(_POLL)
                busy = [reader for reader in busy if reader.watch()]
        finally:
            for reader in readers:
                reader.close()
        for reader in readers:
            places = reader.places
            report.cases += places[worker.CASES]
            report.decoded += places[worker.DECODED]
            report.peak = max(report.peak, places[worker.PEAK])
            report.renewed += reader.report.renewed
            for index, outcome in enumerate(worker.OUTCOMES, worker.OUTCOME):
                report.outcomes[outcome] = report.outcomes.get(outcome, 0) + places[index]
            report.findings += reader.report.findings
    report.seconds = time.monotonic() - began
    if report.cases >= 1000 and report.share_decoded < 0.5:
        report.findings.append("less than half of the cases got as far as the pixels")
    return report
