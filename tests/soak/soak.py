"""The soak: everything at once, to a real daemon, for as long as one likes; nothing may be lost.

Clients do what they like in threads of their own. Now and then all rest: the same pictures are
painted and must be the same to the bit, the models leave memory, and what the daemon then holds is
measured.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from styleswap import connect
from styleswap.client import StyleSwapError

from .actions import ACTIONS, outcome
from .client import Client
from .expected_codes import SOAK, Outcome
from .real_daemon import RealDaemon, Usage, end, flat

CLIENTS = 5
RESTS = 24
"""How often all rest, in a run that is long enough for it."""
_REST_SECONDS = 8.0
"""Seconds from one rest to the next, at least."""
_KILL_SECONDS = 12.0
"""Mean of the seconds from one kill of a child of the daemon to the next."""
_LONG_SECONDS = 900.0
"""A run of so many has time to stall until the daemon has had enough."""
_PATIENCE = 300.0
_OWN_FILE = b"\x89PNG: a file of the user's own, which is none of the daemon's business"


@dataclass
class Report:
    """What came out."""

    seed: int
    seconds: float = 0.0
    actions: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    kills: int = 0
    rests: list[Usage] = field(default_factory=list)
    peak: int = 0
    figures: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """The report for people."""
        total = sum(self.actions.values())
        lines = [
            (
                f"soak: {total:,} actions of seed {self.seed} in {self.seconds:.0f} s, "
                f"{CLIENTS} clients, {self.kills} kills of the daemon's children, "
                f"{len(self.rests)} rests"
            )
        ]
        for (name, (kind, reason)), count in sorted(self.actions.items()):
            lines.append(f"  {name:16} {count:7,}  {kind} {reason}")
        for name, figures in self.figures.items():
            shown = ", ".join(f"{value:,} {when}" for when, value in figures.items())
            lines.append(f"  {name}: {shown}")
        lines.append(f"  memory at most: {self.peak >> 20} MiB")
        lines += [f"  FOUND {count} times: {what}" for what, count in self.findings.most_common(60)]
        lines.append(f"  {len(self.findings)} findings")
        return lines


class _Gate:
    """Lets the clients work, or has them rest between two actions."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = True
        self._inside = 0

    def enter(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._open)
            self._inside += 1

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self, seconds: float) -> bool:
        """Waits until nobody is inside; returns whether that came to be."""
        with self._changed:
            self._open = False
            return self._changed.wait_for(lambda: self._inside == 0, seconds)

    def open(self) -> None:
        with self._changed:
            self._open = True
            self._changed.notify_all()


