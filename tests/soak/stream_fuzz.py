"""Wrong streams of messages, to a real daemon: codes as in the table, and the daemon lives."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from styleswap.v1 import styles_pb2, styles_pb2_grpc

from .expected_codes import BUSY, DONE, STREAMS, Outcome
from .real_daemon import MEBIBYTE, RealDaemon, Usage, flat, outcome_of
from .streams import PUT, StreamCase, stream_case

CLIENTS = 3
PATIENCE = 60.0
"""Seconds after which an answer is given up: a finding."""
_MEASURE_SECONDS = 2.0


@dataclass
class Report:
    """What came out."""

    seed: int
    seconds: float = 0.0
    cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    usage: list[Usage] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    """The first case of a finding."""

    def lines(self) -> list[str]:
        """The report for people."""
        memory = {name: f"{number / MEBIBYTE:.0f} MiB" for name, number in self.memory.items()}
        return [
            (
                f"wrong streams: {self.cases:,} cases of seed {self.seed} in {self.seconds:.0f} s "
                f"({self.cases / max(self.seconds, 1e-9):.0f} a second), {CLIENTS} clients"
            ),
            f"  {len(self.kinds)} kinds",
            *(
                f"  {count:9,} {code} {reason}"
                for (code, reason), count in sorted(
                    self.outcomes.items(), key=lambda item: -item[1]
                )
            ),
            f"  memory of the daemon and its children: {memory}",
            *(
                f"  FOUND {count} times: {what} (first: case {self.first.get(what, '-')})"
                for what, count in self.findings.most_common(60)
            ),
            f"  {len(self.findings)} findings",
        ]


class _Client:
    """Sends cases on a connection of its own."""

    def __init__(self, daemon: RealDaemon, report: Report, lock: threading.Lock) -> None:
        self._daemon, self._report, self._lock = daemon, report, lock
        self._channel = daemon.new_channel()
        self._styles = styles_pb2_grpc.StyleServiceStub(self._channel)

    def send(self, case: StreamCase) -> None:
        """Sends one, and writes down what is wrong with the answer."""
        try:
            outcome = self._answer(case)
        except Exception as error:  # noqa: BLE001 - a finding, not the end
            outcome = "client", repr(error)
        with self._lock:
            self._report.cases += 1
            self._report.kinds[case.kind] += 1
            self._report.outcomes[outcome] += 1
            if outcome not in STREAMS[case.kind] and outcome not in BUSY:
                what = f"{case.kind}, {case.method.rpartition('/')[2]}: {' '.join(outcome)}"
                self._report.first.setdefault(what, case.number)
                self._report.findings[what] += 1

    def _answer(self, case: StreamCase) -> Outcome:
        left = threading.Event()

        def messages() -> Iterator[bytes]:
            yield from case.messages
            if case.leaves is not None:
                left.wait(PATIENCE)

        kind = self._channel.stream_unary if case.method == PUT else self._channel.stream_stream
        call_it = kind(case.method, request_serializer=None, response_deserializer=None)
        try:
            if case.method == PUT:
                future = call_it.future(
                    messages(), metadata=self._daemon.metadata, timeout=PATIENCE
                )
                if case.leaves is not None:
                    time.sleep(case.leaves)
                    future.cancel()
                try:
                    answer = styles_pb2.PutStyleResponse.FromString(future.result())
                except grpc.FutureCancelledError:
                    return "CANCELLED", "CANCELLED"
                if not answer.existed and not answer.style.builtin:
                    self._styles.DeleteStyle(
                        styles_pb2.DeleteStyleRequest(id=answer.style.id),
                        metadata=self._daemon.metadata,
                        timeout=PATIENCE,
                    )
            else:
                stream = call_it(messages(), metadata=self._daemon.metadata, timeout=PATIENCE)
                if case.leaves is not None:
                    time.sleep(case.leaves)
                    stream.cancel()
                for _ in stream:
                    pass
        except grpc.RpcError as error:
            return outcome_of(error)
        finally:
            left.set()
        return DONE

    def close(self) -> None:
        self._channel.close()


def run(seed: int, cases: int, seconds: float, first: int = 0) -> Report:
    """Sends the cases `first` to `first + cases`, or as many as the seconds allow."""
    report = Report(seed)
    lock = threading.Lock()
    numbers = iter(range(first, first + cases))
    with TemporaryDirectory(prefix="styleswap-fuzz-") as folder:
        daemon = RealDaemon(Path(folder) / "home")
        daemon.wait_for_engine()
        began = time.monotonic()
        over = began + seconds

        def work() -> None:
            client = _Client(daemon, report, lock)
            while time.monotonic() < over and daemon.alive():
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                client.send(stream_case(seed, number))
            client.close()

        threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            if daemon.alive():
                report.usage.append(daemon.usage())
            threads[0].join(_MEASURE_SECONDS)
            for thread in threads:
                thread.join(0.01)
        report.seconds = time.monotonic() - began
        _check(daemon, report)
    return report


def _check(daemon: RealDaemon, report: Report) -> None:
    """The daemon lives, answers, is idle and has not grown; and nothing is left behind it."""
    found: list[str] = []
    if not daemon.alive():
        found.append(f"the daemon died with status {daemon.process.poll()}")
    else:
        if not daemon.wait_until_idle():
            found.append("the daemon still works on something when all clients have gone")
        # The first quarter is the warm-up: code, styles and the connections' buffers.
        later = report.usage[len(report.usage) // 4 :]
        wrong, report.memory = flat(
            "memory", [usage.memory for usage in later], share=0.1, constant=24 * MEBIBYTE
        )
        more, _ = flat(
            "descriptors", [usage.descriptors for usage in later], share=0.0, constant=16
        )
        found += filter(None, (wrong, more))
    report.findings.update([*found, *daemon.stop()])
