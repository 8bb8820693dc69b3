"""A screen of its own with one program on it, and a user's hands and eyes: what editors share."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .remote_python import RemotePython
from .sandbox import Sandbox
from .scripted_program import SCRIPT_SECONDS, START_SECONDS, ScriptedProgram

T = TypeVar("T")

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.1


class Place(Protocol):
    """Something on the screen."""

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        ...


@dataclass(frozen=True)
class Accessible:
    """A widget that shows, as a screen reader finds it.

    Positions are in pixels of the screen; `chosen` are the names of the children that are selected,
    where children can be.
    """

    role: str
    name: str
    description: str
    states: Sequence[str]
    text: str | None
    chosen: Sequence[str]
    value: float | None
    x: int
    y: int
    width: int
    height: int
    process: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where to click."""
        return self.x + self.width // 2, self.y + self.height // 2


def eventually(what: str, ask: Callable[[], T], timeout: float = WAIT_SECONDS) -> T:
    """Return the first true answer.

    Raises:
        AssertionError: there was none in time; names `what`.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"within {timeout:g} seconds, not seen: {what}")
        time.sleep(POLL_SECONDS)


class ScreenSession:
    """A screen with a program that runs scripts."""

    def __init__(
        self,
        sandbox: Sandbox,
        program: Callable[[str], Sequence[str]],
        variables: Mapping[str, str],
    ) -> None:
        """Starts screen and program; needs a good many seconds.

        Args:
            sandbox: where they run.
            program: makes the command line from the name of the socket, in the scratch folder,
                from which the program is to take scripts.
            variables: of the environment.
        """
        self.scratch = sandbox.scratch
        name = f"window-{uuid.uuid4().hex[:8]}"
        screen = ("dbus-run-session", "--", "python3", "/checkout/tests/editors/inside/screen.py")
        self._screen = ScriptedProgram(
            sandbox, "screen", lambda own: [*screen, f"/scratch/{own}", *program(name)], variables
        )
        self._window = RemotePython(sandbox.scratch, name, self._program_ended)
        try:
            self._window.wait(START_SECONDS)
        except BaseException:
            self.close()
            raise

    def script(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python in the program; see `ScriptedProgram.script`."""
        return self._window.run(script, variables, timeout)

    @property
    def log(self) -> str:
        """What the program and the screen printed."""
        return self._screen.log

    # -- hands

    def keys(self, *chords: str) -> None:
        """Press keys, such as "ctrl+z", in the active window."""
        self.hands("keys(*chords)", chords=chords)

    def type(self, text: str) -> None:
        """Type text into the active window."""
        self.hands("type_text(text)", text=text)

    def point(self, at: Place) -> None:
        """Move the mouse to the middle of something, and leave it there."""
        x, y = at.middle
        self.hands("point(x, y)", x=x, y=y)

    def click(self, at: Place | tuple[int, int], *, button: int = 1, times: int = 1) -> None:
        """Click in the middle of something, or at a position of the screen."""
        x, y = at if isinstance(at, tuple) else at.middle
        self.hands("click(x, y, button, times)", x=x, y=y, button=button, times=times)

    def at_rest(self, role: str, name: str) -> Accessible:
        """Return a widget that stands still; a menu that opens may still be on its way."""
        seen = [self.accessible(role, name)]

        def stands() -> bool:
            seen.append(self.accessible(role, name))
            return (seen[-1].x, seen[-1].y) == (seen[-2].x, seen[-2].y)

        eventually(f"{name} at rest", stands)
        return seen[-1]

    # -- eyes

    def wait_window(self, title: str, timeout: float = WAIT_SECONDS) -> str:
        """Return the id of a visible window whose title contains a regular expression."""

        def found() -> str | None:
            ids = self.hands("answer = windows(title)", title=title)
            return ids[-1] if ids else None

        try:
            return eventually(f"a window {title!r}", found, timeout)
        except AssertionError as error:
            seen = f"{error}; there are {self.titles()}\n{self.log[-2000:]}"
            raise AssertionError(seen) from None

    def wait_gone(self, title: str, timeout: float = WAIT_SECONDS) -> None:
        """Wait until no visible window has such a title."""
        eventually(
            f"{title!r} closed",
            lambda: not self.hands("answer = windows(title)", title=title),
            timeout,
        )

    def titles(self) -> list[str]:
        """Return the titles of all windows."""
        return self.hands("answer = titles()")

    def accessibles(
        self, role: str | None = None, name: str | None = None, window: str = ""
    ) -> list[Accessible]:
        """Return all that shows and fits: a role, a regular expression for the whole name, one
        for a part of the window's title.
        """
        found = self.hands(
            "answer = accessibles(role, name, window)", role=role, name=name, window=window
        )
        return [Accessible(**facts) for facts in found]

    def accessible(
        self,
        role: str | None = None,
        name: str | None = None,
        window: str = "",
        timeout: float = WAIT_SECONDS,
    ) -> Accessible:
        """Wait for the first of them."""
        try:
            return eventually(
                f"a {role or 'widget'} {name!r} in a window {window!r}",
                lambda: self.accessibles(role, name, window),
                timeout,
            )[0]
        except AssertionError as error:
            shown = "\n".join(f"{a.role}: {a.name!r}" for a in self.accessibles(window=window))
            raise AssertionError(f"{error}; there are\n{shown[:6000]}") from None

    def screenshot(self, name: str, window: str | None = None) -> Path:
        """Write a picture of the screen, or of one window without its frame, to the scratch folder.

        Args:
            name: of the file; its ending chooses the format.
            window: a regular expression for a part of the window's title.
        """
        shown = "root" if window is None else self.wait_window(window)
        self.hands("screenshot(path, shown)", path=f"/scratch/{name}", shown=shown)
        return self.scratch / name

    # -- life

    @property
    def running(self) -> bool:
        """Whether screen and program are there."""
        return self._screen.running and self.hands("answer = program.poll()") is None

    def close(self) -> None:
        """End all of it."""
        self._screen.close()

    def hands(self, script: str, timeout: float = SCRIPT_SECONDS, **variables: object) -> Any:
        """Run Python outside of the program, beside the screen; see `inside/screen.py`."""
        return self._screen.script(script, timeout, **variables)

    def _program_ended(self) -> str | None:
        return None if self.running else f"the program has ended:\n{self.log}"
