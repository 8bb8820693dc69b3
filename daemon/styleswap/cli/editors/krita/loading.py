"""Krita's loading of a plug-in, tried: it imports each at its start, and tells nobody of errors.

The panel says itself, in its place, why it is broken, if it gets that far. Krita's own program for
scripts, with throw-away folders in the place of the user's, imports a copy
of the plug-in and writes down what came of it.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from styleswap.cli.editors.searching import said

from . import NAME
from .programs import Krita

_SECONDS = 120
_PROBE = "styleswap_probe"
_FOLDER_VARIABLE = "STYLESWAP_PROBE"
# What Krita runs; only the standard library and the plug-in are imported.
_SCRIPT = f"""
import json, os, sys, traceback


def told(error):
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno, frame.line) for frame in frames]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno, error.text))
    ours = [place for place in places if place[0].startswith(plugins + os.sep)]
    file, line, source = ours[-1] if ours else ("", 0, "")
    return dict(
        error=(f"{{type(error).__name__}}: {{getattr(error, 'msg', None) or error}}"),
        file=os.path.relpath(file, os.path.join(plugins, "{NAME}")) if file else "",
        line=line,
        source=(source or "").strip(),
    )


def load(*_):
    answer = dict(python=".".join(map(str, sys.version_info[:3])))
    sys.path.insert(0, plugins)
    try:
        import {NAME}

        if reason := getattr({NAME}, "broken", ""):
            # The plug-in says why in its docker; here the same again, to learn where.
            answer.update(error=reason, file="", line=0, source="")
            from {NAME} import vendored

            vendored.load()
            from {NAME} import plugin
    except BaseException as error:
        answer.update(told(error))
    path = os.path.join(folder, "answer.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.replace(path + ".part", path)


folder = os.environ["{_FOLDER_VARIABLE}"]
plugins = os.path.join(folder, "plugins")
"""
_WHOLE = (
    "Put a whole copy there: styleswap install krita. If that does not help, report it, with what "
    "stands here."
)
# By patterns of the error.
_REMEDIES = {
    r"No module named '?PyQt\d": (
        "Krita's Python has no PyQt: install it with your system's packages (Debian, Ubuntu: "
        "python3-pyqt5; Fedora: python3-qt5; Arch: python-pyqt5)."
    ),
}


@dataclass(frozen=True)
class Loading:
    """What came of it."""

    python: str
    """Python's version; "" where not even that could be found out."""
    error: str = ""
    """Why the plug-in does not load, and where; "" where it does."""
    remedy: str = ""


def load(krita: Krita, package: Path) -> Loading:
    """Returns what a Krita with a `runner` makes of the plug-in's package, which is left as it is.

    Raises:
        OSError, subprocess.TimeoutExpired: the runner cannot be run, or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="styleswap-krita-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, folder / "plugins" / NAME, ignore=ignored)
        # Its Python looks for scripts there by itself, in Flatpak too.
        scripts = folder / "data" / "kritarunner"
        scripts.mkdir(parents=True)
        (scripts / f"{_PROBE}.py").write_text(_SCRIPT, encoding="utf-8")
        variables = {**os.environ, **_variables(folder), "PYTHONPATH": _with(scripts)}
        printed = said(_command(krita, folder), variables, _SECONDS)
        answer = folder / "answer.json"
        told = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else None
    return _without_answer(printed) if told is None else _loading(told, package)


def _command(krita: Krita, folder: Path) -> list[str]:
    arguments = ["-s", _PROBE, "-f", "load"]
    if krita.packaging != "flatpak":
        return [*krita.runner, *arguments]
    # Its programs see neither this machine's folders nor its environment by themselves.
    run, *rest = krita.runner[1:]
    options = [f"--filesystem={folder}"]
    options += [f"--env={name}={value}" for name, value in _variables(folder).items()]
    return [krita.runner[0], run, *options, *rest, *arguments]


def _with(scripts: Path) -> str:
    """The search path of Python with one more folder."""
    path = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(scripts), path] if path else [str(scripts)])


def _variables(folder: Path) -> Mapping[str, str]:
    kinds = ("config", "data", "cache")
    return {
        **{f"XDG_{kind.upper()}_HOME": str(folder / kind) for kind in kinds},
        "QT_QPA_PLATFORM": "offscreen",
        "LC_ALL": "C.UTF-8",
        _FOLDER_VARIABLE: str(folder),
    }


def _loading(told: Mapping[str, Any], package: Path) -> Loading:
    if "error" not in told:
        return Loading(told["python"])
    place = f"\nin {package / told['file']}, line {told['line']}: {told['source']}"
    return Loading(
        told["python"], told["error"] + (place if told["file"] else ""), _remedy(told["error"])
    )


def _without_answer(printed: str) -> Loading:
    """The script was not even begun: Krita's Python does not start."""
    # Krita prints a trace as `krita.scripting: "line"`.
    lines = [re.sub(r'^krita[\w.]*: "(.*)"$', r"\1", line) for line in printed.splitlines()]
    errors = [line for line in lines if re.match(r"[\w.]+Error: ", line)]
    last = [line for line in lines if line.strip()][-1:] or ["it ended without a word"]
    text = (errors or last)[-1]
    return Loading("", f"Krita's own Python does not start: {text}", _remedy(text))


def _remedy(error: str) -> str:
    return next((remedy for known, remedy in _REMEDIES.items() if re.search(known, error)), _WHOLE)
