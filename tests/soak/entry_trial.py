"""Nonsense in the files that daemon, client and editors read, and in settings.

One wrong entry costs that entry and nothing else; whatever is wrong is told by the errors that are
documented, as a sentence.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from styleswap import connect, runtime
from styleswap.client import StyleSwapError
from styleswap.client.launch import recorded_command
from styleswap.editing.remembered import Remembered
from styleswap.files import Pixels
from styleswap.pixel_format import PixelFormat
from styleswap.service.styles import Library
from styleswap.v1 import settings
from styleswap.v1.control import ControlError
from styleswap.v1.controls import CONTROLS
from styleswap.v1.controls_pb2 import Settings
from styleswap.worker.refusals import Refusal

from .nonsense import nonsense
from .worker import Attempt, in_short

NAME = "nonsense in files and settings"
DEEP = "were read as far as their values"
OUTCOMES = ("taken", "refused")

_KINDS = {
    "runtime": 6,
    "connect": 1,
    "library": 2,
    "editing": 3,
    "command": 3,
    "settings": 6,
    "message": 4,
}
_STYLES = 24
"""Nonsense entries of a library in one case: most of its time goes to what all cases share."""
_SIDE_LIMIT = 16384

# Nobody listens at any of them; names would be asked of a server.
_ADDRESSES = ("", ":", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:1", "127.0.0.1:99999", "[::1]:1",
              "127.0.0.1:-1", "127.0.0.1:1\n", "\n", "127.0.0.1:1:1", "[::1", "127.0.0.1:x",
              "unix:/", "unix:", "127.0.0.1: 1")  # fmt: skip
_RUNTIME = {
    "address": "127.0.0.1:1",
    "pid": 4194304,
    "token": "A" * 43,
    "version": "0.1.0",
    "api": 1,
}
_STYLE = {
    "name": "Harbour",
    "format": {"width": 4, "height": 3, "layout": "rgb", "depth": "uint8", "linear": False},
}


class _Trials:
    """Tries cases in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._home = folder / "home"
        self._home.mkdir(mode=0o700, exist_ok=True)
        self._shelf = folder / "styles"
        picture = Pixels(PixelFormat(4, 3, "rgb", "uint8", False), bytes(range(36)))
        self._good = Library(self._shelf).put(picture, "Good").style

    def attempt(self, seed: int, number: int) -> Attempt:
        """Tries one case."""
        chance = random.Random(f"entry {seed}/{number}")
        (kind,) = chance.choices(list(_KINDS), list(_KINDS.values()))
        try:
            result: Attempt = getattr(self, f"_{kind}")(chance)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            result = Attempt("", finding=in_short(error))
        return Attempt(result.outcome, result.deep, result.finding and f"{kind}: {result.finding}")

    def _runtime(self, chance: random.Random) -> Attempt:
        data = nonsense(chance, _RUNTIME, values=_ADDRESSES)
        runtime.runtime_file(self._home).write_bytes(data)
        told = runtime.read_runtime(self._home)
        if told is None:
            return Attempt("refused", _parses(data))
        kinds = {"address": str, "pid": int, "token": str, "version": str, "api": int}
        wrong = [name for name, kind in kinds.items() if type(getattr(told, name)) is not kind]
        return Attempt("taken", True, f"of wrong type: {wrong}" if wrong else "")

    def _connect(self, chance: random.Random) -> Attempt:
        data = nonsense(chance, _RUNTIME, values=_ADDRESSES)
        told = json.loads(data) if _parses(data) else {}
        # Only where nobody can be reached by it.
        if isinstance(told, dict) and isinstance(told.get("address"), str):
            told["address"] = chance.choice(_ADDRESSES)
            data = json.dumps(told).encode()
        runtime.runtime_file(self._home).write_bytes(data)
        try:
            with connect(home=self._home, start=False, timeout=5):
                return Attempt("taken", True, "connected to nobody")
        except StyleSwapError as error:
            return Attempt("refused", _parses(data), _not_a_sentence(error.message))

    def _library(self, chance: random.Random) -> Attempt:
        paths = []
        deep = 0
        for index in range(_STYLES):
            data = nonsense(chance, _STYLE, values=(16384, 16385, 65536, "gray", "float32"))
            deep += _parses(data)
            path = self._shelf / f"{chance.getrandbits(256):064x}.json"
            if index % 8 == 7:
                path = path.with_name(chance.choice(("x.json", " .json", "é.json", "a.b.json")))
            path.write_bytes(data)
            if chance.random() < 0.5:
                path.with_suffix(".pixels").write_bytes(chance.randbytes(chance.randrange(90)))
            paths.append(path)
        try:
            finding = self._wrong_library()
        finally:
            for path in paths:
                for suffix in (".json", ".pixels", ".png"):
                    path.with_suffix(suffix).unlink(missing_ok=True)
        return Attempt("taken", deep * 2 >= _STYLES, finding)

    def _wrong_library(self) -> str:
        """What is wrong with a library of which one entry is right."""
        library = Library(self._shelf)
        listed = library.list()
        if self._good.id not in [style.id for style in listed]:
            return "the right style is gone"
        for style in listed:
            sides = style.width, style.height
            if any(type(side) is not int or not 1 <= side <= _SIDE_LIMIT for side in sides):
                return f"a style of {sides}"
            try:
                style.name.encode()
            except UnicodeEncodeError:
                return f"a style's name that cannot be sent: {style.name!r}"
            if style.builtin or style.id == self._good.id:
                continue
            for ask in (library.picture, lambda id_: library.thumbnail(id_, 32)):
                try:
                    ask(style.id)
                except Refusal as error:
                    if error.reason not in ("STYLE_DAMAGED", "UNKNOWN_STYLE"):
                        return f"{error.code} {error.reason} of a damaged style"
        if np.frombuffer(library.picture(self._good.id).data, np.uint8).tolist() != list(range(36)):
            return "the right style has other pixels"
        return ""

    def _editing(self, chance: random.Random) -> Attempt:
        path = self._folder / "editing.json"
        valid = {
            "recent": ["builtin/woodcut", "/a/b.png"],
            "favourites": ["builtin/mosaic"],
            "presets": {"Mine": {"strength": 0.5, "method": "optimise"}, "B": {"scales": 3}},
            "last": {"gimp": {"strength": 0.3, "style": "builtin/woodcut"}},
        }
        path.write_bytes(nonsense(chance, valid))
        known = Remembered(path)
        texts = [*known.recent, *known.favourites, *known.presets, known.notice]
        finding = "" if all(type(text) is str for text in texts) else f"no texts: {texts}"
        for values in (known.last("gimp"), *known.presets.values()):
            settings.complete({name: value for name, value in values.items() if name in _NAMES})
        known.used("builtin/mosaic")
        if known.recent[:1] != ("builtin/mosaic",):
            finding = "what is used is not remembered"
        for path in self._folder.glob("editing*"):
            path.unlink()
        return Attempt("taken", True, finding)

    def _command(self, chance: random.Random) -> Attempt:
        data = nonsense(chance, {"command": ["/usr/bin/styleswap", "serve"]})
        (self._home / "daemon-command.json").write_bytes(data)
        told = recorded_command(self._home)
        (self._home / "daemon-command.json").unlink()
        if told is None:
            return Attempt("refused", _parses(data))
        right = bool(told) and all(type(word) is str for word in told)
        return Attempt("taken", True, "" if right else f"no command: {told!r}"[:200])

    def _settings(self, chance: random.Random) -> Attempt:
        valid = {control.name: control.default for control in CONTROLS}
        data = nonsense(chance, valid, values=(-1, 0.3, 2, "optimise", "content", "1"))
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            return Attempt("refused")
        if not isinstance(told, dict):
            return Attempt("refused")
        try:
            checked = settings.complete(told)
        except ControlError as error:
            return Attempt("refused", True, _not_a_sentence(str(error), full_stop=False))
        return Attempt("taken", True, _wrong_settings(checked))

    def _message(self, chance: random.Random) -> Attempt:
        data = bytearray(settings.to_message(settings.defaults()).SerializeToString())
        for _ in range(chance.choice((1, 2, 4))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            message = Settings.FromString(bytes(data))
        except Exception:  # noqa: BLE001 - no message: that is protobuf's business
            return Attempt("refused")
        try:
            checked = settings.from_message(message)
        except ControlError as error:
            return Attempt("refused", True, _not_a_sentence(str(error), full_stop=False))
        return Attempt("taken", True, _wrong_settings(checked))


_NAMES = frozenset(control.name for control in CONTROLS)


def prepare(folder: Path) -> Callable[[int, int], Attempt]:
    """Returns what tries the case of a seed and a number."""
    return _Trials(folder).attempt


def _parses(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _wrong_settings(checked: dict[str, Any]) -> str:
    for control in CONTROLS:
        if control.validate(checked[control.name]) != checked[control.name]:
            return f"{control.name} = {checked[control.name]!r}"[:200]
    return "" if set(checked) == _NAMES else "other names than the controls'"


def _not_a_sentence(text: str, *, full_stop: bool = True) -> str:
    wrong = not text.strip() or "Traceback" in text or (full_stop and "Error(" in text)
    return f"no sentence: {text!r}"[:200] if wrong else ""
