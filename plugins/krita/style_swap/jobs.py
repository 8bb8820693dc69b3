"""Paintings under way: read at once, painted one after the other, placed when they are done.

A job holds its pixels from the moment it was asked for: what the user does to the document
afterwards, switching to another one included, changes nothing about it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from styleswap_vendor.styleswap.client import Daemon, Progress, Report
from styleswap_vendor.styleswap.client.cancel import CancelToken
from styleswap_vendor.styleswap.editing.errand import Errand
from styleswap_vendor.styleswap.editing.patience import until_there_is_room
from styleswap_vendor.styleswap.editing.second_style import Second
from styleswap_vendor.styleswap.editing.words import _, progress_text
from styleswap_vendor.styleswap.v1.counting import effective

from .background import post
from .errors import explain
from .host.placing import Output, Placed, place
from .host.source import Pixels, Source, read
from .pump import Pump

UPDATE_SECONDS = 0.05
"""Least time between two movements of a bar."""

State = Literal["reading", "waiting", "painting", "placing", "done", "failed", "cancelled"]
Require = Callable[[Callable[[str], object]], Daemon]
"""(told sentences while it takes time) -> the daemon. Called in a thread."""


@dataclass(frozen=True)
class Order:
    """What is to be painted, how, and where it goes."""

    source: Source
    style: object
    """As the client takes it."""
    style_name: str
    """For people."""
    style_text: str
    """Its id or path, by which it is found again."""
    settings: Mapping[str, Any]
    """The controls by name."""
    output: Output
    second: Second | None = None
    """The other of two styles, which `style` mixes already."""


@dataclass(eq=False)
class Job:
    """One painting on its way."""

    number: int
    order: Order
    content: Pixels
    result: Pixels
    token: CancelToken = field(default_factory=CancelToken)
    state: State = "reading"
    text: str = ""
    """What goes on, or why it failed."""
    fraction: float | None = None
    """How far it is, 0 to 1; None while that is unknown."""
    error: Exception | None = None
    """Why it failed last."""
    notices: list[str] = field(default_factory=list)
    """Sentences on what was done with less than was asked for."""
    placed: Placed | None = None
    pump: Pump | None = None

    @property
    def complete(self) -> bool:
        """Whether all pixels have been read, so that it can be painted once more."""
        return self.order.source.node is None

    @property
    def title(self) -> str:
        """In which style what is painted: where there is no room, the style is what is seen."""
        return f"{self.order.style_name} – {self.order.source.name}"


class Queue:
    """All paintings under way. Belongs to the main thread."""

    def __init__(
        self,
        app: Any,
        require: Require,
        changed: Callable[[], object],
        ended: Callable[[Job], object],
    ) -> None:
        """Has nothing to do yet.

        Args:
            app: Krita.
            require: gives the daemon.
            changed: called when `jobs` or one of them has changed.
            ended: called with a job that is done, or has failed.
        """
        self._app = app
        self._require = require
        self._changed = changed
        self._ended = ended
        self._number = 0
        self._painting: Job | None = None
        self.jobs: list[Job] = []
        """Those that are not done, and those that failed, the oldest first."""

    def submit(self, order: Order) -> Job:
        """Reads what is to be painted, and paints it when its turn has come."""
        self._number += 1
        kind = order.source.format
        job = Job(self._number, order, Pixels(kind), Pixels(kind), text=_("Reading the pixels"))
        job.notices += order.source.notices
        self.jobs.append(job)
        job.pump = Pump(
            read(order.source, job.content),
            lambda: self._wait(job),
            lambda error: self._fail(job, error),
        )
        self._changed()
        return job

    def again(self, job: Job) -> None:
        """Paints a job that failed once more, from the pixels that it has."""
        if job in self.jobs and job.state == "failed" and job.complete:
            job.token = CancelToken()
            job.result = Pixels(job.content.format)
            self._wait(job)

    def cancel(self, number: int) -> None:
        """Ends a job; it is gone from the list at once."""
        for job in self.jobs:
            if job.number == number:
                job.token.set()
                if job.pump is not None:
                    job.pump.stop()
                job.state = "cancelled"
                self._forget(job)
                return

    dismiss = cancel
    """Takes a job that failed from the list."""

    def explain_anew(self, job: Job, text: str) -> None:
        """Says something else about a job that failed."""
        if job in self.jobs and job.state == "failed":
            self._show(job, "failed", text)

    def close(self) -> None:
        """Ends all jobs."""
        for job in list(self.jobs):
            self.cancel(job.number)

    def _wait(self, job: Job) -> None:
        job.pump = None
        job.order = replace(job.order, source=replace(job.order.source, node=None))
        self._show(job, "waiting", _("Waiting"))
        self._start_next()

    def _start_next(self) -> None:
        if self._painting is not None:
            return
        job = next((job for job in self.jobs if job.state == "waiting"), None)
        if job is None:
            return
        self._painting = job
        self._show(job, "painting", _("Looking for the Style Swap daemon…"))
        Errand(
            lambda: self._paint(job),
            post,
            lambda report: self._painted(job, report),
            lambda error: self._unpainted(job, error),
        )

    def _paint(self, job: Job) -> Report:
        """Has a job painted by the daemon. In a thread."""

        def say(text: str) -> None:
            post(lambda: self._tell(job, text, None))

        daemon = self._require(say)
        last = 0.0

        def progress(now: Progress) -> None:
            nonlocal last
            moment = time.monotonic()
            if moment - last >= UPDATE_SECONDS or now.fraction >= 1:
                last = moment
                post(lambda: self._tell(job, progress_text(now), now.fraction))

        return until_there_is_room(
            lambda: daemon.paint_rows(
                job.content.format,
                job.content.rows,
                job.result.write_rows,
                job.order.style,
                progress=progress,
                cancel=job.token,
                **effective(job.order.settings),
            ),
            say,
            job.token,
        )

    def _tell(self, job: Job, text: str, fraction: float | None) -> None:
        if job.state == "painting":
            self._show(job, "painting", text, fraction)

    def _painted(self, job: Job, report: Report) -> None:
        self._painting = None
        if job.state == "painting":
            job.notices += [text for text in report.notices if text not in job.notices]
            self._show(job, "placing", _("Placing the painting"), 1.0)
            found: list[Placed] = []
            order = job.order
            job.pump = Pump(
                place(self._app, order.source, job.result, order.output, order.style_name, found),
                lambda: self._place(job, found),
                lambda error: self._fail(job, error),
            )
        self._start_next()

    def _unpainted(self, job: Job, error: Exception) -> None:
        self._painting = None
        if job.state == "painting":
            self._fail(job, error)
        self._start_next()

    def _place(self, job: Job, found: list[Placed]) -> None:
        job.placed = found[0]
        if found[0].notice:
            job.notices.append(found[0].notice)
        job.state = "done"
        self._forget(job)
        self._ended(job)

    def _fail(self, job: Job, error: Exception) -> None:
        job.pump, job.error = None, error
        self._show(job, "failed", explain(error))
        self._ended(job)

    def _show(self, job: Job, state: State, text: str, fraction: float | None = None) -> None:
        job.state, job.text, job.fraction = state, text, fraction
        self._changed()

    def _forget(self, job: Job) -> None:
        job.pump = None
        if job in self.jobs:
            self.jobs.remove(job)
        self._changed()
