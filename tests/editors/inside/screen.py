"""A screen in the sandbox with one program on it, and the hands and eyes of a user.

`dbus-run-session python3 screen.py SOCKET PROGRAM ARGUMENT...` starts an X server, a window manager
and the program, and then runs scripts (see `listening`) that find the functions of this file, and
`program`.
"""

from __future__ import annotations

import os
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import gi

gi.require_version("Atspi", "2.0")
import listening  # noqa: E402
from gi.repository import Atspi, Gio, GLib  # noqa: E402

DISPLAYS = (100, 50_000)
DISPLAY_SECONDS = 20.0
SIZE = "1280x1024x24"
KEY_MILLISECONDS = 12
STEPS = 12
STEP_SECONDS = 0.03
TIMEOUT_MILLISECONDS = 300
BUS_MILLISECONDS = 20_000
ROLES = {"push button": "button"}
"""Names of roles that newer accessibility libraries have changed."""


def keys(*chords: str) -> None:
    """Press keys, such as "ctrl+z"."""
    _xdotool("key", "--clearmodifiers", "--delay", str(KEY_MILLISECONDS), *chords)


def type_text(text: str) -> None:
    """Type text."""
    _xdotool("type", "--clearmodifiers", "--delay", str(KEY_MILLISECONDS), text)


def point(x: int, y: int) -> None:
    """Move the mouse to a position of the screen."""
    _xdotool("mousemove", str(x), str(y))


def click(x: int, y: int, button: int = 1, times: int = 1) -> None:
    """Click at a position of the screen."""
    point(x, y)
    _xdotool("click", "--repeat", str(times), "--delay", "60", str(button))


