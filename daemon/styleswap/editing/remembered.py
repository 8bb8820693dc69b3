"""What the editors remember of the user: recent styles, favourites, presets, last values.

One file for all editors, `editing.json` in the folder of Style Swap. Two editors may change it at
once: every change is made to what is on the disk at that moment. What this version does not know in
the file, a newer one wrote; it is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from styleswap.editing.json_file import Content, JsonFile
from styleswap.editing.words import _
from styleswap.runtime import home
from styleswap.v1.control import ControlError, Value
from styleswap.v1.controls import CONTROLS
from styleswap.v1.settings import complete

FILE = "editing.json"
"""Its name in the home folder."""
RECENT_LIMIT = 12
"""How many styles are recent."""
NAME_LIMIT = 100
"""Characters of a preset's name."""

_CONTROLS = frozenset(control.name for control in CONTROLS)


class Remembered:
    """What is remembered. Belongs to one thread.

    Nothing here fails: where the file cannot be read or written, changes last as long as this
    object, are written with the next change that can be, and `notice` says so.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Args: path: by default `editing.json` in `runtime.home()`."""
        self._file = JsonFile(home() / FILE if path is None else path)
        self._content: Content = {}
        self._unwritten: list[Callable[[Content], None]] = []
        self._broken = ""
        self._trouble = ""
        self.reload()

    @property
    def notice(self) -> str:
        """Sentences for the user on what could not be read or written; empty where all is well."""
        return " ".join(filter(None, (self._broken, self._trouble)))

    def reload(self) -> None:
        """Learns what other editors have changed since."""
        try:
            content, broken = self._file.read()
        except OSError as error:
            self._trouble = _(
                "{path} cannot be read ({reason}), so recent styles and presets are not there; "
                "look at the file's permissions."
            ).format(path=self._file.path, reason=_reason(error))
            return
        if not self._unwritten:
            self._trouble = ""
        if broken:
            self._broken = _(
                "{path} was damaged; it is now called {broken}, and favourites and presets begin "
                "anew."
            ).format(path=self._file.path, broken=self._file.broken_path.name)
        for change in self._unwritten:
            change(content)
        self._content = content

    @property
    def recent(self) -> tuple[str, ...]:
        """Styles used last, newest first: ids or paths of files."""
        return tuple(_texts(self._content.get("recent"))[:RECENT_LIMIT])

    def used(self, style: str) -> None:
        """Remembers that a style was used.

        Args:
            style: its id, or the path of its file.
        """

        def change(content: Content) -> None:
            others = [text for text in _texts(content.get("recent")) if text != style]
            content["recent"] = [style, *others][:RECENT_LIMIT]

        self._change(change)

    @property
    def favourites(self) -> tuple[str, ...]:
        """Ids of the user's favourite styles, in the order in which they became so."""
        return tuple(_texts(self._content.get("favourites")))

    def set_favourite(self, style: str, favourite: bool) -> None:
        """Makes a style, given by its id, a favourite or no longer one."""

        def change(content: Content) -> None:
            ids = _texts(content.get("favourites"))
            if favourite != (style in ids):
                content["favourites"] = (
                    [*ids, style] if favourite else [id_ for id_ in ids if id_ != style]
                )

        self._change(change)

    @property
    def presets(self) -> dict[str, dict[str, Value]]:
        """Settings by the preset's name, in the names' order; values that are refused left out."""
        stored = _mapping(self._content.get("presets"))
        names = sorted((name for name in stored if name.strip()), key=str.casefold)
        return {name: _settings(_mapping(stored[name])) for name in names}

    def preset_of(self, values: Mapping[str, Value], shown: str = "") -> str:
        """Returns the name of a preset that settings are those of; "" where there is none.

        Args:
            values: controls by name.
            shown: the preset that is taken first, as several may be alike.
        """
        presets = self.presets
        names = [name for name in (shown, *presets) if name in presets]
        return next((name for name in names if presets[name].items() <= values.items()), "")

    def save_preset(self, name: str, values: Mapping[str, Any]) -> None:
        """Stores settings under a name, in place of those stored there before.

        Args:
            name: 1 to 100 characters; spaces around it do not count.
            values: those that are no controls, such as the style, are not part of a preset.

        Raises:
            ValueError: no such name; the sentence says what is allowed.
            ControlError: a value is refused.
        """
        name = name.strip()
        if not 0 < len(name) <= NAME_LIMIT:
            raise ValueError(
                _("Give the preset a name of 1 to {count} characters.").format(count=NAME_LIMIT)
            )
        given = {control: value for control, value in values.items() if control in _CONTROLS}
        checked = complete(given)

        def change(content: Content) -> None:
            stored = _mapping(content.get("presets"))
            content["presets"] = {**stored, name: {control: checked[control] for control in given}}

        self._change(change)

    def delete_preset(self, name: str) -> None:
        """Forgets a preset; does nothing where there is none of this name."""

        def change(content: Content) -> None:
            stored = _mapping(content.get("presets"))
            if name in stored:
                content["presets"] = {key: stored[key] for key in stored if key != name}

        self._change(change)

    def last(self, editor: str) -> dict[str, Any]:
        """Returns the values that an editor kept last: settings that hold, and other texts.

        Args:
            editor: such as "gimp".
        """
        values = _mapping(_mapping(self._content.get("last")).get(editor))
        others = {
            name: value
            for name, value in values.items()
            if name not in _CONTROLS and isinstance(value, str)
        }
        return {**others, **_settings(values)}

    def keep_last(self, editor: str, values: Mapping[str, Any]) -> None:
        """Remembers an editor's values; those that are neither numbers, texts nor bools are not."""
        kept = {
            name: value
            for name, value in values.items()
            if isinstance(value, (bool, int, float, str))
        }

        def change(content: Content) -> None:
            content["last"] = {**_mapping(content.get("last")), editor: kept}

        self._change(change)

    def _change(self, change: Callable[[Content], None]) -> None:
        """Makes a change here and, together with those that could not be written, in the file."""
        changes = [*self._unwritten, change]

        def apply(content: Content) -> None:
            for unwritten in changes:
                unwritten(content)

        try:
            self._content = self._file.update(apply)
        except OSError as error:
            change(self._content)
            self._unwritten = changes
            self._trouble = _(
                "{path} cannot be written ({reason}), so recent styles and presets are not kept; "
                "free some space, or look at the folder's permissions."
            ).format(path=self._file.path, reason=_reason(error))
        else:
            self._unwritten = []
            # Of a damaged file there was time to tell.
            self._trouble = self._broken = ""


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _texts(value: object) -> list[str]:
    """Returns the texts of a list, each once; none where it is no list."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return list(dict.fromkeys(text for text in value if isinstance(text, str) and text))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _settings(values: Mapping[str, Any]) -> dict[str, Value]:
    """Returns the values that are settings and hold, alone and together."""
    given = {name: value for name, value in values.items() if name in _CONTROLS}
    try:
        checked = complete(given)
    except ControlError as error:
        return _settings({name: value for name, value in given.items() if name != error.name})
    return {name: checked[name] for name in given}
