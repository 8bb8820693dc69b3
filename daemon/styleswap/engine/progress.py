"""How far a picture is, and whether to go on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from styleswap.engine.errors import Cancelled

Stage = Literal["encoding", "matching", "painting", "refining"]


@dataclass(frozen=True)
class Progress:
    """What is being done.

    Attributes:
        stage: of the work.
        fraction: share of the whole work that is done, 0 to 1, never falling.
    """

    stage: Stage
    fraction: float


@dataclass
class Tracker:
    """Counts the work, asks whether to stop, and times the stages.

    Args:
        total: work to do, in multiply-adds; any unit will do as long as `advance` shares it.
        report: gets every progress.
        cancelled: asked at every poll.
    """

    total: float
    report: Callable[[Progress], None] | None = None
    cancelled: Callable[[], bool] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: Stage = "encoding"
    _done: float = 0.0
    _since: float = field(default_factory=time.perf_counter)

    def poll(self) -> None:
        """Raise `Cancelled` if the caller asked to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("cancelled")

    def enter(self, stage: Stage) -> None:
        """A stage begins; it may be entered again."""
        self._book()
        self._stage = stage
        self._tell(self._done)

    def within(self, work: float) -> Callable[[float], None]:
        """A callback for a piece of work that tells the share of it that is done."""

        def tell(share: float) -> None:
            self.poll()
            self._tell(self._done + share * work)

        return tell

    def advance(self, work: float) -> None:
        """A piece of work is done."""
        self.poll()
        self._done += work
        self._tell(self._done)

    def finish(self) -> None:
        """Everything is done."""
        self._book()
        self._tell(self.total)

    def _book(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._since = now

    def _tell(self, done: float) -> None:
        if self.report is not None:
            self.report(Progress(self._stage, min(1.0, done / self.total)))
