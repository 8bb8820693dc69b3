"""`styleswap doctor`: what is installed, what works, what is wrong, what to do."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from styleswap import __version__, private, runtime

from .commands import Parser, add_command
from .daemon import PROBE_SECONDS
from .editors.commands import add_doctors
from .findings import Finding, add_json, tell

if TYPE_CHECKING:
    from styleswap.client import DaemonNotRunning

_PACKAGES = (
    "torch",
    "grpcio",
    "grpclib",
    "protobuf",
    "pyvips",
    "pyvips-binary",
    "numpy",
    "pillow",
    "safetensors",
    "scikit-image",
    "tqdm",
)
_REINSTALL = "Install Style Swap again: pip install --force-reinstall styleswap."
_ROOM = 500 << 20


def add_commands(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Adds the subcommand, and its own ones for the editors."""
    parser = add_command(
        commands, "doctor", run, "Look for what is wrong with the installation, and say what to do"
    )
    add_json(parser)
    add_doctors(parser.add_subparsers(title="editors", metavar="[EDITOR]"))


def run(arguments: argparse.Namespace) -> int:
    """Prints the findings; exit code 1 if there is a problem among them."""
    checks = (_program, _packages, _files, _gallery, _home, _library, _daemon, _engine)
    return tell(chain.from_iterable(check() for check in checks), arguments)


def _program() -> Iterator[Finding]:
    place = Path(__file__).parents[1]
    python = f"Python {platform.python_version()} on {platform.platform(terse=True)}"
    yield Finding("program", "ok", f"Style Swap {__version__} in {place}; {python}")


def _packages() -> Iterator[Finding]:
    import importlib.metadata

    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("packages", "problem", f"missing: {', '.join(missing)}", _REINSTALL)
    yield Finding("packages", "ok", ", ".join(found))


def _files() -> Iterator[Finding]:
    """Whether image files can be read and written: one of each kind makes the round trip."""
    try:
        from styleswap.files import Pixels, decode, write
        from styleswap.pixel_format import PixelFormat

        with tempfile.TemporaryDirectory() as folder:
            for suffix in (".png", ".jpg", ".webp", ".tif"):
                path = Path(folder) / f"picture{suffix}"
                write(Pixels(PixelFormat(2, 2, "rgb"), bytes(12)), path)
                decode(path)
    except Exception as error:  # noqa: BLE001 - whatever is broken is to be told
        yield Finding("files", "problem", f"image files cannot be used: {_line(error)}", _REINSTALL)
    else:
        yield Finding("files", "ok", "PNG, JPEG, WebP and TIFF can be read and written")


def _gallery() -> Iterator[Finding]:
    from styleswap import gallery

    styles = gallery.styles()
    missing = [style.id for style in styles if not style.path.is_file()]
    if missing:
        yield Finding("gallery", "problem", f"pictures missing: {', '.join(missing)}", _REINSTALL)
    else:
        yield Finding("gallery", "ok", f"{len(styles)} built-in styles")


def _home() -> Iterator[Finding]:
    try:
        home = runtime.home()
        private.prepare(home)
        free = shutil.disk_usage(home).free
    except private.FolderError as error:
        yield Finding("folder", "problem", error.what, error.remedy)
        return
    if free < _ROOM:
        room = f"{free >> 20} MiB"
        yield Finding("folder", "problem", f"only {room} free for {home}", "Free some space.")
        return
    unmoved = ""
    if not os.environ.get(runtime.HOME_VARIABLE) and home.parent != Path.home():
        unmoved = f"; HOME does not move it, {runtime.HOME_VARIABLE} does"
    yield Finding("folder", "ok", f"{home} is writable, {free / 2**30:.0f} GiB free{unmoved}")