def drag(start: tuple[int, int], end: tuple[int, int], steps: int = STEPS) -> None:
    """Press the first button at a position of the screen, and let it go at another."""
    point(*start)
    _xdotool("mousedown", "1")
    for step in range(1, steps + 1):  # programs drag when the mouse has gone some way
        point(*(a + (b - a) * step // steps for a, b in zip(start, end, strict=True)))
        time.sleep(STEP_SECONDS)
    _xdotool("mouseup", "1")


def drop_files(paths: list[str], end: tuple[int, int]) -> str:
    """Drag files from a window of another program, and let them go at a position of the screen.

    Returns:
        What the other program heard: "CopyAction", or "IgnoreAction".
    """
    command = ["python3", str(Path(__file__).with_name("drag_source.py")), *paths]
    source = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while not (shown := windows("^files to drag$")):
        time.sleep(STEP_SECONDS)
    place = subprocess.check_output(
        ["xdotool", "getwindowgeometry", "--shell", shown[0]], text=True
    )
    at = {name: int(value) for name, value in (line.split("=") for line in place.split())}
    drag((at["X"] + at["WIDTH"] // 2, at["Y"] + at["HEIGHT"] // 2), end)
    return source.stdout.readline().strip()


def windows(title: str) -> list[str]:
    """Return the ids of the visible windows whose title contains the regular expression."""
    found = ["xdotool", "search", "--onlyvisible", "--name", title]
    return subprocess.run(found, stdout=subprocess.PIPE, text=True, check=False).stdout.split()


def titles() -> list[str]:
    """Return the titles of all windows that the window manager knows."""
    lines = subprocess.run(["wmctrl", "-l"], stdout=subprocess.PIPE, text=True, check=False).stdout
    return [line.split(None, 3)[-1] for line in lines.splitlines()]


def activate(window: str) -> None:
    """Give a window the keyboard."""
    _xdotool("windowactivate", "--sync", window)


def is_active(title: str) -> bool:
    """Whether the program of a window, by a part of its title, takes the keyboard for its own."""
    frames = (window for role in ("frame", "dialog") for window in accessibles(role, None, title))
    return any("active" in window["states"] for window in frames)


def close_windows(title: str) -> None:
    """Close the windows with such a title, as their own button does."""
    for window in windows(title):
        subprocess.run(["wmctrl", "-i", "-c", window], check=False)


def screenshot(path: str, window: str = "root") -> None:
    """Write what a window shows, or the whole screen, to an image file."""
    subprocess.run(["import", "-silent", "-window", window, path], check=True)


def processes(pattern: str) -> list[int]:
    """Return the ids of the processes whose command line contains a regular expression."""
    found = ["pgrep", "-f", "--", pattern]
    ids = subprocess.run(found, stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    return [int(number) for number in ids]


def kill(pattern: str) -> None:
    """Kill these processes."""
    for number in processes(pattern):
        os.kill(number, signal.SIGKILL)


def accessibles(
    role: str | None = None, name: str | None = None, window: str = "", limit: int = 1000
) -> list[dict[str, object]]:
    """Return what a screen reader finds on the screen, in its order.

    Args:
        role: such as "button"; None: all.
        name: a regular expression for the whole name; None: all.
        window: a regular expression for a part of the window's title.
        limit: ends the search.
    """
    found: list[dict[str, object]] = []
    for seen in _showing(window):
        try:
            if role is not None and _role(seen) != role:
                continue
            if name is not None and re.fullmatch(name, seen.get_name() or "", re.DOTALL) is None:
                continue
            found.append(_facts(seen))
        except GLib.Error:  # it has gone
            continue
        if len(found) == limit:
            break
    return found


def _showing(window: str) -> Iterator[Atspi.Accessible]:
    """Return all that shows, from the windows down."""
    # A plug-in that works does not answer.
    Atspi.set_timeout(TIMEOUT_MILLISECONDS, TIMEOUT_MILLISECONDS)
    while GLib.MainContext.default().iteration(False):
        pass
    for application in _children(Atspi.get_desktop(0)):
        # What the library remembers grows old between two looks. (Telling it to remember nothing,
        # by set_cache_mask, makes it wait for ever when it meets a program.)
        application.clear_cache()
        for top in _children(application):
            try:
                shown = re.search(window, top.get_name() or "") and _shows(top)
            except GLib.Error:
                continue
            if shown:
                yield from _tree(top)


def _tree(node: Atspi.Accessible) -> Iterator[Atspi.Accessible]:
    yield node
    for child in _children(node):
        try:
            shown = _shows(child)
        except GLib.Error:
            continue
        if shown:
            yield from _tree(child)


def _children(node: Atspi.Accessible) -> list[Atspi.Accessible]:
    try:
        all_of_them = (node.get_child_at_index(i) for i in range(node.get_child_count()))
        return [child for child in all_of_them if child is not None]
    except GLib.Error:
        return []


def _shows(node: Atspi.Accessible) -> bool:
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


def _role(node: Atspi.Accessible) -> str:
    role = node.get_role_name()
    return ROLES.get(role, role)


def _facts(node: Atspi.Accessible) -> dict[str, object]:
    place = node.get_extents(Atspi.CoordType.SCREEN)
    states = [state.value_nick for state in node.get_state_set().get_states()]
    text, value = node.get_text_iface(), node.get_value_iface()
    selection = node.get_selection_iface()
    chosen = []
    if selection is not None:
        count = Atspi.Selection.get_n_selected_children(selection)
        chosen = [Atspi.Selection.get_selected_child(selection, i).get_name() for i in range(count)]
    return {
        "role": _role(node),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "states": states,
        "text": Atspi.Text.get_text(text, 0, -1) if text else None,
        "chosen": chosen,
        "value": Atspi.Value.get_current_value(value) if value else None,
        "x": place.x,
        "y": place.y,
        "width": place.width,
        "height": place.height,
        "process": node.get_process_id(),
    }


def _xdotool(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True)


def _start_display() -> str:
    """Start an X server; return the name of its display."""
    while True:
        reading, writing = os.pipe()
        # Screens of other sandboxes are seen on the network's loopback, and the first free display
        # may be that of one that is just ending.
        display = f":{random.randrange(*DISPLAYS)}"
        server = subprocess.Popen(
            ["Xvfb", display, "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            ready, _, _ = select.select([answer], [], [], DISPLAY_SECONDS)
            number = answer.readline().strip() if ready else ""
        if number:
            return f":{number}"
        server.kill()
        print(f"no X server on {display}: another one", file=sys.stderr, flush=True)


def _start_window_manager() -> None:
    """Start it, once more where it ends at once, and wait until programs find it."""
    process = None
    while not subprocess.run(["wmctrl", "-m"], capture_output=True, check=False).stdout:
        if process is None or process.poll() is not None:
            process = subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
        time.sleep(0.05)


def _start_accessibility_bus() -> None:
    """Start the bus of screen readers, which otherwise begins with the first question.

    Programs with Qt 6 find it only at their own start; those with Qt 5 only when it begins later.
    """
    Gio.bus_get_sync(Gio.BusType.SESSION).call_sync(
        *("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None),
        *(None, Gio.DBusCallFlags.NONE, BUS_MILLISECONDS),
    )


def main(path: str, command: list[str]) -> None:
    """Start everything and listen."""
    os.environ["DISPLAY"] = _start_display()
    _start_window_manager()
    if "STYLESWAP_TESTS_EARLY_BUS" in os.environ:
        _start_accessibility_bus()
    program = subprocess.Popen(command)
    listening.serve(path, {**globals(), "program": program}, lambda: None)
    program.terminate()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