class _Soak:
    """One run."""

    def __init__(self, folder: Path, seed: int, seconds: float) -> None:
        self.report = Report(seed)
        self._folder, self._seconds = folder, seconds
        self._gate = _Gate()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._doing: dict[int, str] = {}
        self._home = folder / "home"
        styles = self._home / "styles"
        styles.mkdir(mode=0o700, parents=True)
        self._home.chmod(0o700)
        self._own_file = styles / "my holiday.png"
        self._own_file.write_bytes(_OWN_FILE)
        values = np.random.default_rng(seed)
        self._content = values.integers(0, 255, (90, 120, 3), np.uint8)
        self._style = values.integers(0, 255, (64, 64, 3), np.uint8)

    def run(self) -> None:
        """Starts, works, rests, ends, and looks at what is left."""
        began = time.monotonic()
        self._daemon = RealDaemon(self._home)
        try:
            with connect(home=self._home, start=False) as api:
                kept = api.styles.add(self._style, "Keeper").style
                self._first = self._paintings(kept.id)
                threads = self._clients()
                self._rest_now_and_then(kept.id)
                self._end(threads)
                self._rest(kept.id)
        finally:
            self._over.set()
            self._gate.open()
            alive = self._daemon.alive()
            if not alive:
                self._found(f"the daemon died with status {self._daemon.process.poll()}")
            for finding in self._daemon.stop():
                self._found(finding)
        self._look_again(kept.id)
        self._measure()
        self.report.seconds = time.monotonic() - began

    def _found(self, what: str) -> None:
        with self._lock:
            self.report.findings[what] += 1

    def _paintings(self, own: str) -> list[np.ndarray]:
        """The pictures that must come out equal for ever, by a client that has just come."""
        with connect(home=self._home, start=False) as api:
            return [
                api.stylize(self._content, style, timeout=_PATIENCE)
                for style in ("builtin/woodcut", own)
            ]

    def _clients(self) -> list[threading.Thread]:
        tasks: list[Callable[[], None]] = [
            (lambda number=number: self._work(number)) for number in range(CLIENTS)
        ]
        # Daemon threads: one that hangs is a finding, and does not keep the program.
        threads = [threading.Thread(target=task, daemon=True) for task in (*tasks, self._kill)]
        for thread in threads:
            thread.start()
        return threads

    def _work(self, number: int) -> None:
        chance = random.Random(f"soak {self.report.seed}/{number}")
        client = Client(
            self._daemon,
            chance,
            self._folder / f"client{number}",
            self._over,
            patient=self._seconds >= _LONG_SECONDS,
        )
        actions, weights = list(ACTIONS), list(ACTIONS.values())
        while not self._over.is_set() and self._daemon.alive():
            (action,) = chance.choices(actions, weights)
            self._gate.enter()
            self._doing[number] = action.__name__
            try:
                came, words = outcome(client, action)
            except Exception as error:  # noqa: BLE001 - a finding, not the end
                came, words = ("client", repr(error)[:300]), ""
            finally:
                del self._doing[number]
                self._gate.leave()
            name = action.__name__
            with self._lock:
                self.report.actions[name, came] += 1
                if came not in SOAK[name]:
                    self.report.findings[f"{name}: {' '.join(came)}: {words[:200]}"] += 1
                elif came[1] != came[0] and not _is_sentence(words):
                    # Where code and reason are one, the words are grpcio's own.
                    self.report.findings[f"{name}: no sentence: {words[:200]}"] += 1
        client.close()

    def _kill(self) -> None:
        """Kills a child of the daemon now and then: the engine, or who decodes files."""
        chance = random.Random(f"kill {self.report.seed}")
        while not self._over.wait(chance.expovariate(1 / _KILL_SECONDS) + 2):
            self._gate.enter()
            if children := self._daemon.children():
                end(chance.choice(children))
                self.report.kills += 1
            self._gate.leave()

    def _rest_now_and_then(self, own: str) -> None:
        until = time.monotonic() + self._seconds
        between = max(self._seconds / RESTS, _REST_SECONDS)
        while (left := until - time.monotonic()) > 0 and self._daemon.alive():
            self._look_on(min(between, left))
            if time.monotonic() < until and not self._rest(own):
                return

    def _look_on(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._daemon.alive():
            self.report.peak = max(self.report.peak, self._daemon.usage().memory)
            time.sleep(min(1.0, max(until - time.monotonic(), 0.01)))

    def _rest(self, own: str) -> bool:
        """Everybody rests: the pictures are the same, and the memory is given back.

        Returns:
            Whether it is of use to go on.
        """
        if not self._gate.close(_PATIENCE):
            doing = ", ".join(sorted(self._doing.values()))
            self._found(f"more than {_PATIENCE:.0f} s without an end: {doing}")
            self._gate.open()
            return False
        try:
            if not self._daemon.wait_until_idle():
                self._found("the daemon still works on something when all clients have gone")
            pictures = self._paintings(own)
            if any((a != b).any() for a, b in zip(pictures, self._first, strict=True)):
                self._found("an undisturbed painting differs from that of the start")
            with connect(home=self._home, start=False) as api:
                api.unload()
            time.sleep(0.5)
            self.report.rests.append(self._daemon.usage())
        except StyleSwapError as error:
            self._found(f"at rest: {error.reason}: {error.message}"[:300])
        finally:
            self._gate.open()
        return True

    def _end(self, threads: list[threading.Thread]) -> None:
        self._over.set()
        until = time.monotonic() + _PATIENCE
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))
            if thread.is_alive():
                self._found(f"a client does not end within {_PATIENCE:.0f} s")

    def _look_again(self, own: str) -> None:
        """After the end and another start all is there that was there."""
        self._daemon = RealDaemon(self._home)
        try:
            with connect(home=self._home, start=False) as api:
                names = {style.id: style.name for style in api.styles.list()}
            if names.get(own) != "Keeper":
                self._found("a style is gone after the next start")
            else:
                pictures = self._paintings(own)
                if any((a != b).any() for a, b in zip(pictures, self._first, strict=True)):
                    self._found("after the next start a painting differs")
        finally:
            for finding in self._daemon.stop():
                self._found(f"after another start: {finding}")
        if not self._own_file.exists():
            self._found("a file of the user's own was removed")
        elif self._own_file.read_bytes() != _OWN_FILE:
            self._found("a file of the user's own was changed")

    def _measure(self) -> None:
        """Compares early with late rests; the first fifth is the warm-up."""
        rests = self.report.rests[len(self.report.rests) // 5 :]
        if len(rests) < 3:
            return
        for name, numbers, constant in (
            ("memory of the daemon, KiB", [rest.own >> 10 for rest in rests], 24 << 10),
            ("memory of its largest child, KiB", [rest.largest >> 10 for rest in rests], 64 << 10),
            ("descriptors", [rest.descriptors for rest in rests], 12),
            ("children", [rest.children for rest in rests], 2),
        ):
            wrong, figures = flat(name, numbers, share=0.1, constant=constant)
            self.report.figures[name] = figures
            if wrong:
                self._found(wrong)


def _is_sentence(words: str) -> bool:
    # A remedy may end in a command, after a colon.
    ended = words.rstrip().endswith((".", "?", "!", "`")) or ": " in words
    return not words or (ended and "Traceback" not in words)


def run(seed: int, seconds: float) -> Report:
    """Soaks a daemon for some seconds; what it takes besides is a start, the rests and an end."""
    with TemporaryDirectory(prefix="styleswap-soak-") as folder:
        soak = _Soak(Path(folder), seed, seconds)
        soak.run()
        return soak.report