def _library() -> Iterator[Finding]:
    """Whether the daemon can take in all of the user's own styles."""
    try:
        from styleswap.service.style_folder import StyleFolder

        stored, damaged = StyleFolder(runtime.home() / "styles").look()
    except (ImportError, OSError, private.FolderError):
        return  # said above
    for path, cause in damaged.items():
        yield Finding(
            "library",
            "problem",
            f"a style is left out: {path} cannot be used ({cause.rstrip('.')})",
            "Delete it and add the picture again, or take the version of Style Swap that wrote it.",
        )
    if not damaged:
        yield Finding("library", "ok", f"{len(stored)} styles of your own")


def _daemon() -> Iterator[Finding]:
    from styleswap.client import DaemonNotRunning, StyleSwapError, Unauthorized, connect

    try:
        path = runtime.runtime_file()
    except private.FolderError:
        return  # told already
    exposed = sys.platform != "win32" and path.is_file() and path.stat().st_mode & 0o077
    if exposed:
        yield Finding(
            "daemon",
            "problem",
            f"other users can read the daemon's token in {path}",
            "Restart the daemon: styleswap stop.",
        )
    try:
        with connect(start=False) as daemon:
            info, address = daemon.info(), daemon.address
    except DaemonNotRunning as error:
        yield from _no_daemon(path, error)
        return
    except Unauthorized as error:
        yield Finding(
            "daemon",
            "problem",
            f"what answers does not know the token in {path}: {_line(error)}",
            f"Delete {path}; the next painting starts a new daemon.",
        )
        return
    except StyleSwapError as error:
        yield Finding("daemon", "problem", _line(error), "Restart the daemon: styleswap stop.")
        return
    running = f"{info.version} runs at {address}"
    if info.version != __version__:
        yield Finding(
            "daemon",
            "problem",
            f"{running}, but this is {__version__}",
            "Restart the daemon: styleswap stop.",
        )
    else:
        yield Finding("daemon", "ok", f"{running} on {info.device or 'a device not known yet'}")


def _no_daemon(path: Path, error: "DaemonNotRunning") -> Iterator[Finding]:
    if error.reason == "UNUSABLE_FOLDER":
        return  # told already
    if error.reason == "NOT_ANSWERING":
        yield Finding("daemon", "problem", _line(error), "End it: styleswap stop --force")
    elif error.reason == "ENDING":
        yield Finding("daemon", "note", _line(error))
    elif path.exists():
        yield Finding(
            "daemon",
            "note",
            f"{path} is stale: it names a daemon that does not answer, perhaps killed",
            "Nothing: the next daemon replaces it. The reason may be in daemon.log beside it.",
        )
    else:
        yield Finding("daemon", "ok", "none runs; the first painting starts one")


def _engine() -> Iterator[Finding]:
    """Device and weights, found out by another process: a broken torch may take it down."""
    try:
        weights = runtime.home() / "weights"
    except private.FolderError:
        weights = Path(os.devnull)
    command = [sys.executable, "-m", "styleswap.cli.probe", str(weights)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
        facts = json.loads(ended.stdout.strip().splitlines()[-1]) if ended.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        yield Finding("engine", "problem", f"cannot be tried: {_line(error)}", _REINSTALL)
        return
    if facts is None:
        last = (ended.stderr.strip() or f"it ended with code {ended.returncode}").splitlines()[-1]
        yield Finding("engine", "problem", f"cannot be loaded: {last}", _REINSTALL)
        return
    yield Finding("engine", "ok", f"torch {facts['torch']}, device {facts['device']}")
    for model in facts["models"]:
        if not model["remedy"]:
            yield Finding("model", "ok", f"{model['name']}: {model['description']}")
        elif model["name"] == "embedded":
            text = f"embedded: its weights are missing ({model['remedy']})"
            yield Finding("model", "problem", text, _REINSTALL)
        elif model["methods"]:
            text = f"{model['name']}: with --method {' or '.join(model['methods'])} only"
            yield Finding("model", "note", text, model["remedy"])
        else:
            yield Finding("model", "note", f"{model['name']}: not set up", model["remedy"])


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text or type(error).__name__
