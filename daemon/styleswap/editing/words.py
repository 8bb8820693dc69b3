"""The words of the plug-ins, in the user's language.

English texts are the keys of their translations. Translations lie in a folder `locale` beside the
plug-in, as gettext has them: `LANGUAGE/LC_MESSAGES/styleswap.mo`. Every function looks up when it
is called: a module may be imported before `install`. Importing this one takes nothing but the
standard library and the table of controls.

Placeholders have names and braces, and are filled in after the translation:
`_("There is no style {name}.").format(name=name)`.
"""

from __future__ import annotations

import gettext
import os
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from styleswap.v1.control import Control
from styleswap.v1.controls import CONTROLS, by_name

if TYPE_CHECKING:
    from styleswap.client.answers import Progress, Style

DOMAIN = "styleswap"
"""The name of the catalogues."""

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_words = gettext.NullTranslations()


def install(folder: str | PathLike[str], languages: Sequence[str] | None = None) -> None:
    """Has all texts translated from now on; without a catalogue, or with a broken one, to English.

    Args:
        folder: the folder `locale`; may be missing.
        languages: codes such as "de" or "pt_BR", the best first; None asks the environment, as
            GNU gettext does: LANGUAGE, LC_ALL, LC_MESSAGES, LANG.
    """
    global _words  # noqa: PLW0603 - a program has one language
    wanted = _from_environment() if languages is None else list(languages)
    # English needs no catalogue, and must not give way to one that is wanted less.
    english = next((place for place, code in enumerate(wanted) if _is_english(code)), len(wanted))
    try:
        _words = gettext.translation(DOMAIN, folder, wanted[:english], fallback=True)
    except (OSError, ValueError, LookupError, struct.error):
        _words = gettext.NullTranslations()


def _from_environment() -> list[str]:
    for variable in _VARIABLES:
        if value := os.environ.get(variable):
            return value.split(":")
    return []


def _is_english(code: str) -> bool:
    return code.replace("-", "_").replace(".", "_").split("_")[0].lower() in ("en", "c", "posix")


def _(text: str) -> str:
    """Returns a text in the user's language."""
    # The translation of "" is the catalogue's header.
    return _words.gettext(text) if text else text


def ngettext(one: str, many: str, count: int) -> str:
    """Returns the text for `count` things in the user's language, `count` not yet filled in."""
    return _words.ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Returns a text as it is, which marks it for translators; `_` translates it later."""
    return text


@dataclass(frozen=True)
class ControlText:
    """What a dialog says about a control, in the user's language."""

    label: str
    """Without a mnemonic."""
    help: str
    """One sentence without a full stop, for a tooltip."""
    choices: dict[str, str]
    """Labels by nick in the order of a dialog, empty where there are no choices."""


def control_text(control: Control) -> ControlText:
    """Returns what a dialog says about a control."""
    choices = {choice.nick: _(choice.label) for choice in control.choices}
    return ControlText(_(control.label), _(control.help), choices)


def help_of(control: Control, counts: bool) -> str:
    """Returns a control's tooltip: its help, and with what it counts where it does not."""
    text = control_text(control).help
    return text if counts else f"{text}\n{_only_with(control)}"


def _only_with(control: Control) -> str:
    """Returns with what a control counts, such as "Only with Method: Optimise"."""
    joined = ""
    for condition in control.counts_with:
        other = control_text(by_name(condition.control))
        parts = [
            _("{label}: {choice}").format(label=other.label, choice=other.choices[nick])
            for nick in condition.values
        ]
        if condition.above is not None:
            number = f"{condition.above:g}"
            parts.append(_("{label} above {number}").format(label=other.label, number=number))
        for part in parts:
            joined = _("{one} or {other}").format(one=joined, other=part) if joined else part
    return _("Only with {conditions}").format(conditions=joined)


def control_texts() -> dict[str, ControlText]:
    """Returns what a dialog says about each control, by its name."""
    return {control.name: control_text(control) for control in CONTROLS}


def style_name(style: Style) -> str:
    """Returns the name to show for a style: a built-in one's is translated, the user's own not."""
    return _(style.name) if style.builtin else style.name


