"""What the user sees while a picture is painted."""

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from styleswap.client import Progress

_FORMAT = "{desc}|{bar}| {percentage:3.0f}%{postfix}"


class ProgressBar:
    """A bar on stderr, where that is a terminal: name, stage, share done, time left."""

    def __init__(self, label: str, *, shown: bool | None = None) -> None:
        self._label = label
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._shown:
            from tqdm import tqdm

            self._bar = tqdm(
                desc=f"{self._label}: ",
                total=1.0,
                bar_format=_FORMAT,
                leave=False,
                ncols=_columns(),
                nrows=20,  # a terminal that says 0 would get no bar at all
                file=sys.stderr,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def message(self, sentence: str) -> None:
        """Shows a sentence above the bar."""
        if self._bar is not None:
            self._bar.write(f"styleswap: {sentence}", file=sys.stderr)

    def stage(self, name: str) -> None:
        """Shows what the command itself is doing."""
        if self._bar is not None:
            self._say(name, "")

    def update(self, progress: "Progress") -> None:
        """Shows what the daemon is doing."""
        if self._bar is None:
            return
        self._bar.n = min(1.0, progress.fraction)
        if progress.stage == "queued":
            self._say("waiting", f"{progress.queue_position} in front")
        elif progress.seconds_left is not None:
            self._say(progress.stage, f"{_words(progress.seconds_left)} left")
        else:
            self._say(progress.stage, "")

    def _say(self, stage: str, left: str) -> None:
        self._bar.set_description_str(f"{self._label}: {stage:<8} ", refresh=False)
        self._bar.set_postfix_str(left)


class EngineWait:
    """How long a daemon that has just started took to load its engine.

    It says that it is loading before anything else; the report only counts from the queue on.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None
        self._messages = 0

    def update(self, progress: "Progress") -> None:
        """Takes every message."""
        self._messages += 1
        if self._messages == 1 and progress.stage == "loading":
            self._since = time.monotonic()
        elif self._since is not None:
            self.seconds = time.monotonic() - self._since
            self._since = None


def _columns() -> int:
    """Width of the terminal; 80 where it does not know, for which it says 0."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _words(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