def stage_text(progress: Progress) -> str:
    """Returns what the daemon is doing, such as "Painting"."""
    if progress.stage == "queued":
        ahead = progress.queue_position
        if not ahead:
            return _("Waiting")
        text = ngettext(
            "Waiting for {count} other picture", "Waiting for {count} other pictures", ahead
        )
        return text.format(count=ahead)
    if progress.stage == "loading":
        return _("Loading the model")
    if progress.stage == "encoding":
        return _("Looking at picture and style")
    if progress.stage == "matching":
        return _("Finding the style's patches")
    if progress.stage == "refining":
        return _("Refining")
    return _("Painting")


def progress_text(progress: Progress) -> str:
    """Returns what the daemon is doing and for how long, such as "Painting, about 3 min left"."""
    stage = stage_text(progress)
    if progress.seconds_left is None:
        return stage
    return _("{stage}, {duration} left").format(
        stage=stage, duration=duration(progress.seconds_left)
    )


def duration(seconds: float) -> str:
    """Returns a length of time no more exactly than an estimate is, such as "about 3 min"."""
    if seconds < 10:
        return _("about {count} s").format(count=max(1, round(seconds)))
    if seconds < 57.5:
        return _("about {count} s").format(count=5 * round(seconds / 5))
    if seconds < 59.5 * 60:
        return _("about {count} min").format(count=max(1, round(seconds / 60)))
    if seconds < 9.75 * 3600:
        hours, minutes = divmod(15 * round(seconds / 900), 60)
        if minutes:
            return _("about {hours} h {minutes} min").format(hours=hours, minutes=minutes)
        return _("about {count} h").format(count=hours)
    return _("about {count} h").format(count=round(seconds / 3600))


def with_mnemonics(
    labels: Sequence[str], *, taken: Collection[str] = (), mark: str = "_"
) -> list[str]:
    """Returns the labels with a mark before the letter that chooses each one from the keyboard.

    All letters differ. The first letter of a label is preferred, then those of its other words,
    then any; a label in a script without letters gets a Latin one in parentheses, as is usual
    there. A label without a mark is one for which no letter is left.

    Args:
        labels: translated labels without marks; the earlier ones choose first.
        taken: letters that are in use elsewhere in the dialog.
        mark: "_" for Gtk, "&" for Qt; doubled where a label holds it.
    """
    used = {letter.lower() for letter in taken}
    places = [_places(label, used) for label in labels]
    owners: dict[str, int] = {}

    def settle(label: int, tried: set[str]) -> bool:
        """Gives a label a letter; where none is free, that of a label that can take another."""
        free = [letter for letter in places[label] if letter not in owners]
        taken = [letter for letter in places[label] if letter in owners]
        # The latest labels first: the earlier ones keep their letters as long as possible.
        for letter in [*free, *sorted(taken, key=lambda letter: -owners[letter])]:
            if letter in tried:
                continue
            tried.add(letter)
            if letter not in owners or settle(owners[letter], tried):
                owners[letter] = label
                return True
        return False

    for label in range(len(labels)):
        settle(label, set())
    letters = {label: letter for letter, label in owners.items()}
    return [
        _marked(label, letters.get(number), places[number], mark)
        for number, label in enumerate(labels)
    ]


def _places(label: str, used: Collection[str]) -> dict[str, int | None]:
    """Returns where each letter stands that may choose a label, the best first.

    None is the place of letters that the label does not hold.
    """
    starts = [place for place in range(len(label)) if place == 0 or not label[place - 1].isalnum()]
    found: dict[str, int | None] = {}
    for place in [*starts, *range(len(label))]:
        letter = label[place].lower()
        # One keystroke, on the keyboard of those who read the label.
        if letter != label[place].upper() and len(letter) == 1 == len(label[place].upper()):
            found.setdefault(letter, place)
    if not found and label.strip():
        found = dict.fromkeys("abcdefghijklmnopqrstuvwxyz")
    return {letter: place for letter, place in found.items() if letter not in used}


def _marked(label: str, letter: str | None, places: dict[str, int | None], mark: str) -> str:
    plain = label.replace(mark, 2 * mark)
    if letter is None:
        return plain
    place = places[letter]
    if place is None:
        return f"{plain}({mark}{letter.upper()})"
    before = label[:place].replace(mark, 2 * mark)
    return before + mark + label[place:].replace(mark, 2 * mark)
